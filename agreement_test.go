package redress_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// TestEverybodyAgreesAfterwards walks at random: real desks and the real server, any
// command at any time, a manager with two machines, headquarters that cuts limits and writes
// grants off, clocks that drift, sleep, are set and begin anew, lines cut in the middle of
// anything, both sides killed, commits that fail, frames that come twice. Then the network
// heals, and what design §11 promises is checked by oracles that only count and compare
// (agreement_{oracle,money,clocks,readers}_test.go).
//
// SEEDS=500 walks more; SEED=17 walks that one alone. A failing walk prints its steps, and
// walks the same again under its seed.
func TestEverybodyAgreesAfterwards(t *testing.T) {
	first, count := 1, 3
	if n, err := strconv.Atoi(os.Getenv("SEEDS")); err == nil {
		count = n
	}
	if n, err := strconv.Atoi(os.Getenv("SEED")); err == nil {
		first, count = n, 1
	}
	var seen sights
	t.Run("walks", func(t *testing.T) {
		for seed := first; seed < first+count; seed++ {
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				t.Parallel()
				seen.add(walkOnce(t, seed).log())
			})
		}
	})
	t.Log(seen.String())
	if count < telling {
		return
	}
	if missing := seen.missing(); len(missing) > 0 {
		t.Errorf("the walks never came by %v: they see too little", missing)
	}
	if never := seen.neverAccepted(); len(never) > 0 {
		t.Errorf("no %v was accepted in any walk: somebody has to wish for it, and more often (agreement_wishes_test.go)", never)
	}
}

// telling is how many walks must come by everything that is rare, and see every kind of command
// accepted that anybody is offered.
const telling = 15

// TestTheSameWalkGivesTheSameLog: nothing decides by the order of a map or by a clock of
// its own (invariant 22).
func TestTheSameWalkGivesTheSameLog(t *testing.T) {
	one, other := walkOnce(t, 1).ledger.Head(), walkOnce(t, 1).ledger.Head()
	if one != other {
		t.Errorf("the log ends at %d with %v, and the second time at %d with %v", one.Seq, one.Chain, other.Seq, other.Chain)
	}
}

// steps of disorder in one walk.
const disorder = 600

func walkOnce(t *testing.T, seed int) *walk {
	w := newWalk(t, seed)
	defer func() {
		if t.Failed() {
			t.Logf("the walk of seed %d:\n%s", seed, strings.Join(w.trace, "\n"))
		}
	}()
	w.begin()
	for range disorder {
		w.watch(w.step())
	}
	w.heal()
	w.agree()
	w.lastWord()
	w.wait(9 * syncproto.Hour) // every clock comes to its end
	w.heal()
	w.agree()
	return w
}

// walk is one run. Everything that happens in it follows from the dice.
type walk struct {
	*stage
	dice    *rand.Rand
	now     syncproto.Instant
	running bool
	broken  bool // the disk did something after which the server has to start anew
	healing bool
	reached uint64 // the head a moment before the end of healing: everybody has heard of it
	places  []*place
	queue   []handed // given to the ledger and not decided yet
	units   map[string]syncproto.ID
	policy  policy.Body
	seen    map[syncproto.ID]verdictSeen // every verdict that any desk ever told its person
	fetched int                          // how often a desk asked for what it was to fill
	trace   []string
}

// handed are commands that a session gave to the ledger.
type handed struct {
	line     *wire
	commands []ledger.Submission
}

func newWalk(t *testing.T, seed int) *walk {
	w := &walk{
		stage: newStage(t), dice: rand.New(rand.NewPCG(uint64(seed), 0)), running: true,
		now: syncproto.InstantOf(starts[seed%len(starts)]), units: map[string]syncproto.ID{}, policy: shortDays(policy.Default(1)), seen: map[syncproto.ID]verdictSeen{},
	}
	w.must(w.Start(w.now))
	w.must(w.Operate(w.now, syncproto.CommandIssuePolicy, policy.Issue{Policy: w.policy}))
	for _, u := range []struct {
		name string
		kind organisation.UnitKind
	}{{"centre", organisation.CallCentre}, {"east", organisation.Region}, {"south", organisation.Region},
		{"connected", organisation.Department}, {"body", organisation.Department}, {"hq", organisation.Headquarters}} {
		w.units[u.name] = w.chance.id()
		w.must(w.Operate(w.now, syncproto.CommandDefineUnit, organisation.DefineUnit{ID: w.units[u.name],
			Unit: organisation.Unit{Name: u.name, Kind: u.kind}}))
	}
	w.employ("wang", policy.Seat, "centre")
	w.employ("zhao", policy.Seat, "centre")
	w.employ("li", policy.Manager, "east")
	w.employ("sun", policy.Manager, "east", "south")
	w.employ("chen", policy.Liaison, "connected")
	w.employ("qian", policy.Head, "connected")
	w.employ("hou", policy.VicePresident, "connected", "body")
	w.employ("he", policy.ServiceDesk, "hq")
	w.enrol(w.called("li"), "li's laptop")
	return w
}

func (w *walk) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// one is true once in n times.
func (w *walk) one(n int) bool { return w.dice.IntN(n) == 0 }

// pick is one of them.
func pick[T any](w *walk, all []T) T { return all[w.dice.IntN(len(all))] }

func (w *walk) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%3d %s ", len(w.trace)+1, w.now.Time().Format("02 15:04:05"))+fmt.Sprintf(format, args...))
}

// begin gives everybody something to work on.
func (w *walk) begin() {
	w.healing = true
	w.settle()
	seat := w.places[0]
	for range 3 {
		w.open(seat)
		w.settle()
		on := pick(w, w.rows(seat, syncproto.KindTicket)).Ref.ID
		w.tap(seat, syncproto.CommandFileClaim, w.file(on, syncproto.Fen(1+w.dice.Int64N(400_000))))
		w.tap(seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: on, Unit: w.units["connected"]})
		w.tap(seat, syncproto.CommandPromise, w.promise(on))
		w.settle()
	}
	w.watch(w.places...)
	w.healing = false
}

// step is one thing that happens, to the place it returns if to any.
func (w *walk) step() *place {
	p := pick(w, w.places)
	if w.one(2) { // whom the others wait for
		p = w.awaited()
	}
	if w.one(12) {
		w.better(p)
	}
	switch n := w.dice.IntN(200); {
	case n < 96 && p.asleep:
		w.note("%s sleeps", p.name)
	case n < 96:
		w.note("%s %s", p.name, w.wish(p))
	case n < 130:
		w.note("%s's line carries %d", p.name, w.carrySome(p, 1+w.dice.IntN(20)))
	case n < 148:
		w.note("the ledger decides %d", w.decideSome(1+w.dice.IntN(3)))
	case n < 160:
		w.pass(w.span())
	case n < 166:
		p.online = !p.online
		w.note("%s online: %v", p.name, p.online)
		if !p.online {
			w.cut(p)
		}
	case n < 172:
		w.note("%s's line is cut", p.name)
		w.cut(p)
	case n < 176:
		w.killServer()
	case n < 179:
		w.kill(p)
	case n < 185:
		w.machine(p)
	case n < 188:
		w.moveSomebody()
	case n < 192:
		w.headquarters()
	case n < 194:
		w.changePolicy()
	case n < 197:
		w.armTrouble()
	default:
		w.replay(p)
	}
	w.recover()
	w.connectAll()
	return p
}

// span is how long nothing happens: mostly moments, sometimes most of a deadline.
func (w *walk) span() syncproto.Span {
	limit := pick(w, []syncproto.Span{syncproto.Second, 5 * syncproto.Second, syncproto.Minute, 2 * syncproto.Minute, 10 * syncproto.Minute, syncproto.Hour, 2 * syncproto.Hour})
	return syncproto.Microsecond + syncproto.Span(w.dice.Int64N(int64(limit)))
}

// pass lets the time go by on both sides.
func (w *walk) pass(by syncproto.Span) {
	w.now = w.now.Add(by)
	if !w.healing {
		w.note("%v go by", by)
	}
	w.wake()
	for _, p := range w.places {
		w.passOn(p)
	}
}

func (w *walk) wake() syncproto.Instant {
	if !w.running {
		return 0
	}
	next, err := w.Wake(w.now)
	w.tolerate(err)
	return next
}

// tolerate takes what a disk in trouble leads to.
func (w *walk) tolerate(err error) {
	if err != nil && !errors.Is(err, store.ErrFull) && !errors.Is(err, store.ErrUncertain) {
		w.t.Fatal(err)
	}
}

// decideSome has the ledger take some of what waits, of several sessions at once.
func (w *walk) decideSome(sessions int) (commands int) {
	taken := w.queue[:min(sessions, len(w.queue))]
	w.queue = w.queue[len(taken):]
	var all []ledger.Submission
	for _, h := range taken {
		all = append(all, h.commands...)
	}
	if len(all) == 0 || !w.running {
		return 0
	}
	results, err := w.ledger.Commit(w.ctx, w.now, all)
	w.tolerate(err)
	for _, h := range taken {
		answer := ledger.Answer{Err: err}
		if err == nil {
			answer.Results, results = results[:len(h.commands)], results[len(h.commands):]
		}
		if !h.line.over {
			w.served(h.line, h.line.there.Decided(w.ctx, w.now, h.commands, answer))
		}
	}
	return len(all)
}

// killServer ends the server as a power cut does; at once or later it comes back.
func (w *walk) killServer() {
	if !w.running {
		w.running, w.broken = true, false
		w.must(w.Start(w.now))
		w.note("the server starts")
		return
	}
	w.note("the server is killed, with %d hand-ins under way", len(w.queue))
	for _, p := range w.places {
		w.cut(p)
	}
	w.running, w.queue, w.trouble = false, nil, nil
	w.Kill()
}

// armTrouble lets the next commit fail: no room, or a failed sync after which the batch is
// on the disk or is not.
func (w *walk) armTrouble() {
	how := w.dice.IntN(3)
	w.note("the disk is in trouble of kind %d", how)
	w.trouble = func(write func() error) error {
		w.trouble = nil
		switch how {
		case 0:
			return fmt.Errorf("played: %w", store.ErrFull)
		case 1:
			w.must(write())
		}
		w.broken = true
		return fmt.Errorf("played: %w", store.ErrUncertain)
	}
}

// recover starts a server anew that had to stop. What it said before may still arrive.
func (w *walk) recover() {
	if w.broken && w.running {
		for _, p := range w.places {
			for p.line != nil && len(p.line.down) > 0 && w.dice.IntN(8) > 0 {
				p.line.up = nil
				w.carry(p)
			}
		}
		w.killServer()
		w.killServer()
	}
}

// heal: everybody is online, nothing fails any more, and five minutes go by (invariant 21).
func (w *walk) heal() {
	w.healing, w.trouble = true, nil
	if !w.running {
		w.killServer()
	}
	w.note("the network heals")
	for _, p := range w.places {
		p.online, p.asleep = true, false
		w.cut(p) // whoever had not logged in does now
	}
	for end := w.now.Add(5 * syncproto.Minute); w.now < end; {
		w.settle()
		w.reached = w.ledger.Head().Seq
		w.pass(15 * syncproto.Second)
	}
	w.settle()
	w.watch(w.places...)
	w.healing = false
}

// settle lets everybody say what they have to say at this moment.
func (w *walk) settle() {
	for range 100_000 {
		w.connectAll()
		moved := w.decideSome(len(w.queue)) > 0
		for _, p := range w.places {
			moved = w.carry(p) || moved
		}
		for _, p := range w.places {
			if !moved {
				w.passOn(p)
			}
			moved = moved || p.line != nil && len(p.line.up)+len(p.line.down) > 0
		}
		if !moved {
			return
		}
	}
	w.t.Fatal("the conversation does not come to rest")
}

// wait lets a long time pass with every line down.
func (w *walk) wait(by syncproto.Span) {
	for _, p := range w.places {
		w.cut(p)
	}
	for end := w.now.Add(by); w.now < end; {
		next := w.wake()
		if w.now = w.now.Add(syncproto.Hour); next > 0 {
			w.now = min(w.now, max(next, w.now.Add(-syncproto.Hour)+1))
		}
	}
	w.wake()
}
