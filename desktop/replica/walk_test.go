package replica_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

var walks = flag.Int("walks", 8, "random walks of TestDesksAgreeAfterAnyWalk")

// TestDesksAgreeAfterAnyWalk plays a seat, a manager and a liaison against each other, in
// any order of taps, hand-ins, verdicts lost or late, deltas whole or in parts, kills and
// changes of scope. After every step the overlay is its fold from scratch (19), nothing a
// person did is out of sight (7), the sums hold (6), of its buckets too, and every draft stands as it was saved; at
// the end every desk holds exactly what the server has for it (5).
func TestDesksAgreeAfterAnyWalk(t *testing.T) {
	limbo := 0
	for seed := range *walks {
		t.Run(fmt.Sprintf("walk %d", seed), func(t *testing.T) {
			w := newWalk(t, uint64(seed))
			for range 150 {
				w.step()
			}
			w.settle()
			limbo += w.limbo
		})
	}
	if limbo == 0 && *walks > 5 {
		t.Error("no walk ever came by a document in limbo: they see too little")
	}
}

type walk struct {
	t       *testing.T
	chance  *rand.Rand
	central *centraltest.Central
	desks   []*desk
	late    map[*desk][]syncproto.Verdict // verdicts on their way
	tickets []syncproto.ID
	claims  map[syncproto.ID]syncproto.Fen
	pen     *rand.Rand                             // what is begun and not sent
	drafts  map[string]map[replica.DraftKey]string // by the log-in name
	limbo   int                                    // sightings
}

func newWalk(t *testing.T, seed uint64) *walk {
	central := centraltest.New(t)
	w := &walk{t: t, chance: rand.New(rand.NewPCG(seed, 1)), pen: rand.New(rand.NewPCG(seed, 2)), central: central,
		late: map[*desk][]syncproto.Verdict{}, claims: map[syncproto.ID]syncproto.Fen{},
		drafts: map[string]map[replica.DraftKey]string{}}
	w.desks = []*desk{
		newDesk(t, central, "seat", centraltest.Seat, "K7MQ"),
		newDesk(t, central, "manager", centraltest.Manager, "P2XA"),
		newDesk(t, central, "liaison", centraltest.Liaison, "Q3RB"),
	}
	w.desks[1].takeGrants()
	return w
}

func (w *walk) step() {
	w.central.Now = w.central.Now.Add(syncproto.Span(w.chance.Int64N(int64(20 * syncproto.Minute))))
	n := min(w.chance.IntN(len(w.desks)+1), len(w.desks)-1) // the liaison, who loses scope, twice as often
	d := w.desks[n]
	switch w.chance.IntN(14) {
	case 0:
		w.kill(n)
	case 1, 2, 12:
		w.late[d] = append(w.late[d], d.handIn()...)
	case 3:
		d.hear(w.late[d])
		w.late[d] = nil
	case 4: // the line was cut: the verdicts never come
		w.late[d] = nil
	case 5, 13:
		d.pull()
	case 6: // the line was cut within a catch-up of several deltas
		part := d.delta()
		part.Cursor, part.Own, part.Current = part.From, nil, false
		d.must(d.Apply(ctx, part))
	case 7:
		w.changeScope()
	default:
		w.tap(d)
	}
	if w.pen.IntN(5) == 0 {
		w.draft(w.desks[n])
	}
	w.check(w.desks[n])
}

func (w *walk) kill(n int) {
	old := w.desks[n]
	w.desks[n] = old.reopen(old.image())
	w.late[w.desks[n]], w.late[old] = w.late[old], nil
}

// changeScope takes a unit from the liaison or gives it back; the desk says Hello anew, as
// the server makes it.
func (w *walk) changeScope() {
	units := [][]syncproto.ID{{centraltest.Connected}, {centraltest.Parts}, {centraltest.Connected, centraltest.Parts}, {}}
	w.central.Employ(centraltest.Liaison, "liaison", "李雷", 4, units[w.chance.IntN(len(units))]...)
	w.desks[2].connect()
}

// tap does something a person of the desk could do; being refused is part of life.
func (w *walk) tap(d *desk) {
	if d.person == centraltest.Seat && (len(w.tickets) == 0 || w.chance.IntN(4) == 0) {
		w.tickets = append(w.tickets, d.open(fmt.Sprintf("工单 %d", len(w.tickets))))
		return
	}
	if len(w.tickets) == 0 {
		return
	}
	on := w.tickets[w.chance.IntN(len(w.tickets))]
	doc, shown, err := d.Document(ctx, ticket.Ref(on))
	d.must(err)
	body, _ := doc.Body.(ticket.Body)
	var kind syncproto.CommandKind
	var command any
	switch {
	case d.person == centraltest.Liaison && shown && len(body.Clocks) > 0:
		kind, command = syncproto.CommandRespond, ticket.Respond{Ticket: on, Cause: body.Clocks[w.chance.IntN(len(body.Clocks))].Cause, Text: "答复"}
	case d.person == centraltest.Manager && len(w.claims) > 0 && w.chance.IntN(2) == 0:
		w.approve(d)
		return
	case d.person == centraltest.Liaison:
		return
	case w.chance.IntN(4) == 0:
		w.file(d, on)
		return
	case d.person == centraltest.Seat && w.chance.IntN(3) == 0:
		kind, command = syncproto.CommandDispatch, ticket.Dispatch{Ticket: on, Unit: []syncproto.ID{centraltest.Connected, centraltest.Parts}[w.chance.IntN(2)]}
	case w.chance.IntN(3) == 0:
		kind, command = syncproto.CommandAmend, ticket.Amend{Ticket: on, Field: ticket.FieldSubject, Old: body.Subject, New: fmt.Sprintf("改 %d", w.chance.IntN(3))}
	case w.chance.IntN(4) == 1:
		kind, command = syncproto.CommandPromise, ticket.Promise{Ticket: on, What: "回电"}
	default:
		kind, command = syncproto.CommandContact, ticket.Contact{Ticket: on, Direction: ticket.Inbound, Text: "来电"}
	}
	_, err = d.tap(kind, command)
	refused(w.t, err)
}

// draft begins a form on a ticket, whether or not the desk holds it.
func (w *walk) draft(d *desk) {
	if len(w.tickets) == 0 {
		return
	}
	text := fmt.Sprintf("写到第 %d 个字", w.pen.IntN(1000))
	key := replica.DraftKey{Form: syncproto.CommandNote, Subject: ticket.Ref(w.tickets[w.pen.IntN(len(w.tickets))])}
	if w.drafts[d.login] == nil {
		w.drafts[d.login] = map[replica.DraftKey]string{}
	}
	w.drafts[d.login][key] = text
	d.must(d.SaveDraft(ctx, replica.Draft{Key: key, Fields: []replica.DraftField{{Name: "text", Text: text}}}))
}

func (w *walk) file(d *desk, on syncproto.ID) {
	if !d.shows(ticket.Ref(on)) {
		return
	}
	amount := syncproto.Fen(1 + w.chance.Int64N(2000_00))
	w.claims[d.fileClaim(on, amount)] = amount
}

func (w *walk) approve(d *desk) {
	var all []syncproto.ID
	for id := range w.claims {
		all = append(all, id)
	}
	slices.SortFunc(all, func(a, b syncproto.ID) int { return bytes.Compare(a[:], b[:]) })
	id := all[w.chance.IntN(len(all))]
	_, err := d.approve(id, w.claims[id])
	refused(w.t, err)
}

// check is what holds after every step.
func (w *walk) check(d *desk) {
	d.countsItsRows()
	w.t.Helper()
	d.balanced()
	d.derivedIsFolded()
	d.inTurn()
	drafts, err := d.Drafts(ctx)
	d.must(err)
	if len(drafts) != len(w.drafts[d.login]) {
		w.t.Fatalf("%s has %d drafts of %d", d.login, len(drafts), len(w.drafts[d.login]))
	}
	for _, one := range drafts {
		if got := one.Fields[0].Text; got != w.drafts[d.login][one.Key] {
			w.t.Fatalf("the draft of %v is %q", one.Key.Subject, got)
		}
	}
	waiting, err := d.Waiting(ctx)
	d.must(err)
	for _, command := range waiting {
		if command.Intent.Kind == syncproto.CommandTakeGrant {
			continue // the account may not have come yet
		}
		steps, err := d.History(ctx, command.Intent.Subject)
		d.must(err)
		seen := slices.ContainsFunc(steps, func(s replica.Step) bool { return s.Command == command.Intent.ID })
		doc, shown, err := d.Document(ctx, command.Intent.Subject)
		d.must(err)
		if body, ok := doc.Body.(ticket.Body); !shown || ok && body.Number == "" {
			w.t.Fatalf("the subject of %v, which waits, is shown as %+v", command.Intent.Kind, doc)
		}
		if doc.Limbo {
			w.limbo++
		}
		if !seen {
			w.t.Fatalf("%v, which waits, is out of sight", command.Intent.Kind)
		}
		counts := map[syncproto.ID]int{}
		for _, s := range steps {
			counts[s.Event.ID]++
			if counts[s.Event.ID] > 1 {
				w.t.Fatalf("%v stands twice in the trail", s.Event.Kind)
			}
		}
	}
}

// settle brings every line up until nothing is under way, then compares.
func (w *walk) settle() {
	for range 2 {
		for _, d := range w.desks {
			d.connect()
			d.sync()
		}
	}
	for _, d := range w.desks {
		w.check(d)
		if tally := d.balanced(); tally.Pending != 0 {
			w.t.Errorf("%s: %+v", d.login, tally)
		}
		w.compare(d)
	}
}

// compare says that the desk shows exactly what the server has in its buckets.
func (w *walk) compare(d *desk) {
	d.sameAsServer()
	w.t.Helper()
	buckets := w.central.Buckets(d.person)
	for ref, doc := range w.central.Docs() {
		want := slices.ContainsFunc(rules.Buckets(ref, doc.Body), func(b syncproto.Bucket) bool { return contains(buckets, b) })
		got, shown, err := d.Document(ctx, ref)
		d.must(err)
		if shown != want {
			w.t.Errorf("%s: %v shown %v, should be %v", d.login, ref, shown, want)
			continue
		}
		if shown && (got.Version != doc.Version || got.Pending || !bytes.Equal(syncproto.MustEncode(got.Body), syncproto.MustEncode(doc.Body))) {
			w.t.Errorf("%s: %v is\n%+v\nand on the server\n%+v", d.login, ref, got, doc)
		}
		if shown {
			w.whole(d, ref, doc)
		}
	}
}

// whole says that the history has no gap: as many entries as the version counts.
func (w *walk) whole(d *desk, ref syncproto.Ref, doc decision.Doc) {
	w.t.Helper()
	steps, err := d.History(ctx, ref)
	d.must(err)
	if uint64(len(steps)) != doc.Version {
		w.t.Errorf("%s: %v has %d entries at version %d", d.login, ref, len(steps), doc.Version)
	}
	for n, s := range steps {
		if s.Event.Version != uint64(n+1) || s.Stage != replica.Final {
			w.t.Errorf("%s: entry %d of %v is %+v", d.login, n, ref, s)
		}
	}
}
