// Package centraltest is a small central server in memory, for tests of a desk.
//
// It promises to be so simple that it is plainly right: it decides commands by the same
// rules as the real one, keeps the log as a list, and makes a delta by walking all of it.
// It has no batches, no cache, no disk and no clock of its own, and it is no part of any
// program.
package centraltest

import (
	"crypto/ed25519"
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// Central is the server. Tests set Now.
type Central struct {
	T     testing.TB
	LogID syncproto.ID
	Key   ed25519.PrivateKey
	Now   syncproto.Instant
	Epoch uint32

	seq      uint64
	known    reference.Reference
	docs     map[syncproto.Ref]decision.Doc
	history  []syncproto.HistoryEntry
	members  map[member]membership
	verdicts map[syncproto.ID]syncproto.Verdict // newest, by command
	owned    []owned
	lines    map[syncproto.ID]syncproto.Link // by incarnation
	parked   []syncproto.Envelope
	refused  map[syncproto.Ref]bool // documents whose making was rejected
	made     uint64
}

type member struct {
	bucket syncproto.Bucket
	doc    syncproto.Ref
}

type membership struct {
	seq, since uint64
	present    bool
}

type owned struct {
	device  syncproto.ID
	verdict syncproto.Verdict
}

// The demo organisation of the tests.
var (
	CallCentre = syncproto.Derive("call centre")
	East       = syncproto.Derive("region east")
	Connected  = syncproto.Derive("connected car department")
	Parts      = syncproto.Derive("parts department")
	HQ         = syncproto.Derive("headquarters")

	Seat    = syncproto.Derive("seat")
	Manager = syncproto.Derive("manager")
	Liaison = syncproto.Derive("liaison")
)

// Start is when the tests begin: 9:00 in Shanghai.
var Start = syncproto.Month(2026*12 + 10).Start().Add(9 * syncproto.Hour)

// New is a server with units, three persons (logins seat, manager, liaison) and the
// default policy.
func New(t testing.TB) *Central {
	t.Helper()
	c := &Central{
		T: t, LogID: syncproto.Derive("log"), Key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)),
		Now: Start, Epoch: 1,
		docs: map[syncproto.Ref]decision.Doc{}, members: map[member]membership{},
		verdicts: map[syncproto.ID]syncproto.Verdict{}, lines: map[syncproto.ID]syncproto.Link{},
		refused: map[syncproto.Ref]bool{},
	}
	c.Operate(syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(1)})
	for _, u := range []struct {
		id   syncproto.ID
		name string
		kind organisation.UnitKind
	}{
		{CallCentre, "呼叫中心", organisation.CallCentre}, {East, "华东区", organisation.Region},
		{Connected, "互联网车机部", organisation.Department}, {Parts, "配件部", organisation.Department},
		{HQ, "总部", organisation.Headquarters},
	} {
		c.Operate(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: u.id, Unit: organisation.Unit{Name: u.name, Kind: u.kind, Phone: "8021"}})
	}
	c.Employ(Seat, "seat", "张敏", policy.Seat, CallCentre)
	c.Employ(Manager, "manager", "王强", policy.Manager, East)
	c.Employ(Liaison, "liaison", "李雷", policy.Liaison, Connected)
	return c
}

// Employ makes a person or changes their units.
func (c *Central) Employ(id syncproto.ID, login, name string, role policy.Role, units ...syncproto.ID) {
	c.T.Helper()
	c.Operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: id, Person: organisation.Person{
		Name: name, Login: login, Roles: []policy.Role{role}, Units: units, Phone: "8022"}})
}

// Enrol makes a device known.
func (c *Central) Enrol(device, person syncproto.ID, code string, key ed25519.PublicKey, incarnation syncproto.ID) {
	c.T.Helper()
	c.Operate(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: device, Device: organisation.Device{
		Person: person, Name: code, Code: code, Key: key, Incarnation: incarnation}})
}

// NewID makes the next id.
func (c *Central) NewID() syncproto.ID {
	c.made++
	return syncproto.Derive("made by the tests", syncproto.NumberedID(c.made))
}

// Head is the last position of the log.
func (c *Central) Head() uint64 { return c.seq }

// Reference is who is who now.
func (c *Central) Reference() reference.Reference { return c.known }

// Doc is a document as it stands.
func (c *Central) Doc(ref syncproto.Ref) decision.Doc { return c.docs[ref] }

// Line is the last command taken of an incarnation.
func (c *Central) Line(incarnation syncproto.ID) syncproto.Link { return c.lines[incarnation] }

// Buckets are what the desk of a person holds.
func (c *Central) Buckets(person syncproto.ID) []syncproto.Bucket {
	p, _ := c.known.Person(person)
	return p.Buckets(person)
}

// Operate puts a command of the operator through.
func (c *Central) Operate(kind syncproto.CommandKind, command any) {
	c.T.Helper()
	intent, err := rules.Write(kind, command)
	if err != nil {
		c.T.Fatal(err)
	}
	intent.Operator = "test"
	c.Own(intent)
}

// Own puts a command of the server itself through, and expects it to be accepted.
func (c *Central) Own(intent syncproto.Intent) {
	c.T.Helper()
	intent.ID = c.NewID()
	if v := c.commit(syncproto.Envelope{Intent: syncproto.MustEncode(intent)}, intent, c.exactly()); v.Outcome != syncproto.Accepted {
		c.T.Fatalf("%v of the server: %v %v", intent.Kind, v.Outcome, v.Findings)
	}
}

func (c *Central) exactly() syncproto.Interval { return syncproto.Interval{Lo: c.Now, Hi: c.Now} }

// Take takes a device's command: the next of its line, or one that was there already.
func (c *Central) Take(e syncproto.Envelope) syncproto.Verdict {
	c.T.Helper()
	if next := c.lines[e.Incarnation].Next(e.Incarnation, e.CommandHash()); next != e.Link() {
		c.T.Fatalf("command %d does not follow %d", e.Counter, c.lines[e.Incarnation].Counter)
	}
	c.lines[e.Incarnation] = e.Link()
	device, _ := c.known.Device(e.Device)
	intent, err := e.Open(device.Key)
	if err != nil {
		c.T.Fatal(err)
	}
	if v, known := c.verdicts[intent.ID]; known {
		return v
	}
	v := c.commit(e, intent, syncproto.Bound(intent.Readings, syncproto.Anchor{}, c.Now))
	c.release()
	return c.verdicts[v.Command]
}

// release puts through again what waits for a document that is there now, or refused.
func (c *Central) release() {
	waiting := c.parked
	c.parked = nil
	for _, e := range waiting {
		device, _ := c.known.Device(e.Device)
		intent, err := e.Open(device.Key)
		if err != nil {
			c.T.Fatal(err)
		}
		if wanted := c.verdicts[intent.ID].Findings[0].Doc; c.docs[wanted].Presence == decision.Held || c.refused[wanted] {
			c.commit(e, intent, c.verdicts[intent.ID].Within)
			continue
		}
		c.parked = append(c.parked, e)
	}
}

// commit decides a command and writes its entry.
func (c *Central) commit(e syncproto.Envelope, intent syncproto.Intent, within syncproto.Interval) syncproto.Verdict {
	c.T.Helper()
	command, err := rules.Read(intent)
	if err != nil {
		c.T.Fatal(err)
	}
	in := decision.Input{Intent: intent, Command: command, Device: e.Device, Incarnation: e.Incarnation,
		Now: c.Now, Within: within, At: within.At(intent.Readings.Reading.Wall), Docs: decision.Docs{}}
	for range syncproto.MaxNeedsRounds {
		for _, ref := range rules.Needs(in, c.known) {
			in.Docs[ref] = decision.Doc{Presence: decision.Absent}
			if doc, there := c.docs[ref]; there {
				in.Docs[ref] = doc
			} else if c.refused[ref] {
				in.Docs[ref] = decision.Doc{Presence: decision.Refused}
			}
		}
	}
	out := rules.Decide(in, c.known)
	changes, err := rules.Fold(in, out)
	if err != nil {
		c.T.Fatal(err)
	}
	c.seq++
	v := syncproto.Verdict{Command: intent.ID, Hash: e.CommandHash(), Epoch: c.Epoch, Seq: c.seq, Time: c.Now,
		Within: within, Outcome: out.Outcome, Findings: out.Findings}.Sign(c.LogID, c.Key)
	c.verdicts[intent.ID] = v
	if !e.Device.IsZero() {
		c.owned = append(c.owned, owned{e.Device, v})
	}
	switch out.Outcome {
	case syncproto.Accepted:
		for _, changed := range changes {
			c.project(in, changed)
		}
	case syncproto.Parked:
		c.parked = append(c.parked, e)
	case syncproto.Rejected:
		if rules.Makes(intent.Kind) {
			c.refused[intent.Subject] = true
		}
	}
	return v
}

func (c *Central) project(in decision.Input, changed rules.Changed) {
	c.docs[changed.Ref] = changed.After
	c.known = c.known.With(c.seq, changed.Ref, changed.After.Body)
	for _, event := range changed.Events {
		c.history = append(c.history, syncproto.HistoryEntry{Event: event, Epoch: c.Epoch, Seq: c.seq, Time: c.Now,
			Command: in.Intent.ID, Person: in.Intent.Person, Device: in.Device, At: in.At, Within: in.Within})
	}
	after := rules.Buckets(changed.Ref, changed.After.Body)
	var before []syncproto.Bucket
	if changed.Before.Presence == decision.Held {
		before = rules.Buckets(changed.Ref, changed.Before.Body)
	}
	for _, b := range append(slices.Clone(before), after...) {
		old, known := c.members[member{b, changed.Ref}]
		now := membership{seq: c.seq, since: old.since, present: slices.Contains(after, b)}
		if !known || !old.present {
			now.since = c.seq
		}
		c.members[member{b, changed.Ref}] = now
	}
}

// Rekey gives a device a new incarnation.
func (c *Central) Rekey(device, incarnation syncproto.ID) {
	c.T.Helper()
	c.Operate(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: device, Incarnation: incarnation})
}

// Overtake has another file of the device hand in a command of the incarnation first: whose
// disk that is a copy of is behind, or differs.
func (c *Central) Overtake(incarnation syncproto.ID) {
	c.lines[incarnation] = c.lines[incarnation].Next(incarnation, syncproto.HashOf([]byte("by another file")))
}

// Docs are all documents as they stand.
func (c *Central) Docs() map[syncproto.Ref]decision.Doc { return c.docs }
