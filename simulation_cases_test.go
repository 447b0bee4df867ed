package redress_test

import (
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// Cases that walks would come by too seldom. Each was red once.

// caseOf is a walk that only does what its case says, with everybody up to date.
func caseOf(t testing.TB) *walk {
	w := newWalk(t, 1)
	w.begin()
	w.heal()
	w.healing = true // no more chance
	return w
}

// until has something done again until it came to this.
func (w *walk) until(what string, came func() bool, do func()) {
	for n := 0; !came(); n++ {
		if n > 1000 {
			w.t.Fatalf("it never comes to this: %s", what)
		}
		do()
	}
}

// openedIn is a new ticket of a region, on every desk that may see it.
func (w *walk) openedIn(region string) syncproto.ID {
	seat := w.places[0]
	c := ticket.Open{ID: w.chance.id(), Number: "CASE", Subject: "远程车控失败", Channel: "400热线", Type: "投诉",
		Region: w.units[region], CallCentre: w.units["centre"],
		Customer: customer.Caller{ID: w.chance.id(), Name: "张伟", Phones: []string{"13800138000"}}}
	w.tap(seat, syncproto.CommandOpen, c)
	w.settle()
	return c.ID
}

// A desk that gained a unit reads everything again. If the line goes before that is
// complete, what its person does meanwhile is still judged by the rules the desk has: it
// is not refused as done by nobody.
func TestWhatIsDoneWhileAllIsReadAgainCounts(t *testing.T) {
	w := caseOf(t)
	li, on := w.places[2], w.openedIn("east")
	w.place(li, []string{"east", "south"})
	w.until("the new unit's bucket is being filled", func() bool { return len(li.replica.Desk().Filling) > 0 }, func() {
		w.connectAll()
		w.pass(syncproto.Millisecond)
		w.carry(li)
	})
	w.cut(li)
	w.kill(li)
	w.tap(li, syncproto.CommandNote, ticket.Note{Ticket: on, Text: "需要日志"})
	w.heal()
	w.agree()
}

// A manager approves, and the line goes before the verdict comes. Meanwhile the region is
// somebody else's, and so much has happened that the catch-up takes several deltas, of
// which the first brings the verdict. The claim leaves the desk with the last.
func TestNothingStaysAfterALongCatchUp(t *testing.T) {
	w := caseOf(t)
	seat, sun := w.places[0], w.places[3]
	lost, kept := w.openedIn("south"), w.openedIn("east")
	paid := claim.File{ID: w.chance.id(), Ticket: lost, Kind: claim.Goodwill, Amount: 100, What: "补贴"}
	w.tap(seat, syncproto.CommandFileClaim, paid)
	w.settle()
	if lines, refused := sun.Approve(sun.reading(w.now), paid.ID, 0, "维系客户"); refused {
		t.Fatal(lines)
	}
	w.watch(sun)
	w.passOn(sun)
	w.until("something is handed in", func() bool { return len(w.queue) > 0 }, func() { w.carry(sun) })
	w.decideSome(1)
	w.cut(sun)
	sun.online = false
	w.place(sun, []string{"east"})
	for range 40 {
		w.tap(seat, syncproto.CommandNote, ticket.Note{Ticket: kept, Text: strings.Repeat("长", 3900)})
		w.settle()
	}
	w.heal()
	w.agree()
}

// The history of one ticket is so long that it comes in several deltas. What the desk did
// to it itself is seen once after each of them, and once when the line breaks in between.
func TestALongHistoryShowsNothingTwice(t *testing.T) {
	w := caseOf(t)
	seat, li, on, brief := w.places[0], w.places[2], w.openedIn("east"), w.openedIn("east")
	w.tap(li, syncproto.CommandNote, ticket.Note{Ticket: on, Text: "需要日志"})
	w.tap(li, syncproto.CommandNote, ticket.Note{Ticket: brief, Text: "需要日志"})
	w.passOn(li)
	w.until("something is handed in", func() bool { return len(w.queue) > 0 }, func() { w.carry(li) })
	w.decideSome(1)
	w.cut(li)
	li.online = false
	for range 40 {
		w.tap(seat, syncproto.CommandNote, ticket.Note{Ticket: on, Text: strings.Repeat("长", 3900)})
		w.settle()
	}
	li.online = true
	w.connectAll()
	w.until("the desk has all", func() bool { return li.replica.Desk().Cursor >= w.ledger.Head().Seq }, func() {
		w.passOn(li)
		w.carry(li)
		w.nothingTwice(li)
	})
	w.heal()
	w.agree()
}

// A person whose units are named twice has each of them once, and a session that stays.
func TestAUnitNamedTwiceIsOne(t *testing.T) {
	w := caseOf(t)
	chen := w.places[4]
	w.place(chen, []string{"connected", "connected", "body"})
	w.heal()
	w.agree()
	line := chen.line
	w.openedIn("east")
	w.pass(5 * syncproto.Second)
	w.settle()
	if chen.line != line {
		t.Error("the session ends with every change")
	}
}

// The verdict on what was done came, the line went before the delta that passes its entry, and the
// person now works elsewhere. Then the server's disk is lost, and the copy has that entry: in the
// new epoch no cursor will pass it, and no document comes that has it. Still it ends to be shown.
func TestWhatWasToldBeforeARestoreIsNotShownForEver(t *testing.T) {
	w := caseOf(t)
	w.must(w.Copies(true))
	seat, chen, on := w.places[0], w.called("chen"), w.openedIn("east")
	w.tap(seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: on, Unit: w.units["connected"]})
	w.settle()
	b, _ := w.book.ticketBody(on)
	w.tap(chen, syncproto.CommandRespond, ticket.Respond{Ticket: on, Cause: b.Clocks[running(b, escalation.Response, chen.units...)].Cause, Text: "已重置"})
	answer := chen.order[len(chen.order)-1]
	w.until("a verdict comes", func() bool { return answer.outcome == syncproto.Accepted }, func() {
		w.passOn(chen)
		w.carry(chen)
		w.decideSome(len(w.queue))
	})
	if entry, _ := w.book.last(answer.id); chen.replica.Desk().Cursor >= entry.Seq {
		t.Fatal("the delta came with the verdict; the test tells nothing")
	}
	w.cut(chen)
	w.place(chen, []string{"body"})
	w.follow()
	if !w.loseDisk() || len(w.book.of[answer.id]) == 0 {
		t.Fatal("the copy does not have what was told")
	}
	w.heal()
	w.agree()
}
