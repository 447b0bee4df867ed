package present

import (
	"context"
	"fmt"

	"redress/desktop/diskcrypt"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

// Desk reads the views of one person from the person's replica. Each reading shows one
// moment; nothing is kept between two.
type Desk struct {
	Replica *replica.Replica
	Words   Words
	// Disk is what the system says of the disk that the replica lies on.
	Disk diskcrypt.State
}

// Scene is who looks, at a reading of the device's clocks.
func (d Desk) Scene(at syncproto.Reading) Scene {
	return Scene{Words: d.Words, Reference: d.Replica.Reference(), Person: d.Replica.Owner().Person,
		Device: d.Replica.Owner().Device, Now: d.Replica.Estimate(at), Within: d.Replica.Within(at)}
}

// Work reads a window of the open tickets after a key: one query for the rows, one for
// what waits to be sent and one for the customers' names, however many tickets there are.
func (d Desk) Work(ctx context.Context, at syncproto.Reading, after replica.Key, limit int) (Work, error) {
	rows, err := d.Replica.List(ctx, syncproto.KindTicket, true, after, limit)
	if err != nil {
		return Work{}, err
	}
	total, err := d.Replica.CountOpen(ctx, syncproto.KindTicket)
	if err != nil {
		return Work{}, err
	}
	w := Work{Total: total, More: len(rows) == limit}
	if len(rows) > 0 {
		w.Last = rows[len(rows)-1].Key()
	}
	w.Rows, err = d.workRows(ctx, at, rows)
	return w, err
}

// WorkOf reads those of the tickets that are open, whatever else there is: the others of them
// are in no list any more.
func (d Desk) WorkOf(ctx context.Context, at syncproto.Reading, tickets []syncproto.ID) ([]Row, error) {
	rows, err := d.Replica.AmongAll(ctx, syncproto.KindTicket, true, tickets)
	if err != nil {
		return nil, err
	}
	return d.workRows(ctx, at, rows)
}

func (d Desk) workRows(ctx context.Context, at syncproto.Reading, rows []replica.Row) ([]Row, error) {
	causes, err := d.startedOn(ctx, rows)
	if err != nil {
		return nil, err
	}
	var customers []syncproto.ID
	for _, r := range rows {
		if body, ok := r.Body.(ticket.Body); ok && !body.Customer.IsZero() {
			customers = append(customers, body.Customer)
		}
	}
	names, err := d.Replica.Names(ctx, customers)
	if err != nil {
		return nil, err
	}
	return d.Scene(at).workRows(rows, causes, names), nil
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
	view.Kept = d.kept()
	for _, c := range cards {
		since, err := d.since(ctx, c)
		if err != nil {
			return Sync{}, err
		}
		view.Cards = append(view.Cards, scene.card(c, since))
	}
	return view, nil
}

// since is what happened to a command's subject after it was given; of an approval that came
// second also the one that came first, whenever that was.
func (d Desk) since(ctx context.Context, c replica.Command) ([]replica.Step, error) {
	steps, err := d.Replica.History(ctx, c.Intent.Subject)
	if err != nil {
		return nil, err
	}
	var later []replica.Step
	for _, step := range steps {
		first := decides[c.Intent.Kind] && approves(step.Event.Kind)
		if step.Stage == replica.Final && (step.Time > c.MadeAt || first) && step.Command != c.Intent.ID {
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
