package replica

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// Found is a ticket or a claim that fits what was searched for.
type Found struct {
	Row
	Known   Known
	Exact   bool    // the number, telephone number or VIN is just this
	Matches []Match // where it fits, each part of the query once

	place int64
}

// Known is whose ticket it is and about which car, as far as that is held here.
type Known struct {
	Name   string
	Phones []string
	VIN    string
	Model  string
}

// Match is a text in which something of the query stands.
type Match struct {
	Field FoundIn
	Text  string
	At    Span // of Text
}

// FoundIn is what kind of text something was found in.
type FoundIn string

// The texts that are searched.
const (
	InNumber  FoundIn = "number"
	InPhone   FoundIn = "phone"
	InVIN     FoundIn = "vin"
	InName    FoundIn = "name"
	InSubject FoundIn = "subject"
	InDetails FoundIn = "details"
	InTrail   FoundIn = "trail"
)

// Place is where an answer goes on. The zero Place is its beginning.
type Place struct {
	rest   bool  // past what fits exactly
	before int64 // 0: from the newest on
}

// Compare is the order of an answer: what fits exactly first, each in the order of the index.
func (p Place) Compare(other Place) int {
	switch {
	case p.rest == other.rest:
		return cmp.Compare(other.before, p.before)
	case other.rest:
		return -1
	}
	return 1
}

// Place is where the answer goes on after this row.
func (f Found) Place() Place { return Place{rest: !f.Exact, before: f.place} }

// Find is a window of what fits the query: first what has just this number, telephone number
// or VIN, or ends so, then all else; each time open tickets, then closed ones, then claims, the
// newest first (placesOf). At most limit after the place. Each window is read from the index in
// its order, however much fits.
func (r *Replica) Find(ctx context.Context, q Query, after Place, limit int) ([]Found, error) {
	if q.Empty() {
		return nil, nil
	}
	limit = min(limit, MaxWindow)
	var found []Found
	exact, match := q.matches()
	if exact != "" && !after.rest {
		var err error
		if found, err = r.found(ctx, exact, after.before, limit); err != nil {
			return nil, err
		}
		for i := range found {
			found[i].Exact = true
		}
		after = Place{}
	}
	if len(found) < limit {
		rest, err := r.found(ctx, match, after.before, limit-len(found))
		if err != nil {
			return nil, err
		}
		found = append(found, rest...)
	}
	return found, r.explainAll(ctx, found, q)
}

// explainAll says of each row where the query fits.
func (r *Replica) explainAll(ctx context.Context, found []Found, q Query) error {
	for i := range found {
		if err := r.explain(ctx, &found[i], q); err != nil {
			return fault(r.path, "reading where something fits", err)
		}
	}
	return nil
}

// Callers are the tickets, the newest open ones first, then the newest closed ones, whose
// customer has a telephone number or whose car has a VIN that begins or ends with what was typed;
// none for less than CallerFrom letters and digits.
func (r *Replica) Callers(ctx context.Context, typed string, limit int) ([]Found, error) {
	if terms := joined(typed); len(terms) < CallerFrom || len(terms) > MaxQuery {
		return nil, nil
	}
	return r.found(ctx, "{phone vin} : "+quoted(stemOf(typed))+" *", 0, min(limit, MaxWindow))
}

// stemOf is what was typed of a telephone number or a VIN, as it stands in the index.
func stemOf(typed string) string {
	if strings.IndexFunc(typed, notOfANumber) < 0 {
		return digits(typed)
	}
	return joined(typed)
}

// foundColumns are those of a row and of its files (scanFound), of what is findable f.
const foundColumns = `SELECT ` + columns + `, f.place, coalesce(c.name, ''), coalesce(c.numbers, ''), coalesce(v.name, ''), coalesce(v.numbers, '')`

// foundJoins lead from what is findable to its row, its document and its files.
var foundJoins = fmt.Sprintf(` CROSS JOIN listing l ON l.kind = f.kind AND l.id = f.id
	LEFT JOIN overlay o ON o.kind = l.kind AND o.id = l.id
	LEFT JOIN document d ON d.kind = l.kind AND d.id = l.id
	LEFT JOIN file c ON c.kind = %d AND c.id = f.customer
	LEFT JOIN file v ON v.kind = %d AND v.id = f.vehicle `, syncproto.KindCustomer, syncproto.KindVehicle)

var selectFound = foundColumns + `
	FROM (SELECT rowid AS place FROM words WHERE words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?) w
	CROSS JOIN findable f ON f.place = w.place` + foundJoins + `ORDER BY w.place DESC`

func (r *Replica) found(ctx context.Context, match string, before int64, limit int) ([]Found, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	var all []Found
	for full := true; full && len(all) < limit; { // as in List
		room := limit - len(all)
		some, last, read, err := scanFound(r.reads.query(ctx, selectFound, match, before, room))
		if indexDamaged(err) {
			if err = r.RebuildOverlay(ctx); err == nil {
				some, last, read, err = scanFound(r.reads.query(ctx, selectFound, match, before, room))
			}
		}
		if err != nil {
			return nil, fault(r.path, "searching", err)
		}
		all, before, full = append(all, some...), last, read == room
	}
	return all, nil
}

// scanFound reads all rows of a query, or takes over why there are none. It says up to where it read,
// and how many with those that are left out.
func scanFound(rows *sql.Rows, err error) (all []Found, last int64, read int, _ error) {
	if err != nil {
		return nil, 0, 0, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for ; rows.Next(); read++ {
		var f Found
		var numbers string
		f.Row, err = scanRow(rows, &f.place, &f.Known.Name, &numbers, &f.Known.Model, &f.Known.VIN)
		if err != nil && !errors.Is(err, errLost) {
			return nil, 0, 0, err
		}
		if last = f.place; err != nil {
			continue
		}
		if numbers != "" {
			f.Known.Phones = strings.Split(numbers, "\n")
		}
		all = append(all, f)
	}
	return all, last, read, rows.Err()
}

// explain says where the query fits. The trail is read only of what fits nowhere else.
func (r *Replica) explain(ctx context.Context, f *Found, q Query) error {
	held := heldTexts(*f)
	trail := false
	for _, p := range q.everything() {
		m, fits := firstFit(p, held)
		if !fits && !trail && f.Ref.Kind == syncproto.KindTicket {
			trail = true
			said, _, err := r.reads.said(ctx, f.Ref)
			if err != nil {
				return fmt.Errorf("reading the trail of %v: %w", f.Ref, err)
			}
			for _, text := range said {
				held = append(held, Match{Field: InTrail, Text: text})
			}
			m, fits = firstFit(p, held)
		}
		if fits {
			f.Matches = append(f.Matches, m)
		}
	}
	return nil
}

// everything are the parts, and first the telephone number they are together.
func (q Query) everything() []part {
	if q.whole == "" {
		return q.parts
	}
	return []part{{terms: []string{q.whole}, stem: true, latin: true}}
}

// heldTexts are the texts of a row, in the order in which they are looked at.
func heldTexts(f Found) []Match {
	texts := []Match{{Field: InNumber, Text: f.Number}}
	for _, phone := range f.Known.Phones {
		texts = append(texts, Match{Field: InPhone, Text: phone})
	}
	texts = append(texts, Match{Field: InVIN, Text: f.Known.VIN}, Match{Field: InName, Text: f.Known.Name})
	switch body := f.Body.(type) {
	case ticket.Body:
		texts = append(texts, Match{Field: InSubject, Text: body.Subject})
		for _, text := range details(body, f.Known.Model) {
			texts = append(texts, Match{Field: InDetails, Text: text})
		}
	case claim.Body:
		texts = append(texts, Match{Field: InSubject, Text: body.What})
		for _, text := range claimDetails(body) {
			texts = append(texts, Match{Field: InDetails, Text: text})
		}
	}
	return texts
}

// firstFit is the first text in which the part stands.
func firstFit(p part, texts []Match) (Match, bool) {
	for _, m := range texts {
		whole := ""
		switch m.Field {
		case InNumber:
			whole = indexedNumber(m.Text)
		case InPhone:
			whole = indexedPhone(m.Text) + " " + insidePhone(m.Text)
		case InVIN:
			whole = indexedVIN(m.Text)
		default:
		}
		if at, fits := p.fits(m.Text); fits {
			m.At = at
			return m, true
		}
		if p.latin && p.fitsNumber(whole) {
			m.At = Span{0, len(m.Text)}
			return m, true
		}
	}
	return Match{}, false
}
