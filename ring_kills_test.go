package redress_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"redress/server/servertest"
	"redress/syncproto"
)

var (
	ringKills   = flag.Int("kills", 8, "how often TestKilledDesks kills the core of a desk")
	serverKills = flag.Int("serverkills", 4, "how often TestKilledServer kills the server")
	ringDesks   = flag.Int("cores", 4, "at how many desks the rings are played, 2 to 12")
)

// never is what nobody says: who waits for it waits for the time.
func never(*witness) bool { return false }

// TestKilledDesks: whatever a person saw done at a desk is on its disk, after any number of
// sudden deaths: each command with its place in the line, each verdict, what is left of each
// grant; and what is shown is what was confirmed with the rest folded over it. In the end
// everything is with the server, once (invariants 2, 6, 7, 9, 19, 21).
func TestKilledDesks(t *testing.T) {
	r := newRing(t, servertest.Build(t), *ringDesks)
	r.begin()
	began := time.Now()
	var killed, underWay atomic.Int64
	r.each(func(d *coreDesk) {
		random := rand.New(rand.NewPCG(5, binary.BigEndian.Uint64([]byte(d.person.Login+"        "))))
		for n := killed.Add(1); n <= int64(*ringKills); n = killed.Add(1) {
			if n%100 == 0 {
				t.Logf("%d kills in %v", n, time.Since(began).Round(time.Second))
			}
			if !d.running {
				d.start()
			}
			d.logIn()
			switch random.IntN(8) {
			case 0: // nobody is there, and the line alone hands in what is left
				d.until(time.Duration(random.IntN(2000))*time.Millisecond, never)
			case 1:
				d.tell("tap 3")
				d.until(time.Duration(random.IntN(3000))*time.Millisecond, never)
			default:
				d.tell("tap 0")
				enough := len(d.witness().kept) + 1 + random.IntN(20)
				d.until(10*time.Second, func(w *witness) bool { return len(w.kept) >= enough }) // who has no ticket does nothing
				d.until(time.Duration(random.IntN(20))*time.Millisecond, never)
			}
			d.kill()
			said := d.witness()
			underWay.Add(int64(len(said.kept) - said.final()))
			if wrong := holdsTo(d.folder, d.person.Login, said); len(wrong) > 0 {
				t.Errorf("%s, after start %d:\n%s", d.person.Login, d.starts, some(wrong))
				return
			}
		}
	})
	spent := 0
	for _, d := range r.desks {
		spent += len(d.witness().left)
	}
	if t.Failed() {
		return
	}
	r.converge(ringPatience)
	if r.remembers(); t.Failed() {
		return
	}
	if *ringKills >= 100 && spent == 0 {
		t.Error("no grant was spent from")
	}
	if underWay.Load() == 0 {
		t.Error("no command was ever under way")
	}
	t.Logf("%d kills in %v: %s; %d grants spent from; none lost, all agree: %s", *ringKills, time.Since(began).Round(time.Second), r.tally(), spent,
		strings.TrimSpace(r.server.Run("verify")))
}

// serverKill is a server that is killed again and again while its desks work.
type serverKill struct {
	*ring
	dice     *rand.Rand
	held     map[syncproto.ID]syncproto.Outcome // what was found in the log as it was told
	orders   []int                              // how many each desk was given
	underWay int
}

// TestKilledServer: whatever a desk was told stands in the log as it was told, after any number of
// sudden deaths of the server, while real desks file and approve claims with it and go on without.
// In the end everything is with the server, once, and no account is overspent (invariants 1, 2, 6, 9,
// 21). The server keeps a copy of its log, which has every grant that was spent from.
func TestKilledServer(t *testing.T) {
	r := newRing(t, servertest.Build(t), *ringDesks)
	r.keepCopy()
	r.begin()
	began := time.Now()
	k := &serverKill{ring: r, dice: rand.New(rand.NewPCG(9, 1)), held: map[syncproto.ID]syncproto.Outcome{}, orders: make([]int, len(r.desks))}
	for n := 1; n <= *serverKills && !t.Failed(); n++ {
		if n%100 == 0 {
			t.Logf("%d kills in %v", n, time.Since(began).Round(time.Second))
		}
		k.work()
		r.server.Kill()
		k.holds(n)
		r.desks[0].until(time.Duration(k.dice.IntN(200))*time.Millisecond, never) // they go on without it
		r.restart()
		r.each(func(d *coreDesk) { d.tell("retry") })
	}
	for n, d := range r.desks {
		d.must(ringPatience, "done", func(w *witness) bool { return w.tapped == k.orders[n] })
	}
	if t.Failed() {
		return
	}
	r.work("tap 20") // as on any day
	r.converge(ringPatience)
	r.remembers()
	spent := r.withinLimits()
	r.copyHasWhatWasSpent()
	if t.Failed() {
		return
	}
	if k.underWay == 0 {
		t.Error("no command was ever under way")
	}
	t.Logf("%d kills of the server in %v: %s; %d were under way when it died; %v spent, no account over its limit; none lost, all agree: %s", *serverKills,
		time.Since(began).Round(time.Second), r.tally(), k.underWay, spent, strings.TrimSpace(r.server.Run("verify")))
}

// work has everybody who has nothing to do give something, and returns in the middle of it: when one
// was told of some of it, or, in a fourth, when they have hardly come back.
func (k *serverKill) work() {
	k.t.Helper()
	for n, d := range k.desks {
		if d.witness().tapped == k.orders[n] {
			k.orders[n]++
			d.tell(fmt.Sprintf("tap %d", 10+k.dice.IntN(40)))
		}
	}
	if n := k.dice.IntN(len(k.desks)); k.dice.IntN(4) > 0 {
		enough := len(k.desks[n].witness().verdicts) + 1 + k.dice.IntN(12)
		k.desks[n].must(ringPatience, "told", func(w *witness) bool {
			return len(w.verdicts) >= enough || w.tapped == k.orders[n] && w.waiting == 0
		})
	}
	k.desks[0].until(time.Duration(k.dice.IntN(60))*time.Millisecond, never)
}

// holds holds the log that a kill left to what was said since the last.
func (k *serverKill) holds(kill int) {
	k.t.Helper()
	for _, d := range k.desks {
		said := d.witness()
		k.underWay += len(said.kept) - said.final()
		var fresh []syncproto.ID
		for id, outcome := range said.verdicts {
			if outcome != syncproto.Parked && k.held[id] != outcome {
				fresh, k.held[id] = append(fresh, id), outcome
			}
		}
		if wrong := k.forgot(said, fresh); len(wrong) > 0 {
			k.t.Errorf("kill %d: %s:\n%s", kill, d.person.Login, some(wrong))
		}
	}
}

// copyHasWhatWasSpent: a grant is sent only when the copy of the log has it.
func (r *ring) copyHasWhatWasSpent() {
	r.t.Helper()
	issued, _, err := servertest.CopiedTo(r.server.Copy)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range r.desks {
		for grant := range d.witness().left {
			if !issued[grant] {
				r.t.Errorf("%s spent from grant %v, which is not in the copy", d.person.Login, grant)
			}
		}
	}
}
