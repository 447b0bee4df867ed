package present

import (
	"cmp"
	"context"
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// Limits of headquarters' page of devices.
const (
	// MaxDevices is how many devices are listed, the most worrying of all.
	MaxDevices = 500
	// AwayLong is from when on a device has been away for long (ours): a day's work is not
	// seen by anybody else.
	AwayLong = syncproto.Day
	// RollEvery is how often the server is asked while the page is open, and RollOld from
	// when on its answer is no longer how things are.
	RollEvery = 30 * syncproto.Second
	// ForkedFor is how long a device stands among the worrying ones after a second history
	// of it was seen (ours).
	ForkedFor = 14 * syncproto.Day
	RollOld   = 90 * syncproto.Second
)

// Roll is the server's last answer on all desks, and how it is going with the next one.
type Roll struct {
	Answer  syncproto.DesksAnswer // with no Time before the first
	Asked   syncproto.Instant     // the last question; 0 for none
	Asking  bool                  // it is not answered yet
	Trouble syncproto.Code        // why it was not answered
}

// Due says that the server should be asked again: there is a line, and it is time.
func (r Roll) Due(line LineState, now syncproto.Instant) bool {
	return line != Offline && !r.Asking && (r.Asked == 0 || now.Sub(r.Asked) >= RollEvery)
}

// Devices is headquarters' page of all desks: who has been away for how long, who has unsent
// work waiting, and where the money lies. The most worrying stand first, and those that
// nobody uses any more last.
type Devices struct {
	AsOf   string // whose figures these are, of when
	Stale  bool   // and they are not how things are now
	Money  string // of when the grants are
	Note   string // why there is nothing newer; "" where there is nothing to say
	Sums   []string
	Rows   []DeviceRow
	Hidden string // how many more there are; "" for none
	// Due says that the server should be asked again.
	Due bool
	// Picked is the device that was asked for in full; nil where there is none of that id.
	Picked *Device
}

// DeviceState is how a device stands with the server.
type DeviceState uint8

// States of a device.
const (
	DeviceUnknown DeviceState = iota // nobody has told this desk yet
	DeviceHere
	DeviceHandsIn // connected, and nobody is logged in there
	DeviceAway
	DeviceNever // it has never connected
	DeviceEnded // revoked, or its person works here no more
)

// DeviceRow is one device.
type DeviceRow struct {
	Device  syncproto.ID
	State   DeviceState
	Urgency Urgency // "" where nothing is worrying
	Lead    string  // 已连接, 断开 2 天 3 小时
	Seen    string  // 最后连接 昨天 18:00
	Person  string
	Unit    string
	Machine string // 平板（Q3YB）
	Waiting string // 3 项未送达; "" for none
	Forked  string // 11月20日 09:00 发现两份数据; "" where its disk was never copied or set back
	Holds   string // ¥2,000.00 of this month, and of the next where there is any; "" for none
}

// Text is the row in one string.
func (r DeviceRow) Text() string {
	return line(r.Lead, r.Seen, r.Person, r.Unit, r.Machine, r.Waiting, r.Forked, r.Holds)
}

// Lines is the page as text.
func (v Devices) Lines() []string {
	lines := []string{line(v.AsOf, v.Money), line(v.Note), line(v.Sums...)}
	for _, r := range v.Rows {
		lines = append(lines, r.Text())
	}
	lines = append(lines, v.Hidden)
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}

// Devices reads every device with what the server said of it last, and one of them in full.
func (d Desk) Devices(ctx context.Context, at syncproto.Reading, roll Roll, picked syncproto.ID) (Devices, error) {
	scene := d.Scene(at)
	status, err := d.Replica.Status(ctx)
	if err != nil {
		return Devices{}, err
	}
	all, err := d.devices(ctx, scene, roll)
	if err != nil {
		return Devices{}, err
	}
	v := scene.asOf(roll, status)
	v.Sums = scene.deviceSums(all, roll.Answer.Time)
	for _, f := range all[:min(len(all), MaxDevices)] {
		v.Rows = append(v.Rows, scene.deviceRow(f, v.Stale))
	}
	if at := slices.IndexFunc(all, func(f deviceFacts) bool { return f.id == picked }); at >= 0 {
		one := scene.deviceView(all[at], v.Stale)
		v.Picked = &one
	}
	if hidden := len(all) - len(v.Rows); hidden > 0 || roll.Answer.More {
		v.Hidden = scene.Words("desks.hidden", "N", hidden)
	}
	return v, nil
}

// asOf is of when the figures are, and why there are no newer ones.
func (s Scene) asOf(roll Roll, status replica.Status) Devices {
	now, answered := s.line(status, ""), roll.Answer.Time
	v := Devices{Due: roll.Due(now.State, s.Now), Stale: now.State == Offline || s.Now.Sub(answered) > RollOld}
	switch {
	case answered == 0:
		v.AsOf = s.Words("desks.noAnswer")
	case v.Stale:
		v.AsOf = s.Words("desks.asOfStale", "When", s.moment(answered))
	default:
		v.AsOf = s.Words("desks.asOf", "When", s.moment(answered))
	}
	if status.Heard != 0 {
		v.Money = s.Words("desks.moneyAsOf", "When", s.moment(status.Heard))
	}
	switch {
	case now.State == Offline:
		v.Note = s.Words("desks.offline")
	case roll.Trouble != "":
		v.Note = s.Words("desks.failed", "Why", s.trouble(roll.Trouble))
	case answered == 0:
		v.Note = s.Words("desks.asking")
	}
	return v
}

// deviceFacts is all that is known of one device.
type deviceFacts struct {
	id       syncproto.ID
	device   organisation.Device
	person   organisation.Person
	seen     syncproto.DeskSeen
	heard    bool              // it has had a session
	asOf     syncproto.Instant // of what seen says; 0 where the server has not answered
	month    syncproto.Month   // that runs
	forked   bool              // a second history of it was seen not long ago
	holdings []deviceHolding
	worry    int
}

// How worrying a device is; the greater the worse.
const (
	worryEnded   = iota // nobody uses it any more
	worryNone           // connected
	worryNobody         // connected, and nobody is logged in, or it still hands in
	worryAway           // away
	worryLong           // away for long
	worryUnsent         // away, and what it announced has not arrived
	worryForked         // its disk was copied or set back, not long ago
	worryOffline        // away for longer than it may be used without the server
)

// devices are all devices, the most worrying first, the longest unheard first among equals.
func (d Desk) devices(ctx context.Context, scene Scene, roll Roll) ([]deviceFacts, error) {
	holdings, err := d.deviceHoldings(ctx, scene)
	if err != nil {
		return nil, err
	}
	seen := map[syncproto.ID]syncproto.DeskSeen{}
	for _, s := range roll.Answer.Desks {
		seen[s.Device] = s
	}
	var all []deviceFacts
	for _, id := range scene.Reference.AllDevices() {
		f := deviceFacts{id: id, asOf: roll.Answer.Time, month: syncproto.MonthOf(scene.Now), holdings: holdings[id]}
		f.device, _ = scene.Reference.Device(id)
		f.person, _ = scene.Reference.Person(f.device.Person)
		f.seen, f.heard = seen[id]
		f.forked = f.device.Forked != 0 && scene.Now.Sub(f.device.Forked) < ForkedFor
		f.worry = f.worrying(scene.Reference.Policy.OfflineUse)
		all = append(all, f)
	}
	slices.SortStableFunc(all, func(a, b deviceFacts) int {
		return cmp.Or(cmp.Compare(b.worry, a.worry), cmp.Compare(a.since(), b.since()), cmp.Compare(a.person.Name, b.person.Name),
			cmp.Compare(a.device.Code, b.device.Code))
	})
	return all, nil
}

// since is when the device was heard last: what was never connected was heard as it was
// enrolled.
func (f deviceFacts) since() syncproto.Instant {
	if f.heard {
		return f.seen.Seen
	}
	return f.device.EnrolledAt
}

// away is how long the device had not been heard when the server answered.
func (f deviceFacts) away() syncproto.Span { return max(f.asOf.Sub(f.since()), 0) }

// ended says that nobody uses the device any more, and nothing lies on it that somebody has
// to see to.
func (f deviceFacts) ended() bool {
	return f.device.Revoked != 0 || f.person.Left != 0 && f.seen.Waiting == 0 && !f.hasMoney()
}

func (f deviceFacts) worrying(offlineUse syncproto.Span) int {
	switch {
	case f.ended():
		return worryEnded
	case f.forked:
		return worryForked
	case f.asOf == 0:
		return worryNone
	case f.seen.Connected && (f.seen.HandsIn || f.seen.Waiting > 0):
		return worryNobody
	case f.seen.Connected:
		return worryNone
	case offlineUse > 0 && f.away() > offlineUse:
		return worryOffline
	case f.seen.Waiting > 0:
		return worryUnsent
	case f.away() > AwayLong:
		return worryLong
	}
	return worryAway
}

func (f deviceFacts) state() DeviceState {
	switch {
	case f.ended():
		return DeviceEnded
	case f.asOf == 0:
		return DeviceUnknown
	case f.seen.Connected && f.seen.HandsIn:
		return DeviceHandsIn
	case f.seen.Connected:
		return DeviceHere
	case !f.heard:
		return DeviceNever
	}
	return DeviceAway
}

// left is what may still be spent on the device: of the running month and of the next.
func (f deviceFacts) left() (now, next syncproto.Fen) {
	for _, h := range f.holdings {
		if h.month == f.month {
			now += h.left
		} else {
			next += h.left
		}
	}
	return now, next
}

// hasMoney says that something may still be spent on the device.
func (f deviceFacts) hasMoney() bool {
	now, next := f.left()
	return now+next > 0
}

// deviceSums are the page in one look. asOf 0 says that the server has not answered yet.
func (s Scene) deviceSums(all []deviceFacts, asOf syncproto.Instant) []string {
	var here, long, unsent, inUse int
	var away, everywhere syncproto.Fen
	for _, f := range all {
		left, _ := f.left()
		everywhere += left
		if !f.seen.Connected {
			away += left
		}
		if f.worry == worryEnded {
			continue
		}
		inUse++
		if f.seen.Connected {
			here++
		}
		if f.seen.Waiting > 0 {
			unsent++
		}
		if f.worry >= worryAway && f.away() > AwayLong {
			long++
		}
	}
	if asOf == 0 {
		return []string{s.Words("desks.sumAll", "N", inUse, "Amount", everywhere)}
	}
	sums := []string{s.Words("desks.sumHere", "N", here, "All", inUse)}
	if long > 0 {
		sums = append(sums, s.Words("desks.sumAway", "N", long, "Span", s.length(AwayLong)))
	}
	if unsent > 0 {
		sums = append(sums, s.Words("desks.sumUnsent", "N", unsent))
	}
	return append(sums, s.Words("desks.sumMoney", "Away", away, "All", everywhere))
}

// deviceRow is a device as a row. Of figures that are not how things are now it says what
// was.
func (s Scene) deviceRow(f deviceFacts, stale bool) DeviceRow {
	r := DeviceRow{Device: f.id, State: f.state(), Person: f.person.Name, Unit: s.unitsOf(f.person), Machine: s.machine(f.id),
		Seen: s.deviceSeen(f)}
	switch f.worry {
	case worryOffline:
		r.Urgency = Overdue
	case worryLong, worryUnsent, worryForked:
		r.Urgency = Warning
	}
	r.Lead = s.deviceLead(f, stale)
	if f.seen.Waiting > 0 {
		r.Waiting = s.Words("desks.waiting", "N", f.seen.Waiting)
	}
	if f.device.Forked != 0 {
		r.Forked = s.Words("desks.forked", "When", s.when(f.device.Forked))
	}
	switch left, next := f.left(); {
	case next > 0 && left > 0:
		r.Holds = s.list([]string{left.String(), s.Words("desks.holdsNext", "Amount", next)})
	case next > 0:
		r.Holds = s.Words("desks.holdsNext", "Amount", next)
	case left > 0:
		r.Holds = left.String()
	}
	return r
}

func (s Scene) deviceLead(f deviceFacts, stale bool) string {
	now, then := "desks.here", "desks.hereThen"
	if f.seen.HandsIn {
		now, then = "desks.handsIn", "desks.handsInThen"
	}
	switch f.state() {
	case DeviceEnded:
		switch {
		case f.device.Wiped != 0:
			return s.Words("desks.wiped")
		case f.device.Revoked != 0:
			return s.Words("desks.revoked")
		}
		return s.Words("desks.left")
	case DeviceHere, DeviceHandsIn:
		if stale {
			return s.Words(then)
		}
		return s.Words(now)
	case DeviceNever:
		return s.Words("desks.never")
	case DeviceAway:
		return s.Words("desks.away", "Span", s.roughly(f.away()))
	case DeviceUnknown:
	}
	return s.Words("desks.unknown")
}

// deviceSeen is when the device was heard last, or enrolled where it never was.
func (s Scene) deviceSeen(f deviceFacts) string {
	switch {
	case f.heard:
		return s.Words("desks.seen", "When", s.when(f.seen.Seen))
	case f.device.EnrolledAt != 0:
		return s.Words("desks.enrolled", "When", s.when(f.device.EnrolledAt))
	}
	return ""
}

// unitsOf names the units of a person.
func (s Scene) unitsOf(p organisation.Person) string {
	names := make([]string, 0, len(p.Units))
	for _, u := range p.Units {
		names = append(names, s.unitName(u))
	}
	return s.list(names)
}
