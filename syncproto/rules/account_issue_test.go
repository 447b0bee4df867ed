package rules_test

import (
	"math"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
)

// What TestAccountProperty checks of how authority is handed out, and of the month that a
// desk offers.

// readings are when something is done on a desk, as far as it can tell: mostly to the
// instant; after a reboot without a line with no upper end; and with a wall clock that is
// days off.
func (m *month) readings() (syncproto.Instant, syncproto.Interval) {
	now := m.log.Now
	switch {
	case !m.chance(4, "rebooted"):
		return now, syncproto.Interval{Lo: now, Hi: now}
	case m.chance(2, "wall clock off"):
		return now.Add(-4 * syncproto.Day), syncproto.Interval{Lo: now.Add(-5 * syncproto.Day), Hi: math.MaxInt64}
	}
	return now, syncproto.Interval{Lo: now.Add(-2 * syncproto.Day), Hi: math.MaxInt64}
}

// offers: a desk offers the month of at, and another one only where it holds nothing of
// that (design §5, counterexample A4).
func (m *month) offers(d *desk, kind syncproto.GrantKind, at syncproto.Instant, c authority.Covering) {
	month := syncproto.MonthOf(at)
	for _, l := range d.grants() {
		if l.Grant.Kind == kind && l.Grant.Month == month && c.Month != month {
			m.Fatalf("A4: a desk with authority for %v offers %v", month, c.Month)
		}
	}
}

// asks adds up what the server asks devices to return, and what of that came.
func (m *month) asks(event any) {
	switch e := event.(type) {
	case authority.Asked:
		m.oracle.asked[e.Grant] = e.Amount
	case authority.Returned:
		m.oracle.asked[e.Grant] = max(m.oracle.asked[e.Grant]-e.Now, 0)
	}
}

// issued checks what the server makes of devices that are connected: the next month goes
// out in the shares of this one, once; a cut asks for a Return, and shares that differ for
// one of at most half the difference.
func (m *month) issued(changed []rules.Changed, c authority.IssueGrant) {
	ref := authority.Ref(c.Manager, c.Month)
	r := issueOf(changed, ref)
	before, _ := decision.Body[authority.Body](decision.Docs{ref: r.before}, ref)
	after, held := decision.Body[authority.Body](m.log.Docs, ref)
	if !held {
		return
	}
	running := c.Month == syncproto.MonthOf(m.log.Now)
	for _, e := range r.events {
		if g, is := e.(authority.Issued); is && g.Kind == syncproto.GrantAmount && !running && after.To.IsZero() {
			m.ahead(before, c, g)
		}
	}
	asked := m.connected(after, c, authority.GrantState.Open)
	can := m.connected(after, c, func(g authority.GrantState) syncproto.Fen {
		if g.Taken == 0 {
			return 0
		}
		return g.Left()
	})
	var all, canAll, most, least, mostCan syncproto.Fen
	least = math.MaxInt64
	for incarnation, share := range m.connected(after, c, authority.GrantState.Left) {
		all, canAll = all+asked[incarnation], canAll+can[incarnation]
		if least = min(least, share); share > most {
			most, mostCan = share, can[incarnation]
		}
	}
	switch {
	case after.InForce() > after.Limit:
		if all == 0 && canAll > 0 {
			m.Fatalf("a cut asks nothing back of %v", canAll)
		}
	case !running || !after.To.IsZero():
	case len(c.Together) > 1 && len(after.Grants) < authority.MaxEvened && most-least > 1 && (most-least)*10 > most+least && mostCan > 0 && all == 0:
		m.Fatalf("shares of %v and %v, and nobody is asked", most, least)
	}
	if running && after.To.IsZero() && after.InForce() == after.Limit && r.asked > (most-least)/2 {
		m.Fatalf("A7: with shares of %v and %v, %v is asked", most, least, r.asked)
	}
}

// ahead: a device has its share of the next month once, by what it has of this one.
func (m *month) ahead(before authority.Body, c authority.IssueGrant, issued authority.Issued) {
	for _, g := range before.Grants {
		untaken := g.Taken == 0 && g.Incarnation != issued.Incarnation // withdrawn in this entry
		if g.Kind == syncproto.GrantAmount && g.Device == issued.Device && !g.Dead() && !untaken {
			m.Fatalf("a second share of the next month")
		}
	}
	running, _ := decision.Body[authority.Body](m.log.Docs, authority.Ref(c.Manager, c.Month-1))
	var own, all syncproto.Fen
	for _, g := range running.Grants {
		if g.Kind != syncproto.GrantAmount || g.Withdrawn != 0 {
			continue
		}
		held := max(g.Amount-g.Returned-g.WrittenOff, 0)
		if all += held; g.Device == issued.Device {
			own += held
		}
	}
	limit := m.oracle.limit[authority.Ref(c.Manager, c.Month)]
	if issued.Amount*all > limit*own {
		m.Fatalf("%v of the next month's %v go to a device that has %v of this month's %v", issued.Amount, limit, own, all)
	}
}

// connected sums a figure of the grants of each incarnation that is connected.
func (m *month) connected(body authority.Body, c authority.IssueGrant, of func(authority.GrantState) syncproto.Fen) map[syncproto.ID]syncproto.Fen {
	sums := map[syncproto.ID]syncproto.Fen{c.Incarnation: 0}
	for _, h := range c.Together {
		sums[h.Incarnation] = 0
	}
	for _, g := range body.Grants {
		if _, is := sums[g.Incarnation]; is {
			sums[g.Incarnation] += of(g)
		}
	}
	return sums
}

// issue is what an IssueGrant made of its account.
type issue struct {
	before decision.Doc
	events []any
	asked  syncproto.Fen // in this entry
}

func issueOf(changed []rules.Changed, ref syncproto.Ref) (i issue) {
	for _, c := range changed {
		if c.Ref != ref {
			continue
		}
		i.before = c.Before
		for _, e := range c.Events {
			value, err := rules.ReadEvent(e)
			if err != nil {
				continue
			}
			i.events = append(i.events, value)
			if asked, is := value.(authority.Asked); is {
				i.asked += asked.Amount
			}
		}
	}
	return i
}
