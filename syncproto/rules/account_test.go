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
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"

	"pgregory.net/rapid"
)

// TestAccountProperty plays random weeks at the turn of a month against the accounts: a
// seat files claims and amends them, two managers of the region, one with two devices and
// one with a single one, approve all or less, send back, reject and route up on desks that
// are offline most of the time; the service department approves above and reverses;
// devices are connected together in any mix, take, are asked and give back; headquarters
// raises and cuts limits and writes grants off; commands arrive late, out of turn and
// twice; now and then a device gets a new incarnation, or a disk is set back and its older
// copy goes on. After every command an oracle, which only adds up what was accepted, checks
//
//	 9  spent + reserved ≤ limit in force, but for breaches on record; there is none without
//	    a disk set back or a write-off, and all of a month together are at most what those
//	    put into the world
//	10  what was granted = charged + reserved + given back + written off, for every grant
//	11  an approval that a desk let pass is accepted, however late, and stands where the
//	    claim was unapproved in the round and amount it saw
//	12  a claim is paid once a round, every approval that does not stand refunded once
//
// and that an account keeps at least what its devices can still spend, that a desk offers
// the month it should, and that devices which are connected get and are asked for what they
// should. A long run:
// make account
func TestAccountProperty(t *testing.T) {
	tally := &tally{made: map[syncproto.CommandKind]int{}, accepted: map[syncproto.CommandKind]int{}, effective: map[syncproto.CommandKind]int{}}
	rapid.Check(t, func(rt *rapid.T) {
		m := newMonth(rt, tally)
		commands := rapid.IntRange(40, 120).Draw(rt, "commands")
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
	setBacks, ahead           int
}

// provenKinds are the kinds of commands the runs must prove something about.
var provenKinds = []syncproto.CommandKind{syncproto.CommandFileClaim, syncproto.CommandApproveClaim, syncproto.CommandRejectClaim,
	syncproto.CommandApproveWarranty, syncproto.CommandAmendClaim, syncproto.CommandSendBack, syncproto.CommandRouteUp,
	syncproto.CommandApproveAbove, syncproto.CommandReverse, syncproto.CommandIssueGrant, syncproto.CommandTakeGrant,
	syncproto.CommandReturnGrant, syncproto.CommandMoveAuthority, syncproto.CommandSetLimit, syncproto.CommandWriteOff}

// enough is from how many commands of a kind on their share says something.
const enough = 100

func (c *tally) report(t *testing.T) {
	total := 0
	for _, n := range c.lengths {
		total += n
	}
	slices.Sort(c.lengths)
	median := c.lengths[len(c.lengths)/2]
	t.Logf("%d commands in %d sequences, median length %d, longest %d; %d duplicates, %d breaches, %d parked, %d sent again, %d disks set back, %d grants of a next month",
		total, len(c.lengths), median, c.lengths[len(c.lengths)-1], c.duplicates, c.breaches, c.parked, c.resent, c.setBacks, c.ahead)
	if median < 30 {
		t.Errorf("the median sequence has %d commands", median)
	}
	for _, kind := range provenKinds {
		share := 100 * float64(c.accepted[kind]) / float64(max(c.made[kind], 1))
		t.Logf("%-16v %7d made, %5.1f %% accepted, %5.1f %% with an effect", kind, c.made[kind], share,
			100*float64(c.effective[kind])/float64(max(c.made[kind], 1)))
		if c.made[kind] >= enough && share < 20 {
			t.Errorf("only %.1f %% of %v were accepted: the runs prove little about it", share, kind)
		}
	}
}

// desk is one device's replica, as simple as can be: what it knew at its last meeting with
// the server, its own commands on top, and what it has left of its grants.
type desk struct {
	person syncproto.ID
	authority.Holder
	docs  decision.Docs
	queue []Given // made and not handed in
	purse
	saved *purse // the image that a disk is set back to
}

// purse is what the device itself counts.
type purse struct {
	left  map[syncproto.ID]authority.Left
	given map[syncproto.ID]syncproto.Fen // back, of each grant in all
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
	refused []syncproto.ID // claims that never were

	oracle oracle
}

var serviceDesk = syncproto.Derive("person 何敏")

func newMonth(rt *rapid.T, tally *tally) *month {
	m := &month{T: rt, log: NewLog(), tally: tally, oracle: newOracle()}
	m.log.Careless = true
	m.log.Now = rapid.SampledFrom([]syncproto.Instant{Morning, Morning.Add(2 * syncproto.Day), Morning.Add(7*syncproto.Day + 12*syncproto.Hour)}).Draw(rt, "begins")
	m.operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: serviceDesk, Person: organisation.Person{
		Name: "何敏", Login: "hemin", Roles: []policy.Role{policy.ServiceDesk}, Units: []syncproto.ID{Headquarters}}})
	tablet := authority.Holder{Device: syncproto.Derive("tablet"), Incarnation: syncproto.Derive("tablet 1")}
	m.operate(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: tablet.Device, Device: organisation.Device{
		Person: Manager, Name: "平板", Code: "Q3YB", Key: make([]byte, 32), Incarnation: tablet.Incarnation}})
	add := func(person syncproto.ID, h authority.Holder) *desk {
		return &desk{person: person, Holder: h, docs: decision.Docs{}, purse: purse{left: map[syncproto.ID]authority.Left{}, given: map[syncproto.ID]syncproto.Fen{}}}
	}
	of := func(person syncproto.ID) (h authority.Holder) { h.Device, h.Incarnation = DeviceOf(person); return h }
	m.manager = []*desk{add(Manager, of(Manager)), add(Manager, tablet), add(Substitute, of(Substitute))}
	m.seat = add(Seat, of(Seat))
	for n := range 5 {
		id := m.log.NextID()
		m.tickets = append(m.tickets, id)
		m.log.Give(By(Seat, syncproto.CommandOpen, ticket.Open{ID: id, Number: fmt.Sprintf("K7MQ-%05d", n), Channel: "400热线", Type: "投诉",
			Subject: "异响", Region: EastRegion, CallCentre: CallCentre, Customer: customer.Caller{ID: m.log.NextID(), Name: "张先生"}}))
	}
	m.log.Decided = m.decided
	m.meet(m.seat)
	m.connect(m.manager[0])
	m.connect(m.manager[2])
	if rapid.Bool().Draw(rt, "tablet too") {
		m.connect(m.manager[0], m.manager[1])
	}
	return m
}

func (m *month) operate(kind syncproto.CommandKind, command any) Result {
	return m.log.Give(Given{Kind: kind, Command: command, Operator: "admin"})
}

// pick draws one of several.
func pick[T any](m *month, what string, from ...T) T { return rapid.SampledFrom(from).Draw(m.T, what) }

// chance is true once in n.
func (m *month) chance(n int, of string) bool { return rapid.IntRange(1, n).Draw(m.T, of) == 1 }

// step is the next thing that happens.
func (m *month) step() {
	d := pick(m, "manager", m.manager...)
	switch op := rapid.IntRange(0, 39).Draw(m.T, "op"); {
	case op < 5:
		m.file()
	case op < 12:
		m.approve(d)
	case op < 14:
		m.atDesk(d)
	case op < 15:
		m.warranty(d)
	case op < 18:
		m.atSeat()
	case op < 22:
		m.atHeadquarters()
	case op < 27:
		m.connect(d, m.manager...)
	case op < 28:
		m.connect(d)
	case op < 31:
		m.deliver(pick(m, "who", append([]*desk{m.seat}, m.manager...)...))
	case op < 33:
		m.resend()
	case op < 34:
		m.limit(d)
	case op < 35:
		m.move(d)
	case op < 36:
		m.log.Now = m.log.Now.Add(pick(m, "later", syncproto.Hour, 12*syncproto.Hour, syncproto.Day))
	case op < 37:
		m.writeOff(d)
	case op < 38:
		m.rekey(d)
	default:
		m.disk(d)
	}
}

// file makes a claim; all managers have seen it, also where the server has not, as after a
// restore.
func (m *month) file() {
	c := claim.File{ID: m.log.NextID(), Kind: claim.Goodwill, What: "补偿一次保养", Ticket: pick(m, "ticket", m.tickets...)}
	if m.chance(4, "warranty order") {
		c.Kind = claim.Warranty
	} else {
		c.Amount = m.amount()
	}
	if m.tap(m.seat, syncproto.CommandFileClaim, c) {
		m.claims = append(m.claims, c.ID)
		for _, d := range m.manager {
			d.docs[claim.Ref(c.ID)] = m.seat.docs[claim.Ref(c.ID)]
		}
		if m.chance(12, "refused") { // a desk let pass what the server does not
			c.What = ""
			m.seat.queue[len(m.seat.queue)-1].Command = c
		}
	}
}

// amount is what is asked for: mostly little, now and then what is just there or just not.
func (m *month) amount() syncproto.Fen {
	if !m.chance(5, "edge") {
		return syncproto.Fen(rapid.Int64Range(1, 60_000).Draw(m.T, "small amount"))
	}
	edge := []syncproto.Fen{1, 2, 100, 1200 * syncproto.Yuan, 3000 * syncproto.Yuan, 4800 * syncproto.Yuan, 599_999, 600_000, 600_001}
	for _, d := range m.manager {
		if left := d.all(); left > 0 {
			edge = append(edge, left, left+1)
		}
	}
	return pick(m, "amount", edge...)
}

func (m *month) deliverAll() {
	for _, d := range append([]*desk{m.seat}, m.manager...) {
		m.meet(d)
	}
}
