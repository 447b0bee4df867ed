package rules_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
)

// released is what the golden logs hold: all commands and events, and every document as it
// came to be, with the reference data among them.
type released struct {
	commands  []told
	events    []syncproto.Event
	refs      []syncproto.Ref
	docs      decision.Docs
	reference reference.Reference
}

func readReleased(t testing.TB) released {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "*.golden"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden logs: %v", err)
	}
	all := released{docs: decision.Docs{}}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var ref syncproto.Ref
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(line)
			data, _ := hex.DecodeString(words[len(words)-1]) // a document has an id there
			number, _ := strconv.ParseUint(words[1], 10, 16) // and a body no number
			switch words[0] {
			case "command":
				all.commands = append(all.commands, told{syncproto.CommandKind(number), data})
			case "document":
				id, err := syncproto.ParseID(words[2])
				if err != nil {
					t.Fatal(err)
				}
				ref = syncproto.Ref{Kind: syncproto.DocKind(number), ID: id}
			case "event":
				all.events = append(all.events, syncproto.Event{Doc: ref, Kind: syncproto.EventKind(number), Body: data})
			case "body":
				all.hold(t, ref, data)
			}
		}
	}
	return all
}

func (r *released) hold(t testing.TB, ref syncproto.Ref, data []byte) {
	t.Helper()
	body, err := rules.ReadBody(ref.Kind, data)
	if err != nil {
		t.Fatal(err)
	}
	if _, there := r.docs[ref]; !there {
		r.refs = append(r.refs, ref)
	}
	r.docs[ref] = decision.Doc{Presence: decision.Held, Version: 1, Body: body}
	if rules.IsReference(ref.Kind) {
		r.reference = r.reference.With(uint64(len(r.refs)), ref, body)
	}
}

// isProblem fails where what was wrong has no code for a verdict.
func isProblem(t *testing.T, err error) {
	t.Helper()
	var problem *syncproto.Problem
	if !errors.As(err, &problem) || problem.Code == "" {
		t.Fatalf("got %v, want a Problem with a code", err)
	}
}

// asked has every question of the table asked of a body.
func asked(ref syncproto.Ref, body any) {
	rules.NextDue(ref, body)
	rules.WaitsFor(ref, body, Morning)
	rules.Buckets(ref, body)
	rules.IndexOf(ref, body)
	rules.Offered(ref, body, ref.ID)
}

// keeps fails where a body that rests does not say again what it says; it is over its limit,
// which is a Problem, or it is read as it was written.
func keeps(t *testing.T, kind syncproto.DocKind, body any) {
	t.Helper()
	once, err := rules.WriteBody(body)
	if err != nil {
		isProblem(t, err)
		return
	}
	read, err := rules.ReadBody(kind, once)
	if err != nil {
		t.Fatalf("%v is written and cannot be read: %v", kind, err)
	}
	if again := syncproto.MustEncode(read); !bytes.Equal(once, again) || len(once) > syncproto.MaxBody {
		t.Fatalf("%v of %d bytes is\n%x\nand then\n%x", kind, len(once), once, again)
	}
}

// FuzzBody: whatever bytes come as a document's body, they are refused, or are one that every
// question can be asked of.
func FuzzBody(f *testing.F) {
	all := readReleased(f)
	for _, ref := range all.refs {
		f.Add(uint16(ref.Kind), syncproto.MustEncode(all.docs[ref].Body))
	}
	f.Fuzz(func(t *testing.T, kind uint16, data []byte) {
		ref := syncproto.Ref{Kind: syncproto.DocKind(kind), ID: syncproto.Derive("fuzz")}
		body, err := rules.ReadBody(ref.Kind, data)
		if err != nil {
			isProblem(t, err)
			return
		}
		keeps(t, ref.Kind, body)
		asked(ref, body)
	})
}

// FuzzEvent: whatever bytes come as an event, on whatever document of the golden logs, Evolve
// says what is wrong or gives a document, the same one each time, and leaves what it was given.
func FuzzEvent(f *testing.F) {
	all := readReleased(f)
	at := map[syncproto.Ref]int{}
	for n, ref := range all.refs {
		at[ref] = n
	}
	for _, e := range all.events {
		f.Add(uint16(at[e.Doc]), uint16(e.Kind), e.Body)
	}
	f.Fuzz(func(t *testing.T, which, kind uint16, data []byte) {
		if len(data) > syncproto.MaxEventBody {
			return
		}
		ref := all.refs[int(which)%len(all.refs)]
		event := syncproto.Event{Doc: ref, Kind: syncproto.EventKind(kind), Version: 2, Body: data}
		for _, doc := range []decision.Doc{all.docs[ref], {Presence: decision.Absent}} {
			before := syncproto.MustEncode(doc.Body)
			once, err := rules.Evolve(ref, doc, event)
			if err != nil {
				isProblem(t, err)
				continue
			}
			again, err := rules.Evolve(ref, doc, event)
			if err != nil || !bytes.Equal(syncproto.MustEncode(once.Body), syncproto.MustEncode(again.Body)) {
				t.Errorf("%v on %v gives two things (%v)", event.Kind, ref, err)
			}
			if !bytes.Equal(before, syncproto.MustEncode(doc.Body)) {
				t.Errorf("%v changed %v in place", event.Kind, ref)
			}
			keeps(t, ref.Kind, once.Body)
			asked(ref, once.Body)
		}
	})
}
