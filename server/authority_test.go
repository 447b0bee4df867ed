package main

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
)

// The operator's side of authority: every manager's month, a limit, a lost laptop.
func TestAuthorityOnTheCommandLine(t *testing.T) {
	data, flags := place(t)
	do := func(arguments ...string) string {
		t.Helper()
		said := call(t, "", append(arguments, flags...)...)
		if said.status != 0 {
			t.Fatalf("%v: %+v", arguments, said)
		}
		return said.out
	}
	do("unit", "华东区", "--kind", "region")
	do("person", "li", "--name", "李强", "--role", "manager", "--unit", "华东区")
	do("person", "wang", "--name", "王静", "--role", "seat", "--unit", "华东区")
	month := syncproto.MonthOf(now())
	list := func(arguments ...string) string {
		t.Helper()
		said := call(t, "", append([]string{"authority", "--data", data}, arguments...)...)
		if said.status != 0 {
			t.Fatalf("authority: %+v", said)
		}
		return said.out
	}
	says := func(text string, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(text, part) {
				t.Errorf("it says %q; want %q in it", text, part)
			}
		}
	}
	before := list()
	says(before, month.String(), "li ", "limit ¥6,000.00", "in force ¥6,000.00", "free ¥6,000.00", "breaches 0", "李强")
	if strings.Contains(before, "wang") {
		t.Errorf("a seat has no authority: %q", before)
	}
	says(do("limit", "li", "--limit", "8,000", "--reason", "台风期间"), month.String()+" li limit ¥8,000.00")
	do("limit", "li", "--limit", "7000.50", "--reason", "台风期间", "--month", (month + 1).String())
	says(list(), "limit ¥8,000.00")
	says(list("--month", (month+1).String()), "limit ¥7,000.50")

	for name, test := range map[string]struct {
		arguments []string
		status    int
		says      []string
	}{
		"no limit":              {[]string{"limit", "li", "--reason", "x"}, 2, []string{"--limit", "missing"}},
		"no reason":             {[]string{"limit", "li", "--limit", "1"}, 2, []string{"--reason"}},
		"no amount":             {[]string{"limit", "li", "--limit", "many", "--reason", "x"}, 2, []string{"many", "limit --help"}},
		"no month":              {[]string{"limit", "li", "--limit", "1", "--reason", "x", "--month", "soon"}, 2, []string{"--month", "2026-11"}},
		"a month that is over":  {[]string{"limit", "li", "--limit", "1", "--reason", "x", "--month", "2020-01"}, 1, []string{"month-closed"}},
		"a seat":                {[]string{"limit", "wang", "--limit", "1", "--reason", "x"}, 1, []string{"not-a-manager"}},
		"nobody":                {[]string{"limit", "zhou", "--limit", "1", "--reason", "x"}, 1, []string{`"zhou"`, "redress-server person"}},
		"the limit it has":      {[]string{"limit", "li", "--limit", "8000", "--reason", "x"}, 1, []string{"already"}},
		"a device nobody has":   {[]string{"write-off", "li", "--device", "K7MQ", "--reason", "x"}, 1, []string{"K7MQ", "redress-server authority"}},
		"no device":             {[]string{"write-off", "li", "--reason", "x"}, 2, []string{"--device"}},
		"a basis there is not":  {[]string{"policy", "--resolution-basis", "today"}, 2, []string{"--resolution-basis", `"today"`}},
		"ageing that is none":   {[]string{"policy", "--ageing-limits", "5 days"}, 2, []string{"--ageing-limits", "120h"}},
		"ageing that runs back": {[]string{"policy", "--ageing-limits", "240h,120h"}, 1, []string{"ageing-limits"}},
		"the 40th":              {[]string{"policy", "--next-month-from", "40"}, 1, []string{"next-month-from"}},
		"a thousand reminders":  {[]string{"policy", "--reminders", "1000"}, 2, []string{"--reminders", "255"}},
	} {
		t.Run(name, func(t *testing.T) {
			said := call(t, "", append(test.arguments, flags...)...)
			if said.status != test.status {
				t.Errorf("status %d, want %d: %q", said.status, test.status, said.err)
			}
			says(said.err, test.says...)
		})
	}
}

// Every value of the policy can be set and is shown, and a policy from before a rule
// existed is completed.
func TestEveryValueOfThePolicyIsAFlag(t *testing.T) {
	_, flags := place(t)
	set := []string{"--resolution-limit", "40h", "--resolution-basis", "dispatch", "--head-limit", "20h", "--ageing-limits", "100h,200h",
		"--recipient-response", "1h", "--recipient-resolution", "10h", "--remind-every", "3h", "--reminders", "2", "--dispute-limit", "50h",
		"--reopen-grace", "12h", "--share-tolerance", "500", "--next-month-from", "20"}
	shown := call(t, "", append(append([]string{"policy"}, set...), flags...)...)
	if shown.status != 0 {
		t.Fatalf("%+v", shown)
	}
	for n := 0; n < len(set); n += 2 {
		name := strings.TrimPrefix(set[n], "--")
		if !strings.Contains(shown.out, name) {
			t.Errorf("%s is not shown", name)
		}
	}
	for _, part := range []string{"40h0m0s", "dispatch", "20h0m0s", "[100h0m0s 200h0m0s]", "1h0m0s", "10h0m0s", "3h0m0s", "50h0m0s", "12h0m0s", "500"} {
		if !strings.Contains(shown.out, part) {
			t.Errorf("%s was not set:\n%s", part, shown.out)
		}
	}
	none := call(t, "", append([]string{"policy", "--resolution-limit", "0", "--remind-every", "0", "--reminders", "0", "--ageing-limits", ""}, flags...)...)
	if none.status != 0 || !strings.Contains(none.out, "ageing-limits     []") {
		t.Fatalf("%+v", none)
	}
	whole := call(t, "", append([]string{"policy", "--complete"}, flags...)...)
	for _, part := range []string{"resolution-limit  48h0m0s", "ageing-limits     [120h0m0s 240h0m0s]", "remind-every      4h0m0s", "head-limit        20h0m0s"} {
		if !strings.Contains(whole.out, part) {
			t.Errorf("%q is not in the completed policy:\n%s", part, whole.out)
		}
	}
}

// lostLaptop is a place where a manager's month lies on a laptop.
func lostLaptop(t *testing.T) (data string, flags []string) {
	t.Helper()
	data, flags = place(t)
	for _, arguments := range [][]string{{"unit", "华东区", "--kind", "region"}, {"person", "li", "--name", "李强", "--role", "manager", "--unit", "华东区"}} {
		if said := call(t, "", append(arguments, flags...)...); said.status != 0 {
			t.Fatalf("%+v", said)
		}
	}
	month := syncproto.MonthOf(now())
	c, err := openCentral(t.Context(), data, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	li, _ := c.ledger.Reference().ByLogin("li")
	device, incarnation := newID(), newID()
	own := func(kind syncproto.CommandKind, command any) {
		t.Helper()
		intent, err := rules.Write(kind, command)
		if err != nil {
			t.Fatal(err)
		}
		intent.Operator = "周敏"
		results, err := c.ledger.Commit(t.Context(), now(), []ledger.Submission{c.ledger.Own(intent, now())})
		if err != nil || results[0].Verdict.Outcome != syncproto.Accepted {
			t.Fatalf("%v: %+v", err, results)
		}
	}
	own(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: device, Device: organisation.Device{Person: li, Name: "笔记本", Code: "K7MQ", Key: make([]byte, 32), Incarnation: incarnation}})
	own(syncproto.CommandIssueGrant, authority.IssueGrant{Manager: li, Month: month, Device: device, Incarnation: incarnation})
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	return data, flags
}

// A lost laptop: what it holds is written off by name of device, and is free again.
func TestALostLaptopIsWrittenOff(t *testing.T) {
	data, flags := lostLaptop(t)
	month := syncproto.MonthOf(now())
	list := func() string { return call(t, "", "authority", "--data", data).out }
	if said := list(); !strings.Contains(said, "K7MQ left ¥6,000.00") || !strings.Contains(said, "笔记本") {
		t.Fatalf("%q", said)
	}
	lost := append([]string{"write-off", "li", "--device", "K7MQ", "--reason", "笔记本遗失"}, flags...)
	if said := call(t, "", lost...); said.status != 0 || !strings.Contains(said.out, month.String()+" li K7MQ written off ¥6,000.00") {
		t.Fatalf("%+v", said)
	}
	if said := list(); !strings.Contains(said, "written off ¥6,000.00") || !strings.Contains(said, "free ¥6,000.00") {
		t.Fatalf("%q", said)
	}
	if said := call(t, "", lost...); said.status != 1 || !strings.Contains(said.err, "holds nothing") {
		t.Fatalf("%+v", said)
	}
	log := call(t, "", "log", "--data", data, "--full").out
	if !strings.Contains(log, "written-off") || !strings.Contains(log, "笔记本遗失") || !strings.Contains(log, "周敏") {
		t.Errorf("the log does not tell of it:\n%s", log)
	}
}

// TestAWriteOffThatWaitsIsNotGivenTwice: its answer was lost, and it is given again. It is decided before, and then
// there is nothing left to write off.
func TestAWriteOffThatWaitsIsNotGivenTwice(t *testing.T) {
	data, flags := lostLaptop(t)
	month := syncproto.MonthOf(now())
	o, err := openOffice(t.Context(), data, flags[3], "周敏")
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := accountsOf(t.Context(), o.reader, month)
	if err != nil {
		t.Fatal(err)
	}
	for manager, account := range accounts {
		intent, err := rules.Write(syncproto.CommandWriteOff, authority.WriteOff{Manager: manager, Month: month, Grant: account.Grants[0].ID, Reason: "笔记本遗失"})
		if err != nil {
			t.Fatal(err)
		}
		intent.ID, intent.Operator = newID(), o.name
		if err := o.outbox.Give(intent); err != nil {
			t.Fatal(err)
		}
	}
	if err := o.close(); err != nil {
		t.Fatal(err)
	}
	said := call(t, "", append([]string{"write-off", "li", "--device", "K7MQ", "--reason", "笔记本遗失"}, flags...)...)
	if said.status != 1 || !strings.Contains(said.err, "holds nothing") {
		t.Errorf("%+v", said)
	}
	if said := call(t, "", "authority", "--data", data).out; !strings.Contains(said, "written off ¥6,000.00") || !strings.Contains(said, "free ¥6,000.00") {
		t.Errorf("%q", said)
	}
}
