package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// fillUp writes a file until so many bytes are free where it lies.
func fillUp(t *testing.T, path string, leave uint64) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for {
		var s syscall.Statfs_t
		if err := syscall.Statfs(path, &s); err != nil {
			t.Fatal(err)
		}
		if s.Bavail*uint64(s.Bsize) <= leave {
			return
		}
		if _, err := file.Write(make([]byte, 64<<10)); err != nil {
			t.Fatal(err)
		}
	}
}

// eventually waits for the server to say so.
func (s *shown) eventually(what string, status int) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		if got, _ := s.get(s.desks + "/readyz"); got == status {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("never %s", what)
		}
	}
}

// TestADiskThatIsNearlyFull, a real one of 64 MiB: while less is free than is kept, what is
// handed in ends the session with the code and a time, logging in and reading go on, and the
// command is taken once there is room; nothing is lost meanwhile.
func TestADiskThatIsNearlyFull(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m,mode=700"); err != nil {
		t.Skipf("this process may not mount a disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	data := filepath.Join(dir, "data")
	flags := []string{"--data", data, "--operator", filepath.Join(t.TempDir(), "operator"), "--as", "周敏"}
	if said := call(t, "", append([]string{"init"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	seeded := call(t, "", append([]string{"seed-demo", "--tickets", "0"}, flags...)...)
	s := show(t, data, "--keep-free", "8")
	desks := s.demoDesks(seeded.out, "seat")
	seat, reader := desks[0], desks[1]
	connect := func(d *gatewaytest.Desk) {
		if err := d.Dial(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Play(func() bool { return d.Current }); err != nil {
			t.Fatal(err)
		}
	}
	connect(seat)
	filler := filepath.Join(dir, "filler")
	fillUp(t, filler, 4<<20)
	s.eventually("nearly full", http.StatusServiceUnavailable)
	head := s.scrape()["redress_log_head"]

	note, err := seat.Tap(syncproto.CommandNote, ticket.Note{Ticket: newID(), Text: "客户来电"})
	if err != nil {
		t.Fatal(err)
	}
	var ended *gatewaytest.Ended
	err = seat.Play(func() bool { return seat.Verdicts[note].Outcome != 0 })
	if !errors.As(err, &ended) || ended.Code != syncproto.CodeDiskFull || ended.RetryAfter < syncproto.Minute {
		t.Fatalf("what was handed in ends with %v", err)
	}
	if err := reader.LogIn(t.Context()); err != nil {
		t.Errorf("logging in: %v", err)
	}
	connect(reader)
	if now := s.scrape(); now["redress_log_head"] != head || now["redress_disk_free_bytes"] > 8<<20 {
		t.Errorf("the log went from %v to %v, %v bytes are free", head, now["redress_log_head"], now["redress_disk_free_bytes"])
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	s.eventually("room again", http.StatusOK)
	connect(seat)
	if err := seat.Play(func() bool { return seat.Verdicts[note].Outcome == syncproto.Parked }); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 {
		t.Errorf("%+v", said)
	}
}
