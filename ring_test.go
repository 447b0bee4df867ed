package redress_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"redress/desktop/replica"
	"redress/server/servertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
)

// Rings of real things (design §11): the built server and cores of desks as processes, on real
// files, over real sockets. What is done to them stands in the files of the rings; here are
// the office in which it is done, and what has to hold whatever was done.

// ring is an office of processes.
type ring struct {
	t      testing.TB
	server *servertest.Program
	people []servertest.Person
	desks  []*coreDesk
}

// ringPatience is how long anything may take that waits for nobody, on a machine that does
// much else.
const ringPatience = 3 * time.Minute

// patience is how long that is where there are many desks, which share the machine.
func (r *ring) patience() time.Duration {
	return ringPatience * time.Duration(1+len(r.desks)/40)
}

// ringPeople are who works in a ring, the first of them where few do.
var ringPeople = []string{"manager", "seat", "liaison", "manager2", "seat2", "manager3", "seat3", "manager4", "seat4", "liaison2", "manager5", "seat5"}

// newRing opens an office with so many desks; seed are further flags of seed-demo, which makes no
// history where there are none. Every core is the test's own program.
func newRing(t testing.TB, program string, desks int, seed ...string) *ring {
	t.Helper()
	r := &ring{t: t, server: servertest.New(t, program)}
	r.server.Run("init", "--operator", r.server.Office, "--as", "周敏")
	r.server.Start()
	if len(seed) == 0 {
		seed = []string{"--tickets", "0"}
	}
	r.people = r.server.People(seed...)
	for _, login := range ringPeople[:desks] {
		person, there := r.person(login)
		if !there {
			t.Fatalf("the demo has no %s", login)
		}
		r.join(person)
	}
	t.Cleanup(func() {
		for _, d := range r.desks {
			switch {
			case d.running && d.within:
				d.leave()
			case d.running:
				d.kill()
			}
		}
	})
	return r
}

// person is who has a log-in name.
func (r *ring) person(login string) (servertest.Person, bool) {
	at := slices.IndexFunc(r.people, func(p servertest.Person) bool { return p.Login == login })
	if at < 0 {
		return servertest.Person{}, false
	}
	return r.people[at], true
}

// join is one desk more, whose person is to enrol.
func (r *ring) join(person servertest.Person) *coreDesk {
	r.t.Helper()
	self, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	d := &coreDesk{t: r.t, person: person, folder: filepath.Join(r.t.TempDir(), person.Login), program: self, line: newLine(r.t, r.server.Address)}
	r.desks = append(r.desks, d)
	return d
}

// begin has everybody enrol, log in and hold what is theirs.
func (r *ring) begin() {
	r.t.Helper()
	r.each((*coreDesk).start) // who is not logged in hears of nobody who enrols
	r.each(func(d *coreDesk) {
		d.logIn()
		d.must(r.patience(), "at work", func(w *witness) bool { return w.current && w.way == "online" && w.waiting == 0 })
	})
}

// restart starts the server again, and leads every line to it.
func (r *ring) restart(flags ...string) {
	r.t.Helper()
	r.server.Start(flags...)
	for _, d := range r.desks {
		d.line.lead(r.server.Address)
	}
}

// each does something for every desk at once. What fails is an error of the test; the others
// go on.
func (r *ring) each(do func(d *coreDesk)) {
	var group sync.WaitGroup
	for _, d := range r.desks {
		group.Go(func() { do(d) })
	}
	group.Wait()
}

// settled is that a core has handed in all it has and holds all there is up to head.
func settled(head uint64) func(*witness) bool {
	return func(w *witness) bool { return w.current && w.way == "online" && w.waiting == 0 && w.cursor >= head }
}

// converge has everybody come online, within the limit; then server and desks end, and all agree: what
// was acknowledged is there once, decided, the same at both ends, and nothing is stuck.
func (r *ring) converge(limit time.Duration) {
	r.t.Helper()
	r.meet(limit)
	r.each((*coreDesk).leave)
	r.agree()
}

// meet has everybody come online, within the limit, and hold all there is; then the server ends.
func (r *ring) meet(limit time.Duration) {
	r.t.Helper()
	r.each(func(d *coreDesk) {
		if !d.running {
			d.start()
		}
		d.logInAgain()
		d.tell("retry")
		d.must(limit, "handed in", d.now(settled(0)))
	})
	for { // until nothing has fired since everybody was there
		head := r.head()
		r.each(func(d *coreDesk) {
			d.tell("retry")
			d.must(limit, fmt.Sprintf("at %d", head), d.now(settled(head)))
		})
		r.server.Kill()
		if r.head() == head {
			break
		}
		r.restart()
	}
}

// head is where the log ends.
func (r *ring) head() (seq uint64) {
	r.t.Helper()
	r.view(func(v *store.View) error {
		head, err := v.Head()
		seq = head.Seq
		return err
	})
	return seq
}

// view reads the server's database beside it.
func (r *ring) view(do func(v *store.View) error) {
	r.t.Helper()
	s, err := store.OpenToRead(context.Background(), filepath.Join(r.server.Data, store.File))
	if err == nil {
		err = s.View(context.Background(), do)
		s.Close()
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// agree compares both ends: every command with its outcome, every bucket with its sum; and
// the log with itself. All desks have left.
func (r *ring) agree() {
	r.t.Helper()
	parked := 0
	for _, d := range r.desks {
		files, wrong := d.open()
		if len(wrong) > 0 {
			r.t.Fatalf("%s: %v", d.person.Login, wrong)
		}
		made, err := files.sight.made(0)
		if err != nil {
			r.t.Fatal(err)
		}
		r.view(func(v *store.View) error {
			for _, k := range made.kept {
				c, there, err := v.Command(k.id)
				if err != nil {
					return err
				}
				if k.outcome == syncproto.Parked {
					parked++
				}
				if !there || k.outcome == 0 || c.Outcome != k.outcome {
					r.t.Errorf("%s has a command as %v; the server as %v (there: %v)", d.person.Login, k.outcome, c.Outcome, there)
				}
			}
			at := files.replica.Desk()
			if mine := r.mayRead(v, files.replica.Owner().Person); !slices.Equal(mine, sortedBuckets(at.Held)) {
				r.t.Errorf("%s holds the buckets %v, and by who they are they may read %v", d.person.Login, at.Held, mine)
			}
			sums, err := v.Sums(at.Held)
			for n, b := range at.Held {
				if err == nil && files.replica.Holds(b) != sums[n].Total() {
					r.t.Errorf("%s holds other documents of %v than the server", d.person.Login, b)
				}
			}
			if len(at.Held) == 0 || len(at.Filling) > 0 {
				r.t.Errorf("%s holds %d buckets and fills %d", d.person.Login, len(at.Held), len(at.Filling))
			}
			return err
		})
		wrong = append(wrong, r.differs(files)...)
		if wrong = append(wrong, files.close()...); len(wrong) > 0 {
			r.t.Errorf("%s:\n%s", d.person.Login, some(wrong))
		}
	}
	if parked > 0 {
		r.t.Errorf("%d commands are parked, and there is nothing they can wait for", parked)
	}
	if said, err := r.server.Ask("verify"); err != nil {
		r.t.Errorf("verify: %v\n%s", err, said)
	}
}

// mayRead are the buckets of a person by their document at the server: what all read, their own,
// and their units'.
func (r *ring) mayRead(v *store.View, person syncproto.ID) []syncproto.Bucket {
	r.t.Helper()
	d, there, err := v.Document(organisation.PersonRef(person))
	if err != nil || !there {
		r.t.Fatalf("the server knows no %v: %v", person, err)
	}
	body, err := rules.ReadBody(d.Ref.Kind, d.Body)
	p, is := body.(organisation.Person)
	if err != nil || !is {
		r.t.Fatalf("the person %v cannot be read: %v", person, err)
	}
	buckets := []syncproto.Bucket{syncproto.ReferenceBucket, syncproto.Bucket(person)}
	for _, unit := range p.Units {
		buckets = append(buckets, syncproto.Bucket(unit))
	}
	return sortedBuckets(buckets)
}

func sortedBuckets(of []syncproto.Bucket) []syncproto.Bucket {
	sorted := slices.Clone(of)
	slices.SortFunc(sorted, func(a, b syncproto.Bucket) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(sorted)
}

// differs is what a desk holds otherwise than the server: a body, a version, a history, or a
// document that it may read and has not.
func (r *ring) differs(files *coreFiles) (wrong []string) {
	r.t.Helper()
	documents, err := files.sight.everyDocument()
	if err != nil {
		return []string{err.Error()}
	}
	histories, err := files.sight.everyHistory()
	if err != nil {
		return []string{err.Error()}
	}
	r.view(func(v *store.View) error {
		mine, here := r.mayRead(v, files.replica.Owner().Person), map[syncproto.Ref]bool{}
		for _, c := range documents {
			here[c.ref] = true
			there, held, err := v.Document(c.ref)
			if err != nil {
				return err
			}
			if !held || there.Version != c.version || !bytes.Equal(there.Body, c.body) {
				wrong = append(wrong, fmt.Sprintf("%v is at version %d, the server's at %d", c.ref, c.version, there.Version))
			}
			events, _, err := v.History(c.ref, 0, 0, 1<<30)
			if err != nil {
				return err
			}
			same := len(events) == len(histories[c.ref])
			for n := 0; same && n < len(events); n++ {
				same = bytes.Equal(events[n].Entry, histories[c.ref][n])
			}
			if !same {
				wrong = append(wrong, fmt.Sprintf("%v has a history of %d entries, the server's has %d", c.ref, len(histories[c.ref]), len(events)))
			}
		}
		return v.EveryDocument(func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			if err == nil && !here[d.Ref] && slices.ContainsFunc(rules.Buckets(d.Ref, body), func(b syncproto.Bucket) bool { return slices.Contains(mine, b) }) {
				wrong = append(wrong, fmt.Sprintf("%v may be read here and is not there", d.Ref))
			}
			return err
		})
	})
	return wrong
}

// remembers holds both ends, which all have ended, to what people saw: what was kept is on the desk's
// disk still, and in the log, there with the verdict that was shown and at its place.
func (r *ring) remembers() {
	r.t.Helper()
	for _, d := range r.desks {
		said := d.witness()
		wrong := append(holdsTo(d.folder, d.person.Login, said), r.forgot(said, slices.AppendSeq(slices.Clone(said.kept), maps.Keys(said.verdicts)))...)
		if len(wrong) > 0 {
			r.t.Errorf("%s, in the end:\n%s", d.person.Login, some(wrong))
		}
	}
}

// forgot is what the log says otherwise of some commands than was said of them.
func (r *ring) forgot(said witness, of []syncproto.ID) (wrong []string) {
	r.t.Helper()
	r.view(func(v *store.View) error {
		for _, id := range of {
			c, there, err := v.Command(id)
			if err != nil {
				return err
			}
			told, final := said.verdicts[id], c.Outcome == syncproto.Accepted || c.Outcome == syncproto.Rejected
			if !there || !final || told != 0 && told != syncproto.Parked && (c.Outcome != told || c.Seq != said.places[id]) {
				wrong = append(wrong, fmt.Sprintf("command %v was shown as %v at %d; in the log it is %v at %d (there: %v)", id, told, said.places[id], c.Outcome, c.Seq, there))
			}
		}
		return nil
	})
	return wrong
}

// tally says in a line how much was done.
func (r *ring) tally() string {
	kept, final := 0, 0
	for _, d := range r.desks {
		w := d.witness()
		kept, final = kept+len(w.kept), final+w.final()
	}
	return fmt.Sprintf("%d commands acknowledged at %d desks, %d verdicts seen, %d entries in the log", kept, len(r.desks), final, r.head())
}

// coreFiles are the files of a core that is dead, opened as the next one would.
type coreFiles struct {
	folder  *replica.Folder
	replica *replica.Replica
	sight   *sight
}

// open opens the files of a core that is dead.
func (d *coreDesk) open() (*coreFiles, []string) { return openCore(d.folder, d.person.Login) }

func openCore(dir, login string) (f *coreFiles, wrong []string) {
	f = &coreFiles{}
	var err error
	if f.folder, err = replica.OpenFolder(dir); err != nil {
		return nil, []string{err.Error()}
	}
	if f.replica, err = f.folder.Open(context.Background(), login, nil); err != nil {
		_ = f.folder.Close()
		return nil, []string{err.Error()}
	}
	if f.sight, err = newSight(context.Background(), filepath.Join(dir, login, "replica.db")); err != nil {
		_, _ = f.replica.Close(), f.folder.Close()
		return nil, []string{err.Error()}
	}
	return f, nil
}

func (f *coreFiles) close() (wrong []string) {
	for _, err := range []error{f.sight.db.Close(), f.replica.Close(), f.folder.Close()} {
		if err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	return wrong
}

// holdsTo opens what a dead core left and says what of that which it said is not there any
// more (invariant 2), and what of the rest does not fit together.
func holdsTo(dir, login string, said witness) []string {
	files, wrong := openCore(dir, login)
	if len(wrong) > 0 {
		return wrong
	}
	wrong = append(wrong, files.lost(said)...)
	wrong = append(wrong, files.disorder()...)
	return append(wrong, files.close()...)
}

// lost is what was said and is not there.
func (f *coreFiles) lost(said witness) (wrong []string) {
	made, err := f.sight.made(0)
	if err != nil {
		return []string{err.Error()}
	}
	there := map[syncproto.ID]kept{}
	for _, k := range made.kept {
		there[k.id] = k
	}
	for n, id := range said.kept {
		if _, is := there[id]; !is {
			wrong = append(wrong, fmt.Sprintf("command %d of %d, %v, was acknowledged and is gone", n+1, len(said.kept), id))
		}
	}
	for id, outcome := range said.verdicts {
		if k := there[id]; k.outcome != outcome && outcome != syncproto.Parked || k.outcome == 0 {
			wrong = append(wrong, fmt.Sprintf("command %v was shown as %v and is %v", id, outcome, k.outcome))
		}
	}
	grants, err := f.replica.GrantsLeft(context.Background())
	if err != nil {
		return append(wrong, err.Error())
	}
	found := map[syncproto.ID]bool{}
	for _, g := range grants {
		found[g.Grant.ID] = true
		if left, known := said.left[g.Grant.ID]; known && g.Left > left {
			wrong = append(wrong, fmt.Sprintf("of a grant %v were left, and now %v are", left, g.Left))
		}
	}
	for id := range said.left {
		if !found[id] {
			wrong = append(wrong, fmt.Sprintf("grant %v was spent from and is gone", id))
		}
	}
	return wrong
}

// disorder is what does not fit together in a desk's files: a gap in a line of commands, a
// tally that does not come out, an overlay that is not its fold.
func (f *coreFiles) disorder() (wrong []string) {
	made, err := f.sight.made(0)
	if err != nil {
		return []string{err.Error()}
	}
	lines := map[syncproto.ID]syncproto.Link{}
	for _, k := range made.kept {
		var e syncproto.Envelope
		if err := syncproto.Decode(k.envelope, &e); err != nil {
			return append(wrong, err.Error())
		}
		next := lines[e.Incarnation].Next(e.Incarnation, e.CommandHash())
		if next != e.Link() {
			wrong = append(wrong, fmt.Sprintf("command %d does not follow the one before it, %d", e.Counter, next.Counter-1))
		}
		lines[e.Incarnation] = e.Link()
	}
	at := f.replica.Desk()
	if lines[at.Incarnation].Counter != at.Counter {
		wrong = append(wrong, fmt.Sprintf("the line ends at %d, and the desk counts %d", lines[at.Incarnation].Counter, at.Counter))
	}
	tally, err := f.replica.Tally(context.Background())
	if err != nil || !tally.Balanced() || tally.Created != uint64(len(made.kept)) {
		wrong = append(wrong, fmt.Sprintf("%d commands are there; %+v: %v", len(made.kept), tally, err))
	}
	if before, after, err := foldedAgain(context.Background(), f.replica); err != nil || before != after {
		wrong = append(wrong, fmt.Sprintf("the overlay made anew is another: %v", err))
	}
	return wrong
}

// some is a few of what is wrong, to be read.
func some(wrong []string) string { return strings.Join(wrong[:min(len(wrong), 8)], "\n") }
