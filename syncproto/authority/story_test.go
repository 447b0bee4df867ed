package authority_test

import (
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
	. "redress/syncproto/rules/rulestest"
)

// laptop and tablet are the manager's two devices.
var (
	laptop = holder(DeviceOf(Manager))
	tablet = authority.Holder{Device: syncproto.Derive("tablet"), Incarnation: syncproto.Derive("tablet 1")}
)

func holder(device, incarnation syncproto.ID) authority.Holder {
	return authority.Holder{Device: device, Incarnation: incarnation}
}

// twoDevices is a log with a manager who has two devices, each with what it took of each
// grant, less what it spent and gave back: what the devices themselves believe.
type twoDevices struct {
	*Log
	t     *testing.T
	left  map[authority.Holder]map[syncproto.ID]syncproto.Fen
	given map[syncproto.ID]syncproto.Fen
}

func begin(t *testing.T) *twoDevices {
	t.Helper()
	s := &twoDevices{Log: NewLog(), t: t, left: map[authority.Holder]map[syncproto.ID]syncproto.Fen{}, given: map[syncproto.ID]syncproto.Fen{}}
	s.operate(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: tablet.Device, Device: organisation.Device{
		Person: Manager, Name: "平板", Code: "Q3YB", Key: make([]byte, 32), Incarnation: tablet.Incarnation}})
	return s
}

func (s *twoDevices) accepted(g Given) Result {
	s.t.Helper()
	r := s.Give(g)
	if r.Outcome != syncproto.Accepted {
		s.t.Fatalf("%v was %v: %v", g.Kind, r.Outcome, r.Findings)
	}
	return r
}

func (s *twoDevices) refused(g Given, code syncproto.Code) {
	s.t.Helper()
	if r := s.Give(g); r.Outcome != syncproto.Rejected || !slices.Equal(r.Codes(), []syncproto.Code{code}) {
		s.t.Fatalf("%v was %v %v; want rejected, %v", g.Kind, r.Outcome, r.Findings, code)
	}
}

func (s *twoDevices) operate(kind syncproto.CommandKind, command any) Result {
	s.t.Helper()
	return s.accepted(Given{Kind: kind, Command: command, Operator: "admin"})
}

func (s *twoDevices) body(month syncproto.Month) authority.Body {
	return Body[authority.Body](s.Log, authority.Ref(Manager, month))
}

func on(h authority.Holder, kind syncproto.CommandKind, command any, shares ...syncproto.Share) Given {
	return Given{Kind: kind, Command: command, Person: Manager, Device: h.Device, Incarnation: h.Incarnation, Shares: shares}
}

// meet is what happens while these devices are connected: each is issued and takes what it
// should have, and gives back what it is asked for, until nothing changes.
func (s *twoDevices) meet(month syncproto.Month, together ...authority.Holder) {
	s.t.Helper()
	for range 50 {
		changed := false
		for _, h := range together {
			changed = len(s.connect(month, h, together...).Changed) > 0 || changed
			s.take(month, h)
			changed = s.giveBack(month, h) || changed
		}
		if !changed {
			return
		}
	}
	s.t.Fatal("it never comes to rest")
}

func (s *twoDevices) connect(month syncproto.Month, h authority.Holder, together ...authority.Holder) Result {
	s.t.Helper()
	return s.accepted(Given{Kind: syncproto.CommandIssueGrant, Command: authority.IssueGrant{
		Manager: Manager, Month: month, Device: h.Device, Incarnation: h.Incarnation, Together: together}})
}

func (s *twoDevices) take(month syncproto.Month, h authority.Holder) {
	s.t.Helper()
	for _, g := range authority.Offered(authority.Ref(Manager, month), s.body(month), h.Incarnation) {
		s.accepted(on(h, syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: month, Manager: Manager}))
		if s.left[h] == nil {
			s.left[h] = map[syncproto.ID]syncproto.Fen{}
		}
		if g.Kind == syncproto.GrantAmount {
			s.left[h][g.ID] = g.Amount
		}
	}
}

// giveBack answers what the account asks of the device with what it has.
func (s *twoDevices) giveBack(month syncproto.Month, h authority.Holder) bool {
	s.t.Helper()
	var shares []syncproto.Share
	for _, g := range s.body(month).Grants {
		if part := min(g.Open(), s.left[h][g.ID]); g.Incarnation == h.Incarnation && part > 0 {
			shares = append(shares, syncproto.Share{Grant: g.ID, Amount: part})
		}
	}
	if len(shares) == 0 {
		return false
	}
	s.accepted(s.returning(month, h, shares...))
	return true
}

// returning makes the command, and subtracts on the device.
func (s *twoDevices) returning(month syncproto.Month, h authority.Holder, shares ...syncproto.Share) Given {
	var given []syncproto.Share
	for _, share := range shares {
		s.left[h][share.Grant] -= share.Amount
		s.given[share.Grant] += share.Amount
		given = append(given, syncproto.Share{Grant: share.Grant, Amount: s.given[share.Grant]})
	}
	return on(h, syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: Manager, Month: month, Given: given}, shares...)
}

// spend is an approval on the device, as the account hears of it.
func (s *twoDevices) spend(month syncproto.Month, h authority.Holder, amount syncproto.Fen) {
	s.t.Helper()
	for id, left := range s.left[h] {
		if left >= amount {
			s.left[h][id] -= amount
			s.charge(month, id, amount)
			return
		}
	}
	s.t.Fatalf("no grant has %v left", amount)
}

// charge puts a charge on record without a claim, which packages claim and rules tell of.
func (s *twoDevices) charge(month syncproto.Month, grant syncproto.ID, amount syncproto.Fen) {
	ref := authority.Ref(Manager, month)
	doc := s.Docs[ref]
	doc.Body = authority.Evolve(s.body(month), authority.Charged{Shares: []syncproto.Share{{Grant: grant, Amount: amount}}})
	s.Docs[ref] = doc
}

func (s *twoDevices) has(h authority.Holder) syncproto.Fen {
	var sum syncproto.Fen
	for _, left := range s.left[h] {
		sum += left
	}
	return sum
}

func (s *twoDevices) have(story string, onLaptop, onTablet, free syncproto.Fen) {
	s.t.Helper()
	if s.has(laptop) != onLaptop || s.has(tablet) != onTablet || s.body(november).Free() != free {
		s.t.Fatalf("%s: laptop %v, tablet %v, free %v; want %v, %v, %v", story, s.has(laptop), s.has(tablet), s.body(november).Free(), onLaptop, onTablet, free)
	}
	for _, h := range []authority.Holder{laptop, tablet} {
		if share := s.body(november).Share(h.Incarnation); share < s.has(h) {
			s.t.Fatalf("%s: the account keeps %v for a device that has %v", story, share, s.has(h))
		}
	}
}

// only is the device's one grant with something left.
func (s *twoDevices) only(h authority.Holder) syncproto.ID {
	s.t.Helper()
	for id, left := range s.left[h] {
		if left > 0 {
			return id
		}
	}
	s.t.Fatal("it has nothing")
	return syncproto.ID{}
}

func limit(amount syncproto.Fen) authority.SetLimit {
	return authority.SetLimit{Manager: Manager, Month: november, Limit: amount, Reason: "台风期间"}
}
