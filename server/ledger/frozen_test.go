package ledger_test

import (
	"context"
	"crypto/ed25519"
	"testing"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
)

// A release comes back from the command line's outbox. It was told of before an older restore: it
// stands on record as it was told, and the accounts stay frozen. One of after that restore, which
// only a newest copy has forgotten, releases them again; and so does one that is given now.
func TestAReleaseEndsTheFreezingItWasGivenFor(t *testing.T) {
	for name, c := range map[string]struct {
		told uint32 // the epoch it was told of in; 0 where it is new
		ends bool
	}{"of before the older restore": {1, false}, "of after it": {2, true}, "given now": {0, true}} {
		t.Run(name, func(t *testing.T) {
			w := ledgertest.New(t)
			restored := func(r store.Restoration) {
				t.Helper()
				intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
				must(t, w.Store.Restored(context.Background(), r, w.Ledger.AsRestored(r.Epoch, w.Now, intent), nil))
				w.Restart()
			}
			restored(store.Restoration{Epoch: 2, Older: true, Months: syncproto.MonthOf(w.Now) + 1})
			must(t, w.Ledger.EndRestoring(context.Background(), w.Now))
			restored(store.Restoration{Epoch: 3})
			l := &lost{World: w}
			s := l.operator(syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRelease, Operator: "周敏",
				Body: syncproto.MustEncode(syncproto.ReleaseAccount{Manager: w.Manager, Reason: "已核对"})})
			if c.told == 0 {
				must(t, w.Ledger.EndRestoring(context.Background(), w.Now))
			} else {
				id := w.Ledger.Identity()
				s.First = syncproto.Verdict{Hash: s.Command.CommandHash(), Epoch: c.told, Seq: w.Ledger.Head().Seq, Time: w.Now, Outcome: syncproto.Accepted}.
					Sign(id.LogID, id.ServerKey)
			}
			if r := w.Commit(s)[0]; r.Problem != nil || r.Verdict.Outcome != syncproto.Accepted {
				t.Fatalf("%+v", r)
			}
			for _, when := range []string{"then", "after another start"} {
				if _, frozen := w.Ledger.Frozen(w.Manager); frozen == c.ends {
					t.Errorf("%s the accounts are frozen: %v", when, frozen)
				}
				w.Restart()
			}
		})
	}
}

// slow is a store that says when it was read, and writes when it is let.
type slow struct {
	*store.Store
	read, write chan bool
	let         chan bool
}

func (s slow) View(ctx context.Context, read func(*store.View) error) error {
	err := s.Store.View(ctx, read)
	s.read <- true
	return err
}

func (s slow) Append(ctx context.Context, b store.Batch) error {
	s.write <- true
	<-s.let
	return s.Store.Append(ctx, b)
}

// TestTwoDesksReportAtOnce at the end of the collecting, and each has the accounts of its manager released: that is
// on record once, and nobody is alarmed; also where the one is decided while the other is being written.
func TestTwoDesksReportAtOnce(t *testing.T) {
	for _, meanwhile := range []bool{true, false} {
		w := ledgertest.New(t)
		intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
		r := store.Restoration{Epoch: 2, Older: true, Months: syncproto.MonthOf(w.Now)}
		must(t, w.Store.Restored(t.Context(), r, w.Ledger.AsRestored(r.Epoch, w.Now, intent), nil))
		w.Restart()
		must(t, w.Ledger.EndRestoring(t.Context(), w.Now))
		s := slow{w.Store, make(chan bool, 9), make(chan bool, 9), make(chan bool)}
		w.LoadFrom(s)
		<-s.read
		ends := make(chan ledger.Answer, 2)
		release := func() {
			results, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{w.Ledger.Own(syncproto.Intent{Kind: syncproto.CommandRelease,
				Body: syncproto.MustEncode(syncproto.ReleaseAccount{Manager: w.Manager, Reason: "all devices have reported"})}, w.Now)})
			ends <- ledger.Answer{Results: results, Err: err}
		}
		before := w.Ledger.Head().Seq
		go release()
		<-s.write
		<-s.read
		if meanwhile {
			go release()
			<-s.read
		}
		close(s.let)
		answers := []ledger.Answer{<-ends}
		if !meanwhile {
			go release()
		}
		for _, a := range append(answers, <-ends) {
			if a.Err != nil || a.Results[0].Problem != nil || a.Results[0].Verdict.Outcome != syncproto.Accepted {
				t.Errorf("meanwhile: %v; one is %+v", meanwhile, a)
			}
		}
		if got := w.Ledger.Head().Seq - before; got != 1 {
			t.Errorf("meanwhile: %v; it is on record %d times", meanwhile, got)
		}
		if _, frozen := w.Ledger.Frozen(w.Manager); frozen {
			t.Error("the accounts are frozen")
		}
		w.Verify()
	}
}

// A person has an approval honoured whose grant an older state has forgotten. Its claim has not come yet: once
// it does, the approval pays it, and asks nobody again.
func TestWhatWasHonouredAsksNobodyAgainOnceItsClaimIsThere(t *testing.T) {
	const amount = 800 * syncproto.Yuan
	w := ledgertest.New(t)
	l, seat, boss := &lost{World: w}, w.Desk(w.Seat, "K7MQ"), &manager{Desk: w.Desk(w.Manager, "LI01")}
	opened, filed := w.ID(), w.ID()
	seat.Give(syncproto.CommandOpen, w.Open(opened, w.East, "K7MQ-00001"))
	intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
	r := store.Restoration{Epoch: 2, Older: true, Months: syncproto.MonthOf(w.Now)}
	must(t, w.Store.Restored(t.Context(), r, w.Ledger.AsRestored(r.Epoch, w.Now, intent), nil))
	w.Restart()
	must(t, w.Ledger.EndRestoring(t.Context(), w.Now))
	boss.amount = w.ID() // in what was forgotten
	approve := boss.approve(filed, amount)
	boss.Hand(approve)
	if got := l.waitsFor(approve); got != syncproto.CodeWaitsPerson {
		t.Fatalf("it waits for %q", got)
	}
	l.Commit(l.operator(syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandReleaseParked, Operator: "周敏",
		Body: syncproto.MustEncode(syncproto.ReleaseParked{Command: idOf(w, approve)})}))
	if got := l.waitsFor(approve); got != syncproto.CodeWaitsForDoc {
		t.Fatalf("released it waits for %q", got)
	}
	w.Restart()
	seat.Give(syncproto.CommandFileClaim, claim.File{ID: filed, Ticket: opened, Kind: claim.Goodwill, Amount: amount, What: "补贴"})
	if got := outcome(w, approve); got != syncproto.Accepted {
		t.Errorf("its claim is there, and it is %v, waiting for %q", got, l.waitsFor(approve))
	}
	boss.money(amount, 0, 6000*syncproto.Yuan-amount)
	w.Verify()
}

// What a desk gives back of a grant that an older state has forgotten keeps nobody from what it gives back of
// another with the same command: the desk has subtracted both (design §4; invariant 11).
func TestWhatIsGivenBackOfAForgottenGrantTakesTheOthersAlong(t *testing.T) {
	const yuan = syncproto.Yuan
	boss := grants(t)
	intent := syncproto.Intent{ID: boss.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
	r := store.Restoration{Epoch: 2, Older: true, Months: syncproto.MonthOf(boss.Now)}
	must(t, boss.Store.Restored(t.Context(), r, boss.Ledger.AsRestored(r.Epoch, boss.Now, intent), nil))
	boss.Restart()
	must(t, boss.Ledger.EndRestoring(t.Context(), boss.Now))
	parts := []syncproto.Share{{Grant: boss.ID(), Amount: 500 * yuan}, {Grant: boss.amount, Amount: 2000 * yuan}}
	returned := boss.Intent(syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: boss.Person, Month: boss.month(), Given: parts})
	returned.Shares = parts
	back := boss.Seal(returned)
	boss.Hand(back)
	if got := outcome(boss.World, back); got != syncproto.Accepted {
		t.Errorf("it is %v", got)
	}
	boss.money(0, 4000*yuan, 2000*yuan)
	boss.Verify()
}

// TestAGrantThatWasForgottenProvesItself: an approval under it shows it as the server signed it, and so it is honoured
// after a restore to an older state (counterexample A1). What anybody else signed, or the server for another, proves nothing.
func TestAGrantThatWasForgottenProvesItself(t *testing.T) {
	const yuan = syncproto.Yuan
	_, forger, err := ed25519.GenerateKey(nil)
	must(t, err)
	for name, c := range map[string]struct {
		other   func(g *syncproto.Grant)
		forged  bool
		newest  bool // the copy that was restored lacks nothing
		counted bool
	}{
		"as it was signed":       {counted: true},
		"signed by another key":  {forged: true},
		"of another device":      {other: func(g *syncproto.Grant) { g.Device = syncproto.Derive("another") }},
		"of another manager":     {other: func(g *syncproto.Grant) { g.Account = authority.Ref(syncproto.Derive("another"), g.Month) }},
		"of another month":       {other: func(g *syncproto.Grant) { g.Account = authority.Ref(g.Manager, g.Month-1) }},
		"of another kind":        {other: func(g *syncproto.Grant) { g.Kind = syncproto.GrantRight }},
		"another than it names":  {other: func(g *syncproto.Grant) { g.ID = syncproto.Derive("another") }},
		"of a log that has them": {newest: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := ledgertest.New(t)
			l, seat, boss := &lost{World: w}, w.Desk(w.Seat, "K7MQ"), &manager{Desk: w.Desk(w.Manager, "LI01")}
			opened, first, second := w.ID(), w.ID(), w.ID()
			seat.Give(syncproto.CommandOpen, w.Open(opened, w.East, "K7MQ-00001"))
			for id, amount := range map[syncproto.ID]syncproto.Fen{first: 4000 * yuan, second: 1500 * yuan} {
				seat.Give(syncproto.CommandFileClaim, claim.File{ID: id, Ticket: opened, Kind: claim.Goodwill, Amount: amount, What: "补贴"})
			}
			intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
			r := store.Restoration{Epoch: 2, Older: !c.newest, Months: syncproto.MonthOf(w.Now)}
			must(t, w.Store.Restored(t.Context(), r, w.Ledger.AsRestored(r.Epoch, w.Now, intent), nil))
			w.Restart()
			must(t, w.Ledger.EndRestoring(t.Context(), w.Now))

			boss.amount = w.ID() // in what was forgotten
			g := syncproto.Grant{ID: boss.amount, Account: authority.Ref(boss.Person, boss.month()), Manager: boss.Person, Month: boss.month(),
				Kind: syncproto.GrantAmount, Amount: 6000 * yuan, Device: boss.Device, Incarnation: boss.Incarnation}
			if c.other != nil {
				c.other(&g)
			}
			signed := syncproto.SignGrant(g, w.Ledger.Identity().ServerKey)
			if c.forged {
				signed = syncproto.SignGrant(g, forger)
			}
			approve := func(id syncproto.ID, amount syncproto.Fen) syncproto.Envelope {
				intent := boss.Intent(syncproto.CommandApproveClaim, claim.Approve{Claim: id, Round: 1, Amount: amount, Month: boss.month(), Reason: "维系客户"})
				intent.Shares, intent.Grants = []syncproto.Share{{Grant: boss.amount, Amount: amount}}, []syncproto.SignedGrant{signed}
				return boss.Seal(intent)
			}
			one, other := approve(first, 4000*yuan), approve(second, 1500*yuan)
			boss.Hand(one)
			boss.Hand(other)
			for _, e := range []syncproto.Envelope{one, other} {
				switch got := outcome(w, e); {
				case c.counted && got != syncproto.Accepted:
					t.Errorf("it is %v, waiting for %q", got, l.waitsFor(e))
				case c.newest && got != syncproto.Rejected:
					t.Errorf("it is %v", got)
				case !c.counted && !c.newest && (got != syncproto.Parked || l.waitsFor(e) != syncproto.CodeWaitsPerson):
					t.Errorf("it is %v, waiting for %q", got, l.waitsFor(e))
				}
			}
			if c.counted {
				boss.money(5500*yuan, 0, 500*yuan)
			}
			w.Verify()
		})
	}
}

// TestADeviceSaysOnTwoLinesThatItIsErased: its line broke as that was being written, and on the next one it says so
// again. It is on record once, and nobody is alarmed.
func TestADeviceSaysOnTwoLinesThatItIsErased(t *testing.T) {
	w := ledgertest.New(t)
	d := w.Desk(w.Seat, "P2XA")
	w.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: d.Device, Reason: "被盗"})
	s := slow{w.Store, make(chan bool, 9), make(chan bool, 9), make(chan bool)}
	w.LoadFrom(s)
	<-s.read
	ends := make(chan ledger.Answer, 2)
	says := func() {
		intent, err := rules.Write(syncproto.CommandNoteWiped, organisation.NoteWiped{ID: d.Device})
		must(t, err)
		intent.Operator = "server"
		results, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{w.Ledger.Own(intent, w.Now)})
		ends <- ledger.Answer{Results: results, Err: err}
	}
	before := w.Ledger.Head().Seq
	go says()
	<-s.write
	<-s.read
	go says()
	<-s.read
	close(s.let)
	for range cap(ends) {
		if a := <-ends; a.Err != nil || a.Results[0].Problem != nil || a.Results[0].Verdict.Outcome != syncproto.Accepted {
			t.Errorf("one is %+v", a)
		}
	}
	if got := w.Ledger.Head().Seq - before; got != 1 {
		t.Errorf("it is on record %d times", got)
	}
	w.Verify()
}
