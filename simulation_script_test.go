package redress_test

import (
	"fmt"
	"strings"
	"time"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// A trace that has shrunk is written as a scenario too, as far as its steps have verbs
// (syncproto/simulation/VERBS.md). What has none stands in it as a comment: single messages,
// what goes wrong with a line or a commit, disks that are copied or set back, and commands that
// no form gives.

// say writes a line of the scenario: of a desk, or nobody's.
func (w *walk) say(p *place, format string, args ...any) {
	if passed := w.now.Sub(w.scripted); passed > 0 {
		w.script = append(w.script, "after "+spanText(passed))
		w.scripted = w.now
	}
	text := fmt.Sprintf(format, args...)
	if p != nil {
		if p.second {
			text = "# no such desk: " + p.name + " " + text
		} else {
			text = p.name + " " + text
		}
	}
	w.script = append(w.script, text)
}

// cannotSay writes what has no verb.
func (w *walk) cannotSay(format string, args ...any) { w.say(nil, "# no verb: "+format, args...) }

func spanText(by syncproto.Span) string { return (time.Duration(by) * time.Microsecond).String() }

// fenText is an amount as a verb takes it.
func fenText(amount syncproto.Fen) string {
	return strings.NewReplacer("¥", "", ",", "").Replace(amount.String())
}

func lessText(less syncproto.Fen) string {
	if less == 0 {
		return ""
	}
	return " less=" + fenText(less)
}

// scenario is the whole of it.
func (w *walk) scenario(wrong string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "# Seed %d of %s, shrunk to %d steps: %s\n", w.plan.seed, w.plan.mode, len(w.past), strings.SplitN(wrong, "\n", 2)[0])
	fmt.Fprintf(&text, "date %s\n", w.began.Time().Format("2006-01-02 at=15:04"))
	text.WriteString("policy promise=6h resolution=5h head=3h ageing=12h,24h recipient-response=40m recipient-resolution=4h remind-every=3h dispute=16h reopen-grace=30m\n")
	for _, u := range units {
		fmt.Fprintf(&text, "unit %s %q %v\n", u.name, u.name, u.kind)
	}
	for _, p := range w.everybodysPlaces() {
		if p.name == p.login {
			var in []string
			for _, u := range p.units {
				in = append(in, w.unitName(u))
			}
			fmt.Fprintf(&text, "person %s %q %v in=%s\n", p.login, p.login, p.role, strings.Join(in, ","))
		}
		if !p.second {
			fmt.Fprintf(&text, "desk %s as=%s\n", p.login, p.name)
		}
	}
	text.WriteString(strings.Join(w.script, "\n") + "\nexpect server verify\n")
	return text.String()
}

func (w *walk) unitName(id syncproto.ID) string {
	for name, other := range w.units {
		if other == id {
			return name
		}
	}
	return "nowhere"
}

// name is what the scenario calls a ticket or a claim.
func (w *walk) name(id syncproto.ID) string {
	if name := w.names[id]; name != "" {
		return name
	}
	return "unheard-of"
}

// called gives a new thing its name.
func (w *walk) newName(letter string, id syncproto.ID) string {
	w.names[id] = fmt.Sprintf("%s%d", letter, len(w.names)+1)
	return w.names[id]
}

// sayGiven writes a command as the verb that gives it.
func (w *walk) sayGiven(p *place, wish replica.Wish) {
	switch c := wish.Command.(type) {
	case ticket.Open:
		w.say(p, "opens %s %q vin=%s customer=%q phone=13800138000 region=%s", w.newName("T", c.ID), "远程车控失败", c.Vehicle.VIN, "张伟", w.unitName(c.Region))
	case ticket.Contact:
		if c.Direction == ticket.Inbound {
			w.say(p, "contact in %s %q", w.name(c.Ticket), c.Text)
		} else {
			w.say(p, "contact out %s keeps=promise", w.name(c.Ticket))
		}
	case ticket.Promise:
		within := ""
		if c.Due > w.now {
			within = " within=" + spanText(c.Due.Sub(w.now))
		}
		w.say(p, "promises %s %q%s", w.name(c.Ticket), c.What, within)
	case ticket.Dispatch:
		w.say(p, "dispatches %s %s", w.name(c.Ticket), w.unitName(c.Unit))
	case ticket.Respond:
		w.say(p, "responds %s %q", w.name(c.Ticket), c.Text)
	case ticket.Note:
		w.say(p, "notes %s %q", w.name(c.Ticket), string([]rune(c.Text)[:min(8, len([]rune(c.Text)))]))
	case ticket.Amend:
		w.say(p, "amends %s subject from=%q to=%q", w.name(c.Ticket), c.Old, c.New)
	case ticket.ProposeSolved:
		w.say(p, "proposes %s %q", w.name(c.Ticket), c.Text)
	case ticket.AcceptProposal:
		w.say(p, "accepts %s", w.name(c.Ticket))
	case ticket.RefuseProposal:
		w.say(p, "refuses %s %q", w.name(c.Ticket), c.Reason)
	case ticket.FinalResponse:
		w.say(p, "tells %s %q%s", w.name(c.Ticket), c.Text, map[bool]string{true: " rejected"}[c.Rejected])
	case ticket.Close:
		w.say(p, "closes %s", w.name(c.Ticket))
	case ticket.Reopen:
		w.say(p, "reopens %s %q", w.name(c.Ticket), c.Text)
	case ticket.ActOn:
		w.say(p, "acts-on %s %q", w.name(c.Ticket), c.Text)
	case ticket.DeEscalate:
		w.say(p, "de-escalates %s %q", w.name(c.Ticket), c.Reason)
	case ticket.DecideDispute:
		w.say(p, "decides %s %v %s %q", w.name(c.Ticket), c.Clock.Ladder, map[bool]string{true: "in-time", false: "late"}[c.InTime], c.Reason)
	default:
		w.sayClaim(p, wish)
	}
}

func (w *walk) sayClaim(p *place, wish replica.Wish) {
	switch c := wish.Command.(type) {
	case claim.File:
		amount := "warranty"
		if c.Kind == claim.Goodwill {
			amount = fenText(c.Amount)
		}
		w.say(p, "files %s %s %q on=%s", w.newName("C", c.ID), amount, c.What, w.name(c.Ticket))
	case claim.Approve:
		w.say(p, "approves %s %q%s", w.name(c.Claim), c.Reason, lessText(c.Less))
	case claim.ApproveWarranty:
		w.say(p, "approves %s %q", w.name(c.Claim), c.Reason)
	case claim.Reject:
		w.say(p, "rejects %s %q", w.name(c.Claim), c.Reason)
	case claim.Amend:
		w.say(p, "amends %s amount=%s what=%q %q", w.name(c.Claim), fenText(c.Amount), c.What, c.Reason)
	case claim.SendBack:
		w.say(p, "sends-back %s %q", w.name(c.Claim), c.Comment)
	case claim.RouteUp:
		w.say(p, "routes-up %s %q", w.name(c.Claim), c.Reason)
	case claim.ApproveAbove:
		w.say(p, "approves-above %s %q%s", w.name(c.Claim), c.Reason, lessText(c.Less))
	case claim.Reverse:
		w.say(p, "reverses %s %q", w.name(c.Claim), c.Reason)
	default:
		if wish.Kind == syncproto.CommandMoveAuthority {
			w.say(p, "takes-authority")
			return
		}
		w.cannotSay("%s gives %v", p.name, wish.Kind)
	}
}
