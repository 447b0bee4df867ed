package main

import (
	"database/sql"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/scheduler"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// health holds both answers to what they should be, and the metric to them.
func (s *shown) health(what string, healthy string, readyStatus int, ready string) {
	s.t.Helper()
	status, body := s.get(s.desks + "/healthz")
	if status != http.StatusOK || body != healthy+"\n" {
		s.t.Errorf("%s: /healthz says %d %q, want %q", what, status, body, healthy)
	}
	if status, body = s.get(s.desks + "/readyz"); status != readyStatus || body != ready+"\n" {
		s.t.Errorf("%s: /readyz says %d %q, want %d %q", what, status, body, readyStatus, ready)
	}
	figures := s.scrape()
	for _, word := range gateway.Troubles() {
		is := figures[`redress_trouble{word="`+string(word)+`"}`] == 1
		if is != strings.Contains(healthy, string(word)) {
			s.t.Errorf("%s: the metric says that %s is %v", what, word, is)
		}
	}
}

// TestTheServerSaysWhatIsWrong in one word for each trouble, and whether it takes commands all
// the same.
func TestTheServerSaysWhatIsWrong(t *testing.T) {
	data, flags := place(t)
	seeded := call(t, "", append([]string{"seed-demo", "--tickets", "0"}, flags...)...)
	well := show(t, data)
	well.health("well", "ok", http.StatusOK, "ready")

	seat := well.demoDesks(seeded.out, "seat")[0]
	if err := seat.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := seat.Play(func() bool { return seat.Current }); err != nil {
		t.Fatal(err)
	}
	stopped, err := syncproto.EncodeFrame(&syncproto.Differs{Buckets: seat.Held[:1], Stopped: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := seat.SendRaw(stopped); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); well.scrape()["redress_heals_stopped_total"] == 0; {
		if time.Now().After(deadline) {
			t.Fatal("that a desk stopped healing is not counted")
		}
	}
	well.health("a desk stopped healing", "heals-stopped", http.StatusOK, "ready")
	well.stop()

	full := show(t, data, "--keep-free", "1000000000") // 1 PB
	full.health("no room", "disk-nearly-full", http.StatusServiceUnavailable, "disk-nearly-full")
	full.stop()

	gone := show(t, data, "--copy", filepath.Join(t.TempDir(), "gone"))
	gone.health("the share of the copy is gone", "copy-failing", http.StatusOK, "ready")
	gone.stop()

	kept := copyOf(t, data)
	anew := filepath.Join(t.TempDir(), "data")
	if said := call(t, "", "restore", "--data", anew, "--copy", kept, "--operator", flags[3], "--as", "周敏"); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	restored := show(t, anew)
	restored.health("restored", "collecting", http.StatusServiceUnavailable, "collecting")
	restored.stop()
}

// TestAHeldDatabaseIsSaid: while another program holds it no command is taken, and the server says why. It
// comes out of it by itself, with nobody who sends anything.
func TestAHeldDatabaseIsSaid(t *testing.T) {
	data, flags := place(t)
	seeded := call(t, "", append([]string{"seed-demo", "--tickets", "0"}, flags...)...)
	s := show(t, data)
	seat := s.demoDesks(seeded.out, "seat")[0]
	if err := seat.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := seat.Play(func() bool { return seat.Current }); err != nil {
		t.Fatal(err)
	}
	other, err := sql.Open("sqlite", filepath.Join(data, store.File)+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	held, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	note, err := seat.Tap(syncproto.CommandNote, ticket.Note{Ticket: newID(), Text: "已联系服务站"})
	if err != nil {
		t.Fatal(err)
	}
	var ended *gatewaytest.Ended
	if err := seat.Play(func() bool { return seat.Verdicts[note].Outcome != 0 }); !errors.As(err, &ended) || ended.Code != syncproto.CodeOverloaded {
		t.Fatalf("what was handed in ends with %v, want %s", err, syncproto.CodeOverloaded)
	}
	s.health("held", "database-held", http.StatusServiceUnavailable, "database-held")
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; {
		if status, _ := s.get(s.desks + "/readyz"); status == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is said to be held though it is free")
		}
	}
	s.health("free again", "ok", http.StatusOK, "ready")
	if said := s.text(); !strings.Contains(said, store.ErrBusy.Error()) || !strings.Contains(said, "no other program holds the database any more") {
		t.Errorf("the log does not say so:\n%s", said)
	}
}

// TestAClockThatIsNotBelievedIsSaid, whichever way it was wrong; an operator's word ends it.
func TestAClockThatIsNotBelievedIsSaid(t *testing.T) {
	data, _ := place(t)
	for name, test := range map[string]struct {
		started, later scheduler.Moment
		last           syncproto.Instant
		want           string
	}{
		"right":  {scheduler.Moment{Wall: 1000 * syncproto.Instant(syncproto.Second)}, scheduler.Moment{Wall: 1060 * syncproto.Instant(syncproto.Second), Mono: syncproto.Minute}, 0, ""},
		"jumped": {scheduler.Moment{Wall: 1000 * syncproto.Instant(syncproto.Second)}, scheduler.Moment{Wall: 4600 * syncproto.Instant(syncproto.Second), Mono: syncproto.Minute}, 0, "clock-jumped"},
		"behind": {scheduler.Moment{}, scheduler.Moment{Wall: 60 * syncproto.Instant(syncproto.Second), Mono: syncproto.Minute}, syncproto.Instant(syncproto.Hour), "clock-behind"},
	} {
		s := &server{log: zerolog.Nop(), changed: make(chan struct{}, 1), started: time.Now()}
		if err := s.open(t.Context(), data, 0); err != nil {
			t.Fatal(err)
		}
		if err := s.prepare(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		s.scheduler = scheduler.New(s.store, s.hub, test.started, test.last)
		if _, err := s.scheduler.Look(t.Context(), test.later, s.ledger.Reference().Policy); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(words(s.troubles()), " "); got != test.want {
			t.Errorf("%s: it says %q, want %q", name, got, test.want)
		}
		s.scheduler.Confirm(test.later)
		if got := s.troubles(); len(got) != 0 {
			t.Errorf("%s, confirmed: it says %q", name, got)
		}
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}
}
