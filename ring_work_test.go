package redress_test

import (
	"errors"
	"fmt"
	"time"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/ticket"
)

// What the person at a core does: whatever their role may do with what the desk shows.

// coreTickets is from how many open tickets on no more are opened: what people do, they do on few.
const coreTickets = 30

// coreWishes are what is done beside opening and noting.
var coreWishes = []syncproto.CommandKind{syncproto.CommandFileClaim, syncproto.CommandFileClaim, syncproto.CommandApproveClaim,
	syncproto.CommandApproveClaim, syncproto.CommandDispatch, syncproto.CommandRespond}

// may says that the person may do such a thing.
func (c *core) may(kind syncproto.CommandKind) bool {
	return c.replica.Reference().May(c.replica.Owner().Person, kind)
}

// work gives so many commands; none at all: until it dies.
func (c *core) work(n int) {
	for given := 0; n == 0 || given < n; given++ {
		if err := c.one(); err != nil {
			panic(err)
		}
	}
	c.say("tapped")
}

// one gives a command of some kind.
func (c *core) one() error {
	tickets, err := c.replica.List(c.ctx, syncproto.KindTicket, true, replica.Key{}, replica.MaxWindow)
	if err != nil {
		return err
	}
	if c.may(syncproto.CommandOpen) && (len(tickets) < 3 || len(tickets) < coreTickets && c.dice.IntN(4) == 0) {
		return c.openOne()
	}
	if len(tickets) == 0 {
		<-time.After(10 * time.Millisecond) // until there is something to do
		return nil
	}
	row := tickets[c.dice.IntN(len(tickets))]
	body, is := row.Body.(ticket.Body)
	if !is {
		return nil // of a newer program
	}
	on := row.Ref.ID
	wish := c.dice.IntN(len(coreWishes) + 2)
	if wish < len(coreWishes) && c.dice.IntN(10) > 0 && !c.may(coreWishes[wish]) {
		wish = len(coreWishes)
	}
	switch wish {
	case 0:
		return c.tap(syncproto.CommandFileClaim, claim.File{ID: coreID(), Ticket: on, Kind: claim.Goodwill, Amount: syncproto.Fen(1 + c.dice.IntN(500)), What: "代步车", Station: "上海浦东店"})
	case 1:
		return c.tap(syncproto.CommandFileClaim, claim.File{ID: coreID(), Ticket: on, Kind: claim.Warranty, What: "天窗总成", Station: "上海浦东店"})
	case 2, 3:
		return c.decide()
	case 4:
		departments := c.replica.Reference().UnitsOf(organisation.Department)
		if len(departments) == 0 || len(body.Clocks) > 4 {
			return nil
		}
		return c.tap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: on, Unit: departments[c.dice.IntN(len(departments))]})
	case 5:
		for _, clock := range body.Clocks {
			if clock.Ladder == escalation.Response && clock.Running() {
				return c.tap(syncproto.CommandRespond, ticket.Respond{Ticket: on, Cause: clock.Cause, Text: "已重置"})
			}
		}
	}
	return c.tap(syncproto.CommandNote, ticket.Note{Ticket: on, Text: fmt.Sprintf("已联系服务站，备件明天到 %d", c.dice.IntN(1000))})
}

// openOne opens a ticket.
func (c *core) openOne() error {
	known := c.replica.Reference()
	regions, centres := known.UnitsOf(organisation.Region), known.UnitsOf(organisation.CallCentre)
	if len(regions) == 0 || len(centres) == 0 {
		return nil // nobody has told it who is who
	}
	region := regions[c.dice.IntN(len(regions))]
	if me, there := known.Person(c.replica.Owner().Person); there && len(me.Units) > 0 {
		for _, r := range regions {
			if r == me.Units[0] {
				region = r
			}
		}
	}
	number, err := c.replica.ReserveNumber(c.ctx)
	if err != nil {
		return err
	}
	return c.tap(syncproto.CommandOpen, ticket.Open{ID: coreID(), Number: number, Subject: "远程车控失败", Channel: "400热线", Board: "智能功能",
		Type: "投诉", Category: "产品质量", Region: region, CallCentre: centres[0],
		Customer: customer.Caller{ID: coreID(), Name: "刘洋", Phones: []string{"13800138000"}}})
}

// decide approves a claim that waits, under the first grant that covers it.
func (c *core) decide() error {
	claims, err := c.replica.List(c.ctx, syncproto.KindClaim, true, replica.Key{}, replica.MaxWindow)
	if err != nil || len(claims) == 0 {
		return err
	}
	grants, err := c.replica.GrantsLeft(c.ctx)
	if err != nil {
		return err
	}
	row := claims[c.dice.IntN(len(claims))]
	body, is := row.Body.(claim.Body)
	if !is || body.State != claim.StateFiled {
		return nil
	}
	for _, g := range grants {
		of := g.Grant
		share := syncproto.Share{Grant: of.ID, Amount: body.Amount}
		switch {
		case !g.Usable || g.Left < body.Amount:
		case body.Kind == claim.Warranty && of.Kind == syncproto.GrantRight:
			return c.tap(syncproto.CommandApproveWarranty, claim.ApproveWarranty{Claim: row.Ref.ID, Round: body.Round, Month: of.Month, Reason: "政策范围内包修"}, share)
		case body.Kind == claim.Goodwill && of.Kind == syncproto.GrantAmount:
			return c.tap(syncproto.CommandApproveClaim, claim.Approve{Claim: row.Ref.ID, Round: body.Round, Amount: body.Amount, Month: of.Month, Reason: "客户关系维护"}, share)
		}
	}
	return nil
}

// tap gives a command. What the rules refuse is part of life; anything else is not.
func (c *core) tap(kind syncproto.CommandKind, command any, shares ...syncproto.Share) error {
	receipt, err := c.replica.Tap(c.ctx, replica.Wish{Kind: kind, Command: command, Shares: shares}, replica.Moment{ID: coreID(), Reading: c.read()})
	var refusal *replica.Refusal
	if errors.As(err, &refusal) {
		c.say("refused", kind, refusal)
		return nil
	}
	if err != nil {
		return err
	}
	c.client.Grew()
	c.say("kept", receipt.Command, receipt.Counter)
	if len(shares) == 0 {
		return nil
	}
	grants, err := c.replica.GrantsLeft(c.ctx)
	for _, g := range grants {
		if g.Grant.ID == shares[0].Grant {
			c.say("left", g.Grant.ID, int64(g.Left))
		}
	}
	return err
}
