package redress_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"redress/desktop/replica"
	"redress/server/store"
	"redress/server/store/storetest"
	"redress/syncproto"
	"redress/syncproto/simulation"
)

// moulds are what walks are cast from: the same people at the same desks, made once for each
// day on which walks begin, and then copied. Making them anew is most of what a short walk
// costs.
type moulds struct {
	t   testing.TB
	all [3]struct {
		once sync.Once
		made *walk
	}
}

// of is the mould of a seed's day.
func (m *moulds) of(seed int) *walk {
	one := &m.all[seed%len(m.all)]
	one.once.Do(func() {
		var kept *walk
		wrong := play(m.t, func(t *trial) {
			w := emptyWalk(t, plan{seed: seed % len(m.all)})
			dir := inMemory(m.t) // longer than the trial
			w.dir = dir
			w.found()
			kept = w
		})
		if len(wrong) == 0 {
			one.made = kept
		}
	})
	return one.made
}

// cast makes a walk from a mould.
func cast(t testing.TB, p plan, mould *walk) *walk {
	if mould == nil {
		t.Fatal("the people could not be made")
	}
	w := emptyWalk(t, p)
	w.must(copyAll(mould.dir, w.dir))
	w.chance, w.link, w.founded, w.policy, w.units = mould.chance, mould.link, true, mould.policy, mould.units
	w.must(w.Start(w.now))
	w.must(w.store.View(w.ctx, func(v *store.View) error {
		entries, err := v.Entries(0, 1<<20)
		w.book.take(entries)
		return err
	}))
	for _, from := range mould.places {
		to := &place{name: from.name, login: from.login, role: from.role, person: from.person, units: from.units}
		w.must(w.sit(to, filepath.Join(w.dir, "desk-"+from.name)))
		to.token, to.expires = from.token, from.expires
	}
	return w
}

// sit puts a place before the desk that lies in a folder.
func (w *walk) sit(p *place, dir string) error {
	folder, err := replica.OpenFolder(dir)
	if err != nil {
		return err
	}
	w.t.Cleanup(func() { w.must(folder.Close()) })
	w.plate(p, dir)
	r, err := folder.Open(w.ctx, p.login, func([]syncproto.Ref) {})
	if err != nil {
		return err
	}
	if p.desk, err = w.deskOf(folder, dir, p.login, r); err != nil {
		return err
	}
	return w.arrive(p, simulation.NewClocks(w.now, w.chance.id()))
}

// plate puts a place's database on a disk that can be filled.
func (w *walk) plate(p *place, dir string) {
	p.disk = storetest.NewDisk(filepath.Join(dir, p.login, "replica.db"))
	w.t.Cleanup(p.disk.Forget)
}

// arrive is a place's first moment, with the desk it has.
func (w *walk) arrive(p *place, clocks simulation.Clocks) (err error) {
	p.online, p.clocks, p.made, p.lost = true, clocks, map[syncproto.ID]*deed{}, map[syncproto.Bucket]bool{}
	w.places = append(w.places, p)
	w.t.Cleanup(func() { w.must(p.sight.db.Close()) })
	p.sight, err = newSight(w.ctx, p.database())
	return err
}

// database is where the place's replica lies.
func (p *place) database() string { return filepath.Join(p.dir, p.login, "replica.db") }

// copyAll copies a folder with all that is in it, locks left out: as an image of a disk, with
// the write-ahead logs as they are.
func copyAll(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		within, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		there := filepath.Join(to, within)
		if entry.IsDir() {
			return os.MkdirAll(there, 0o700)
		}
		if strings.HasSuffix(path, "-shm") || strings.HasSuffix(path, ".lock") {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("copying %s: %w", within, err)
		}
		return os.WriteFile(there, data, 0o600)
	})
}
