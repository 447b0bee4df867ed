package present

import (
	"context"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
)

// MaxClaims is how many claims one reading of the page of claims gives at most.
const MaxClaims = replica.MaxWindow

// ClaimPlace is a place in the list of claims: those that are not decided, as they wait for the
// person (turn.Reader), then those whose approval the person may reverse, newest first. The
// zero place is before the first.
type ClaimPlace struct {
	decided bool
	key     replica.Key
}

// Compare is the order of the list.
func (p ClaimPlace) Compare(other ClaimPlace) int {
	if by := boolInt(p.decided) - boolInt(other.decided); by != 0 {
		return by
	}
	return p.key.Compare(other.key)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Claims reads the page of claims: what authority is left, what was decided here, and a window
// of the list after a place; of the claims nothing where the limit is 0.
func (d Desk) Claims(ctx context.Context, at syncproto.Reading, after ClaimPlace, limit int) (Claims, error) {
	scene := d.Scene(at)
	page, err := d.claimsPage(ctx, scene)
	if err != nil {
		return Claims{}, err
	}
	limit = min(limit, MaxClaims)
	// Each of the two ends with the first row that is not of the list: those come last.
	for _, decided := range []bool{false, true} {
		room := limit - len(page.Waiting)
		if room <= 0 || after.decided && !decided || decided && !scene.may(syncproto.CommandReverse) {
			continue
		}
		rows, err := d.Replica.List(ctx, syncproto.KindClaim, !decided, after.key, room)
		if err != nil {
			return Claims{}, err
		}
		page.More = scene.listClaims(&page, rows) == room
		if !decided {
			after.key = replica.Key{}
		}
	}
	return page, nil
}

// ClaimsOf reads the page with those of the claims that are in its list.
func (d Desk) ClaimsOf(ctx context.Context, at syncproto.Reading, ids []syncproto.ID) (Claims, error) {
	scene := d.Scene(at)
	page, err := d.claimsPage(ctx, scene)
	if err != nil {
		return Claims{}, err
	}
	for _, open := range []bool{true, false} {
		rows, err := d.Replica.AmongAll(ctx, syncproto.KindClaim, open, ids)
		if err != nil {
			return Claims{}, err
		}
		for _, r := range rows {
			scene.listClaims(&page, []replica.Row{r})
		}
	}
	return page, nil
}

// claimsPage is the page without the list.
func (d Desk) claimsPage(ctx context.Context, scene Scene) (Claims, error) {
	purse, err := d.purse(ctx, scene)
	if err != nil {
		return Claims{}, err
	}
	recent, err := d.Replica.Recent(ctx)
	if err != nil {
		return Claims{}, err
	}
	yours, err := d.Replica.CountOwn(ctx, syncproto.KindClaim)
	if err != nil {
		return Claims{}, err
	}
	others, err := d.Replica.CountShared(ctx, syncproto.KindClaim)
	if err != nil {
		return Claims{}, err
	}
	page := Claims{Month: scene.month(purse), purse: purse, Decides: scene.Manager() || scene.may(syncproto.CommandApproveAbove)}
	page.Title = scene.claimsTitle(yours, others, page.Decides)
	page.Month.Moved = scene.moved(page.Month.Moved, page.Month.month, recent)
	if page.Account, err = d.statement(ctx, scene, purse); err != nil {
		return Claims{}, err
	}
	for _, c := range recent {
		if decides[c.Intent.Kind] {
			page.Decided = append(page.Decided, scene.decided(c))
		}
	}
	return page, nil
}

// listClaims adds rows to the page, up to the first that is not of the list: headquarters has
// every region's claims, and not every approval can be reversed. It says how many it added.
func (s Scene) listClaims(page *Claims, rows []replica.Row) int {
	for n, r := range rows {
		body, ok := r.Body.(claim.Body)
		if !ok || body.Open() && !s.mine(body) && !s.files(body) || !body.Open() && !s.reverses(body) {
			return n
		}
		row := s.claimOf(r, body, page.purse)
		page.Last = row.Place
		if body.Open() {
			page.Waiting = append(page.Waiting, row)
		} else {
			page.Approved = append(page.Approved, row)
		}
	}
	return len(rows)
}
