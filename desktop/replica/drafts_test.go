package replica_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

// noteOf is the form of a note on a ticket.
func noteOf(id syncproto.ID) replica.DraftKey {
	return replica.DraftKey{Form: syncproto.CommandNote, Subject: ticket.Ref(id)}
}

// drafted saves a draft of one text.
func (d *desk) drafted(key replica.DraftKey, text string) {
	d.t.Helper()
	d.must(d.SaveDraft(ctx, replica.Draft{Key: key, SavedAt: d.Estimate(d.reading()), Fields: []replica.DraftField{{Name: "text", Text: text}}}))
}

// draftTexts are the texts of all drafts, the newest first.
func (d *desk) draftTexts() string {
	d.t.Helper()
	drafts, err := d.Drafts(ctx)
	d.must(err)
	texts := make([]string, 0, len(drafts))
	for _, one := range drafts {
		texts = append(texts, one.Fields[0].Text)
	}
	return strings.Join(texts, "、")
}

// send gives a note from its form.
func (d *desk) send(id syncproto.ID, text string) error {
	_, err := d.Tap(ctx, replica.Wish{Kind: syncproto.CommandNote, Command: ticket.Note{Ticket: id, Text: text}, Draft: noteOf(id)},
		replica.Moment{ID: d.central.NewID(), Reading: d.reading()})
	return err
}

func (d *desk) waiting() int {
	d.t.Helper()
	status, err := d.Status(ctx)
	d.must(err)
	return status.Waiting
}

func TestADraftIsTheLastThatWasSaved(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.drafted(noteOf(id), "客户")
	d.central.Now = d.central.Now.Add(syncproto.Second)
	d.drafted(replica.DraftKey{Form: syncproto.CommandOpen}, "张伟")
	d.central.Now = d.central.Now.Add(syncproto.Second)
	d.drafted(noteOf(id), "客户说明天再打")
	told := len(d.changed)
	d.told = func() { t.Error("a draft is told of, and every page would be read again while somebody types") }
	d.drafted(noteOf(id), "客户说明天再打来")
	d.told = nil
	if got := d.draftTexts(); got != "客户说明天再打来、张伟" || len(d.changed) != told {
		t.Errorf("the drafts are %q", got)
	}
	if after := d.reopen(d.image()); after.draftTexts() != "客户说明天再打来、张伟" {
		t.Errorf("after a kill they are %q", after.draftTexts())
	}
	d.must(d.DropDraft(ctx, noteOf(id)))
	d.must(d.DropDraft(ctx, noteOf(id))) // there is none any more
	if got := d.draftTexts(); got != "张伟" {
		t.Errorf("after one was discarded they are %q", got)
	}
	err := d.SaveDraft(ctx, replica.Draft{})
	if !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeMalformed}) {
		t.Errorf("a draft of no form: %v", err)
	}
}

// A crash leaves the draft or the command: whatever a kill leaves on the disk before, in the
// very moment of, and after the commit.
func TestACrashLeavesTheDraftOrTheCommand(t *testing.T) {
	d := seatDesk(t)
	id, other := d.open("远程车控失败"), d.open("配件无货")
	before := d.waiting()
	d.drafted(noteOf(other), "另一张")
	d.drafted(noteOf(id), "需要日志")
	images := []string{d.image()}
	d.told = func() { images = append(images, d.image()) }
	d.must(d.send(id, "需要日志"))
	d.told = nil
	for n, want := range []struct {
		drafts string
		more   int
	}{{"需要日志、另一张", 0}, {"另一张", 1}} {
		after := d.reopen(images[n])
		if got := after.draftTexts(); len(got) != len(want.drafts) || !strings.Contains(got, "另一张") || after.waiting() != before+want.more {
			t.Errorf("the image %d has the drafts %q and %d commands", n, got, after.waiting()-before)
		}
	}
}

// A command that is refused, or not kept for want of room, leaves the draft.
func TestWhatIsNotKeptLeavesTheDraft(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.drafted(noteOf(id), "需要日志")
	before := d.waiting()
	if codes := refused(t, d.send(id, "")); len(codes) == 0 {
		t.Fatal("an empty note is taken")
	}
	d.must(d.FillDisk(ctx, true))
	var err error
	for n := 0; n < 200 && err == nil; n++ {
		err = d.send(d.central.NewID(), strings.Repeat("满", 1000)) // of no ticket that is here
		if codes := refused(t, err); len(codes) > 0 {
			err = d.SaveDraft(ctx, replica.Draft{Key: noteOf(d.central.NewID()), Fields: []replica.DraftField{{Name: "text", Text: strings.Repeat("满", 1000)}}})
		}
	}
	if !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeDiskFull}) {
		t.Fatalf("%v", err)
	}
	err = d.send(id, strings.Repeat("满", 1000))
	d.must(d.FillDisk(ctx, false))
	if got := d.draftTexts(); err == nil || !strings.Contains(got, "需要日志") || d.waiting() != before {
		t.Errorf("%d commands were kept, %v", d.waiting()-before, err)
	}
	d.must(d.send(id, "需要日志"))
	if got := d.draftTexts(); strings.Contains(got, "需要日志") || d.waiting() != before+1 {
		t.Errorf("with room again %d commands were kept", d.waiting()-before)
	}
}

// What a form asks for is kept whole or not at all, each decided with what comes before it;
// with the last of it goes the draft.
func TestAFormIsKeptWholeOrNotAtAll(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	before, trail := d.waiting(), len(d.trail(ticket.Ref(id)))
	form := replica.DraftKey{Form: syncproto.CommandDispatch, Subject: ticket.Ref(id)}
	d.drafted(form, "请查后台日志")
	promise := replica.Wish{Kind: syncproto.CommandPromise, Command: ticket.Promise{Ticket: id, What: "专员回电"}, Draft: form}
	to := func(unit syncproto.ID) replica.Wish {
		return replica.Wish{Kind: syncproto.CommandDispatch, Command: ticket.Dispatch{Ticket: id, Unit: unit}, Draft: form}
	}
	moment := func() replica.Moment { return replica.Moment{ID: d.central.NewID(), Reading: d.reading()} }
	_, err := d.TapAll(ctx, []replica.Wish{promise, to(centraltest.East)}, moment)
	if codes := refused(t, err); len(codes) == 0 || d.waiting() != before || len(d.trail(ticket.Ref(id))) != trail || d.draftTexts() == "" {
		t.Errorf("refused for %v, %d were kept, and of the draft is left %q", codes, d.waiting()-before, d.draftTexts())
	}
	receipts, err := d.TapAll(ctx, []replica.Wish{promise, to(centraltest.Connected)}, moment)
	d.must(err)
	if len(receipts) != 2 || receipts[1].Counter != receipts[0].Counter+1 || d.waiting() != before+2 || d.draftTexts() != "" {
		t.Errorf("%+v, and of the draft is left %q", receipts, d.draftTexts())
	}
	d.derivedIsFolded()
	d.sync()
	if tally := d.balanced(); tally.Pending != 0 || tally.Rejected != 0 {
		t.Errorf("%+v", tally)
	}
	// A claim on a ticket that the same form opens is decided with it.
	fresh := d.central.NewID()
	open := ticket.Open{ID: fresh, Number: "K7MQ-00099", Channel: "400热线", Type: "投诉", Subject: "配件无货", Region: centraltest.East, CallCentre: centraltest.CallCentre,
		Customer: customer.Caller{ID: d.central.NewID(), Name: "陈静"}}
	file := claim.File{ID: d.central.NewID(), Ticket: fresh, Kind: claim.Goodwill, Amount: 100_00, What: "代步车"}
	if _, err := d.TapAll(ctx, []replica.Wish{{Kind: syncproto.CommandOpen, Command: open}, {Kind: syncproto.CommandFileClaim, Command: file}}, moment); err != nil {
		t.Errorf("the second does not see the first: %v", err)
	}
}

// Nothing anybody else does touches a draft: the ticket is closed to the desk, all is received
// anew, the overlay is made again, the file is opened by the next start.
func TestNobodyElseTouchesADraft(t *testing.T) {
	central := centraltest.New(t)
	seat, liaison := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "liaison", centraltest.Liaison, "Q3RB")
	id := seat.open("远程车控失败")
	seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Connected})
	seat.sync()
	liaison.sync()
	respond := replica.DraftKey{Form: syncproto.CommandRespond, Subject: ticket.Ref(id)}
	liaison.drafted(respond, "已重置")
	for what, happens := range map[string]func(){
		"another's change": func() { seat.noteOn(id, "客户催问"); seat.sync(); liaison.sync() },
		"all anew": func() {
			liaison.must(liaison.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionResync, LogID: central.LogID, Epoch: 1, Head: central.Head(),
				Person: liaison.person, Time: central.Now, Buckets: central.Buckets(liaison.person)}))
			liaison.pull()
		},
		"the overlay made again": func() { liaison.must(liaison.RebuildOverlay(ctx)) },
		"another incarnation": func() {
			liaison.must(liaison.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionRekey, LogID: central.LogID, Epoch: 1, Incarnation: liaison.Desk().Incarnation}))
		},
		"its command rejected": func() {
			if _, err := liaison.tap(syncproto.CommandRespond, ticket.Respond{Ticket: id, Cause: id, Text: "无"}); err == nil {
				liaison.sync()
			}
		},
	} {
		if happens(); liaison.draftTexts() != "已重置" {
			t.Fatalf("%s: of the draft is left %q", what, liaison.draftTexts())
		}
	}
	central.Employ(centraltest.Liaison, "liaison", "李雷", 4) // of no unit any more
	liaison.connect()
	liaison.sync()
	after := liaison.reopen(liaison.image())
	if after.shows(ticket.Ref(id)) || after.draftTexts() != "已重置" {
		t.Errorf("out of scope, with the ticket shown %v, of the draft is left %q", after.shows(ticket.Ref(id)), after.draftTexts())
	}
}

// Where a limit is hit the new one is refused; nothing that was typed goes for it.
func TestTheLimitsOfDrafts(t *testing.T) {
	d := seatDesk(t)
	for n := range replica.MaxDrafts {
		d.drafted(noteOf(syncproto.NumberedID(uint64(n+1))), fmt.Sprint(n))
	}
	one := replica.Draft{Key: replica.DraftKey{Form: syncproto.CommandOpen}, Fields: []replica.DraftField{{Name: "text", Text: "张伟"}}}
	err := d.SaveDraft(ctx, one)
	if !errors.Is(err, &syncproto.Problem{Code: replica.CodeTooManyDrafts}) {
		t.Fatalf("one more than %d: %v", replica.MaxDrafts, err)
	}
	t.Log(err)
	d.drafted(noteOf(syncproto.NumberedID(1)), "写下去") // one that is there goes on
	if got := strings.Count(d.draftTexts(), "、") + 1; got != replica.MaxDrafts {
		t.Errorf("%d drafts are left", got)
	}
	d.must(d.DropDraft(ctx, noteOf(syncproto.NumberedID(7))))
	d.must(d.SaveDraft(ctx, one))

	one.Fields[0].Text = strings.Repeat("满", replica.MaxDraft/3)
	err = d.SaveDraft(ctx, one)
	if !errors.Is(err, &syncproto.Problem{Code: replica.CodeDraftTooLarge}) || !strings.Contains(d.draftTexts(), "张伟") {
		t.Errorf("one of more than %d bytes: %v", replica.MaxDraft, err)
	}
	one.Fields[0].Text = strings.Repeat("满", ticket.MaxDescription+ticket.MaxSubject+ticket.MaxDemand+syncproto.MaxShortText)
	if err := d.SaveDraft(ctx, one); err != nil {
		t.Errorf("the longest new ticket: %v", err)
	}
}
