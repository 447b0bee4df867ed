package claim_test

import (
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	. "redress/syncproto/rules/rulestest"
)

// Filed and approved offline, and the filing is rejected: the approval happened, so its
// grant is charged; it cannot stand, so all of it goes back to the account, once. Whether
// the approval came before the rejection or after it makes no difference.
func TestApprovalOfAClaimThatWasRefused(t *testing.T) {
	for _, before := range []bool{true, false} {
		s := begin(t)
		file, id := s.filing(Northerner, claim.Goodwill, 800*yuan) // the ticket is not of the north
		approval, rejection := s.approve(Northerner, id, 800*yuan), s.reject(Northerner, id)
		approval.ID, rejection.ID = s.NextID(), s.NextID()
		if before {
			s.Give(approval)
			s.Give(rejection)
			s.money(Northerner, 0, 6000*yuan, 0)
		}
		s.refused(file, claim.CodeOtherRegion)
		r := s.remarked(approval, claim.CodeClaimRefused)
		if f := r.Findings[0]; f.Amount != 800*yuan || f.Field != "goodwill" || f.Doc != claim.Ref(id) {
			t.Errorf("it is told %+v", f)
		}
		if len(r.Changed) != 1 || r.Changed[0].Ref != authority.Ref(Northerner, month) {
			t.Errorf("it changed %+v; want the account and nothing else", r.Changed)
		}
		s.money(Northerner, 0, 5200*yuan, 800*yuan)
		s.refused(rejection, syncproto.CodeNotThere)
		if s.Parked() > 0 {
			t.Errorf("%d still wait", s.Parked())
		}
		s.connect(Northerner)
		s.money(Northerner, 0, 6000*yuan, 0)
	}
}

// A right has no amount: nothing is charged, and the manager is told.
func TestApprovalOfAWarrantyOrderThatWasRefused(t *testing.T) {
	s := begin(t)
	file, id := s.filing(Northerner, claim.Warranty, 0)
	s.refused(file, claim.CodeOtherRegion)
	r := s.remarked(s.warranty(Northerner, id), claim.CodeClaimRefused)
	if f := r.Findings[0]; f.Field != "warranty" || f.Amount != 0 || len(r.Changed) > 0 {
		t.Errorf("it is told %+v, and changed %+v", f, r.Changed)
	}
	s.money(Northerner, 0, 6000*yuan, 0)
}

// What is no approval at all stays that.
func TestNoApprovalOfAClaimThatWasRefused(t *testing.T) {
	s := begin(t)
	file, id := s.filing(Northerner, claim.Goodwill, 800*yuan)
	s.refused(file, claim.CodeOtherRegion)
	approval := s.approve(Northerner, id, 800*yuan)
	approval.Shares[0].Grant = s.amount[Manager]
	s.refused(approval, authority.CodeNoSuchGrant)
	s.money(Northerner, 0, 6000*yuan, 0)
}

// An approval beyond its grant is charged to it all the same, and as all of it goes back
// nothing is overdrawn.
func TestAnApprovalBeyondItsGrantOfAClaimThatWasRefused(t *testing.T) {
	s := begin(t)
	file, id := s.filing(Northerner, claim.Goodwill, 6001*yuan)
	s.refused(file, claim.CodeOtherRegion)
	s.remarked(s.approve(Northerner, id, 6001*yuan), claim.CodeClaimRefused)
	s.money(Northerner, 0, 0, 6000*yuan)
}

// The same id filed again, and accepted: the claim is there, and is paid.
func TestAClaimFiledAfterAll(t *testing.T) {
	s := begin(t)
	file, id := s.filing(Northerner, claim.Goodwill, 800*yuan)
	s.refused(file, claim.CodeOtherRegion)
	again := By(Manager, file.Kind, file.Command)
	s.accepted(again)
	s.remarked(s.approve(Manager, id, 800*yuan))
	s.money(Manager, 800*yuan, 5200*yuan, 0)
}
