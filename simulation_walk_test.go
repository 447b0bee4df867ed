package redress_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"redress/server/ledger"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// What one seed comes to, at least (design §11). It goes on until it has all of it.
const (
	leastCommands = 500
	leastSpan     = 3 * syncproto.Day
	leastFaults   = 3 // kinds of faults that really happened

	// mostSteps is after how many a seed has failed that has not come to it.
	mostSteps = 12_000
)

// mode is what a seed has to show.
type mode string

const (
	safety   mode = "safety"   // anything may fail at any time, and nothing is ever mended
	liveness mode = "liveness" // everything is mended now and then, and then all agree
)

// plan is a run that can be run again: everything in it follows from the seed and from the
// numbers of its steps, each of which has dice of its own. So steps can be left out.
type plan struct {
	seed  int
	mode  mode
	steps []int // nil: as many as it takes
}

// healing are the steps at which everything is mended, numbered below 0.
func healing(n int) int { return -1 - n }

// begun and over have dice of their own too.
const (
	begun = 0
	over  = 1 << 30
)

// walk is one run.
type walk struct {
	*stage
	plan      plan
	swarm     swarm
	dice      *rand.Rand
	began     syncproto.Instant
	now       syncproto.Instant
	running   bool
	broken    bool // the disk did something after which the server has to start anew
	healing   bool
	reached   uint64 // the head a moment before the end of healing: everybody has heard of it
	places    []*place
	erased    []erasedPlace // of devices that were revoked, and erased themselves
	queue     []handed      // given to the ledger and not decided yet
	ghosts    []*wire       // lines that are cut, of which something is still under way
	units     map[string]syncproto.ID
	policy    policy.Body
	images    []image
	dying     bool                         // it died behind its commit
	book      *book                        // the log, as the oracle follows it
	olds      []older                      // the logs of the epochs before
	backedUp  uint64                       // with how many entries the server was backed up in this epoch; 0: not yet
	older     bool                         // it was set back to a backup
	contested map[syncproto.ID]bool        // claims of which the server forgot an approval that was told
	seen      map[syncproto.ID]verdictSeen // every verdict that any desk ever told its person
	forgotten int                          // entries that restored servers lacked
	promised  map[syncproto.ID]toldAs      // of what was ever accepted, the first that was told
	deeds     map[syncproto.ID]*deed       // every command that any desk ever kept
	copied    map[syncproto.ID]bool        // devices of which there is, or was, a second disk
	byHand    map[syncproto.ID]bool        // commands that waited for a person, who has decided
	leavers   map[syncproto.ID]bool        // persons who left, if only for a while
	past      []int                        // the steps so far
	trace     []string                     // what happened in them
	script    []string                     // the same in verbs, where there are such
	happened  map[string]int               // faults
	compared  map[int]int                  // by invariant, how often something was
	touched   map[*place]bool              // desks that something happened to in this step
	names     map[syncproto.ID]string      // of tickets and claims, in the script
	scripted  syncproto.Instant            // how far the script's clock is
}

// handed are commands that a session gave to the ledger.
type handed struct {
	line     *wire
	commands []ledger.Submission
}

func emptyWalk(t testing.TB, p plan) *walk {
	w := &walk{
		stage: newStage(t), plan: p, running: true, units: map[string]syncproto.ID{}, seen: map[syncproto.ID]verdictSeen{},
		promised: map[syncproto.ID]toldAs{},
		deeds:    map[syncproto.ID]*deed{}, copied: map[syncproto.ID]bool{}, byHand: map[syncproto.ID]bool{}, leavers: map[syncproto.ID]bool{}, contested: map[syncproto.ID]bool{},
		happened: map[string]int{}, compared: map[int]int{}, touched: map[*place]bool{}, names: map[syncproto.ID]string{},
	}
	w.began = syncproto.InstantOf(starts[p.seed%len(starts)])
	w.now, w.scripted = w.began, w.began
	w.book = newBook(w)
	w.written = w.book.written
	w.swarm = swarmOf(p.seed)
	if p.seed%3 == 0 { // whether a document is kept ready or read again must make no difference
		w.cache = 1
	}
	w.roll(begun)
	return w
}

// newWalk is one whose people and desks are made here and now.
func newWalk(t testing.TB, seed int) *walk {
	w := emptyWalk(t, plan{seed: seed, mode: liveness})
	w.found()
	return w
}

// found makes the organisation.
func (w *walk) found() {
	w.policy = shortDays(policy.Default(1))
	w.must(w.Start(w.now))
	w.must(w.Operate(w.now, syncproto.CommandIssuePolicy, policy.Issue{Policy: w.policy}))
	for _, u := range units {
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
	w.enrol(w.called("li"), "li2")
}

var units = []struct {
	name string
	kind organisation.UnitKind
}{{"centre", organisation.CallCentre}, {"east", organisation.Region}, {"south", organisation.Region},
	{"connected", organisation.Department}, {"body", organisation.Department}, {"hq", organisation.Headquarters}}

func (w *walk) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// roll takes the dice of a step.
func (w *walk) roll(n int) { w.dice = rand.New(rand.NewPCG(uint64(w.plan.seed), uint64(n))) }

// one is true once in n times.
func (w *walk) one(n int) bool { return w.dice.IntN(n) == 0 }

// pick is one of them.
func pick[T any](w *walk, all []T) T { return all[w.dice.IntN(len(all))] }

func (w *walk) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%4d %s ", w.step(), w.now.Time().Format("02 15:04:05"))+fmt.Sprintf(format, args...))
}

// step is the number of the one under way.
func (w *walk) step() int {
	if len(w.past) == 0 {
		return 0
	}
	return w.past[len(w.past)-1]
}

// run does what is planned, until something is wrong.
func (w *walk) run() {
	w.begin()
	if w.plan.steps == nil {
		w.goOn()
	}
	for _, n := range w.plan.steps {
		w.take(n)
	}
	w.roll(over)
	if w.plan.mode == safety {
		w.stop()
		return
	}
	w.heal()
	w.agree()
	w.lastWord()
	w.wait(40 * syncproto.Hour) // every clock comes to its end
	w.heal()
	w.agree()
}

// heals is how often a seed of liveness is mended on its way, beside its end.
const heals = 1

// goOn takes steps until enough has happened.
func (w *walk) goOn() {
	mended := 0
	for n := 1; w.progress() < 1; n++ {
		if w.plan.mode == liveness && mended < heals && w.progress()*(heals+1) > float64(mended+1) {
			w.take(healing(mended))
			mended++
		}
		if n > mostSteps {
			w.t.Fatalf("after %d steps the seed has come to %d commands, %v and the faults %v", mostSteps, len(w.deeds), w.now.Sub(w.began), w.happened)
		}
		w.take(n)
	}
}

// progress is how much of what a seed has to come to has happened; 1 is all.
func (w *walk) progress() float64 {
	return min(float64(len(w.deeds))/leastCommands, float64(w.now.Sub(w.began))/float64(leastSpan), float64(len(w.happened))/leastFaults)
}

// begin gives everybody something to work on.
func (w *walk) begin() {
	if w.swarm.has(lostDisk) {
		w.say(nil, "server copies")
		w.must(w.Copies(true))
	}
	w.healing = true
	w.settle()
	seat := w.places[0]
	for range 3 {
		w.open(seat)
		w.settle()
		on := pick(w, seat.sight.ids(syncproto.KindTicket))
		w.tap(seat, syncproto.CommandFileClaim, w.file(on, syncproto.Fen(1+w.dice.Int64N(400_000))))
		w.tap(seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: on, Unit: w.units["connected"]})
		w.tap(seat, syncproto.CommandPromise, w.promise(on))
		w.settle()
	}
	w.watch(w.places...)
	w.healing = false
	if w.swarm.has(olderState) {
		w.backUp()
	}
}

// idsBefore keeps the ids of steps from those of the people, and of what is mended.
const idsBefore = 64

// take takes one step, and checks what can be checked after it.
func (w *walk) take(n int) {
	w.past = append(w.past, n)
	w.roll(n)
	w.chance.n = uint64(n+idsBefore) << 32 // its ids too are its own, whatever came before it
	clear(w.touched)
	if n < 0 {
		w.heal()
		w.agree()
	} else {
		w.happen()
		w.recover()
		w.connectAll()
		w.afterStep()
	}
	if w.t.Failed() {
		w.t.FailNow()
	}
}

// happen is one thing that happens.
func (w *walk) happen() {
	p := pick(w, w.places)
	if w.one(8) {
		w.better(p)
	}
	if f := w.swarm.fault(w); f != nil {
		if f.apply(w, p) {
			w.happened[f.name]++
		}
		return
	}
	switch n := w.dice.IntN(200); {
	case n < 110:
		w.wish()
	case n < 156:
		w.note("%s's line carries %d", p.name, w.carrySome(p, 1+w.dice.IntN(24)))
	case n < 184:
		w.note("the ledger decides %d", w.decideSome(1+w.dice.IntN(3)))
	case n < 192:
		w.pass(w.span())
	case n < 194:
		w.moveSomebody()
	case n < 197:
		w.headquarters()
	case n < 198:
		w.changePolicy()
	default:
		w.answerUntold(w.called("chen"))
	}
}

// span is how long nothing happens: mostly moments, sometimes most of a deadline or a night.
func (w *walk) span() syncproto.Span {
	limit := pick(w, []syncproto.Span{5 * syncproto.Second, 2 * syncproto.Minute, 20 * syncproto.Minute, 2 * syncproto.Hour, 4 * syncproto.Hour, 10 * syncproto.Hour})
	return syncproto.Microsecond + syncproto.Span(w.dice.Int64N(int64(limit)))
}

// wakings is how often the server wakes while a time passes: it is not late by more than a part
// of it.
const wakings = 6

// pass lets the time go by on both sides.
func (w *walk) pass(by syncproto.Span) {
	if !w.healing {
		w.note("%v go by", by)
	}
	for end := w.now.Add(by); ; {
		next := w.wake()
		for _, p := range w.places {
			w.passOn(p)
		}
		if w.now == end {
			return
		}
		soonest := w.now.Add(by/wakings + 1)
		w.now = min(end, max(soonest, next))
	}
}

func (w *walk) wake() syncproto.Instant {
	if !w.running {
		return 0
	}
	restoring := w.ledger.Restoring()
	next, err := w.Wake(w.now)
	w.tolerate(err)
	if restoring {
		w.reread()
	}
	return next
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
	if !w.running { // it died behind the commit
		return len(all)
	}
	for _, h := range taken {
		answer := ledger.Answer{Err: err}
		if err == nil {
			answer.Results, results = results[:len(h.commands)], results[len(h.commands):]
		}
		if !h.line.over || h.line.ghost {
			w.served(h.line, h.line.there.Decided(w.ctx, w.now, h.commands, answer))
		}
	}
	if w.copying.on && w.one(2) {
		w.follow()
	}
	return len(all)
}

// heal: everybody is online, nothing fails any more, and five minutes go by (invariant 21).
func (w *walk) heal() {
	w.healing, w.trouble, w.ghosts = true, nil, nil
	w.note("everything is mended")
	if w.running && w.broken {
		w.killServer()
	}
	if !w.running {
		w.killServer()
	}
	for _, p := range w.places {
		w.cut(p)
	}
	w.collect()
	for _, p := range w.places {
		w.mend(p)
		w.cut(p) // whoever had not logged in does now
	}
	for end := w.now.Add(5 * syncproto.Minute); w.now < end; {
		w.settle()
		w.decideHeld()
		w.reached = w.ledger.Head().Seq
		w.now = w.now.Add(15 * syncproto.Second)
		w.wake()
		for _, p := range w.places {
			w.passOn(p)
		}
	}
	w.settle()
	w.healRows()
	w.watch(w.places...)
	w.healing = false
}

// settle lets everybody say what they have to say at this moment.
func (w *walk) settle() {
	for range 2_000 {
		w.connectAll()
		moved := w.decideSome(len(w.queue)) > 0
		for _, p := range w.places {
			for range 1000 {
				if !w.carry(p) {
					break
				}
				moved = true
			}
		}
		for _, p := range w.places {
			if !moved {
				w.passOn(p)
			}
			moved = moved || p.line != nil && w.now >= p.line.stuckTo && len(p.line.up)+len(p.line.down) > 0
		}
		if !moved {
			return
		}
	}
	w.t.Fatal("21: the conversation does not come to rest")
}

// wait lets a long time pass with every line down.
func (w *walk) wait(by syncproto.Span) {
	for _, p := range w.places {
		w.cut(p)
	}
	for end := w.now.Add(by); w.now < end; {
		next := w.wake()
		w.now = min(end, max(next, w.now.Add(syncproto.Hour)))
	}
	w.wake()
}
