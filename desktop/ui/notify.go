package ui

import "redress/desktop/present"

// A notice is a notification of the system. It is fixed words, never a text from data: some
// systems pass it through a command line, where a complaint could say anything.
type notice string

// The notices, by the keys of their words.
const (
	noticeOverdue   notice = "notify.overdue"
	noticeEscalated notice = "notify.escalated"
	noticeNeedsYou  notice = "notify.needsYou"
)

// notices are all of them.
var notices = []notice{noticeEscalated, noticeNeedsYou, noticeOverdue}

// InFront is told when the person comes to the window, and when they go to another
// program's.
func (a *App) InFront(front bool) {
	a.away = !front
	if a.shell != nil && !front {
		a.shell.alarms = alarms{} // what stands in the window now was seen
		a.shell.reload()
	}
}

// notify tells a person who looks at something else, unless they want silence.
func (a *App) notify(n notice) {
	if a.away && !a.habits.Looks.Silent && a.habits.Notify != nil {
		a.habits.Notify(a.words("app.name"), a.words(string(n)))
	}
}

// alarms tells what is new since the person looked away.
type alarms struct {
	known bool
	last  present.Alarm
}

// hear is told of every reading; nil while the window is in front. However much is new, one
// reading makes one notice: the most urgent.
func (s *alarms) hear(a *App, now *present.Alarm) {
	if now == nil {
		return
	}
	before := *s
	s.known, s.last = true, *now
	switch {
	case !before.known:
	case more(before.last.Escalated, now.Escalated):
		a.notify(noticeEscalated)
	case more(before.last.NeedsYou, now.NeedsYou):
		a.notify(noticeNeedsYou)
	case more(before.last.Overdue, now.Overdue):
		a.notify(noticeOverdue)
	}
}

// more says that something is among now that was not among before.
func more[K comparable](before, now map[K]bool) bool {
	for id := range now {
		if !before[id] {
			return true
		}
	}
	return false
}
