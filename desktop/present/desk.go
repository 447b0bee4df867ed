package present

import (
	"context"
	"fmt"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

// Desk reads the views of one person from the person's replica. Each reading shows one
// moment; nothing is kept between two.
type Desk struct {
	Replica *replica.Replica
	Words   Words
}

// Scene is who looks, at a reading of the device's clocks.
func (d Desk) Scene(at syncproto.Reading) Scene {
	return Scene{Words: d.Words, Reference: d.Replica.Reference(), Person: d.Replica.Owner().Person,
		Now: d.Replica.Estimate(at), Within: d.Replica.Within(at)}
}

// Work reads a window of the open tickets after a key: one query for the rows, one for
// what waits to be sent, however many tickets there are.
func (d Desk) Work(ctx context.Context, at syncproto.Reading, after replica.Key, limit int) (Work, error) {
	rows, err := d.Replica.List(ctx, syncproto.KindTicket, true, after, limit)
	if err != nil {
		return Work{}, err
	}
	total, err := d.Replica.CountOpen(ctx, syncproto.KindTicket)
	if err != nil {
		return Work{}, err
	}
	waiting, err := d.Replica.Waiting(ctx)
	if err != nil {
		return Work{}, err
	}
	return d.Scene(at).work(rows, waiting, total, limit), nil
}

// Panorama reads everything about a ticket; false where it is not held here.
func (d Desk) Panorama(ctx context.Context, at syncproto.Reading, id syncproto.ID) (Panorama, bool, error) {
	doc, held, err := d.Replica.Document(ctx, ticket.Ref(id))
	if err != nil || !held {
		return Panorama{}, false, err
	}
	body, ok := doc.Body.(ticket.Body)
	if !ok {
		return Panorama{}, false, fmt.Errorf("showing %v: its body is a %T", doc.Ref, doc.Body)
	}
	about := about{doc: doc, ticket: body}
	if about.customer, err = bodyOf[customer.Body](ctx, d.Replica, customer.Ref(body.Customer)); err != nil {
		return Panorama{}, false, err
	}
	if about.vehicle, err = bodyOf[customer.Vehicle](ctx, d.Replica, customer.VehicleRef(body.Vehicle)); err != nil {
		return Panorama{}, false, err
	}
	if about.steps, err = d.Replica.History(ctx, doc.Ref); err != nil {
		return Panorama{}, false, err
	}
	if about.claims, err = d.Replica.Children(ctx, doc.Ref, syncproto.KindClaim); err != nil {
		return Panorama{}, false, err
	}
	return d.Scene(at).panorama(about), true, nil
}

// bodyOf reads the body of one document; the zero body where there is none here.
func bodyOf[B any](ctx context.Context, from *replica.Replica, ref syncproto.Ref) (B, error) {
	var none B
	if ref.IsZero() {
		return none, nil
	}
	doc, _, err := from.Document(ctx, ref)
	if err != nil {
		return none, err
	}
	body, ok := doc.Body.(B)
	if !ok {
		return none, nil
	}
	return body, nil
}

// MaxClaims is how many waiting claims the page of claims shows.
const MaxClaims = replica.MaxWindow

// Claims reads what waits for a decision and what authority is left.
func (d Desk) Claims(ctx context.Context, at syncproto.Reading) (Claims, error) {
	scene := d.Scene(at)
	rows, err := d.Replica.List(ctx, syncproto.KindClaim, true, replica.Key{}, MaxClaims)
	if err != nil {
		return Claims{}, err
	}
	purse, err := d.purse(ctx, scene)
	if err != nil {
		return Claims{}, err
	}
	recent, err := d.Replica.Recent(ctx)
	if err != nil {
		return Claims{}, err
	}
	return scene.claims(rows, purse, recent), nil
}

// purse is the authority a decision is made from.
type purse struct {
	left     []authority.Left
	account  authority.Body
	doubtful bool
}

func (d Desk) purse(ctx context.Context, scene Scene) (purse, error) {
	grants, err := d.Replica.GrantsLeft(ctx)
	if err != nil {
		return purse{}, err
	}
	var p purse
	for _, g := range grants {
		if g.Usable {
			p.left = append(p.left, authority.Left{Grant: g.Grant, Left: g.Left})
		}
	}
	status, err := d.Replica.Status(ctx)
	if err != nil {
		return purse{}, err
	}
	p.doubtful = status.Doubtful
	month := authority.Cover(p.left, 0, scene.Now, scene.Within).Month
	p.account, err = bodyOf[authority.Body](ctx, d.Replica, authority.Ref(scene.Person, month))
	return p, err
}

// Sync reads how far this desk and the server agree.
func (d Desk) Sync(ctx context.Context, at syncproto.Reading, trouble syncproto.Code) (Sync, error) {
	scene := d.Scene(at)
	status, err := d.Replica.Status(ctx)
	if err != nil {
		return Sync{}, err
	}
	waiting, err := d.Replica.Waiting(ctx)
	if err != nil {
		return Sync{}, err
	}
	cards, err := d.Replica.NeedsYou(ctx)
	if err != nil {
		return Sync{}, err
	}
	view := scene.sync(status, waiting, trouble)
	for _, c := range cards {
		since, err := d.since(ctx, c)
		if err != nil {
			return Sync{}, err
		}
		view.Cards = append(view.Cards, scene.card(c, since))
	}
	return view, nil
}

// since is what happened to a command's subject after it was given, by others.
func (d Desk) since(ctx context.Context, c replica.Command) ([]replica.Step, error) {
	steps, err := d.Replica.History(ctx, c.Intent.Subject)
	if err != nil {
		return nil, err
	}
	var later []replica.Step
	for _, step := range steps {
		if step.Stage == replica.Final && step.Time > c.MadeAt && step.Command != c.Intent.ID {
			later = append(later, step)
		}
	}
	return later, nil
}

// Line reads the state of sync in one look.
func (d Desk) Line(ctx context.Context, at syncproto.Reading, trouble syncproto.Code) (Line, error) {
	status, err := d.Replica.Status(ctx)
	if err != nil {
		return Line{}, err
	}
	return d.Scene(at).line(status, trouble), nil
}

// Counts is how many things wait in each place, for the navigation.
type Counts struct {
	Work, Claims, NeedsYou int
}

// Counts reads them.
func (d Desk) Counts(ctx context.Context) (Counts, error) {
	var c Counts
	var err error
	if c.Work, err = d.Replica.CountOpen(ctx, syncproto.KindTicket); err != nil {
		return c, err
	}
	if c.Claims, err = d.Replica.CountOpen(ctx, syncproto.KindClaim); err != nil {
		return c, err
	}
	status, err := d.Replica.Status(ctx)
	c.NeedsYou = status.NeedsYou
	return c, err
}

// Claim reads one claim; false where it is not held here.
func (d Desk) Claim(ctx context.Context, id syncproto.ID) (claim.Body, bool, error) {
	doc, held, err := d.Replica.Document(ctx, claim.Ref(id))
	if err != nil || !held {
		return claim.Body{}, false, err
	}
	body, ok := doc.Body.(claim.Body)
	return body, ok, nil
}
