package redress_test

import (
	"encoding/binary"
	"flag"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"redress/server/servertest"
)

var (
	ringKills = flag.Int("kills", 8, "how often TestKilledDesks kills the core of a desk")
	ringDesks = flag.Int("cores", 4, "at how many desks the rings are played, 2 to 12")
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
	if *ringKills >= 100 && spent == 0 {
		t.Error("no grant was spent from")
	}
	if underWay.Load() == 0 {
		t.Error("no command was ever under way")
	}
	t.Logf("%d kills in %v: %s; %d grants spent from; none lost, all agree: %s", *ringKills, time.Since(began).Round(time.Second), r.tally(), spent,
		strings.TrimSpace(r.server.Run("verify")))
}
