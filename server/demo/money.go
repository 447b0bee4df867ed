package demo

import (
	"math"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/rules"
)

// planMoney has every manager's devices connected in the morning, and hand in what is left
// before the end.
func (w *world) planMoney() {
	morning := func(syncproto.Instant) error { return w.connectAll() }
	w.at(w.Start+1, morning)
	first := w.Start.Time()
	day := w.Start.Add(-syncproto.Span(first.Hour()*60+first.Minute()) * syncproto.Minute)
	for at := day.Add(8*syncproto.Hour + 20*syncproto.Minute); at < w.End.Add(-handedIn); at = at.Add(syncproto.Day) {
		w.at(max(at, w.Start+2), morning)
	}
	w.at(w.End.Add(-handedIn), w.handIn)
	w.at(w.End.Add(-lastHandedIn), w.handIn)
}

// handedIn is how long before the end the managers' old devices are handed in, and
// lastHandedIn when once more, for what came to one of them since.
const (
	handedIn     = 40 * syncproto.Minute
	lastHandedIn = syncproto.Minute
)

// fleet are the devices of a manager that are connected.
func (w *world) fleet(login string) []*desk {
	var all []*desk
	for _, key := range []string{login, login + "/2"} {
		if d := w.desks[key]; d != nil && !d.cut {
			all = append(all, d)
		}
	}
	return all
}

func (w *world) connectAll() error {
	for _, region := range []string{east, north, south, west} {
		for _, login := range managers[region] {
			fleet := w.fleet(login)
			for _, d := range fleet {
				if err := d.connect(fleet...); err != nil {
					return err
				}
				w.at(w.now.Add(syncproto.Minute), d.take)
			}
		}
	}
	return nil
}

// connect has the server issue what the device should have, and ask back what not.
func (d *desk) connect(fleet ...*desk) error {
	var together []rules.Connected
	for _, f := range fleet {
		together = append(together, rules.Connected{Device: f.device, Incarnation: f.incarnation})
	}
	for _, intent := range rules.WhenConnected(d.person, rules.Connected{Device: d.device, Incarnation: d.incarnation}, together, d.now, d.ledger.Reference()) {
		intent.ID = d.id(d.now)
		if err := d.submit(d.ledger.Own(intent, d.now), intent.Subject); err != nil {
			return err
		}
	}
	return nil
}

// take takes what the device was issued, and returns what it was asked for.
func (d *desk) take(at syncproto.Instant) error {
	if d.cut {
		return nil
	}
	for _, account := range rules.Accounts(d.person, at, d.ledger.Reference()) {
		body, there, err := read[authority.Body](d.world, account)
		if err != nil {
			return err
		}
		if !there {
			continue
		}
		for _, g := range authority.Offered(account, body, d.incarnation) {
			if err := d.give(at, syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: g.Month, Manager: g.Manager}); err != nil {
				return err
			}
			d.left = append(d.left, authority.Left{Grant: g, Left: g.Amount})
		}
		if err := d.returns(at, body, authority.AskedOf(body, d.incarnation)); err != nil {
			return err
		}
	}
	return nil
}

// returns gives back parts of grants, as far as the device still has them.
func (d *desk) returns(at syncproto.Instant, account authority.Body, asked []syncproto.Share) error {
	var shares, given []syncproto.Share
	for _, s := range asked {
		for i, l := range d.left {
			if l.Grant.ID != s.Grant || l.Left <= 0 || len(shares) == syncproto.MaxShares {
				continue
			}
			s.Amount = min(s.Amount, l.Left)
			d.left[i].Left -= s.Amount
			d.given[s.Grant] += s.Amount
			shares, given = append(shares, s), append(given, syncproto.Share{Grant: s.Grant, Amount: d.given[s.Grant]})
			break
		}
	}
	if len(shares) == 0 {
		return nil
	}
	return d.give(at, syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: account.Manager, Month: account.Month, Given: given}, shares...)
}

// handIn returns what the managers' devices hold, so that the desks of the demo have it;
// 华北区 keeps a little on the old one. Who is on the way without a line is back first.
func (w *world) handIn(at syncproto.Instant) error {
	for _, region := range []string{east, north, south, west} {
		for _, login := range managers[region] {
			for _, key := range []string{login, login + "/2"} {
				d := w.desks[key]
				if d == nil {
					continue
				}
				if err := d.mend(at); err != nil {
					return err
				}
				if err := d.take(at); err != nil { // what was issued to it and lies there untaken
					return err
				}
				if err := d.handIn(at, map[bool]syncproto.Fen{true: 500 * syncproto.Yuan}[region == north]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (d *desk) handIn(at syncproto.Instant, keep syncproto.Fen) error {
	for _, account := range rules.Accounts(d.person, at, d.ledger.Reference()) {
		body, there, err := read[authority.Body](d.world, account)
		if err != nil || !there {
			return err
		}
		var all []syncproto.Share
		stays := keep
		for _, l := range d.left {
			if l.Grant.Month != body.Month || l.Grant.Kind != syncproto.GrantAmount {
				continue
			}
			kept := min(stays, l.Left)
			if stays -= kept; l.Left > kept {
				all = append(all, syncproto.Share{Grant: l.Grant.ID, Amount: l.Left - kept})
			}
		}
		if err := d.returns(at, body, all); err != nil {
			return err
		}
	}
	return nil
}

// within is the interval the device itself sees.
func (d *desk) within(at syncproto.Instant) syncproto.Interval {
	return syncproto.Bound(d.readings(at), syncproto.Anchor{}, math.MaxInt64)
}

// approve approves a claim as far as the device's grants reach, less of it where that is
// asked or all there is; false where there is too little.
func (d *desk) approve(at syncproto.Instant, id syncproto.ID, body claim.Body, less syncproto.Fen, reason string) (bool, error) {
	amount := body.Amount
	if less > 0 && less < amount {
		amount = less
	}
	covering := authority.Cover(d.left, amount, at, d.within(at))
	if !covering.Covers() && covering.Of >= body.Amount/2 {
		amount = covering.Of / syncproto.Yuan * syncproto.Yuan
		covering = authority.Cover(d.left, amount, at, d.within(at))
	}
	if !covering.Covers() {
		return false, nil
	}
	for _, s := range covering.Shares {
		for i := range d.left {
			if d.left[i].Grant.ID == s.Grant {
				d.left[i].Left -= s.Amount
			}
		}
	}
	approve := claim.Approve{Claim: id, Round: body.Round, Amount: body.Amount, Month: covering.Month, Reason: reason}
	if amount < body.Amount {
		approve.Less, approve.Comment = amount, "按核定金额批准"
	}
	err := d.give(at, syncproto.CommandApproveClaim, approve, covering.Shares...)
	return true, err
}

// approveWarranty approves a warranty order; false where the device has no right.
func (d *desk) approveWarranty(at syncproto.Instant, id syncproto.ID, body claim.Body, reason string) (bool, error) {
	covering := authority.CoverRight(d.left, at, d.within(at))
	if len(covering.Shares) == 0 {
		return false, nil
	}
	err := d.give(at, syncproto.CommandApproveWarranty, claim.ApproveWarranty{Claim: id, Round: body.Round, Month: covering.Month, Reason: reason}, covering.Shares...)
	return true, err
}
