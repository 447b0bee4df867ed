package simulation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// pages are what a desk shows that is not about one thing.
var pages = []string{"work", "claims", "months", "sync", "holds"}

// expect shows a page of a desk, or what the server holds.
func expect(w *world, a *arguments) ([]string, error) {
	who := a.word("a desk or server")
	if who == "server" {
		return expectServer(w, a)
	}
	s := w.station(who)
	if s == nil {
		return nil, fmt.Errorf("there is no desk %q", who)
	}
	page := a.word("a page or a thing")
	if ref, known := w.things[page]; known {
		return s.desk.Show(s.reading(w.now), ref.Kind.String(), ref), nil
	}
	if !slices.Contains(pages, page) {
		return nil, fmt.Errorf("a desk has the pages %s, and the things of this scenario", strings.Join(pages, ", "))
	}
	return s.desk.Show(s.reading(w.now), page, syncproto.Ref{}), nil
}

func expectServer(w *world, a *arguments) ([]string, error) {
	if !w.running {
		return nil, fmt.Errorf("the server is down and shows nothing")
	}
	what := a.word("verify, account, months, parked, doubt, or a thing")
	switch what {
	case "verify":
		return []string{order(w.stage.Verify())}, nil
	case "account":
		return expectAccount(w, a)
	case "months":
		return expectMonths(w, a)
	case "parked":
		return expectParked(w), nil
	case "doubt":
		return []string{cmp.Or(w.stage.Doubt(), "none")}, nil
	}
	ref, known := w.things[what]
	if !known {
		return nil, fmt.Errorf("the server is asked for verify, account, months, parked, doubt, or something this scenario named")
	}
	body, history, held := w.stage.Document(ref)
	if !held {
		return []string{"not here"}, nil
	}
	if about := a.optional(); about == "trail" {
		return w.trail(history), nil
	} else if about != "" {
		return nil, fmt.Errorf("of a thing the server shows its state, or its trail")
	}
	switch b := body.(type) {
	case ticket.Body:
		lines := []string{fmt.Sprintf("%s · %s · contacts %d · held by %s", b.Number, b.Subject, b.Contacts, w.unitName(b.Holder))}
		for _, c := range b.Clocks {
			lines = append(lines, clockLine(c))
		}
		return lines, nil
	case claim.Body:
		return []string{fmt.Sprintf("%v · %v · %s · round %d · duplicates %d", b.Kind, b.Amount, claimState(b), b.Round, b.Duplicates)}, nil
	}
	return nil, fmt.Errorf("a %v has no text form", ref.Kind)
}

// claimState says how much was approved where it is not what was asked for.
func claimState(b claim.Body) string {
	if b.State == claim.StateApproved && b.Approval.Amount != b.Amount {
		return fmt.Sprintf("%v %v", b.State, b.Approval.Amount)
	}
	return b.State.String()
}

// order is what verifying found.
func order(wrong error) string {
	if wrong != nil {
		return "broken: " + wrong.Error()
	}
	return "in order"
}

func clockLine(c escalation.Clock) string {
	parts := []string{fmt.Sprintf("%v rung %d", c.Ladder, c.Rung), "started " + clock(c.Start), "due " + clock(c.Due), c.Result.String()}
	if c.Fired != 0 {
		parts = append(parts, "fired "+clock(c.Fired))
	}
	if c.ArrivedLate {
		parts = append(parts, "arrived late")
	}
	if c.Rescinded {
		parts = append(parts, "rescinded")
	}
	return strings.Join(parts, " · ")
}

// trail is a document's history, oldest first.
func (w *world) trail(history []syncproto.HistoryEntry) []string {
	lines := make([]string, 0, len(history))
	for _, h := range history {
		who := "server"
		for name, id := range w.persons {
			if id == h.Person {
				who = name
			}
		}
		line := fmt.Sprintf("%s %s%s by %s", clock(h.Time), h.Event.Kind, clockNamed(h.Event), who)
		if h.At != 0 && h.Time.Sub(h.At) > syncproto.Second {
			line += ", done " + clock(h.At)
		}
		lines = append(lines, line)
	}
	return lines
}

// clockNamed is which clock an event is about, with the result it gives; "" for others.
func clockNamed(event syncproto.Event) string {
	value, err := rules.ReadEvent(event)
	if err != nil {
		return ""
	}
	named := func(n escalation.Name, result string) string {
		return strings.TrimRight(fmt.Sprintf(" %v %d %s", n.Ladder, n.Rung, result), " ")
	}
	switch e := value.(type) {
	case escalation.Started:
		return named(e.Clock, "")
	case escalation.Warned:
		return named(e.Clock, "")
	case escalation.Fired:
		return named(e.Clock, "")
	case escalation.Reminded:
		return named(e.Clock, "")
	case escalation.Ended:
		return named(e.Clock, e.Result.String())
	case escalation.Rescinded:
		return named(e.Clock, "")
	case escalation.Doubted:
		return named(e.Clock, "")
	case escalation.Judged:
		return named(e.Clock, e.Result.String())
	}
	return ""
}

func (w *world) unitName(id syncproto.ID) string {
	for name, u := range w.units {
		if u == id {
			return name
		}
	}
	return "nobody yet"
}

// clock is a moment to the second, with the day.
func clock(t syncproto.Instant) string { return t.Time().Format("01-02 15:04:05") }
