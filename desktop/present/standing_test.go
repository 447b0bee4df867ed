package present_test

import (
	"slices"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/syncproto"
)

// TestEveryPlaceSaysHowFarItHasCome: what was done here is only on this computer, then safe with
// the server, then decided. Every place that shows the ticket or its claim says which of them it
// is, and as long as one step is less far than the others, that.
func TestEveryPlaceSaysHowFarItHasCome(t *testing.T) {
	const kept, sent, held = "仅存本机，未发送", "已发送，等待确认", "已发送，服务器待处理"
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	seat.Offline()
	f := seat.NewTicket("远程车控失败")
	f.Promise = true
	id := seat.Open(f)
	seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Amount: "1200", Text: "补贴"})

	// received is what the server says it has of this desk's line, without a verdict.
	received := func(n uint64) {
		if err := seat.Replica.ApplyVerdicts(t.Context(), nil, n); err != nil {
			t.Fatal(err)
		}
	}
	says := func(when, ticket, ofClaim, step string) {
		t.Helper()
		page := seat.See(id)
		found, err := seat.Find(t.Context(), seat.Reading(), "远程车控", replica.Place{}, 10)
		if err != nil || len(found.Rows) != 1 || len(page.Claims) != 1 {
			t.Fatal(when, found.Rows, page.Claims, err)
		}
		one, _, err := seat.One(t.Context(), seat.Reading(), page.Claims[0].Claim)
		if err != nil {
			t.Fatal(when, err)
		}
		for place, c := range map[string]struct{ says, want string }{
			"the title":             {page.Mark, ticket},
			"the list":              {workPage(t, seat).Rows[0].Mark, ticket},
			"the search":            {found.Rows[0].Mark, ticket},
			"the promise's clock":   {page.Clocks[0].Note, step},
			"the first step":        {page.Trail[len(page.Trail)-1].Mark, step},
			"the claim":             {one.Mark, ofClaim},
			"the claim's row there": {page.Claims[0].Mark, ofClaim},
		} {
			if c.says != c.want {
				t.Errorf("%s, %s says %q; want %q", when, place, c.says, c.want)
			}
		}
	}
	says("offline", kept, kept, kept)
	received(2) // the ticket and its promise
	says("two of three commands arrived", kept, kept, sent)
	received(3)
	says("all arrived", sent, sent, sent)
	if text := strings.Join(slices.Concat(seat.See(id).Lines(), workPage(t, seat).Lines()), "\n"); strings.Contains(text, kept) {
		t.Errorf("something still says that it was not sent:\n%s", text)
	}

	first, err := seat.Replica.Waiting(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	waits := syncproto.Verdict{Command: first[2].Intent.ID, Hash: hashOf(t, seat, 3), Epoch: 1, Seq: o.Head() + 1, Time: o.Now,
		Outcome: syncproto.Parked, Findings: []syncproto.Finding{{Code: syncproto.CodeWaitsBehind}}}.Sign(o.LogID, o.Key)
	if err := seat.Replica.ApplyVerdicts(t.Context(), []syncproto.Verdict{waits}, 3); err != nil {
		t.Fatal(err)
	}
	says("the claim held by the server", sent, held, sent)
	seat.Online()
	says("decided", "", "", "")
}

// hashOf is what the server signs of the command with the counter.
func hashOf(t *testing.T, d *presenttest.Desk, counter uint64) syncproto.Hash {
	t.Helper()
	envelopes, err := d.Replica.Outgoing(t.Context(), counter-1, 1)
	if err != nil || len(envelopes) != 1 {
		t.Fatal(envelopes, err)
	}
	return envelopes[0].CommandHash()
}
