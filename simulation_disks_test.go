package redress_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// What happens to the server's disk when it writes next.
const (
	noRoom        = "the server's disk is full"
	uncertainLost = "the server's commit fails, and is lost"
	uncertainKept = "the server's commit fails, and is on the disk"
	diesCommitted = "the server dies between commit and acknowledgement"
)

// arm lets the next commit of the server end so. It counts as having happened where it strikes.
func (w *walk) arm(how string) bool {
	w.note("next: %s", how)
	w.trouble = func(write func() error) error {
		w.trouble = nil
		w.happened[how]++
		if how == noRoom {
			return fmt.Errorf("played: %w", store.ErrFull)
		}
		if how != uncertainLost {
			if err := write(); err != nil { // another goroutine's than the walk's
				w.t.Errorf("2: a batch that would be on the disk is not: %v", err)
			}
		}
		w.broken, w.dying = true, how == diesCommitted
		return fmt.Errorf("played: %w", store.ErrUncertain)
	}
	return false
}

// tolerate takes what a disk in trouble leads to.
func (w *walk) tolerate(err error) {
	if err != nil && !errors.Is(err, store.ErrFull) && !errors.Is(err, store.ErrUncertain) {
		w.t.Fatal(err)
	}
}

// serverFalls ends the server as a power cut does; at once or later it comes back.
func (w *walk) serverFalls() bool {
	if !w.running {
		return false
	}
	w.killServer()
	if w.one(3) {
		w.killServer()
	}
	return true
}

// killServer ends the server, or starts one that was ended. It then has every entry that anybody
// ever saw on the disk (2).
func (w *walk) killServer() {
	if !w.running {
		w.running, w.broken, w.dying = true, false, false
		w.must(w.Start(w.now))
		w.note("the server starts")
		w.say(nil, "server start")
		w.compare(2)
		if head := w.ledger.Head(); head.Seq != w.book.head || head.Chain != w.book.chain {
			w.t.Fatalf("2: the server starts with %d entries, and had %d on its disk", head.Seq, w.book.head)
		}
		return
	}
	w.note("the server is killed, with %d hand-ins under way", len(w.queue))
	w.say(nil, "server kill")
	for _, p := range w.places {
		w.cut(p)
	}
	w.running, w.queue, w.ghosts, w.trouble = false, nil, nil, nil
	w.Kill()
}

// recover starts a server anew that had to stop. What it said before may still arrive, but not
// where it died in the act.
func (w *walk) recover() {
	if !w.broken || !w.running {
		return
	}
	for _, p := range w.places {
		for !w.dying && p.line != nil && len(p.line.down) > 0 && w.dice.IntN(8) > 0 {
			p.line.up = nil
			if !w.carry(p) {
				break
			}
		}
	}
	w.killServer()
	w.killServer()
}

// secondServer has another server write to the same log, as by a lock that does not hold on a
// share. The first one's next batch is refused, and it ends.
func (w *walk) secondServer() bool {
	if !w.commands() {
		return false
	}
	w.trouble = nil
	w.note("a second server writes to the log")
	other, err := store.Open(w.ctx, w.path())
	w.must(err)
	second, err := ledger.Open(w.ctx, disk{other, w.stage}, w.chance.id, zerolog.Nop())
	w.must(err)
	first := w.ledger
	w.ledger = second
	w.policy.Number++
	w.must(w.Operate(w.now, syncproto.CommandIssuePolicy, policy.Issue{Policy: w.policy}))
	w.must(other.Close())
	w.ledger = first
	link, given := w.link, len(w.given.all)
	next := w.policy
	next.Number++
	w.compare(4)
	if err := w.Operate(w.now, syncproto.CommandIssuePolicy, policy.Issue{Policy: next}); err == nil {
		w.t.Fatal("4: two servers have written the same place of the log")
	}
	w.link, w.given.all, w.broken, w.dying = link, w.given.all[:given], true, true
	return true
}

// image is a desk's disk as it was once.
type image struct {
	place  *place
	dir    string
	spoilt map[syncproto.Ref]bool
}

// shoot takes an image of a desk's disk.
func (w *walk) shoot(p *place) image {
	i := image{p, filepath.Join(w.dir, fmt.Sprintf("image-%d", len(w.images))), p.spoilt}
	w.must(copyAll(p.dir, i.dir))
	w.note("somebody takes an image of %s's disk", p.name)
	return i
}

// setBack puts a desk's disk back to an image of it, or takes one for another time. Of the whole
// machine, or of the database alone: then what is kept beside it tells.
func (w *walk) setBack(p *place) bool {
	if p.stolen {
		return false
	}
	at := slices.IndexFunc(w.images, func(i image) bool { return i.place == p })
	if at < 0 {
		w.images = append(w.images, w.shoot(p))
		return false
	}
	whole := w.one(2)
	w.note("%s's disk is set back, all of it %v", p.name, whole)
	w.cannotSay("%s's disk is set back", p.name)
	w.cut(p)
	if p.full {
		w.room(p)
	}
	w.must(errors.Join(p.replica.Close(), p.sight.db.Close()))
	from := w.images[at].dir
	p.spoilt = w.images[at].spoilt
	w.images[at].place = nil // once
	w.must(filepath.WalkDir(filepath.Join(p.dir, p.login), func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.Contains(filepath.Base(path), "replica.db") {
			err = os.Remove(path)
		}
		return err
	}))
	keep := filepath.Join(p.dir, p.login, "line.json")
	line, err := os.ReadFile(keep)
	w.must(err)
	w.must(copyAll(from, p.dir))
	if !whole {
		w.must(os.WriteFile(keep, line, 0o600))
	}
	again, err := p.folder.Open(w.ctx, p.login, func([]syncproto.Ref) {})
	w.must(err)
	p.replica, p.present.Replica = again, again
	p.sight, err = newSight(w.ctx, p.database())
	w.must(err)
	w.remember(p)
	if p.bentAt != 0 { // what it was told of the time may be from before somebody was at the ticks
		w.bend(p)
	}
	w.spread(p)
	return true
}

// clone copies a desk's disk to another machine, and both are used from now on.
func (w *walk) clone(p *place) bool {
	if slices.ContainsFunc(w.places, func(o *place) bool { return o.second }) || p.full || p.stolen {
		return false
	}
	c := &place{name: p.name + "-copy", login: p.login, role: p.role, person: p.person, units: p.units, second: true}
	dir := filepath.Join(w.dir, fmt.Sprintf("desk-%s-%d", c.name, w.step()))
	w.must(copyAll(p.dir, dir))
	w.must(w.sit(c, dir))
	c.clocks, c.bent, c.bentAt, c.token, c.expires, c.spoilt = p.clocks.Paused(w.now, false), p.bent, p.bentAt, p.token, p.expires, p.spoilt
	c.had, c.lost = p.had, maps.Clone(p.lost)
	w.note("%s's disk is copied", p.name)
	w.cannotSay("%s's disk is copied, and both are used", p.name)
	w.remember(c)
	w.spread(c)
	return true
}

// remember is what a place still knows of what was done at it: what is in its file.
func (w *walk) remember(p *place) {
	all, err := p.sight.made(0)
	w.must(err)
	p.made, p.order, p.open, p.behind = map[syncproto.ID]*deed{}, nil, 0, 0
	for _, k := range all.kept {
		d := w.deeds[k.id]
		if d == nil {
			w.t.Fatalf("6: %s has %v, which nobody did", p.name, k.id)
		}
		now := *d
		now.told, now.bytes = false, nil
		p.made[d.id] = &now
		p.order = append(p.order, &now)
	}
}

// spread notes what there is twice from now on: by so much may be overspent (13).
func (w *walk) spread(p *place) {
	w.copied[p.Device()] = true
	grants, err := p.replica.GrantsLeft(w.ctx)
	w.must(err)
	for _, g := range grants {
		if g.Grant.Kind == syncproto.GrantAmount {
			w.book.money.copied[g.Grant.Account] += max(0, g.Left)
		}
	}
}
