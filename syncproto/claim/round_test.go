package claim_test

import (
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

// serviceDesk is somebody of the service department.
var serviceDesk = syncproto.Derive("person 何敏")

// withServiceDesk is a story with somebody of the service department in it.
func withServiceDesk(t *testing.T) *story {
	t.Helper()
	s := begin(t)
	s.accepted(Given{Kind: syncproto.CommandDefinePerson, Operator: "test", Command: organisation.DefinePerson{ID: serviceDesk, Person: organisation.Person{
		Name: "何敏", Login: "hemin", Roles: []policy.Role{policy.ServiceDesk}, Units: []syncproto.ID{Headquarters}}}})
	return s
}

// inRound is the approval as given by somebody who saw that round.
func inRound(g Given, round uint32) Given {
	command := g.Command.(claim.Approve)
	command.Round = round
	g.Command = command
	return g
}

// less approves a part of what was asked for.
func (s *story) less(by, id syncproto.ID, amount, less syncproto.Fen) Given {
	g := s.approve(by, id, amount)
	command := g.Command.(claim.Approve)
	command.Less = less
	g.Command, g.Shares = command, []syncproto.Share{{Grant: s.amount[by], Amount: less}}
	return g
}

func (s *story) above(id syncproto.ID, amount, less syncproto.Fen) Given {
	return By(serviceDesk, syncproto.CommandApproveAbove, claim.ApproveAbove{Claim: id, Round: s.claim(id).Round, Amount: amount, Less: less, Reason: "客户关系维护"})
}

func (s *story) amend(by, id syncproto.ID, amount syncproto.Fen) Given {
	return By(by, syncproto.CommandAmendClaim, claim.Amend{Claim: id, Round: s.claim(id).Round, Amount: amount, What: "补偿两次保养", Reason: "发票更正"})
}

func (s *story) sendBack(by, id syncproto.ID) Given {
	return By(by, syncproto.CommandSendBack, claim.SendBack{Claim: id, Round: s.claim(id).Round, Comment: "缺发票"})
}

func (s *story) routeUp(by, id syncproto.ID) Given {
	return By(by, syncproto.CommandRouteUp, claim.RouteUp{Claim: id, Round: s.claim(id).Round, Reason: "媒体关注"})
}

func (s *story) reverse(id, approval syncproto.ID) Given {
	return By(serviceDesk, syncproto.CommandReverse, claim.Reverse{Claim: id, Round: s.claim(id).Round, Approval: approval, Reason: "不符合标准"})
}

func (s *story) state(id syncproto.ID, state claim.State, round uint32) claim.Body {
	s.t.Helper()
	body := s.claim(id)
	if body.State != state || body.Round != round {
		s.t.Fatalf("%v in round %d; want %v, %d", body.State, body.Round, state, round)
	}
	return body
}

// Approve less: the part is charged and stands as what was approved.
func TestApproveLess(t *testing.T) {
	s := begin(t)
	id := s.file(claim.Goodwill, 800*yuan)
	for _, wrong := range []syncproto.Fen{800 * yuan, 801 * yuan, -1} {
		s.refused(s.less(Manager, id, 800*yuan, wrong), claim.CodeBadLess)
	}
	whole := s.less(Manager, id, 800*yuan, 500*yuan)
	whole.Shares[0].Amount = 800 * yuan
	s.refused(whole, authority.CodeSharesDiffer)
	s.refusedAtTap(s.less(Manager, id, 700*yuan, 500*yuan), claim.CodeAmountChanged)
	s.remarked(s.less(Manager, id, 800*yuan, 500*yuan))
	s.money(Manager, 500*yuan, 5500*yuan, 0)
	if body := s.state(id, claim.StateApproved, 1); body.Approval.Amount != 500*yuan || body.Amount != 800*yuan || body.Approval.Month != month {
		t.Fatalf("%+v", body)
	}
	s.remarked(s.less(Substitute, id, 800*yuan, 600*yuan), claim.CodeDuplicate)
	s.money(Substitute, 0, 5400*yuan, 600*yuan)
}

// §6: an amount above what any manager may approve in a month goes up by itself, and
// whoever enters it hears so at once, with the amount. 6,000.00 exactly does not.
func TestRoutedUpAtFiling(t *testing.T) {
	s := withServiceDesk(t)
	exactly := s.state(s.file(claim.Goodwill, 6000*yuan), claim.StateFiled, 1)
	if on := exactly.TicketRef(); slices.Contains(rules.Buckets(on, s.Docs[on].Body), syncproto.Bucket(Headquarters)) {
		t.Fatal("headquarters reads a ticket of which no claim was routed up")
	}
	g, id := s.filing(Seat, claim.Goodwill, 6000*yuan+1)
	if r := s.Try(g); r.Outcome != syncproto.Accepted || !slices.Equal(r.Codes(), []syncproto.Code{authority.CodeExceeds}) || r.Findings[0].Amount != 1 {
		t.Fatalf("%v %v", r.Outcome, r.Findings)
	}
	s.remarked(g)
	body := s.state(id, claim.StateRoutedUp, 1)
	if body.Exceeds != 1 || !body.Open() || body.ForManager() || !slices.Contains(rules.Buckets(claim.Ref(id), body), syncproto.Bucket(Headquarters)) {
		t.Fatalf("%+v", body)
	}
	s.refusedAtTap(s.approve(Manager, id, 6000*yuan+1), authority.CodeExceeds)
	s.refused(s.reject(Manager, id), claim.CodeRoutedUp)
	s.remarked(s.above(id, 6000*yuan+1, 6000*yuan))
	if body := s.state(id, claim.StateApproved, 1); !body.Approval.Above || body.Approval.Amount != 6000*yuan || body.Approval.Person != serviceDesk {
		t.Fatalf("%+v", body)
	}
	s.money(Manager, 0, 6000*yuan, 0)
}

// What a manager routes up the service department approves or rejects, on no account.
func TestRoutedUpByManager(t *testing.T) {
	s := withServiceDesk(t)
	id, order := s.file(claim.Goodwill, 100*yuan), s.file(claim.Warranty, 0)
	s.refused(s.routeUp(Northerner, id), claim.CodeOtherRegion)
	s.refused(s.above(id, 100*yuan, 0), claim.CodeNotRoutedUp)
	s.remarked(s.routeUp(Manager, id))
	s.remarked(s.routeUp(Manager, order))
	if body := s.state(id, claim.StateRoutedUp, 1); body.Routed.Person != Manager || body.Routed.Reason != "媒体关注" || body.Exceeds != 0 {
		t.Fatalf("%+v", body)
	}
	s.refused(s.routeUp(Manager, id), claim.CodeRoutedUp)
	s.refused(s.sendBack(Manager, id), claim.CodeRoutedUp)
	s.refusedAtTap(s.approve(Manager, id, 100*yuan), claim.CodeRoutedUp)
	s.refused(s.above(id, 90*yuan, 0), claim.CodeAmountChanged)
	s.refused(s.above(id, 100*yuan, 100*yuan), claim.CodeBadLess)
	s.remarked(s.reject(serviceDesk, id))
	s.refused(s.above(id, 100*yuan, 0), claim.CodeDecided)
	s.remarked(s.above(order, 0, 0))
	s.state(order, claim.StateApproved, 1)
	s.refused(s.reject(serviceDesk, s.file(claim.Goodwill, 1)), claim.CodeOtherRegion)
}

// Invariant 11: what was approved offline stands, although the claim was routed up or sent
// back meanwhile in the round and amount it saw; the manager is told.
func TestApprovedMeanwhile(t *testing.T) {
	for _, c := range []struct {
		story string
		move  func(s *story, id syncproto.ID) Given
		code  syncproto.Code
		atTap syncproto.Code
	}{
		{"routed up", func(s *story, id syncproto.ID) Given { return s.routeUp(Substitute, id) }, claim.CodeWasRoutedUp, claim.CodeRoutedUp},
		{"sent back", func(s *story, id syncproto.ID) Given { return s.sendBack(Substitute, id) }, claim.CodeWasSentBack, claim.CodeSentBack},
	} {
		t.Run(c.story, func(t *testing.T) {
			s := withServiceDesk(t)
			id := s.file(claim.Goodwill, 100*yuan)
			s.remarked(c.move(s, id))
			s.refusedAtTap(s.approve(Manager, id, 100*yuan), c.atTap)
			r := s.remarked(s.approve(Manager, id, 100*yuan), c.code)
			if r.Findings[0].Person != Substitute {
				t.Fatalf("%+v", r.Findings)
			}
			s.money(Manager, 100*yuan, 5900*yuan, 0)
			s.state(id, claim.StateApproved, 1)
			s.refused(s.above(id, 100*yuan, 0), claim.CodeDecided)
		})
	}
}

// A claim sent back is amended and so filed again; the round changes only with the amount.
func TestSentBackAndFiledAgain(t *testing.T) {
	s := begin(t)
	id := s.file(claim.Goodwill, 100*yuan)
	s.remarked(s.sendBack(Manager, id))
	if body := s.state(id, claim.StateReturned, 1); body.Returned.Comment != "缺发票" || body.Returned.Person != Manager || !body.Open() {
		t.Fatalf("%+v", body)
	}
	s.refused(s.amend(Northerner, id, 100*yuan), claim.CodeOtherRegion)
	s.remarked(s.amend(Seat, id, 100*yuan))
	if body := s.state(id, claim.StateFiled, 1); body.What != "补偿两次保养" {
		t.Fatalf("%+v", body)
	}
	s.refused(s.amend(Seat, id, 100*yuan), syncproto.CodeAlready)
	s.remarked(s.sendBack(Manager, id))
	s.remarked(s.amend(Seat, id, 90*yuan))
	s.state(id, claim.StateFiled, 2)
	s.remarked(s.approve(Manager, id, 100*yuan), claim.CodeDuplicate)
	s.money(Manager, 0, 5900*yuan, 100*yuan)
	s.remarked(s.sendBack(Manager, id))
	s.remarked(s.reject(Manager, id))
	s.refused(s.amend(Seat, id, 80*yuan), claim.CodeDecided)
}

// §13: two who change the words of a claim while one is offline: what the other wrote is not replaced
// by who has not seen it, not even by the old words beside a new amount.
func TestAmendedBySomebodyElse(t *testing.T) {
	s := begin(t)
	id := s.file(claim.Goodwill, 100*yuan)
	seen := s.claim(id).What
	amend := func(by syncproto.ID, amount syncproto.Fen, what, saw string) Given {
		return By(by, syncproto.CommandAmendClaim, claim.Amend{Claim: id, Round: 1, Amount: amount, What: what, Saw: saw, Reason: "更正"})
	}
	s.remarked(amend(OtherSeat, 100*yuan, "补偿两次保养", seen))
	s.refused(amend(Seat, 100*yuan, "补偿一次洗车", seen), syncproto.CodeChanged)
	s.refused(amend(Seat, 90*yuan, seen, seen), syncproto.CodeChanged)
	if body := s.state(id, claim.StateFiled, 1); body.What != "补偿两次保养" {
		t.Fatalf("%+v", body)
	}
	s.remarked(amend(Seat, 100*yuan, "补偿三次保养", "")) // of an older program
	s.remarked(amend(Seat, 90*yuan, "补偿三次保养", "补偿三次保养"))
	s.state(id, claim.StateFiled, 2)
}

// §13: a seat without a line changes a claim that a manager sends back meanwhile. The change counts, and the
// claim still wants what was asked for: the seat is told, and completes it.
func TestAmendedByWhoDidNotSeeItSentBack(t *testing.T) {
	for _, amount := range []syncproto.Fen{100 * yuan, 90 * yuan, 6100 * yuan} {
		s := begin(t)
		id := s.file(claim.Goodwill, 100*yuan)
		amend := func(amount syncproto.Fen, what string) Given {
			seen := s.claim(id)
			return By(Seat, syncproto.CommandAmendClaim, claim.Amend{Claim: id, Round: seen.Round, Amount: amount, What: what, Saw: seen.What,
				Answers: seen.Returned.Command, Reason: "更正"})
		}
		stale := amend(amount, "补偿两次保养")
		s.remarked(s.sendBack(Manager, id))
		if r := s.remarked(stale, claim.CodeSentBack); r.Findings[0].Person != Manager || r.Findings[0].Text != "缺发票" {
			t.Errorf("%+v", r.Findings)
		}
		round := map[bool]uint32{true: 1, false: 2}[amount == 100*yuan]
		if body := s.state(id, claim.StateReturned, round); body.Amount != amount || body.What != "补偿两次保养" {
			t.Errorf("%+v", body)
		}
		s.remarked(amend(amount, "补偿两次保养，附发票"))
		s.state(id, map[bool]claim.State{true: claim.StateRoutedUp, false: claim.StateFiled}[amount > 6000*yuan], round)
	}
}

// §6: editing an approved amount voids the approval; what it cost goes back, once, and the
// new amount is decided anew. Other words leave it standing.
func TestAmendVoidsApproval(t *testing.T) {
	s := withServiceDesk(t)
	id := s.file(claim.Goodwill, 100*yuan)
	s.remarked(s.approve(Manager, id, 100*yuan))
	s.remarked(s.amend(Seat, id, 100*yuan))
	s.state(id, claim.StateApproved, 1)
	s.remarked(s.amend(Seat, id, 120*yuan))
	s.money(Manager, 0, 5900*yuan, 100*yuan)
	if body := s.state(id, claim.StateFiled, 2); body.Approval != (claim.Decision{}) {
		t.Fatalf("%+v", body)
	}
	s.refusedAtTap(s.approve(Substitute, id, 120*yuan), syncproto.CodeChanged)
	s.remarked(inRound(s.approve(Substitute, id, 120*yuan), 2))
	s.money(Substitute, 120*yuan, 5880*yuan, 0)
	stale := s.amend(Seat, id, 130*yuan)
	command := stale.Command.(claim.Amend)
	command.Round = 1
	stale.Command = command
	s.refused(stale, syncproto.CodeChanged)
	s.remarked(s.amend(Seat, id, 6100*yuan)) // now above any manager's authority
	if body := s.state(id, claim.StateRoutedUp, 3); body.Exceeds != 100*yuan {
		t.Fatalf("%+v", body)
	}
	s.money(Substitute, 0, 5880*yuan, 120*yuan)
	s.remarked(s.above(id, 6100*yuan, 0))
	s.remarked(s.amend(Seat, id, 100*yuan)) // no account is credited, and a manager decides
	if body := s.state(id, claim.StateFiled, 4); body.Exceeds != 0 {
		t.Fatalf("%+v", body)
	}
	s.money(Substitute, 0, 5880*yuan, 120*yuan)
	s.money(Manager, 0, 5900*yuan, 100*yuan)
}

// A9: HQ reverses the first of two approvals; the second, still offline, comes in the older
// round and is a duplicate. The reversal names its approval, so it hits no other.
func TestReversal(t *testing.T) {
	s := withServiceDesk(t)
	id := s.file(claim.Goodwill, 800*yuan)
	first := s.remarked(s.approve(Manager, id, 800*yuan))
	s.refused(s.reverse(id, s.NextID()), claim.CodeNotApproved)
	s.remarked(s.reverse(id, first.ID))
	s.money(Manager, 0, 5200*yuan, 800*yuan)
	if body := s.state(id, claim.StateFiled, 2); body.Reversed.Amount != 800*yuan || body.Reversed.Reason != "不符合标准" || !body.ForManager() {
		t.Fatalf("%+v", body)
	}
	s.remarked(s.approve(Substitute, id, 800*yuan), claim.CodeDuplicate)
	s.money(Substitute, 0, 5200*yuan, 800*yuan)
	s.refused(s.reverse(id, first.ID), claim.CodeNotApproved)
	s.remarked(inRound(s.approve(Substitute, id, 800*yuan), 2))
	s.money(Substitute, 800*yuan, 4400*yuan, 800*yuan)
	s.refused(By(Manager, syncproto.CommandReverse, s.reverse(id, first.ID).Command), syncproto.CodeNotAllowed)
}

// A claim that was sent back or routed up, approved late all the same and then reversed waits for whom it
// had waited for, also where it was rejected in between; else it would wait for nobody who knows of it.
func TestReversalOfALateApproval(t *testing.T) {
	sentBack := func(s *story, id syncproto.ID) Given { return s.sendBack(Substitute, id) }
	routedUp := func(s *story, id syncproto.ID) Given { return s.routeUp(Substitute, id) }
	rejected := func(s *story, id syncproto.ID) Given { return s.reject(Substitute, id) }
	amended := func(s *story, id syncproto.ID) Given { return s.amend(Seat, id, s.claim(id).Amount) }
	rejectedAbove := func(s *story, id syncproto.ID) Given { return s.reject(serviceDesk, id) }
	for _, c := range []struct {
		story string
		moves []func(*story, syncproto.ID) Given
		waits claim.State
		after bool // what was wanting comes when it is approved
	}{
		{"sent back", []func(*story, syncproto.ID) Given{sentBack}, claim.StateReturned, false},
		{"sent back and amended", []func(*story, syncproto.ID) Given{sentBack}, claim.StateFiled, true},
		{"routed up", []func(*story, syncproto.ID) Given{routedUp}, claim.StateRoutedUp, false},
		{"rejected", []func(*story, syncproto.ID) Given{rejected}, claim.StateFiled, false},
		{"sent back and rejected", []func(*story, syncproto.ID) Given{sentBack, rejected}, claim.StateReturned, false},
		{"routed up and rejected", []func(*story, syncproto.ID) Given{routedUp, rejectedAbove}, claim.StateRoutedUp, false},
	} {
		t.Run(c.story, func(t *testing.T) {
			s := withServiceDesk(t)
			id, order := s.file(claim.Goodwill, 100*yuan), s.file(claim.Warranty, 0)
			for _, move := range c.moves {
				s.remarked(move(s, id))
				s.remarked(move(s, order))
			}
			late, right := s.accepted(s.approve(Manager, id, 100*yuan)), s.accepted(s.warranty(Manager, order))
			if c.after {
				s.remarked(amended(s, id))
				s.remarked(amended(s, order))
			}
			s.remarked(s.reverse(id, late.ID))
			s.remarked(s.reverse(order, right.ID))
			s.state(id, c.waits, 2)
			s.state(order, c.waits, 2)
			s.money(Manager, 0, 5900*yuan, 100*yuan)
		})
	}
}

// What the service department approved it also reverses; the claim waits for it again, and
// no account is credited.
func TestReversalAbove(t *testing.T) {
	s := withServiceDesk(t)
	id := s.file(claim.Goodwill, 7000*yuan)
	given := s.remarked(s.above(id, 7000*yuan, 0))
	s.remarked(s.reverse(id, given.ID))
	s.state(id, claim.StateRoutedUp, 2)
	s.money(Manager, 0, 6000*yuan, 0)
}

// The amount goes back to the month the approval was charged on, also in the next; an
// approval of the first release, which does not name it, to the month it was given in.
func TestReversalInAnotherMonth(t *testing.T) {
	for _, c := range []struct {
		story  string
		forget bool
	}{{"named", false}, {"of the first release", true}} {
		t.Run(c.story, func(t *testing.T) {
			s := withServiceDesk(t)
			id := s.file(claim.Goodwill, 800*yuan)
			approval := s.remarked(s.approve(Manager, id, 800*yuan))
			if c.forget {
				body := s.claim(id)
				body.Approval.Month = 0
				doc := s.Docs[claim.Ref(id)]
				doc.Body = body
				s.Docs[claim.Ref(id)] = doc
			}
			s.Now = month.End().Add(syncproto.Day)
			s.remarked(s.reverse(id, approval.ID))
			s.money(Manager, 0, 5200*yuan, 800*yuan)
		})
	}
}

// The ticket's trail tells what became of its claims, without amounts or reasons.
func TestTicketTrailTellsOfMoves(t *testing.T) {
	s := withServiceDesk(t)
	id := s.file(claim.Goodwill, 100*yuan)
	s.accepted(s.sendBack(Manager, id))
	s.accepted(s.amend(Seat, id, 100*yuan))
	approval := s.accepted(s.approve(Manager, id, 100*yuan))
	s.accepted(s.reverse(id, approval.ID))
	s.accepted(s.routeUp(Manager, id))
	var moves []ticket.ClaimMove
	for _, e := range s.History[ticket.Ref(s.ticket)] {
		if value, err := rules.ReadEvent(e); err == nil {
			if moved, ok := value.(ticket.ClaimMoved); ok {
				moves = append(moves, moved.What)
			}
		}
	}
	if !slices.Equal(moves, []ticket.ClaimMove{ticket.ClaimSentBack, ticket.ClaimAmended, ticket.ClaimReversed, ticket.ClaimRoutedUp}) {
		t.Fatalf("%v", moves)
	}
}
