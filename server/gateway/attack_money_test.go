package gateway_test

import (
	"slices"
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/rules"
)

// A manager with another program spends money that is not theirs to spend: every way of
// saying that a grant covers it is refused, and the account stays as it was. Spending more
// than is left of one's own grant is what a copied disk does too: it stands, and is a breach on
// record (requirements §6, the guarantee of the README).
func TestAForgedGrant(t *testing.T) {
	s := serve(t)
	seat := s.desk(s.Seat, "wang")
	online(t, seat)
	id := s.NewID()
	tap(t, seat, syncproto.CommandOpen, s.Open(id, s.East, "K7MQ-00001"))
	file := func(amount syncproto.Fen) syncproto.ID {
		filed := claim.File{ID: s.NewID(), Ticket: id, Kind: claim.Goodwill, Amount: amount, What: "补贴"}
		last := tap(t, seat, syncproto.CommandFileClaim, filed)
		play(t, seat, func() bool { return seat.Verdicts[last].Outcome == syncproto.Accepted })
		return filed.ID
	}
	laptop, tablet := s.desk(s.Manager, "li"), s.desk(s.Manager, "li")
	online(t, laptop)
	takes(t, laptop)
	month := syncproto.MonthOf(s.Clock())
	grant := offered(laptop, syncproto.GrantAmount)[0]
	right := offered(laptop, syncproto.GrantRight)[0]
	if err := laptop.Hang(); err != nil {
		t.Fatal(err)
	}
	spent := func() syncproto.Fen {
		doc, _ := s.Document(authority.Ref(s.Manager, month))
		body, err := rules.ReadBody(syncproto.KindAccount, doc.Body)
		if err != nil {
			s.T.Fatal(err)
		}
		return body.(authority.Body).Spent()
	}
	approve := func(by *gatewaytest.Desk, amount syncproto.Fen, month syncproto.Month, shares ...syncproto.Share) syncproto.Intent {
		return s.wish(by, syncproto.CommandApproveClaim, claim.Approve{Claim: file(amount), Round: 1, Amount: amount, Month: month, Reason: "维系客户"}, shares...)
	}
	forger := s.Stranger("").Key
	for _, c := range []struct {
		story  string
		by     *gatewaytest.Desk
		wish   func(by *gatewaytest.Desk) syncproto.Intent
		first  func(syncproto.Envelope) syncproto.Verdict
		reject syncproto.Code
	}{
		{"a grant nobody issued", laptop, func(by *gatewaytest.Desk) syncproto.Intent {
			return approve(by, 100, month, syncproto.Share{Grant: s.NewID(), Amount: 100})
		}, nil, authority.CodeNoSuchGrant},
		{"the grant of the manager's other device", tablet, func(by *gatewaytest.Desk) syncproto.Intent {
			return approve(by, 100, month, syncproto.Share{Grant: grant.ID, Amount: 100})
		}, nil, authority.CodeNoSuchGrant},
		{"this month's grant for another month", laptop, func(by *gatewaytest.Desk) syncproto.Intent {
			return approve(by, 100, month+2, syncproto.Share{Grant: grant.ID, Amount: 100})
		}, nil, authority.CodeNoSuchGrant},
		{"the right to approve warranty orders, for money", laptop, func(by *gatewaytest.Desk) syncproto.Intent {
			return approve(by, 100, month, syncproto.Share{Grant: right.ID, Amount: 100})
		}, nil, authority.CodeNoSuchGrant},
		{"less than is approved", laptop, func(by *gatewaytest.Desk) syncproto.Intent {
			return approve(by, 100, month, syncproto.Share{Grant: grant.ID, Amount: 1})
		}, nil, authority.CodeSharesDiffer},
		{"one grant twice", laptop, func(by *gatewaytest.Desk) syncproto.Intent {
			return approve(by, 100, month, syncproto.Share{Grant: grant.ID, Amount: 50}, syncproto.Share{Grant: grant.ID, Amount: 50})
		}, nil, authority.CodeSharesDiffer},
		{"a grant there never was, with a verdict of an earlier epoch that the desk signed itself", laptop, func(by *gatewaytest.Desk) syncproto.Intent {
			return approve(by, 100, month, syncproto.Share{Grant: s.NewID(), Amount: 100})
		}, func(e syncproto.Envelope) syncproto.Verdict {
			v := syncproto.Verdict{Hash: e.CommandHash(), Epoch: 1, Seq: 3, Time: s.Clock(), Outcome: syncproto.Accepted}
			return v.Sign(laptop.LogID, forger)
		}, authority.CodeNoSuchGrant},
		{"the same, with a true verdict on another command", laptop, func(by *gatewaytest.Desk) syncproto.Intent {
			return approve(by, 100, month, syncproto.Share{Grant: s.NewID(), Amount: 100})
		}, func(syncproto.Envelope) syncproto.Verdict {
			for _, v := range laptop.Verdicts {
				if v.Outcome == syncproto.Accepted {
					return v
				}
			}
			return syncproto.Verdict{}
		}, authority.CodeNoSuchGrant},
		{"the same, with that verdict made out to this command", laptop, func(by *gatewaytest.Desk) syncproto.Intent {
			return approve(by, 100, month, syncproto.Share{Grant: s.NewID(), Amount: 100})
		}, func(e syncproto.Envelope) (made syncproto.Verdict) {
			for _, v := range laptop.Verdicts {
				if v.Outcome == syncproto.Accepted {
					made = v
				}
			}
			made.Hash = e.CommandHash()
			return made
		}, authority.CodeNoSuchGrant},
	} {
		t.Run(c.story, func(t *testing.T) {
			s.T = t
			before := spent()
			i := s.opened(c.by, nil)
			e := seal(c.by, c.wish(c.by))
			var first []syncproto.Verdict
			if c.first != nil {
				first = append(first, c.first(e))
			}
			v, ended := i.verdictOn(e, first...)
			if ended != "" || v.Outcome != syncproto.Rejected || v.Findings[0].Code != c.reject {
				t.Errorf("ended %q, %v %+v; want rejected: %s", ended, v.Outcome, v.Findings, c.reject)
			}
			if events := s.Payload(s.Ledger.Head().Seq).Events; len(events) > 0 {
				t.Errorf("it left %d events", len(events))
			}
			if now := spent(); now != before {
				t.Errorf("%v were spent", now-before)
			}
		})
	}
	s.T = t
	i := s.opened(laptop, nil)
	over := 6000*syncproto.Yuan + 1
	v, _ := i.verdictOn(seal(laptop, approve(laptop, over, month, syncproto.Share{Grant: grant.ID, Amount: over})))
	breach := slices.ContainsFunc(v.Findings, func(f syncproto.Finding) bool { return f.Code == authority.CodeBreach && f.Amount == 1 })
	if v.Outcome != syncproto.Accepted || !breach || spent() != over {
		t.Errorf("one fen more than the grant: %v %+v, want it on record as a breach of 0.01", v.Outcome, v.Findings)
	}
	s.Verify()
}
