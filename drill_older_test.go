package redress_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"redress/desktop/syncclient"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
)

const (
	// raisedTo is the limit that every manager is given after the backup: so money is handed out of
	// which it knows nothing.
	raisedTo syncproto.Fen = 8000_00
	// everyFourth manager has a laptop that is made known after the backup.
	everyFourth = 4
)

// TestDrillOlder: the server's disk and the copy of its log are lost together, and what is left is a
// backup of before most that was done: an older state, which has forgotten commands, grants and whole
// laptops. The rest of the office reports, and everything it was told is back within two minutes of
// the last desk. A manager with a laptop that the backup does not know stays without new authority,
// whoever has reported; that laptop is known again by a new code, and what was done on it is back
// within two minutes too. Then the operator releases what waits, and these accounts: authority is
// handed out again, everybody spends all there is, and no account is overspent (invariants 2, 9, 10,
// 12, 17; design §4; counterexamples A1, X7).
//
// How old the backup is by the clock is nothing: what counts is what it lacks.
func TestDrillOlder(t *testing.T) {
	drilled(t)
	r := newDrill(t, *drillDesks)
	began := time.Now()
	r.begin()
	r.work("tap 5")
	r.told()
	backup := filepath.Join(filepath.Dir(r.server.Data), "backup.db")
	r.server.Run("backup", backup)
	before := r.head()
	known := r.desks
	later := r.laterLaptops()
	r.desks = slices.Concat(known, later)
	r.raise()
	r.work("tap 10")
	r.spend(50)
	r.told()
	promised := r.promised()
	lost := r.head() - before

	r.serverIsLost("tap 2")
	r.must(os.RemoveAll(r.server.Copy))
	r.must(os.MkdirAll(r.server.Copy, 0o700))
	t.Log(strings.ReplaceAll(r.operate("restore", "--backup", backup), "\n", "; "))
	forgotten, given := r.lacks(promised), r.given()
	grants := len(given) - r.issued(given)
	if len(forgotten) == 0 || grants == 0 || len(later) == 0 {
		t.Fatalf("the backup lacks %d commands, %d grants and %d laptops: nothing is shown", len(forgotten), grants, len(later))
	}
	r.restart()
	restored := r.head()
	r.desks = known
	r.allButTheLast(restored)
	back, last := r.lastComesBack(of(promised, known))
	r.rest()

	r.desks = slices.Concat(known, later)
	frozen := map[syncproto.ID]bool{}
	for _, d := range later {
		r.knownAgain(d)
		frozen[d.core.replica.Owner().Person] = true
	}
	laterLast := time.Now()
	laterBack := r.allBack(promised, laterLast)
	r.rest()
	others := map[syncproto.ID]bool{}
	for _, d := range known {
		if manager := d.core.replica.Owner().Person; d.person.Role == "manager" && !frozen[manager] {
			others[manager] = true
		}
	}
	r.wait(known[0], "handed authority again, or another whose laptops are all known", func() bool { return r.newGrants(given, others) > 0 })
	if n := r.newGrants(given, frozen); n > 0 {
		t.Errorf("%d grants were handed out to managers of whom nobody had said that all their laptops are back", n)
	}
	r.keptTo(promised, forgotten)
	released := r.releaseWhatWaits()
	for _, d := range later {
		r.operate("release-account", d.person.Login, "--reason", "所有电脑均已交回")
	}
	for _, d := range later {
		manager := map[syncproto.ID]bool{d.core.replica.Owner().Person: true}
		r.wait(d, "handed authority again", func() bool { return r.newGrants(given, manager) > 0 })
	}
	r.work("tap 1")
	r.spend(100)
	r.told()
	r.converge(r.patience())
	spent := r.withinLimits()
	t.Logf("%d desks, a backup that lacks the last %d entries; %d commands acknowledged, %d of them forgotten by the server, and %d grants; back %v after the last desk it knew, and %v after the last of %d it did not; "+
		"%d accounts frozen until the operator released them, %d commands released with them; %v spent, no account over its limit; in all %v", len(r.desks), lost, len(promised), len(forgotten), grants,
		back.Sub(last).Round(100*time.Millisecond), laterBack.Sub(laterLast).Round(100*time.Millisecond), len(later), len(frozen), released, spent, time.Since(began).Round(time.Second))
	t.Log(strings.TrimSpace(r.server.Run("verify")))
}

// laterLaptops makes a laptop more known for every fourth manager.
func (r *ring) laterLaptops() (later []*coreDesk) {
	r.t.Helper()
	for n, login := range r.managers() {
		if n%everyFourth > 0 {
			continue
		}
		p := r.desks[slices.IndexFunc(r.desks, func(d *coreDesk) bool { return d.person.Login == login })].person
		p.Code = r.operate("enrol", login)
		d := &coreDesk{t: r.t, person: p, folder: filepath.Join(r.t.TempDir(), login+"-later"), line: newLine(r.t, r.server.Address), within: true}
		d.line.from(len(r.desks) + len(later))
		later = append(later, d)
	}
	office := &ring{t: r.t, server: r.server, desks: later}
	r.t.(*testing.T).Cleanup(func() {
		for _, d := range later {
			if d.running {
				d.leave()
			}
		}
	})
	office.begin()
	return later
}

// managers are the logins of those who work here, in order.
func (r *ring) managers() (logins []string) {
	for _, d := range r.desks {
		if d.person.Role == "manager" && !slices.Contains(logins, d.person.Login) {
			logins = append(logins, d.person.Login)
		}
	}
	return logins
}

// raise gives every manager another limit, and waits until all of that lies on their desks.
func (r *ring) raise() {
	r.t.Helper()
	for _, login := range r.managers() {
		r.operate("limit", login, "--limit", "8000.00", "--reason", "旺季")
	}
	r.wait(r.desks[0], "handed what every manager has more", func() bool {
		return !slices.ContainsFunc(r.accounts(), func(b authority.Body) bool { return b.Limit == raisedTo && b.Free() > 0 })
	})
	r.rest()
}

// given are all grants that lie on a desk.
func (r *ring) given() map[syncproto.ID]bool {
	r.t.Helper()
	all := map[syncproto.ID]bool{}
	for _, d := range r.desks {
		grants, err := d.core.replica.GrantsLeft(d.core.ctx)
		r.must(err)
		for _, g := range grants {
			all[g.Grant.ID] = true
		}
	}
	return all
}

// issued is how many of some grants the server knows.
func (r *ring) issued(some map[syncproto.ID]bool) (n int) {
	r.t.Helper()
	for _, b := range r.accounts() {
		for _, g := range b.Grants {
			if some[g.ID] {
				n++
			}
		}
	}
	return n
}

// newGrants is how many grants managers were given beside those that were.
func (r *ring) newGrants(were, managers map[syncproto.ID]bool) (n int) {
	r.t.Helper()
	for _, b := range r.accounts() {
		for _, g := range b.Grants {
			if managers[b.Manager] && !were[g.ID] {
				n++
			}
		}
	}
	return n
}

// of is what some desks were told.
func of(promised map[syncproto.ID]promise, desks []*coreDesk) map[syncproto.ID]promise {
	some := maps.Clone(promised)
	maps.DeleteFunc(some, func(_ syncproto.ID, p promise) bool { return !slices.Contains(desks, p.desk) })
	return some
}

// knownAgain has a laptop be made known again, which the server has forgotten, and hand in.
func (r *ring) knownAgain(d *coreDesk) {
	r.t.Helper()
	code := r.operate("enrol", d.person.Login)
	d.line.mend()
	r.must(syncclient.EnrolAgain(d.core.ctx, d.core.replica, d.core.server, syncclient.Return{Code: code, Machine: "core", Incarnation: coreID()}))
	d.logInAgain()
	d.tell("retry")
	d.must(r.patience(), "back", func(w *witness) bool { return w.way == "online" })
}

// releaseWhatWaits has the operator release every command that waits for a person, and what waits for
// one because of that, and says how many. Where a ticket has no room left for what was told (it has as many
// claims as there may be, by those who came before), that is refused, and its approval waits.
func (r *ring) releaseWhatWaits() (released int) {
	r.t.Helper()
	for {
		var waiting []store.Parked
		r.view(func(v *store.View) (err error) {
			waiting, err = v.Parked()
			return err
		})
		waiting = slices.DeleteFunc(waiting, func(p store.Parked) bool { return !p.Code.WaitsForPerson() })
		if len(waiting) == 0 {
			return released
		}
		for _, p := range waiting {
			r.operate("parked", "release", p.Command.String())
			released++
		}
		if released > len(r.logged()) {
			r.t.Fatalf("%d commands were released, and %d wait for a person", released, len(waiting))
		}
	}
}
