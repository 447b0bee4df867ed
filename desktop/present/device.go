package present

import (
	"context"
	"fmt"
	"strings"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/policy"
)

// Device is one desk in full: what is known of it, what lies on it, and what can be done.
type Device struct {
	Row     DeviceRow
	Waiting string // what it announced, and when
	Program string // which program it runs
	Holds   []DeviceHold
	Next    []DeviceStep
}

// DeviceHold is one thing that lies on a device: an amount of a month, or a right.
type DeviceHold struct {
	Text  string
	Money bool
}

// DeviceStep is something to do. Command is what the operator types at the server's command
// line, as server/OPERATING.md has it; "" where that is not it.
type DeviceStep struct{ Text, Command string }

// Lines is the device as text.
func (v Device) Lines() []string {
	lines := []string{v.Row.Text(), line(v.Waiting, v.Program)}
	for _, h := range v.Holds {
		lines = append(lines, h.Text)
	}
	for _, n := range v.Next {
		lines = append(lines, line(n.Text, n.Command))
	}
	return lines
}

func (s Scene) deviceView(f deviceFacts, stale bool) Device {
	v := Device{Row: s.deviceRow(f, stale)}
	if f.heard {
		key := "desks.nothingWaits"
		if f.seen.Waiting > 0 {
			key = "desks.waitingAsOf"
		}
		v.Waiting = s.Words(key, "N", f.seen.Waiting, "When", s.moment(f.seen.Announced))
		v.Program = s.Words("desks.program", "Program", f.seen.Program, "Version", f.seen.Version)
	}
	for _, h := range f.holdings {
		v.Holds = append(v.Holds, s.deviceHolds(h)...)
	}
	v.Next = s.deviceSteps(f, stale)
	return v
}

// deviceHolding is what of one month's authority lies on a device.
type deviceHolding struct {
	held
	month syncproto.Month
	right bool // of approving warranty orders
}

func (s Scene) deviceHolds(h deviceHolding) (holds []DeviceHold) {
	month := s.monthName(h.month)
	if h.left > 0 {
		holding := s.holding(h.held)
		holds = append(holds, DeviceHold{s.Words("desks.holds", "Month", month, "Amount", join([]string{holding.Amount, holding.State}, "，")), true})
	}
	if h.right {
		holds = append(holds, DeviceHold{s.Words("desks.right", "Month", month), false})
	}
	return holds
}

// deviceHoldings are what lies on each device of the months that can still be spent: the
// running one and the next. What is left of earlier ones has lapsed.
func (d Desk) deviceHoldings(ctx context.Context, scene Scene) (map[syncproto.ID][]deviceHolding, error) {
	running := syncproto.MonthOf(scene.Now)
	on := map[syncproto.ID][]deviceHolding{}
	for _, manager := range scene.Reference.Ever(policy.Manager) {
		for _, month := range []syncproto.Month{running, running + 1} {
			body, err := bodyOf[authority.Body](ctx, d.Replica, authority.Ref(manager, month))
			if err != nil {
				return nil, err
			}
			for _, h := range onDevices(body) {
				on[h.device] = append(on[h.device], h)
			}
		}
	}
	return on, nil
}

// onDevices are the amounts and rights of one account, by device.
func onDevices(b authority.Body) (all []deviceHolding) {
	rights := map[syncproto.ID]bool{}
	for _, g := range b.Grants {
		if g.Kind == syncproto.GrantRight && !g.Dead() {
			rights[g.Device] = true
		}
	}
	for _, h := range holdings(b) {
		all = append(all, deviceHolding{held: h, month: b.Month, right: rights[h.device]})
		delete(rights, h.device)
	}
	for _, g := range b.Grants { // in the order in which they were issued
		if rights[g.Device] {
			all = append(all, deviceHolding{held: held{device: g.Device}, month: b.Month, right: true})
			delete(rights, g.Device)
		}
	}
	return all
}

// deviceSteps are what can be done about a device, the nearest first.
func (s Scene) deviceSteps(f deviceFacts, stale bool) []DeviceStep {
	who := join([]string{f.person.Name, s.deviceNumber(f)}, " ")
	say := func(key string, args ...any) DeviceStep { return DeviceStep{Text: s.Words(key, args...)} }
	order := func(key, command string) DeviceStep {
		return DeviceStep{s.Words(key, "Who", f.person.Name, "Device", f.device.Code), command}
	}
	var steps []DeviceStep
	switch f.state() {
	case DeviceUnknown:
		return []DeviceStep{say("desks.nextUnknown")}
	case DeviceEnded:
		if f.device.Revoked != 0 && f.device.Wiped == 0 {
			steps = append(steps, say("desks.nextWipes"))
		} else {
			steps = append(steps, say("desks.nextEnded"))
		}
	case DeviceHere:
		key := "desks.nextHere"
		if stale {
			key = "desks.nextHereThen"
		}
		steps = append(steps, say(key))
	case DeviceHandsIn:
		steps = append(steps, say("desks.nextHandsIn", "Who", who))
	case DeviceNever:
		steps = append(steps, say("desks.nextNever", "Who", who), order("desks.nextEnrol", "redress-server enrol "+typed(f.person.Login)))
	case DeviceAway:
		steps = s.awaySteps(f, who)
	}
	if f.forked && f.device.Revoked == 0 {
		steps = append(steps, order("desks.nextForked", fmt.Sprintf("redress-server revoke %s --device %s --reason %s",
			typed(f.person.Login), typed(f.device.Code), s.Words("desks.reason"))))
	}
	if f.heard && f.seen.Version < syncproto.Version {
		steps = append(steps, say("desks.nextUpgrade"))
	}
	if f.seen.Connected {
		return steps
	}
	for _, h := range f.holdings {
		if h.left > 0 {
			steps = append(steps, order("desks.nextLost", fmt.Sprintf("redress-server write-off %s --device %s --month %v --reason %s",
				typed(f.person.Login), typed(f.device.Code), h.month, s.Words("desks.reason"))))
		}
	}
	if f.hasMoney() && s.may(syncproto.CommandWriteOff) {
		steps = append(steps, say("desks.nextLostHere", "Page", s.Words("place.months"), "Who", f.person.Name))
	}
	if f.state() == DeviceAway {
		steps = append(steps, order("desks.nextPassword", "redress-server password "+typed(f.person.Login)),
			order("desks.nextEnrol", "redress-server enrol "+typed(f.person.Login)))
	}
	return steps
}

// typed is a word as it stands in a command line: in quotes where a shell would read it
// otherwise than it is written.
func typed(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// awaySteps are what can be done about a device that is away.
func (s Scene) awaySteps(f deviceFacts, who string) []DeviceStep {
	say := func(key string, args ...any) DeviceStep { return DeviceStep{Text: s.Words(key, args...)} }
	var steps []DeviceStep
	if f.seen.Waiting > 0 {
		steps = append(steps, say("desks.nextUnsent", "N", f.seen.Waiting))
	}
	if f.worry == worryOffline {
		steps = append(steps, say("desks.nextOffline", "Span", s.length(s.Reference.Policy.OfflineUse)))
	}
	if f.worry == worryAway {
		return append(steps, say("desks.nextAway"))
	}
	return append(steps, say("desks.nextCall", "Who", who))
}

// deviceNumber is where the device's person can be reached: their own number, else that of
// one of their units.
func (s Scene) deviceNumber(f deviceFacts) string {
	if f.person.Phone != "" {
		return f.person.Phone
	}
	for _, id := range f.person.Units {
		if u, known := s.Reference.Unit(id); known && u.Phone != "" {
			return u.Phone
		}
	}
	return ""
}
