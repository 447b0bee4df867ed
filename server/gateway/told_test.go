package gateway_test

import (
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/ticket"
)

// A restored server goes on collecting until a desk that has nothing to hand in has said all it was
// told of what waits here: only then is nothing decided otherwise than that.
func TestADeskHasReportedWhenItHasSaidWhatItWasTold(t *testing.T) {
	w := ledgertest.New(t)
	desk := w.Desk(w.Seat, "K7MQ")
	s := serveCollecting(t, w)
	i := s.opened(s.as(desk, "wang"), nil)
	for _, step := range []struct {
		says syncproto.Frame
		over bool
	}{{nil, false}, {&syncproto.Told{More: true}, false}, {&syncproto.Told{}, true}} {
		if step.says != nil {
			i.say(step.says)
		}
		if ok, code := i.goesOn(); !ok {
			t.Fatalf("the session ended with %q", code)
		}
		over, err := s.Hub.Collected(t.Context(), s.Clock())
		if err != nil || over != step.over {
			t.Errorf("after %+v the collecting is over %v, %v", step.says, over, err)
		}
	}
}

// A revoked device has said what it was told of a command that goes on waiting, for a document that
// may come late or never; or that it was told nothing. The first is on record, and once the copy of
// the log holds it the device erases itself: nothing hangs on it any more.
func TestARevokedDeviceThatHasToldErasesItself(t *testing.T) {
	for _, knows := range []bool{true, false} {
		w := ledgertest.New(t)
		desk := w.Desk(w.Seat, "K7MQ")
		waits := desk.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: w.ID(), Unit: w.Department, Note: "请查"})
		desk.Hand(waits)
		s := serveRestored(t, w)
		d := s.as(desk, "wang")
		d.Links = append(d.Links, waits.Link())
		copied := &markOf{}
		s.Hub.Copy = copied
		s.Ledger.Await(nil)
		if err := s.Ledger.EndRestoring(t.Context(), s.Clock()); err != nil {
			t.Fatal(err)
		}
		s.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: desk.Device, Reason: "被盗"})
		copied.Store(s.Ledger.Head().Seq)
		i := s.opened(d, nil)
		if i.welcome.Action != syncproto.ActionHandIn {
			t.Fatalf("it has not said what it was told, and the session begins with action %d", i.welcome.Action)
		}
		told := &syncproto.Told{}
		if knows {
			told.Verdicts = append(told.Verdicts, s.verdictOf(waits))
		}
		i.say(told)
		if knows {
			for range 2 { // a second time: what it said is dealt with
				if goesOn, code := i.goesOn(); !goesOn {
					t.Fatalf("the copy is at %d of %d, and the session ends with %q", copied.Mark(), s.Ledger.Head().Seq, code)
				}
			}
			copied.Store(s.Ledger.Head().Seq)
			s.Hub.Marked(copied.Mark())
		}
		if code := i.ends(); code != syncproto.CodeScopeChanged {
			t.Fatalf("with the copy there it ends with %q", code)
		}
		if i = s.opened(d, nil); i.welcome.Action != syncproto.ActionWipe {
			t.Fatalf("the copy holds all of it, and the session begins with action %d", i.welcome.Action)
		}
		s.Verify()
	}
}

// verdictOf is what the server said of a command in the epoch before.
func (s *served) verdictOf(e syncproto.Envelope) syncproto.Verdict {
	s.T.Helper()
	var intent syncproto.Intent
	if err := syncproto.Decode(e.Intent, &intent); err != nil {
		s.T.Fatal(err)
	}
	id := s.Ledger.Identity()
	v := syncproto.Verdict{Command: intent.ID, Hash: e.CommandHash(), Epoch: 1, Seq: 99, Time: s.Clock(), Outcome: syncproto.Accepted}
	return v.Sign(id.LogID, id.ServerKey)
}
