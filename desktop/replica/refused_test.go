package replica_test

import (
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/organisation"
	"redress/syncproto/ticket"
)

// cardsInWords is what needs the person, by command and first finding.
func (d *desk) cardsInWords() (all []string) {
	d.t.Helper()
	commands, err := d.NeedsYou(ctx)
	d.must(err)
	for _, c := range commands {
		all = append(all, c.Intent.Kind.String()+" "+c.Verdict.Outcome.String()+" "+string(c.Verdict.Findings[0].Code))
	}
	return all
}

// A manager filed and approved offline; by then the ticket has as many claims as it can
// have, so the filing is rejected. With the very rejection the claim is gone from the desk,
// though the verdict on its approval comes only later: an approval of a claim that never
// was is nothing to look at. The approval itself stays among what was done here until its
// own verdict; both are cards, which can be put away.
func TestWhatWasNeverMadeGoesWithItsRejection(t *testing.T) {
	for name, look := range map[string]func(d *desk) *desk{
		"as it is":     func(d *desk) *desk { return d },
		"after a kill": func(d *desk) *desk { return d.reopen(d.image()) },
		"made anew":    func(d *desk) *desk { d.must(d.RebuildOverlay(ctx)); return d },
	} {
		t.Run(name, func(t *testing.T) {
			seat, manager := branch(t)
			on := seat.open("远程车控失败")
			seat.sync()
			manager.sync()
			id := manager.fileClaim(on, 800*syncproto.Yuan)
			filing := manager.last()
			if _, err := manager.approve(id, 800*syncproto.Yuan); err != nil {
				t.Fatal(err)
			}
			approval := manager.last()
			for range ticket.MaxClaims {
				seat.fileClaim(on, syncproto.Yuan)
			}
			seat.sync()
			verdicts := manager.handIn()
			manager.hear(verdicts[:1])
			manager = look(manager)
			if manager.shows(claim.Ref(id)) {
				t.Error("the claim that was never filed is still shown")
			}
			if rows, err := manager.Children(ctx, ticket.Ref(on), syncproto.KindClaim); err != nil || slices.ContainsFunc(rows, func(r replica.Row) bool { return r.Ref == claim.Ref(id) }) {
				t.Errorf("it is still listed: %v %v", rows, err)
			}
			if body, _ := manager.ticket(on); slices.Contains(body.Claims, id) {
				t.Errorf("the ticket still has it: %+v", body.Claims)
			}
			if tally := manager.balanced(); tally.Pending != 1 {
				t.Errorf("the approval waits for its verdict no longer: %+v", tally)
			}
			manager.hear(verdicts[1:])
			manager.pull()
			if got, want := manager.cardsInWords(), []string{"file-claim rejected too-many-claims", "approve-claim accepted claim-refused"}; !slices.Equal(got, want) {
				t.Errorf("the cards are %v; want %v", got, want)
			}
			manager.derivedIsFolded()
			manager.must(manager.Dismiss(ctx, filing))
			manager.must(manager.Dismiss(ctx, approval))
			if got := manager.cardsInWords(); len(got) > 0 {
				t.Errorf("put away, %v are still there", got)
			}
			manager.takeGrants()
			if left := manager.left(); left != 6000*syncproto.Yuan {
				t.Errorf("of the month %v are left; want all of it", left)
			}
			if tally := manager.balanced(); tally.Pending != 0 || tally.Parked != 0 {
				t.Errorf("%+v", tally)
			}
		})
	}
}

// last is the newest command of the desk.
func (d *desk) last() syncproto.ID {
	d.t.Helper()
	commands, err := d.Recent(ctx)
	d.must(err)
	return commands[0].Intent.ID
}

// A ticket whose opening is rejected goes with it, with all that was done on it.
func TestATicketThatWasNeverOpenedGoesWithItsRejection(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.noteOn(id, "一")
	d.noteOn(id, "二")
	d.mustTap(syncproto.CommandContact, ticket.Contact{Ticket: id, Direction: ticket.Inbound, Text: "又来电"})
	d.central.Operate(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: centraltest.East,
		Unit: organisation.Unit{Name: "华东部", Kind: organisation.Department}}) // there is no such region any more
	verdicts := d.handIn()
	d.hear(verdicts[:1])
	if d.shows(ticket.Ref(id)) {
		t.Error("the ticket that was never opened is still shown")
	}
	if n, err := d.CountOpen(ctx, syncproto.KindTicket); n != 0 || err != nil {
		t.Errorf("%d tickets are listed: %v", n, err)
	}
	d.derivedIsFolded()
	d.hear(verdicts[1:])
	d.pull()
	if got, want := d.cardsInWords(), []string{"open rejected not-there", "note rejected not-there", "note rejected not-there", "contact rejected not-there"}; !slices.Equal(got, want) {
		t.Errorf("the cards are %v; want %v", got, want)
	}
}
