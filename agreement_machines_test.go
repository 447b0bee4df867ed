package redress_test

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// machine does something to a desk's machine: it is rebooted, its clocks run fast or slow,
// somebody sets the wall clock, it falls asleep or wakes. Crystals keep to what the design
// allows for (§6); wall clocks do not.
func (w *walk) machine(p *place) {
	if w.one(4) {
		w.answerUntold(w.called("chen"))
		return
	}
	switch w.dice.IntN(6) {
	case 0, 1:
		w.reboot(p)
	case 2:
		drift := w.dice.Int64N(391) - 195
		p.clocks = p.clocks.Drifting(w.now, drift)
		w.note("%s's clocks drift by %d ppm", p.name, drift)
	case 3:
		off := syncproto.Span(w.dice.Int64N(int64(20*syncproto.Minute))) - 10*syncproto.Minute
		if w.one(4) {
			off *= 6 * 24 * 35 // another month
		}
		p.clocks = p.clocks.Set(w.now, w.now.Add(off))
		w.note("%s's wall clock is set, and off by %v", p.name, off)
	default:
		p.asleep = !p.asleep
		w.note("%s sleeps: %v", p.name, p.asleep)
		if p.asleep {
			w.cut(p)
		}
	}
}

// answerUntold has a department answer with its line cut, between two reboots: nobody can tell
// when that was, and by the time it is handed in it was due: it is disputed.
func (w *walk) answerUntold(p *place) {
	waits := func(c escalation.Clock) bool {
		return c.Ladder == escalation.Response && c.Running() && slices.Contains(p.units, c.Unit)
	}
	for _, r := range w.rows(p, syncproto.KindTicket) {
		b, _ := r.Body.(ticket.Body)
		at := slices.IndexFunc(b.Clocks, waits)
		if at < 0 {
			continue
		}
		w.cut(p)
		p.online = false
		w.reboot(p)
		w.note("%s, offline, answers: %s", p.name, w.tap(p, syncproto.CommandRespond, ticket.Respond{Ticket: r.Ref.ID, Cause: b.Clocks[at].Cause, Text: "已重置"}))
		w.reboot(p)
		if due := b.Clocks[at].Due; due > w.now {
			w.pass(due.Sub(w.now) + w.span())
		}
		return
	}
}

// reboot has a machine begin anew, with other clocks.
func (w *walk) reboot(p *place) {
	w.kill(p)
	p.clocks = p.clocks.Booted(w.now, w.chance.id())
	w.note("%s's machine was rebooted", p.name)
}

// better is what does not stay broken: a server is started again, a machine wakes, a line
// is there again.
func (w *walk) better(p *place) {
	switch {
	case !w.running && !w.one(3):
		w.killServer()
	case p.asleep:
		p.asleep = false
		w.note("%s wakes", p.name)
	case !p.online:
		p.online = true
		w.note("%s is online", p.name)
	}
}

// headquarters changes a manager's limit or writes a grant off, as the operator does.
func (w *walk) headquarters() {
	if !w.running || w.broken {
		return
	}
	manager, month := w.called(pick(w, []string{"li", "sun"})).person, syncproto.MonthOf(w.now)
	if w.one(4) {
		month++
	}
	body, _ := w.body(authority.Ref(manager, month)).Body.(authority.Body)
	if len(body.Grants) > 0 && w.one(3) {
		c := authority.WriteOff{Manager: manager, Month: month, Grant: pick(w, body.Grants).ID, Reason: "电脑丢失"}
		w.note("headquarters writes a grant off: %v", w.ordered(syncproto.CommandWriteOff, c))
		return
	}
	limit := pick(w, []syncproto.Fen{0, 100_000, 300_000, 600_000, 900_000, 1_500_000})
	c := authority.SetLimit{Manager: manager, Month: month, Limit: limit, Reason: "季度调整"}
	w.note("headquarters sets a limit of %v: %v", limit, w.ordered(syncproto.CommandSetLimit, c))
}

// ordered is a command of the operator that the rules may refuse.
func (w *walk) ordered(kind syncproto.CommandKind, command any) error {
	w.trouble = nil
	return w.Operate(w.now, kind, command)
}

// body is a document as the server has it.
func (w *walk) body(ref syncproto.Ref) decision.Doc {
	body, _, held := w.Document(ref)
	if !held {
		return decision.Doc{}
	}
	return decision.Doc{Presence: decision.Held, Body: body}
}
