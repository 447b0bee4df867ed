package replica_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

// desk is a replica with the device around it: a folder, clocks, and a line to the
// central server that the test plugs in.
type desk struct {
	*replica.Replica
	t       testing.TB
	central *centraltest.Central
	dir     string
	folder  *replica.Folder
	login   string
	person  syncproto.ID
	device  syncproto.ID
	boot    syncproto.ID
	changed []syncproto.Ref // so far
	look    func()          // what a test checks between two steps
	told    func()          // what a test does in the moment after a commit
}

var vin = "LSVAA4182E2184847"

func keyOf(login string) ed25519.PrivateKey {
	seed := syncproto.HashOf([]byte(login))
	return ed25519.NewKeyFromSeed(seed[:])
}

// newDesk enrols a desk, connects it once and learns the time.
func newDesk(t testing.TB, central *centraltest.Central, login string, person syncproto.ID, code string) *desk {
	t.Helper()
	d := &desk{t: t, central: central, dir: t.TempDir(), login: login, person: person,
		device: syncproto.Derive("device of " + login), boot: syncproto.Derive("boot of " + login)}
	var err error
	if d.folder, err = replica.OpenFolder(d.dir); err != nil {
		t.Fatal(err)
	}
	key, err := d.folder.DeviceKey(login, keyOf(login))
	if err != nil {
		t.Fatal(err)
	}
	incarnation := syncproto.Derive("first incarnation of " + login)
	central.Enrol(d.device, person, code, key.Public().(ed25519.PublicKey), incarnation)
	d.Replica, err = d.folder.Create(t.Context(), replica.Enrolment{
		Server: "ws://localhost", Login: login, Person: person, Device: d.device, DeviceCode: code, Incarnation: incarnation,
		LogID: central.LogID, Epoch: central.Epoch, ServerKey: central.Key.Public().(ed25519.PublicKey), Time: central.Now,
	}, d.note)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(d.Close(), d.folder.Close()); err != nil {
			t.Error(err)
		}
	})
	d.connect()
	d.sync()
	return d
}

func (d *desk) note(refs []syncproto.Ref) {
	d.changed = append(d.changed, refs...)
	if d.told != nil {
		d.told()
	}
}

func (d *desk) reading() syncproto.Reading {
	return syncproto.Reading{Wall: d.central.Now, Boot: d.boot, Ticks: d.central.Now.Sub(centraltest.Start) + syncproto.Hour}
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// connect is the opening of a session: welcome and anchor.
func (d *desk) connect() {
	d.t.Helper()
	own := d.Desk()
	buckets, action := d.central.Buckets(d.person), syncproto.ActionResume
	for _, b := range buckets {
		if !contains(own.Held, b) {
			action = syncproto.ActionResync
		}
	}
	d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: action, LogID: d.central.LogID, Epoch: d.central.Epoch,
		Head: d.central.Head(), Counter: d.central.Line(own.Incarnation).Counter, Person: d.person, Time: d.central.Now, Buckets: buckets}))
	at := d.reading()
	d.must(d.LearnAnchor(ctx, syncproto.Anchor{Server: d.central.Now, RTT: 20 * syncproto.Millisecond, Boot: at.Boot, Ticks: at.Ticks}))
}

// handIn brings what waits to the server and returns the verdicts, which the desk has not
// heard yet.
func (d *desk) handIn() []syncproto.Verdict {
	d.t.Helper()
	line := d.central.Line(d.Desk().Incarnation)
	waiting, err := d.Outgoing(ctx, line.Counter, 1000)
	d.must(err)
	var verdicts []syncproto.Verdict
	for _, e := range waiting {
		verdicts = append(verdicts, d.central.Take(e))
	}
	return verdicts
}

func (d *desk) hear(verdicts []syncproto.Verdict) {
	d.t.Helper()
	d.must(d.ApplyVerdicts(ctx, verdicts, d.central.Line(d.Desk().Incarnation).Counter))
}

// delta is what the server would send now.
func (d *desk) delta() syncproto.Delta {
	own, buckets := d.Desk(), d.central.Buckets(d.person)
	var lost []syncproto.Bucket
	for _, b := range own.Held {
		if !contains(buckets, b) {
			lost = append(lost, b)
		}
	}
	return d.central.Delta(d.device, buckets, lost, own.Cursor)
}

func (d *desk) pull() {
	d.t.Helper()
	d.must(d.Apply(ctx, d.delta()))
}

// sync is a whole session: hand in, verdicts, delta.
func (d *desk) sync() {
	d.t.Helper()
	d.hear(d.handIn())
	d.pull()
}

func (d *desk) tap(kind syncproto.CommandKind, command any, shares ...syncproto.Share) (replica.Receipt, error) {
	return d.Tap(ctx, replica.Wish{Kind: kind, Command: command, Shares: shares, Screen: "on the screen"},
		replica.Moment{ID: d.central.NewID(), Reading: d.reading()})
}

func (d *desk) mustTap(kind syncproto.CommandKind, command any, shares ...syncproto.Share) replica.Receipt {
	d.t.Helper()
	receipt, err := d.tap(kind, command, shares...)
	d.must(err)
	return receipt
}

// open opens a ticket on the desk.
func (d *desk) open(subject string) syncproto.ID {
	d.t.Helper()
	number, err := d.ReserveNumber(ctx)
	d.must(err)
	id := d.central.NewID()
	d.mustTap(syncproto.CommandOpen, ticket.Open{ID: id, Number: number, Channel: "400热线", Type: "投诉", Subject: subject,
		Region: centraltest.East, CallCentre: centraltest.CallCentre,
		Customer: customer.Caller{ID: d.central.NewID(), Name: "陈静", Phones: []string{"13800000000"}}, Vehicle: customer.Car{VIN: vin, Model: "远行"}})
	return id
}

// Dismiss puts a card away as it is shown now.
func (d *desk) Dismiss(ctx context.Context, command syncproto.ID) error {
	d.t.Helper()
	var told *syncproto.Verdict
	for _, card := range d.cards() {
		if card.Intent.ID == command {
			told = card.Verdict
		}
	}
	return d.Replica.Dismiss(ctx, command, told)
}

func (d *desk) noteOn(id syncproto.ID, text string) replica.Receipt {
	d.t.Helper()
	return d.mustTap(syncproto.CommandNote, ticket.Note{Ticket: id, Text: text})
}

// ticket is how the desk shows a ticket.
func (d *desk) ticket(id syncproto.ID) (ticket.Body, replica.Document) {
	d.t.Helper()
	doc, found, err := d.Document(ctx, ticket.Ref(id))
	d.must(err)
	if !found {
		d.t.Fatalf("ticket %v is not shown", id)
	}
	return doc.Body.(ticket.Body), doc
}

func (d *desk) shows(ref syncproto.Ref) bool {
	d.t.Helper()
	_, found, err := d.Document(ctx, ref)
	d.must(err)
	return found
}

// trail is what the desk shows of a history: event kinds, with a mark where not final.
func (d *desk) trail(ref syncproto.Ref) []string {
	d.t.Helper()
	steps, err := d.History(ctx, ref)
	d.must(err)
	var lines []string
	for _, s := range steps {
		line := s.Event.Kind.String()
		if s.Stage != replica.Final || s.Seq == 0 {
			line += "*"
		}
		lines = append(lines, line)
	}
	return lines
}

func (d *desk) balanced() replica.Tally {
	d.t.Helper()
	tally, err := d.Tally(ctx)
	d.must(err)
	if !tally.Balanced() {
		d.t.Fatalf("created = accepted + rejected + parked + pending does not hold: %+v", tally)
	}
	return tally
}

// image copies the files as a kill would leave them: whatever was written, nothing closed.
func (d *desk) image() string {
	d.t.Helper()
	copied := d.t.TempDir()
	d.must(os.CopyFS(copied, os.DirFS(d.dir)))
	return copied
}

// reopen opens an image of the files as the same desk after a kill.
func (d *desk) reopen(image string) *desk {
	d.t.Helper()
	return d.reopenWith(image, nil)
}

// reopenWith does so on a system with a keychain.
func (d *desk) reopenWith(image string, chain replica.Keychain) *desk {
	d.t.Helper()
	after := &desk{t: d.t, central: d.central, dir: image, login: d.login, person: d.person, device: d.device, boot: d.boot}
	var err error
	if after.folder, err = replica.OpenFolderWith(image, chain); err != nil {
		d.t.Fatal(err)
	}
	if after.Replica, err = after.folder.Open(ctx, d.login, after.note); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := errors.Join(after.Close(), after.folder.Close()); err != nil {
			d.t.Error(err)
		}
	})
	return after
}

func (d *desk) file(name string) string { return filepath.Join(d.dir, d.login, name) }

// grants is what the manager's desk can spend.
func (d *desk) grants() []authority.Left {
	d.t.Helper()
	all, err := d.GrantsLeft(ctx)
	d.must(err)
	var left []authority.Left
	for _, g := range all {
		if g.Usable {
			left = append(left, authority.Left{Grant: g.Grant, Left: g.Left})
		}
	}
	return left
}

// takeGrants is what happens after a welcome: the server offers, the desk takes.
func (d *desk) takeGrants() {
	d.t.Helper()
	d.must(d.StoreGrants(ctx, d.central.Grants(d.person, d.device, d.Desk().Incarnation), d.reading(), d.central.NewID))
	d.sync()
}

// approve approves a claim with whatever grants cover it.
func (d *desk) approve(id syncproto.ID, amount syncproto.Fen) (replica.Receipt, error) {
	d.t.Helper()
	cover := authority.Cover(d.grants(), amount, d.Estimate(d.reading()), d.Within(d.reading()))
	return d.tap(syncproto.CommandApproveClaim, claim.Approve{Claim: id, Round: 1, Amount: amount, Month: cover.Month, Reason: "配件长期缺货"}, cover.Shares...)
}

func (d *desk) fileClaim(on syncproto.ID, amount syncproto.Fen) syncproto.ID {
	d.t.Helper()
	id := d.central.NewID()
	d.mustTap(syncproto.CommandFileClaim, claim.File{ID: id, Ticket: on, Kind: claim.Goodwill, Amount: amount, What: "更换模块"})
	return id
}

func contains(all []syncproto.Bucket, one syncproto.Bucket) bool {
	for _, b := range all {
		if b == one {
			return true
		}
	}
	return false
}

var ctx = context.Background()

func seatDesk(t testing.TB) *desk {
	return newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
}

// refused are the codes of a refusal; nil where it was kept.
func refused(t testing.TB, err error) []syncproto.Code {
	t.Helper()
	var refusal *replica.Refusal
	if err == nil {
		return nil
	}
	if !errors.As(err, &refusal) {
		t.Fatal(err)
	}
	var codes []syncproto.Code
	for _, f := range refusal.Findings {
		codes = append(codes, f.Code)
	}
	return codes
}
