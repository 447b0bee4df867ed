package redress_test

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// What happens to the machines of the desks. Crystals keep to what the design allows for (§6);
// wall clocks do not.

func (w *walk) drift(p *place) bool {
	drift := w.dice.Int64N(391) - 195
	p.clocks = p.clocks.Drifting(w.now, drift)
	w.note("%s's clocks drift by %d ppm", p.name, drift)
	w.say(p, "drifts %dppm", drift)
	return true
}

func (w *walk) setWall(p *place) bool {
	off := syncproto.Span(w.dice.Int64N(int64(20*syncproto.Minute))) - 10*syncproto.Minute
	if w.one(4) {
		off *= 6 * 24 * 35 // another month
	}
	p.clocks = p.clocks.Set(w.now, w.now.Add(off))
	w.note("%s's wall clock is set, and off by %v", p.name, off)
	w.say(p, "clock %s", p.reading(w.now).Wall.Time().Format("2006-01-02 15:04:05"))
	return true
}

func (w *walk) sleep(p *place) bool {
	if p.away() {
		return false
	}
	w.note("%s sleeps", p.name)
	w.say(p, "sleeps")
	w.cut(p)
	p.asleep = true
	return true
}

func (w *walk) wakeUp(p *place) {
	p.asleep = false
	w.note("%s wakes", p.name)
	w.say(p, "wakes")
}

// pause has a virtual machine stand still: it does not notice that time passes.
func (w *walk) pause(p *place) bool {
	if p.away() {
		return false
	}
	w.note("%s is paused", p.name)
	w.say(p, "pauses")
	w.cut(p)
	p.still = true
	w.bend(p)
	p.clocks = p.clocks.Paused(w.now, true)
	return true
}

// bend notes that nothing is known any more of when things were done at a place: of what will be
// done until it is started anew or told the time, and of what was done before and is not decided, for that is bound
// by an anchor that comes after.
func (w *walk) bend(p *place) {
	p.bent, p.bentAt = true, w.now
	for _, d := range p.order {
		if len(w.book.of[d.id]) == 0 {
			w.deeds[d.id].bent = true
		}
	}
}

// unsure says that nothing is known of when something is done there now.
func (w *walk) unsure(p *place) bool {
	if !p.bent {
		return false
	}
	anchor, err := p.sight.anchor()
	w.must(err)
	p.bent = p.still || anchor.Server <= p.bentAt
	return p.bent
}

func (w *walk) resume(p *place) {
	p.still, p.bentAt = false, w.now
	p.clocks = p.clocks.Paused(w.now, false)
	w.note("%s goes on", p.name)
	w.say(p, "resumes")
}

func (w *walk) tamper(p *place) bool {
	by := w.span()
	w.bend(p)
	p.clocks = p.clocks.Tampered(w.now, by)
	w.note("%s's ticks jump by %v", p.name, by)
	w.say(p, "tampers +%v", by)
	return true
}

// reboot has a machine begin anew, with other clocks.
func (w *walk) reboot(p *place) {
	w.kill(p)
	if p.still {
		w.resume(p)
	}
	p.clocks, p.bent, p.bentAt = p.clocks.Booted(w.now, w.chance.id()), false, 0
	w.note("%s's machine was rebooted", p.name)
	w.say(p, "reboots")
}

// fillDesk leaves no room on a desk's disk.
func (w *walk) fillDesk(p *place) bool {
	if p.full {
		return false
	}
	w.note("%s's disk is full", p.name)
	p.full = true
	w.must(p.disk.Fill())
	return true
}

func (w *walk) room(p *place) {
	w.note("%s's disk has room", p.name)
	p.full = false
	w.must(p.disk.Room())
}

// answerUntold has a department answer with its line cut, between two reboots: nobody can tell
// when that was, and by the time it is handed in it was due: it is disputed.
func (w *walk) answerUntold(p *place) {
	if p.away() || p.full {
		return
	}
	on, b, some := w.ticketFor(p, func(b ticket.Body) bool { return running(b, escalation.Response, p.units...) >= 0 })
	if !some {
		return
	}
	at := running(b, escalation.Response, p.units...)
	if at < 0 {
		return
	}
	w.cut(p)
	p.online = false
	w.say(p, "offline")
	w.reboot(p)
	w.note("%s, offline, answers: %s", p.name, w.tap(p, syncproto.CommandRespond, ticket.Respond{Ticket: on, Cause: b.Clocks[at].Cause, Text: "已重置"}))
	w.reboot(p)
	if due := b.Clocks[at].Due; due > w.now {
		w.pass(due.Sub(w.now) + w.span())
	}
}

// headquarters changes a manager's limit or writes a grant off, as the operator does.
func (w *walk) headquarters() {
	if !w.commands() {
		return
	}
	who := w.called(pick(w, []string{"li", "sun"}))
	manager, month := who.person, syncproto.MonthOf(w.now)
	if w.one(4) {
		month++
	}
	body, _ := w.body(authority.Ref(manager, month)).Body.(authority.Body)
	if len(body.Grants) > 0 && w.one(3) {
		c := authority.WriteOff{Manager: manager, Month: month, Grant: pick(w, body.Grants).ID, Reason: "电脑丢失"}
		w.note("headquarters writes a grant off: %v", w.ordered(syncproto.CommandWriteOff, c))
		w.cannotSay("headquarters writes off one grant of %s", who.login)
		return
	}
	limit := pick(w, []syncproto.Fen{0, 100_000, 300_000, 600_000, 900_000, 1_500_000})
	c := authority.SetLimit{Manager: manager, Month: month, Limit: limit, Reason: "季度调整"}
	w.note("headquarters sets a limit of %v: %v", limit, w.ordered(syncproto.CommandSetLimit, c))
	w.say(nil, "hq limit %s %v %q month=%v", who.login, limit, c.Reason, month)
}

// ordered is a command of the operator that the rules may refuse.
func (w *walk) ordered(kind syncproto.CommandKind, command any) error {
	w.trouble = nil
	return w.Operate(w.now, kind, command)
}

// body is a document as the log has it.
func (w *walk) body(ref syncproto.Ref) decision.Doc {
	if h := w.book.docs[ref]; h != nil {
		return h.doc
	}
	return decision.Doc{}
}
