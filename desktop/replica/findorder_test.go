package replica_test

import (
	"fmt"
	"strings"
	"testing"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// A closed ticket stands behind the open ones, also where it is newer, and before its claims; one
// that is opened again goes back. So it does with every part of an answer, and in its windows.
func TestOpenTicketsStandFirst(t *testing.T) {
	d := seatDesk(t)
	var ids []syncproto.ID
	for n := range 4 {
		ids = append(ids, d.openFor(fmt.Sprintf("座椅异响 %d", n), "陈静", "13800138000", "", ""))
	}
	d.mustTap(syncproto.CommandFileClaim, claim.File{ID: d.central.NewID(), Ticket: ids[3], Kind: claim.Goodwill, Amount: 80_000, What: "座椅异响补贴"})
	d.mustTap(syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: ids[3], Channel: "400热线", Text: "已处理"})
	for _, c := range []struct {
		what string
		do   func()
		want string
	}{
		{"all open", func() {}, "4 3 2 1 4¥"},
		{"the newest closed", func() { d.mustTap(syncproto.CommandClose, ticket.Close{Ticket: ids[3]}) }, "3 2 1 4 4¥"},
		{"confirmed", d.sync, "3 2 1 4 4¥"},
		{"opened again", func() {
			d.mustTap(syncproto.CommandReopen, ticket.Reopen{Ticket: ids[3], Channel: "400热线", Text: "又响了"})
		}, "4 3 2 1 4¥"},
	} {
		c.do()
		if got := strings.ReplaceAll(d.finds("异响"), "K7MQ-0000", ""); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
		if got := d.finds("K7MQ-00004"); got != "K7MQ-00004* K7MQ-00004*¥" {
			t.Errorf("%s: the number finds %q", c.what, got)
		}
		var parts []string
		for after := (replica.Place{}); ; {
			part, err := d.Find(ctx, replica.ReadQuery("异响"), after, 2)
			d.must(err)
			for _, f := range part {
				line := strings.TrimPrefix(f.Number, "K7MQ-0000")
				if f.Ref.Kind == syncproto.KindClaim {
					line += "¥"
				}
				parts = append(parts, line)
			}
			if len(part) < 2 {
				break
			}
			after = part[1].Place()
		}
		if got := strings.Join(parts, " "); got != c.want {
			t.Errorf("%s: by two it is %q", c.what, got)
		}
	}
}
