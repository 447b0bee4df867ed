package ledger_test

import (
	"slices"
	"strings"
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// outcome is what the table of commands says of an envelope's command now.
func outcome(w *ledgertest.World, e syncproto.Envelope) syncproto.Outcome {
	w.T.Helper()
	return w.Command(idOf(w, e)).Outcome
}

func idOf(w *ledgertest.World, e syncproto.Envelope) syncproto.ID {
	w.T.Helper()
	var intent syncproto.Intent
	if err := syncproto.Decode(e.Intent, &intent); err != nil {
		w.T.Fatal(err)
	}
	return intent.ID
}

// TestWhatWaitsForADocumentIsReleasedByIt (counterexample A11): notes on a ticket whose
// opening is still on another desk wait for it, in their order, and nothing else waits.
func TestWhatWaitsForADocumentIsReleasedByIt(t *testing.T) {
	for _, restart := range []bool{false, true} {
		w, other, elsewhere := opened(t)
		d := w.Desk(w.Seat, "P3RT")
		id := w.ID()
		first, second := d.Make(syncproto.CommandNote, note(id, "一")), d.Make(syncproto.CommandNote, note(id, "二"))
		flows, third := d.Make(syncproto.CommandNote, note(elsewhere, "别的")), d.Make(syncproto.CommandNote, note(id, "三"))
		results := w.Commit(d.Submission(first), d.Submission(second), d.Submission(flows), d.Submission(third))
		var codes []string
		for _, r := range results {
			code := r.Verdict.Outcome.String()
			if r.Verdict.Outcome == syncproto.Parked {
				code += " " + string(r.Verdict.Findings[0].Code)
			}
			codes = append(codes, code)
		}
		if got, want := strings.Join(codes, ", "), "parked waits-for, parked waits-behind, accepted, parked waits-behind"; got != want {
			t.Fatalf("they were %s; want %s", got, want)
		}
		if restart {
			w.Restart()
		}
		w.Now = w.Now.Add(syncproto.Hour)
		opening := other.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00002"))
		for i, e := range []syncproto.Envelope{first, second, third} {
			c := w.Command(idOf(w, e))
			if c.Outcome != syncproto.Accepted || c.Seq != opening.Seq+uint64(i)+1 {
				t.Fatalf("note %d is %v at %d, want accepted at %d", i+1, c.Outcome, c.Seq, opening.Seq+uint64(i)+1)
			}
			released, parked := w.Payload(c.Seq), w.Payload(results[[]int{0, 1, 3}[i]].Verdict.Seq)
			if released.Releases != results[[]int{0, 1, 3}[i]].Verdict.Seq {
				t.Errorf("note %d releases entry %d", i+1, released.Releases)
			}
			if released.Within != parked.Within || released.Received != parked.Received {
				t.Errorf("note %d: its time is no longer %v, but %v", i+1, parked.Within, released.Within)
			}
		}
		if again := d.Hand(first); again.Verdict.Outcome != syncproto.Accepted {
			t.Errorf("the first, sent again, is %v", again.Verdict.Outcome)
		}
		w.Verify()
	}
}

func TestWhatAnUnknownKindDoesWaitsForANewerServer(t *testing.T) {
	w, d, id := opened(t)
	intent := d.Intent(syncproto.CommandNote, note(id, "一"))
	intent.Kind = 777
	unknown := d.Seal(intent)
	behind := d.Make(syncproto.CommandNote, note(id, "二"))
	results := w.Commit(d.Submission(unknown), d.Submission(behind))
	if v := results[0].Verdict; v.Outcome != syncproto.Parked || v.Findings[0].Code != syncproto.CodeWaitsVersion {
		t.Errorf("the unknown kind was %v: %v", v.Outcome, v.Findings)
	}
	if v := results[1].Verdict; v.Outcome != syncproto.Parked || v.Findings[0].Code != syncproto.CodeWaitsBehind {
		t.Errorf("the one behind it was %v: %v", v.Outcome, v.Findings)
	}
	if other := w.Desk(w.Liaison, "P3RT"); other.Give(syncproto.CommandNote, note(id, "三")).Outcome == syncproto.Parked {
		t.Error("another desk's command on the ticket waits too")
	}
	head := w.Ledger.Head()
	w.Restart()
	if err := w.Ledger.Retry(t.Context(), w.Now); err != nil || w.Ledger.Head() != head {
		t.Errorf("a restart of the same program: %v, log from %v to %v", err, head, w.Ledger.Head())
	}
	w.Verify()
}

// broken fails for notes that say so.
func broken(in decision.Input, ref reference.Reference) decision.Outcome {
	if n, ok := in.Command.(ticket.Note); ok {
		switch n.Text {
		case "panic":
			panic("a defect")
		case "no reason":
			return decision.Outcome{Outcome: syncproto.Rejected}
		case "no outcome":
			return decision.Outcome{}
		case "waits for what is there":
			return decision.WaitFor(ticket.Ref(n.Ticket))
		case "not asked for":
			return decision.Accept(decision.Change{Doc: ticket.Ref(syncproto.Derive("elsewhere")), Kind: syncproto.EventNoted, Body: ticket.Noted{}})
		case "an unknown event":
			return decision.Accept(decision.Change{Doc: ticket.Ref(n.Ticket), Kind: 7777, Body: ticket.Noted{}})
		case "too much":
			change := decision.Change{Doc: ticket.Ref(n.Ticket), Kind: syncproto.EventNoted, Body: ticket.Noted{}}
			return decision.Accept(slices.Repeat([]decision.Change{change}, syncproto.MaxEvents+1)...)
		}
	}
	return rules.Decide(in, ref)
}

// TestARuleThatFailsHarmsOnlyItsCommand: it parks until a newer program, the rest of the
// batch is decided, and the repaired rule takes it.
func TestARuleThatFailsHarmsOnlyItsCommand(t *testing.T) {
	for _, defect := range []string{"panic", "no reason", "no outcome", "waits for what is there", "not asked for", "an unknown event"} {
		t.Run(defect, func(t *testing.T) {
			w, d, id := opened(t)
			other := w.Desk(w.Liaison, "P3RT")
			w.Ledger.SetRule(broken)
			bad, behind, well := d.Make(syncproto.CommandNote, note(id, defect)), d.Make(syncproto.CommandNote, note(id, "一")), other.Make(syncproto.CommandNote, note(id, "二"))
			results := w.Commit(d.Submission(bad), d.Submission(behind), other.Submission(well))
			if v := results[0].Verdict; v.Outcome != syncproto.Parked || v.Findings[0].Code != syncproto.CodeDefect {
				t.Fatalf("it was %v: %v", v.Outcome, v.Findings)
			}
			if v := results[2].Verdict; v.Outcome == syncproto.Parked {
				t.Errorf("another desk's was %v: %v", v.Outcome, v.Findings)
			}
			w.Restart()
			if err := w.Ledger.Retry(t.Context(), w.Now); err != nil {
				t.Fatal(err)
			}
			if outcome(w, bad) != syncproto.Accepted || outcome(w, behind) != syncproto.Accepted {
				t.Errorf("with the rule repaired they are %v and %v", outcome(w, bad), outcome(w, behind))
			}
			w.Verify()
		})
	}
}

func TestWhatIsOverALimitIsRejected(t *testing.T) {
	w, d, id := opened(t)
	w.Ledger.SetRule(broken)
	if v := d.Give(syncproto.CommandNote, note(id, "too much")); v.Outcome != syncproto.Rejected || v.Findings[0].Code != syncproto.CodeTooLarge {
		t.Errorf("it was %v: %v", v.Outcome, v.Findings)
	}
	w.Verify()
}

// TestFactsAreJudgedByWhatTheDeskKnew and requests by today (design §3).
func TestFactsAreJudgedByWhatTheDeskKnew(t *testing.T) {
	w, d, id := opened(t)
	fact, request := d.Intent(syncproto.CommandNote, note(id, "一")), d.Intent(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department})
	w.Redefine(w.Seat, organisation.Person{Name: "王芳", Login: "wang", Units: []syncproto.ID{w.CallCentre}, Roles: []policy.Role{policy.Supervisor}})
	if v := d.Hand(d.Seal(fact)).Verdict; v.Outcome != syncproto.Accepted {
		t.Errorf("a note by who was a seat when it was written was %v: %v", v.Outcome, v.Findings)
	}
	if v := d.Hand(d.Seal(request)).Verdict; v.Outcome != syncproto.Rejected || v.Findings[0].Code != syncproto.CodeNotAllowed {
		t.Errorf("a dispatch by who is no seat any more was %v: %v", v.Outcome, v.Findings)
	}
	// Someone who became a seat only after what the desk knew never was one then.
	late := w.Person("sun", policy.Supervisor, w.CallCentre)
	desk := w.Desk(late, "P3RT")
	early := w.Ledger.Head().Seq
	w.Redefine(late, organisation.Person{Name: "孙丽", Login: "sun", Units: []syncproto.ID{w.CallCentre}, Roles: []policy.Role{policy.Seat}})
	before, after := desk.Intent(syncproto.CommandNote, note(id, "二")), desk.Intent(syncproto.CommandNote, note(id, "三"))
	before.Known = early
	if v := desk.Hand(desk.Seal(before)).Verdict; v.Outcome != syncproto.Rejected || v.Findings[0].Code != syncproto.CodeNeverRole {
		t.Errorf("a note from before the role was %v: %v", v.Outcome, v.Findings)
	}
	if v := desk.Hand(desk.Seal(after)).Verdict; v.Outcome != syncproto.Accepted {
		t.Errorf("a note from after it was %v: %v", v.Outcome, v.Findings)
	}
	w.Restart() // the References of the past are there again
	again := desk.Intent(syncproto.CommandNote, note(id, "四"))
	again.Known = early
	if v := desk.Hand(desk.Seal(again)).Verdict; v.Outcome != syncproto.Rejected {
		t.Errorf("after a restart a note from before the role was %v", v.Outcome)
	}
	w.Verify()
}

// Of two files of one device the one that made a ticket may hand in after the other, which did
// something to it: the opening does not wait behind what waits for it.
func TestWhatIsWaitedForWaitsBehindNothing(t *testing.T) {
	w, _, _ := opened(t)
	d := w.Desk(w.Seat, "P3RT")
	id := w.ID()
	first, second := d.Make(syncproto.CommandNote, note(id, "一")), d.Make(syncproto.CommandNote, note(id, "二"))
	opening := d.Make(syncproto.CommandOpen, w.Open(id, w.East, "P3RT-00001"))
	w.Commit(d.Submission(first), d.Submission(second))
	if r := w.Commit(d.Submission(opening))[0]; r.Verdict.Outcome != syncproto.Accepted {
		t.Fatalf("the opening is %v: %v", r.Verdict.Outcome, r.Verdict.Findings)
	}
	for _, e := range []syncproto.Envelope{first, second} {
		if got := outcome(w, e); got != syncproto.Accepted {
			t.Errorf("what waited for it is %v", got)
		}
	}
}
