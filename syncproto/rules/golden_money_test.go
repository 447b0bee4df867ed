package rules_test

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	. "redress/syncproto/rules/rulestest"
)

// tellMoney is the part of the story with two devices, and with claims that do not go
// straight.
func (s *telling) tellMoney(on syncproto.ID) {
	s.t.Helper()
	month := syncproto.MonthOf(Morning)
	manager, account := Substitute, authority.Ref(Substitute, month)
	s.operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: manager, Month: month, Limit: 9000 * syncproto.Yuan, Reason: "台风期间"})
	first := authority.Holder{}
	first.Device, first.Incarnation = DeviceOf(manager)
	second, third := authority.Holder{Device: s.NextID(), Incarnation: s.NextID()}, authority.Holder{Device: s.NextID(), Incarnation: s.NextID()}
	for n, h := range []authority.Holder{second, third} {
		s.operate(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: h.Device, Device: organisation.Device{
			Person: manager, Name: "平板", Code: []string{"Q3YB", "R4ZC"}[n], Key: make([]byte, 32), Incarnation: h.Incarnation}})
	}
	connect := func(h authority.Holder, together ...authority.Holder) {
		s.give(Given{Kind: syncproto.CommandIssueGrant, Command: authority.IssueGrant{Manager: manager, Month: month,
			Device: h.Device, Incarnation: h.Incarnation, Together: together}})
	}
	by := func(h authority.Holder, kind syncproto.CommandKind, command any, shares ...syncproto.Share) syncproto.ID {
		return s.give(Given{Kind: kind, Command: command, Person: manager, Device: h.Device, Incarnation: h.Incarnation, Shares: shares})
	}
	take := func(h authority.Holder) (grant syncproto.ID) {
		for _, g := range authority.Offered(account, Body[authority.Body](s.Log, account), h.Incarnation) {
			by(h, syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: month, Manager: manager})
			if g.Kind == syncproto.GrantAmount {
				grant = g.ID
			}
		}
		return grant
	}
	connect(first)
	grant := take(first)
	connect(second, first, second) // asks the first for half
	half := []syncproto.Share{{Grant: grant, Amount: 4500 * syncproto.Yuan}}
	by(first, syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: manager, Month: month, Given: half}, half...)
	connect(second, first, second)
	lost := take(second)
	connect(third) // is offered the right, and replaced before it takes it
	s.operate(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: third.Device, Incarnation: s.NextID()})
	by(first, syncproto.CommandMoveAuthority, authority.MoveAuthority{Manager: manager, Month: month, To: first.Device})
	connect(first)
	s.operate(syncproto.CommandWriteOff, authority.WriteOff{Manager: manager, Month: month, Grant: lost, Reason: "平板遗失"})

	file := func(amount syncproto.Fen) syncproto.ID {
		id := s.NextID()
		s.by(Seat, syncproto.CommandFileClaim, claim.File{ID: id, Ticket: on, Kind: claim.Goodwill, Amount: amount, What: "补偿一次保养"})
		return id
	}
	approve := func(id syncproto.ID, round uint32, amount, less syncproto.Fen) syncproto.ID {
		share := amount
		if less != 0 {
			share = less
		}
		return by(first, syncproto.CommandApproveClaim, claim.Approve{Claim: id, Round: round, Amount: amount, Less: less, Month: month, Reason: "服务过失致歉"},
			syncproto.Share{Grant: grant, Amount: share})
	}
	less := file(100 * syncproto.Yuan)
	approve(less, 1, 100*syncproto.Yuan, 60*syncproto.Yuan)
	s.by(Seat, syncproto.CommandAmendClaim, claim.Amend{Claim: less, Round: 1, Amount: 120 * syncproto.Yuan, What: "补偿一次保养", Reason: "发票更正"})
	approval := approve(less, 2, 120*syncproto.Yuan, 0)
	desk := s.serviceDesk()
	s.by(desk, syncproto.CommandReverse, claim.Reverse{Claim: less, Round: 2, Approval: approval, Reason: "不符合标准"})
	s.by(Manager, syncproto.CommandSendBack, claim.SendBack{Claim: less, Round: 3, Comment: "缺发票"})
	above := file(100 * syncproto.Yuan)
	s.by(Manager, syncproto.CommandRouteUp, claim.RouteUp{Claim: above, Round: 1, Reason: "媒体关注"})
	s.by(desk, syncproto.CommandApproveAbove, claim.ApproveAbove{Claim: above, Round: 1, Amount: 100 * syncproto.Yuan, Less: 90 * syncproto.Yuan, Reason: "客户关系维护"})
	file(6000*syncproto.Yuan + 1)
}

// serviceDesk makes somebody of the service department.
func (s *telling) serviceDesk() syncproto.ID {
	id := syncproto.Derive("person 何敏")
	s.operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: id, Person: organisation.Person{
		Name: "何敏", Login: "hemin", Roles: []policy.Role{policy.ServiceDesk}, Units: []syncproto.ID{Headquarters}}})
	return id
}
