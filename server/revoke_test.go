package main

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
)

// A device is revoked by its person and its code, once, with a reason that is in the log.
func TestRevokeOnTheCommandLine(t *testing.T) {
	data, flags := place(t)
	do := func(arguments ...string) told {
		t.Helper()
		return call(t, "", append(arguments, flags...)...)
	}
	for _, arguments := range [][]string{
		{"unit", "华东区", "--kind", "region"},
		{"person", "li", "--name", "李强", "--role", "manager", "--unit", "华东区"},
		{"person", "wang", "--name", "王静", "--role", "seat", "--unit", "华东区"},
	} {
		if s := do(arguments...); s.status != 0 {
			t.Fatalf("%v: %+v", arguments, s)
		}
	}
	c, err := openCentral(t.Context(), data, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	li, _ := c.ledger.Reference().ByLogin("li")
	intent, err := rules.Write(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: newID(), Device: organisation.Device{
		Person: li, Name: "笔记本", Code: "K7MQ", Key: make([]byte, 32), Incarnation: newID()}})
	if err != nil {
		t.Fatal(err)
	}
	intent.Operator = "周敏"
	if _, err := c.ledger.Commit(t.Context(), now(), []ledger.Submission{c.ledger.Own(intent, now())}); err != nil {
		t.Fatal(err)
	}
	if err := c.close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		arguments []string
		status    int
		says      string
	}{
		"no device":        {[]string{"revoke", "li", "--reason", "x"}, 2, "--device"},
		"no reason":        {[]string{"revoke", "li", "--device", "K7MQ"}, 2, "--reason"},
		"another's device": {[]string{"revoke", "wang", "--device", "K7MQ", "--reason", "x"}, 1, "wang has no device"},
		"nobody's":         {[]string{"revoke", "li", "--device", "XXXX", "--reason", "x"}, 1, "li has no device"},
	} {
		if s := do(c.arguments...); s.status != c.status || !strings.Contains(s.err, c.says) {
			t.Errorf("%s: %+v, want %d and %q", name, s, c.status, c.says)
		}
	}
	if s := do("revoke", "li", "--device", "K7MQ", "--reason", "笔记本被盗"); s.status != 0 || s.out != "li K7MQ revoked\n" {
		t.Errorf("%+v", s)
	}
	if s := do("revoke", "li", "--device", "K7MQ", "--reason", "又一次"); s.status != 1 || !strings.Contains(s.err, "was revoked at") {
		t.Errorf("twice: %+v", s)
	}
	if s := call(t, "", "log", "--data", data); !strings.Contains(s.out, "device-revoked") {
		t.Errorf("the log says %q", s.out)
	}
}
