package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// watching is administration's desk on the first evening, with the server's answer on it: a
// manager's laptop away for two weeks with money on it, a tablet cut off while it handed in,
// a department's device that nobody is logged in on, one that never came, and one of
// somebody who has left.
func watching(t *testing.T) *seatAt {
	t.Helper()
	o, manager := twoDevices(t)
	o.Operate(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: centraltest.East,
		Unit: organisation.Unit{Name: "华东区", Kind: organisation.Region, Phone: "021-5566-2001"}})
	o.Promote()
	person, gone := syncproto.Derive("headquarters person"), syncproto.Derive("gone")
	o.Employ(person, "hq", "周敏", policy.Administration, centraltest.HQ)
	o.Employ(gone, "gone", "郑华", policy.Seat, centraltest.CallCentre)
	liaison := o.Desk("liaison", centraltest.Liaison, "L4LM")
	o.Desk("head", presenttest.Head, "H2HD")
	left := o.Desk("gone", gone, "G7NE")
	p := &seatAt{Desk: o.Desk("hq", person, "A1AA")}
	o.Operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: gone, Person: organisation.Person{Name: "郑华", Login: "gone",
		Roles: []policy.Role{policy.Seat}, Units: []syncproto.ID{centraltest.CallCentre}, Left: o.Now}})
	o.At(18, 30)
	p.Online()
	seen := func(id syncproto.ID, connected bool, ago syncproto.Span, waiting uint64) syncproto.DeskSeen {
		return syncproto.DeskSeen{Device: id, Connected: connected, Seen: o.Now.Add(-ago), Waiting: waiting, Announced: o.Now.Add(-ago),
			Program: "redress 1.2.0", Version: syncproto.Version}
	}
	tablet, _ := o.Reference().ByCode("Q3YB")
	seat, _ := o.Reference().ByCode("K7MQ")
	handing := seen(liaison.Replica.Owner().Device, true, 0, 0)
	handing.HandsIn = true
	old := seen(manager.Replica.Owner().Device, false, 15*syncproto.Day+3*syncproto.Hour, 0)
	old.Version, old.Program = 1, "redress 1.0.4"
	p.roll = present.Roll{Asked: o.Now, Answer: syncproto.DesksAnswer{Time: o.Now, Desks: []syncproto.DeskSeen{
		old, seen(tablet, false, 2*syncproto.Hour, 3), seen(seat, true, 0, 0), handing, seen(left.Replica.Owner().Device, false, 40*syncproto.Day, 0),
		seen(p.Replica.Owner().Device, true, 0, 0)}}}
	return p
}

// longNames has every name as long as it may be, and a device in many units.
func longNames(t *testing.T) *seatAt {
	t.Helper()
	p := watching(t)
	long := strings.Repeat("远", syncproto.MaxShortText)
	var units []syncproto.ID
	for n := range organisation.MaxUnits {
		id := syncproto.Derive("unit of a long name", syncproto.NumberedID(uint64(n)))
		p.Office.Operate(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: id, Unit: organisation.Unit{Name: long, Kind: organisation.Region, Phone: long}})
		units = append(units, id)
	}
	p.Office.Operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: centraltest.Manager, Person: organisation.Person{
		Name: long, Login: strings.Repeat("a", organisation.MaxLogin), Roles: []policy.Role{policy.Manager}, Units: units}})
	for i := range p.roll.Answer.Desks {
		p.roll.Answer.Desks[i].Program = strings.Repeat("远", syncproto.MaxProgram)
	}
	p.Online()
	return p
}

// devicesShown is the page of devices.
func (s *screen) devicesShown(p *seatAt) *devicesPage {
	s.t.Helper()
	sh := s.at(p)
	s.press(fyne.Key6, alt)
	page, _ := sh.pages[placeDesks].(*devicesPage)
	return page
}

func TestDevicesAsDrawn(t *testing.T) {
	p := watching(t)
	s := newScreen(t, door{})
	s.devicesShown(p)
	s.key(fyne.KeyDown)
	s.golden("devices")
	p.Offline()
	p.Office.At(20, 0)
	s.app.shell.reload()
	s.golden("devices-offline")
}

// The server is asked while the page is open and there is a line, now and then; by a key at
// once; and nobody waits for it.
func TestTheServerIsAskedWhileThePageIsOpen(t *testing.T) {
	p := watching(t)
	p.roll = present.Roll{}
	s := newScreen(t, door{})
	sh := s.at(p)
	asked := func(when string, want int) {
		t.Helper()
		s.settle()
		if p.called != want {
			t.Errorf("%s: it was asked %d times, want %d", when, p.called, want)
		}
	}
	asked("on another page", 0)
	s.press(fyne.Key6, alt)
	asked("on the page", 1)
	sh.reload()
	asked("while it is asked", 1)
	p.roll.Asking, p.roll.Answer.Time = false, p.Office.Now
	sh.reload()
	asked("answered just now", 1)
	p.Office.Now = p.Office.Now.Add(present.RollEvery)
	sh.reload()
	asked("half a minute later", 2)
	s.press(fyne.Key1, alt)
	if p.roll.Asking {
		t.Error("nobody looks any more, and it is still asked")
	}
	p.Office.Now = p.Office.Now.Add(present.RollEvery)
	sh.reload()
	asked("on another page again", 2)
	p.Offline()
	s.press(fyne.Key6, alt)
	asked("without a line", 2)
	s.press(fyne.KeyReturn, control)
	asked("by the key", 3)
}

// Rows keep their places while somebody reads; what has become more worrying says so above.
func TestDevicesKeepTheirPlaces(t *testing.T) {
	p := watching(t)
	s := newScreen(t, door{})
	page := s.devicesShown(p)
	leads := func() (all []string) {
		for _, i := range page.list.items {
			all = append(all, i.title)
		}
		return all
	}
	s.key(fyne.KeyDown)
	before := leads()
	at := slices.IndexFunc(p.roll.Answer.Desks, func(d syncproto.DeskSeen) bool { return d.Connected && !d.HandsIn })
	p.roll.Answer.Desks[at].Connected, p.roll.Answer.Desks[at].Seen = false, p.Office.Now.Add(-20*syncproto.Day)
	s.app.shell.reload()
	if !slices.Equal(leads(), before) || !page.news.Visible() {
		t.Errorf("while somebody reads: %v, announced %v", leads(), page.news.Visible())
	}
	page.news.Tapped(nil)
	if slices.Equal(leads(), before) || page.news.Visible() {
		t.Errorf("afterwards: %v", leads())
	}
}

// The command for the server's operator is copied as it stands in the operator's page.
func TestACommandIsCopied(t *testing.T) {
	p := watching(t)
	s := newScreen(t, door{})
	page := s.devicesShown(p)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	s.key(fyne.KeyReturn)
	want := "redress-server write-off manager --device P2XA --month 2026-11 --reason 理由"
	if got := fyne.CurrentApp().Clipboard().Content(); got != want || !strings.Contains(page.pane.copied.text, want) {
		t.Errorf("copied %q, said %q", got, page.pane.copied.text)
	}
}

// Who does not watch over the offices has no such page.
func TestOnlyHeadquartersHasThePageOfDevices(t *testing.T) {
	for role, there := range map[policy.Role]bool{policy.ServiceDesk: true, policy.Administration: true, policy.Seat: false, policy.Manager: false,
		policy.Head: false, policy.Liaison: false} {
		o := presenttest.New(t)
		person := syncproto.Derive("somebody")
		o.Employ(person, "somebody", "周敏", role, centraltest.HQ)
		s := newScreen(t, door{})
		sh := s.at(&seatAt{Desk: o.Desk("somebody", person, "A1AA")})
		s.press(fyne.Key6, alt)
		if got := sh.here == placeDesks; got != there || sh.nav[placeDesks].Visible() != there {
			t.Errorf("%v: the page is there: %v, want %v", role, got, there)
		}
	}
}

// Whoever signs out while the page of devices is read has nothing asked any more: without them the server says
// why not, and that is what the next one to log in would be told.
func TestNobodyAsksAboutTheDesksAfterLeaving(t *testing.T) {
	p := watching(t)
	s := newScreen(t, door{logins: []string{"hq"}})
	page := s.devicesShown(p)
	p.roll = present.Roll{}
	before := p.called
	q := slow(s)
	page.reload()
	s.app.signOut()
	q.run()
	if !p.left || p.called != before {
		t.Errorf("left %v, and asked %d times", p.left, p.called-before)
	}
}
