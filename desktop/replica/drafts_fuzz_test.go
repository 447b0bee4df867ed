package replica_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// FuzzDrafts: whatever stands in a form, it is kept and comes back as it was, or is refused with a
// code: then the draft before it is still there, and so is every other, which can be read.
func FuzzDrafts(f *testing.F) {
	d := newDesk(f, centraltest.New(f), "seat", centraltest.Seat, "K7MQ")
	other := replica.DraftKey{Form: syncproto.CommandOpen, Subject: ticket.Ref(syncproto.ID{1})}
	d.drafted(other, "张伟")
	for _, text := range []string{"", "客户", "一\n二", "\x00", "\ufffd", "\xff", "a\xc0\xafb", "\u202e", string(make([]byte, replica.MaxDraft)), string(make([]byte, replica.MaxDraft-40))} {
		f.Add("text", text, false, uint16(1))
		f.Add(text, "text", true, uint16(2))
	}
	f.Add("", "", false, uint16(0))
	f.Add("", "", false, uint16(8192))
	f.Add("", "", false, uint16(8193))
	f.Fuzz(func(t *testing.T, name, text string, pick bool, times uint16) {
		key := replica.DraftKey{Form: syncproto.CommandNote, Subject: ticket.Ref(syncproto.ID{2})}
		if err := d.SaveDraft(ctx, replica.Draft{Key: key, SavedAt: 5, Fields: []replica.DraftField{{Name: "text", Text: "之前"}}}); err != nil {
			t.Fatal(err)
		}
		fields := make([]replica.DraftField, times)
		for n := range fields {
			fields[n] = replica.DraftField{Name: name, Text: text, Pick: pick}
		}
		saved := d.SaveDraft(ctx, replica.Draft{Key: key, SavedAt: 7, Fields: fields})
		drafts, err := d.Drafts(ctx)
		if err != nil || len(drafts) != 2 || drafts[0].Key != other || drafts[0].Fields[0].Text != "张伟" || drafts[1].Key != key {
			t.Fatalf("saved: %v; then %d drafts: %v", saved, len(drafts), err)
		}
		is := drafts[1]
		for n := range fields { // but for what is no character
			fields[n].Name, fields[n].Text = strings.ToValidUTF8(name, "\ufffd"), strings.ToValidUTF8(text, "\ufffd")
		}
		switch {
		case saved != nil:
			if !errors.Is(saved, &syncproto.Problem{Code: replica.CodeDraftTooLarge}) && !errors.Is(saved, &syncproto.Problem{Code: syncproto.CodeMalformed}) || is.Fields[0].Text != "之前" {
				t.Errorf("%v, and %+v is kept", saved, is)
			}
		case is.SavedAt != 7 || len(is.Fields) != len(fields) || len(fields) > 0 && !reflect.DeepEqual(is.Fields, fields):
			t.Errorf("%q, %q, %v is kept as %+v", name, text, pick, is)
		}
	})
}
