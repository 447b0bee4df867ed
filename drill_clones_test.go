package redress_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redress/server/servertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
)

// TestDrillClones: a manager's disk was copied, or set back, in each of the four ways there are.
// The second history is found as it connects and is on record; it has overspent by no more than
// its disk had left when it was copied or set back, which is less than the limit, and by exactly
// that where both spent all they had; every approval of both is in the log; and both go on
// (invariant 13; counterexamples A2, A3). The files are real ones, copied as an image of the disk
// does.
func TestDrillClones(t *testing.T) {
	drilled(t)
	r := newRing(t, servertest.Build(t), 1)
	r.keepCopy()
	for _, one := range []string{"copied", "setback", "early", "ahead"} {
		r.takeOn(one, one+"区", 1)
	}
	for _, d := range r.desks {
		d.within = true
	}
	copied, setBack, early, ahead := r.desks[1], r.desks[2], r.desks[3], r.desks[4]
	r.desks = append(r.desks[:3:3], ahead)
	r.begin()
	for _, d := range r.desks {
		r.wait(d, "handed authority", func() bool { return d.has() > 0 })
	}
	for _, d := range []*coreDesk{copied, setBack, ahead} {
		r.spendsDownTo(d, remainder)
	}
	r.copied(copied)
	r.setBack(setBack)
	r.desks = append(r.desks, early)
	r.early(early)
	r.ahead(ahead)
	t.Log(strings.TrimSpace(r.server.Run("verify")))
}

// remainder is what a disk has left of a limit of ¥6,000.00 when it is copied, or kept: so what it
// may overspend is less than the limit.
const remainder syncproto.Fen = 2000_00

// spendsDownTo has a desk spend what it has but so much.
func (r *ring) spendsDownTo(d *coreDesk, left syncproto.Fen) {
	r.t.Helper()
	_, grants, err := d.core.left()
	if r.must(err); len(grants) != 1 || grants[0].Left <= left {
		r.t.Fatalf("%s has %d grants, and is to have %v left", d.person.Login, len(grants), left)
	}
	_, err = d.core.approve(grants[0].Grant, grants[0].Left-left)
	r.must(err)
	d.must(ringPatience, "at rest", d.now(settled(0)))
}

// copied: both copies of a disk are used without a line, and both approve.
func (r *ring) copied(d *coreDesk) {
	r.t.Helper()
	twin := r.twin(d)
	f := r.second("a copied disk, used twice offline", twin)
	for _, one := range []*coreDesk{d, twin} {
		one.line.cut(refusing)
		one.start()
		f.spends(one, 100)
	}
	f.connects(d)
	f.isFound(remainder)
	r.goOn(d, twin)
}

// setBack: all of a disk is set back to before an approval, and used before it connects.
func (r *ring) setBack(d *coreDesk) {
	r.t.Helper()
	d.leave()
	kept := d.folder + "-kept"
	r.must(copyAll(d.folder, kept))
	f := r.second("a disk set back", d)
	d.start()
	f.spends(d, 100)
	f.connects(d)
	d.leave()
	r.must(os.RemoveAll(d.folder))
	r.must(copyAll(kept, d.folder))
	d.line.cut(refusing)
	d.start()
	f.spends(d, 100)
	f.isFound(remainder)
	r.goOn(d)
}

// early: a disk is copied before a grant was taken on it. The grant waits for the log's copy.
func (r *ring) early(d *coreDesk) {
	r.t.Helper()
	r.copyGoesAway()
	d.start()
	d.logIn()
	d.must(ringPatience, "at work", func(w *witness) bool { return w.current && w.way == "online" && w.waiting == 0 })
	if d.has() != 0 {
		r.t.Error("authority was handed out while the copy of the log was away")
	}
	twin := r.twin(d)
	f := r.second("a copy made before a grant was taken", twin)
	r.must(os.Rename(r.server.Copy+"-away", r.server.Copy))
	d.start()
	d.logInAgain()
	r.wait(d, "handed authority", func() bool { return d.has() > 0 })
	f.spends(d, 80)
	f.connects(d)
	twin.line.cut(refusing)
	twin.start()
	if twin.has() != 0 {
		r.t.Errorf("the copy has %v to spend, which the other was given after it was made", twin.has())
	}
	twin.tell("tap 2") // what it does is another history
	twin.must(ringPatience, "done", func(w *witness) bool { return w.tapped > 0 })
	f.isFound(0)
	r.goOn(d, twin)
}

// ahead: the copy has gone on where the disk had not, and of that a server restored to an older
// state has nothing.
func (r *ring) ahead(d *coreDesk) {
	r.t.Helper()
	backup := filepath.Join(filepath.Dir(r.server.Data), "backup.db")
	r.server.Run("backup", backup)
	twin := r.twin(d)
	f := r.second("a copy ahead of a server restored to an older state", twin)
	twin.start()
	twin.logInAgain()
	f.spends(twin, 100)
	f.connects(twin)
	twin.tell("tap 3")
	twin.must(ringPatience, "done", func(w *witness) bool { return w.tapped > 0 })
	twin.must(ringPatience, "at rest", twin.now(settled(0)))
	twin.line.cut(refusing)
	d.line.cut(refusing)
	d.start()
	f.spends(d, 100)

	r.server.Kill()
	r.must(os.RemoveAll(r.server.Data))
	r.must(os.RemoveAll(r.server.Copy))
	r.must(os.MkdirAll(r.server.Copy, 0o700))
	r.operate("restore", "--backup", backup)
	r.restart()
	twin.line.lead(r.server.Address)
	f.forks = r.forks(d) // none since the backup
	f.connects(d)
	f.isFound(remainder)
	r.goOn(d, twin)
}

// second is a history that is about to differ from the one its server has.
type second struct {
	r        *ring
	name     string
	desk     *coreDesk
	had      syncproto.Fen // what the disk had left
	was      syncproto.ID  // its incarnation
	forks    int           // of the device on record, before
	approved []syncproto.ID
}

// second looks at a disk that nobody uses.
func (r *ring) second(name string, d *coreDesk) *second {
	r.t.Helper()
	f := &second{r: r, name: name, desk: d}
	d.line.cut(refusing)
	d.start()
	f.had, f.was = d.has(), d.core.replica.Desk().Incarnation
	d.leave()
	d.line.mend()
	f.forks = r.forks(d)
	return f
}

// spends has a desk approve so many hundredths of what it has left.
func (f *second) spends(d *coreDesk, hundredths syncproto.Fen) {
	f.r.t.Helper()
	approved, err := d.core.spend(hundredths)
	if err != nil || len(approved) == 0 {
		f.r.t.Errorf("%s: %d approvals: %v", f.name, len(approved), err)
	}
	if left := d.has(); hundredths == 100 && left != 0 {
		f.r.t.Errorf("%s: all was spent, and %v are left", f.name, left)
	}
	f.approved = append(f.approved, approved...)
}

// connects has a desk hand in what it did.
func (f *second) connects(d *coreDesk) {
	f.r.t.Helper()
	d.line.mend()
	d.logInAgain()
	d.tell("retry")
	d.must(ringPatience, "at rest", d.now(func(w *witness) bool {
		for _, id := range w.kept {
			if w.verdicts[id] == 0 {
				return false
			}
		}
		return settled(0)(w)
	}))
}

// isFound has the second history connect, and says what came of it. had is what the disk had left,
// all of which was spent on it and on the other.
func (f *second) isFound(had syncproto.Fen) {
	t := f.r.t
	t.Helper()
	if f.had != had {
		t.Errorf("%s: the disk had %v left, and was to have %v", f.name, f.had, had)
	}
	if forks := f.r.forks(f.desk); forks != f.forks {
		t.Errorf("%s: found %d times before it connected", f.name, forks-f.forks)
	}
	f.connects(f.desk)
	if forks := f.r.forks(f.desk); forks != f.forks+1 || f.desk.core.replica.Desk().Incarnation == f.was {
		t.Errorf("%s: on record %d times as it connected, in the line it had: %v", f.name, forks-f.forks, f.desk.core.replica.Desk().Incarnation == f.was)
	}
	if more, err := f.desk.core.spend(100); err != nil {
		t.Errorf("%s: spending what it has now: %v", f.name, err)
	} else {
		f.approved = append(f.approved, more...)
	}
	f.connects(f.desk)
	b := f.r.accountOf(f.desk)
	over := max(b.Over(), 0)
	if over != had || over > 0 && b.Breaches == 0 {
		t.Errorf("%s: overspent by %v, and the disk had %v left; %d breaches on record", f.name, over, had, b.Breaches)
	}
	logged := f.r.logged()
	for _, id := range f.approved {
		entries := logged[id]
		if len(entries) == 0 || entries[len(entries)-1].Outcome != syncproto.Accepted {
			t.Errorf("%s: an approval is lost: %d entries, %+v", f.name, len(entries), entries)
		}
	}
	if b.Spent() == 0 {
		t.Errorf("%s: nothing was spent", f.name)
	}
	t.Logf("%s: found as it connected, on record; the disk had %v left, overspent %v of ¥6,000.00; %d approvals, none lost", f.name, had, over, len(f.approved))
}

// twin is a copy of a desk's disk in another machine. The desk has left.
func (r *ring) twin(d *coreDesk) *coreDesk {
	r.t.Helper()
	d.leave()
	twin := &coreDesk{t: r.t, person: d.person, folder: d.folder + "-copy", line: newLine(r.t, r.server.Address), starts: d.starts, loggedIn: d.loggedIn, within: true}
	r.must(copyAll(d.folder, twin.folder))
	r.t.(*testing.T).Cleanup(func() {
		if twin.running {
			twin.leave()
		}
	})
	return twin
}

// goOn has both histories give something more, of which both have a verdict.
func (r *ring) goOn(desks ...*coreDesk) {
	r.t.Helper()
	for _, d := range desks {
		final := d.witness().final()
		r.must(d.core.openOne())
		d.must(ringPatience, "going on", func(w *witness) bool { return w.final() > final })
	}
	for _, d := range desks[1:] {
		d.leave()
	}
}

// has is what may be spent at a desk without a line.
func (d *coreDesk) has() syncproto.Fen {
	d.t.Helper()
	left, _, err := d.core.left()
	if err != nil {
		d.t.Fatal(err)
	}
	return left
}

// forks is how many second histories of a desk's device are on record.
func (r *ring) forks(d *coreDesk) (n int) {
	r.t.Helper()
	r.view(func(v *store.View) error {
		events, _, err := v.History(organisation.DeviceRef(d.core.replica.Owner().Device), 0, 0, 1<<30)
		for _, e := range events {
			var entry syncproto.HistoryEntry
			if err == nil {
				err = syncproto.Decode(e.Entry, &entry)
			}
			if entry.Event.Kind == syncproto.EventDeviceForked {
				n++
			}
		}
		return err
	})
	return n
}

// accountOf is this month's account of a desk's person.
func (r *ring) accountOf(d *coreDesk) (b authority.Body) {
	r.t.Helper()
	month := syncproto.MonthOf(d.core.replica.Estimate(d.core.read()))
	for _, one := range r.accounts() {
		if one.Manager == d.core.replica.Owner().Person && one.Month == month {
			b = one
		}
	}
	return b
}

// wait waits for something that no core says.
func (r *ring) wait(d *coreDesk, what string, holds func() bool) {
	r.t.Helper()
	for until := time.Now().Add(ringPatience); !holds(); <-time.After(100 * time.Millisecond) {
		if time.Now().After(until) {
			r.t.Fatalf("waited %v for %s to be %s\n%s", ringPatience, d.person.Login, what, d.log)
		}
	}
}

func (r *ring) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
