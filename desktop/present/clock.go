package present

import (
	"slices"

	"redress/desktop/replica"
	"redress/desktop/turn"
	"redress/syncproto"
	"redress/syncproto/escalation"
)

// Urgency is how a deadline stands. The values are the roles of the theme, which has a
// colour, a sign and a word for each.
type Urgency string

// Urgencies, from worst to settled.
const (
	Missed     Urgency = "missed"
	Overdue    Urgency = "overdue"
	Warning    Urgency = "warning"
	Running    Urgency = "running"
	Disputed   Urgency = "disputed"
	MetOffline Urgency = "metOffline"
	Met        Urgency = "met"
	Void       Urgency = "void"

	// Waits is not a clock's: somebody waits for the person, and no clock of theirs runs.
	Waits Urgency = "needsYou"
)

// urgencyOf is how a clock stands at a moment. A desk says overdue from the due time on,
// whether or not the server's firing has arrived.
func urgencyOf(c escalation.Clock, now syncproto.Instant) Urgency {
	switch c.Result {
	case escalation.Met:
		return Met
	case escalation.Missed:
		return Missed
	case escalation.MetOffline:
		return MetOffline
	case escalation.Disputed:
		return Disputed
	case escalation.Void, escalation.Withdrawn:
		return Void
	case escalation.Running:
	}
	switch {
	case c.Fired != 0 || c.Due < now:
		return Overdue
	case c.Warn <= now:
		return Warning
	}
	return Running
}

// ClockLine is one clock of a ticket.
type ClockLine struct {
	Urgency Urgency
	Ladder  string // 响应, 承诺
	Who     string // the unit or person who answers for it
	What    string // what was promised
	Rule    string // 自首次来电起 48 小时，到时升级给部长 赵刚; "" where the due time says it all
	State   string // 还剩 1:50, or the word of the result
	Due     string // 至 12:00
	Note    string // fired, rescinded, arrived late, not yet final; "" for none
	Running bool
	Soon    bool // so near its due time that seconds count
	// Progress is how much of the time is used, in basis points, at most 10000.
	Progress int64

	short string // the state where there is little room; "" where it is the same
}

// Text is the line in one string.
func (c ClockLine) Text() string {
	return line(c.Ladder, c.State, c.Due, c.Who, c.What, c.Rule, c.Note)
}

// clockLines are all clocks: those that run nearest first, then what is disputed, then the
// ended ones, newest first. own are the clocks that something of this desk's overlay
// started or ended.
func (s Scene) clockLines(of about, own map[escalation.Name]onItsWay) []ClockLine {
	sorted := slices.Clone(of.ticket.Clocks)
	slices.SortStableFunc(sorted, turn.Compare)
	lines := make([]ClockLine, 0, len(sorted))
	for _, c := range sorted {
		lines = append(lines, s.clockLine(of, c, own[c.Name()]))
	}
	return lines
}

func (s Scene) clockLine(of about, c escalation.Clock, own onItsWay) ClockLine {
	if own.since != 0 && c.Ladder == escalation.Response {
		c = since(c, own.since)
	}
	l := ClockLine{
		Urgency: urgencyOf(c, s.Now), Ladder: s.clockName(of.ticket, c), Who: s.answersFor(of, c), What: c.What, Rule: s.rule(of, c),
		Due: s.Words("time.until", "When", s.when(c.Due)), Running: c.Running(),
	}
	if c.Running() {
		l.State = s.left(c.Due)
		l.Soon = abs(c.Due.Sub(s.Now)) < 2*syncproto.Minute
		if whole := c.Due.Sub(c.Start); whole > 0 {
			l.Progress = min(10_000, max(0, int64(s.Now.Sub(c.Start))*10_000/int64(whole)))
		}
	} else {
		l.State, l.Progress = s.result(of, c), 10_000
	}
	notes := s.notes(of, c)
	switch starts := c.Running() && c.Ladder == escalation.Response; {
	case own.stage == 0:
	case starts && own.stage == replica.Again:
		notes = append(notes, s.Words("clock.again", "When", s.when(c.Start)))
	case starts && own.since == 0:
		// The department's time begins when the server has the dispatch, not here: it did where
		// that was sent, and only the server knows when.
		l.State, l.short, l.Due, l.Progress = s.Words("clock.startsWhenSent"), s.Words("clock.notYet"), "", 0
		l.Urgency, l.Soon = Running, false
		if own.stage != replica.KeptHere {
			l.State = s.Words("clock.unconfirmed")
			l.short = l.State
		}
	default:
		notes = append(notes, s.mark(own.stage, 0))
	}
	l.Note = s.list(notes)
	return l
}

// since is the clock as it counts from another moment.
func since(c escalation.Clock, start syncproto.Instant) escalation.Clock {
	by := start.Sub(c.Start)
	c.Start, c.Warn, c.Due = start, c.Warn.Add(by), c.Due.Add(by)
	return c
}

func abs(d syncproto.Span) syncproto.Span { return max(d, -d) }
