package present

import (
	"math"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// Tone tells what kind of line a trail line is, so that contacts with the customer and
// what happened inside are told apart.
type Tone uint8

// Tones.
const (
	ToneWork    Tone = iota // a step of ours
	ToneContact             // the customer, or a call to the customer
	ToneNote                // for colleagues only
	ToneClock               // a deadline began, warned, fired, ended
)

// TrailLine is one step in a ticket's trail.
type TrailLine struct {
	When    string // when it was done
	Arrived string // when it reached the server, where that was noticeably later
	Who     string
	Desk    string
	What    string
	Text    string // what was said or written
	Tone    Tone
	Urgency Urgency // of a deadline's step; "" for others
	Mark    string  // 仅存本机，未发送; "" once final
}

// Head is the head of the line in one string.
func (l TrailLine) Head() string { return line(l.When, l.Who, l.Desk, l.What, l.Arrived, l.Mark) }

// noticeably is from when on the way to the server is worth a word.
const noticeably = syncproto.Minute

// trailLine is one event in words. An event that this program cannot read still stands
// in its place.
func (s Scene) trailLine(h syncproto.HistoryEntry, mark string) TrailLine {
	done := h.At
	if done == 0 {
		done = h.Time
	}
	l := TrailLine{When: s.when(done), Who: s.personName(h.Person), Desk: s.deskName(h.Device), Mark: mark}
	if mark == "" && h.Time.Sub(done) >= noticeably {
		l.Arrived = s.Words("trail.arrived", "When", s.when(h.Time))
	}
	event, err := rules.ReadEvent(h.Event)
	if err != nil {
		l.What = s.Words("event.other")
		return l
	}
	if s.tell(&l, h.Event.Kind, event); l.Tone == ToneClock {
		s.byTheClock(&l, h, event)
	}
	return l
}

// byTheClock makes a deadline's step the system's, at its own moment: nobody's hand
// starts, fires or ends one.
func (s Scene) byTheClock(l *TrailLine, h syncproto.HistoryEntry, event any) {
	l.Who, l.Desk, l.Arrived = s.personName(syncproto.ID{}), "", ""
	at := h.Time
	switch e := event.(type) {
	case escalation.Started:
		at = e.Start
		if l.Mark != "" && e.Clock.Ladder == escalation.Response {
			l.What = s.Words("event.clock-started.pending", "Ladder", s.Words("ladder."+e.Clock.Ladder.String()))
		}
	case escalation.Warned:
		at = e.At
	case escalation.Fired:
		at = e.At
	case escalation.Ended:
		at = max(h.Time, e.At)
	}
	if at == 0 { // of this desk, not confirmed
		at = h.At
	}
	l.When = s.when(at)
}

// tell fills in what the event says.
func (s Scene) tell(l *TrailLine, kind syncproto.EventKind, event any) {
	key := "event." + kind.String()
	switch e := event.(type) {
	case ticket.Opened:
		l.What, l.Text = s.Words(key, "Number", e.Number, "Channel", e.Channel), e.Subject
	case ticket.Contacted:
		l.Tone, l.Text = ToneContact, e.Text
		direction := ".inbound"
		if e.Direction == ticket.Outbound {
			direction = ".outbound"
		}
		l.What = s.Words(key+direction, "Channel", e.Channel)
		if !e.Fulfils.IsZero() {
			l.What += s.Words(key + ".fulfils")
		}
	case ticket.Promised:
		l.Tone, l.Text = ToneContact, e.What
		if !e.Repeats.IsZero() {
			l.What = s.Words(key + ".repeated")
		} else {
			l.What = s.Words(key, "When", s.when(e.Due))
		}
	case ticket.Dispatched:
		l.What, l.Text = s.Words(key, "Unit", s.unitName(e.Unit)), e.Note
	case ticket.Responded:
		l.What, l.Text = s.Words(key, "Unit", s.unitName(e.Unit)), e.Text
	case ticket.Noted:
		l.Tone, l.What, l.Text = ToneNote, s.Words(key), e.Text
	case ticket.Amended:
		l.What = s.Words(key, "Field", s.fieldName(e.Field))
		l.Text = s.Words("trail.change", "Old", s.orNothing(e.Old), "New", s.orNothing(e.New))
	case ticket.ClaimAttached:
		l.What = s.Words(key, "Kind", s.Words("claim."+claim.Kind(e.Kind).String()))
	case ticket.ClaimDecided:
		outcome := claim.StateRejected
		if e.Approved {
			outcome = claim.StateApproved
		}
		l.What = s.Words(key, "Kind", s.Words("claim."+claim.Kind(e.Kind).String()), "State", s.Words("claim."+outcome.String()))
	case ticket.ClaimMoved:
		l.What = s.Words(key, "Kind", s.Words("claim."+claim.Kind(e.Kind).String()), "State", s.Words("claim.moved."+e.What.String()))
	default:
		s.tellClock(l, key, event)
	}
}

// tellClock fills in what a deadline's event says.
func (s Scene) tellClock(l *TrailLine, key string, event any) {
	l.Tone = ToneClock
	ladder := func(name escalation.Name) string { return s.Words("ladder." + name.Ladder.String()) }
	switch e := event.(type) {
	case escalation.Started:
		l.Urgency, l.What = Running, s.Words(key, "Ladder", ladder(e.Clock), "Due", s.when(e.Due))
	case escalation.Warned:
		l.Urgency, l.What = Warning, s.Words(key, "Ladder", ladder(e.Clock), "Due", s.when(e.Due))
	case escalation.Fired:
		l.Urgency, l.What = Overdue, s.Words(key, "Ladder", ladder(e.Clock), "Due", s.when(e.Due), "Unit", s.unitOrNobody(e.Unit))
		l.Text = s.told(e.Told)
		if e.ArrivedLate {
			l.What += s.Words("trail.arrivedLate")
		}
	case escalation.Ended:
		l.Urgency = urgencyOf(escalation.Clock{Result: e.Result}, s.Now)
		l.What = s.Words(key, "Ladder", ladder(e.Clock), "Result", s.Words("result."+e.Result.String()))
	case escalation.Rescinded:
		l.Urgency, l.What, l.Text = MetOffline, s.Words(key, "Ladder", ladder(e.Clock)), s.told(e.Told)
	case escalation.Doubted:
		l.Urgency = Disputed
		l.What = s.Words(key, "Ladder", ladder(e.Clock), "Due", s.when(e.Due), "From", s.when(e.Within.Lo), "To", s.when(e.Within.Hi))
		if e.Within.Hi == math.MaxInt64 { // this desk cannot know until it is connected
			l.What = s.Words(key+".open", "Ladder", ladder(e.Clock), "Due", s.when(e.Due), "From", s.when(e.Within.Lo))
		}
	default: // of a claim, a file or an account: said in general
		l.Tone, l.What = ToneWork, s.Words(key)
	}
}

// told names who was notified.
func (s Scene) told(persons []syncproto.ID) string {
	names := make([]string, 0, len(persons))
	for _, p := range persons {
		names = append(names, s.personName(p))
	}
	if len(names) == 0 {
		return ""
	}
	return s.Words("trail.told", "Names", s.list(names))
}

func (s Scene) unitOrNobody(id syncproto.ID) string {
	if id.IsZero() {
		return ""
	}
	return s.unitName(id)
}

func (s Scene) orNothing(text string) string {
	if text == "" {
		return s.Words("trail.nothing")
	}
	return text
}
