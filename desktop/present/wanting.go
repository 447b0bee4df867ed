package present

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
)

// What an amount leads to while it is being typed, and where what is wanting of it lies
// (requirements §6: known when the claim is entered, not at the end).

// AmountOutlook is what an amount leads to as it is being typed into a new claim. What exceeds
// a month's authority goes to the service department, and everybody reads so; what the amount
// would leave is a manager's own.
func (s Scene) AmountOutlook(c Claims, typed string) (text string, over bool) {
	return s.amountOutlook(c, typed, c.Month.left)
}

// AmendOutlook is the same of an amended claim: the approval that the amendment voids comes
// back first. The amount that the claim has already leads to nothing.
func (s Scene) AmendOutlook(c Claims, r ClaimRow, typed string) (text string, over bool) {
	if amount, err := syncproto.ParseFen(typed); err != nil || amount == r.body.Amount {
		return "", false
	}
	return s.amountOutlook(c, typed, c.Month.left+s.comesBack(c, r.body))
}

// comesBack is what of the month that the page shows comes back to the person once the claim's
// approval is void.
func (s Scene) comesBack(c Claims, b claim.Body) syncproto.Fen {
	a := b.Approval
	if b.State != claim.StateApproved || a.Above || a.Person != s.Person || a.MonthCharged() != c.purse.account.Month {
		return 0
	}
	return a.Amount
}

// amountOutlook is what a typed amount leads to where so much is left.
func (s Scene) amountOutlook(c Claims, typed string, left syncproto.Fen) (text string, over bool) {
	amount, err := syncproto.ParseFen(typed)
	if err != nil {
		return "", false
	}
	limit := s.Reference.Policy.MonthlyLimit
	if limit > 0 && amount > limit {
		return s.Words("money.above", "Amount", amount-limit), true
	}
	if !c.Month.Manager {
		return "", false
	}
	if short := amount - left; short > 0 {
		text, _ = s.over(c.purse, authority.Cover(c.purse.left, 0, s.Now, s.Within).Month, short)
		return text, true
	}
	return s.Words("money.after", "Amount", left-amount), false
}

// over says how much is wanting on this device; and, where the rest of the month would cover
// it, on which others it lies, or what will still come: then nobody else has to decide.
func (s Scene) over(p purse, month syncproto.Month, short syncproto.Fen) (text string, elsewhere bool) {
	var lies []string
	rest := syncproto.Fen(0)
	for _, h := range holdings(p.account) {
		if h.device != s.Device {
			rest += h.left
			lies = append(lies, s.Words("money.lies", "Device", s.machine(h.device), "Amount", h.left))
		}
	}
	free, coming := max(p.account.Free(), 0), p.comingOf(month)+s.offered(p)
	switch {
	case rest+free+coming >= short:
	case p.account.Manager.IsZero() && !p.has(month):
		// Nothing of the month was handed out to this device yet: it has turned without a line.
		return s.Words("month.nothingHere"), true
	default:
		return s.Words("money.over", "Amount", short), false
	}
	if rest < short && free > 0 {
		lies = append(lies, s.Words("month.free", "Amount", free))
	}
	if rest+free < short {
		lies = append(lies, s.Words("month.coming", "Amount", coming))
	}
	return join(append([]string{s.Words("money.overHere", "Amount", short)}, lies...), s.Words("money.liesBetween")), true
}
