package redress_test

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"redress/server/servertest"
	"redress/syncproto"
)

var ringRuns = flag.Int("runs", 8, "how many runs with cut lines TestCutLines plays")

// lineFault is what happens to a line while somebody works.
type lineFault struct {
	name   string
	strike func(l *line, random *rand.Rand)
}

var lineFaults = []lineFault{
	{"cut, calls refused", func(l *line, _ *rand.Rand) { l.cut(refusing) }},
	{"cut, calls swallowed", func(l *line, _ *rand.Rand) { l.cut(swallowing) }},
	{"nothing gets up", func(l *line, _ *rand.Rand) { l.hold(true) }},
	{"nothing gets down", func(l *line, _ *rand.Rand) { l.hold(false) }},
	{"slow up", func(l *line, r *rand.Rand) { l.delay(true, time.Duration(r.IntN(200))*time.Millisecond) }},
	{"slow down", func(l *line, r *rand.Rand) { l.delay(false, time.Duration(r.IntN(200))*time.Millisecond) }},
	{"torn up", func(l *line, r *rand.Rand) { l.tear(true, 1+r.IntN(900)) }},
	{"torn down", func(l *line, r *rand.Rand) { l.tear(false, 1+r.IntN(900)) }},
	{"the desk is gone, and the server not told", func(l *line, _ *rand.Rand) { l.leaveAlone(true) }},
	{"the same desk connects twice", func(l *line, _ *rand.Rand) { l.twice() }},
	{serverIsGone, func(l *line, _ *rand.Rand) { l.leaveAlone(false) }},
}

// serverIsGone is the one after which a desk has to wait until the silence is too long, so it
// is played less often, and not where few runs are.
const serverIsGone = "the server is gone, and the desk not told"

// settleLimit is how long a desk may take, once its line is mended, until all it did is
// decided and all there is is here: the silence after which a line is given up, the longest
// wait of a desk before it tries again, and the work.
var settleLimit = syncproto.SilenceLimit.Duration() + time.Minute + ringPatience

// TestCutLines: whatever the line does while people work, once it is mended every desk comes
// to rest within the limit, with all that was acknowledged decided, once (invariants 1, 2, 8,
// 21). A run is some work at one desk, some faults of its line, and the mending.
func TestCutLines(t *testing.T) {
	r := newRing(t, servertest.Build(t), *ringDesks)
	r.begin()
	began := time.Now()
	var book struct {
		sync.Mutex
		begun   int
		struck  map[string]int
		longest time.Duration
	}
	book.struck = map[string]int{}
	r.each(func(d *coreDesk) {
		random := rand.New(rand.NewPCG(3, binary.BigEndian.Uint64([]byte(d.person.Login+"        "))))
		for {
			book.Lock()
			book.begun++
			n := book.begun
			if n > *ringRuns {
				book.Unlock()
				return
			}
			if n%50 == 0 {
				t.Logf("%d runs in %v", n, time.Since(began).Round(time.Second))
			}
			book.Unlock()
			var struck []string
			ordered := d.witness().tapped
			d.tell(fmt.Sprintf("tap %d", 1+random.IntN(10)))
			for range 1 + random.IntN(3) {
				f := lineFaults[random.IntN(len(lineFaults))]
				if f.name == serverIsGone && (*ringRuns < 100 || random.IntN(3) > 0) {
					continue
				}
				f.strike(d.line, random)
				struck = append(struck, f.name)
				d.until(time.Duration(random.IntN(400))*time.Millisecond, never)
			}
			mended := time.Now()
			d.line.mend()
			d.tell("retry")
			head := r.head()
			if !d.until(settleLimit, func(w *witness) bool { return w.tapped > ordered }) || !d.until(settleLimit, d.now(settled(head))) {
				w := d.witness()
				t.Errorf("run %d: %v after %s the desk of %s is stuck at %d of %d, current %v, %d waiting, %s\n%s", n, settleLimit,
					strings.Join(struck, ", "), d.person.Login, w.cursor, head, w.current, w.waiting, w.way, d.log)
				return
			}
			book.Lock()
			book.longest = max(book.longest, time.Since(mended))
			for _, name := range struck {
				book.struck[name]++
			}
			book.Unlock()
		}
	})
	if t.Failed() {
		return
	}
	r.converge(settleLimit)
	for _, d := range r.desks {
		w := d.witness()
		for _, id := range w.kept {
			if w.verdicts[id] == 0 {
				t.Errorf("%s was never told what became of %v", d.person.Login, id)
			}
		}
	}
	t.Logf("%d runs in %v, the longest until rest %v: %s; %v; %s", *ringRuns, time.Since(began).Round(time.Second), book.longest.Round(time.Millisecond),
		r.tally(), book.struck, strings.TrimSpace(r.server.Run("verify")))
}
