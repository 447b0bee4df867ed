package redress_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// wish has a person do something: mostly what the role does, sometimes nonsense. It says
// what it was.
func (w *walk) wish(p *place) string {
	if w.one(12) {
		return w.nonsense(p)
	}
	tickets, claims := w.rows(p, syncproto.KindTicket), w.rows(p, syncproto.KindClaim)
	if p.role == policy.Manager && len(claims) > 0 && !w.one(4) {
		c := pick(w, claims)
		if w.one(8) {
			seen, _ := c.Body.(claim.Body)
			return w.tap(p, syncproto.CommandRejectClaim, claim.Reject{Claim: c.Ref.ID, Round: seen.Round, Reason: "不属实"})
		}
		lines, refused := p.Approve(p.reading(w.now), c.Ref.ID, 0, "维系客户")
		w.watch(p)
		return fmt.Sprintf("approves a claim: refused %v %v", refused, lines)
	}
	if p.role == policy.Seat && (len(tickets) == 0 || w.one(4)) {
		return w.open(p)
	}
	if len(tickets) == 0 {
		return "has nothing to do"
	}
	t := pick(w, tickets)
	seen, _ := t.Body.(ticket.Body)
	if p.role == policy.Liaison {
		return w.tap(p, syncproto.CommandRespond, ticket.Respond{Ticket: t.Ref.ID, Cause: w.cause(seen, escalation.Response), Text: "已重置"})
	}
	switch w.dice.IntN(7) {
	case 0:
		return w.tap(p, syncproto.CommandContact, ticket.Contact{Ticket: t.Ref.ID, Direction: ticket.Inbound, Text: "催问"})
	case 1:
		return w.tap(p, syncproto.CommandContact, ticket.Contact{Ticket: t.Ref.ID, Direction: ticket.Outbound, Fulfils: w.cause(seen, escalation.Promise)})
	case 2:
		return w.tap(p, syncproto.CommandPromise, w.promise(t.Ref.ID))
	case 3:
		return w.tap(p, syncproto.CommandDispatch, ticket.Dispatch{Ticket: t.Ref.ID, Unit: w.units[pick(w, []string{"connected", "body"})]})
	case 4:
		return w.tap(p, syncproto.CommandNote, ticket.Note{Ticket: t.Ref.ID, Text: w.text()})
	case 5:
		return w.tap(p, syncproto.CommandAmend, ticket.Amend{Ticket: t.Ref.ID, Field: ticket.FieldSubject, Old: seen.Subject, New: fmt.Sprintf("题 %d", w.dice.IntN(1000))})
	default:
		amount := syncproto.Fen(1 + w.dice.Int64N(200_000))
		return w.tap(p, syncproto.CommandFileClaim, w.file(t.Ref.ID, amount))
	}
}

// tap gives a command at a desk. To be refused is part of life; anything else is not.
func (w *walk) tap(p *place, kind syncproto.CommandKind, command any) string {
	_, err := p.replica.Tap(w.ctx, replica.Wish{Kind: kind, Command: command}, replica.Moment{ID: w.chance.id(), Reading: p.reading(w.now)})
	var refusal *replica.Refusal
	if err != nil && !errors.As(err, &refusal) {
		w.t.Fatalf("%s: %v: %v", p.name, kind, err)
	}
	w.watch(p)
	return fmt.Sprintf("gives %v: %v", kind, err)
}

func (w *walk) open(p *place) string {
	number, err := p.replica.ReserveNumber(w.ctx)
	w.must(err)
	c := ticket.Open{ID: w.chance.id(), Number: number, Subject: "远程车控失败", Channel: "400热线", Type: "投诉",
		Region: w.units[pick(w, []string{"east", "east", "south"})], CallCentre: w.units["centre"], Description: w.text()[:3],
		Customer: customer.Caller{ID: w.chance.id(), Name: "张伟", Phones: []string{"13800138000"}}}
	if w.one(2) {
		c.Vehicle = customer.Car{VIN: pick(w, []string{"LFV3A23C8K3012345", "LSVAA4182E2184847"})}
	}
	return w.tap(p, syncproto.CommandOpen, c)
}

// text is sometimes so long that a catch-up takes several deltas.
func (w *walk) text() string {
	if w.one(3) {
		return strings.Repeat("长", 3900)
	}
	return "需要日志"
}

func (w *walk) promise(on syncproto.ID) ticket.Promise {
	c := ticket.Promise{Ticket: on, What: "专员回电"}
	if w.one(3) {
		c.Due = w.now.Add(syncproto.Span(w.dice.Int64N(int64(3 * syncproto.Hour))))
	}
	return c
}

func (w *walk) file(on syncproto.ID, amount syncproto.Fen) claim.File {
	if w.one(4) {
		return claim.File{ID: w.chance.id(), Ticket: on, Kind: claim.Warranty, What: "更换总成"}
	}
	return claim.File{ID: w.chance.id(), Ticket: on, Kind: claim.Goodwill, Amount: amount, What: "补贴"}
}

// cause is that of one of the clocks the desk shows, running or not.
func (w *walk) cause(seen ticket.Body, ladder escalation.Ladder) syncproto.ID {
	var causes []syncproto.ID
	for _, c := range seen.Clocks {
		if c.Ladder == ladder {
			causes = append(causes, c.Cause)
		}
	}
	if len(causes) == 0 {
		return syncproto.ID{}
	}
	return pick(w, causes)
}

// nonsense is what no form offers.
func (w *walk) nonsense(p *place) string {
	me := organisation.Person{Name: p.name, Login: p.name, Roles: policy.Roles(), Units: p.units}
	switch w.dice.IntN(5) {
	case 0:
		return w.tap(p, syncproto.CommandDefinePerson, organisation.DefinePerson{ID: p.person, Person: me})
	case 1:
		return w.tap(p, syncproto.CommandNote, ticket.Note{Ticket: w.chance.id(), Text: "无此工单"})
	case 2:
		return w.tap(p, syncproto.CommandOpen, ticket.Open{})
	case 3:
		return w.tap(p, syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(w.policy.Number + 1)})
	}
	if len(p.order) == 0 {
		return "does nothing"
	}
	// The same tap twice, under the same id.
	again := p.order[len(p.order)-1]
	_, err := p.replica.Tap(w.ctx, replica.Wish{Kind: syncproto.CommandNote, Command: ticket.Note{Ticket: again.intent.Subject.ID, Text: "又一次"}},
		replica.Moment{ID: again.id, Reading: p.reading(w.now)})
	if err == nil {
		w.t.Fatalf("%s: two taps under one id are kept", p.name)
	}
	return "taps twice"
}

// sights are what walks came by, counted in their logs.
type sights struct {
	mutex  sync.Mutex
	counts map[string]int
}

func (s *sights) add(records []record) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.counts == nil {
		s.counts = map[string]int{}
	}
	for _, r := range records {
		s.counts[r.Outcome.String()]++
		if r.Outcome != syncproto.Accepted {
			s.counts[r.Outcome.String()+" "+r.intent.Kind.String()]++
		}
		if r.Releases != 0 {
			s.counts["released"]++
		}
		if r.intent.Kind == syncproto.CommandRekeyDevice {
			s.counts["rekeyed"]++
		}
		for _, e := range r.Events {
			s.counts[e.Kind.String()]++
		}
		for _, f := range r.Findings {
			s.counts[string(f.Code)]++
		}
	}
}

// missing are the rare things that no walk came by.
func (s *sights) missing() (names []string) {
	for _, name := range []string{"rejected", string(claim.CodeDuplicate), string(claim.CodeClaimRefused), string(escalation.CodeLate),
		syncproto.EventRefunded.String(), syncproto.EventClockFired.String(), syncproto.EventFiringRescinded.String(),
		syncproto.EventEvidenceDisputed.String(), syncproto.EventReaderRemoved.String(), syncproto.EventWarrantyApproved.String()} {
		if s.counts[name] == 0 {
			names = append(names, name)
		}
	}
	return names
}

// String lists the counts.
func (s *sights) String() string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.counts)) {
		fmt.Fprintf(&text, "%s %d · ", name, s.counts[name])
	}
	return text.String()
}

// rows are all documents of a kind that the desk shows.
func (w *walk) rows(p *place, kind syncproto.DocKind) []replica.Row {
	var all []replica.Row
	for _, open := range []bool{true, false} {
		for key := (replica.Key{}); ; {
			rows, err := p.replica.List(w.ctx, kind, open, key, replica.MaxWindow)
			w.must(err)
			all = append(all, rows...)
			if len(rows) < replica.MaxWindow {
				break
			}
			key = rows[len(rows)-1].Key()
		}
	}
	return all
}
