package redress_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
)

// sights are what walks came by, counted in their logs.
type sights struct {
	mutex  sync.Mutex
	walks  int
	given  map[syncproto.CommandKind]map[syncproto.Outcome]int // as they were decided in the end
	counts map[string]int
}

func (s *sights) add(records []record) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.walks++; s.counts == nil {
		s.counts, s.given = map[string]int{}, map[syncproto.CommandKind]map[syncproto.Outcome]int{}
	}
	last := map[syncproto.ID]record{}
	for _, r := range records {
		last[r.intent.ID] = r
		s.counts[r.Outcome.String()]++
		if r.Releases != 0 {
			s.counts["released"]++
		}
		for _, e := range r.Events {
			s.counts[e.Kind.String()]++
		}
		for _, f := range r.Findings {
			s.counts[string(f.Code)]++
		}
	}
	for _, r := range last {
		if s.given[r.intent.Kind] == nil {
			s.given[r.intent.Kind] = map[syncproto.Outcome]int{}
		}
		s.given[r.intent.Kind][r.Outcome]++
	}
}

// rare are things that walks must come by, or they see too little.
var rare = []string{
	"rejected", string(claim.CodeDuplicate), string(claim.CodeClaimRefused), string(escalation.CodeLate), string(authority.CodeBreach),
	syncproto.EventRefunded.String(), syncproto.EventClockFired.String(), syncproto.EventFiringRescinded.String(),
	syncproto.EventEvidenceDisputed.String(), syncproto.EventDisputeDecided.String(), syncproto.EventReaderRemoved.String(),
	syncproto.EventWarrantyApproved.String(), syncproto.EventProposalAccepted.String(), syncproto.EventClosed.String(),
	syncproto.EventReopened.String(), syncproto.EventEscalationActedOn.String(), syncproto.EventDeEscalated.String(),
	syncproto.EventClockReminded.String(), syncproto.EventClaimAmended.String(), syncproto.EventClaimSentBack.String(),
	syncproto.EventClaimRoutedUp.String(), syncproto.EventApprovalReversed.String(), syncproto.EventGrantReturned.String(),
	syncproto.EventReturnAsked.String(), syncproto.EventAuthorityMoved.String(), syncproto.EventLimitSet.String(),
	syncproto.EventWrittenOff.String(),
}

// missing are the rare things that no walk came by.
func (s *sights) missing() []string {
	return slices.DeleteFunc(slices.Clone(rare), func(name string) bool { return s.counts[name] > 0 })
}

// unasked are kinds of commands that the table has and that nobody is offered.
var unasked = map[syncproto.CommandKind]string{
	syncproto.CommandRekeyDevice: "the gateway says it of a desk that was set back (server/gateway/identify.go), and its tests play that",
}

// neverAccepted are the kinds of commands of which no walk has seen one accepted, of all that the
// table of the rules has for people and their desks.
func (s *sights) neverAccepted() (kinds []syncproto.CommandKind) {
	for kind := range syncproto.CommandKind(1 << 10) {
		if rules.Known(kind) && !kind.OfServer() && unasked[kind] == "" && s.given[kind][syncproto.Accepted] == 0 {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// String is what was given of each kind and what became of it, then all counts.
func (s *sights) String() string {
	var text strings.Builder
	total := 0
	for _, outcomes := range s.given {
		for _, n := range outcomes {
			total += n
		}
	}
	fmt.Fprintf(&text, "%d commands in %d walks\n", total, s.walks)
	for _, kind := range slices.SortedFunc(maps.Keys(s.given), cmp.Compare) {
		of := s.given[kind]
		made := of[syncproto.Accepted] + of[syncproto.Rejected] + of[syncproto.Parked]
		fmt.Fprintf(&text, "%-16v %7d given, %5d accepted, %5.1f %%\n", kind, made, of[syncproto.Accepted], 100*float64(of[syncproto.Accepted])/float64(made))
	}
	for _, name := range slices.Sorted(maps.Keys(s.counts)) {
		fmt.Fprintf(&text, "%s %d · ", name, s.counts[name])
	}
	return text.String()
}
