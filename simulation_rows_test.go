package redress_test

import (
	"database/sql"
	"errors"
	"maps"
	"net/url"
	"path/filepath"
	"slices"

	"redress/syncproto"
	"redress/syncproto/rules"
)

// What a disk does to the rows of a desk, below the program: one is other than it was written, or
// gone. That is found at a checkpoint, and the part it is in is fetched again (design §7).

const (
	// mostSpoilt is how many rows of a desk are spoilt before everything is mended: fewer than the
	// healings in an hour after which a desk calls somebody.
	mostSpoilt = syncproto.HealsAnHour - 1
	// turnOfParts is how many checkpoints it takes a desk to look at all its rows; one more where
	// the first compared nothing, because the desk was a moment behind it.
	turnOfParts = 16 + 1
)

// spoil spoils a row of what people work on.
func (w *walk) spoil(p *place) bool {
	if p.full || len(p.spoilt) >= mostSpoilt {
		return false
	}
	documents, err := p.sight.everyDocument()
	w.must(err)
	documents = slices.DeleteFunc(documents, func(c confirmed) bool {
		return c.limbo || p.spoilt[c.ref] || rules.IsReference(c.ref.Kind)
	})
	if len(documents) == 0 {
		return false
	}
	slices.SortFunc(documents, func(a, b confirmed) int { return a.ref.Compare(b.ref) })
	c := pick(w, documents)
	set, values := w.damage(c)
	db, err := sql.Open("sqlite", "file://"+(&url.URL{Path: filepath.ToSlash(p.database())}).EscapedPath()+"?_pragma=busy_timeout(5000)")
	w.must(err)
	_, err = db.ExecContext(w.ctx, set+` WHERE kind = ? AND id = ?`, append(values, c.ref.Kind, c.ref.ID[:])...)
	w.must(errors.Join(err, db.Close()))
	w.note("%s's disk spoils %v: %s", p.name, c.ref, set)
	w.cannotSay("%s's disk spoils a row", p.name)
	p.spoilt = maps.Clone(p.spoilt)
	if p.spoilt == nil {
		p.spoilt = map[syncproto.Ref]bool{}
	}
	p.spoilt[c.ref] = true
	return true
}

// damage is a statement that spoils a row, without which row it is. By what can still be read of
// another than a customer or a car people would decide, and a desk that does not know yet goes on as
// if nothing were.
func (w *walk) damage(c confirmed) (set string, values []any) {
	most := 5
	if c.ref.Kind != syncproto.KindCustomer && c.ref.Kind != syncproto.KindVehicle {
		most = 2
	}
	switch w.dice.IntN(most) {
	case 0:
		return `DELETE FROM document`, nil
	case 1:
		return `UPDATE document SET body = x'00'`, nil
	case 2:
		return `UPDATE document SET version = version + 3`, nil
	case 3:
		return `UPDATE document SET buckets = x''`, nil
	}
	return `UPDATE document SET body = ?`, []any{misread(c)}
}

// misread is a body with one bit another, that can still be read.
func misread(c confirmed) []byte {
	body := slices.Clone(c.body)
	for at := range slices.Backward(body) {
		body[at] ^= 1
		if _, err := rules.ReadBody(c.ref.Kind, body); err == nil {
			break
		}
		body[at] ^= 1
	}
	return body
}

// healRows has the desks whose rows were spoilt compare until they have looked at all of them.
// Then nothing is spoilt any more, which whoever compares what they hold sees (23).
func (w *walk) healRows() {
	spoilt := slices.DeleteFunc(slices.Clone(w.places), func(p *place) bool { return len(p.spoilt) == 0 })
	for range turnOfParts {
		if len(spoilt) == 0 {
			return
		}
		for _, p := range spoilt {
			w.cut(p) // a session begins with a checkpoint
		}
		w.settle()
		w.now = w.now.Add(15 * syncproto.Second)
		w.wake()
		for _, p := range w.places {
			w.passOn(p)
		}
	}
	w.settle()
	for _, p := range spoilt {
		w.compare(23)
		p.spoilt = nil
	}
}

// mayHeal says what is wrong with what a desk fetches again: it has as many rows that were spoilt,
// and what is healed is the part that each is in (23).
func (w *walk) mayHeal(p *place, f *syncproto.Fetch) {
	if len(p.spoilt) == 0 {
		w.t.Fatalf("5: %s heals %d parts of bucket %v", p.name, f.Parts.Count(), f.Bucket)
	}
	w.compare(23)
	if f.Parts.Count() > len(p.spoilt) {
		w.t.Fatalf("23: %s heals %d parts of bucket %v, and %d rows are spoilt", p.name, f.Parts.Count(), f.Bucket, len(p.spoilt))
	}
}
