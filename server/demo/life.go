package demo

import (
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// route is how a ticket goes.
type route uint8

const (
	instant     route = iota // the seat answers at once
	callBack                 // a specialist calls back
	dispatched               // a department solves it
	ignored                  // the department does not answer until it is reminded
	slow                     // unsolved until the vice president has it
	verySlow                 // open until leadership has it
	answeredCut              // answered in time while the line was cut
	rebooted                 // answered while the line was cut, and nobody can say when
	field                    // taken on a laptop without a line, heard of days later
	misrouted                // the first department is the wrong one
	unhappy                  // the customer does not accept the first outcome
	handedBack               // the head hands it back to the department
	sentAgain                // the seat refuses the first solution
)

// decks are what life deals from.
type decks struct {
	routes *deck[route]
	claims *deck[claimPlan]
	again  *deck[int] // how often it is reopened
}

func newDecks() decks {
	return decks{
		routes: newDeck(card[route]{instant, 22}, card[route]{callBack, 17}, card[route]{dispatched, 39}, card[route]{ignored, 3},
			card[route]{slow, 3}, card[route]{verySlow, 2}, card[route]{answeredCut, 2}, card[route]{rebooted, 2}, card[route]{field, 1},
			card[route]{misrouted, 3}, card[route]{unhappy, 2}, card[route]{handedBack, 1}, card[route]{sentAgain, 3}),
		claims: newClaimDeck(),
		again:  newDeck(card[int]{0, 46}, card[int]{1, 3}, card[int]{2, 1}),
	}
}

// life is a ticket and what its people will do.
type life struct {
	*world
	id         syncproto.ID
	caller     *caller
	topic      *topic
	department string
	station    string
	seat       *desk
	words      map[string]string // what its texts name, see word
	route      route
	opened     syncproto.Instant
	dispatches int
	finals     int
	reopenings int
	forgotten  bool // nobody calls back
	unseen     bool // nobody looks at the proposal
	untold     bool // nobody tells the customer the result
}

// in counts from a moment, and goes on within working hours.
func (l *life) in(from syncproto.Instant, least, most syncproto.Span, hours func(syncproto.Instant) syncproto.Instant, do func(syncproto.Instant) error) {
	l.at(hours(from.Add(l.between(least, most))), do)
}

// lastHours is how long before the end everybody is at work, whatever time of day it is.
const lastHours = 6 * syncproto.Hour

// working moves a moment into the hours of the day in which somebody works.
func (w *world) working(at syncproto.Instant, from, to int) syncproto.Instant {
	t := at.Time()
	minutes := t.Hour()*60 + t.Minute()
	switch {
	case at > w.End.Add(-lastHours):
		return at
	case minutes < from*60:
		return at.Add(syncproto.Span(from*60-minutes)*syncproto.Minute + w.between(syncproto.Minute, 75*syncproto.Minute))
	case minutes >= to*60:
		return at.Add(syncproto.Span((24+from)*60-minutes)*syncproto.Minute + w.between(syncproto.Minute, 75*syncproto.Minute))
	}
	return at
}

func (w *world) departmentHours(at syncproto.Instant) syncproto.Instant { return w.working(at, 8, 20) }
func (w *world) seatHours(at syncproto.Instant) syncproto.Instant       { return w.working(at, 7, 23) }
func (w *world) anyHour(at syncproto.Instant) syncproto.Instant         { return at }

var seats = []string{"seat", "seat2", "seat3", "seat4", "seat5", "seat6"}

// fieldTrip is how long at most the laptop is away from the line.
const fieldTrip = 100 * syncproto.Hour

// call is a customer who calls: the seat opens a ticket.
func (w *world) call(at syncproto.Instant) error {
	l := &life{world: w, id: w.id(at), caller: w.caller(at), topic: one(&w.chance, topics), seat: w.desks[one(&w.chance, seats)], route: w.decks.routes.deal(&w.chance), opened: at}
	if l.route == field && at > w.End.Add(-fieldTrip) {
		l.route = dispatched // else nobody would have heard of it by the end
	}
	l.department = l.topic.department
	l.station = l.caller.city.name + one(&w.chance, districts) + "服务店"
	taken := l.seat
	if l.route == field {
		taken = w.desks[laptop]
		taken.cutOff(at)
	}
	open := l.topic.open(l, at)
	open.ID, open.Number, open.Region, open.CallCentre = l.id, taken.number(), w.org.units[l.caller.city.region], w.org.units[callCentre]
	open.Customer.ID = l.caller.id
	if !l.caller.known {
		open.Customer.Name, open.Customer.Phones, l.caller.known = l.caller.name, []string{l.caller.phone}, l.route != field
	}
	open.Vehicle = l.caller.car
	if w.in(8) {
		open.Vehicle.Model = "" // the next ticket completes the file
	}
	if w.in(6) {
		open.Vehicle = customer.Car{}
	}
	if l.route == field {
		open.Channel = "外拓活动"
	}
	if err := taken.give(at, syncproto.CommandOpen, open); err != nil {
		return err
	}
	w.told(at)
	if l.route == field {
		w.at(at.Add(w.between(fieldTrip-20*syncproto.Hour, fieldTrip)), func(at syncproto.Instant) error {
			l.caller.known = true
			w.at(at.Add(5*syncproto.Minute), l.dispatch)
			return taken.mend(at)
		})
		return nil
	}
	if err := w.staged(l, at); err != nil {
		return err
	}
	return l.begin(at, open)
}

// begin is what the seat does with a new ticket.
func (l *life) begin(at syncproto.Instant, open ticket.Open) error {
	wait := syncproto.Minute
	switch l.route {
	case instant:
		l.in(at, 4*wait, 40*wait, l.anyHour, l.final)
	case callBack:
		if err := l.promise(at, "专员回电", 0); err != nil {
			return err
		}
		l.in(at, 2*syncproto.Hour, 23*syncproto.Hour, l.seatHours, l.final)
	default:
		if l.world.in(35) {
			if err := l.promise(at, "专员回电说明处理方案", 0); err != nil {
				return err
			}
			if !l.world.in(8) {
				l.in(at, 3*syncproto.Hour, 22*syncproto.Hour, l.seatHours, l.keepPromise)
			}
		}
		hours := l.anyHour
		if l.route != rebooted && l.world.in(70) { // in the evening most wait for the department's morning
			hours = l.departmentHours
		}
		l.in(at, wait, 12*wait, hours, l.dispatch)
	}
	if l.world.in(26) {
		l.in(at, syncproto.Hour, 50*syncproto.Hour, l.seatHours, l.urges)
	}
	if l.world.in(25) {
		l.in(at, 2*wait, 90*wait, l.anyHour, l.note)
	}
	if l.world.in(6) {
		l.in(at, 3*wait, 60*wait, l.anyHour, func(at syncproto.Instant) error { return l.amend(at, open) })
	}
	if l.world.in(claimed) {
		l.in(at, 30*wait, 30*syncproto.Hour, l.seatHours, l.claims)
	}
	l.watchFrom(at)
	return nil
}

// watchFrom has those it may be escalated to look at it when rungs are due.
func (l *life) watchFrom(at syncproto.Instant) {
	for _, due := range []syncproto.Span{48, 72, 120, 240} {
		for _, after := range []syncproto.Span{0, 2, 20} {
			l.in(at, (due+after)*syncproto.Hour+10*syncproto.Minute, (due+after)*syncproto.Hour+110*syncproto.Minute, l.anyHour, l.watch)
		}
	}
}

// body is the ticket as it is; nothing where it is not there, or closed where open is
// asked.
func (l *life) body(open bool) (ticket.Body, bool, error) {
	body, there, err := read[ticket.Body](l.world, ticket.Ref(l.id))
	return body, there && (!open || body.IsOpen()), err
}

func (l *life) promise(at syncproto.Instant, what string, due syncproto.Instant) error {
	return l.seat.give(at, syncproto.CommandPromise, ticket.Promise{Ticket: l.id, What: what, Due: due})
}

// keepPromise is the call that was promised.
func (l *life) keepPromise(at syncproto.Instant) error {
	body, there, err := l.body(true)
	if err != nil || !there || l.forgotten {
		return err
	}
	for _, c := range body.Clocks {
		if c.Ladder == escalation.Promise && c.Running() {
			return l.seat.give(at, syncproto.CommandContact, ticket.Contact{Ticket: l.id, Direction: ticket.Outbound, Channel: "外呼",
				Text: l.say(one(&l.chance, calledBack)), Fulfils: c.Cause})
		}
	}
	return nil
}

// urges is the customer who calls again.
func (l *life) urges(at syncproto.Instant) error {
	_, there, err := l.body(true)
	if err != nil || !there {
		return err
	}
	if err := l.seat.give(at, syncproto.CommandContact, ticket.Contact{Ticket: l.id, Direction: ticket.Inbound, Channel: "400热线",
		Text: l.say(one(&l.chance, urging))}); err != nil {
		return err
	}
	switch {
	case l.world.in(30):
		return l.promise(at.Add(syncproto.Minute), "专员回电", 0)
	case l.world.in(20):
		return l.promise(at.Add(syncproto.Minute), "三日内答复处理结果", at.Add(3*syncproto.Day))
	case l.world.in(25):
		l.in(at, 8*syncproto.Hour, 40*syncproto.Hour, l.seatHours, l.urges)
	}
	return nil
}

func (l *life) note(at syncproto.Instant) error {
	by := l.seat
	if l.world.in(30) {
		by = l.manager(at)
	}
	if by.cut {
		by = l.seat
	}
	return by.give(at, syncproto.CommandNote, ticket.Note{Ticket: l.id, Text: l.say(one(&l.chance, notes))})
}

// amend puts a slip of the pen right.
func (l *life) amend(at syncproto.Instant, open ticket.Open) error {
	amend := ticket.Amend{Ticket: l.id, Field: ticket.FieldStation, Old: open.Station, New: open.Station + "（东门）"}
	if l.world.in(50) {
		amend = ticket.Amend{Ticket: l.id, Field: customer.FieldPhone, New: one(&l.chance, prefixes) + "0000" + l.caller.phone[7:]}
	}
	return l.seat.give(at, syncproto.CommandAmend, amend)
}
