package simulation

import (
	"fmt"

	"redress/syncproto"
	"redress/syncproto/claim"
)

func files(w *world, s *station, a *arguments) ([]string, error) {
	name := a.word("a name for the claim")
	if _, taken := w.things[name]; taken {
		return nil, fmt.Errorf("%s is there already", name)
	}
	id, err := w.thing(a.value("on", ""), syncproto.KindTicket)
	if err != nil {
		return nil, err
	}
	c := claim.File{ID: w.id(), Ticket: id, Kind: claim.Warranty}
	if amount := a.word("an amount, or warranty"); amount != "warranty" {
		c.Kind, c.Amount = claim.Goodwill, a.money(amount)
	}
	c.What = a.word("what it is for")
	w.things[name] = claim.Ref(c.ID)
	return w.tap(s, syncproto.CommandFileClaim, c)
}

// claim takes the next word for a claim, and what the desk sees of it.
func (w *world) claim(s *station, a *arguments) (syncproto.ID, claim.Body, error) {
	id, err := w.thing(a.word("a claim"), syncproto.KindClaim)
	if err != nil {
		return id, claim.Body{}, err
	}
	return id, seenClaim(s, id), nil
}

// seenClaim is the claim as the desk sees it; empty where it does not.
func seenClaim(s *station, id syncproto.ID) claim.Body {
	body, _ := s.desk.Document(claim.Ref(id))
	seen, _ := body.(claim.Body)
	return seen
}

// less is what less= says; 0 for all of it.
func (a *arguments) less() syncproto.Fen {
	text := a.value("less", "")
	if text == "" {
		return 0
	}
	return a.money(text)
}

func approves(w *world, s *station, a *arguments) ([]string, error) {
	id, err := w.thing(a.word("a claim"), syncproto.KindClaim)
	if err != nil {
		return nil, err
	}
	reason, less := a.word("a business reason"), a.less()
	lines, _ := s.desk.Approve(s.reading(w.now), id, less, reason)
	return lines, w.settle()
}

func rejects(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.claim(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandRejectClaim, claim.Reject{Claim: id, Round: seen.Round, Reason: a.word("a reason")})
}

// amendsClaim changes what is asked for; what is not named stays as the desk sees it.
func amendsClaim(w *world, s *station, a *arguments, id syncproto.ID) ([]string, error) {
	seen := seenClaim(s, id)
	c := claim.Amend{Claim: id, Round: seen.Round, Amount: seen.Amount, Saw: seen.What, Answers: seen.Returned.Command,
		What: a.value("what", seen.What), Reason: a.word("a reason")}
	if amount := a.value("amount", ""); amount != "" {
		c.Amount = a.money(amount)
	}
	return w.tap(s, syncproto.CommandAmendClaim, c)
}

func sendsBack(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.claim(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandSendBack, claim.SendBack{Claim: id, Round: seen.Round, Comment: a.word("what is wanting")})
}

func routesUp(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.claim(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandRouteUp, claim.RouteUp{Claim: id, Round: seen.Round, Reason: a.word("a reason")})
}

func approvesAbove(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.claim(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandApproveAbove, claim.ApproveAbove{
		Claim: id, Round: seen.Round, Amount: seen.Amount, Less: a.less(), Reason: a.word("a business reason")})
}

// reverses ends the approval that the desk sees, and no other.
func reverses(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.claim(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandReverse, claim.Reverse{
		Claim: id, Round: seen.Round, Approval: seen.Approval.Command, Reason: a.word("a reason")})
}
