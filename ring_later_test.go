package redress_test

import (
	"fmt"
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// What the person at a core does that the first release does not know.

// laterDeed is a kind of command that is given.
type laterDeed struct {
	kind syncproto.CommandKind
	give func(*core) (any, error) // what is given; nil where there is nothing to give it about
}

// laterDeeds are in the order in which one makes room for the next.
var laterDeeds = []laterDeed{
	{syncproto.CommandProposeSolved, onTicket(true, func(b ticket.Body) bool { return len(b.Proposals) == 0 }, func(id syncproto.ID, b ticket.Body) any {
		return ticket.ProposeSolved{Ticket: id, Text: "已换件", Resolves: escalation.LastCause(b.Clocks, escalation.Resolution)}
	})},
	{syncproto.CommandAcceptProposal, onTicket(true, proposed, func(id syncproto.ID, b ticket.Body) any {
		return ticket.AcceptProposal{Ticket: id, Proposal: b.Proposals[0].Command}
	})},
	{syncproto.CommandRefuseProposal, onTicket(true, proposed, func(id syncproto.ID, b ticket.Body) any {
		return ticket.RefuseProposal{Ticket: id, Proposal: b.Proposals[0].Command, Reason: "客户说没好"}
	})},
	{syncproto.CommandFinalResponse, onTicket(true, func(b ticket.Body) bool { return b.Responded == 0 }, func(id syncproto.ID, _ ticket.Body) any {
		return ticket.FinalResponse{Ticket: id, Text: "已处理"}
	})},
	{syncproto.CommandClose, onTicket(true, nearlyClosed, func(id syncproto.ID, b ticket.Body) any {
		return ticket.Close{Ticket: id, Reopenings: b.Reopenings}
	})},
	{syncproto.CommandReopen, onTicket(false, func(b ticket.Body) bool { return closed(b) && b.Reopenings == 0 }, func(id syncproto.ID, _ ticket.Body) any {
		return ticket.Reopen{Ticket: id, Text: "又坏了"}
	})},
	{syncproto.CommandSendBack, onClaim(claim.StateFiled, func(id syncproto.ID, b claim.Body) any {
		return claim.SendBack{Claim: id, Round: b.Round, Comment: "缺发票"}
	})},
	{syncproto.CommandAmendClaim, onClaim(claim.StateReturned, func(id syncproto.ID, b claim.Body) any {
		return claim.Amend{Claim: id, Round: b.Round, Amount: b.Amount, Saw: b.What, What: b.What + "，附发票", Answers: b.Returned.Command, Reason: "补齐"}
	})},
	{syncproto.CommandAmendClaim, onClaim(claim.StateApproved, func(id syncproto.ID, b claim.Body) any {
		amended := claim.Amend{Claim: id, Round: b.Round, Amount: b.Amount, Saw: b.What, What: b.What, Answers: b.Returned.Command, Reason: "算错了"}
		if b.Kind == claim.Goodwill {
			amended.Amount++
		} else {
			amended.What += "，左"
		}
		return amended
	})},
	{syncproto.CommandRouteUp, onClaim(claim.StateFiled, func(id syncproto.ID, b claim.Body) any {
		return claim.RouteUp{Claim: id, Round: b.Round, Reason: "超出权限"}
	})},
	{syncproto.CommandApproveAbove, onClaim(claim.StateRoutedUp, func(id syncproto.ID, b claim.Body) any {
		return claim.ApproveAbove{Claim: id, Round: b.Round, Amount: b.Amount, Reason: "客户关系维护"}
	})},
	{syncproto.CommandReverse, onClaim(claim.StateApproved, func(id syncproto.ID, b claim.Body) any {
		return claim.Reverse{Claim: id, Round: b.Round, Approval: b.Approval.Command, Reason: "重复付款"}
	})},
	{syncproto.CommandMoveAuthority, func(c *core) (any, error) {
		c.moved = !c.moved
		move := authority.MoveAuthority{Manager: c.replica.Owner().Person, Month: syncproto.MonthOf(c.replica.Estimate(c.read()))}
		if c.moved { // here; every other time it is evened out again
			move.To = c.replica.Desk().Device
		}
		return move, nil
	}},
}

// laterOf are those that a person of such roles may do by today's standard, whatever the policy in
// force says.
func laterOf(roles []policy.Role) []laterDeed {
	standard := policy.Default(1)
	return slices.DeleteFunc(slices.Clone(laterDeeds), func(d laterDeed) bool { return !standard.Allows(d.kind, roles) })
}

// later tries to give so many commands, of each kind in turn.
func (c *core) later(n int) {
	me, _ := c.replica.Reference().Person(c.replica.Owner().Person)
	deeds := laterOf(me.Roles)
	for given := 0; given < n && len(deeds) > 0; given++ {
		one := deeds[given%len(deeds)]
		command, err := one.give(c)
		if err == nil && command != nil {
			err = c.tap(one.kind, command)
		}
		if err != nil {
			panic(err)
		}
	}
	c.say("tapped")
}

// onTicket gives what make makes of a ticket that is in such a list and fits.
func onTicket(open bool, fits func(ticket.Body) bool, make func(syncproto.ID, ticket.Body) any) func(*core) (any, error) {
	return func(c *core) (any, error) {
		return onOne(c, syncproto.KindTicket, open, fits, make)
	}
}

// onClaim gives what make makes of a claim in a state.
func onClaim(state claim.State, make func(syncproto.ID, claim.Body) any) func(*core) (any, error) {
	return func(c *core) (any, error) {
		open := claim.Body{State: state}.Open()
		return onOne(c, syncproto.KindClaim, open, func(b claim.Body) bool { return b.State == state }, make)
	}
}

func onOne[B any](c *core, kind syncproto.DocKind, open bool, fits func(B) bool, make func(syncproto.ID, B) any) (any, error) {
	rows, err := c.replica.List(c.ctx, kind, open, replica.Key{}, replica.MaxWindow)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	from := c.dice.IntN(len(rows))
	for _, row := range slices.Concat(rows[from:], rows[:from]) {
		body, is := row.Body.(B)
		if !is {
			return nil, fmt.Errorf("%v is read as %T", row.Ref, row.Body)
		}
		if fits(body) {
			return make(row.Ref.ID, body), nil
		}
	}
	return nil, nil
}
