package escalation

import "redress/syncproto"

// makeRoom lets an ended clock leave a body that is full, so that the next can begin: the
// one that is missed least, of several the oldest. A dispute that has to leave is decided
// for whoever would be blamed, because nobody could decide it any more.
func (d *Deciding) makeRoom() {
	if len(d.Clocks) < MaxClocks {
		return
	}
	at, best := -1, uint8(0)
	for i, c := range d.Clocks {
		if reluctance, may := d.leaves(c); may && (at < 0 || reluctance < best) {
			at, best = i, reluctance
		}
	}
	if at < 0 {
		return
	}
	c := d.Clocks[at]
	if c.Result == Disputed {
		d.decide(c, Judged{Clock: c.Name(), Result: MetOffline, At: d.In.Now, Due: c.Due, Expired: true}, c.Evidence)
	}
	d.emit(syncproto.EventClocksArchived, Archived{Clocks: []Name{c.Name()}}, syncproto.ID{})
}

// leaves says whether a clock may leave the body, and how reluctantly: 0 where nothing can
// change it any more, 1 where clear evidence still could, 2 where somebody has to decide.
// What a later rule asks for stays: which rungs of ageing fired, what the last resolution
// clock came to, and who has an escalation that still runs.
func (d *Deciding) leaves(c Clock) (reluctance uint8, may bool) {
	switch {
	case c.Running(),
		c.Ladder == Ageing && c.Fired != 0 && !c.Rescinded,
		c.Ladder == Resolution && c.Cause == LastCause(d.Clocks, Resolution),
		c.Ladder == Recipient && d.escalates(c):
		return 0, false
	case c.Result == Disputed:
		return 2, true
	case c.Result == Missed, c.Result == Withdrawn && c.Fired != 0:
		return 1, true
	}
	return 0, true
}

// escalates says that the clock whose firing gave the recipient this one still runs.
func (d *Deciding) escalates(recipient Clock) bool {
	by, found := Escalating(d.Doc.ID, d.Clocks, recipient.Cause)
	return found && by.Running()
}

// Escalating finds the clock with that firing.
func Escalating(document syncproto.ID, clocks []Clock, firing syncproto.ID) (Clock, bool) {
	for _, c := range clocks {
		if c.Fired != 0 && FiringID(document, c.Name()) == firing {
			return c, true
		}
	}
	return Clock{}, false
}

// Crowded says that the ladders of dispatches and promises leave too little room for what
// may still have to begin by itself.
func Crowded(clocks []Clock) bool {
	n := 0
	for _, c := range clocks {
		if (c.Ladder == Response || c.Ladder == Promise) && (c.Running() || c.Result == Disputed) {
			n++
		}
	}
	return n >= MaxByHand
}

// MaxByHand is how many clocks of dispatches and promises may run or be disputed at once:
// the ladders that begin by themselves need the rest (resolution and ageing two each, and
// seven of recipients).
const MaxByHand = 11
