// Package presenttest is an office for tests of what desks show: the small central server
// of centraltest, and desks with real replicas that are connected when the test says so.
//
// It promises that what a test shows came about as it does in the product: every command
// was made by a form of present, kept by a replica, and decided by the server's rules. It
// is no part of any program.
package presenttest

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"sync"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// Office is a server, a clock, and its desks.
type Office struct {
	*centraltest.Central
	// Keychain is that of every machine from now on; nil where they have none.
	Keychain replica.Keychain

	t     testing.TB
	desks []*Desk
}

// Keychain is one that takes whatever it is given.
type Keychain struct{ items sync.Map }

// Get is what lies under the name.
func (k *Keychain) Get(name string) (value string, there bool, err error) {
	item, there := k.items.Load(name)
	value, _ = item.(string)
	return value, there, nil
}

// Set keeps a value.
func (k *Keychain) Set(name, value string) error { k.items.Store(name, value); return nil }

// Delete takes it away.
func (k *Keychain) Delete(name string) error { k.items.Delete(name); return nil }

// New is an office at 09:00 of 2026-11-01.
func New(t testing.TB) *Office {
	t.Helper()
	return &Office{Central: centraltest.New(t), t: t}
}

// Those a ticket is escalated to, once Promote has put them in office.
var (
	Head          = syncproto.Derive("head")
	VicePresident = syncproto.Derive("vice president")
	Service       = syncproto.Derive("service desk")
	Leader        = syncproto.Derive("leader")
)

// Promote fills the offices above the departments (logins head, vice, service, leader).
func (o *Office) Promote() {
	o.t.Helper()
	o.Employ(Head, "head", "赵刚", policy.Head, centraltest.Connected)
	o.Employ(VicePresident, "vice", "孙伟", policy.VicePresident, centraltest.HQ)
	o.Employ(Service, "service", "吴萍", policy.ServiceDesk, centraltest.HQ)
	o.Employ(Leader, "leader", "郑华", policy.Leadership, centraltest.HQ)
}

// At makes it so many hours and minutes of the first day; 33 hours are 09:00 of the next.
func (o *Office) At(hour, minute int) {
	o.Now = syncproto.Month(2026*12 + 10).Start().Add(syncproto.Span(hour)*syncproto.Hour + syncproto.Span(minute)*syncproto.Minute)
}

// Tick lets the server fire what is due on a ticket.
func (o *Office) Tick(id syncproto.ID) {
	o.t.Helper()
	intent, err := rules.Write(syncproto.CommandTick, escalation.Tick{Document: ticket.Ref(id)})
	if err != nil {
		o.t.Fatal(err)
	}
	o.Own(intent)
}

// Sync connects every desk, twice: what one hands in the others receive.
func (o *Office) Sync() {
	o.t.Helper()
	for range 2 {
		for _, d := range o.desks {
			d.Online()
		}
	}
}

// Pass lets time go by to so many hours and minutes, with what fires on the ticket meanwhile.
func (o *Office) Pass(hour, minute int, id syncproto.ID) {
	o.t.Helper()
	o.At(hour, minute)
	o.Tick(id)
	o.Sync()
}

// Desk is one person's replica with the device around it.
type Desk struct {
	present.Desk
	Office *Office
	// Changed is told of every commit, once a test has set it.
	Changed func([]syncproto.Ref)

	t      testing.TB
	person syncproto.ID
	device syncproto.ID
	boot   syncproto.ID
}

// Words are the Chinese ones.
func Words(t testing.TB) present.Words {
	t.Helper()
	w, err := present.LoadWords("zh")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// Desk enrols a desk, connects it once and takes the grants it is offered.
func (o *Office) Desk(login string, person syncproto.ID, code string) *Desk {
	o.t.Helper()
	return o.DeskIn(o.t.TempDir(), login, person, code)
}

// DeskIn is a Desk whose data folder the test knows.
func (o *Office) DeskIn(dir, login string, person syncproto.ID, code string) *Desk {
	o.t.Helper()
	d := o.Enrolled(dir, login, person, code)
	d.Online()
	return d
}

// Enrolled is a desk in a data folder that has not been connected yet.
func (o *Office) Enrolled(dir, login string, person syncproto.ID, code string) *Desk {
	o.t.Helper()
	d := &Desk{Office: o, t: o.t, person: person, device: syncproto.Derive("device of " + login), boot: syncproto.Derive("boot of " + login)}
	d.Words = Words(o.t)
	folder, err := replica.OpenFolderWith(dir, o.Keychain)
	d.must(err)
	seed := syncproto.HashOf([]byte(login))
	key, err := folder.DeviceKey(login, ed25519.NewKeyFromSeed(seed[:]))
	d.must(err)
	public, _ := key.Public().(ed25519.PublicKey)
	server, _ := o.Key.Public().(ed25519.PublicKey)
	incarnation := syncproto.Derive("first incarnation of " + login)
	o.Enrol(d.device, person, code, public, incarnation)
	d.Replica, err = folder.Create(o.t.Context(), replica.Enrolment{
		Server: "ws://127.0.0.1:8021", Login: login, Person: person, Device: d.device, DeviceCode: code, Incarnation: incarnation,
		LogID: o.LogID, Epoch: o.Epoch, ServerKey: server, Time: o.Now,
	}, func(refs []syncproto.Ref) {
		if d.Changed != nil {
			d.Changed(refs)
		}
	})
	d.must(err)
	o.t.Cleanup(func() {
		if err := errors.Join(d.Replica.Close(), folder.Close()); err != nil {
			o.t.Error(err)
		}
	})
	o.desks = append(o.desks, d)
	return d
}

// Reading is what the device's clocks show: they are right.
func (d *Desk) Reading() syncproto.Reading {
	return syncproto.Reading{Wall: d.Office.Now, Boot: d.boot, Ticks: d.Office.Now.Sub(centraltest.Start) + syncproto.Day}
}

// Reboot turns the device off and on: what it did before can be placed in time only by what
// it was told before and after.
func (d *Desk) Reboot() { d.boot = d.Office.NewID() }

// Online is a whole session: hand in, take the grants offered, receive everything.
func (d *Desk) Online() {
	d.t.Helper()
	d.Offered()
	d.exchange()
}

// Offered is a session up to where the desk takes the grants that it is offered: nothing was
// said of that yet.
func (d *Desk) Offered() {
	d.t.Helper()
	d.connect()
	d.exchange()
	d.must(d.Replica.StoreGrants(d.t.Context(), d.Office.Grants(d.person, d.device, d.Replica.Desk().Incarnation), d.Reading(), d.Office.NewID))
}

// Received has the server say how much of this desk's line it has, and no verdict yet.
func (d *Desk) Received(counter uint64) {
	d.t.Helper()
	d.must(d.Replica.ApplyVerdicts(d.t.Context(), nil, counter))
}

// Remembered is what the server has for the desk now, as it will have it after a restore.
func (d *Desk) Remembered() (pages []syncproto.Delta) {
	d.t.Helper()
	d.Office.Epoch++
	for _, b := range d.Office.Buckets(d.person) {
		pages = append(pages, d.Office.Page(b, syncproto.AllParts))
	}
	d.Office.Epoch--
	return pages
}

// Forgets has the server restored: the desk reads what was remembered then, and only so much of
// its line is there.
func (d *Desk) Forgets(pages []syncproto.Delta, counter uint64) {
	d.t.Helper()
	ctx, page := d.t.Context(), pages[0]
	d.must(d.Replica.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionResync, LogID: d.Office.LogID, Epoch: page.Epoch, Head: page.Cursor,
		Counter: counter, Covered: syncproto.Covered{{Epoch: page.Epoch - 1, Seq: page.Cursor}, {Epoch: page.Epoch, Seq: page.Cursor}}}))
	d.must(d.Replica.Apply(ctx, syncproto.Delta{Epoch: page.Epoch, Cursor: page.Cursor}))
	for _, page := range pages {
		d.must(d.Replica.Apply(ctx, page))
	}
}

// Offline cuts the line.
func (d *Desk) Offline() { d.must(d.Replica.LineLost(d.t.Context(), d.Reading())) }

func (d *Desk) connect() {
	own := d.Replica.Desk()
	buckets, action := d.Office.Buckets(d.person), syncproto.ActionResume
	if slices.ContainsFunc(buckets, func(b syncproto.Bucket) bool { return !slices.Contains(own.Held, b) }) {
		action = syncproto.ActionResync
	}
	ctx, at := d.t.Context(), d.Reading()
	d.must(d.Replica.ApplyWelcome(ctx, syncproto.Welcome{Action: action, LogID: d.Office.LogID, Epoch: d.Office.Epoch,
		Head: d.Office.Head(), Counter: d.Office.Line(own.Incarnation).Counter, Person: d.person, Time: d.Office.Now, Buckets: buckets}))
	d.must(d.Replica.LearnAnchor(ctx, syncproto.Anchor{Server: d.Office.Now, RTT: 20 * syncproto.Millisecond, Boot: at.Boot, Ticks: at.Ticks}))
}

func (d *Desk) exchange() {
	ctx, own := d.t.Context(), d.Replica.Desk()
	waiting, err := d.Replica.Outgoing(ctx, d.Office.Line(own.Incarnation).Counter, 1000)
	d.must(err)
	var verdicts []syncproto.Verdict
	for _, e := range waiting {
		verdicts = append(verdicts, d.Office.Take(e))
	}
	d.must(d.Replica.ApplyVerdicts(ctx, verdicts, d.Office.Line(own.Incarnation).Counter))
	d.must(d.Replica.Apply(ctx, d.Office.Delta(d.device, d.Office.Buckets(d.person), nil, own.Cursor)))
}

// Give gives commands in order and fails the test where one is not kept.
func (d *Desk) Give(wishes []replica.Wish, faults []present.Fault) {
	d.t.Helper()
	if len(faults) > 0 {
		d.t.Fatal(faults)
	}
	for _, w := range wishes {
		_, err := d.Replica.Tap(d.t.Context(), w, replica.Moment{ID: d.Office.NewID(), Reading: d.Reading()})
		d.must(err)
	}
}

// NewTicket is a form filled in well; tests change what they are about.
func (d *Desk) NewTicket(subject string) present.NewTicket {
	d.t.Helper()
	number, err := d.Replica.ReserveNumber(d.t.Context())
	d.must(err)
	return present.NewTicket{Number: number, Name: "张伟", Phone: "13800138000", VIN: "LFV3A23C8K3012345", Model: "远行 PHEV",
		Subject: subject, Description: "手机应用提示“车辆不在线”，车就停在楼下。", Channel: "400热线", Board: "智能功能",
		Type: "投诉", Category: "产品质量", Region: centraltest.East, CallCentre: centraltest.CallCentre}
}

// Open gives a new ticket and says which.
func (d *Desk) Open(f present.NewTicket) syncproto.ID {
	d.t.Helper()
	wishes, faults := d.Scene(d.Reading()).Open(f, d.Office.NewID)
	d.Give(wishes, faults)
	open, _ := wishes[0].Command.(ticket.Open)
	return open.ID
}

// See is all of a ticket.
func (d *Desk) See(id syncproto.ID) present.Panorama {
	d.t.Helper()
	p, held, err := d.Panorama(d.t.Context(), d.Reading(), id)
	d.must(err)
	if !held {
		d.t.Fatalf("ticket %v is not held here", id)
	}
	return p
}

// Act fills in a form on a ticket and sends it. What it is about is the first that the form offers,
// where nothing else is said.
func (d *Desk) Act(id syncproto.ID, kind syncproto.CommandKind, f present.TicketForm) {
	d.t.Helper()
	f.Action = present.Action(kind)
	p := d.See(id)
	offered := map[syncproto.CommandKind][]present.Choice{
		syncproto.CommandAcceptProposal: p.ProposalChoices(), syncproto.CommandRefuseProposal: p.ProposalChoices(),
		syncproto.CommandActOn: p.EscalationChoices(true), syncproto.CommandDeEscalate: p.EscalationChoices(false),
		syncproto.CommandDecideDispute: p.DisputeChoices(),
	}[kind]
	if len(offered) > 0 && f.About.IsZero() {
		f.About = offered[0].ID
	}
	if kind == syncproto.CommandProposeSolved && len(p.Responds) > 0 && f.Cause.IsZero() {
		f.Cause = p.Responds[0].ID
	}
	d.Give(d.Scene(d.Reading()).Act(p, f, d.Office.NewID))
}

// Page is the page of claims.
func (d *Desk) Page() present.Claims {
	d.t.Helper()
	page, err := d.Claims(d.t.Context(), d.Reading(), present.ClaimPlace{}, present.MaxClaims)
	d.must(err)
	return page
}

// Decide decides a claim and returns what is wrong with it.
func (d *Desk) Decide(w present.Decision) []present.Fault {
	d.t.Helper()
	wishes, faults, err := d.Desk.Decide(d.t.Context(), d.Reading(), w)
	d.must(err)
	if len(faults) == 0 {
		d.Give(wishes, nil)
	}
	return faults
}

func (d *Desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}
