package replica

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"

	"redress/syncproto"
)

// FindOf reads some rows of an answer anew, by the ids of their documents, in the order of the
// answer: those of standing, which were found at these places and nothing happened to since,
// and those of others that fit now. What is not held any more, or fits no longer, is left out.
//
// The index is asked about others alone, and about all of them at once: a question costs as
// much as a window of the answer, however few it is about.
func (r *Replica) FindOf(ctx context.Context, q Query, standing map[syncproto.ID]Place, others []syncproto.ID) ([]Found, error) {
	if q.Empty() {
		return nil, nil
	}
	var all, asked []Found
	for some := range slices.Chunk(distinct(slices.AppendSeq(slices.Clone(others), maps.Keys(standing))), MaxWindow) {
		rows, _, _, err := scanFound(r.reader.QueryContext(ctx, foundAmong(len(some)), idArguments(some, syncproto.KindTicket, syncproto.KindClaim)...))
		if err != nil {
			return nil, fault(r.path, "searching", err)
		}
		for _, f := range rows {
			place, stands := standing[f.Ref.ID]
			if !stands || place.before != f.place || slices.Contains(others, f.Ref.ID) {
				asked = append(asked, f)
				continue
			}
			f.Exact = !place.rest
			all = append(all, f)
		}
	}
	fitting, err := r.fitting(ctx, q, asked)
	if err != nil {
		return nil, err
	}
	all = append(all, fitting...)
	slices.SortFunc(all, func(a, b Found) int { return a.Place().Compare(b.Place()) })
	return all, r.explainAll(ctx, all, q)
}

// foundAmong reads what is findable by the ids of so many documents, of two kinds.
func foundAmong(n int) string {
	return foundColumns + ` FROM findable f` + foundJoins + `WHERE f.kind IN (?, ?) AND f.id IN (` + marks(n) + `)`
}

// distinct are ids, each once: what is asked for in two windows is in both answers.
func distinct(ids []syncproto.ID) []syncproto.ID {
	ids = slices.SortedFunc(slices.Values(ids), func(a, b syncproto.ID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// marks are so many question marks, at least one.
func marks(n int) string { return `?` + strings.Repeat(`, ?`, n-1) }

// idArguments are the arguments of a query that has some ids at its end.
func idArguments(ids []syncproto.ID, before ...any) []any {
	for _, id := range ids {
		before = append(before, id[:])
	}
	return before
}

// fitting are those of the documents that fit the query, with whether they do exactly.
func (r *Replica) fitting(ctx context.Context, q Query, asked []Found) ([]Found, error) {
	exact, rest := q.matches()
	var all []Found
	for _, match := range []string{exact, rest} {
		if match == "" {
			continue
		}
		for some := range slices.Chunk(asked, MaxWindow) {
			fit, err := r.placesThatFit(ctx, match, some)
			if err != nil {
				return nil, err
			}
			for _, f := range some {
				if fit[f.place] {
					f.Exact = match == exact
					all = append(all, f)
				}
			}
		}
	}
	return all, nil
}

// fittingAmong goes through what fits between two places, in one go: asking the index about
// each place by itself would have it look for all words with the same beginning each time. The
// plus keeps SQLite from doing that.
func fittingAmong(n int) string {
	return `SELECT rowid FROM words WHERE words MATCH ? AND rowid >= ? AND rowid <= ? AND +rowid IN (` + marks(n) + `)`
}

func (r *Replica) placesThatFit(ctx context.Context, match string, asked []Found) (map[int64]bool, error) {
	const doing = "asking whether something still fits"
	least, most := asked[0].place, asked[0].place
	var places []any
	for _, f := range asked {
		least, most = min(least, f.place), max(most, f.place)
		places = append(places, f.place)
	}
	rows, err := r.reader.QueryContext(ctx, fittingAmong(len(asked)), append([]any{match, least, most}, places...)...)
	if err != nil {
		return nil, fault(r.path, doing, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	fit := map[int64]bool{}
	for rows.Next() {
		var place int64
		if err := rows.Scan(&place); err != nil {
			return nil, fault(r.path, doing, err)
		}
		fit[place] = true
	}
	if err := rows.Err(); err != nil {
		return nil, fault(r.path, doing, err)
	}
	return fit, nil
}
