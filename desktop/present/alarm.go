package present

import (
	"context"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// Alarm is what can call a person back to the window: which tickets, by their ids, and no
// word of theirs. Two of them, one after the other, tell what is new.
type Alarm struct {
	Overdue   map[syncproto.ID]bool // a deadline of the person's, or of a unit of theirs
	Escalated map[syncproto.ID]bool // went to the person
	NeedsYou  map[Needing]bool      // verdicts that wait for the person
}

// Needing is a verdict that waits for the person. One that was put off is another once it is a refusal.
type Needing struct {
	Command syncproto.ID
	Refused bool
}

// Alarm reads it from the tickets that wait first, at most a window of them: whom more than that
// wait for need not be called back for one more. Beyond it nothing is told, be it overdue.
func (d Desk) Alarm(ctx context.Context, at syncproto.Reading) (Alarm, error) {
	a := Alarm{Overdue: map[syncproto.ID]bool{}, Escalated: map[syncproto.ID]bool{}, NeedsYou: map[Needing]bool{}}
	rows, err := d.Replica.List(ctx, syncproto.KindTicket, true, replica.Key{}, replica.MaxWindow)
	if err != nil {
		return a, err
	}
	scene := d.Scene(at)
	for _, r := range rows {
		body, ok := r.Body.(ticket.Body)
		if !ok || r.Limbo {
			continue
		}
		if scene.late(body) {
			a.Overdue[r.Ref.ID] = true
		}
		if len(scene.escalations(about{doc: r.Document, ticket: body})) > 0 {
			a.Escalated[r.Ref.ID] = true
		}
	}
	cards, err := d.Replica.NeedsYou(ctx)
	for _, c := range cards {
		a.NeedsYou[Needing{c.Intent.ID, c.Stage == replica.Refused}] = true
	}
	return a, err
}

// late says that a clock of the person's, or of a unit of theirs, is past its due time and
// still runs.
func (s Scene) late(b ticket.Body) bool {
	for _, c := range b.Clocks {
		unit := c.Unit
		if unit.IsZero() {
			unit = b.Holder
		}
		if mine := c.Person == s.Person || c.Person.IsZero() && s.in(unit); mine && c.Running() && c.Due < s.Now {
			return true
		}
	}
	return false
}
