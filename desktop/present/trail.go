package present

import (
	"math"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
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
	if judged, is := event.(escalation.Judged); is && !judged.Expired {
		return // somebody decided
	}
	l.Who, l.Desk, l.Arrived = s.personName(syncproto.ID{}), "", ""
	at := h.Time
	switch e := event.(type) {
	case escalation.Started:
		if at = e.Start; e.Clock.Ladder == escalation.Ageing && h.At != 0 {
			at = h.At // after a reopening it still counts from the first contact
		}
		switch response := e.Clock.Ladder == escalation.Response; {
		case l.Mark == "" || !response:
		case h.Time != 0: // what a restored server told, it keeps to
			at = h.Time
			l.What = s.Words("event.clock-started", "Ladder", s.ladder(e.Clock), "Due", s.when(h.Time.Add(e.Due.Sub(e.Start))))
		default:
			l.What = s.Words("event.clock-started.pending", "Ladder", s.ladder(e.Clock))
		}
	case escalation.Warned:
		at = e.At
	case escalation.Fired:
		at = e.At
	case escalation.Reminded:
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
		if !e.Ahead.Command.IsZero() { // the server did not know then to whom the dispatch went
			l.What = s.Words(key + ".ahead")
		}
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
	case ticket.Proposed:
		l.What, l.Text = s.Words(key), e.Text
	case ticket.ProposalAccepted:
		l.What = s.Words(key, "Person", s.personName(e.Person))
		if e.At == 0 {
			l.What = s.Words(key+".before", "Person", s.personName(e.Person))
		}
	case ticket.ProposalRefused:
		l.What, l.Text = s.Words(key, "Person", s.personName(e.Person)), e.Reason
	case ticket.FinallyResponded:
		l.Tone, l.What, l.Text = ToneContact, s.Words(key, "Channel", e.Channel), e.Text
		if e.Rejected {
			l.What = s.Words(key+".rejected", "Channel", e.Channel)
		}
	case ticket.Closed:
		l.What = s.Words(key)
	case ticket.Reopened:
		l.Tone, l.What, l.Text = ToneContact, s.Words(key, "Channel", e.Channel), e.Text
	case ticket.EscalationActedOn:
		l.What, l.Text = s.Words(key), e.Text
	case ticket.DeEscalated:
		l.What, l.Text = s.Words(key, "Unit", s.unitOrNobody(e.Unit)), e.Reason
	case ticket.ClaimMoved:
		l.What = s.Words(key, "Kind", s.Words("claim."+claim.Kind(e.Kind).String()), "State", s.Words("claim.moved."+e.What.String()))
	default:
		s.tellClock(l, key, event)
	}
}

// tellClock fills in what a deadline's event says.
func (s Scene) tellClock(l *TrailLine, key string, event any) {
	l.Tone = ToneClock
	switch e := event.(type) {
	case escalation.Started:
		l.Urgency, l.What = Running, s.Words(key, "Ladder", s.ladder(e.Clock), "Due", s.when(e.Due))
		if e.Clock.Ladder == escalation.Recipient || e.Clock.Ladder == escalation.Resolution && !e.Unit.IsZero() {
			l.What = s.Words(key+".recipient", "Ladder", s.ladder(e.Clock), "Due", s.when(e.Due), "Who", s.recipient(e.Unit, e.Person))
		}
	case escalation.Warned:
		l.Urgency, l.What = Warning, s.Words(key, "Ladder", s.ladder(e.Clock), "Due", s.when(e.Due))
	case escalation.Fired:
		l.Urgency, l.What, l.Text = Overdue, s.fired(key, e), s.told(e.Told)
		if e.ArrivedLate {
			l.What += s.Words("trail.arrivedLate")
		}
	case escalation.Reminded:
		l.Urgency, l.What, l.Text = Overdue, s.Words(key, "Ladder", s.ladder(e.Clock), "Due", s.when(e.Due)), s.told(e.Told)
	case escalation.Ended:
		l.Urgency = urgencyOf(escalation.Clock{Result: e.Result}, s.Now)
		l.What = s.Words(key, "Ladder", s.ladder(e.Clock), "Result", s.Words("result."+e.Result.String()))
	case escalation.Rescinded:
		l.Urgency, l.What, l.Text = MetOffline, s.Words(key+rescinds[e.Clock.Ladder], "Ladder", s.ladder(e.Clock)), s.told(e.Told)
	case escalation.Doubted:
		l.Urgency = Disputed
		l.What = s.Words(key, "Ladder", s.ladder(e.Clock), "Due", s.when(e.Due), "From", s.when(e.Within.Lo), "To", s.when(e.Within.Hi))
		if e.Within.Hi == math.MaxInt64 { // this desk cannot know until it is connected
			l.What = s.Words(key+".open", "Ladder", s.ladder(e.Clock), "Due", s.when(e.Due), "From", s.when(e.Within.Lo))
		}
	case escalation.Judged:
		l.Urgency = urgencyOf(escalation.Clock{Result: e.Result}, s.Now)
		l.What, l.Text = s.judged(key, e), e.Reason
	case escalation.Archived:
		l.Urgency, l.What = Void, s.Words(key, "Ladders", s.ladders(e.Clocks))
	default: // of a claim, a file or an account: said in general
		l.Tone, l.What = ToneWork, s.Words(key)
	}
}

// rescinds is where the words hold how a firing of a ladder is taken back, after the key of
// the event: those of dispatches and promises were done offline.
var rescinds = map[escalation.Ladder]string{
	escalation.Resolution: ".escalated", escalation.Ageing: ".escalated", escalation.Recipient: ".recipient",
}

// fired is a rung that fired, with whom it went to: the first who was told, where the
// ladder goes to somebody.
func (s Scene) fired(key string, e escalation.Fired) string {
	ladder, due := s.ladder(e.Clock), s.when(e.Due)
	switch e.Clock.Ladder {
	case escalation.Resolution, escalation.Ageing:
		switch to := s.firstOf(e.Told); {
		case to == "":
			return s.Words(key+".nobody", "Ladder", ladder, "Due", due)
		case e.Clock.Ladder == escalation.Ageing:
			return s.Words(key+".ageing", "Ladder", ladder, "Due", due, "Who", to)
		default:
			return s.Words(key+".escalated", "Ladder", ladder, "Due", due, "Who", to)
		}
	case escalation.Recipient:
		return s.Words(key+".recipient", "Ladder", ladder, "Due", due)
	case escalation.Response, escalation.Promise:
	}
	return s.Words(key, "Ladder", ladder, "Due", due, "Unit", s.unitOrNobody(e.Unit))
}

// firstOf is who an escalation went to, of those who were told: they are named first. The
// service department is a department, and no one person.
func (s Scene) firstOf(told []syncproto.ID) string {
	if len(told) == 0 {
		return ""
	}
	person, _ := s.Reference.Person(told[0])
	for _, role := range escalatees {
		switch {
		case !person.Has(role):
		case role == policy.ServiceDesk:
			return s.roleName(role)
		default:
			return s.ranked(told[0])
		}
	}
	return ""
}

func (s Scene) judged(key string, e escalation.Judged) string {
	switch {
	case e.Expired:
		return s.Words(key+".expired", "Ladder", s.ladder(e.Clock), "Due", s.when(e.Due))
	case e.Result == escalation.MetOffline:
		return s.Words(key, "Ladder", s.ladder(e.Clock), "Due", s.when(e.Due), "Verdict", s.verdict(InTime))
	}
	return s.Words(key, "Ladder", s.ladder(e.Clock), "Due", s.when(e.Due), "Verdict", s.verdict(Late))
}

// ladders names several clocks.
func (s Scene) ladders(names []escalation.Name) string {
	words := make([]string, 0, len(names))
	for _, n := range names {
		words = append(words, s.ladder(n))
	}
	return s.list(words)
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
