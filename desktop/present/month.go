package present

import (
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
)

// Month is what a manager may still spend without asking anybody, and where it lies.
type Month struct {
	Manager bool     // only managers have one
	Title   string   // 2026年11月
	Limit   string   // that is in force
	Limits  []string // where another limit was asked for: which, by whom and why
	Spent   string
	Left    string // on this device
	None    bool   // nothing is left on it
	// Elsewhere is what lies on the person's other devices, and Free what lies on none yet.
	Elsewhere []Holding
	Free      string
	Under     []string // what is on its way: asked back, not yet taken
	Until     string   // 至 11月30日 24:00
	Next      string   // 下月额度已到本机，自 12月1日 起可用
	Right     string   // of approving warranty orders
	Note      string   // why nothing can be approved now; "" if something can
	Moved     string   // where the authority was asked to lie; "" for evenly
	Parts     Parts
	// Take and Even say that the authority can be asked to lie on this device, or evenly
	// again. Both are offered only where there is more than one device.
	Take, Even bool

	left, coming syncproto.Fen
	month        syncproto.Month
}

// Holding is what of a month's authority lies on a device.
type Holding struct {
	Device string // 平板（Q3YB）
	Amount string
	State  string // 待领取 ¥100.00、已请求交回 ¥200.00; "" for all taken and kept
}

// Text is the holding in one string.
func (h Holding) Text() string { return join([]string{h.Device + " " + h.Amount, h.State}, "，") }

// Parts are the shares of the month for a picture, in basis points of the whole.
type Parts struct{ Here, Elsewhere, Spent int64 }

func (m Month) lines() []string {
	if !m.Manager {
		return nil
	}
	parts := []string{m.Title, m.Limit, m.Spent, m.Left}
	for _, h := range m.Elsewhere {
		parts = append(parts, h.Text())
	}
	lines := []string{line(append(parts, m.Free, m.Until)...), line(m.Right, m.Note)}
	for _, text := range slices.Concat(m.Limits, m.Under, []string{m.Moved, m.Next}) {
		if text != "" {
			lines = append(lines, text)
		}
	}
	return lines
}

// Empty says that nothing may be spent here.
func (m Month) Empty() bool { return m.left == 0 }

func (s Scene) month(p purse) Month {
	m := Month{Manager: s.Manager()}
	if !m.Manager {
		return m
	}
	covering := authority.Cover(p.left, 0, s.Now, s.Within)
	limit, spent := s.Reference.Policy.MonthlyLimit, p.account.Spent()
	if !p.account.Manager.IsZero() {
		limit = p.account.InForce()
	}
	m.left, m.month = covering.Of, covering.Month
	m.None = m.left <= 0
	m.Title, m.Limit = s.monthName(covering.Month), s.Words("month.limit", "Amount", limit)
	m.Limits = s.limits(p)
	m.Spent, m.Left = s.Words("month.spent", "Amount", spent), s.Words("month.left", "Amount", m.left)
	end := covering.Month.End().Add(-syncproto.Microsecond).Time()
	m.Until = s.Words("month.until", "Month", s.monthWord(end.Month()), "Day", end.Day())
	m.Next = s.nextMonth(p, covering.Month+1)
	elsewhere := s.lies(&m, p, limit-spent)
	m.Parts = parts(limit, m.left, elsewhere, spent)
	m.Right = s.Words("month.noRight")
	if authority.CoverRight(p.left, s.Now, s.Within).Covers() {
		m.Right = s.Words("month.right")
	}
	switch {
	case p.doubtful:
		m.Note = s.Words("code." + string(replica.CodeFileBehind))
	case !p.has(covering.Month) && m.coming > 0:
		m.Note = s.Words("month.coming", "Amount", m.coming)
	case !p.has(covering.Month):
		m.Note = s.Words("month.nothingHere")
	case m.coming > 0:
		m.Under = slices.Insert(m.Under, 0, s.Words("month.coming", "Amount", m.coming))
	}
	s.movable(&m, p)
	return m
}

// limits are the limit asked for where it is not in force yet, and why there is another than
// the policy's.
func (s Scene) limits(p purse) []string {
	var lines []string
	if p.account.Above > 0 {
		lines = append(lines, s.Words("month.asked", "Amount", p.account.Limit, "Above", p.account.Above))
	}
	if p.set != nil {
		lines = append(lines, s.limitSet(*p.set))
	}
	return lines
}

// limitSet is who set a limit, when and why.
func (s Scene) limitSet(set authority.LimitSet) string {
	return s.Words("month.set", "Who", s.actor(set.By, set.Operator), "When", s.when(set.At), "Amount", set.Limit, "Reason", set.Reason)
}

// actor is who did something: a person, or the name given at the server's command line.
func (s Scene) actor(person syncproto.ID, operator string) string {
	if operator != "" {
		return operator
	}
	return s.personName(person)
}

// comingOf is what of a month is being taken: as far as this desk can tell it lies here.
func (p purse) comingOf(month syncproto.Month) (sum syncproto.Fen) {
	for _, l := range p.coming {
		if l.Grant.Month == month && l.Grant.Kind == syncproto.GrantAmount {
			sum += l.Left
		}
	}
	return sum
}

// has says that something of the month is here, used up or not.
func (p purse) has(month syncproto.Month) bool {
	return slices.ContainsFunc(p.left, func(l authority.Left) bool { return l.Grant.Month == month })
}

// offered is what of the account was offered to this device and is not being taken yet: its offer is on
// its way.
func (s Scene) offered(p purse) (sum syncproto.Fen) {
	for _, g := range p.account.Grants {
		taking := slices.ContainsFunc(p.coming, func(l authority.Left) bool { return l.Grant.ID == g.ID })
		if g.Device == s.Device && g.Kind == syncproto.GrantAmount && g.Taken == 0 && !taking {
			sum += g.Left()
		}
	}
	return sum
}

// lies fills in what does not lie on this device, and gives how much lies on others. rest is
// what is not spent.
func (s Scene) lies(m *Month, p purse, rest syncproto.Fen) syncproto.Fen {
	m.coming = p.comingOf(syncproto.MonthOf(s.Now))
	if !p.account.Manager.IsZero() {
		m.coming = p.comingOf(p.account.Month)
	}
	if len(p.account.Grants) == 0 { // the account has not come yet
		if other := rest - m.left - m.coming; other > 0 {
			m.Free = s.Words("month.other", "Amount", other)
		}
		return 0
	}
	var elsewhere syncproto.Fen
	for _, h := range holdings(p.account) {
		if h.device != s.Device {
			elsewhere += h.left
			m.Elsewhere = append(m.Elsewhere, s.holding(h))
			continue
		}
		m.coming += s.offered(p)
		if h.asked > 0 {
			m.Under = append(m.Under, s.Words("month.going", "Amount", h.asked))
		}
		if stuck := h.left - m.coming - m.left; stuck > 0 {
			m.Under = append(m.Under, s.Words("month.stuck", "Amount", stuck))
		}
	}
	switch free := p.account.Free(); {
	case free > 0:
		m.Free = s.Words("month.free", "Amount", free)
	case p.account.Over() > 0:
		m.Free = s.Words("month.over", "Amount", p.account.Over())
	}
	return elsewhere
}

func (s Scene) nextMonth(p purse, month syncproto.Month) string {
	var next syncproto.Fen
	for _, l := range p.left {
		if l.Grant.Month == month && l.Grant.Kind == syncproto.GrantAmount {
			next += l.Left
		}
	}
	if next == 0 {
		return ""
	}
	start := month.Start().Time()
	return s.Words("month.next", "Amount", next, "Month", s.monthWord(start.Month()), "Day", start.Day())
}

// movable fills in where the authority was asked to lie, and what can be asked for.
func (s Scene) movable(m *Month, p purse) {
	to := p.account.To
	switch {
	case to.IsZero():
	case to == s.Device:
		m.Moved = s.Words("month.movedHere")
	default:
		m.Moved = s.Words("month.moved", "Device", s.machine(to))
	}
	if s.may(syncproto.CommandMoveAuthority) && len(s.Reference.Devices(s.Person)) > 1 {
		m.Take, m.Even = to != s.Device, !to.IsZero()
	}
}

// held is what of an account lies on one device.
type held struct {
	device  syncproto.ID
	left    syncproto.Fen // all of it
	untaken syncproto.Fen // of it
	asked   syncproto.Fen // of it
}

// holdings are what lies on the devices of an account, in the order in which they first got
// something; devices with nothing left are not among them.
func holdings(b authority.Body) []held {
	var all []held
	for _, g := range b.Grants {
		if g.Kind != syncproto.GrantAmount || g.Dead() {
			continue
		}
		at := slices.IndexFunc(all, func(h held) bool { return h.device == g.Device })
		if at < 0 {
			at, all = len(all), append(all, held{device: g.Device})
		}
		all[at].left += g.Left()
		all[at].asked += g.Open()
		if g.Taken == 0 {
			all[at].untaken += g.Left()
		}
	}
	return slices.DeleteFunc(all, func(h held) bool { return h.left == 0 })
}

func (s Scene) holding(h held) Holding {
	var states []string
	if h.untaken > 0 {
		states = append(states, s.Words("month.untaken", "Amount", h.untaken))
	}
	if h.asked > 0 {
		states = append(states, s.Words("month.askedBack", "Amount", h.asked))
	}
	return Holding{Device: s.machine(h.device), Amount: h.left.String(), State: s.list(states)}
}

// parts are shares of the greater of the limit and what there is.
func parts(limit, here, elsewhere, spent syncproto.Fen) Parts {
	whole := max(limit, here+elsewhere+spent)
	if whole <= 0 {
		return Parts{}
	}
	share := func(of syncproto.Fen) int64 { return int64(max(of, 0)) * 10_000 / int64(whole) }
	return Parts{Here: share(here), Elsewhere: share(elsewhere), Spent: share(spent)}
}
