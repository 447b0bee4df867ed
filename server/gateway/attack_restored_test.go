package gateway_test

import (
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// as is a desk of the ledger's own world, on a line.
func (s *served) as(d *ledgertest.Desk, login string) *gatewaytest.Desk {
	s.T.Helper()
	known := s.Stranger(login)
	id := s.Ledger.Identity()
	known.Key, known.Incarnation, known.Links = d.Key, d.Incarnation, []syncproto.Link{{}}
	known.EnrolAnswer = syncproto.EnrolAnswer{Device: d.Device, Person: d.Person, LogID: id.LogID, Epoch: id.Epoch}
	if err := s.Access.SetPassword(s.T.Context(), d.Person, password); err != nil {
		s.T.Fatal(err)
	}
	if err := known.LogIn(s.T.Context()); err != nil {
		s.T.Fatal(err)
	}
	return known
}

// serveRestored serves the world as one that was restored, and waits for what it lacks.
func serveRestored(t *testing.T, w *ledgertest.World) *served {
	t.Helper()
	intent := syncproto.Intent{ID: syncproto.Derive("the restore"), Kind: syncproto.CommandRestore, Operator: "周敏"}
	if err := w.Store.Restored(t.Context(), store.Restoration{Epoch: 2}, w.Ledger.AsRestored(2, w.Now, intent), nil); err != nil {
		t.Fatal(err)
	}
	w.Restart()
	return serveWorld(t, w)
}

// serveCollecting serves it while it collects.
func serveCollecting(t *testing.T, w *ledgertest.World) *served {
	t.Helper()
	s := serveRestored(t, w)
	if err := s.Hub.Collect(t.Context(), s.Clock(), nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// A server that was restored waits for what its desks were told and it has forgotten. A desk
// with another program tells of verdicts it signed itself: they make no room for more than any
// desk may have under way, so one desk cannot fill the server's memory and have it decide
// before the others have reported; nor does coming again and again with the same.
func TestVerdictsNobodyGaveAfterARestore(t *testing.T) {
	w := ledgertest.New(t)
	rogue, _ := w.Desk(w.Seat, "K7MQ"), w.Desk(w.Manager, "P2XA") // the manager's has not reported
	s := serveCollecting(t, w)
	d := s.as(rogue, "wang")
	var all []syncproto.Envelope
	var told []syncproto.Verdict
	for n := range syncproto.MaxInFlight + 1 {
		e := seal(d, s.wish(d, syncproto.CommandNote, ticket.Note{Ticket: s.NewID(), Text: "自称已受理"}))
		v := syncproto.Verdict{Hash: e.CommandHash(), Epoch: 1, Seq: uint64(n) + 1, Time: s.Clock(), Outcome: syncproto.Accepted}
		all, told = append(all, e), append(told, v.Sign(s.Ledger.Identity().LogID, d.Key))
	}
	hello := helloOf(d)
	d.Links = d.Links[:1] // the server has none of them
	for range 3 {
		i := s.opened(d, func(h *syncproto.Hello) { h.Counter = hello.Counter })
		i.say(&syncproto.Told{})
		for n := range syncproto.MaxInFlight {
			i.say(&syncproto.Commands{Commands: all[n : n+1], First: told[n : n+1]})
		}
		if ok, code := i.goesOn(); !ok {
			t.Fatalf("with as many as may be under way it was ended with %q", code)
		}
		for _, data := range i.heard {
			if f, err := syncproto.DecodeFrame(data); err != nil || is[*syncproto.Verdicts](f) {
				t.Errorf("it is told %+v %v: it is believed", f, err)
			}
		}
		if n := s.Hub.HeldInMemory(); n != syncproto.MaxInFlight {
			t.Errorf("%d commands of it are held, want %d", n, syncproto.MaxInFlight)
		}
		i.say(&syncproto.Commands{Commands: all[syncproto.MaxInFlight:], First: told[syncproto.MaxInFlight:]})
		if ok, code := i.goesOn(); ok || code != syncproto.CodeOverloaded {
			t.Errorf("with one more it goes on %v, ended with %q", ok, code)
		}
	}
	if over, err := s.Hub.Collected(t.Context(), s.Clock()); err != nil || over || !s.Ledger.Restoring() {
		t.Errorf("the server decides before the manager's desk has reported: %v, %v", over, err)
	}
}
