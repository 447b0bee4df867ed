package ledger_test

import (
	"context"
	"crypto/ed25519"
	"slices"
	"testing"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// lost is a world that lost its last entries: told are what the desk was told of them.
type lost struct {
	*ledgertest.World
	desk *ledgertest.Desk
	line syncproto.Link                     // of the command line
	told map[syncproto.ID]ledger.Submission // by the command's id, with what was told first
}

// afterARestore plays more after a moment, goes back to that moment, and begins a new epoch.
func afterARestore(t *testing.T, before func(w *ledgertest.World, d *ledgertest.Desk), play func(d *ledgertest.Desk) []syncproto.Envelope) *lost {
	t.Helper()
	w := ledgertest.New(t)
	d := w.Desk(w.Seat, "K7MQ")
	if before != nil {
		before(w, d)
	}
	back := copied(t, w)
	l := &lost{desk: d, told: map[syncproto.ID]ledger.Submission{}}
	for _, e := range play(d) {
		var verdict syncproto.Verdict
		must(t, syncproto.Decode(w.Command(idOf(w, e)).Verdict, &verdict))
		s := d.Submission(e)
		s.First = verdict
		l.told[idOf(w, e)] = s
	}
	back.Now, back.CallCentre, back.East, back.West, back.Department = w.Now.Add(syncproto.Hour), w.CallCentre, w.East, w.West, w.Department
	intent := syncproto.Intent{ID: syncproto.Derive("the restore"), Kind: syncproto.CommandRestore, Operator: "周敏"}
	must(t, back.Store.Restored(context.Background(), store.Restoration{Epoch: 2}, back.Ledger.AsRestored(2, back.Now, intent), nil))
	back.Restart()
	l.World = back
	return l
}

func (l *lost) again(e syncproto.Envelope) ledger.Result {
	l.T.Helper()
	return l.Commit(l.told[idOf(l.World, e)])[0]
}

// operator is a command of the command line, whose key every world has.
func (l *lost) operator(intent syncproto.Intent) ledger.Submission {
	id := l.Ledger.Identity()
	e := syncproto.Seal(intent, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), id.OperatorDevice, id.OperatorDevice, l.line)
	l.line = e.Link()
	return ledger.Submission{Source: ledger.FromOperator, Command: e, Received: l.Now}
}

// rejectsDispatch is the rules, but for dispatches, which they reject or do not.
func rejectsDispatch(reject bool) func(decision.Input, reference.Reference) decision.Outcome {
	return func(in decision.Input, ref reference.Reference) decision.Outcome {
		if reject && in.Intent.Kind == syncproto.CommandDispatch {
			return decision.Reject(syncproto.Finding{Code: syncproto.CodeChanged})
		}
		return rules.Decide(in, ref)
	}
}

// TestWhatWasToldIsKeptTo: what a restored server is handed again has the interval it had,
// counts from when it counted, and says so in its entry (counterexample B2).
func TestWhatWasToldIsKeptTo(t *testing.T) {
	var dispatch syncproto.Envelope
	var id syncproto.ID
	l := afterARestore(t, func(w *ledgertest.World, d *ledgertest.Desk) {
		id = w.ID()
		d.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
	}, func(d *ledgertest.Desk) []syncproto.Envelope {
		dispatch = d.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: d.Department, Note: "请查"})
		d.Hand(dispatch)
		return []syncproto.Envelope{dispatch}
	})
	first := l.told[idOf(l.World, dispatch)].First
	r := l.again(dispatch)
	if r.Problem != nil || r.Verdict.Outcome != syncproto.Accepted || r.Verdict.Epoch != 2 || r.Verdict.Within != first.Within {
		t.Fatalf("%+v; first it was %+v", r, first)
	}
	if p := l.Payload(r.Verdict.Seq); p.First.Seq != first.Seq || p.First.Epoch != 1 {
		t.Errorf("its entry says it was %+v", p.First)
	}
	doc, _ := l.Document(ticket.Ref(id))
	if due := doc.NextDue; due != first.Time.Add(syncproto.Span(0.8*float64(2*syncproto.Hour))) && due != first.Time.Add(2*syncproto.Hour) {
		t.Errorf("the response is next looked at %v; it was sent at %v", due, first.Time)
	}
	if err := l.Ledger.EndRestoring(context.Background(), l.Now); err != nil {
		t.Fatal(err)
	}
	l.Verify()
}

// TestNothingNewWhileRestoring: no new command of anybody, no tick, no grant; only what was
// told of, and then everything.
func TestNothingNewWhileRestoring(t *testing.T) {
	var opening syncproto.Envelope
	l := afterARestore(t, nil, func(d *ledgertest.Desk) []syncproto.Envelope {
		opening = d.Make(syncproto.CommandOpen, d.Open(d.ID(), d.East, "K7MQ-00001"))
		d.Hand(opening)
		return []syncproto.Envelope{opening}
	})
	fresh := l.desk.Make(syncproto.CommandOpen, l.Open(l.desk.ID(), l.East, "K7MQ-00002"))
	restoring := func(r ledger.Result) bool { return r.Problem != nil && r.Problem.Code == syncproto.CodeRestoring }
	forged := l.told[idOf(l.World, opening)]
	forged.First.Within.Hi += 1
	own := l.Ledger.Own(syncproto.Intent{Kind: syncproto.CommandTick, Subject: ticket.Ref(l.desk.ID()), Body: []byte{0xa0}}, l.Now)
	if !restoring(l.Commit(forged)[0]) || !restoring(l.Commit(own)[0]) {
		t.Error("a forged verdict or a tick is taken")
	}
	if r := l.again(opening); r.Verdict.Outcome != syncproto.Accepted {
		t.Fatalf("what was told of: %+v", r)
	}
	if !restoring(l.Commit(l.desk.Submission(fresh))[0]) {
		t.Error("a new command is taken before the restoring ended")
	}
	must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
	if r := l.Commit(l.desk.Submission(fresh))[0]; r.Verdict.Outcome != syncproto.Accepted {
		t.Errorf("then: %+v", r)
	}
	l.Restart()
	if l.Ledger.Restoring() {
		t.Error("after another start it restores again")
	}
	l.Verify()
}

// TestARevocationWaitsForADeviceThatWasForgotten: made known again it is revoked in the same moment,
// as of when it was (counterexample X7). One that was never told of is about no device.
func TestARevocationWaitsForADeviceThatWasForgotten(t *testing.T) {
	var stolen *ledgertest.Desk
	l := afterARestore(t, nil, func(d *ledgertest.Desk) []syncproto.Envelope {
		stolen = d.World.Desk(d.Seat, "P2XA")
		return nil
	})
	revoke := func(n uint64) ledger.Submission {
		intent, err := rules.Write(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: stolen.Device, Reason: "被盗"})
		must(t, err)
		intent.ID, intent.Operator = syncproto.NumberedID(n), "周敏"
		return l.operator(intent)
	}
	told := revoke(1)
	at := l.Now.Add(-30 * syncproto.Minute)
	id := l.Ledger.Identity()
	told.First = syncproto.Verdict{Command: syncproto.NumberedID(1), Hash: told.Command.CommandHash(), Epoch: 1, Seq: 100, Time: at,
		Within: syncproto.Interval{Lo: at, Hi: at}, Outcome: syncproto.Accepted}.Sign(id.LogID, id.ServerKey)
	if v := l.Commit(told)[0].Verdict; v.Outcome != syncproto.Parked || v.Findings[0].Code != syncproto.CodeWaitsForDoc {
		t.Errorf("the revocation is %v %v", v.Outcome, v.Findings)
	}
	must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
	l.Restart()
	public, _ := stolen.Key.Public().(ed25519.PublicKey)
	if v := l.Own(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: stolen.Device, Device: organisation.Device{
		Person: l.desk.Person, Name: "PC", Code: "P2XA", Key: public, Incarnation: stolen.Incarnation}}); v.Outcome != syncproto.Accepted {
		t.Fatalf("the device is %v %v", v.Outcome, v.Findings)
	}
	if d, _ := l.Ledger.Reference().Device(stolen.Device); d.Revoked != at {
		t.Errorf("it is revoked at %v, want %v", d.Revoked, at)
	}
	stolen.Device = syncproto.Derive("no device")
	if v := l.Commit(revoke(2))[0].Verdict; v.Outcome != syncproto.Rejected {
		t.Errorf("a new revocation of no device is %v", v.Outcome)
	}
	l.Verify()
}

// TestWhatWouldEndOtherwiseWaitsForAPerson (counterexample A10), who has it decided or
// refused, on record; what was rejected stays so, and waits for nobody.
func TestWhatWouldEndOtherwiseWaitsForAPerson(t *testing.T) {
	for _, reject := range []bool{false, true} {
		var id syncproto.ID
		var amend, refused, behind syncproto.Envelope
		l := afterARestore(t, func(w *ledgertest.World, d *ledgertest.Desk) {
			id = w.ID()
			d.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
		}, func(d *ledgertest.Desk) []syncproto.Envelope {
			amend = d.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: d.Department, Note: "请查"})
			refused = d.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: syncproto.Derive("nowhere"), Note: "请查"})
			behind = d.Make(syncproto.CommandNote, note(id, "等"))
			for _, e := range []syncproto.Envelope{amend, refused, behind} {
				d.Hand(e)
			}
			return []syncproto.Envelope{amend, refused, behind}
		})
		if got := l.told[idOf(l.World, refused)].First.Outcome; got != syncproto.Rejected {
			t.Fatalf("the second was %v", got)
		}
		l.Ledger.SetRule(rejectsDispatch(true)) // as if what it needed were otherwise now
		if r := l.again(amend); r.Verdict.Outcome != syncproto.Parked || r.Verdict.Findings[0].Code != syncproto.CodeWaitsPerson {
			t.Fatalf("it would end otherwise and is %+v", r)
		}
		l.Ledger.SetRule(rejectsDispatch(false))
		if r := l.again(refused); r.Verdict.Outcome != syncproto.Rejected || !slices.Equal(r.Verdict.Findings, l.told[idOf(l.World, refused)].First.Findings) {
			t.Errorf("what was rejected is %+v", r)
		}
		if r := l.again(behind); r.Verdict.Outcome != syncproto.Parked || r.Verdict.Findings[0].Code != syncproto.CodeWaitsBehind {
			t.Errorf("what comes behind it about the same is %+v", r)
		}
		must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
		if got := outcome(l.World, amend); got != syncproto.Parked {
			t.Errorf("the end of the restoring left it %v: only a person does", got)
		}
		if got := outcome(l.World, behind); got != syncproto.Parked {
			t.Errorf("the end of the restoring left what comes behind it %v", got)
		}
		l.Restart()
		release := syncproto.Intent{ID: l.desk.ID(), Kind: syncproto.CommandReleaseParked, Operator: "周敏",
			Body: syncproto.MustEncode(syncproto.ReleaseParked{Command: idOf(l.World, amend), Reject: reject})}
		if r := l.Commit(l.operator(release))[0]; r.Verdict.Outcome != syncproto.Accepted {
			t.Fatalf("the release is %+v", r)
		}
		want := map[bool]syncproto.Outcome{false: syncproto.Accepted, true: syncproto.Rejected}[reject]
		if got := outcome(l.World, amend); got != want {
			t.Errorf("released, reject %v, it is %v", reject, got)
		}
		if got := outcome(l.World, behind); got != syncproto.Accepted {
			t.Errorf("what waited behind it is %v", got)
		}
		again := release
		again.ID = l.desk.ID()
		if r := l.Commit(l.operator(again))[0]; r.Verdict.Outcome != syncproto.Rejected {
			t.Errorf("a second release is %+v", r)
		}
		l.Verify()
	}
}

// TestAnApprovalThatStoodWaitsForAPersonWhereItsClaimIsRefused: the customer was told of it, and
// whoever refuses the claim has decided on that alone. So it is where the disk is lost then.
func TestAnApprovalThatStoodWaitsForAPersonWhereItsClaimIsRefused(t *testing.T) {
	var opened, filed syncproto.ID
	var boss *manager
	var file, approve syncproto.Envelope
	l := afterARestore(t, func(w *ledgertest.World, d *ledgertest.Desk) {
		opened, filed = w.ID(), w.ID()
		d.Give(syncproto.CommandOpen, w.Open(opened, w.East, "K7MQ-00001"))
		boss = &manager{Desk: w.Desk(w.Manager, "LI01")}
		boss.connect()
	}, func(d *ledgertest.Desk) []syncproto.Envelope {
		file = d.Make(syncproto.CommandFileClaim, claim.File{ID: filed, Ticket: opened, Kind: claim.Goodwill, Amount: 3000 * syncproto.Yuan, What: "补贴"})
		d.Hand(file)
		approve = boss.approve(filed, 3000*syncproto.Yuan)
		boss.Hand(approve)
		return []syncproto.Envelope{file, approve}
	})
	for _, e := range []syncproto.Envelope{file, approve} {
		if first := l.told[idOf(l.World, e)].First; first.Outcome != syncproto.Accepted || len(first.Findings) > 0 {
			t.Fatalf("first it was %v %v", first.Outcome, first.Findings)
		}
	}
	back := copied(t, l.World)
	l.Ledger.SetRule(func(in decision.Input, ref reference.Reference) decision.Outcome {
		if in.Intent.Kind == syncproto.CommandFileClaim { // as if its person could not file it any more
			return decision.Reject(syncproto.Finding{Code: claim.CodeOtherRegion})
		}
		return rules.Decide(in, ref)
	})
	l.again(file)
	l.again(approve)
	must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
	l.Restart()
	release := syncproto.Intent{ID: l.desk.ID(), Kind: syncproto.CommandReleaseParked, Operator: "周敏",
		Body: syncproto.MustEncode(syncproto.ReleaseParked{Command: idOf(l.World, file), Reject: true})}
	if r := l.Commit(l.operator(release))[0]; r.Verdict.Outcome != syncproto.Accepted || outcome(l.World, file) != syncproto.Rejected {
		t.Fatalf("the claim is %v", outcome(l.World, file))
	}
	if got := outcome(l.World, approve); got != syncproto.Parked {
		t.Errorf("its approval, which stood, is %v", got)
	}
	l.Verify()
	must(t, back.Ledger.Replay(t.Context(), 2, entriesAfter(l.World, back.Ledger.Head().Seq)))
	back.Verify()
	must(t, back.Ledger.EndRestoring(t.Context(), l.Now))
	l.World = back
	if got := l.waitsFor(approve); got != syncproto.CodeWaitsPerson {
		t.Errorf("from the copy it waits for %q", got)
	}
	l.Verify()
}

// TestWhatWasReleasedWaitsForNobodyAfterARestore from the copy either: a person has released what came
// from a revoked device, and it goes on waiting for its ticket.
func TestWhatWasReleasedWaitsForNobodyAfterARestore(t *testing.T) {
	w := ledgertest.New(t)
	l := &lost{World: w, desk: w.Desk(w.Seat, "K7MQ")}
	other, id := w.Desk(w.Seat, "P2XA"), w.ID()
	w.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: l.desk.Device, Reason: "被盗"})
	w.Now = w.Now.Add(syncproto.Hour)
	late := l.desk.Make(syncproto.CommandNote, note(id, "等"))
	l.desk.Hand(late)
	if got := l.waitsFor(late); got != syncproto.CodeAfterRevoked {
		t.Fatalf("it waits for %q", got)
	}
	back := copied(t, w)
	release := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandReleaseParked, Operator: "周敏",
		Body: syncproto.MustEncode(syncproto.ReleaseParked{Command: idOf(w, late)})}
	l.Commit(l.operator(release))
	if got := l.waitsFor(late); got != syncproto.CodeWaitsForDoc {
		t.Fatalf("released it waits for %q", got)
	}
	must(t, back.Ledger.Replay(t.Context(), 1, entriesAfter(w, back.Ledger.Head().Seq)))
	back.CallCentre, back.East = w.CallCentre, w.East
	back.Verify()
	intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
	must(t, back.Store.Restored(t.Context(), store.Restoration{Epoch: 2}, back.Ledger.AsRestored(2, w.Now, intent), nil))
	back.Restart()
	must(t, back.Ledger.EndRestoring(t.Context(), w.Now))
	other.World = back
	other.Give(syncproto.CommandOpen, back.Open(id, back.East, "P2XA-00001"))
	if got := outcome(back, late); got != syncproto.Accepted {
		t.Errorf("its ticket is there, and it is %v", got)
	}
	back.Verify()
}

// TestAReleaseOfBeforeTurnsNothingRound: a person had a dispatch decided that waited, and it was accepted. The disk is
// lost again, and what the person saw then has not come yet when the release is decided again.
func TestAReleaseOfBeforeTurnsNothingRound(t *testing.T) {
	for comes, want := range map[bool]syncproto.Outcome{true: syncproto.Accepted, false: syncproto.Parked} {
		var dispatch syncproto.Envelope
		var id syncproto.ID
		l := afterARestore(t, func(w *ledgertest.World, d *ledgertest.Desk) {
			id = w.ID()
			d.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
		}, func(d *ledgertest.Desk) []syncproto.Envelope {
			dispatch = d.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: d.Department, Note: "请查"})
			d.Hand(dispatch)
			return []syncproto.Envelope{dispatch}
		})
		l.Ledger.SetRule(rejectsDispatch(true))
		l.again(dispatch)
		must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
		back := copied(t, l.World)
		l.Ledger.SetRule(rejectsDispatch(false))
		release := l.operator(syncproto.Intent{ID: l.desk.ID(), Kind: syncproto.CommandReleaseParked, Operator: "周敏",
			Body: syncproto.MustEncode(syncproto.ReleaseParked{Command: idOf(l.World, dispatch)})})
		if release.First = l.Commit(release)[0].Verdict; outcome(l.World, dispatch) != syncproto.Accepted {
			t.Fatalf("released it is %v", outcome(l.World, dispatch))
		}
		intent := syncproto.Intent{ID: l.desk.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
		must(t, back.Store.Restored(t.Context(), store.Restoration{Epoch: 3}, back.Ledger.AsRestored(3, l.Now, intent), nil))
		back.Restart()
		back.Ledger.SetRule(rejectsDispatch(true))
		if r := back.Commit(release)[0]; r.Verdict.Outcome != syncproto.Accepted || outcome(back, dispatch) != syncproto.Parked {
			t.Errorf("the release is %+v, and what it released %v", r, outcome(back, dispatch))
		}
		back.Ledger.SetRule(rejectsDispatch(!comes))
		must(t, back.Ledger.EndRestoring(t.Context(), back.Now))
		l.World = back
		if got := outcome(back, dispatch); got != want || !comes && l.waitsFor(dispatch) != syncproto.CodeWaitsPerson {
			t.Errorf("what the person saw comes %v: it is %v, and waits for %q", comes, got, l.waitsFor(dispatch))
		}
		back.Verify()
	}
}
