package ledger

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"runtime/debug"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// errDefect says that the rules did what they must not: the command parks.
var errDefect = errors.New("a rule failed")

// givesBackForgotten says that a desk may give back something of a grant that a restore forgot. It
// has subtracted that, so it is no reason to refuse what else it gives back.
func (b *batch) givesBackForgotten(o opened) bool {
	return o.intent.Kind == syncproto.CommandReturnGrant && b.ledger.forgets()
}

// shown are the grants that an approval shows as this server signed them, where a restore may have forgotten
// some (counterexample A1). A signature of another proves nothing.
func (b *batch) shown(o opened) (grants []syncproto.Grant) {
	if !b.ledger.forgets() || !approves(o.intent.Kind) {
		return nil
	}
	key, _ := b.ledger.identity.ServerKey.Public().(ed25519.PublicKey)
	for _, signed := range o.intent.Grants {
		if g, err := signed.Open(key); err == nil {
			grants = append(grants, g)
		}
	}
	return grants
}

// decide asks the rules: Needs → load → Decide → Fold. Whatever goes wrong in a rule is
// the command's own outcome; an error is one of the store.
func (b *batch) decide(o opened) (decided, error) {
	in := decision.Input{
		Intent: o.intent, Device: o.Command.Device, Incarnation: o.Command.Incarnation,
		Now: o.now(), Clock: b.now, Confirmed: syncproto.Instant(b.ledger.confirmed.Load()), Within: o.within, At: o.at,
		Docs: decision.Docs{}, Restored: b.ledger.restored,
		Told:  o.honoured || o.first.Outcome == syncproto.Accepted || b.givesBackForgotten(o),
		Shown: b.shown(o),
	}
	ref := b.refs.newest
	if rules.IsFact(o.intent.Kind) {
		ref = b.refs.at(o.intent.Known)
	}
	d, err := b.ask(&in, ref)
	stands := o.stands && !rules.IsReference(o.intent.Subject.Kind)
	known, takenBack := b.ledger.takenBack(o.intent)
	if !takenBack {
		known = o.intent.Known
	}
	if (stands || takenBack && rules.IsFact(o.intent.Kind)) && err == nil && len(d.Findings) > 0 {
		d, err = b.eitherWay(in, d, b.refs.at(known))
	}
	switch {
	case err == nil:
		return d, nil
	case errors.Is(err, errDefect): // first: its cause may be a Problem that is not the command's
		b.ledger.log.Error().Err(err).Stringer("command", o.intent.ID).Stringer("kind", o.intent.Kind).Msg("a command parks because deciding it failed")
		return parkedBy(syncproto.CodeDefect), nil
	case errors.Is(err, &syncproto.Problem{Code: syncproto.CodeUnknownKind}):
		return parkedBy(syncproto.CodeWaitsVersion), nil
	case errors.Is(err, &syncproto.Problem{Code: syncproto.CodeTooLarge}):
		return rejectedBy(syncproto.CodeTooLarge), nil
	case errors.Is(err, &syncproto.Problem{Code: syncproto.CodeMalformed}):
		return rejectedBy(syncproto.CodeMalformed), nil
	}
	return decided{}, err
}

// eitherWay is what became of a fact whose device knew a position of a log that was taken back: of this
// log that says nothing, so it counts, and nothing is held against its person, also where that is so by
// what was left of that (invariant 11). So does what stood, and a person says so, where who did it has
// other rights since.
func (b *batch) eitherWay(in decision.Input, d decided, then reference.Reference) (decided, error) {
	other, err := b.ask(&in, then)
	if err != nil || other.Outcome.Outcome == syncproto.Accepted && (len(other.Findings) == 0 || d.Outcome.Outcome == syncproto.Rejected) {
		return other, err
	}
	return d, nil
}

// ask is the part in which rules run.
func (b *batch) ask(in *decision.Input, ref reference.Reference) (d decided, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%w: %v\n%s", errDefect, fault, debug.Stack())
		}
	}()
	if in.Command, err = rules.Read(in.Intent); err != nil {
		return d, err
	}
	if err := b.load(in, ref); err != nil {
		return d, err
	}
	out := b.ledger.rule(*in, ref)
	switch {
	case out.Outcome != syncproto.Accepted && len(out.Findings) == 0, out.Outcome < syncproto.Accepted, out.Outcome > syncproto.Parked:
		return d, fmt.Errorf("%w: outcome %d without a reason", errDefect, out.Outcome)
	case out.Outcome == syncproto.Parked && in.Docs[out.Findings[0].Doc].Presence != decision.Absent:
		return d, fmt.Errorf("%w: it would wait for %v, which it did not find absent", errDefect, out.Findings[0].Doc)
	case out.Outcome != syncproto.Accepted:
		return decided{Outcome: out}, nil
	}
	d.Outcome = out
	d.changed, err = fold(*in, out)
	return d, err
}

// load gets the documents the decision needs, asking again until nothing new is wanted.
func (b *batch) load(in *decision.Input, ref reference.Reference) error {
	for range syncproto.MaxNeedsRounds {
		wanted := rules.Needs(*in, ref)
		if len(wanted) == 0 {
			return nil
		}
		for _, w := range wanted {
			d, err := b.document(w)
			if err != nil {
				return err
			}
			in.Docs[w] = d.doc
		}
	}
	if more := rules.Needs(*in, ref); len(more) > 0 {
		return fmt.Errorf("%w: after %d rounds it still needs %v", errDefect, syncproto.MaxNeedsRounds, more)
	}
	return nil
}

// fold applies the outcome to the documents and encodes their new bodies.
func fold(in decision.Input, out decision.Outcome) ([]changed, error) {
	for _, c := range out.Changes {
		if in.Docs[c.Doc].Presence == decision.Unknown {
			return nil, fmt.Errorf("%w: it changes %v, which it did not ask for", errDefect, c.Doc)
		}
	}
	folded, err := rules.Fold(in, out)
	if err != nil {
		return nil, unexpected(err)
	}
	list := make([]changed, 0, len(folded))
	for _, c := range folded {
		bytes, err := rules.WriteBody(c.After.Body)
		if err != nil {
			return nil, unexpected(err)
		}
		// Asked here, where a failing rule harms only this command.
		rules.Buckets(c.Ref, c.After.Body)
		rules.NextDue(c.Ref, c.After.Body)
		list = append(list, changed{Changed: c, bytes: bytes})
	}
	return list, nil
}

// unexpected: what a rule made is too large, or it is a defect of the rule.
func unexpected(err error) error {
	if errors.Is(err, &syncproto.Problem{Code: syncproto.CodeTooLarge}) {
		return err
	}
	return fmt.Errorf("%w: %w", errDefect, err)
}
