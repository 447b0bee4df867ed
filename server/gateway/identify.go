package gateway

import (
	"context"
	"fmt"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	"redress/syncproto/session"
)

// identify says what the server knows of the device that said Hello.
func (c *Conversation) identify(ctx context.Context, now syncproto.Instant) (session.Identity, error) {
	ref := c.hub.ledger.Reference()
	device, known := ref.Device(c.hello.Device)
	if !known {
		return session.Identity{Problem: syncproto.CodeUnknownDevice}, nil
	}
	person, _ := ref.Person(device.Person)
	identity, head := c.hub.ledger.Identity(), c.hub.ledger.Head()
	who := session.Identity{
		Key: device.Key, Person: device.Person, Revoked: device.Revoked != 0,
		Buckets: person.HeldNow(device.Person), LogID: identity.LogID, Epoch: identity.Epoch, Head: head.Seq,
		Nonce: make([]byte, 32),
	}
	c.hub.chance.Fill(who.Nonce)
	if device.Takes(c.hello.Incarnation) {
		who.Incarnation = c.hello.Incarnation
	}
	c.buckets, c.revoked = who.Buckets, who.Revoked
	err := c.hub.store.View(ctx, func(v *store.View) (err error) {
		who.Line, err = v.Line(c.hello.Device, who.Incarnation)
		return err
	})
	if err == nil {
		who.Covered, err = c.hub.covered(ctx, now)
	}
	if err == nil && who.Revoked {
		who.Kept, err = c.kept(ctx)
	}
	if who.Kept {
		who.Order = syncproto.EraseOrder{LogID: who.LogID, Device: c.hello.Device, Incarnation: who.Incarnation, Counter: who.Line.Counter}.Sign(identity.ServerKey)
	}
	if err != nil {
		return who, err
	}
	if person.Left == 0 && !who.Revoked {
		who.ReadsUntil, err = c.hub.tokens.ReadsUntil(ctx, now, c.hello.Token, c.hello.Device, device.Person)
		c.readsUntil = who.ReadsUntil
	}
	return who, err
}

// rekey gives the device one more incarnation, by an entry. That it has a second history is
// in the entry, and on the device's document from the first time on.
func (c *Conversation) rekey(ctx context.Context, now syncproto.Instant, ask session.Rekey) (syncproto.ID, error) {
	device, incarnation := ask.Device, c.hub.chance.NewID()
	if ask.Forked {
		c.hub.log.Error().Stringer("device", device).Msg("a device has a second history: its disk was copied or set back; see OPERATING.md")
	}
	intent, err := rules.Write(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: device, Incarnation: incarnation, Forked: ask.Forked})
	if err != nil {
		return incarnation, err
	}
	intent.Operator = "server"
	if err := c.own(ctx, now, intent); err != nil {
		return incarnation, fmt.Errorf("giving device %v a new incarnation: %w", device, err)
	}
	return incarnation, nil
}

// noteWiped has it on record that a revoked device has erased itself; once, however often it says
// so.
func (c *Conversation) noteWiped(ctx context.Context, now syncproto.Instant, id syncproto.ID) error {
	if device, _ := c.hub.ledger.Reference().Device(id); device.Wiped != 0 {
		return nil
	}
	intent, err := rules.Write(syncproto.CommandNoteWiped, organisation.NoteWiped{ID: id})
	if err != nil {
		return err
	}
	intent.Operator = "server"
	if err := c.own(ctx, now, intent); err != nil {
		return fmt.Errorf("noting that device %v is erased: %w", id, err)
	}
	c.hub.log.Warn().Stringer("device", id).Msg("a revoked device has handed in and erased itself")
	return nil
}

// revokedNow says that the device was revoked since the session began: it ends, and the next one
// reads nothing.
func (c *Conversation) revokedNow() bool {
	if c.ready.Device.IsZero() || c.revoked {
		return false
	}
	device, _ := c.hub.ledger.Reference().Device(c.ready.Device)
	return device.Revoked != 0
}

// kept says that the copy of the log, where there is one, holds all that was decided of this
// device's, and that nothing hangs on what the device was told. A revoked one erases nothing before:
// until then it alone could bring it back (design §4).
func (c *Conversation) kept(ctx context.Context) (bool, error) {
	if c.hub.ledger.Awaits(c.hello.Device) {
		return false, nil
	}
	var last uint64
	err := c.hub.store.View(ctx, func(v *store.View) (err error) {
		last, err = v.LastOf(c.hello.Device)
		return err
	})
	return err == nil && c.hub.copied(c, last), err
}

// whetherKept tells a revoked device's session where all of it is kept.
func (c *Conversation) whetherKept(ctx context.Context) []session.ServerInput {
	if !c.revoked || !c.proved() {
		return nil
	}
	kept, err := c.kept(ctx)
	if err != nil {
		c.hub.log.Error().Err(err).Stringer("device", c.device()).Msg("a session ends because of the server")
		return []session.ServerInput{c.hub.closingFor(err)}
	}
	if !kept {
		return nil
	}
	return []session.ServerInput{session.Kept{}}
}

// own puts commands of the server's own through the ledger.
func (c *Conversation) own(ctx context.Context, now syncproto.Instant, intents ...syncproto.Intent) error {
	var submissions []ledger.Submission
	for _, intent := range intents {
		submissions = append(submissions, c.hub.ledger.Own(intent, now))
	}
	results, err := c.hub.ledger.Commit(ctx, now, submissions)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Problem != nil {
			return r.Problem
		}
		if r.Verdict.Outcome != syncproto.Accepted {
			return fmt.Errorf("%v was %v: %v", intents[i].Kind, r.Verdict.Outcome, r.Verdict.Findings) //nolint:gosec // a result for each submission
		}
	}
	return nil
}
