package main

import (
	"crypto/ed25519"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/syncproto"
)

// TestALaptopTheBackupDoesNotKnow is made known again as who it was, by the code that the command
// line prints after the restore: the command line's outbox says which devices there were. That
// somebody has to be asked stands in a later backup too, until a named person has said that it is
// done; one of after that knows the laptop, by the code that first made it.
func TestALaptopTheBackupDoesNotKnow(t *testing.T) {
	data, flags := place(t)
	do := func(data string, arguments ...string) string {
		t.Helper()
		said := call(t, "", append(arguments, append([]string{"--data", data}, flags[2:]...)...)...)
		if said.status != 0 {
			t.Fatalf("%v: %+v", arguments, said)
		}
		return said.out
	}
	do(data, "unit", "华南区", "--kind", "region")
	do(data, "person", "li", "--name", "李强", "--role", "manager", "--unit", "华南区")
	older := filepath.Join(t.TempDir(), "older.db")
	if said := call(t, "", "backup", older, "--data", data); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	key := ed25519.NewKeyFromSeed(slices.Repeat([]byte{7}, ed25519.SeedSize))
	public, _ := key.Public().(ed25519.PublicKey)
	request := syncproto.EnrolRequest{Login: "li", Key: public, Name: "笔记本", Incarnation: newID()}
	enrol := func(data string, r syncproto.EnrolRequest, code string) (answer syncproto.EnrolAnswer, err error) {
		t.Helper()
		c, err := openCentral(t.Context(), data, zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { err = errors.Join(err, c.close()) }()
		r.Code = strings.TrimSpace(code)
		if c.ledger.Restoring() { // until the desks it knows have reported: there are none
			if err := c.ledger.EndRestoring(t.Context(), now()); err != nil {
				t.Fatal(err)
			}
		}
		return c.access.Enrol(t.Context(), now(), r.Sign(key))
	}
	printed := do(data, "enrol", "li")
	was, err := enrol(data, request, printed)
	if err != nil {
		t.Fatal(err)
	}
	to, said := restored(t, flags, "--backup", older)
	if said.status != 0 || !strings.Contains(said.out, "1 persons could make a device known") {
		t.Fatalf("%+v", said)
	}
	if _, err := enrol(to, request, printed); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongCode}) {
		t.Errorf("the code that was used before the restore: %v", err)
	}
	request.Device, request.DeviceCode = was.Device, was.DeviceCode
	code := do(to, "enrol", "li")
	for range 2 {
		if again, err := enrol(to, request, code); err != nil || again.Device != was.Device || again.DeviceCode != was.DeviceCode || again.Epoch != 2 {
			t.Errorf("known again as %+v (%v), want %+v", again, err, was)
		}
	}
	backup := func() string {
		t.Helper()
		file := filepath.Join(t.TempDir(), "newer.db")
		if said := call(t, "", "backup", file, "--data", to); said.status != 0 {
			t.Fatalf("%+v", said)
		}
		return file
	}
	if _, said := restored(t, flags, "--backup", backup()); said.status != 0 || !strings.Contains(said.out, "1 persons could make a device known") {
		t.Errorf("from a backup of before anybody was asked: %+v", said)
	}
	do(to, "release-account", "li", "--reason", "两台电脑都已交回")
	if _, said := restored(t, flags, "--backup", backup()); said.status != 0 || strings.Contains(said.out, "persons could make a device known") {
		t.Errorf("from one of after that: %+v", said)
	}
	if _, said := restored(t, flags, "--backup", older); !strings.Contains(said.out, "1 persons could make a device known") {
		t.Errorf("from the older one once more: %+v", said)
	}
}
