package demo

import (
	"redress/syncproto"
	"redress/syncproto/claim"
)

// claimPlan is how a claim goes.
type claimPlan uint8

const (
	approved claimPlan = iota
	approvedLess
	sentBack         // with what is wanting, then approved
	rejected         //
	routedUp         // by the manager, to the service department
	large            // above a manager's month: goes up by itself
	reversed         // by the service department, days after
	twice            // by two managers, one of them without a line: paid once
	amendedAfter     // the amount changes after the approval, which then stands no longer
	selfFiled        // filed by the manager who approves it
	warranty         // a warranty order
	warrantyRejected //
)

// claimed is of how many tickets in a hundred something is claimed.
const claimed = 13

func newClaimDeck() *deck[claimPlan] {
	return newDeck(card[claimPlan]{approved, 9}, card[claimPlan]{approvedLess, 2}, card[claimPlan]{sentBack, 2}, card[claimPlan]{rejected, 2},
		card[claimPlan]{routedUp, 1}, card[claimPlan]{large, 2}, card[claimPlan]{reversed, 1}, card[claimPlan]{twice, 1},
		card[claimPlan]{amendedAfter, 1}, card[claimPlan]{selfFiled, 1}, card[claimPlan]{warranty, 7}, card[claimPlan]{warrantyRejected, 1})
}

// asked is a claim and what will become of it.
type asked struct {
	*life
	claim    syncproto.ID
	kind     claim.Kind
	amount   syncproto.Fen
	what     string
	plan     claimPlan
	decider  *desk // nil: a manager of the region
	returned bool
}

// managers are those of a region, by log-in name.
var managers = map[string][]string{east: {"manager", "manager2"}, north: {"manager3"}, south: {"manager4"}, west: {"manager5"}}

// manager is who of the region decides now.
func (l *life) manager(syncproto.Instant) *desk {
	all := managers[l.caller.city.region]
	if len(all) > 1 && l.world.in(50) {
		return l.desks[all[1]]
	}
	return l.desks[all[0]]
}

func (w *world) managerHours(at syncproto.Instant) syncproto.Instant { return w.working(at, 8, 21) }

// claims files one.
func (l *life) claims(at syncproto.Instant) error {
	if _, there, err := l.body(false); err != nil || !there {
		return err
	}
	a := &asked{life: l, claim: l.world.id(at), kind: claim.Goodwill, plan: l.decks.claims.deal(&l.chance)}
	a.amount = syncproto.Fen(100+50*l.below(11)) * syncproto.Yuan
	what := goodwillWhat
	switch a.plan {
	case large:
		a.amount = syncproto.Fen(6_500+500*l.below(20)) * syncproto.Yuan
		what = largeWhat
	case warranty, warrantyRejected:
		a.kind, a.amount, what = claim.Warranty, 0, warrantyWhat
	case sentBack, routedUp:
		if l.world.in(25) {
			a.kind, a.amount, what = claim.Warranty, 0, warrantyWhat
		}
	default:
	}
	a.what = l.say(one(&l.chance, what))
	by := l.seat
	if a.plan == selfFiled {
		by = l.manager(at)
		a.decider = by
	}
	return a.file(at, by)
}

func (a *asked) file(at syncproto.Instant, by *desk) error {
	if err := by.give(at, syncproto.CommandFileClaim, claim.File{ID: a.claim, Ticket: a.id, Kind: a.kind, Amount: a.amount, What: a.what, Station: a.station}); err != nil {
		return err
	}
	if a.plan == large {
		a.in(at, syncproto.Hour, 30*syncproto.Hour, a.departmentHours, a.above)
		return nil
	}
	a.in(at, 25*syncproto.Minute, 30*syncproto.Hour, a.managerHours, a.decide)
	return nil
}

// state is the claim as it is.
func (a *asked) state() (claim.Body, bool, error) {
	return read[claim.Body](a.world, claim.Ref(a.claim))
}

// decide is what the manager does with it.
func (a *asked) decide(at syncproto.Instant) error {
	body, there, err := a.state()
	if err != nil || !there || body.State != claim.StateFiled || at > a.End.Add(-handedIn-10*syncproto.Minute) {
		return err
	}
	by := a.decider
	if by == nil {
		by = a.manager(at)
	}
	switch a.plan {
	case rejected, warrantyRejected:
		return by.give(at, syncproto.CommandRejectClaim, claim.Reject{Claim: a.claim, Round: body.Round, Reason: a.say(one(&a.chance, rejections))})
	case routedUp:
		return a.routeUp(at, by, body, "涉及多部门责任，请服务部裁定")
	case sentBack:
		if !a.returned {
			a.returned = true
			if !a.world.in(12) { // the others wait for the customer's papers
				a.in(at, syncproto.Hour, 20*syncproto.Hour, a.seatHours, a.complete)
			}
			return by.give(at, syncproto.CommandSendBack, claim.SendBack{Claim: a.claim, Round: body.Round, Comment: one(&a.chance, wanting)})
		}
	case twice:
		if a.caller.city.region == east {
			return a.decideTwice(at, body)
		}
	case reversed:
		a.in(at, syncproto.Day, 6*syncproto.Day, a.departmentHours, a.reverse)
	case amendedAfter:
		a.in(at, 2*syncproto.Hour, 2*syncproto.Day, a.seatHours, a.change)
	default:
	}
	return a.approve(at, by, body)
}

// approve pays as much of it as the manager has left.
func (a *asked) approve(at syncproto.Instant, by *desk, body claim.Body) error {
	reason := one(&a.chance, reasons[body.Kind])
	if body.Kind == claim.Warranty {
		given, err := by.approveWarranty(at, a.claim, body, reason)
		if err == nil && !given {
			a.in(at, syncproto.Day, syncproto.Day, a.managerHours, a.decide) // the right has not come yet
		}
		return err
	}
	less := syncproto.Fen(0)
	if a.plan == approvedLess {
		less = body.Amount / (100 * syncproto.Yuan) * 50 * syncproto.Yuan
	}
	given, err := by.approve(at, a.claim, body, less, reason)
	if err != nil || given {
		return err
	}
	return a.routeUp(at, by, body, "本月额度不足，请服务部审批")
}

func (a *asked) routeUp(at syncproto.Instant, by *desk, body claim.Body, reason string) error {
	a.in(at, syncproto.Hour, 30*syncproto.Hour, a.departmentHours, a.above)
	return by.give(at, syncproto.CommandRouteUp, claim.RouteUp{Claim: a.claim, Round: body.Round, Reason: reason})
}

// decideTwice: the one manager approves without a line, the other with one.
func (a *asked) decideTwice(at syncproto.Instant, body claim.Body) error {
	first, second := a.desks["manager"], a.desks["manager2"]
	if first.cut || second.cut {
		return a.approve(at, second, body)
	}
	first.cutOff(at.Add(-syncproto.Minute))
	if err := a.approve(at, first, body); err != nil {
		return err
	}
	a.at(at.Add(20*syncproto.Minute), func(at syncproto.Instant) error { return a.approve(at, second, body) })
	a.at(at.Add(90*syncproto.Minute), first.mend)
	return nil
}

// complete adds what was wanting.
func (a *asked) complete(at syncproto.Instant) error {
	body, there, err := a.state()
	if err != nil || !there || body.State != claim.StateReturned {
		return err
	}
	a.in(at, syncproto.Hour, 20*syncproto.Hour, a.managerHours, a.decide)
	return a.seat.give(at, syncproto.CommandAmendClaim, claim.Amend{Claim: a.claim, Round: body.Round, Amount: body.Amount,
		What: body.What + "（已补充结算单和照片）", Reason: "按要求补充材料"})
}

// change changes the amount after the approval.
func (a *asked) change(at syncproto.Instant) error {
	body, there, err := a.state()
	if err != nil || !there || body.State != claim.StateApproved {
		return err
	}
	a.plan = approved
	a.in(at, syncproto.Hour, 20*syncproto.Hour, a.managerHours, a.decide)
	return a.seat.give(at, syncproto.CommandAmendClaim, claim.Amend{Claim: a.claim, Round: body.Round, Amount: body.Amount + 80*syncproto.Yuan,
		What: body.What, Reason: "服务店核算后金额有出入"})
}

// reverse is headquarters' word that an approval does not stand.
func (a *asked) reverse(at syncproto.Instant) error {
	body, there, err := a.state()
	if err != nil || !there || body.State != claim.StateApproved {
		return err
	}
	a.plan = one(&a.chance, []claimPlan{rejected, approvedLess})
	a.in(at, 2*syncproto.Hour, 30*syncproto.Hour, a.managerHours, a.decide)
	return a.desks["service"].give(at, syncproto.CommandReverse, claim.Reverse{Claim: a.claim, Round: body.Round, Approval: body.Approval.Command,
		Reason: "抽查发现依据不足，请重新核定"})
}

// above is the service department's decision.
func (a *asked) above(at syncproto.Instant) error {
	body, there, err := a.state()
	if err != nil || !there || body.State != claim.StateRoutedUp {
		return err
	}
	by := a.desks[one(&a.chance, []string{"service", "service2"})]
	if a.world.in(25) {
		return by.give(at, syncproto.CommandRejectClaim, claim.Reject{Claim: a.claim, Round: body.Round, Reason: one(&a.chance, rejections)})
	}
	above := claim.ApproveAbove{Claim: a.claim, Round: body.Round, Amount: body.Amount, Reason: one(&a.chance, reasons[body.Kind])}
	if body.Kind == claim.Goodwill && a.world.in(30) {
		above.Less = body.Amount / (200 * syncproto.Yuan) * 100 * syncproto.Yuan
	}
	return by.give(at, syncproto.CommandApproveAbove, above)
}
