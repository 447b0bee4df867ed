package ledger

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
)

// A ledger that was restored to an earlier state is *restoring* until EndRestoring: it takes
// what was decided in the epochs that were taken back, and nothing new, so that no new command
// comes before one that was told of (design §4, counterexamples A1, A10). What it takes is
// decided with the time, interval and outcome it had, also after that; and what would now end
// otherwise waits for a person.

// Restoring says that only what was decided before is taken.
func (l *Ledger) Restoring() bool { return l.restoring.Load() }

// Withhold has nothing be read, while the ledger is restoring, on the devices that the command line
// was told are revoked, nor by the persons it was told have left: the log has forgotten that until
// all is decided again. To be called before anybody reads. No device erases itself for that: only an
// entry has it do so.
func (l *Ledger) Withhold(again []store.Reoffered) {
	withheld := map[syncproto.ID]bool{}
	for _, one := range again {
		var intent syncproto.Intent
		if one.First.Outcome != syncproto.Accepted || syncproto.Decode(one.Command.Intent, &intent) != nil {
			continue
		}
		switch intent.Kind {
		case syncproto.CommandRevokeDevice:
			withheld[intent.Subject.ID] = true
		case syncproto.CommandDefinePerson:
			var c organisation.DefinePerson
			if syncproto.Decode(intent.Body, &c) == nil {
				withheld[c.ID] = c.Person.Left != 0 // the last word counts: who left may be back
			}
		}
	}
	l.withheld.Store(&withheld)
}

// ReadsNothing says that nothing is read on the device, or by the person, until what the log has
// forgotten of them is in it again.
func (l *Ledger) ReadsNothing(device, person syncproto.ID) bool {
	withheld := l.withheld.Load()
	return withheld != nil && ((*withheld)[device] || (*withheld)[person])
}

// EndRestoring lets new commands be taken, and decides anew what waits: why it waits may have
// changed without an entry.
func (l *Ledger) EndRestoring(ctx context.Context, now syncproto.Instant) error {
	err := <-l.write(ctx, now, func(b *batch) error {
		l.told.late = true
		return b.retryHeads(func(store.Parked) bool { return true })
	})
	if err == nil {
		err = l.noteMissing(ctx, func() {
			l.restoring.Store(false)
			l.withheld.Store(nil)
		})
	}
	if err != nil {
		return fmt.Errorf("ending the restoring: %w", err)
	}
	return nil
}

// admits says why the command is not taken now; nil where it is. A device that was given
// another incarnation in what was taken back is given one again, or it could hand in nothing.
func (l *Ledger) admits(o opened) *syncproto.Problem {
	if !l.restoring.Load() || !o.first.IsZero() || o.Unheard || o.Source == FromServer && o.intent.Kind == syncproto.CommandRekeyDevice {
		return nil
	}
	return &syncproto.Problem{Code: syncproto.CodeRestoring, Doing: "taking a command",
		Detail: "this server was restored and is being handed what it lacks; it takes new commands after that"}
}

// keepTo has the command keep to what was told of it first, where this server told it.
func (o *opened) keepTo(id store.Identity) {
	public, _ := id.ServerKey.Public().(ed25519.PublicKey)
	if o.Source == FromServer || !o.First.Promised(o.Command, id.LogID, public) {
		return
	}
	o.first, o.asOf = o.First, o.First.Time
}

// now is the time a command is decided as of.
func (o opened) now() syncproto.Instant {
	if o.asOf != 0 {
		return o.asOf
	}
	return o.time
}

// heldTo is the outcome, but for one that was told otherwise: that waits for a person. An
// approval that stood must stand, and one that did not must not (counterexample A10). The
// revocation of a device that this log has forgotten waits for the device: where that is made known
// again, it is revoked in the same moment.
func (b *batch) heldTo(o opened, d decided) decided {
	if unknownGrant(d) && b.ledger.forgets() && approves(o.intent.Kind) {
		return parkedBy(syncproto.CodeWaitsPerson)
	}
	if o.first.Outcome == syncproto.Accepted && o.intent.Kind == syncproto.CommandRevokeDevice && forgets(d, o.intent.Subject) {
		return decided{Outcome: decision.Outcome{Outcome: syncproto.Parked, Findings: []syncproto.Finding{{Code: syncproto.CodeWaitsForDoc, Doc: o.intent.Subject}}}}
	}
	if o.first.Outcome != syncproto.Accepted || d.Outcome.Outcome == syncproto.Parked {
		return d
	}
	if d.Outcome.Outcome == syncproto.Accepted && stands(d.Findings) == stands(o.first.Findings) {
		return d
	}
	return parkedBy(syncproto.CodeWaitsPerson)
}

// forgets says that it was rejected because the document is not there.
func forgets(d decided, doc syncproto.Ref) bool {
	return slices.ContainsFunc(d.Findings, func(f syncproto.Finding) bool { return f.Code == syncproto.CodeNotThere && f.Doc == doc })
}

func approves(kind syncproto.CommandKind) bool {
	return kind == syncproto.CommandApproveClaim || kind == syncproto.CommandApproveWarranty
}

// stands says that an approval pays its claim; another kind of command always stands.
func stands(findings []syncproto.Finding) bool {
	return !slices.ContainsFunc(findings, func(f syncproto.Finding) bool {
		return f.Code == claim.CodeDuplicate || f.Code == claim.CodeAmountChanged || f.Code == claim.CodeClaimRefused
	})
}

// turnsRound says that a release that a restore took back would end otherwise than whoever waits was told, or may
// have been: what was accepted does not stand, or what came second pays the claim.
func (b *batch) turnsRound(held opened, told syncproto.Verdict, d decided) bool {
	if d.Outcome.Outcome == syncproto.Rejected {
		return told.Outcome == syncproto.Accepted || told.Outcome != syncproto.Rejected && b.awaits(held)
	}
	return d.Outcome.Outcome == syncproto.Accepted && told.Outcome == syncproto.Accepted && stands(d.Findings) && !stands(told.Findings)
}

// releaseByHand decides a command that waits for a person, as things are now: the person's
// own command has an entry first, so that it is on record who did it.
func (b *batch) releaseByHand(o opened) (syncproto.Verdict, error) {
	var wish syncproto.ReleaseParked
	if err := syncproto.Decode(o.intent.Body, &wish); err != nil {
		return b.write(o, rejectedBy(syncproto.CodeMalformed), 0)
	}
	if o.first.Outcome == syncproto.Accepted { // it waited for a person then; a copy says why it waited first
		if err := b.retryHeads(func(p store.Parked) bool { return p.Command == wish.Command }); err != nil {
			return syncproto.Verdict{}, err
		}
		o.time = b.nextTime()
	}
	all := b.parked.all()
	at := slices.IndexFunc(all, func(p store.Parked) bool { return p.Command == wish.Command && p.Code.WaitsForPerson() })
	if at < 0 {
		return b.write(o, rejectedBy(syncproto.CodeNotThere), 0)
	}
	verdict, err := b.write(o, decided{Outcome: decision.Accept()}, 0)
	if err != nil {
		return verdict, err
	}
	held, err := b.reopen(all[at])
	if err != nil {
		return verdict, err
	}
	told := held.first
	held.stands = told.Outcome == syncproto.Accepted
	held.first, held.asOf, held.honoured = syncproto.Verdict{}, o.asOf, true // the person knows, and it counts from now
	d := rejectedBy(all[at].Code)
	if !wish.Reject {
		if d, err = b.decide(held); err != nil {
			return verdict, err
		}
		if o.first.Outcome == syncproto.Accepted && b.turnsRound(held, told, d) { // the person saw what is not here yet
			d = parkedBy(syncproto.CodeWaitsDevice)
		}
	}
	if d.Outcome.Outcome == syncproto.Parked {
		b.park(held, d.Findings[0], all[at].Seq) // it waits for something else now
		return verdict, nil
	}
	b.left(all[at])
	_, err = b.write(held, d, all[at].Seq)
	return verdict, err
}
