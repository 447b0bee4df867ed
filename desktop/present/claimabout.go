package present

import (
	"context"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

// ClaimAbout is whom and what a claim is about, as its ticket tells: a decision is taken with
// the case before one's eyes (requirements §6).
type ClaimAbout struct {
	Who         string // 张伟 · 13800138000
	Car         string // LSVAA4182E2184847 · 远行
	Description string // what the customer said
}

// About reads whom and what a claim is about; nothing of what is not held here.
func (d Desk) About(ctx context.Context, at syncproto.Reading, id syncproto.ID) (ClaimAbout, error) {
	body, held, err := d.Claim(ctx, id)
	if err != nil || !held {
		return ClaimAbout{}, err
	}
	of, err := bodyOf[ticket.Body](ctx, d.Replica, ticket.Ref(body.Ticket))
	if err != nil {
		return ClaimAbout{}, err
	}
	person, err := bodyOf[customer.Body](ctx, d.Replica, customer.Ref(of.Customer))
	if err != nil {
		return ClaimAbout{}, err
	}
	car, err := bodyOf[customer.Vehicle](ctx, d.Replica, customer.VehicleRef(of.Vehicle))
	if err != nil {
		return ClaimAbout{}, err
	}
	return d.Scene(at).claimAbout(of, person, car), nil
}

func (s Scene) claimAbout(of ticket.Body, person customer.Body, car customer.Vehicle) ClaimAbout {
	description := of.Description
	if description == "" {
		description = of.Subject
	}
	return ClaimAbout{Who: line(person.Name, s.list(person.Phones)), Car: line(car.VIN, car.Model), Description: description}
}
