package demo

import (
	"crypto/ed25519"
	"fmt"

	"redress/server/ledger"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
)

// desk is a person's device.
type desk struct {
	*world
	login       string
	person      syncproto.ID
	device      syncproto.ID
	incarnation syncproto.ID
	code        string // first half of its tickets' numbers
	key         ed25519.PrivateKey
	last        syncproto.Link
	boot        syncproto.ID
	booted      syncproto.Instant
	tickets     int

	// cut says that the line is down: since then the anchor stays, and what is done is kept.
	cut    bool
	anchor syncproto.Anchor
	kept   []syncproto.Envelope

	left  []authority.Left // what it may spend
	given map[syncproto.ID]syncproto.Fen
}

// How long a message takes, and how old a connected desk's anchor is.
const (
	roundTrip = 20 * syncproto.Millisecond
	anchorAge = 20 * syncproto.Second
)

// enrol makes a device known.
func (w *world) enrol(login, name string, at syncproto.Instant) (*desk, error) {
	d := &desk{world: w, login: login, person: w.org.people[login], device: w.id(at), incarnation: w.id(at), boot: w.id(at), booted: at,
		given: map[syncproto.ID]syncproto.Fen{}}
	for taken := true; taken; taken = w.codes[d.code] {
		d.code = w.deviceCode()
	}
	w.codes[d.code] = true
	seed := syncproto.HashOf([]byte("redress demo device\x00"), w.Secret, d.device[:])
	d.key = ed25519.NewKeyFromSeed(seed[:])
	public, _ := d.key.Public().(ed25519.PublicKey)
	err := w.own(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: d.device, Device: organisation.Device{
		Person: d.person, Name: name, Code: d.code, Key: public, Incarnation: d.incarnation}})
	return d, err
}

const codeSigns = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

func (w *world) deviceCode() string {
	code := make([]byte, 4)
	for i := range code {
		code[i] = codeSigns[w.below(len(codeSigns))]
	}
	return string(code)
}

// number is the next ticket's.
func (d *desk) number() string {
	d.tickets++
	return fmt.Sprintf("%s-%05d", d.code, d.tickets)
}

// readings are what the device's clocks show.
func (d *desk) readings(at syncproto.Instant) syncproto.Readings {
	r := syncproto.Readings{Reading: syncproto.Reading{Wall: at, Boot: d.boot, Ticks: at.Sub(d.booted) + syncproto.Hour}, Anchor: d.anchor}
	if !d.cut {
		r.Anchor = d.anchorAt(at.Add(-anchorAge))
	}
	return r
}

func (d *desk) anchorAt(at syncproto.Instant) syncproto.Anchor {
	return syncproto.Anchor{Server: at, RTT: roundTrip, Boot: d.boot, Ticks: at.Sub(d.booted) + syncproto.Hour}
}

// give makes a command that the person gives at the moment, and hands it in unless the line
// is down.
func (d *desk) give(at syncproto.Instant, kind syncproto.CommandKind, command any, shares ...syncproto.Share) error {
	intent, err := rules.Write(kind, command)
	if err != nil {
		return fmt.Errorf("%s: %v: %w", d.login, kind, err)
	}
	intent.ID, intent.Person, intent.Shares, intent.Readings = d.id(at), d.person, shares, d.readings(at)
	intent.Known = d.ledger.Reference().Seq
	e := syncproto.Seal(intent, d.key, d.device, d.incarnation, d.last)
	d.last = e.Link()
	if d.cut {
		d.kept = append(d.kept, e)
		return nil
	}
	return d.hand(e, intent.Subject, at)
}

// hand puts a command into the batch.
func (d *desk) hand(e syncproto.Envelope, subject syncproto.Ref, at syncproto.Instant) error {
	return d.submit(ledger.Submission{Source: ledger.FromDesk, Command: e, Received: d.now, Reconnect: d.anchorAt(at)}, subject)
}

// cutOff takes the line away.
func (d *desk) cutOff(at syncproto.Instant) {
	if !d.cut {
		d.cut, d.anchor = true, d.anchorAt(at.Add(-anchorAge))
	}
}

// reboot starts the machine anew: its ticks tell nothing of the time before.
func (d *desk) reboot(at syncproto.Instant) { d.boot, d.booted = d.id(at), at }

// mend brings the line back and hands in what was done without it.
func (d *desk) mend(at syncproto.Instant) error {
	kept := d.kept
	d.cut, d.kept = false, nil
	for _, e := range kept {
		var intent syncproto.Intent
		if err := syncproto.Decode(e.Intent, &intent); err != nil {
			return fmt.Errorf("reading what %s kept: %w", d.login, err)
		}
		if err := d.hand(e, intent.Subject, at); err != nil {
			return err
		}
	}
	return nil
}
