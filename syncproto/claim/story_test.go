package claim_test

import (
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

const yuan = syncproto.Yuan

// story is a log with a ticket of 华东区, and managers with their grants of the month.
type story struct {
	*Log
	t      *testing.T
	ticket syncproto.ID
	amount map[syncproto.ID]syncproto.ID // person → grant
	right  map[syncproto.ID]syncproto.ID
}

var month = syncproto.MonthOf(Morning)

func begin(t *testing.T) *story {
	t.Helper()
	s := &story{Log: NewLog(), t: t, amount: map[syncproto.ID]syncproto.ID{}, right: map[syncproto.ID]syncproto.ID{}}
	s.ticket = s.NextID()
	s.accepted(By(Seat, syncproto.CommandOpen, ticket.Open{ID: s.ticket, Number: "K7MQ-00042", Channel: "400热线", Type: "投诉",
		Subject: "远程车控失败", Region: EastRegion, CallCentre: CallCentre, Customer: customer.Caller{ID: s.NextID(), Name: "张先生"}}))
	for _, manager := range []syncproto.ID{Manager, Substitute, Northerner} {
		s.connect(manager)
	}
	return s
}

// connect gives a manager's device what it should have, and takes it.
func (s *story) connect(manager syncproto.ID) {
	s.t.Helper()
	device, incarnation := DeviceOf(manager)
	s.accepted(Given{Kind: syncproto.CommandIssueGrant, Command: authority.IssueGrant{Manager: manager, Month: month, Device: device, Incarnation: incarnation}})
	for _, g := range authority.Offered(authority.Ref(manager, month), s.account(manager), incarnation) {
		s.accepted(By(manager, syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: month, Manager: manager}))
		if g.Kind == syncproto.GrantRight {
			s.right[manager] = g.ID
		} else {
			s.amount[manager] = g.ID
		}
	}
}

func (s *story) account(manager syncproto.ID) authority.Body {
	return Body[authority.Body](s.Log, authority.Ref(manager, month))
}

func (s *story) claim(id syncproto.ID) claim.Body { return Body[claim.Body](s.Log, claim.Ref(id)) }

func (s *story) accepted(g Given) Result {
	s.t.Helper()
	r := s.Give(g)
	if r.Outcome != syncproto.Accepted {
		s.t.Fatalf("%v was %v: %v", g.Kind, r.Outcome, r.Findings)
	}
	return r
}

func (s *story) remarked(g Given, codes ...syncproto.Code) Result {
	s.t.Helper()
	r := s.accepted(g)
	if !slices.Equal(r.Codes(), codes) {
		s.t.Fatalf("%v has the remarks %v; want %v", g.Kind, r.Codes(), codes)
	}
	return r
}

func (s *story) refused(g Given, code syncproto.Code) {
	s.t.Helper()
	if r := s.Give(g); r.Outcome != syncproto.Rejected || !slices.Contains(r.Codes(), code) {
		s.t.Fatalf("%v was %v %v; want rejected, %v", g.Kind, r.Outcome, r.Findings, code)
	}
}

// refusedAtTap: the desk refuses what the server would take with a remark.
func (s *story) refusedAtTap(g Given, code syncproto.Code) {
	s.t.Helper()
	if r := s.Try(g); r.Outcome != syncproto.Rejected || !slices.Equal(r.Codes(), []syncproto.Code{code}) {
		s.t.Fatalf("at the tap %v was %v %v; want rejected, %v", g.Kind, r.Outcome, r.Findings, code)
	}
}

func (s *story) filing(by syncproto.ID, kind claim.Kind, amount syncproto.Fen) (Given, syncproto.ID) {
	id := s.NextID()
	return By(by, syncproto.CommandFileClaim, claim.File{ID: id, Ticket: s.ticket, Kind: kind, Amount: amount, What: "补偿一次保养"}), id
}

func (s *story) file(kind claim.Kind, amount syncproto.Fen) syncproto.ID {
	s.t.Helper()
	g, id := s.filing(Seat, kind, amount)
	s.accepted(g)
	return id
}

func (s *story) approve(by, id syncproto.ID, amount syncproto.Fen) Given {
	g := By(by, syncproto.CommandApproveClaim, claim.Approve{Claim: id, Round: 1, Amount: amount, Month: month, Reason: "服务过失致歉"})
	g.Shares = []syncproto.Share{{Grant: s.amount[by], Amount: amount}}
	return g
}

func (s *story) warranty(by, id syncproto.ID) Given {
	g := By(by, syncproto.CommandApproveWarranty, claim.ApproveWarranty{Claim: id, Round: 1, Month: month, Reason: "政策范围内包修"})
	g.Shares = []syncproto.Share{{Grant: s.right[by]}}
	return g
}

func (s *story) reject(by, id syncproto.ID) Given {
	return By(by, syncproto.CommandRejectClaim, claim.Reject{Claim: id, Round: max(s.claim(id).Round, 1), Reason: "不符合标准"})
}

func (s *story) money(manager syncproto.ID, spent, reserved, free syncproto.Fen) {
	s.t.Helper()
	if a := s.account(manager); a.Spent() != spent || a.Reserved() != reserved || a.Free() != free {
		s.t.Fatalf("spent %v, reserved %v, free %v; want %v, %v, %v", a.Spent(), a.Reserved(), a.Free(), spent, reserved, free)
	}
}
