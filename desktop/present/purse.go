package present

import (
	"context"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/rules"
)

// One reads one claim with what the person can do with it, whatever became of it; false
// where it is not held here.
func (d Desk) One(ctx context.Context, at syncproto.Reading, id syncproto.ID) (ClaimRow, bool, error) {
	scene := d.Scene(at)
	doc, held, err := d.Replica.Document(ctx, claim.Ref(id))
	if err != nil || !held {
		return ClaimRow{}, false, err
	}
	body, ok := doc.Body.(claim.Body)
	if !ok {
		return ClaimRow{}, false, nil
	}
	purse, err := d.purse(ctx, scene)
	return scene.claimOf(replica.Row{Document: doc}, body, purse), true, err
}

// purse is the authority a decision is made from.
type purse struct {
	left     []authority.Left
	coming   []authority.Left // being taken; not to be spent yet
	account  authority.Body
	doubtful bool
	steps    []replica.Step // of the account, oldest first
	// set is the last change of the account's limit; nil where there was none.
	set *authority.LimitSet
}

func (d Desk) purse(ctx context.Context, scene Scene) (purse, error) {
	grants, err := d.Replica.GrantsLeft(ctx)
	if err != nil {
		return purse{}, err
	}
	var p purse
	for _, g := range grants {
		switch left := (authority.Left{Grant: g.Grant, Left: g.Left}); {
		case g.Usable:
			p.left = append(p.left, left)
		case g.Coming:
			p.coming = append(p.coming, left)
		}
	}
	status, err := d.Replica.Status(ctx)
	if err != nil {
		return purse{}, err
	}
	p.doubtful = status.Doubtful
	if !scene.Manager() {
		return p, nil
	}
	account := authority.Ref(scene.Person, authority.Cover(p.left, 0, scene.Now, scene.Within).Month)
	if p.account, err = bodyOf[authority.Body](ctx, d.Replica, account); err != nil {
		return purse{}, err
	}
	if p.steps, err = d.Replica.History(ctx, account); err != nil {
		return purse{}, err
	}
	p.set = lastLimit(p.steps)
	return p, nil
}

// lastLimit is the last change of an account's limit, nil where there was none.
func lastLimit(steps []replica.Step) *authority.LimitSet {
	var last *authority.LimitSet
	for _, step := range steps {
		if step.Event.Kind != syncproto.EventLimitSet {
			continue
		}
		if event, err := rules.ReadEvent(step.Event); err == nil {
			if set, ok := event.(authority.LimitSet); ok {
				last = &set
			}
		}
	}
	return last
}

// Move makes the command that has the running month's authority lie on this device, or,
// where it is not to lie here, be shared out evenly again.
func (d Desk) Move(at syncproto.Reading, here bool) []replica.Wish {
	scene := d.Scene(at)
	c := authority.MoveAuthority{Manager: scene.Person, Month: syncproto.MonthOf(scene.Now)}
	screen := scene.Words("month.even")
	if here {
		c.To, screen = scene.Device, line(scene.Words("month.take"), scene.machine(scene.Device))
	}
	return []replica.Wish{{Kind: syncproto.CommandMoveAuthority, Command: c, Screen: line(scene.monthName(c.Month), screen)}}
}

// Counts is how many things wait for the person looking in each place, for the navigation.
type Counts struct {
	Work, Claims, NeedsYou int
	Others                 int // open tickets that wait for others
	// Receiving says that what there is is still on its way; "" once it is here.
	Receiving string
}

// Counts reads them.
func (d Desk) Counts(ctx context.Context, at syncproto.Reading) (Counts, error) {
	var c Counts
	scene := d.Scene(at)
	open, err := d.Replica.CountOpen(ctx, syncproto.KindTicket)
	if err != nil {
		return c, err
	}
	if c.Work, err = d.Replica.CountOwn(ctx, syncproto.KindTicket); err != nil {
		return c, err
	}
	c.Others = max(0, open-c.Work)
	if scene.Claims() {
		if c.Claims, err = d.Replica.CountOwn(ctx, syncproto.KindClaim); err != nil {
			return c, err
		}
	}
	status, err := d.Replica.Status(ctx)
	c.NeedsYou, c.Receiving = status.NeedsYou, scene.receiving(status)
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
