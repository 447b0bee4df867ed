package redress_test

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// moneyAgrees: no month's approvals that stand cost more than its limit, nothing is a
// breach, a claim is paid once, and every duplicate and every approval of a claim whose
// filing was rejected is given back once (9, 10, 12).
func (w *walk) moneyAgrees(records []record) {
	paid, spent := map[syncproto.ID]int{}, map[syncproto.ID]syncproto.Fen{}
	duplicates, refunds := map[syncproto.ID]syncproto.Fen{}, map[syncproto.ID]syncproto.Fen{}
	accounts := map[syncproto.Ref]decision.Doc{}
	for _, r := range records {
		if ofRefused(r) {
			for _, s := range r.intent.Shares {
				duplicates[r.intent.ID] += s.Amount
			}
		}
		for _, e := range r.Events {
			event, err := rules.ReadEvent(e)
			w.must(err)
			switch e := event.(type) {
			case claim.Approved:
				paid[r.intent.Subject.ID]++
				spent[e.Decision.Person] += e.Decision.Amount
			case claim.WarrantyApproved:
				paid[r.intent.Subject.ID]++
			case claim.Duplicate:
				duplicates[e.Decision.Command] += e.Decision.Amount
			case authority.Refunded:
				refunds[e.Command] += e.Amount
			case authority.Breached:
				w.t.Errorf("entry %d overdraws an account by %v", r.Seq, e.By)
			}
			if e.Doc.Kind == syncproto.KindAccount {
				accounts[e.Doc], err = rules.Evolve(e.Doc, accounts[e.Doc], e)
				w.must(err)
				body, _ := accounts[e.Doc].Body.(authority.Body)
				if body.Spent()+body.Reserved() > body.Limit {
					w.t.Errorf("entry %d: %v spent and %v reserved of %v", r.Seq, body.Spent(), body.Reserved(), body.Limit)
				}
			}
		}
	}
	for id, n := range paid {
		if n > 1 {
			w.t.Errorf("claim %v is paid %d times", id, n)
		}
	}
	for id, amount := range duplicates {
		if refunds[id] != amount {
			w.t.Errorf("of the duplicate %v of %v came back %v", id, amount, refunds[id])
		}
	}
	if len(refunds) > len(duplicates) {
		w.t.Errorf("%d refunds for %d duplicates", len(refunds), len(duplicates))
	}
	for _, doc := range accounts {
		if body, _ := doc.Body.(authority.Body); body.Spent() != spent[body.Manager] {
			w.t.Errorf("the claims cost %v, the account says %v", spent[body.Manager], body.Spent())
		}
	}
}

// ofRefused says that the entry accepts an approval of a claim whose filing was rejected.
func ofRefused(r record) bool {
	return r.Outcome == syncproto.Accepted && slices.ContainsFunc(r.Findings, func(f syncproto.Finding) bool { return f.Code == claim.CodeClaimRefused })
}

// clocksAgree: no rung fires early or twice; what is past its due time has fired or was
// met; nobody who answered in time missed, and nobody who answered late met (14).
func (w *walk) clocksAgree(records []record) {
	fired := map[syncproto.ID]bool{}
	answered := map[syncproto.ID]syncproto.Instant{} // by cause, the first by the true time
	done := map[syncproto.ID]syncproto.Instant{}
	for _, p := range w.places {
		for _, d := range p.order {
			done[d.id] = d.done
		}
	}
	tickets := map[syncproto.Ref]decision.Doc{}
	for _, r := range records {
		for _, e := range r.Events {
			event, err := rules.ReadEvent(e)
			w.must(err)
			switch e := event.(type) {
			case ticket.Responded:
				answered[e.Cause] = first(answered[e.Cause], done[r.intent.ID])
			case ticket.Contacted:
				answered[e.Fulfils] = first(answered[e.Fulfils], done[r.intent.ID])
			case escalation.Fired:
				if e.At <= e.Due || r.Time <= e.Due {
					w.t.Errorf("entry %d at %v fires what is due at %v", r.Seq, r.Time, e.Due)
				}
			}
			if e.Kind == syncproto.EventClockFired && fired[e.ID] {
				w.t.Errorf("entry %d fires again", r.Seq)
			}
			fired[e.ID] = true
			if e.Doc.Kind == syncproto.KindTicket {
				tickets[e.Doc], err = rules.Evolve(e.Doc, tickets[e.Doc], e)
				w.must(err)
			}
		}
	}
	for ref, doc := range tickets {
		body, _ := doc.Body.(ticket.Body)
		for _, c := range body.Clocks {
			at := answered[c.Cause]
			for _, repeated := range c.Repeats { // who keeps that promise keeps this one
				at = first(at, answered[repeated])
			}
			w.clockAgrees(ref, c, at)
		}
	}
}

func (w *walk) clockAgrees(ref syncproto.Ref, c escalation.Clock, answered syncproto.Instant) {
	inTime := answered != 0 && answered <= c.Due
	switch c.Result {
	case escalation.Running:
		if answered != 0 || c.Due < w.now.Add(-5*syncproto.Minute) && c.Fired == 0 {
			w.t.Errorf("%v: a clock due at %v still runs, fired %v, answered %v", ref, c.Due, c.Fired, answered)
		}
	case escalation.Missed:
		if inTime {
			w.t.Errorf("%v: answered at %v, due at %v, and missed", ref, answered, c.Due)
		}
	case escalation.Met, escalation.MetOffline:
		if !inTime {
			w.t.Errorf("%v: answered at %v, due at %v, and %v", ref, answered, c.Due, c.Result)
		}
	}
	if inTime && c.Result == escalation.MetOffline && c.Fired != 0 && !c.Rescinded {
		w.t.Errorf("%v: met offline, and its firing stands", ref)
	}
}

// first is the earlier of two instants, either of which may be none.
func first(a, b syncproto.Instant) syncproto.Instant {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}
