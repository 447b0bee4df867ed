package present

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/rules"
)

// approves says that the event is an approval that paid a claim.
func approves(kind syncproto.EventKind) bool {
	return kind == syncproto.EventClaimApproved || kind == syncproto.EventWarrantyApproved
}

// happened is a step of a claim's or an account's history in words, with its amounts and
// reasons; of any other document as in its trail. number names a claim; it may be nil.
func (s Scene) happened(h syncproto.HistoryEntry, mark string, number func(syncproto.ID) string) TrailLine {
	l := s.trailLine(h, mark)
	event, err := rules.ReadEvent(h.Event)
	if err != nil {
		return l
	}
	if number == nil {
		number = func(syncproto.ID) string { return "" }
	}
	what, text, operator := s.ofClaim(event)
	if what == "" {
		what, text, operator = s.ofAccount(event, number)
	}
	if what != "" {
		l.What, l.Text = what, text
	}
	if operator != "" { // nobody at a desk
		l.Who, l.Desk = operator, ""
	}
	return l
}

// ofClaim is what an event says of a claim; "" for events of others.
func (s Scene) ofClaim(event any) (what, text, operator string) {
	switch e := event.(type) {
	case claim.Filed:
		return join([]string{s.Words("event.claim-filed"), amountIn(e.Kind, e.Amount)}, " "), e.What, ""
	case claim.Approved:
		key := "did.approved"
		if e.Decision.Above {
			key = "did.approvedAbove"
		}
		return s.Words(key, "Amount", e.Decision.Amount), reasons(e.Decision), ""
	case claim.WarrantyApproved:
		return s.Words("event.warranty-approved"), reasons(e.Decision), ""
	case claim.Rejected:
		return s.Words("event.claim-rejected"), reasons(e.Decision), ""
	case claim.Duplicate:
		return s.withAmount("did.duplicate", "did.duplicateRight", e.Decision.Amount), reasons(e.Decision), ""
	case claim.Amended:
		if !e.Voids.IsZero() {
			return s.Words("did.amendedVoid", "Amount", e.Amount), e.Reason, ""
		}
		return join([]string{s.Words("event.claim-amended"), amountIn(0, e.Amount)}, " "), e.Reason, ""
	case claim.SentBack:
		return s.Words("event.claim-sent-back"), reasons(e.Decision), ""
	case claim.RoutedUp:
		if e.Exceeds > 0 {
			return s.Words("did.routedAlone", "Amount", e.Exceeds), "", s.Words("who.system")
		}
		return s.Words("event.claim-routed-up"), reasons(e.Decision), ""
	case claim.Reversed:
		return s.withAmount("did.reversed", "event.approval-reversed", e.Decision.Amount), reasons(e.Decision), ""
	}
	return "", "", ""
}

// withAmount says something of a claim's amount, or what is said of a warranty order, which has
// none.
func (s Scene) withAmount(key, without string, amount syncproto.Fen) string {
	if amount == 0 {
		return s.Words(without)
	}
	return s.Words(key, "Amount", amount)
}

// amountIn is the amount of a claim as it is shown; "" of a warranty order, which has none.
func amountIn(kind claim.Kind, amount syncproto.Fen) string {
	if kind == claim.Warranty || amount == 0 {
		return ""
	}
	return amount.String()
}

func reasons(d claim.Decision) string { return line(d.Reason, d.Comment) }

// ofAccount is what an event says of a month's authority; "" for events of others.
func (s Scene) ofAccount(event any, number func(syncproto.ID) string) (what, text, operator string) {
	switch e := event.(type) {
	case authority.Opened:
		return s.Words("did.opened", "Amount", e.Limit), "", ""
	case authority.Issued:
		if e.Kind == syncproto.GrantRight {
			return s.Words("did.right", "Device", s.machine(e.Device)), "", ""
		}
		return s.Words("did.issued", "Amount", e.Amount, "Device", s.machine(e.Device)), "", ""
	case authority.Charged:
		return s.Words("did.charged", "Amount", sum(e.Shares)), number(e.Claim), ""
	case authority.Refunded:
		return s.Words("did.refunded", "Amount", e.Amount), number(e.Claim), ""
	case authority.Breached:
		return s.Words("did.breached", "Amount", e.By), "", s.Words("who.system")
	case authority.Returned:
		if e.Credit < e.Now {
			return s.Words("did.returnedLess", "Amount", e.Now, "Credit", e.Credit), "", ""
		}
		return s.Words("did.returned", "Amount", e.Credit), "", ""
	case authority.Asked:
		return s.Words("did.asked", "Amount", e.Amount), "", s.Words("who.system")
	case authority.Moved:
		if e.To.IsZero() {
			return s.Words("did.evened"), "", ""
		}
		return s.Words("did.moved", "Device", s.machine(e.To)), "", ""
	case authority.LimitSet:
		return s.Words("did.limit", "Amount", e.Limit), e.Reason, e.Operator
	case authority.WrittenOff:
		return s.Words("did.writtenOff", "Amount", e.Amount), e.Reason, e.Operator
	case authority.Withdrawn:
		return s.Words("did.withdrawn"), "", s.Words("who.system")
	}
	return "", "", ""
}

func sum(shares []syncproto.Share) syncproto.Fen {
	var all syncproto.Fen
	for _, share := range shares {
		all += share.Amount
	}
	return all
}

// accountStep is a step of an account's history. Which device's grant it is about stands in
// the account, not in the event.
func (s Scene) accountStep(h syncproto.HistoryEntry, mark string, b authority.Body, number func(syncproto.ID) string) TrailLine {
	l := s.happened(h, mark, number)
	event, err := rules.ReadEvent(h.Event)
	if err != nil {
		return l
	}
	grant := syncproto.ID{}
	switch e := event.(type) {
	case authority.Taken:
		grant = e.Grant
	case authority.Returned:
		grant = e.Grant
	case authority.Asked:
		grant = e.Grant
	case authority.WrittenOff:
		grant = e.Grant
	case authority.Withdrawn:
		grant = e.Grant
	default:
		return l
	}
	at := slices.IndexFunc(b.Grants, func(g authority.GrantState) bool { return g.ID == grant })
	if at < 0 {
		return l
	}
	if _, taken := event.(authority.Taken); taken {
		l.What = s.Words("did.took", "Amount", b.Grants[at].Amount)
		if b.Grants[at].Kind == syncproto.GrantRight {
			l.What = s.Words("did.tookRight")
		}
	}
	l.What = s.Words("did.onDevice", "What", l.What, "Device", s.machine(b.Grants[at].Device))
	return l
}
