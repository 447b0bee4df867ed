package rules_test

import (
	"maps"
	"slices"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	. "redress/syncproto/rules/rulestest"
)

// What happens in a sequence of TestAccountProperty: on desks, at the seat, at
// headquarters, and while devices are connected.

// tap is a command made on a desk, which may refuse it.
func (m *month) tap(d *desk, kind syncproto.CommandKind, command any, shares ...syncproto.Share) bool {
	return m.tapAt(d, m.log.Now, syncproto.Interval{Lo: m.log.Now, Hi: m.log.Now}, kind, command, shares...)
}

func (m *month) tapAt(d *desk, at syncproto.Instant, within syncproto.Interval, kind syncproto.CommandKind, command any, shares ...syncproto.Share) bool {
	g := Given{ID: m.log.NextID(), Kind: kind, Command: command, Person: d.person, Device: d.Device, Incarnation: d.Incarnation,
		Shares: shares, At: at, Within: within}
	m.count(kind)
	result, err := Decide(g, m.log.Now, true, m.log.Reference, func(ref syncproto.Ref) decision.Doc { return d.docs[ref] })
	if err != nil {
		m.Fatalf("%v: %v", kind, err)
	}
	if result.Outcome != syncproto.Accepted {
		return false
	}
	for _, c := range result.Changed {
		d.docs[c.Ref] = c.After
	}
	for _, s := range shares {
		l := d.left[s.Grant]
		l.Left -= s.Amount
		d.left[s.Grant] = l
	}
	d.queue = append(d.queue, g)
	return true
}

// give is a command that goes straight to the server.
func (m *month) give(g Given) Result {
	m.count(g.Kind)
	return m.log.Give(g)
}

func (m *month) count(kind syncproto.CommandKind) { m.made++; m.tally.made[kind]++ }

// pick is a claim of the kind (0: any) that these documents have, mostly one in a state
// that is wanted.
func (m *month) pick(docs decision.Docs, kind claim.Kind, wanted ...claim.State) (syncproto.ID, claim.Body, bool) {
	anyState := m.chance(6, "any state")
	var known []syncproto.ID
	for _, id := range m.claims {
		body, held := decision.Body[claim.Body](docs, claim.Ref(id))
		if held && (kind == 0 || body.Kind == kind) && (anyState || slices.Contains(wanted, body.State)) {
			known = append(known, id)
		}
	}
	if len(known) == 0 {
		return syncproto.ID{}, claim.Body{}, false
	}
	id := pick(m, "claim", known...)
	body, _ := decision.Body[claim.Body](docs, claim.Ref(id))
	return id, body, true
}

// grants are what the device offers: of its incarnation, and not dead as far as it knows.
func (d *desk) grants() []authority.Left {
	var grants []authority.Left
	for _, l := range d.left {
		body, _ := decision.Body[authority.Body](d.docs, l.Grant.Account)
		if state, _ := body.Grant(l.Grant.ID); l.Grant.Incarnation == d.Incarnation && !state.Dead() {
			grants = append(grants, l)
		}
	}
	return grants
}

// all is what the desk has left in all.
func (d *desk) all() syncproto.Fen {
	var sum syncproto.Fen
	for _, l := range d.grants() {
		sum += l.Left
	}
	return sum
}

func (m *month) approve(d *desk) {
	id, body, found := m.pick(d.docs, claim.Goodwill, claim.StateFiled)
	if !found {
		return
	}
	var less syncproto.Fen
	if body.Amount > 1 && m.chance(4, "less") {
		less = body.Amount/2 + 1
		if less == body.Amount {
			less = 1
		}
	}
	amount := body.Amount
	if less != 0 {
		amount = less
	}
	at, within := m.readings()
	c := authority.Cover(d.grants(), amount, at, within)
	m.offers(d, syncproto.GrantAmount, at, c)
	if !c.Covers() {
		m.count(syncproto.CommandApproveClaim)
		if c.ShortBy != amount-c.Of {
			m.Fatalf("refused %v with %v left, short by %v", amount, c.Of, c.ShortBy)
		}
		return
	}
	m.tapAt(d, at, within, syncproto.CommandApproveClaim, claim.Approve{Claim: id, Round: body.Round, Amount: body.Amount, Less: less,
		Month: c.Month, Reason: "服务过失致歉"}, c.Shares...)
}

func (m *month) warranty(d *desk) {
	id, body, found := m.pick(d.docs, claim.Warranty, claim.StateFiled)
	if !found {
		return
	}
	at, within := m.readings()
	c := authority.CoverRight(d.grants(), at, within)
	m.offers(d, syncproto.GrantRight, at, c)
	m.tapAt(d, at, within, syncproto.CommandApproveWarranty, claim.ApproveWarranty{Claim: id, Round: body.Round, Month: c.Month, Reason: "政策范围内包修"}, c.Shares...)
}

// atDesk is what else a manager does with a claim.
func (m *month) atDesk(d *desk) {
	id, body, found := m.pick(d.docs, 0, claim.StateFiled)
	if !found {
		return
	}
	switch pick(m, "does", syncproto.CommandRejectClaim, syncproto.CommandSendBack, syncproto.CommandRouteUp) {
	case syncproto.CommandRejectClaim:
		m.tap(d, syncproto.CommandRejectClaim, claim.Reject{Claim: id, Round: body.Round, Reason: "不符合标准"})
	case syncproto.CommandSendBack:
		m.tap(d, syncproto.CommandSendBack, claim.SendBack{Claim: id, Round: body.Round, Comment: "缺发票"})
	default:
		m.tap(d, syncproto.CommandRouteUp, claim.RouteUp{Claim: id, Round: body.Round, Reason: "媒体关注"})
	}
}

// atSeat: the seat, which is mostly connected, amends a claim in any state.
func (m *month) atSeat() {
	if m.chance(2, "connected") {
		m.meet(m.seat)
	}
	id, body, found := m.pick(m.seat.docs, claim.Goodwill, claim.StateReturned, claim.StateApproved, claim.StateFiled)
	if !found {
		return
	}
	amount := body.Amount
	if m.chance(2, "another amount") {
		amount = m.amount()
	}
	m.tap(m.seat, syncproto.CommandAmendClaim, claim.Amend{Claim: id, Round: body.Round, Amount: amount, What: pick(m, "what", "补偿一次保养", "补偿两次保养"), Reason: "发票更正"})
}

// atHeadquarters: the service department, which is connected, decides what was routed up
// and reverses approvals.
func (m *month) atHeadquarters() {
	if m.chance(2, "reverses") {
		if id, body, found := m.pick(m.log.Docs, 0, claim.StateApproved); found {
			m.give(By(serviceDesk, syncproto.CommandReverse, claim.Reverse{Claim: id, Round: body.Round, Approval: body.Approval.Command, Reason: "不符合标准"}))
		}
		return
	}
	id, body, found := m.pick(m.log.Docs, 0, claim.StateRoutedUp)
	switch {
	case !found:
	case m.chance(4, "rejects"):
		m.give(By(serviceDesk, syncproto.CommandRejectClaim, claim.Reject{Claim: id, Round: body.Round, Reason: "不符合标准"}))
	default:
		m.give(By(serviceDesk, syncproto.CommandApproveAbove, claim.ApproveAbove{Claim: id, Round: body.Round, Amount: body.Amount, Reason: "客户关系维护"}))
	}
}

// connect is a device connected, and any mix of the others of its person with it: each
// hands in all it has, is issued what it should have, takes it, and gives back what it is
// asked for. The line may be cut at every step.
func (m *month) connect(d *desk, others ...*desk) {
	together := []*desk{d}
	for _, o := range others {
		if o != d && o.person == d.person && m.chance(2, "too") {
			together = append(together, o)
		}
	}
	var holders []authority.Holder
	for _, t := range together {
		m.meet(t)
		holders = append(holders, t.Holder)
	}
	for _, t := range together {
		for _, month := range authority.Months(m.log.Now, m.log.Reference.Policy) {
			m.give(Given{Kind: syncproto.CommandIssueGrant, Command: authority.IssueGrant{
				Manager: t.person, Month: month, Device: t.Device, Incarnation: t.Incarnation, Together: holders}})
			if m.chance(8, "cut before it takes") {
				return
			}
			m.meet(t)
			m.take(t, month)
			m.giveBack(t, month)
		}
		if m.chance(4, "cut before it hands in") {
			return
		}
		m.meet(t)
	}
}

// take takes what is offered, and now and then what was taken already.
func (m *month) take(d *desk, month syncproto.Month) {
	ref := authority.Ref(d.person, month)
	body := Body[authority.Body](m.log, ref)
	if m.chance(10, "taken before") {
		body.Grants = slices.Clone(body.Grants)
		for i := range body.Grants {
			body.Grants[i].Taken = 0
		}
	}
	for _, grant := range authority.Offered(ref, body, d.Incarnation) {
		m.tap(d, syncproto.CommandTakeGrant, authority.TakeGrant{Grant: grant.ID, Month: grant.Month, Manager: d.person})
	}
}

// giveBack answers what the account asks of the device, as it knows it, with what it has.
func (m *month) giveBack(d *desk, month syncproto.Month) {
	body, _ := decision.Body[authority.Body](d.docs, authority.Ref(d.person, month))
	var shares, given []syncproto.Share
	for _, asked := range authority.AskedOf(body, d.Incarnation) {
		if part := min(asked.Amount, d.left[asked.Grant].Left); part > 0 {
			shares = append(shares, syncproto.Share{Grant: asked.Grant, Amount: part})
			given = append(given, syncproto.Share{Grant: asked.Grant, Amount: d.given[asked.Grant] + part})
		}
	}
	if len(shares) > 0 && m.tap(d, syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: d.person, Month: month, Given: given}, shares...) {
		for _, g := range given {
			d.given[g.Grant] = g.Amount
		}
	}
}

// limit: headquarters raises or cuts.
func (m *month) limit(d *desk) {
	m.give(Given{Kind: syncproto.CommandSetLimit, Operator: "admin", Command: authority.SetLimit{Manager: d.person, Reason: "台风期间",
		Month: pick(m, "month", authority.Months(m.log.Now, m.log.Reference.Policy)...),
		Limit: pick[syncproto.Fen](m, "limit", 0, 100, 300_000, 500_000, 600_000, 600_001, 900_000)}})
}

// move: a manager wants the authority on one device, or evened out.
func (m *month) move(d *desk) {
	to := d.Device
	if m.chance(3, "evened out") {
		to = syncproto.ID{}
	}
	m.tap(d, syncproto.CommandMoveAuthority, authority.MoveAuthority{Manager: d.person, Month: syncproto.MonthOf(m.log.Now), To: to})
}

// writeOff: headquarters gives up a grant, mostly one with something left, though its
// device is well.
func (m *month) writeOff(d *desk) {
	if !m.chance(2, "lost") {
		return
	}
	running := syncproto.MonthOf(m.log.Now)
	grants := Body[authority.Body](m.log, authority.Ref(d.person, running)).Grants
	var left []syncproto.ID
	for _, g := range grants {
		if g.Left() > 0 || m.chance(10, "nothing left") {
			left = append(left, g.ID)
		}
	}
	if len(left) > 0 {
		m.give(Given{Kind: syncproto.CommandWriteOff, Operator: "admin", Command: authority.WriteOff{Manager: d.person, Month: running, Grant: pick(m, "grant", left...), Reason: "丢失"}})
	}
}

// rekey gives a device a new incarnation; no grant moves, and what waits is the same.
func (m *month) rekey(d *desk) {
	if m.chance(3, "rekey") {
		d.Incarnation, d.saved = m.log.NextID(), nil
		m.operate(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: d.Device, Incarnation: d.Incarnation})
	}
}

func (m *month) deliver(d *desk) {
	if len(d.queue) == 0 {
		return
	}
	g := d.queue[0]
	d.queue = d.queue[1:]
	m.sent = append(m.sent, g)
	g.Incarnation = d.Incarnation
	m.log.Give(g)
}

// meet hands in all a desk has and gives it all there is.
func (m *month) meet(d *desk) {
	for len(d.queue) > 0 {
		m.deliver(d)
	}
	maps.Copy(d.docs, m.log.Docs)
	for _, id := range m.refused {
		delete(d.docs, claim.Ref(id))
	}
	d.saved = &purse{left: maps.Clone(d.left), given: maps.Clone(d.given)}
}

// resend hands in a command a second time: the same verdict, and nothing else.
func (m *month) resend() {
	if len(m.sent) == 0 {
		return
	}
	g := pick(m, "again", m.sent...)
	before := m.log.Result(g.ID)
	if before.Outcome == syncproto.Parked {
		return
	}
	was := m.oracle.entries
	m.tally.resent++
	if after := m.log.Give(g); after.Outcome != before.Outcome || m.oracle.entries != was {
		m.Fatalf("%v sent again became %v and was %v", g.Kind, after.Outcome, before.Outcome)
	}
}

// disk sets a desk's disk back to its last image: what was spent or given back since can be
// spent again.
func (m *month) disk(d *desk) {
	if d.saved == nil || !m.chance(6, "set back") {
		return
	}
	for id, l := range d.saved.left {
		if again := l.Left - d.left[id].Left; again > 0 {
			m.oracle.loose[l.Grant.Account] += again
			m.oracle.copied[id] = true
			m.tally.setBacks++
		}
	}
	maps.Copy(d.left, d.saved.left)
	d.given = maps.Clone(d.saved.given)
}

// taken makes the grant usable on its desk.
func (m *month) taken(g Given) {
	take := g.Command.(authority.TakeGrant)
	ref := authority.Ref(g.Person, take.Month)
	grant, _ := Body[authority.Body](m.log, ref).Grant(take.Grant)
	for _, d := range m.manager {
		if _, has := d.left[take.Grant]; d.Device == g.Device && !has {
			all := authority.Left{Left: grant.Amount, Grant: syncproto.Grant{ID: grant.ID, Account: ref, Manager: g.Person, Month: take.Month, Kind: grant.Kind,
				Amount: grant.Amount, Device: grant.Device, Incarnation: grant.Incarnation, NotBefore: grant.NotBefore}}
			d.left[take.Grant] = all
			if take.Month > syncproto.MonthOf(m.log.Now) {
				m.tally.ahead++
			}
		}
	}
}
