package redress_test

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"redress/server/servertest"
	"redress/syncproto"
)

// coreDesk is a desk whose core is a process (ring_core_test.go), or lives in this one, with what
// it ever said.
type coreDesk struct {
	t       testing.TB
	person  servertest.Person
	folder  string
	program string   // that becomes its core
	under   []string // a command that runs it, as servertest.Program has one
	line    *line
	starts  uint64 // how often it was started

	within bool  // its core lives in this process, and is killed by nobody
	core   *core // the one that does

	process  *exec.Cmd
	orders   io.WriteCloser
	log      fmt.Stringer // what it complains of
	ended    func() error // waits until the core has, once it is silent
	running  bool
	silent   chan struct{} // closed when it says nothing any more
	loggedIn time.Time

	looks int // how many it was told to take

	mu    sync.Mutex
	said  witness
	fresh chan struct{} // closed and renewed at every line
}

// witness is what a core said, over all its lives: what a person saw done.
type witness struct {
	kept     []syncproto.ID
	verdicts map[syncproto.ID]syncproto.Outcome
	places   map[syncproto.ID]uint64 // of these, in the log
	left     map[syncproto.ID]syncproto.Fen
	refused  int
	// Of the core that runs: where it is, and how often it has tried all it was told to give.
	cursor  uint64
	current bool
	waiting int
	way     string
	asked   int // the look that this is of
	tapped  int
	shows   map[syncproto.Ref]shown
	shown   int // how often it has said all it shows
}

// shown is a document as a core shows it.
type shown struct {
	version uint64
	events  []syncproto.EventKind // of its history
	body    []byte
}

// clone is a copy that does not change any more.
func (w witness) clone() witness {
	w.kept, w.shows = slices.Clone(w.kept), maps.Clone(w.shows)
	w.verdicts, w.places, w.left = maps.Clone(w.verdicts), maps.Clone(w.places), maps.Clone(w.left)
	if w.verdicts == nil {
		w.verdicts, w.places, w.left = map[syncproto.ID]syncproto.Outcome{}, map[syncproto.ID]uint64{}, map[syncproto.ID]syncproto.Fen{}
	}
	return w
}

// final is how many commands have a verdict that is the last.
func (w witness) final() (n int) {
	for _, v := range w.verdicts {
		if v != syncproto.Parked {
			n++
		}
	}
	return n
}

// hear takes in a line of what a core says.
func (w *witness) hear(text string) error {
	f := strings.Fields(text)
	if len(f) == 0 {
		return nil
	}
	if w.verdicts == nil {
		w.verdicts, w.places, w.left = map[syncproto.ID]syncproto.Outcome{}, map[syncproto.ID]uint64{}, map[syncproto.ID]syncproto.Fen{}
	}
	var id syncproto.ID
	var err error
	if slices.Contains([]string{"kept", "verdict", "left", "shows"}, f[0]) && len(f) > 2 {
		if id, err = syncproto.ParseID(f[1]); err != nil {
			return err
		}
	}
	switch {
	case f[0] == "kept" && len(f) == 3:
		w.kept = append(w.kept, id)
	case f[0] == "verdict" && len(f) == 4:
		for _, outcome := range []syncproto.Outcome{syncproto.Accepted, syncproto.Rejected, syncproto.Parked} {
			if outcome.String() == f[2] {
				w.verdicts[id] = outcome
			}
		}
		w.places[id], err = strconv.ParseUint(f[3], 10, 64)
	case f[0] == "left" && len(f) == 3:
		n, bad := strconv.ParseInt(f[2], 10, 64)
		w.left[id], err = syncproto.Fen(n), bad
	case f[0] == "at" && len(f) == 6:
		_, err = fmt.Sscan(strings.Join(f[1:], " "), &w.cursor, &w.current, &w.waiting, &w.way, &w.asked)
	case f[0] == "shows" && len(f) == 6:
		err = w.see(id, f[2:])
	case f[0] == "shown":
		w.shown++
	case f[0] == "refused":
		w.refused++
	case f[0] == "tapped":
		w.tapped++
	default:
		return fmt.Errorf("a core says %q", text)
	}
	return err
}

// see takes in what a core says of a document that it shows.
func (w *witness) see(id syncproto.ID, words []string) error {
	var kind uint64
	var one shown
	_, err := fmt.Sscan(words[0]+" "+words[1], &kind, &one.version)
	for text := range strings.SplitSeq(words[2], ",") {
		event, bad := strconv.ParseUint(text, 10, 16)
		one.events, err = append(one.events, syncproto.EventKind(event)), errors.Join(err, bad)
	}
	body, bad := hex.DecodeString(words[3])
	one.body = body
	w.shows[syncproto.Ref{Kind: syncproto.DocKind(kind), ID: id}] = one
	return errors.Join(err, bad)
}

// start starts a core, which enrols if it never did. Its standard error is the test's.
func (d *coreDesk) start() {
	d.t.Helper()
	d.starts++
	orders := deskOrders{Folder: d.folder, Server: d.line.address(), Login: d.person.Login, Password: d.person.Password, Seed: d.starts}
	if d.starts == 1 {
		orders.Code = d.person.Code
	}
	d.mu.Lock()
	d.said.cursor, d.said.current, d.said.waiting, d.said.way, d.said.asked, d.said.tapped = 0, false, 0, "", 0, 0
	d.said.shows, d.said.shown = nil, 0
	d.fresh = make(chan struct{})
	d.mu.Unlock()
	begin := d.beginProcess
	if d.within {
		begin = d.beginWithin
	}
	out, err := begin(orders)
	if err != nil {
		d.t.Fatal(err)
	}
	d.running, d.silent = true, make(chan struct{})
	go d.listen(out, d.silent)
}

func (d *coreDesk) beginProcess(orders deskOrders) (out io.Reader, err error) {
	text, err := json.Marshal(orders)
	if err != nil {
		return nil, err
	}
	command := append(slices.Clone(d.under), d.program)
	d.process = exec.CommandContext(d.t.Context(), command[0], command[1:]...)
	d.process.Env = append(os.Environ(), coreOrders+"="+string(text))
	complaint := &strings.Builder{}
	d.process.Stderr, d.log, d.ended = complaint, complaint, d.process.Wait
	if d.orders, err = d.process.StdinPipe(); err != nil {
		return nil, err
	}
	if out, err = d.process.StdoutPipe(); err != nil {
		return nil, err
	}
	return out, d.process.Start()
}

func (d *coreDesk) beginWithin(orders deskOrders) (io.Reader, error) {
	heard, give := io.Pipe()
	out, say := io.Pipe()
	complaint := &complaints{}
	core, err := newCore(orders, say, complaint)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", orders.Login, err)
	}
	over := make(chan error, 1)
	d.core, d.orders, d.log, d.ended = core, give, complaint, func() error { return <-over }
	go func() {
		err := core.live(heard)
		over <- errors.Join(err, say.Close())
	}()
	return out, nil
}

// complaints is what a core in this process complains of.
type complaints struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write is zerolog's way in.
func (c *complaints) Write(text []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.Write(text)
}

// String is all of it.
func (c *complaints) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// listen takes in what a core says until it is dead. What it said with its last breath is
// whole or not said.
func (d *coreDesk) listen(out io.Reader, silent chan struct{}) {
	defer close(silent)
	lines := bufio.NewReader(out)
	for {
		text, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		d.mu.Lock()
		if err := d.said.hear(text); err != nil {
			d.t.Error(err)
		}
		close(d.fresh)
		d.fresh = make(chan struct{})
		d.mu.Unlock()
	}
}

// tell gives an order.
func (d *coreDesk) tell(order string) {
	d.t.Helper()
	if _, err := io.WriteString(d.orders, order+"\n"); err != nil {
		d.t.Errorf("%s's core takes no orders: %v\n%s", d.person.Login, err, d.log)
	}
}

// show is all that the core shows.
func (d *coreDesk) show(limit time.Duration) map[syncproto.Ref]shown {
	d.t.Helper()
	d.mu.Lock()
	before := d.said.shown
	d.said.shows = map[syncproto.Ref]shown{}
	d.mu.Unlock()
	d.tell("show")
	d.must(limit, "seen", func(w *witness) bool { return w.shown > before })
	return d.witness().shows
}

// now is something that holds of a core as it is from now on. Where it is says a core only when it
// finds that something has changed: what it said before may be of before the last thing it did.
func (d *coreDesk) now(holds func(*witness) bool) func(*witness) bool {
	d.t.Helper()
	d.looks++
	look := d.looks
	d.tell(fmt.Sprintf("look %d", look))
	return func(w *witness) bool { return w.asked >= look && holds(w) }
}

// logInEvery is how often a person is let in by the server (gateway.Door), and a little more.
const logInEvery = 13 * time.Second

// logIn has the person let in, where that is not refused for having been too often.
func (d *coreDesk) logIn() bool {
	if time.Since(d.loggedIn) < logInEvery {
		return false
	}
	d.loggedIn = time.Now()
	d.tell("log-in")
	return true
}

// logInAgain has the person let in, as soon as that is not too often.
func (d *coreDesk) logInAgain() {
	for !d.logIn() {
		<-time.After(time.Until(d.loggedIn.Add(logInEvery)))
	}
}

// witness is all that was said up to now.
func (d *coreDesk) witness() witness {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said.clone()
}

// until waits for something that the core says, and reports whether it came.
func (d *coreDesk) until(limit time.Duration, holds func(*witness) bool) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		d.mu.Lock()
		if holds(&d.said) {
			d.mu.Unlock()
			return true
		}
		fresh := d.fresh
		d.mu.Unlock()
		select {
		case <-fresh:
		case <-d.silent:
			return false
		case <-timer.C:
			return false
		}
	}
}

// must waits for something and fails the test where it does not come.
func (d *coreDesk) must(limit time.Duration, what string, holds func(*witness) bool) {
	d.t.Helper()
	if d.until(limit, holds) {
		return
	}
	w := d.witness()
	d.t.Fatalf("waited %v for %s to be %s; it is at %d, current %v, %d waiting, %s\n%s", limit, d.person.Login, what, w.cursor, w.current, w.waiting, w.way, d.log)
}

// kill ends the core as pulling the plug does.
func (d *coreDesk) kill() {
	d.t.Helper()
	if d.within {
		d.t.Fatalf("%s's core lives in this process, and cannot be killed", d.person.Login)
	}
	if err := d.process.Process.Kill(); err != nil {
		d.t.Errorf("%s's core had ended: %v\n%s", d.person.Login, err, d.log)
	}
	d.gone()
}

// leave has the core take leave, and waits until it has.
func (d *coreDesk) leave() {
	d.t.Helper()
	d.tell("leave")
	if err := d.gone(); err != nil {
		d.t.Errorf("%s's core: %v\n%s", d.person.Login, err, d.log)
	}
}

func (d *coreDesk) gone() error {
	<-d.silent
	_ = d.orders.Close()
	d.running = false
	return d.ended()
}
