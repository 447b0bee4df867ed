package authority

import (
	"cmp"
	"math/bits"
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
)

// Months are the months whose authority is handed out now: the running one, and from a day
// of it on the next (design §5).
func Months(now syncproto.Instant, rule policy.Body) []syncproto.Month {
	month := syncproto.MonthOf(now)
	if from := int(rule.NextMonthFrom); from > 0 && now.Time().Day() >= from {
		return []syncproto.Month{month, month + 1}
	}
	return []syncproto.Month{month}
}

// today is when it is, for which month runs: the time of the entry, but where an operator has said that
// the clock is right and the log is ahead of it. A clock that nobody vouches for hands out nothing of a
// month that is over.
func today(in decision.Input) syncproto.Instant {
	if in.Confirmed == 0 || in.Clock < in.Confirmed {
		return in.Now
	}
	return min(in.Now, in.Clock)
}

// issuing is a decision on what a manager's connected devices should have of a month, as
// far as it has come.
type issuing struct {
	in      decision.Input
	ref     reference.Reference
	command IssueGrant
	doc     syncproto.Ref
	body    Body
	changes []decision.Change
}

func (i *issuing) add(kind syncproto.EventKind, event any) {
	i.body = Evolve(i.body, event)
	i.changes = append(i.changes, decision.Change{Doc: i.doc, Kind: kind, Body: event})
}

// decideIssue gives out what is free and asks back what lies too much on one device. Where
// there is nothing to do it changes nothing. Of a month that is over nothing is granted or
// asked: what is left of it lapses.
func decideIssue(in decision.Input, ref reference.Reference, c IssueGrant) decision.Outcome {
	i := &issuing{in: in, ref: ref, command: c, doc: c.Subject()}
	own := Holder{Device: c.Device, Incarnation: c.Incarnation}
	if !i.works(own) || !slices.Contains(Months(today(in), ref.Policy), c.Month) {
		return decision.Accept()
	}
	body, held := decision.Body[Body](in.Docs, i.doc)
	if i.body = body; !held {
		i.add(syncproto.EventAccountOpened, opening(ref, c.Manager, c.Month))
	}
	together := i.together(own)
	i.withdraw(together)
	if ref.May(c.Manager, syncproto.CommandApproveClaim) {
		running := c.Month == syncproto.MonthOf(today(in))
		i.grantFree(together, running)
		i.askBack(together, running)
	}
	ownRight := func(g GrantState) bool { return g.Incarnation == c.Incarnation }
	if ref.May(c.Manager, syncproto.CommandApproveWarranty) && !i.has(syncproto.GrantRight, ownRight) {
		i.issue(own, syncproto.GrantRight, 0)
	}
	if !held && len(i.body.Grants) == 0 {
		return decision.Accept() // no account without a grant
	}
	return decision.Accept(i.changes...)
}

// opening is the event of an account with the limit the policy has now.
func opening(ref reference.Reference, manager syncproto.ID, month syncproto.Month) Opened {
	return Opened{Manager: manager, Month: month, Limit: ref.Policy.MonthlyLimit, Policy: ref.Policy.Number, Headquarters: ref.Headquarters()}
}

// works says that the holder is a device of the manager that is not revoked, and the
// incarnation one whose commands are taken.
func (i *issuing) works(h Holder) bool {
	device, known := i.ref.Device(h.Device)
	return known && device.Person == i.command.Manager && device.Revoked == 0 && device.Takes(h.Incarnation)
}

// mayTake says that the holder may still take what it was offered. Of a device's former
// incarnations only who is connected may: of the others nobody knows whether there is a file
// that goes on with them, and money that waits for one would wait for ever.
func (i *issuing) mayTake(h Holder, together []Holder) bool {
	device, _ := i.ref.Device(h.Device)
	return i.works(h) && (device.Incarnation == h.Incarnation || slices.Contains(together, h))
}

// together are the devices that are connected, the command's own first.
func (i *issuing) together(own Holder) []Holder {
	all := []Holder{own}
	for _, h := range i.command.Together {
		if i.works(h) && !slices.Contains(all, h) {
			all = append(all, h)
		}
	}
	return all
}

// target is the device all authority is to lie on; false where shares are evened out.
func (i *issuing) target() (syncproto.ID, bool) {
	device, known := i.ref.Device(i.body.To)
	return i.body.To, known && device.Person == i.command.Manager && device.Revoked == 0
}

func (i *issuing) has(kind syncproto.GrantKind, which func(GrantState) bool) bool {
	return slices.ContainsFunc(i.body.Grants, func(g GrantState) bool { return g.Kind == kind && !g.Dead() && which(g) })
}

// mayHaveTaken says that a device may have taken what it was offered, in an entry that a restore
// lost, and spent of it; not one that has erased itself, after it had handed in all.
func (i *issuing) mayHaveTaken(device syncproto.ID) bool {
	known, _ := i.ref.Device(device)
	return i.command.Month <= i.in.Restored && known.Wiped == 0
}

// withdraw takes back what was offered and never taken, and nobody is there to take:
// nobody can spend it.
func (i *issuing) withdraw(together []Holder) {
	for _, g := range i.body.Grants {
		if g.Taken == 0 && !g.Dead() && !i.mayTake(Holder{Device: g.Device, Incarnation: g.Incarnation}, together) && !i.mayHaveTaken(g.Device) {
			i.add(syncproto.EventGrantWithdrawn, Withdrawn{Grant: g.ID, At: i.in.Now})
		}
	}
}

// issue makes a grant; not where the account has all the grants it can have.
func (i *issuing) issue(to Holder, kind syncproto.GrantKind, amount syncproto.Fen) {
	if len(i.body.Grants) >= MaxGrants {
		return
	}
	i.add(syncproto.EventGrantIssued, Issued{ID: grantID(i.in.Intent.ID, kind), Kind: kind, Amount: amount, Device: to.Device,
		Incarnation: to.Incarnation, NotBefore: i.command.Month.Start()})
}

// grantID is the id of the grant that a command issues.
func grantID(command syncproto.ID, kind syncproto.GrantKind) syncproto.ID {
	return syncproto.Derive("grant", command, syncproto.NumberedID(uint64(kind)))
}

// grantFree gives what is free of the month to whoever should have it: the device the
// authority was moved to and no other; else, in the running month, the poorest of the
// connected devices, and of the next month its own share to the command's own device.
func (i *issuing) grantFree(together []Holder, running bool) {
	free := i.body.Free()
	to, amount := poorest(i.body, together), free
	if device, moved := i.target(); moved {
		at := slices.IndexFunc(together, func(h Holder) bool { return h.Device == device })
		if at < 0 {
			return
		}
		to = together[at]
	} else if !running {
		to, amount = together[0], min(free, i.shareAhead(together[0].Device))
	}
	if amount > 0 {
		i.issue(to, syncproto.GrantAmount, amount)
	}
}

// shareAhead is what a device should have of the next month: of its limit the share that
// the device has of this month, once. What rounding leaves, and what devices that have
// gone would have had, stays free until the month runs.
func (i *issuing) shareAhead(device syncproto.ID) syncproto.Fen {
	if i.has(syncproto.GrantAmount, func(g GrantState) bool { return g.Device == device }) {
		return 0
	}
	running, _ := decision.Body[Body](i.in.Docs, Ref(i.command.Manager, i.command.Month-1))
	var own, all uint64
	for _, g := range running.Grants {
		held := g.Amount - g.Returned - g.WrittenOff
		if g.Kind != syncproto.GrantAmount || g.Withdrawn != 0 || held <= 0 {
			continue
		}
		all += uint64(held)
		if g.Device == device {
			own += uint64(held)
		}
	}
	if all == 0 || own > all || i.body.Limit <= 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(i.body.Limit), own) // the product needs more than 64 bits
	share, _ := bits.Div64(high, low, all)
	return syncproto.Fen(share) // at most the limit, since own is at most all
}

// askBack asks connected devices for what they should not keep: what a cut wants back,
// richest first; all of it where the authority was moved to another connected device; else,
// in the running month, half the difference where the richest and the poorest differ by
// more than the policy's tolerance of both together, the odd fen staying with the richer.
// Nobody is asked while something asked from a connected device has not come, or where the
// policy lets nobody answer.
func (i *issuing) askBack(together []Holder, running bool) {
	asked := slices.ContainsFunc(i.body.Grants, func(g GrantState) bool {
		return g.Open() > 0 && slices.Contains(together, Holder{Device: g.Device, Incarnation: g.Incarnation})
	})
	if asked || !i.ref.May(i.command.Manager, syncproto.CommandReturnGrant) {
		return
	}
	slices.SortStableFunc(together, func(a, b Holder) int { return cmp.Compare(i.body.Share(b.Incarnation), i.body.Share(a.Incarnation)) })
	if i.body.Above > 0 {
		over := -i.body.Free()
		for _, h := range together {
			over -= i.ask(h, over)
		}
		return
	}
	if len(i.body.Grants) >= MaxEvened {
		return
	}
	if device, moved := i.target(); moved {
		if !slices.ContainsFunc(together, func(h Holder) bool { return h.Device == device }) {
			return // it could not be handed on: it stays where it can be spent
		}
		for _, h := range together {
			if h.Device != device {
				i.ask(h, i.body.Share(h.Incarnation))
			}
		}
		return
	}
	rich, poor := together[0], together[len(together)-1]
	more, less := i.body.Share(rich.Incarnation), i.body.Share(poor.Incarnation)
	if running && (more-less)*10_000 > syncproto.Fen(i.ref.Policy.ShareTolerance)*(more+less) {
		i.ask(rich, (more-less)/2)
	}
}

// ask asks a device for an amount, of its largest grants first so that they are few, and
// says how much was asked.
func (i *issuing) ask(of Holder, amount syncproto.Fen) syncproto.Fen {
	grants := slices.DeleteFunc(slices.Clone(i.body.Grants), func(g GrantState) bool {
		return g.Incarnation != of.Incarnation || g.Kind != syncproto.GrantAmount || g.Taken == 0 || g.Dead() || g.Left() <= 0
	})
	slices.SortStableFunc(grants, func(a, b GrantState) int { return cmp.Compare(b.Left(), a.Left()) })
	rest := amount
	for _, g := range grants[:min(len(grants), syncproto.MaxShares)] {
		part := min(g.Left(), rest)
		if part <= 0 {
			break
		}
		i.add(syncproto.EventReturnAsked, Asked{Grant: g.ID, Amount: part})
		rest -= part
	}
	return amount - rest
}

// Share is what an incarnation may still spend of the account, as far as the account knows,
// what it is about to take included.
func (b Body) Share(incarnation syncproto.ID) syncproto.Fen {
	var share syncproto.Fen
	for _, g := range b.Grants {
		if g.Incarnation == incarnation {
			share += g.Left()
		}
	}
	return share
}

// poorest is the device with the least share, the first of equals.
func poorest(b Body, among []Holder) Holder {
	return slices.MinFunc(among, func(x, y Holder) int { return cmp.Compare(b.Share(x.Incarnation), b.Share(y.Incarnation)) })
}
