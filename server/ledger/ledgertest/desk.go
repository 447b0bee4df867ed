package ledgertest

import (
	"crypto/ed25519"

	"redress/server/ledger"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
)

// Desk is a device that gives commands in its line.
type Desk struct {
	*World
	Person      syncproto.ID
	Device      syncproto.ID
	Incarnation syncproto.ID
	Key         ed25519.PrivateKey
	Last        syncproto.Link
}

// Desk enrols a device for a person.
func (w *World) Desk(person syncproto.ID, code string) *Desk {
	w.T.Helper()
	seed := w.ID()
	d := &Desk{World: w, Person: person, Device: w.ID(), Incarnation: w.ID(), Key: ed25519.NewKeyFromSeed(append(seed[:], seed[:]...))}
	public, _ := d.Key.Public().(ed25519.PublicKey)
	v := w.Own(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: d.Device, Device: organisation.Device{
		Person: person, Name: "PC", Code: code, Key: public, Incarnation: d.Incarnation}})
	if v.Outcome != syncproto.Accepted {
		w.T.Fatalf("device %s was %v: %v", code, v.Outcome, v.Findings)
	}
	return d
}

// Intent is what the person wants, said now, knowing all.
func (d *Desk) Intent(kind syncproto.CommandKind, command any) syncproto.Intent {
	d.T.Helper()
	intent, err := rules.Write(kind, command)
	if err != nil {
		d.T.Fatal(err)
	}
	intent.ID, intent.Person, intent.Known = d.ID(), d.Person, d.Ledger.Head().Seq
	intent.Readings = syncproto.Readings{
		Reading: syncproto.Reading{Wall: d.Now, Boot: d.Device, Ticks: syncproto.Span(d.Now)},
		Anchor:  syncproto.Anchor{Server: d.Now, RTT: 10 * syncproto.Millisecond, Boot: d.Device, Ticks: syncproto.Span(d.Now)},
	}
	return intent
}

// Seal gives an intent its place in the desk's line.
func (d *Desk) Seal(intent syncproto.Intent) syncproto.Envelope {
	e := syncproto.Seal(intent, d.Key, d.Device, d.Incarnation, d.Last)
	d.Last = e.Link()
	return e
}

// Make is a new command in the desk's line.
func (d *Desk) Make(kind syncproto.CommandKind, command any) syncproto.Envelope {
	d.T.Helper()
	return d.Seal(d.Intent(kind, command))
}

// Submission is an envelope as a session brings it.
func (d *Desk) Submission(e syncproto.Envelope) ledger.Submission {
	return ledger.Submission{Source: ledger.FromDesk, Command: e, Received: d.Now}
}

// Hand has an envelope decided alone.
func (d *Desk) Hand(e syncproto.Envelope) ledger.Result {
	d.T.Helper()
	return d.Commit(d.Submission(e))[0]
}

// Give makes a command and has it decided.
func (d *Desk) Give(kind syncproto.CommandKind, command any) syncproto.Verdict {
	d.T.Helper()
	r := d.Hand(d.Make(kind, command))
	if r.Problem != nil {
		d.T.Fatalf("%v: %v", kind, r.Problem)
	}
	return r.Verdict
}
