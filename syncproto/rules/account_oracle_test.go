package rules_test

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
)

// oracle adds up what was accepted: from the commands themselves, and from the events only
// what the commands cannot say.
type oracle struct {
	entries  int
	charged  map[syncproto.ID]syncproto.Fen // grant → sum of shares
	credited map[syncproto.ID]syncproto.Fen // grant → what statements and charges leave to go back
	lost     map[syncproto.ID]syncproto.Fen // grant → written off
	asked    map[syncproto.ID]syncproto.Fen // grant → asked back and not come
	copied   map[syncproto.ID]bool          // grants of which a disk was set back

	standing map[syncproto.Ref]syncproto.Fen // account → sum of approvals that pay
	refunded map[syncproto.Ref]syncproto.Fen
	breached map[syncproto.Ref]syncproto.Fen
	loose    map[syncproto.Ref]syncproto.Fen // what disks set back and write-offs put into the world
	limit    map[syncproto.Ref]syncproto.Fen
	out      map[syncproto.Ref]syncproto.Fen // the least that was out since the last limit, and what was in force before it

	paid map[inRound]payment
}

type inRound struct {
	claim syncproto.ID
	round uint32
}

// payment is what a claim was paid in a round, and on which account.
type payment struct {
	command syncproto.ID
	account syncproto.Ref // zero: on none
	amount  syncproto.Fen
	times   int
	ended   bool // reversed, or voided by another amount
}

func newOracle() oracle {
	fen, sums := func() map[syncproto.ID]syncproto.Fen { return map[syncproto.ID]syncproto.Fen{} }, func() map[syncproto.Ref]syncproto.Fen { return map[syncproto.Ref]syncproto.Fen{} }
	return oracle{charged: fen(), credited: fen(), lost: fen(), asked: fen(), copied: map[syncproto.ID]bool{}, standing: sums(), refunded: sums(),
		breached: sums(), loose: sums(), limit: sums(), out: sums(), paid: map[inRound]payment{}}
}

// decided is told of every command the log decided and checks the invariants.
func (m *month) decided(g Given, r Result) {
	switch r.Outcome {
	case syncproto.Parked:
		m.tally.parked++
		return
	case syncproto.Rejected:
		if g.Kind == syncproto.CommandFileClaim {
			m.refused = append(m.refused, g.Command.(claim.File).ID)
		}
		if g.Kind == syncproto.CommandApproveClaim || g.Kind == syncproto.CommandApproveWarranty || g.Kind == syncproto.CommandReturnGrant {
			m.Fatalf("11: %v that a desk let pass was rejected: %v", g.Kind, r.Findings)
		}
		return
	}
	m.tally.accepted[g.Kind]++
	if len(r.Changed) > 0 {
		m.tally.effective[g.Kind]++
		m.oracle.entries++
	}
	switch c := g.Command.(type) {
	case claim.Approve:
		amount := c.Amount
		if c.Less != 0 {
			amount = c.Less
		}
		m.approved(g, r, c.Claim, c.Round, c.Amount, payment{command: r.ID, account: authority.Ref(g.Person, c.Month), amount: amount})
	case claim.ApproveWarranty:
		m.approved(g, r, c.Claim, c.Round, 0, payment{command: r.ID})
	case claim.ApproveAbove:
		m.pay(inRound{c.Claim, c.Round}, payment{command: r.ID, amount: c.Amount})
		m.refunds(r, syncproto.Ref{}, 0)
	case claim.Reverse:
		m.ends(r, inRound{c.Claim, c.Round}, c.Approval)
	case claim.Amend:
		m.amended(r, c)
		if before, _ := bodyBefore[claim.Body](r, claim.Ref(c.Claim)); before.Amount != c.Amount && before.State == claim.StateApproved {
			m.ends(r, inRound{c.Claim, c.Round}, before.Approval.Command)
		} else {
			m.refunds(r, syncproto.Ref{}, 0)
		}
	case authority.TakeGrant:
		m.taken(g)
	case authority.ReturnGrant:
		m.returned(c)
	case authority.WriteOff:
		ref := authority.Ref(c.Manager, c.Month)
		before, _ := bodyBefore[authority.Body](r, ref)
		grant, _ := before.Grant(c.Grant)
		m.oracle.lost[c.Grant] += grant.Amount - m.oracle.charged[c.Grant] - m.oracle.credited[c.Grant]
		m.oracle.loose[ref] += m.oracle.lost[c.Grant]
	case authority.SetLimit:
		m.limited(r, authority.Ref(c.Manager, c.Month), c.Limit)
	}
	for _, c := range r.Changed {
		if c.Ref.Kind == syncproto.KindAccount {
			m.balance(c)
		}
	}
	if c, is := g.Command.(authority.IssueGrant); is {
		m.issued(r.Changed, c)
	}
}

// amended: another amount opens a new round, in whatever state the claim was: 800, then 900,
// then 800 again is not what was seen first.
func (m *month) amended(r Result, c claim.Amend) {
	before, _ := bodyBefore[claim.Body](r, claim.Ref(c.Claim))
	after, want := Body[claim.Body](m.log, claim.Ref(c.Claim)), before.Round
	if before.Amount != c.Amount {
		want++
	}
	if after.Round != want {
		m.Fatalf("12: amended from %v to %v in round %d, and now in round %d", before.Amount, c.Amount, before.Round, after.Round)
	}
}

// bodyBefore is a document as it was before the command.
func bodyBefore[B any](r Result, ref syncproto.Ref) (B, bool) {
	for _, c := range r.Changed {
		if c.Ref == ref {
			body, held := c.Before.Body.(B)
			return body, held
		}
	}
	var none B
	return none, false
}

// approved adds up an accepted approval: its shares are charged whatever became of it; it
// stands exactly where the claim was unapproved in the round and of the amount it saw.
func (m *month) approved(g Given, r Result, id syncproto.ID, round uint32, saw syncproto.Fen, p payment) {
	for _, s := range g.Shares {
		m.oracle.charged[s.Grant] += s.Amount
	}
	before, _ := bodyBefore[claim.Body](r, claim.Ref(id))
	if before.State != claim.StateApproved && before.Round == round && before.Amount == saw {
		m.pay(inRound{id, round}, p)
		m.refunds(r, syncproto.Ref{}, 0)
		if got := Body[claim.Body](m.log, claim.Ref(id)); got.Approval.Command != r.ID {
			m.Fatalf("11: an approval of an unapproved claim does not stand: %v", r.Findings)
		}
		return
	}
	m.tally.duplicates++
	m.refunds(r, p.account, p.amount)
}

func (m *month) pay(key inRound, p payment) {
	p.times = m.oracle.paid[key].times + 1
	m.oracle.paid[key] = p
	m.oracle.standing[p.account] += p.amount
	if p.times > 1 {
		m.Fatalf("12: claim %v is paid %d times in round %d", key.claim, p.times, key.round)
	}
}

// ends: what was paid in the round stands no longer, and is given back once.
func (m *month) ends(r Result, key inRound, approval syncproto.ID) {
	p := m.oracle.paid[key]
	if p.ended || p.times != 1 || p.command != approval {
		m.Fatalf("12: an approval is ended that does not pay %v in round %d: %+v", key.claim, key.round, p)
	}
	p.ended = true
	m.oracle.paid[key] = p
	m.oracle.standing[p.account] -= p.amount
	if p.account.IsZero() {
		p.amount = 0
	}
	m.refunds(r, p.account, p.amount)
}

// refunds: exactly this went back to exactly this account.
func (m *month) refunds(r Result, account syncproto.Ref, amount syncproto.Fen) {
	times, sum := 0, syncproto.Fen(0)
	for _, c := range r.Changed {
		for _, e := range c.Events {
			if value, err := rules.ReadEvent(e); err == nil {
				if refund, ok := value.(authority.Refunded); ok {
					times, sum = times+1, sum+refund.Amount
					if c.Ref != account {
						m.Fatalf("12: %v went back to another account", refund.Amount)
					}
				}
			}
		}
	}
	if sum != amount || times > 1 {
		m.Fatalf("12: %v went back in %d refunds; want %v once", sum, times, amount)
	}
	m.oracle.refunded[account] += sum
}

// returned: what all statements up to now leave of a grant, less what is spent of it.
func (m *month) returned(c authority.ReturnGrant) {
	body := Body[authority.Body](m.log, authority.Ref(c.Manager, c.Month))
	for _, given := range c.Given {
		grant, _ := body.Grant(given.Grant)
		if m.oracle.lost[given.Grant] == 0 {
			m.oracle.credited[given.Grant] = max(m.oracle.credited[given.Grant], min(given.Amount, grant.Amount-m.oracle.charged[given.Grant]))
		}
	}
}

// limited: after a cut what was out and in force stays in force until it comes back.
func (m *month) limited(r Result, ref syncproto.Ref, limit syncproto.Fen) {
	before, held := bodyBefore[authority.Body](r, ref)
	if !held {
		before.Limit = m.log.Reference.Policy.MonthlyLimit
		m.oracle.limit[ref] = before.Limit
	}
	m.oracle.out[ref] = min(max(m.oracle.limit[ref], m.oracle.out[ref]), before.Spent()+before.Reserved())
	m.oracle.limit[ref] = limit
}

// balance checks an account against what the oracle added up.
func (m *month) balance(c rules.Changed) {
	account, ref := c.After.Body.(authority.Body), c.Ref
	if _, opened := m.oracle.limit[ref]; !opened {
		m.oracle.limit[ref] = m.log.Reference.Policy.MonthlyLimit
	}
	for _, e := range c.Events {
		if value, err := rules.ReadEvent(e); err == nil {
			if breach, ok := value.(authority.Breached); ok {
				m.tally.breaches++
				m.oracle.breached[ref] += breach.By
			}
			m.asks(value)
		}
	}
	var reserved syncproto.Fen
	for _, g := range account.Grants {
		reserved += m.grant(g)
	}
	standing, breached := m.oracle.standing[ref], m.oracle.breached[ref]
	if account.Spent() != standing || account.Reserved() != reserved || account.Refunded != m.oracle.refunded[ref] || account.Limit != m.oracle.limit[ref] {
		m.Fatalf("the account says limit %v, spent %v, reserved %v, refunded %v; it is %v, %v, %v, %v", account.Limit, account.Spent(), account.Reserved(),
			account.Refunded, m.oracle.limit[ref], standing, reserved, m.oracle.refunded[ref])
	}
	m.oracle.out[ref] = min(m.oracle.out[ref], standing+reserved)
	inForce := max(m.oracle.limit[ref], m.oracle.out[ref])
	switch {
	case account.InForce() != inForce:
		m.Fatalf("9: in force is %v and the account says %v", inForce, account.InForce())
	case standing+reserved > inForce+breached:
		m.Fatalf("9: spent %v + reserved %v > %v in force, breaches on record %v", standing, reserved, inForce, breached)
	case breached > m.oracle.loose[ref]:
		m.Fatalf("9: breaches of %v, and disks set back and write-offs come to %v", breached, m.oracle.loose[ref])
	}
}

// grant checks one grant and says what is reserved for it.
func (m *month) grant(g authority.GrantState) syncproto.Fen {
	charged, credited, lost := m.oracle.charged[g.ID], m.oracle.credited[g.ID], m.oracle.lost[g.ID]
	if g.Charged != charged || g.Returned != credited || g.WrittenOff != lost {
		m.Fatalf("10: of a grant of %v the account says charged %v, returned %v, written off %v; it is %v, %v, %v",
			g.Amount, g.Charged, g.Returned, g.WrittenOff, charged, credited, lost)
	}
	if g.Withdrawn != 0 {
		if g.Taken != 0 || charged != 0 {
			m.Fatalf("10: a grant was withdrawn that was taken")
		}
		return 0
	}
	left := g.Amount - charged - credited - lost
	if left < 0 && lost == 0 && !m.oracle.copied[g.ID] {
		m.Fatalf("10: of %v granted, charged %v, given back %v", g.Amount, charged, credited)
	}
	left = max(left, 0)
	if asked := min(m.oracle.asked[g.ID], left); lost == 0 && g.Open() != asked {
		m.Fatalf("of a grant %v is asked back and has not come, and the account says %v", asked, g.Open())
	}
	if can := m.canSpend(g.ID); can > left && lost == 0 && !m.oracle.copied[g.ID] {
		m.Fatalf("the account keeps %v of a grant of which its device still has %v", left, can)
	}
	return left
}

// canSpend is what a device has left of a grant or has spent or given back and not handed
// in.
func (m *month) canSpend(grant syncproto.ID) syncproto.Fen {
	var can syncproto.Fen
	for _, d := range m.manager {
		can += d.left[grant].Left
		for _, g := range d.queue {
			for _, s := range g.Shares {
				if s.Grant == grant {
					can += s.Amount
				}
			}
		}
	}
	return can
}

// settled: when all was handed in, nothing waits, and every claim says who paid it.
func (m *month) settled() {
	if n := m.log.Parked(); n != 0 {
		m.Fatalf("11: %d commands still wait", n)
	}
	for _, id := range m.claims {
		body, held := decision.Body[claim.Body](m.log.Docs, claim.Ref(id))
		if !held {
			continue
		}
		p := m.oracle.paid[inRound{id, body.Round}]
		if paid := body.State == claim.StateApproved; paid != (p.times == 1 && !p.ended) || paid && body.Approval.Command != p.command {
			m.Fatalf("12: claim %v says %v in round %d and is paid %d times", id, body.State, body.Round, p.times)
		}
	}
}
