package main

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/ticket"
)

// What a stolen laptop hands in waits for a person. The figure that the alarm asks for says so
// while the server runs and after its next start, until somebody has decided.
func TestWhatARevokedDeviceHandsInRaisesTheAlarm(t *testing.T) {
	page, err := os.ReadFile("OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	alarm := regexp.MustCompile(`alert: RedressWaitsForAPerson, expr: '(\w+) > 0',`).FindSubmatch(page)
	if alarm == nil {
		t.Fatal("no alarm RedressWaitsForAPerson asks for one figure")
	}
	figure := string(alarm[1])
	data, flags := place(t)
	seeded := call(t, "", append([]string{"seed-demo", "--tickets", "20", "--days", "5"}, flags...)...)
	if seeded.status != 0 {
		t.Fatalf("%+v", seeded)
	}
	s := show(t, data)
	if got := s.scrape(); got[figure] != 0 {
		t.Fatalf("%v wait before anything was done", got[figure])
	}
	laptop := s.demoDesks(seeded.out, "seat")[0]
	if err := laptop.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := laptop.Play(func() bool { return laptop.Current }); err != nil {
		t.Fatal(err)
	}
	if err := laptop.Hang(); err != nil {
		t.Fatal(err)
	}
	if said := call(t, "", append([]string{"revoke", laptop.Login, "--device", laptop.DeviceCode, "--reason", "电脑被盗"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	note, err := laptop.Tap(syncproto.CommandNote, ticket.Note{Ticket: newID(), Text: "被盗之后写的"})
	if err != nil {
		t.Fatal(err)
	}
	if err := laptop.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := laptop.Play(func() bool { return laptop.Verdicts[note].Outcome != 0 }); err != nil {
		t.Fatal(err)
	}
	if v := laptop.Verdicts[note]; v.Outcome != syncproto.Parked || !slices.ContainsFunc(v.Findings, func(f syncproto.Finding) bool { return f.Code == syncproto.CodeAfterRevoked }) {
		t.Fatalf("%+v", v)
	}
	raised := func(when string, want float64) {
		t.Helper()
		got := s.scrape()
		if got[figure] != want || got[`redress_parked_commands{code="after-revoked"}`] != want {
			t.Errorf("%s: %s is %v, want %v; by its code %v", when, figure, got[figure], want, got[`redress_parked_commands{code="after-revoked"}`])
		}
	}
	raised("as it is handed in", 1)
	if status := s.stop(); status != 0 {
		t.Fatalf("it ended with %d:\n%s", status, s.text())
	}
	s = show(t, data)
	raised("after the next start", 1)
	if said := call(t, "", append([]string{"parked", "release", note.String(), "--reject"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	raised("when somebody has decided", 0)
}
