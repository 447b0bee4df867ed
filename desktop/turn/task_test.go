package turn

import (
	"slices"
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

var (
	id                    = syncproto.Derive
	centre, parts, street = id("centre"), id("parts"), id("street")
)

const hour = syncproto.Instant(syncproto.Hour)

// reads is somebody of a role, in a unit.
func reads(role policy.Role, unit syncproto.ID) Reader {
	return readsUnder(policy.Default(1), role, unit)
}

func readsUnder(rules policy.Body, role policy.Role, unit syncproto.ID) Reader {
	known := reference.Reference{Policy: rules}.With(1, organisation.PersonRef(id(role.String())),
		organisation.Person{Name: role.String(), Roles: []policy.Role{role}, Units: []syncproto.ID{unit}})
	return ReaderOf(id(role.String()), known)
}

// runs is a clock that runs until so many hours.
func runs(l escalation.Ladder, rung uint8, due syncproto.Instant, unit, person syncproto.ID) escalation.Clock {
	return escalation.Clock{Ladder: l, Rung: rung, Due: due * hour, Unit: unit, Person: person, Start: hour}
}

// says is what the tasks are, the first with by when in hours.
func says(tasks []Task) string {
	var all []string
	for _, t := range tasks {
		text := t.Duty.String()
		if !t.Timed {
			text += " since"
		}
		all = append(all, text+" "+string('0'+rune(t.Due/hour)))
	}
	return strings.Join(all, ", ")
}

// What a ticket wants of each of four people as it goes on: a seat and its department, another
// department, and the head it was escalated to.
func TestWhatATicketWantsOfWhom(t *testing.T) {
	none, head := syncproto.ID{}, id(policy.Head.String())
	resolution, ageing := runs(escalation.Resolution, 1, 5, none, none), runs(escalation.Ageing, 1, 9, none, none)
	promise, response := runs(escalation.Promise, 1, 4, centre, id("another seat")), runs(escalation.Response, 1, 3, parts, none)
	takes, second := runs(escalation.Recipient, escalation.TakesUp, 6, parts, head), runs(escalation.Resolution, 2, 8, parts, head)
	proposal := ticket.Proposal{Command: id("solved"), At: 2 * hour}
	body := func(b ticket.Body, clocks ...escalation.Clock) ticket.Body {
		b.CallCentre, b.Region, b.Clocks = centre, street, slices.Concat(clocks, []escalation.Clock{ageing})
		return b
	}
	sent := func(b ticket.Body, clocks ...escalation.Clock) ticket.Body {
		b.Holder = parts
		return body(b, clocks...)
	}
	for _, c := range []struct {
		what                     string
		ticket                   ticket.Body
		seat, liaison, other, up string
	}{
		{"nobody has it", body(ticket.Body{}, resolution), "handle 5", "", "", ""},
		{"nobody has it, and the policy counts from the dispatch", body(ticket.Body{FirstContact: hour}), "handle since 1", "", "", ""},
		{"a department has it, and a call was promised", sent(ticket.Body{}, resolution, promise, response), "keep 4", "respond 3", "", ""},
		{"the department has answered", sent(ticket.Body{}, resolution), "", "solve 5", "", ""},
		{"it went to the head", sent(ticket.Body{}, resolution, takes, second), "", "solve 5", "", "take-up 6"},
		{"who has taken it up", sent(ticket.Body{}, resolution, second), "", "solve 5", "", "solve-up 8"},
		{"it was proposed as solved", sent(ticket.Body{Proposals: []ticket.Proposal{proposal}}, resolution, promise, second), "accept since 2, keep 4", "", "", ""},
		{"it is solved", sent(ticket.Body{Resolved: 3 * hour}), "tell since 3", "", "", ""},
		{"and the call was not made", sent(ticket.Body{Resolved: 3 * hour}, runs(escalation.Promise, 1, 2, centre, none)), "keep 2, tell since 3", "", "", ""},
		{"the customer was told", sent(ticket.Body{Resolved: 3 * hour, Responded: 4 * hour}), "close 9", "", "", ""},
		{"and does not accept it", sent(ticket.Body{Resolved: 3 * hour, Responded: 4 * hour, OutcomeRejected: true}), "go-on since 4", "", "", ""},
		{"and it was sent again", sent(ticket.Body{Resolved: 3 * hour, Responded: 4 * hour, OutcomeRejected: true},
			escalation.Clock{Ladder: escalation.Response, Unit: parts, Start: 6 * hour, Result: escalation.Met}), "", "solve since 6", "", ""},
		{"it was answered at once", body(ticket.Body{Responded: 4 * hour}, resolution), "close 5", "", "", ""},
		{"and a call was promised", body(ticket.Body{Responded: 4 * hour}, resolution, promise), "keep 4", "", "", ""},
		{"and the customer does not accept the answer", body(ticket.Body{Responded: 4 * hour, OutcomeRejected: true}, resolution), "go-on since 4", "", "", ""},
		{"the customer was told before the department had solved it", sent(ticket.Body{Responded: 4 * hour}, resolution), "close 5", "solve 5", "", ""},
		{"it is closed", sent(ticket.Body{Resolved: 3 * hour, Responded: 4 * hour, Closed: 5 * hour}), "", "", "", ""},
	} {
		for who, want := range map[*Reader]string{
			new(reads(policy.Seat, centre)): c.seat, new(reads(policy.Liaison, parts)): c.liaison,
			new(reads(policy.Liaison, id("quality"))): c.other, new(reads(policy.Head, parts)): c.up,
		} {
			if got := says(who.Tasks(c.ticket)); got != want {
				t.Errorf("%s: for %v it wants %q, not %q", c.what, who.person, got, want)
			}
		}
	}
}

// Who only reads a ticket, or may not do what it wants, has nothing to do with it.
func TestOnlyWhoMayHasATask(t *testing.T) {
	body := ticket.Body{CallCentre: centre, Region: street, Resolved: hour, Clocks: []escalation.Clock{
		runs(escalation.Promise, 1, 4, centre, syncproto.ID{}), {Ladder: escalation.Response, Unit: parts, Result: escalation.Disputed, Until: 7 * hour}}}
	for _, c := range []struct {
		who  Reader
		want string
	}{
		{reads(policy.Seat, centre), "tell since 1, keep 4"},
		{reads(policy.Seat, id("another centre")), ""},
		{reads(policy.Manager, street), ""},
		{reads(policy.Manager, centre), "keep 4"},
		{reads(policy.ServiceDesk, id("hq")), "decide 7"},
		{reads(policy.Engineer, parts), ""},
	} {
		if got := says(c.who.Tasks(body)); got != c.want {
			t.Errorf("it wants of %v %q, not %q", c.who.person, got, c.want)
		}
	}
}

// What went to a whole unit waits for those of it who act on escalations, before and after one
// of them took it up: not for everybody who has a desk there.
func TestWhatWentToAUnitIsOfThoseWhoActOnIt(t *testing.T) {
	hq := id("hq")
	takes, solves := runs(escalation.Recipient, escalation.TakesUp, 6, hq, syncproto.ID{}), runs(escalation.Recipient, escalation.Solves, 9, hq, syncproto.ID{})
	second := runs(escalation.Resolution, 2, 8, hq, syncproto.ID{})
	for _, c := range []struct {
		clocks       []escalation.Clock
		service, all string
	}{
		{[]escalation.Clock{takes, solves}, "take-up 6", ""},
		{[]escalation.Clock{solves}, "solve-up 9", ""},
		{[]escalation.Clock{second}, "solve-up 8", ""},
	} {
		b := ticket.Body{CallCentre: centre, Holder: parts, Clocks: c.clocks}
		for who, want := range map[policy.Role]string{policy.ServiceDesk: c.service, policy.Administration: c.all} {
			if got := says(reads(who, hq).Tasks(b)); got != want {
				t.Errorf("%v: it wants of %v %q, not %q", c.clocks, who, got, want)
			}
		}
	}
}

// What the person has to do comes before what others owe, however late those are.
func TestOnesOwnTasksComeFirst(t *testing.T) {
	seat := reads(policy.Seat, centre)
	of := func(b ticket.Body) ticket.Body { b.CallCentre, b.Holder = centre, parts; return b }
	sorted := []ticket.Body{
		of(ticket.Body{Proposals: []ticket.Proposal{{At: 2 * hour}}}),
		of(ticket.Body{Resolved: 3 * hour}),
		of(ticket.Body{Clocks: []escalation.Clock{runs(escalation.Promise, 1, 9, centre, syncproto.ID{})}}),
		of(ticket.Body{Clocks: []escalation.Clock{runs(escalation.Resolution, 1, 1, syncproto.ID{}, syncproto.ID{})}}),
		of(ticket.Body{Clocks: []escalation.Clock{runs(escalation.Response, 1, 2, parts, syncproto.ID{})}}),
		of(ticket.Body{}),
	}
	for n := range sorted[1:] {
		x, y := seat.Of(sorted[n]), seat.Of(sorted[n+1])
		if x.Rank > y.Rank || x.Rank == y.Rank && x.Due >= y.Due {
			t.Errorf("ticket %d stands at %v, and the next at %v", n, x, y)
		}
	}
}

// A policy that lets somebody do something else has their list put in order anew.
func TestWhatOneMayIsPartOfTheOrder(t *testing.T) {
	rules := policy.Default(1)
	rules.May = slices.DeleteFunc(slices.Clone(rules.May), func(p policy.Permission) bool { return p.Command == syncproto.CommandFinalResponse })
	before, after := reads(policy.Seat, centre), readsUnder(rules, policy.Seat, centre)
	if !before.Same(reads(policy.Seat, centre)) || before.Same(after) {
		t.Error("who may no longer tell the customer has the same order as before")
	}
	if got := says(after.Tasks(ticket.Body{CallCentre: centre, Resolved: hour})); got != "" {
		t.Errorf("it wants %q of them", got)
	}
}
