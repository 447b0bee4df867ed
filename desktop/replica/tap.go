package replica

import (
	"context"
	"fmt"
	"math"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
)

// MaxScreen is how many bytes of what was on the screen are kept with a command.
const MaxScreen = 4 << 10

// Wish is what a person asks for.
type Wish struct {
	Kind    syncproto.CommandKind
	Command any               // the business package's own value
	Shares  []syncproto.Share // the grants an approval charges
	// Screen is what was on the screen, in words, for the day the server says otherwise.
	Screen string
	// Draft is the form that it was filled in: its draft goes in the transaction that keeps the
	// command, so that a crash leaves the one or the other.
	Draft DraftKey
}

// Moment is when and under which id: the two things a replica cannot make itself.
type Moment struct {
	ID      syncproto.ID
	Reading syncproto.Reading
}

// Receipt is what became of a wish that was kept.
type Receipt struct {
	Command syncproto.ID
	Counter uint64            // its place in this device's line
	At      syncproto.Instant // when it counts from, as far as can be known here
	Remarks []syncproto.Finding
}

// Estimate is the server's time at a reading, as far as the last anchor tells: the wall
// clock, clamped into what is possible.
func (r *Replica) Estimate(at syncproto.Reading) syncproto.Instant { return r.Within(at).At(at.Wall) }

// Within is the interval that holds the server's time at a reading; its end is the
// largest Instant where no anchor of this boot bounds it.
func (r *Replica) Within(at syncproto.Reading) syncproto.Interval {
	return within(syncproto.Readings{Reading: at, Anchor: r.self.Load().anchor})
}

// within is when an action can have happened, for a desk that asks for itself: only an
// anchor of the same boot bounds it from above.
func within(readings syncproto.Readings) syncproto.Interval {
	return syncproto.Bound(readings, syncproto.Anchor{}, math.MaxInt64)
}

// Tap decides a wish and, where it is accepted, keeps it: command, events, overlay and
// charges in one transaction that is on the disk when Tap returns. Otherwise nothing is
// kept and the error is a *Refusal with the reasons.
func (r *Replica) Tap(ctx context.Context, w Wish, m Moment) (Receipt, error) {
	receipts, err := r.TapAll(ctx, []Wish{w}, func() Moment { return m })
	if err != nil {
		return Receipt{}, err
	}
	return receipts[0], nil
}

// TapAll keeps what one form asks for, in order, each decided with those before it: all of it
// in one transaction, or nothing where one is refused. So a form is sent or it is not, also
// where the program dies in between.
func (r *Replica) TapAll(ctx context.Context, wishes []Wish, moment func() Moment) ([]Receipt, error) {
	intents := make([]syncproto.Intent, 0, len(wishes))
	for _, w := range wishes {
		intent, err := rules.Write(w.Kind, w.Command)
		if err != nil {
			return nil, fmt.Errorf("keeping what was done: %w", err)
		}
		if len(w.Screen) > MaxScreen {
			return nil, &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "keeping what was done", Detail: "what was on the screen"}
		}
		intent.Shares = w.Shares
		intents = append(intents, intent)
	}
	var receipts []Receipt
	err := r.commit(ctx, "keeping what was done", func(c *change) error {
		receipts = nil // it may be done once more
		for i, intent := range intents {
			if err := c.refoldTouched(); err != nil { // by those before it
				return err
			}
			receipt, err := c.queue(intent, wishes[i].Screen, moment())
			if err != nil {
				return err
			}
			if key := wishes[i].Draft; !key.IsZero() {
				if err := c.dropDraft(key); err != nil {
					return err
				}
			}
			receipts = append(receipts, receipt)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return receipts, nil
}

// queue decides an intent and puts it at the end of the line.
func (c *change) queue(intent syncproto.Intent, screen string, m Moment) (Receipt, error) {
	intent.ID, intent.Person, intent.Known = m.ID, c.self.person, c.self.known
	intent.Readings = syncproto.Readings{Reading: m.Reading, Anchor: c.self.anchor}
	if c.self.erased != 0 {
		return Receipt{}, refuse(syncproto.CodeRevoked)
	}
	if len(intent.Shares) > 0 && c.self.doubtful {
		return Receipt{}, refuse(CodeFileBehind)
	}
	in, out, err := c.decide(intent)
	if err != nil {
		return Receipt{}, err
	}
	if out.Outcome != syncproto.Accepted {
		return Receipt{}, &Refusal{Findings: out.Findings}
	}
	changes, err := fold(in, out)
	if err != nil {
		return Receipt{}, err
	}
	charged, err := c.chargeGrants(intent)
	if err != nil {
		return Receipt{}, err
	}
	if intent.Kind != syncproto.CommandReturnGrant { // what is given back asks for nothing
		intent.Grants = charged
	}
	envelope := syncproto.Seal(intent, c.key, c.self.device, c.self.incarnation, c.self.link)
	if len(envelope.Intent) > syncproto.MaxIntent {
		return Receipt{}, refuse(syncproto.CodeTooLarge)
	}
	if err := c.keep(intent, envelope, in.Now, screen, changes); err != nil {
		return Receipt{}, err
	}
	c.self.link = envelope.Link()
	c.self.created++
	return Receipt{Command: intent.ID, Counter: envelope.Counter, At: in.At, Remarks: out.Findings}, nil
}

// decide asks the rules, at the tap, from what is shown here.
func (c *change) decide(intent syncproto.Intent) (in decision.Input, out decision.Outcome, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &syncproto.Problem{Code: syncproto.CodeDefect, Doing: "deciding " + intent.Kind.String(), Detail: fmt.Sprint(cause)}
		}
	}()
	command, err := rules.Read(intent)
	if err != nil {
		return in, out, err
	}
	when := within(intent.Readings)
	at := when.At(intent.Readings.Reading.Wall)
	in = decision.Input{
		Intent: intent, Command: command, Device: c.self.device, Incarnation: c.self.incarnation,
		Now: at, Within: when, At: at, AtTap: true, Docs: decision.Docs{},
	}
	for range syncproto.MaxNeedsRounds {
		wanted := rules.Needs(in, c.known)
		if len(wanted) == 0 {
			break
		}
		for _, ref := range wanted {
			if in.Docs[ref], err = c.shown(ref); err != nil {
				return in, out, err
			}
		}
	}
	return in, rules.Decide(in, c.known), nil
}

// fold makes the events and checks that every body they lead to may rest and travel. What
// is over a limit is refused at the tap, where it can still be made shorter.
func fold(in decision.Input, out decision.Outcome) (changes []rules.Changed, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &syncproto.Problem{Code: syncproto.CodeDefect, Doing: "folding " + in.Intent.Kind.String(), Detail: fmt.Sprint(cause)}
		}
	}()
	if changes, err = rules.Fold(in, out); err != nil {
		return nil, tooLarge(err)
	}
	for _, changed := range changes {
		if _, err := rules.WriteBody(changed.After.Body); err != nil {
			return nil, tooLarge(err)
		}
	}
	return changes, nil
}

// keep writes the command with what was decided.
func (c *change) keep(intent syncproto.Intent, envelope syncproto.Envelope, now syncproto.Instant, screen string, changes []rules.Changed) error {
	result, err := c.run(`INSERT INTO outbox (id, incarnation, counter, kind, subject_kind, subject_id,
		made_at, envelope, screen, sent, outcome, card) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0)
		ON CONFLICT (id) DO NOTHING`,
		intent.ID[:], envelope.Incarnation[:], envelope.Counter, intent.Kind, intent.Subject.Kind, intent.Subject.ID[:],
		now, syncproto.MustEncode(envelope), screen)
	if err != nil {
		return fmt.Errorf("writing the command: %w", err)
	}
	if rows, err := result.RowsAffected(); err != nil || rows == 0 {
		return refuse(syncproto.CodeAlready) // the same tap twice
	}
	position, err := result.LastInsertId()
	if err != nil {
		return fmt.Errorf("writing the command: %w", err)
	}
	n := 0
	for _, changed := range changes {
		for _, event := range changed.Events {
			if err := c.exec("writing what was decided",
				`INSERT INTO command_event (position, n, kind, id, event, overlaid) VALUES (?, ?, ?, ?, ?, 1)`,
				position, n, event.Doc.Kind, event.Doc.ID[:], syncproto.MustEncode(event)); err != nil {
				return err
			}
			n++
		}
		c.touch(changed.Ref, done)
	}
	return nil
}

// ReserveNumber gives the number of a new ticket, good to be read out at once. It is on
// the disk before it is given, so no two customers ever hear the same; one that is not
// used in the end is left out of the count.
func (r *Replica) ReserveNumber(ctx context.Context) (string, error) {
	var number string
	err := r.commit(ctx, "giving a ticket number", func(c *change) error {
		number = fmt.Sprintf("%s-%05d", c.self.code, c.self.nextNumber)
		c.self.nextNumber++
		return nil
	})
	return number, err
}
