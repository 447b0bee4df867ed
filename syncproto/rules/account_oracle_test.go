package rules_test

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	. "redress/syncproto/rules/rulestest"
)

// decided is told of every command the log decided and checks the invariants.
func (m *month) decided(g Given, r Result) {
	switch r.Outcome {
	case syncproto.Parked:
		m.tally.parked++
		return
	case syncproto.Rejected:
		if g.Kind == syncproto.CommandApproveClaim || g.Kind == syncproto.CommandApproveWarranty {
			m.Fatalf("11: an approval that a desk let pass was rejected: %v", r.Findings)
		}
		return
	}
	m.tally.accepted[g.Kind]++
	if len(r.Changed) > 0 {
		m.tally.effective[g.Kind]++
	}
	switch g.Kind {
	case syncproto.CommandApproveClaim, syncproto.CommandApproveWarranty:
		m.approved(g, r)
	case syncproto.CommandTakeGrant:
		m.taken(g)
	}
	m.balance()
}

// taken makes the grant usable on its desk.
func (m *month) taken(g Given) {
	take := g.Command.(authority.TakeGrant)
	ref := authority.Ref(g.Person, take.Month)
	grant, found := Body[authority.Body](m.log, ref).Grant(take.Grant)
	for _, d := range m.manager {
		if _, has := d.left[take.Grant]; d.person == g.Person && found && !has {
			d.left[take.Grant] = authority.Left{Left: grant.Amount, Grant: syncproto.Grant{ID: grant.ID, Account: ref, Manager: g.Person,
				Month: take.Month, Kind: grant.Kind, Amount: grant.Amount, Device: grant.Device, Incarnation: grant.Incarnation}}
		}
	}
}

// approved adds up an accepted approval.
func (m *month) approved(g Given, r Result) {
	var id syncproto.ID
	var amount, refunds syncproto.Fen
	switch c := g.Command.(type) {
	case claim.Approve:
		id, amount = c.Claim, c.Amount
	case claim.ApproveWarranty:
		id = c.Claim
	}
	stands, times := false, 0
	for _, e := range r.Events() {
		switch e := e.(type) {
		case claim.Approved, claim.WarrantyApproved:
			stands = true
		case claim.Duplicate:
			m.tally.duplicates++
		case authority.Refunded:
			times, refunds = times+1, refunds+e.Amount
		case authority.Breached:
			m.tally.breaches++
			m.oracle.breached[g.Person] += e.By
		}
	}
	for _, s := range g.Shares {
		m.oracle.charged[s.Grant] += s.Amount
	}
	switch {
	case stands:
		m.oracle.paid[id]++
		m.oracle.standing[g.Person] += amount
		if times != 0 {
			m.Fatalf("12: an approval that stands was refunded")
		}
	case amount > 0 && (times != 1 || refunds != amount):
		m.Fatalf("12: a duplicate of %v was refunded %d times, %v", amount, times, refunds)
	}
	m.oracle.refunded[g.Person] += refunds
	if m.oracle.paid[id] > 1 {
		m.Fatalf("12: claim %v is paid %d times", id, m.oracle.paid[id])
	}
}

// balance checks the accounts against what the oracle added up.
func (m *month) balance() {
	for _, d := range m.manager {
		account := Body[authority.Body](m.log, authority.Ref(d.person, syncproto.MonthOf(m.log.Now)))
		var reserved syncproto.Fen
		for _, g := range account.Grants {
			charged := m.oracle.charged[g.ID]
			left := max(g.Amount-charged, 0)
			if g.Charged != charged {
				m.Fatalf("10: grant of %v has %v charged on record and %v in fact", g.Amount, g.Charged, charged)
			}
			if charged+left != g.Amount && !m.setBack {
				m.Fatalf("10: granted %v, charged %v, reserved %v", g.Amount, charged, left)
			}
			reserved += left
		}
		standing, breached := m.oracle.standing[d.person], m.oracle.breached[d.person]
		if standing+reserved > account.Limit+breached {
			m.Fatalf("9: spent %v + reserved %v > limit %v, breaches on record %v", standing, reserved, account.Limit, breached)
		}
		if breached != 0 && !m.setBack {
			m.Fatalf("9: a breach of %v without a disk that was set back", breached)
		}
		if account.Spent() != standing || account.Reserved() != reserved || account.Refunded != m.oracle.refunded[d.person] {
			m.Fatalf("the account says spent %v, reserved %v, refunded %v; it is %v, %v, %v", account.Spent(), account.Reserved(),
				account.Refunded, standing, reserved, m.oracle.refunded[d.person])
		}
	}
}

// settled: when all was handed in, nothing waits, and every claim says who paid it.
func (m *month) settled() {
	if n := m.log.Parked(); n != 0 {
		m.Fatalf("11: %d commands still wait", n)
	}
	for _, id := range m.claims {
		body := Body[claim.Body](m.log, claim.Ref(id))
		if paid := body.State == claim.StateApproved; paid != (m.oracle.paid[id] == 1) {
			m.Fatalf("12: claim %v says paid %v and is paid %d times", id, paid, m.oracle.paid[id])
		}
	}
}
