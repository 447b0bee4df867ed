package rules_test

import (
	"fmt"
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/decision"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"

	"pgregory.net/rapid"
)

// TestAccountProperty plays random months against the account: a seat files claims, two
// managers of the region approve and reject them on desks that are offline most of the
// time, commands arrive late, out of turn and twice, and now and then a disk is set back.
// After every command an oracle, which only adds up what was accepted, checks
//
//	 9  spent + reserved ≤ limit, but for breaches on record
//	10  what was granted = charged + reserved, for every grant
//	11  an approval that a desk let pass is accepted, however late
//	12  a claim is paid once, every duplicate refunded once
//
// A long run: go test ./syncproto/rules -run TestAccountProperty -v -rapid.checks=25000
func TestAccountProperty(t *testing.T) {
	tally := &tally{made: map[syncproto.CommandKind]int{}, accepted: map[syncproto.CommandKind]int{}, effective: map[syncproto.CommandKind]int{}}
	rapid.Check(t, func(rt *rapid.T) {
		m := newMonth(rt, tally)
		commands := rapid.IntRange(30, 70).Draw(rt, "commands")
		for m.made < commands {
			m.step()
		}
		m.deliverAll()
		m.settled()
		tally.lengths = append(tally.lengths, m.made)
	})
	tally.report(t)
}

// tally counts over all sequences.
type tally struct {
	made, accepted, effective map[syncproto.CommandKind]int
	lengths                   []int
	breaches, duplicates      int
	resent, parked            int
}

func (c *tally) report(t *testing.T) {
	total := 0
	for _, n := range c.lengths {
		total += n
	}
	slices.Sort(c.lengths)
	median := c.lengths[len(c.lengths)/2]
	t.Logf("%d commands in %d sequences, median length %d; %d duplicates, %d breaches, %d parked, %d sent again",
		total, len(c.lengths), median, c.duplicates, c.breaches, c.parked, c.resent)
	if median < 30 {
		t.Errorf("the median sequence has %d commands", median)
	}
	for _, kind := range []syncproto.CommandKind{syncproto.CommandFileClaim, syncproto.CommandApproveClaim, syncproto.CommandRejectClaim,
		syncproto.CommandApproveWarranty, syncproto.CommandIssueGrant, syncproto.CommandTakeGrant} {
		share := 100 * float64(c.accepted[kind]) / float64(max(c.made[kind], 1))
		t.Logf("%-16v %7d made, %5.1f %% accepted, %5.1f %% with an effect", kind, c.made[kind], share,
			100*float64(c.effective[kind])/float64(max(c.made[kind], 1)))
		if share < 20 {
			t.Errorf("only %.1f %% of %v were accepted: the runs prove little about it", share, kind)
		}
	}
}

// desk is one person's replica, as simple as can be: what it knew at its last meeting with
// the server, its own commands on top, and what it has left of its grants.
type desk struct {
	person syncproto.ID
	docs   decision.Docs
	queue  []Given // made and not handed in
	left   map[syncproto.ID]authority.Left
	saved  map[syncproto.ID]authority.Left // the image that a disk is set back to
}

// month is one sequence.
type month struct {
	*rapid.T
	log     *Log
	tally   *tally
	seat    *desk
	manager []*desk
	tickets []syncproto.ID
	claims  []syncproto.ID
	sent    []Given
	made    int
	setBack bool // a disk was set back: breaches are to be expected

	oracle oracle
}

// oracle adds up what was accepted.
type oracle struct {
	charged  map[syncproto.ID]syncproto.Fen // grant → sum
	standing map[syncproto.ID]syncproto.Fen // manager → sum of approvals that pay
	refunded map[syncproto.ID]syncproto.Fen
	breached map[syncproto.ID]syncproto.Fen
	paid     map[syncproto.ID]int // claim → approvals that pay it
}

func newMonth(rt *rapid.T, tally *tally) *month {
	m := &month{T: rt, log: NewLog(), tally: tally, oracle: oracle{
		charged: map[syncproto.ID]syncproto.Fen{}, standing: map[syncproto.ID]syncproto.Fen{},
		refunded: map[syncproto.ID]syncproto.Fen{}, breached: map[syncproto.ID]syncproto.Fen{}, paid: map[syncproto.ID]int{}}}
	m.log.Careless = true
	for _, person := range []syncproto.ID{Manager, Substitute, Seat} {
		m.manager = append(m.manager, &desk{person: person, docs: decision.Docs{}, left: map[syncproto.ID]authority.Left{}})
	}
	m.manager, m.seat = m.manager[:2], m.manager[2]
	for n := range 5 {
		id := m.log.NextID()
		m.tickets = append(m.tickets, id)
		m.log.Give(By(Seat, syncproto.CommandOpen, ticket.Open{ID: id, Number: fmt.Sprintf("K7MQ-%05d", n), Channel: "400热线", Type: "投诉",
			Subject: "异响", Region: EastRegion, CallCentre: CallCentre, Customer: customer.Caller{ID: m.log.NextID(), Name: "张先生"}}))
	}
	m.log.Decided = m.decided
	for _, d := range []*desk{m.manager[0], m.manager[1], m.seat} {
		m.meet(d)
	}
	for _, d := range m.manager {
		m.issue(d)
		m.take(d)
	}
	return m
}

func (m *month) step() {
	d := m.manager[0]
	if rapid.IntRange(0, 2).Draw(m.T, "manager") == 0 {
		d = m.manager[1]
	}
	switch op := rapid.IntRange(0, 19).Draw(m.T, "op"); {
	case op < 3:
		m.file()
	case op < 8:
		m.approve(d)
	case op < 9:
		m.reject(d)
	case op < 11:
		m.warranty(d)
	case op < 12:
		m.issue(d)
	case op < 14:
		m.take(d)
	case op < 17:
		m.deliver(rapid.SampledFrom([]*desk{m.manager[0], m.manager[1], m.seat}).Draw(m.T, "who"))
	case op < 18:
		m.resend()
	case op < 19:
		m.meet(d)
	default:
		m.disk(d)
	}
}

// tap is a command made on a desk, which may refuse it.
func (m *month) tap(d *desk, g Given) bool {
	g.ID, g.At = m.log.NextID(), m.log.Now
	g.Within = syncproto.Interval{Lo: m.log.Now, Hi: m.log.Now}
	m.count(g.Kind)
	result, err := Decide(g, m.log.Now, true, m.log.Reference, func(ref syncproto.Ref) decision.Doc { return d.docs[ref] })
	if err != nil {
		m.Fatalf("%v: %v", g.Kind, err)
	}
	if result.Outcome != syncproto.Accepted {
		return false
	}
	for _, c := range result.Changed {
		d.docs[c.Ref] = c.After
	}
	m.hand(d, g)
	return true
}

// hand queues a command and takes its shares from what the desk has left.
func (m *month) hand(d *desk, g Given) {
	for _, s := range g.Shares {
		l := d.left[s.Grant]
		l.Left -= s.Amount
		d.left[s.Grant] = l
	}
	d.queue = append(d.queue, g)
}

func (m *month) count(kind syncproto.CommandKind) { m.made++; m.tally.made[kind]++ }

// file makes a claim; both managers have seen it, also where the server has not, as after
// a restore.
func (m *month) file() {
	c := claim.File{ID: m.log.NextID(), Kind: claim.Goodwill, What: "补偿一次保养"}
	c.Ticket = rapid.SampledFrom(m.tickets).Draw(m.T, "ticket")
	if rapid.IntRange(0, 3).Draw(m.T, "kind") == 0 {
		c.Kind = claim.Warranty
	} else {
		edge := []syncproto.Fen{1, 2, 100, 1200 * syncproto.Yuan, 4800 * syncproto.Yuan, 5000 * syncproto.Yuan, 599_999, 600_000, 600_001}
		if left := m.manager[0].all(); left > 0 {
			edge = append(edge, left, left, left+1)
		}
		c.Amount = rapid.SampledFrom(edge).Draw(m.T, "amount")
		if rapid.IntRange(0, 4).Draw(m.T, "edge") > 0 {
			c.Amount = syncproto.Fen(rapid.Int64Range(1, 60_000).Draw(m.T, "small amount"))
		}
	}
	if m.tap(m.seat, By(Seat, syncproto.CommandFileClaim, c)) {
		m.claims = append(m.claims, c.ID)
		for _, d := range m.manager {
			d.docs[claim.Ref(c.ID)] = m.seat.docs[claim.Ref(c.ID)]
		}
	}
}

// pick is a claim of the kind that the desk knows, mostly one that waits.
func (m *month) pick(d *desk, kind claim.Kind) (syncproto.ID, claim.Body, bool) {
	anyState := rapid.IntRange(0, 5).Draw(m.T, "any state") == 0
	var known []syncproto.ID
	for _, id := range m.claims {
		body, held := decision.Body[claim.Body](d.docs, claim.Ref(id))
		if held && (kind == 0 || body.Kind == kind) && (anyState || body.Open()) {
			known = append(known, id)
		}
	}
	if len(known) == 0 {
		return syncproto.ID{}, claim.Body{}, false
	}
	id := rapid.SampledFrom(known).Draw(m.T, "claim")
	body, _ := decision.Body[claim.Body](d.docs, claim.Ref(id))
	return id, body, true
}

func (d *desk) grants() []authority.Left {
	grants := make([]authority.Left, 0, len(d.left))
	for _, l := range d.left {
		grants = append(grants, l)
	}
	return grants
}

// all is what the desk has left in all.
func (d *desk) all() syncproto.Fen {
	var sum syncproto.Fen
	for _, l := range d.left {
		sum += l.Left
	}
	return sum
}

func (m *month) approve(d *desk) {
	id, body, found := m.pick(d, claim.Goodwill)
	if !found {
		return
	}
	amount := body.Amount
	edited := amount > 1 && rapid.IntRange(0, 19).Draw(m.T, "edited meanwhile") == 0
	if edited {
		amount-- // the claim this desk knew was of another amount
	}
	c := authority.Cover(d.grants(), amount, m.log.Now, syncproto.Interval{Lo: m.log.Now, Hi: m.log.Now})
	if !c.Covers() {
		m.count(syncproto.CommandApproveClaim)
		if c.ShortBy != amount-c.Of {
			m.Fatalf("refused %v with %v left, short by %v", amount, c.Of, c.ShortBy)
		}
		return
	}
	g := By(d.person, syncproto.CommandApproveClaim, claim.Approve{Claim: id, Round: 1, Amount: amount, Month: c.Month, Reason: "服务过失致歉"})
	g.Shares = c.Shares
	if edited {
		m.count(g.Kind)
		g.ID = m.log.NextID()
		m.hand(d, g)
		return
	}
	m.tap(d, g)
}

func (m *month) warranty(d *desk) {
	id, _, found := m.pick(d, claim.Warranty)
	if !found {
		return
	}
	c := authority.CoverRight(d.grants(), m.log.Now, syncproto.Interval{Lo: m.log.Now, Hi: m.log.Now})
	g := By(d.person, syncproto.CommandApproveWarranty, claim.ApproveWarranty{Claim: id, Round: 1, Month: c.Month, Reason: "政策范围内包修"})
	g.Shares = c.Shares
	m.tap(d, g)
}

func (m *month) reject(d *desk) {
	if id, _, found := m.pick(d, 0); found {
		m.tap(d, By(d.person, syncproto.CommandRejectClaim, claim.Reject{Claim: id, Round: 1, Reason: "不符合标准"}))
	}
}

func (m *month) issue(d *desk) {
	device, incarnation := DeviceOf(d.person)
	m.count(syncproto.CommandIssueGrant)
	m.log.Give(Given{Kind: syncproto.CommandIssueGrant, Command: authority.IssueGrant{
		Manager: d.person, Month: syncproto.MonthOf(m.log.Now), Device: device, Incarnation: incarnation}})
}

// take takes what is offered, or now and then what was taken already.
func (m *month) take(d *desk) {
	_, incarnation := DeviceOf(d.person)
	ref := authority.Ref(d.person, syncproto.MonthOf(m.log.Now))
	body := Body[authority.Body](m.log, ref)
	offered := authority.Offered(ref, body, incarnation)
	if len(body.Grants) > 0 && rapid.IntRange(0, 4).Draw(m.T, "taken before") == 0 {
		body.Grants = slices.Clone(body.Grants)
		for i := range body.Grants {
			body.Grants[i].Taken = 0
		}
		offered = authority.Offered(ref, body, incarnation)
	}
	if len(offered) == 0 {
		return
	}
	grant := rapid.SampledFrom(offered).Draw(m.T, "grant")
	g := By(d.person, syncproto.CommandTakeGrant, authority.TakeGrant{Grant: grant.ID, Month: grant.Month, Manager: d.person})
	m.tap(d, g)
}

func (m *month) deliver(d *desk) {
	if len(d.queue) == 0 {
		return
	}
	g := d.queue[0]
	d.queue = d.queue[1:]
	m.sent = append(m.sent, g)
	m.log.Give(g)
}

// meet hands in all a desk has and gives it all there is.
func (m *month) meet(d *desk) {
	for len(d.queue) > 0 {
		m.deliver(d)
	}
	for ref, doc := range m.log.Docs {
		d.docs[ref] = doc
	}
	d.saved = map[syncproto.ID]authority.Left{}
	for id, l := range d.left {
		d.saved[id] = l
	}
}

// resend hands in a command a second time: the same verdict, and nothing else.
func (m *month) resend() {
	if len(m.sent) == 0 {
		return
	}
	g := rapid.SampledFrom(m.sent).Draw(m.T, "again")
	before, account := m.log.Result(g.ID), Body[authority.Body](m.log, authority.Ref(g.Person, syncproto.MonthOf(m.log.Now)))
	if before.Outcome == syncproto.Parked {
		return
	}
	after := m.log.Give(g)
	m.tally.resent++
	if after.Outcome != before.Outcome || account.Spent() != Body[authority.Body](m.log, authority.Ref(g.Person, syncproto.MonthOf(m.log.Now))).Spent() {
		m.Fatalf("%v sent again became %v and was %v", g.Kind, after.Outcome, before.Outcome)
	}
}

// disk sets a desk's disk back to its last image: what was spent since can be spent
// again.
func (m *month) disk(d *desk) {
	if d.saved == nil || rapid.IntRange(0, 2).Draw(m.T, "set back") > 0 {
		return
	}
	m.setBack = true
	for id, l := range d.saved {
		d.left[id] = l
	}
}

func (m *month) deliverAll() {
	for _, d := range []*desk{m.manager[0], m.manager[1], m.seat} {
		m.meet(d)
	}
}
