package escalation

import (
	"slices"

	"redress/syncproto"
)

// Evidence is that a duty was done: by which command, when, and since when the server
// knows of it.
type Evidence struct {
	Command syncproto.ID       `cbor:"1,keyasint,omitzero"`
	Within  syncproto.Interval `cbor:"2,keyasint,omitzero"`
	At      syncproto.Instant  `cbor:"3,keyasint,omitempty"`
	Known   syncproto.Instant  `cbor:"4,keyasint,omitempty"`
}

// Own is the command itself as evidence.
func (d *Deciding) Own() Evidence {
	return Evidence{Command: d.In.Intent.ID, Within: d.In.Within, At: d.In.At, Known: d.In.Now}
}

// NotBefore is the evidence of somebody who knew what happened at the moment: it is from
// later, whatever the clocks could tell.
func (e Evidence) NotBefore(moment syncproto.Instant) Evidence {
	e.Within.Lo, e.Within.Hi = max(e.Within.Lo, moment), max(e.Within.Hi, moment)
	return e
}

// judgement is how evidence lies to a due time.
type judgement uint8

const (
	inTime   judgement = iota // provably
	doubtful                  // the due time lies inside the interval
	late
)

func (e Evidence) judge(due syncproto.Instant) judgement {
	switch {
	case e.Within.Hi <= due:
		return inTime
	case e.Within.Lo <= due:
		return doubtful
	}
	return late
}

// Answer is what evidence that the clock's duty was done makes of the one clock (design
// §6, late evidence). The finding, if any, is a remark for whoever gave it.
func (d *Deciding) Answer(name Name, e Evidence) []syncproto.Finding {
	c, there := Get(d.Clocks, name)
	if !there {
		return nil
	}
	switch e.judge(c.Due) {
	case inTime:
		d.inTime(c, e)
	case doubtful:
		return d.doubtful(c, e)
	case late:
		return d.late(c, e)
	}
	return nil
}

// inTime: a firing is rescinded however long ago it was, with all that follows from it.
// The result is met where the server knew before the due time, whoever had to accept it
// afterwards. What a recipient did stands, also where it was no longer needed.
func (d *Deciding) inTime(c Clock, e Evidence) {
	if c.Result == Met || c.Result == MetOffline || c.Result == Void && c.Ladder != Recipient {
		return
	}
	result := MetOffline
	if e.Known <= c.Due && c.Result != Withdrawn {
		result = Met
	}
	d.rescind(c, e.Command)
	d.end(c, result, e)
}

// settled says that no evidence can make it worse.
func (c Clock) settled() bool { return c.Result == Met || c.Result == MetOffline || c.Result == Void }

// doubtful: a clock that was withdrawn and of which no firing stands blames nobody and is left
// alone, and what somebody decided stands until there is clear evidence.
func (d *Deciding) doubtful(c Clock, e Evidence) []syncproto.Finding {
	if c.settled() || c.Result == Disputed || c.Judged || c.Result == Withdrawn && (c.Fired == 0 || c.Rescinded) {
		return nil
	}
	d.fire(c)
	doubted := Doubted{Clock: c.Name(), Evidence: e.Command, At: e.At, Within: e.Within, Due: c.Due, Referee: d.Limits.Referee}
	if d.Limits.Dispute > 0 {
		doubted.Until = d.In.Now.Add(d.Limits.Dispute)
	}
	d.emit(syncproto.EventEvidenceDisputed, doubted, syncproto.ID{})
	return []syncproto.Finding{{Code: CodeDisputed, Doc: d.Doc, When: c.Due}}
}

// late: done, but after the due time.
func (d *Deciding) late(c Clock, e Evidence) []syncproto.Finding {
	if !c.Running() {
		return nil
	}
	d.fire(c)
	d.end(c, Missed, e)
	return []syncproto.Finding{{Code: CodeLate, Doc: d.Doc, When: c.Due}}
}

// rescind takes a firing back, and all that follows from it. Exactly those who were told
// are told; what recipients did meanwhile stands, what they did not is not missed.
func (d *Deciding) rescind(c Clock, because syncproto.ID) {
	if c.Fired == 0 || c.Rescinded {
		return
	}
	firing := FiringID(d.Doc.ID, c.Name())
	d.emit(syncproto.EventFiringRescinded, Rescinded{Clock: c.Name(), Firing: firing, Evidence: because, Told: c.Told}, syncproto.ID{})
	for _, f := range slices.Clone(d.Clocks) {
		higher := c.Ladder.relative() && f.Ladder == c.Ladder && f.Cause == c.Cause && f.Rung > c.Rung
		if higher || f.Cause == firing {
			d.void(d.clock(f.Name()), because)
		}
	}
}

// void ends a clock that no longer applies. What was met by its recipient stays met.
func (d *Deciding) void(c Clock, because syncproto.ID) {
	done := c.Result == Met || c.Result == MetOffline || c.Result == Withdrawn
	if c.Result == Void || c.Ladder == Recipient && done {
		return
	}
	d.rescind(c, because)
	d.end(c, Void, Evidence{Command: because, At: d.In.At})
}

// Climb judges evidence rung by rung, each against its own due time: of the ladder's clocks
// with the cause. Where one was met the higher ones no longer apply. Evidence for the
// ladder is evidence for those it was escalated to as well (Settle).
func (d *Deciding) Climb(ladder Ladder, cause syncproto.ID, e Evidence) []syncproto.Finding {
	var remarks []syncproto.Finding
	for rung := uint8(1); rung <= maxRung; rung++ {
		c, there := Get(d.Clocks, Name{Ladder: ladder, Rung: rung, Cause: cause})
		if !there {
			continue
		}
		if e.judge(c.Due) == inTime {
			d.inTime(c, e)
			d.voidAbove(c, e.Command)
			break
		}
		remarks = append(remarks, d.Answer(c.Name(), e)...)
	}
	return remarks
}

// maxRung is more rungs than any ladder has.
const maxRung = 4

// FollowsFrom says that a recipient's clock was begun by a rung of the ladders with one of
// the causes, whether or not that rung still stands in the body.
func (c Clock) FollowsFrom(document syncproto.ID, causes ...syncproto.ID) bool {
	for _, cause := range causes {
		for _, ladder := range []Ladder{Resolution, Ageing} {
			for rung := uint8(1); rung <= maxRung; rung++ {
				if !cause.IsZero() && c.Cause == FiringID(document, Name{Ladder: ladder, Rung: rung, Cause: cause}) {
					return true
				}
			}
		}
	}
	return false
}

// voidAbove ends the higher rungs of a ladder that one climbs. The two clocks of a
// recipient are two duties, and no rungs.
func (d *Deciding) voidAbove(c Clock, because syncproto.ID) {
	if c.Ladder == Recipient {
		return
	}
	for _, f := range slices.Clone(d.Clocks) {
		if f.Ladder == c.Ladder && f.Cause == c.Cause && f.Rung > c.Rung {
			d.void(d.clock(f.Name()), because)
		}
	}
}

// Settle is what evidence that it is solved makes of the clocks of those it was escalated
// to: who was to solve it has, and who was to take it up need not any more. A duty that
// began when it was solved already is none.
func (d *Deciding) Settle(e Evidence, of func(Clock) bool) {
	for _, seen := range slices.Clone(d.Clocks) {
		c, there := Get(d.Clocks, seen.Name())
		switch {
		case !there || c.Ladder != Recipient || c.settled() || c.Result == Withdrawn || !of(c):
		case e.judge(c.Due) != inTime, c.Rung == Solves && e.Within.Hi > c.Start:
			d.Answer(c.Name(), e)
		default:
			d.rescind(c, e.Command)
			d.end(c, Void, e)
		}
	}
}

// Relieve ends a clock whose duty has lapsed: the ticket is closed, or whoever had it handed
// it back. Who was past the due time is not relieved of that; who answered late is, where the
// duty had lapsed before it was due and only the news of that came later.
func (d *Deciding) Relieve(name Name, e Evidence) {
	c, there := Get(d.Clocks, name)
	if !there || c.settled() || c.Result == Withdrawn || !c.Running() && e.judge(c.Due) == late {
		return
	}
	switch e.judge(c.Due) {
	case doubtful:
		d.doubtful(c, e)
		return
	case inTime:
		d.rescind(c, e.Command)
	case late:
		d.fire(c)
	}
	d.end(c, Withdrawn, e)
}

// Rungs of the Recipient ladder.
const (
	TakesUp uint8 = 1
	Solves  uint8 = 2
)

// Judge decides disputed evidence. In time takes the firing back, with all that follows.
func (d *Deciding) Judge(name Name, intime bool, reason string) {
	c := d.clock(name)
	judged := Judged{Clock: name, Result: Missed, At: d.In.At, Reason: reason, Due: c.Due}
	if intime {
		judged.Result = MetOffline
	}
	d.decide(c, judged, d.In.Intent.ID)
}

// decide ends a dispute; because is the decision, or the evidence that was believed.
func (d *Deciding) decide(c Clock, judged Judged, because syncproto.ID) {
	if judged.Result == MetOffline {
		d.rescind(c, because)
		d.voidAbove(c, because)
	}
	d.emit(syncproto.EventDisputeDecided, judged, syncproto.ID{})
}
