package replica_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// lines are rows of an answer: where each stands, what it is, and where it fits.
func lines(rows []replica.Found) (all []string) {
	for _, f := range rows {
		all = append(all, fmt.Sprint(f.Place(), f.Ref, f.Exact, f.Known, f.Matches))
	}
	return all
}

// nothing is a window of documents that there are not.
func nothing() (ids []syncproto.ID) {
	for n := range replica.MaxWindow {
		ids = append(ids, syncproto.Derive(fmt.Sprint("none ", n)))
	}
	return ids
}

// Some rows of an answer are read by their ids as a whole reading would have them, whether
// it is known that they stand in it or the index is asked.
func TestRowsOfAnAnswerAreReadByTheirIDs(t *testing.T) {
	d, ids := callCentre(t)
	d.mustTap(syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: ids[0], Channel: "400热线", Text: "已重置"})
	d.mustTap(syncproto.CommandClose, ticket.Close{Ticket: ids[0]})
	everything := slices.Concat(ids[:], []syncproto.ID{syncproto.Derive("none")})
	claims, err := d.List(ctx, syncproto.KindClaim, true, replica.Key{}, replica.MaxWindow)
	d.must(err)
	everything = append(everything, claims[0].Ref.ID)
	for _, text := range []string{"K7MQ-00002", "2", "K7MQ-000", "13800138000", "138001", "9999", "138 0013 8000", "LFV3A2", "E2184847", "张伟", "控", "滑轨", "代步车", "张伟 黑屏", "保险杠", "", "phev"} {
		q := replica.ReadQuery(text)
		whole, err := d.Find(ctx, q, replica.Place{}, replica.MaxWindow)
		d.must(err)
		standing := map[syncproto.ID]replica.Place{}
		for n, f := range whole {
			standing[f.Ref.ID] = f.Place()
			if n > 0 && whole[n-1].Place().Compare(f.Place()) >= 0 {
				t.Errorf("%q: row %d stands before the one above it", text, n)
			}
		}
		for what, read := range map[string]func() ([]replica.Found, error){
			"asked for":      func() ([]replica.Found, error) { return d.FindOf(ctx, q, nil, everything) },
			"known to stand": func() ([]replica.Found, error) { return d.FindOf(ctx, q, standing, nil) },
			"both":           func() ([]replica.Found, error) { return d.FindOf(ctx, q, standing, everything) },
			"more than a window": func() ([]replica.Found, error) {
				return d.FindOf(ctx, q, nil, slices.Concat(nothing(), everything))
			},
			"both, in two windows": func() ([]replica.Found, error) {
				return d.FindOf(ctx, q, standing, slices.Concat(everything, nothing()))
			},
			"asked for twice": func() ([]replica.Found, error) {
				return d.FindOf(ctx, q, nil, slices.Concat(everything, nothing(), everything))
			},
		} {
			got, err := read()
			d.must(err)
			if !slices.Equal(lines(got), lines(whole)) {
				t.Errorf("%q, %s:\n%s\nis read, where the answer is\n%s", text, what, strings.Join(lines(got), "\n"), strings.Join(lines(whole), "\n"))
			}
		}
	}
}

// What stood in an answer leaves it when it fits no longer, and comes when it does now, once
// the index is asked about it.
func TestWhatFitsNoLongerLeavesAnAnswer(t *testing.T) {
	d, ids := callCentre(t)
	stood := func(text string) map[syncproto.ID]replica.Place {
		found, err := d.Find(ctx, replica.ReadQuery(text), replica.Place{}, 10)
		d.must(err)
		at := map[syncproto.ID]replica.Place{}
		for _, f := range found {
			at[f.Ref.ID] = f.Place()
		}
		return at
	}
	before := stood("异响")
	d.mustTap(syncproto.CommandAmend, ticket.Amend{Ticket: ids[2], Field: ticket.FieldSubject, Old: "座椅异响", New: "座椅松动"})
	for text, want := range map[string]int{"异响": 0, "松动": 1} {
		got, err := d.FindOf(ctx, replica.ReadQuery(text), before, ids[2:])
		if err != nil || len(got) != want {
			t.Errorf("amended, %q is found in %d of it, not %d: %v", text, len(got), want, err)
		}
	}
}

// However much the desk holds, what is asked by ids is looked up by ids, and of the index only
// what lies between two places is gone through.
func TestWhatIsAskedByIDsIsLookedUp(t *testing.T) {
	d := seatDesk(t)
	asked := replica.ByIDs()
	for name, leads := range map[string]string{
		"among":   "SEARCH l USING PRIMARY KEY (kind=? AND id=?)",
		"found":   "SEARCH f USING INDEX sqlite_autoindex_findable_1 (kind=? AND id=?)",
		"names":   "SEARCH file USING PRIMARY KEY (kind=? AND id=?)",
		"own":     "SEARCH listing USING COVERING INDEX listing_by_turn (kind=? AND open=? AND rank=?)",
		"fitting": "SCAN words VIRTUAL TABLE INDEX 0:M7><", // what fits, from one place to another
	} {
		steps, err := d.PlanOf(ctx, asked[name])
		d.must(err)
		for n, step := range steps {
			if strings.HasPrefix(step, "CORRELATED SCALAR SUBQUERY") {
				continue // how far what waits has come; how it is looked up stands below
			}
			if n == 0 && step != leads || n > 0 && !strings.HasPrefix(step, "SEARCH") {
				t.Errorf("%s is asked so:\n%s\nand step %d should not be", name, strings.Join(steps, "\n"), n)
			}
		}
		delete(asked, name)
	}
	if len(asked) > 0 {
		t.Errorf("of %d queries it is not said how they go", len(asked))
	}
}
