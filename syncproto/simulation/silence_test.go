package simulation

import (
	"testing"

	"redress/syncproto"
)

// TestSilence tells which messages of a direction arrive, in their order.
func TestSilence(t *testing.T) {
	page, delta, verdicts := &syncproto.Delta{Page: &syncproto.Page{}}, &syncproto.Delta{}, &syncproto.Verdicts{}
	sent := []syncproto.Frame{delta, page, verdicts, page, delta}
	for name, test := range map[string]struct {
		values  map[string]string
		arrive  string // a letter a message
		refused bool
	}{
		"all is lost":                         {nil, "-----", false},
		"the first two arrive":                {map[string]string{"after": "2"}, "dp---", false},
		"from the first page on all is lost":  {map[string]string{"from": "page"}, "d----", false},
		"from the second page on":             {map[string]string{"from": "page", "after": "1"}, "dpv--", false},
		"a page is no delta":                  {map[string]string{"from": "delta", "after": "1"}, "dpvp-", false},
		"where no such message comes none is": {map[string]string{"from": "grants"}, "dpvpd", false},
		"a kind that nobody knows is refused": {map[string]string{"from": "letters"}, "", true},
		"as is a number of messages below 0":  {map[string]string{"after": "-1"}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			a := &arguments{values: test.values, used: map[string]bool{}}
			s := a.silent()
			if (a.failed != nil) != test.refused {
				t.Fatalf("said %v", a.failed)
			}
			if test.refused {
				return
			}
			var arrived []byte
			for n, frame := range sent {
				message, err := syncproto.EncodeFrame(frame)
				if err != nil {
					t.Fatal(err)
				}
				if s.takes(message) {
					arrived = append(arrived, '-')
				} else {
					arrived = append(arrived, "dpvpd"[n])
				}
			}
			if string(arrived) != test.arrive {
				t.Errorf("%s arrived; want %s", arrived, test.arrive)
			}
		})
	}
	if (&silence{}).takes(nil) {
		t.Error("a line that is not silenced loses a message")
	}
}

// TestDetour tells in which order the messages of a direction arrive.
func TestDetour(t *testing.T) {
	page, delta, verdicts := &syncproto.Delta{Page: &syncproto.Page{}}, &syncproto.Delta{}, &syncproto.Verdicts{}
	sent := []syncproto.Frame{delta, page, verdicts, page, delta, verdicts}
	for name, test := range map[string]struct {
		words   []string
		by      string
		arrive  string // a letter a message, the first page P
		refused bool
	}{
		"the first page comes behind the next delta":  {[]string{"page"}, "delta", "dvpdPv", false},
		"behind the next verdicts, and no later ones": {[]string{"page"}, "verdicts", "dvPpdv", false},
		"what nothing comes behind does not arrive":   {[]string{"page"}, "grants", "dvpdv", false},
		"where no such message comes all keep order":  {[]string{"grants"}, "delta", "dPvpdv", false},
		"nothing is overtaken by its own kind":        {[]string{"page"}, "page", "", true},
		"a kind that nobody knows is refused":         {[]string{"letters"}, "delta", "", true},
		"as is none to come behind":                   {[]string{"page"}, "", "", true},
		"and none that is overtaken":                  {nil, "delta", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			a := &arguments{words: test.words, values: map[string]string{"by": test.by}, used: map[string]bool{}}
			d := a.overtaken()
			if (a.failed != nil) != test.refused {
				t.Fatalf("said %v", a.failed)
			}
			if test.refused {
				return
			}
			letters, arrived := map[*byte]byte{}, ""
			for n, frame := range sent {
				message, err := syncproto.EncodeFrame(frame)
				if err != nil {
					t.Fatal(err)
				}
				letters[&message[0]] = "dPvpdv"[n]
				for _, one := range d.order(message) {
					arrived += string(letters[&one[0]])
				}
			}
			if arrived != test.arrive {
				t.Errorf("%s arrived; want %s", arrived, test.arrive)
			}
		})
	}
}
