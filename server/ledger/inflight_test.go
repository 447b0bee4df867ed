package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// arrival is a batch that wants to be written; it is when it gets nil.
type arrival struct {
	batch   store.Batch
	outcome chan error
}

// gated is a real store that writes a batch when a test lets it.
type gated struct {
	*store.Store
	looked  chan struct{} // one View ended
	arrived chan arrival
	durable atomic.Uint64 // the last entry on the disk
}

func (g *gated) View(ctx context.Context, read func(*store.View) error) error {
	err := g.Store.View(ctx, read)
	select {
	case g.looked <- struct{}{}:
	default:
	}
	return err
}

func (g *gated) Append(ctx context.Context, b store.Batch) error {
	a := arrival{b, make(chan error)}
	g.arrived <- a
	err := <-a.outcome
	if err == nil {
		err = g.Store.Append(ctx, b)
	}
	if err == nil {
		g.durable.Store(b.After.Seq + uint64(len(b.Entries)))
	}
	return err
}

// sent is a command in a desk's line.
type sent struct {
	ledger.Submission
	poisonous bool // its row cannot be written
	cured     bool // it can, now that the desk has been told so
	answered  bool
	verdict   syncproto.Verdict
}

// sender is a desk that hands its line in, from the first that has no answer on.
type sender struct {
	*ledgertest.Desk
	line []*sent
	next int
}

func (s *sender) rewind() {
	for s.next = 0; s.next < len(s.line) && s.line[s.next].answered; s.next++ {
	}
}

// flight is a batch that was begun.
type flight struct {
	submissions []ledger.Submission
	senders     []*sender // of each submission; nil for the server's own
	places      []int
	known       []sent // what was known of each before it was begun
	head        uint64 // of the disk, likewise
	answer      chan ledger.Answer
}

// inFlight drives a ledger with two batches in flight.
type inFlight struct {
	*ledgertest.World
	random  *rand.Rand
	store   *gated
	senders []*sender
	tickets []syncproto.ID
	second  syncproto.ID // department
	flights []*flight    // the older first
	waiting *arrival     // of the older
	calm    bool         // nothing fails any more
	last    bool         // nothing is missing any more
	told    uint64       // of which entry listeners know
	seen    map[string]int
}

func (r *inFlight) chance(percent int) bool { return r.random.IntN(100) < percent }

func (r *inFlight) ticket() (int, syncproto.ID) {
	n := r.random.IntN(len(r.tickets))
	return n, r.tickets[n]
}

// write adds a command to the sender's line: some wait for what another desk opens, some
// are rejected, at some a rule fails.
func (r *inFlight) write(s *sender) {
	n, id := r.ticket()
	var intent syncproto.Intent
	switch roll := r.random.IntN(100); {
	case roll < 25:
		open := r.Open(id, []syncproto.ID{r.East, r.West}[n%2], fmt.Sprintf("K7MQ-%05d", n))
		if r.chance(15) {
			open.Subject = "" // makes it rejected, and what waits for it decided
		}
		intent = s.Intent(syncproto.CommandOpen, open)
	case roll < 50:
		intent = s.Intent(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: []syncproto.ID{r.Department, r.second}[r.random.IntN(2)]})
	case roll < 51:
		intent = s.Intent(syncproto.CommandNote, note(id, "panic"))
	default:
		intent = s.Intent(syncproto.CommandNote, note(id, "一"))
	}
	intent.Known += uint64(r.random.IntN(20)) - 10 // some say they know what nobody can
	s.line = append(s.line, &sent{Submission: s.Submission(s.Seal(intent)), poisonous: r.chance(4)})
}

// own is a command of the server's own: who may dispatch changes, or a ticket is ticked.
func (r *inFlight) own() ledger.Submission {
	if r.chance(50) {
		_, id := r.ticket()
		return r.Ledger.Own(tickOf(r.T, ticket.Ref(id)), r.Now)
	}
	role := []policy.Role{policy.Seat, policy.Seat, policy.Supervisor}[r.random.IntN(3)]
	intent := r.senders[0].Intent(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: r.Seat,
		Person: organisation.Person{Name: "王芳", Login: "wang", Roles: []policy.Role{role}, Units: []syncproto.ID{r.CallCentre}}})
	intent.Person, intent.Operator = syncproto.ID{}, "周敏"
	return r.Ledger.Own(intent, r.Now)
}

// batch is what the desks hand in next, some of it again, and what the server adds.
func (r *inFlight) batch() *flight {
	f := r.flight()
	for _, s := range r.senders {
		if r.chance(15) {
			s.next -= min(s.next, 1+r.random.IntN(3))
		}
		for range r.random.IntN(5) {
			if s.next == len(s.line) {
				r.write(s)
			}
			f.hand(s)
		}
		for r.chance(30) {
			f.add(r.own(), nil, 0)
		}
	}
	return f
}

func (r *inFlight) flight() *flight {
	return &flight{head: r.store.durable.Load(), answer: make(chan ledger.Answer, 1)}
}

func (f *flight) add(submission ledger.Submission, from *sender, place int) {
	f.submissions, f.senders, f.places = append(f.submissions, submission), append(f.senders, from), append(f.places, place)
	var known sent
	if from != nil {
		known = *from.line[place]
	}
	f.known = append(f.known, known)
}

// hand adds the next of a desk's line.
func (f *flight) hand(s *sender) {
	f.add(s.line[s.next].Submission, s, s.next)
	s.next++
}

// begin has a batch decided on top of what is in flight.
func (r *inFlight) begin(f *flight) {
	select {
	case <-r.store.looked:
	default:
	}
	now := r.Now
	go func() {
		results, err := r.Ledger.Begin(r.T.Context(), now, f.submissions)()
		f.answer <- ledger.Answer{Results: results, Err: err}
	}()
	<-r.store.looked
	r.flights = append(r.flights, f)
}

// outcome is what becomes of a batch on its way to the disk.
func (r *inFlight) outcome(b store.Batch) error {
	poisoned := map[syncproto.Hash]bool{}
	for _, s := range r.senders {
		for _, c := range s.line {
			if c.poisonous && !c.cured {
				poisoned[c.Command.CommandHash()] = true
			}
		}
	}
	for _, c := range b.Commands {
		if poisoned[c.Hash] {
			r.seen["a bad row"]++
			return errors.New("a row that cannot be written")
		}
	}
	switch {
	case r.calm || r.chance(75):
		return nil
	case r.chance(50):
		r.seen["busy"]++
		return fmt.Errorf("writing: %w", store.ErrBusy)
	}
	r.seen["full"]++
	return fmt.Errorf("writing: %w", store.ErrFull)
}

// finish brings the oldest batch to its end, and the next to where it can be written.
func (r *inFlight) finish() {
	r.take(r.settle(r.flights[0], true))
	r.flights = r.flights[1:]
	if len(r.flights) > 0 {
		if a := r.settle(r.flights[0], false); a != nil {
			r.take(a)
			r.flights = r.flights[1:]
		}
	}
}

// settle waits for the answer to a batch, or only for its turn to be written.
func (r *inFlight) settle(f *flight, whole bool) (done *settled) {
	for {
		if r.waiting != nil {
			if !whole {
				return nil
			}
			r.waiting.outcome <- r.outcome(r.waiting.batch)
			r.waiting = nil
		}
		select {
		case a := <-r.store.arrived:
			r.waiting = &a
		case a := <-f.answer:
			return &settled{f, a}
		}
	}
}

// TestTwoInFlightAreAsOneByOne (ledger, promises 1 to 5): whatever is decided while another
// batch is being written, lost or not, in the end the log, and all that follows from it, is
// what the same commands give one at a time; each has one verdict, given out after its entry
// was on the disk.
func TestTwoInFlightAreAsOneByOne(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := inFlightOf(t, rand.New(rand.NewPCG(seed, 0)), seen)
			before := copied(t, r.World)
			for range 30 {
				r.Now = r.Now.Add(syncproto.Span(r.random.Int64N(int64(4 * syncproto.Hour))))
				r.begin(r.batch())
				if len(r.flights) == 2 {
					r.finish()
				}
			}
			r.handInTheRest()
			r.expectOneVerdictEach()
			r.Restart()
			must(t, r.Ledger.Retry(t.Context(), r.Now))
			r.Verify()
			replay(t, before, r.World)
		})
	}
	for _, what := range []string{"accepted", "rejected", "parked", "busy", "full", "a bad row", string(syncproto.CodeOutOfOrder), string(syncproto.CodeInternal)} {
		if seen[what] == 0 {
			t.Errorf("%s never came about", what)
		}
	}
}

func inFlightOf(t *testing.T, random *rand.Rand, seen map[string]int) *inFlight {
	w := ledgertest.New(t)
	r := &inFlight{World: w, random: random, seen: seen, second: w.ID()}
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: r.second, Unit: organisation.Unit{Name: "质量部", Kind: organisation.Department}})
	for n, person := range []syncproto.ID{w.Seat, w.Seat, w.Seat, w.Liaison} {
		r.senders = append(r.senders, &sender{Desk: w.Desk(person, fmt.Sprintf("D%03d", n))})
	}
	for range 16 {
		r.tickets = append(r.tickets, w.ID())
	}
	r.store = &gated{Store: w.Store, looked: make(chan struct{}, 1), arrived: make(chan arrival)}
	r.store.durable.Store(w.Ledger.Head().Seq)
	l, err := ledger.Open(t.Context(), r.store, w.ID, zerolog.Nop())
	must(t, err)
	w.Ledger, r.told = l, l.Head().Seq
	l.SetRule(broken)
	l.OnAdvance(func(a ledger.Advance) {
		if a.Head.Seq <= r.told || a.Head != l.Head() || a.Head.Seq != r.store.durable.Load() {
			t.Errorf("told of %d after %d; the log ends at %d, on the disk are %d", a.Head.Seq, r.told, l.Head().Seq, r.store.durable.Load())
		}
		r.told = a.Head.Seq
	})
	return r
}

// handInTheRest until every command has its answer.
func (r *inFlight) handInTheRest() {
	r.T.Helper()
	r.calm = true
	for len(r.flights) > 0 {
		r.finish()
	}
	r.last = true
	f := r.flight()
	for _, s := range r.senders {
		for _, c := range s.line {
			c.cured = true
		}
		for s.rewind(); s.next < len(s.line); {
			f.hand(s)
		}
	}
	if len(f.submissions) > 0 {
		r.begin(f)
		r.finish()
	}
	for _, s := range r.senders {
		if s.rewind(); s.next != len(s.line) {
			r.T.Errorf("of %d commands %d are answered", len(s.line), s.next)
		}
	}
}
