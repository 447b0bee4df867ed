package demo_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"redress/server/demo"
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// census counts what there is of each kind.
type census map[string]int

func (c census) count(when bool, format string, args ...any) {
	if when {
		c[fmt.Sprintf(format, args...)]++
	}
}

// take counts every document and event of the log.
func take(m *made) census {
	m.Helper()
	c := census{}
	err := m.store.View(m.Context(), func(v *store.View) error {
		if err := v.EveryHistory(func(h store.History) error {
			var entry syncproto.HistoryEntry
			err := syncproto.Decode(h.Entry, &entry)
			c.count(true, "event %v", entry.Event.Kind)
			return err
		}); err != nil {
			return err
		}
		return v.EveryDocument(func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			c.count(true, "document %v", d.Ref.Kind)
			switch b := body.(type) {
			case ticket.Body:
				c.ticket(b)
			case claim.Body:
				c.claim(b)
			case authority.Body:
				c.account(b, syncproto.MonthOf(end))
			}
			return err
		})
	})
	if err != nil {
		m.Fatal(err)
	}
	return c
}

func (c census) ticket(b ticket.Body) {
	c.count(!b.IsOpen(), "ticket closed")
	c.count(!b.IsOpen() && b.Reopenings > 0, "ticket reopened and closed again")
	c.count(!b.IsOpen() && b.Dispatches == 0, "ticket closed without a department")
	c.count(b.Vehicle.IsZero(), "ticket without a car")
	c.count(!b.ClaimsWith.IsZero(), "ticket with a claim at headquarters")
	if b.IsOpen() {
		c.count(b.Dispatches == 0 && b.Responded == 0, "ticket open with the seat")
		c.count(b.Dispatches > 0 && len(b.Proposals) == 0 && b.Resolved == 0, "ticket open with a department")
		c.count(len(b.Proposals) > 0, "ticket open, a proposal waits")
		c.count(b.Resolved != 0 && b.Responded == 0, "ticket solved, the customer not told")
		c.count(b.OutcomeRejected, "ticket open, the outcome not accepted")
		c.count(b.Reopenings > 0, "ticket open again")
	}
	for _, k := range b.Clocks {
		c.count(true, "clock %v %d", k.Ladder, k.Rung)
		c.count(true, "clock %v", k.Result)
		c.count(true, "clock %v %v", k.Ladder, k.Result)
		c.count(k.Running() && k.Fired != 0, "clock %v overdue", k.Ladder)
		c.count(k.Running() && k.Fired == 0 && k.Warned != 0, "clock near its due time")
		c.count(k.Running() && k.Fired == 0 && k.Warned == 0, "clock in good time")
		c.count(k.ArrivedLate, "clock arrived late")
		c.count(k.Rescinded, "clock rescinded")
		c.count(k.Reminded > 0, "clock reminded")
		c.count(k.Judged, "clock judged")
		c.count(k.HandedBack, "clock handed back")
		c.count(k.Dated, "clock of a dated promise")
		c.count(len(k.Repeats) > 0, "clock of a repeated promise")
	}
}

func (c census) claim(b claim.Body) {
	c.count(true, "claim %v %v", b.Kind, b.State)
	c.count(b.State == claim.StateApproved && b.Kind == claim.Goodwill && b.Approval.Amount < b.Amount, "claim approved less")
	c.count(b.Approval.Above, "claim approved above")
	c.count(b.SelfFiled, "claim self-filed")
	c.count(b.Duplicates > 0, "claim with a duplicate")
	c.count(b.Exceeds > 0, "claim exceeds")
	c.count(b.Reversed.Person != syncproto.ID{}, "claim reversed")
	c.count(b.Round > 1, "claim in a later round")
}

func (c census) account(b authority.Body, running syncproto.Month) {
	c.count(true, "account")
	c.count(b.Month == running && b.Free() > 0, "account of this month with something free")
	c.count(b.Month < running && b.Free()+b.Reserved() > 0, "account lapsed")
	c.count(b.Free() == 0, "account with nothing free")
	c.count(b.Spent() > b.Limit*9/10, "account nearly spent")
	c.count(b.Refunded > 0, "account refunded")
	c.count(b.Breaches > 0, "account breached")
	c.count(b.Above > 0, "account cut")
	c.count(b.Limit > 6000*syncproto.Yuan, "account raised")
	for _, g := range b.Grants {
		c.count(g.Taken == 0 && !g.Dead(), "grant offered")
		c.count(g.Taken != 0 && g.Left() > 0, "grant with something left")
		c.count(g.Returned > 0, "grant returned")
		c.count(g.WrittenOff > 0, "grant written off")
		c.count(g.WrittenOff > 0 && g.Charged > 0, "grant used after all")
		c.count(g.Withdrawn != 0, "grant withdrawn")
		c.count(g.Kind == syncproto.GrantRight, "grant right")
	}
}

// everyDeskHasWork: who logs in finds something that waits for them or their unit.
func (m *made) everyDeskHasWork() {
	m.Helper()
	ref, err := ledger.ReadReference(m.Context(), m.store)
	if err != nil {
		m.Fatal(err)
	}
	waits, callers := map[string]int{}, map[syncproto.ID]int{} // by role and id of person or unit
	for _, d := range m.documents() {
		switch b := d.(type) {
		case ticket.Body:
			callers[b.Customer]++
			if text := b.Subject + b.Description + b.Demand; strings.ContainsAny(text, "{}") || b.Description == "" {
				m.Errorf("%s says %q", b.Number, text)
			}
			if !b.IsOpen() {
				continue
			}
			waits[fmt.Sprint(policy.Seat, b.CallCentre)]++
			for _, role := range []policy.Role{policy.Liaison, policy.Engineer} {
				waits[fmt.Sprint(role, b.Holder)]++
			}
			for _, c := range b.Clocks {
				switch {
				case (c.Ladder == escalation.Recipient || c.Ladder == escalation.Resolution) && c.Running():
					waits[fmt.Sprint(escalation.Recipient, c.Person)]++
				case c.Result == escalation.Disputed:
					waits["dispute"]++
				}
			}
		case claim.Body:
			if b.State == claim.StateFiled {
				waits[fmt.Sprint(policy.Manager, b.Region)]++
			}
			if b.State == claim.StateRoutedUp {
				waits[fmt.Sprint(policy.ServiceDesk, b.Headquarters)]++
			}
		}
	}
	for _, p := range demo.People() {
		id := m.org.Person(p.Login)
		person, _ := ref.Person(id)
		if got := waits[fmt.Sprint(p.Role, person.Units[0])]; got == 0 && p.Role < policy.Head {
			m.Errorf("%s %s finds nothing to do", p.Role, p.Name)
		}
		if strings.HasPrefix(p.Login, "vp") || p.Role == policy.Leadership || p.Role == policy.Head {
			waits[p.Role.String()] += waits[fmt.Sprint(escalation.Recipient, id)]
		}
		if p.Role == policy.ServiceDesk {
			waits[p.Role.String()] += waits[fmt.Sprint(p.Role, person.Units[0])]
		}
	}
	for _, who := range []string{"head", "vice-president", "leadership", "service-department", "dispute"} {
		if waits[who] == 0 {
			m.Errorf("nothing waits for anybody in the role %s", who)
		}
	}
	again := 0
	for _, tickets := range callers {
		if tickets > 1 {
			again++
		}
	}
	if again < len(callers)/10 {
		m.Errorf("%d of %d customers have several tickets", again, len(callers))
	}
}

// documents are the bodies of all documents.
func (m *made) documents() (bodies []any) {
	m.Helper()
	if err := m.store.View(m.Context(), func(v *store.View) error {
		return v.EveryDocument(func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			bodies = append(bodies, body)
			return err
		})
	}); err != nil {
		m.Fatal(err)
	}
	return bodies
}

// notInTheDemo are kinds of events that nobody should meet there, and why.
var notInTheDemo = map[syncproto.EventKind]string{
	syncproto.EventDeviceRekeyed: "an earlier program wrote it",
	syncproto.EventDeviceRevoked: "whoever tries the demo could not log in at that desk any more",
	syncproto.EventDeviceWiped:   "it follows from that",
}

// everyState is every kind and state the product has; of those that follow from lists of
// the product the list is asked.
func everyState() []string {
	all := []string{"clock near its due time", "clock in good time", "clock arrived late", "clock rescinded", "clock reminded", "clock judged",
		"clock handed back", "clock of a dated promise", "clock of a repeated promise",
		"ticket closed", "ticket reopened and closed again", "ticket closed without a department", "ticket without a car", "ticket with a claim at headquarters",
		"ticket open with the seat", "ticket open with a department", "ticket open, a proposal waits", "ticket solved, the customer not told",
		"ticket open, the outcome not accepted", "ticket open again",
		"claim approved less", "claim approved above", "claim self-filed", "claim with a duplicate", "claim exceeds", "claim reversed", "claim in a later round",
		"account", "account of this month with something free", "account lapsed", "account with nothing free", "account nearly spent",
		"account refunded", "account breached", "account cut", "account raised",
		"grant offered", "grant with something left", "grant returned", "grant written off", "grant used after all", "grant withdrawn", "grant right"}
	for kind := range syncproto.EventKind(1000) {
		if name := kind.String(); !strings.HasPrefix(name, "event") && notInTheDemo[kind] == "" {
			all = append(all, "event "+name)
		}
	}
	for kind := range syncproto.DocKind(1000) {
		if name := kind.String(); !strings.HasPrefix(name, "document") {
			all = append(all, "document "+name)
		}
	}
	for result := escalation.Running; result.String() != ""; result++ {
		all = append(all, "clock "+result.String())
	}
	for ladder := escalation.Response; ladder.String() != ""; ladder++ {
		all = append(all, fmt.Sprintf("clock %v 1", ladder), fmt.Sprintf("clock %v overdue", ladder))
		for _, result := range []escalation.Result{escalation.Running, escalation.Met, escalation.Missed} {
			all = append(all, fmt.Sprintf("clock %v %v", ladder, result))
		}
	}
	for _, ladder := range []escalation.Ladder{escalation.Resolution, escalation.Ageing, escalation.Recipient} {
		all = append(all, fmt.Sprintf("clock %v 2", ladder))
	}
	for kind := claim.Goodwill; kind.String() != ""; kind++ {
		for state := claim.StateFiled; state.String() != ""; state++ {
			all = append(all, fmt.Sprintf("claim %v %v", kind, state))
		}
	}
	return all
}

// TestEveryStateThereIs comes up in a history of a third of the demo's tickets, and in
// proportions that can be believed.
func TestEveryStateThereIs(t *testing.T) {
	m := makeHistory(t, 900, 50, 1)
	m.verify()
	m.everyDeskHasWork()
	c := take(m)
	for _, state := range everyState() {
		if c[state] == 0 {
			t.Errorf("there is no %s", state)
		}
	}
	share := func(what string, of int, least, most int) {
		t.Helper()
		if got := c[what] * 1000 / max(of, 1); got < least || got > most {
			t.Errorf("%s: %d of %d, %d per mille; want %d to %d", what, c[what], of, got, least, most)
		}
	}
	tickets := c["document ticket"]
	if tickets != 900 {
		t.Errorf("%d tickets", tickets)
	}
	share("ticket closed", tickets, 850, 970)
	share("ticket reopened and closed again", tickets, 20, 100)
	share("clock response missed", c["clock response 1"], 40, 300)
	share("clock resolution missed", c["clock resolution 1"], 30, 250)
	share("event claim-filed", tickets, 90, 170)
	refused := 0
	for _, n := range m.told.Refused {
		refused += n
	}
	if refused > tickets/100 {
		t.Errorf("the rules refused %v", m.told.Refused)
	}
	if testing.Verbose() {
		for _, name := range slices.Sorted(maps.Keys(c)) {
			t.Logf("%6d %s", c[name], name)
		}
	}
}
