package demo

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// laptop is the seats' device for events outside: it has no line there.
const laptop = "laptop"

// scene is something that wants a ticket: the next that is opened, of a region or for a department.
type scene struct {
	wants string // region or department; "" for any
	do    func(l *life, at syncproto.Instant) error
}

// part is a moment so many hundredths into the history.
func (w *world) part(hundredths int) syncproto.Instant {
	return w.managerHours(w.Start.Add(w.End.Sub(w.Start) / 100 * syncproto.Span(hundredths)))
}

// planScenes are the things that happen once, to a history of whatever size.
func (w *world) planScenes() {
	w.at(w.Start+1, func(at syncproto.Instant) (err error) {
		w.desks[laptop], err = w.enrol("seat6", "活动笔记本", at)
		return err
	})
	w.at(w.part(10), w.secondLaptop)
	w.at(w.part(30), w.tablet)
	w.at(w.part(50), func(syncproto.Instant) error {
		w.scenes = append(w.scenes, scene{west, w.passedAround})
		return nil
	})
	for _, hundredths := range []int{20, 40, 62} {
		w.at(w.part(hundredths), func(syncproto.Instant) error {
			w.scenes = append(w.scenes, scene{east, func(l *life, at syncproto.Instant) error {
				a := &asked{life: l, claim: w.id(at), kind: claim.Goodwill, amount: 200 * syncproto.Yuan, what: l.say(goodwillWhat[1]), plan: twice}
				w.at(at.Add(5*syncproto.Minute), func(at syncproto.Instant) error { return a.file(at, l.seat) })
				return nil
			}})
			return nil
		})
	}
	month := (syncproto.MonthOf(w.End) - 1).Start() // so that the running month is whole
	// Early in the month a laptop still holds money.
	w.at(max(month.Add(2*syncproto.Day+9*syncproto.Hour), w.Start.Add(syncproto.Day)), func(syncproto.Instant) error {
		w.scenes = append(w.scenes, scene{south, w.lostLaptop})
		return nil
	})
	w.limit(month.Add(14*syncproto.Day), "manager3", "区域召回活动，额度上调", func(syncproto.Fen) syncproto.Fen { return 9000 * syncproto.Yuan })
	w.limit(month.Add(20*syncproto.Day), "manager3", "活动提前结束，额度下调", func(spent syncproto.Fen) syncproto.Fen { return max(spent/2, 100*syncproto.Yuan) })
	w.limit(w.part(85), "manager5", "道路救援增多，额度上调", func(syncproto.Fen) syncproto.Fen { return 8000 * syncproto.Yuan })
	for ago, slowly := range []route{3: slow, 4: slow, 6: slow, 11: verySlow, 12: verySlow} {
		if slowly != instant {
			w.at(w.End.Add(-syncproto.Span(ago)*syncproto.Day-4*syncproto.Hour), w.hard(slowly))
		}
	}
	w.at(w.End.Add(-54*syncproto.Hour), w.lately)
	w.at(w.End.Add(-20*syncproto.Hour), func(syncproto.Instant) error {
		w.scenes = append([]scene{
			{"", func(l *life, _ syncproto.Instant) error { l.route = rebooted; return nil }},
			{"", func(l *life, _ syncproto.Instant) error { l.route = rebooted; return nil }},
			{"", func(l *life, at syncproto.Instant) error {
				l.route, l.unseen = unhappy, true
				w.at(at.Add(syncproto.Hour), l.final)
				return nil
			}},
		}, w.scenes...)
		return nil
	})
	w.at(w.End.Add(-lastHours), w.thisMorning)
}

// hard is a case that goes up: to the head, the vice president, headquarters.
func (w *world) hard(slowly route) func(syncproto.Instant) error {
	return func(syncproto.Instant) error {
		w.scenes = append(w.scenes, scene{"", func(l *life, _ syncproto.Instant) error { l.route = slowly; return nil }})
		return nil
	}
}

// lately is what every desk must find in the morning, whatever chance has in store: a
// ticket in every department, claims for each of those who decide, a call that was promised
// and forgotten, a proposal that nobody looked at, a customer who was not told.
func (w *world) lately(syncproto.Instant) error {
	waits := func(kind claim.Kind, plan claimPlan) func(*life, syncproto.Instant) error {
		return func(l *life, at syncproto.Instant) error {
			a := &asked{life: l, claim: w.id(at), kind: kind, plan: plan, returned: plan == sentBack}
			what := warrantyWhat
			if kind == claim.Goodwill {
				a.amount, what = syncproto.Fen(200+100*w.below(8))*syncproto.Yuan, goodwillWhat
			}
			a.what = l.say(one(&w.chance, what))
			return a.waits(at)
		}
	}
	w.scenes = append(w.scenes,
		scene{east, waits(claim.Goodwill, approved)}, scene{east, waits(claim.Warranty, warranty)}, scene{east, waits(claim.Goodwill, approved)},
		scene{north, waits(claim.Goodwill, approved)}, scene{south, waits(claim.Goodwill, approved)}, scene{west, waits(claim.Warranty, warranty)})
	for _, department := range []string{connected, quality, parts, repairs, sales, stations} {
		w.scenes = append(w.scenes, scene{department, func(l *life, _ syncproto.Instant) error { l.route = slow; return nil }})
	}
	proposed := func(unseen, untold bool) func(*life, syncproto.Instant) error {
		return func(l *life, at syncproto.Instant) error {
			l.route, l.unseen, l.untold = dispatched, unseen, untold
			w.at(at.Add(2*syncproto.Hour), l.propose)
			return nil
		}
	}
	w.scenes = append(w.scenes,
		scene{"", func(l *life, at syncproto.Instant) error {
			l.route, l.forgotten = slow, true
			return l.promise(at, "专员回电", 0)
		}},
		scene{"", proposed(true, false)}, scene{"", proposed(false, true)},
		scene{"", waits(claim.Warranty, sentBack)}, scene{"", waits(claim.Warranty, routedUp)},
		scene{"", waits(claim.Goodwill, sentBack)}, scene{"", waits(claim.Goodwill, routedUp)})
	return nil
}

// thisMorning is what just came in: a call back that was promised, and a department that
// does not answer. Whatever else still waits for a ticket comes after.
func (w *world) thisMorning(syncproto.Instant) error {
	w.scenes = append([]scene{
		{"", func(l *life, _ syncproto.Instant) error { l.route = ignored; return nil }},
		{"", func(l *life, _ syncproto.Instant) error { l.route = callBack; return nil }},
	}, w.scenes...)
	return nil
}

// waits files a claim and leaves it to those it waits for: a manager, whoever filed it, or
// the service department.
func (a *asked) waits(at syncproto.Instant) error {
	a.at(at.Add(3*syncproto.Minute), func(at syncproto.Instant) error {
		file := claim.File{ID: a.claim, Ticket: a.id, Kind: a.kind, Amount: a.amount, What: a.what, Station: a.station}
		return a.seat.give(at, syncproto.CommandFileClaim, file)
	})
	by := a.manager(at)
	a.at(at.Add(9*syncproto.Minute), func(at syncproto.Instant) (err error) {
		switch a.plan {
		case sentBack:
			err = by.give(at, syncproto.CommandSendBack, claim.SendBack{Claim: a.claim, Round: 1, Comment: one(&a.chance, wanting)})
		case routedUp:
			err = by.give(at, syncproto.CommandRouteUp, claim.RouteUp{Claim: a.claim, Round: 1, Reason: "涉及多部门责任，请服务部裁定"})
		default:
		}
		return err
	})
	return nil
}

// staged gives a ticket to the scene that waits for one of its region.
func (w *world) staged(l *life, at syncproto.Instant) error {
	for i, s := range w.scenes {
		if (s.wants == "" || s.wants == l.caller.city.region || s.wants == l.topic.department) && l.route != field {
			w.scenes = append(w.scenes[:i:i], w.scenes[i+1:]...)
			return s.do(l, at)
		}
	}
	return nil
}

// limit is headquarters giving a manager's month another limit, for what was spent of it.
func (w *world) limit(at syncproto.Instant, login, reason string, limit func(spent syncproto.Fen) syncproto.Fen) {
	w.at(at, func(at syncproto.Instant) error {
		manager, month := w.org.people[login], syncproto.MonthOf(at)
		account, _, err := read[authority.Body](w, authority.Ref(manager, month))
		if err != nil {
			return err
		}
		return w.desks["hq"].give(at, syncproto.CommandSetLimit, authority.SetLimit{Manager: manager, Month: month, Limit: limit(account.Spent()), Reason: reason})
	})
}

// secondLaptop: the manager of 华东区 has two for a while, which even their shares out; all
// goes to the second before a trip, and afterwards that is not used any more.
func (w *world) secondLaptop(at syncproto.Instant) error {
	second, err := w.enrol("manager", "出差笔记本", at)
	if err != nil {
		return err
	}
	w.desks["manager/2"] = second
	move := func(to syncproto.ID) func(syncproto.Instant) error {
		return func(at syncproto.Instant) error {
			return w.desks["manager"].give(at, syncproto.CommandMoveAuthority, authority.MoveAuthority{Manager: second.person, Month: syncproto.MonthOf(at), To: to})
		}
	}
	again := func(syncproto.Instant) error { return w.connectAll() }
	for n := range 4 {
		w.at(at.Add(syncproto.Span(n+1)*10*syncproto.Minute), again)
	}
	w.at(at.Add(2*syncproto.Day), move(second.device))
	for n := range 3 {
		w.at(at.Add(2*syncproto.Day+syncproto.Span(n+1)*10*syncproto.Minute), again)
	}
	w.at(at.Add(4*syncproto.Day), move(syncproto.ID{}))
	w.at(at.Add(8*syncproto.Day), func(at syncproto.Instant) error {
		if err := second.handIn(at, 0); err != nil {
			return err
		}
		delete(w.desks, "manager/2")
		return nil
	})
	return nil
}

// tablet: the manager of 西南区 gets one whose image is put back before it has taken what
// it was issued; it starts anew. At the end it is offered its right again, and is not there.
func (w *world) tablet(at syncproto.Instant) error {
	tablet, err := w.enrol("manager5", "平板", at)
	if err != nil {
		return err
	}
	if err := tablet.connect(tablet); err != nil {
		return err
	}
	rekey := func(then func(syncproto.Instant) error) func(syncproto.Instant) error {
		return func(at syncproto.Instant) error {
			tablet.incarnation, tablet.last = w.id(at), syncproto.Link{}
			w.at(at.Add(2*syncproto.Minute), then)
			return w.desks["hq"].give(at, syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: tablet.device, Incarnation: tablet.incarnation})
		}
	}
	w.at(at.Add(syncproto.Hour), rekey(func(syncproto.Instant) error { return tablet.connect(tablet) }))
	w.at(w.End.Add(-handedIn-syncproto.Hour), rekey(func(syncproto.Instant) error { return tablet.connect(tablet) }))
	return nil
}

// lostLaptop: the manager of 华南区 approves something on the way, and loses the laptop;
// headquarters writes off what it holds, and days later it turns up, used.
func (w *world) lostLaptop(l *life, at syncproto.Instant) error {
	lost := w.desks["manager4"]
	a := &asked{life: l, claim: w.id(at), kind: claim.Goodwill, amount: 300 * syncproto.Yuan, what: l.say(goodwillWhat[0]), plan: approved, decider: lost}
	w.at(at.Add(10*syncproto.Minute), func(at syncproto.Instant) error {
		return l.seat.give(at, syncproto.CommandFileClaim, claim.File{ID: a.claim, Ticket: l.id, Kind: a.kind, Amount: a.amount, What: a.what, Station: l.station})
	})
	w.at(at.Add(40*syncproto.Minute), func(at syncproto.Instant) error {
		lost.cutOff(at)
		return a.decide(at)
	})
	w.at(at.Add(5*syncproto.Hour), func(at syncproto.Instant) error { return w.writeOff(lost, at) })
	w.at(at.Add(4*syncproto.Day), lost.mend)
	return nil
}

func (w *world) writeOff(lost *desk, at syncproto.Instant) error {
	for _, ref := range rules.Accounts(lost.person, at, w.ledger.Reference()) { // of the next month too, where it has it already
		account, there, err := read[authority.Body](w, ref)
		if err != nil {
			return err
		}
		for _, g := range account.Grants {
			if !there || g.Device != lost.device || g.Left() <= 0 || g.Dead() {
				continue
			}
			if err := w.desks["hq"].give(at, syncproto.CommandWriteOff, authority.WriteOff{Manager: lost.person, Month: account.Month, Grant: g.ID, Reason: "笔记本电脑遗失，已报案"}); err != nil {
				return err
			}
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	found, err := w.enrol("manager4", "新办公电脑", at)
	if err != nil {
		return err
	}
	w.desks["manager4"] = found
	w.at(at.Add(syncproto.Minute), func(syncproto.Instant) error { return found.connect(found) })
	w.at(at.Add(3*syncproto.Minute), found.take)
	return nil
}

// passedAround: nobody knows whose it is, and it goes from department to department until
// its body has no room for all the clocks that this made.
func (w *world) passedAround(l *life, at syncproto.Instant) error {
	l.route = slow
	around := []string{connected, repairs, quality, stations, parts}
	for n := range 24 {
		w.at(at.Add(20*syncproto.Minute+syncproto.Span(n)*25*syncproto.Minute), func(at syncproto.Instant) error {
			if _, there, err := l.body(true); err != nil || !there {
				return err
			}
			l.department = around[n%len(around)]
			return l.seat.give(at, syncproto.CommandDispatch, ticket.Dispatch{Ticket: l.id, Unit: w.org.units[l.department], Note: "部门反映不属其职责，改派"})
		})
	}
	return nil
}
