package redress_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
)

// report is what seeds came to, counted in their logs.
type report struct {
	mutex    sync.Mutex
	seeds    int
	wrong    map[string]int
	commands []int
	spans    []syncproto.Span
	desks    []int
	steps    []int
	entries  int
	lacked   int            // entries that restored servers had forgotten
	happened map[string]int // faults
	struck   map[string]int // seeds in which they did
	compared map[int]int
	given    map[syncproto.CommandKind]map[syncproto.Outcome]int // as they were decided in the end
	counts   map[string]int
	ends     map[string]string // how the logs end
}

func newReport() *report {
	return &report{wrong: map[string]int{}, happened: map[string]int{}, struck: map[string]int{}, compared: map[int]int{},
		given: map[syncproto.CommandKind]map[syncproto.Outcome]int{}, counts: map[string]int{}, ends: map[string]string{}}
}

func (s *report) failed(wrong string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.wrong[kindOfFailure(wrong)]++
}

func (s *report) add(w *walk) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.seeds++
	s.commands, s.spans = append(s.commands, len(w.deeds)), append(s.spans, w.now.Sub(w.began))
	s.desks, s.steps, s.entries = append(s.desks, len(w.places)), append(s.steps, len(w.past)), s.entries+len(w.book.records)
	s.lacked += w.forgotten
	s.ends[fmt.Sprintf("%d %s", w.plan.seed, w.plan.mode)] = w.ending()
	for name, n := range w.happened {
		s.happened[name] += n
		s.struck[name]++
	}
	for number, n := range w.compared {
		s.compared[number] += n
	}
	for id := range w.book.of {
		r, _ := w.book.last(id)
		if s.given[r.intent.Kind] == nil {
			s.given[r.intent.Kind] = map[syncproto.Outcome]int{}
		}
		s.given[r.intent.Kind][r.Outcome]++
	}
	for _, r := range w.book.records {
		s.counts[r.Outcome.String()]++
		if r.Releases != 0 && r.Outcome == syncproto.Parked {
			s.counts["waits on, told"]++
		} else if r.Releases != 0 {
			s.counts["released"]++
		}
		for _, e := range r.Events {
			s.counts[e.Kind.String()]++
		}
		for _, f := range r.Findings {
			s.counts[string(f.Code)]++
		}
	}
}

// rare are things that seeds must come by, or they see too little.
var rare = []string{
	"rejected", string(claim.CodeDuplicate), string(claim.CodeClaimRefused), string(escalation.CodeLate), string(authority.CodeBreach),
	syncproto.EventRefunded.String(), syncproto.EventClockFired.String(), syncproto.EventFiringRescinded.String(),
	syncproto.EventEvidenceDisputed.String(), syncproto.EventDisputeDecided.String(), syncproto.EventReaderRemoved.String(),
	syncproto.EventWarrantyApproved.String(), syncproto.EventProposalAccepted.String(), syncproto.EventClosed.String(),
	syncproto.EventReopened.String(), syncproto.EventEscalationActedOn.String(), syncproto.EventDeEscalated.String(),
	syncproto.EventClockReminded.String(), syncproto.EventClaimAmended.String(), syncproto.EventClaimSentBack.String(),
	syncproto.EventClaimRoutedUp.String(), syncproto.EventApprovalReversed.String(), syncproto.EventGrantReturned.String(),
	syncproto.EventReturnAsked.String(), syncproto.EventAuthorityMoved.String(), syncproto.EventLimitSet.String(),
	syncproto.EventWrittenOff.String(), syncproto.EventDeviceForked.String(), string(syncproto.CodeAfterRevoked),
}

// missing are the rare things, and the faults, that no seed came by.
func (s *report) missing() []string {
	missing := slices.DeleteFunc(slices.Clone(rare), func(name string) bool { return s.counts[name] > 0 })
	for _, f := range faults {
		if s.happened[f.name] == 0 {
			missing = append(missing, f.name)
		}
	}
	return missing
}

// elsewhere are kinds of commands that nobody gives at a desk, with where they are given.
var elsewhere = map[syncproto.CommandKind]string{
	syncproto.CommandDefineUnit:   "at the command line, when the people are made",
	syncproto.CommandDefinePerson: "at the command line, where somebody moves or leaves",
	syncproto.CommandEnrolDevice:  "by the server, for a code",
	syncproto.CommandRekeyDevice:  "by the gateway, for a disk that was set back or copied",
	syncproto.CommandRevokeDevice: "at the command line, for a laptop that was stolen",
	syncproto.CommandIssuePolicy:  "at the command line",
	syncproto.CommandTakeGrant:    "by the desk itself",
	syncproto.CommandReturnGrant:  "by the desk itself",
	syncproto.CommandSetLimit:     "by headquarters at the command line",
	syncproto.CommandWriteOff:     "by headquarters at the command line",
}

// commandKinds are all that the table of the rules has.
func commandKinds() (kinds []syncproto.CommandKind) {
	for kind := range syncproto.CommandKind(1 << 10) {
		if rules.Known(kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// neverAccepted are the kinds of commands of which no seed has seen one accepted.
func (s *report) neverAccepted() []syncproto.CommandKind {
	return slices.DeleteFunc(commandKinds(), func(k syncproto.CommandKind) bool { return s.given[k][syncproto.Accepted] > 0 })
}

// blind are the invariants of which nothing was compared, though it could be.
func (s *report) blind() (numbers []int) {
	for _, i := range invariants {
		if i.not == "" && s.compared[i.number] == 0 {
			numbers = append(numbers, i.number)
		}
	}
	return numbers
}

// ending is how a walk ended, and how it came there: the same on every machine.
func (w *walk) ending() string {
	trace := strings.ReplaceAll(strings.Join(w.trace, "\n"), w.dir, "")
	return fmt.Sprintf("%d %v %v", w.book.head, w.book.chain, syncproto.HashOf([]byte(trace)))
}

func median[T cmp.Ordered](all []T) T {
	var none T
	if len(all) == 0 {
		return none
	}
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// text is the report.
func (s *report) text(took time.Duration) string {
	var text strings.Builder
	failed := 0
	for what, n := range s.wrong {
		failed += n
		fmt.Fprintf(&text, "%d seeds failed: %s\n", n, what)
	}
	commands := 0
	for _, n := range s.commands {
		commands += n
	}
	fmt.Fprintf(&text, "%d seeds and modes held, %d failed; in the median %d commands of desks, %.1f days, %d desks, %d steps; %d entries in all, and %d that restored servers had forgotten\n",
		s.seeds, failed, median(s.commands), float64(median(s.spans))/float64(syncproto.Day), median(s.desks), median(s.steps), s.entries, s.lacked)
	fmt.Fprintf(&text, "in %.1f minutes: %.1f seeds and %.0f commands a minute\n\n", took.Minutes(), float64(s.seeds+failed)/took.Minutes(), float64(commands)/took.Minutes())
	for _, f := range faults {
		fmt.Fprintf(&text, "%6d times in %5d seeds: %s\n", s.happened[f.name], s.struck[f.name], f.name)
	}
	text.WriteString("\ncompared, of the invariants of design §11:\n")
	for _, i := range invariants {
		fmt.Fprintf(&text, "%9d of %v\n", s.compared[i.number], i)
	}
	text.WriteString("\n")
	for _, kind := range slices.SortedFunc(maps.Keys(s.given), cmp.Compare) {
		of := s.given[kind]
		made := of[syncproto.Accepted] + of[syncproto.Rejected] + of[syncproto.Parked]
		fmt.Fprintf(&text, "%-16v %7d given, %6d accepted, %5.1f %%\n", kind, made, of[syncproto.Accepted], 100*float64(of[syncproto.Accepted])/float64(made))
	}
	for _, name := range slices.Sorted(maps.Keys(s.counts)) {
		fmt.Fprintf(&text, "%s %d · ", name, s.counts[name])
	}
	return text.String()
}

// write writes how the log of each seed ends, to be compared with those of another platform.
func (s *report) write(t *testing.T, path string) {
	var text strings.Builder
	for _, seed := range slices.Sorted(maps.Keys(s.ends)) {
		fmt.Fprintf(&text, "%s: %s\n", seed, s.ends[seed])
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Error(err)
	}
}
