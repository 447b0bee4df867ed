package replica_test

import (
	"testing"

	"redress/desktop/centraltest"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/rules"
)

// twoDesks are a manager's laptop, which has taken the whole month, and tablet.
func twoDesks(t *testing.T) (laptop, tablet *desk) {
	central := centraltest.New(t)
	laptop = newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	laptop.takeGrants()
	tablet = newDesk(t, central, "tablet", centraltest.Manager, "Q3YB")
	return laptop, tablet
}

func (d *desk) connected() rules.Connected {
	return rules.Connected{Device: d.device, Incarnation: d.Desk().Incarnation}
}

// together is what the server does while both are connected: it issues, and asks.
func (d *desk) together(other *desk) {
	d.t.Helper()
	offer := d.central.Grants(d.person, d.device, d.Desk().Incarnation, d.connected(), other.connected())
	d.must(d.StoreGrants(ctx, offer, d.reading(), d.central.NewID))
	d.sync()
}

func (d *desk) giveBack() {
	d.t.Helper()
	d.must(d.ReturnGrants(ctx, d.reading(), d.central.NewID))
}

func (d *desk) account() authority.Body {
	body, _ := d.central.Doc(authority.Ref(d.person, syncproto.MonthOf(d.central.Now))).Body.(authority.Body)
	return body
}

// A7: shares are evened out; whenever the line is cut, what the laptop keeps is usable.
func TestAShareMoves(t *testing.T) {
	laptop, tablet := twoDesks(t)
	laptop.giveBack()
	if laptop.left() != 6000_00 || laptop.balanced().Created != 2 {
		t.Fatalf("nothing was asked, and %v is left", laptop.left())
	}
	tablet.together(laptop) // asks the laptop, which is not told yet
	laptop.giveBack()
	if laptop.left() != 6000_00 {
		t.Fatalf("before it heard of it %v is left", laptop.left())
	}
	laptop.pull()
	laptop.giveBack()
	laptop.giveBack() // what is under way is not given twice
	if laptop.left() != 3000_00 || tablet.left() != 0 || laptop.account().Free() != 0 {
		t.Fatalf("queued: laptop %v, tablet %v, free %v", laptop.left(), tablet.left(), laptop.account().Free())
	}
	laptop = laptop.reopen(laptop.image())
	laptop.giveBack()
	if laptop.left() != 3000_00 {
		t.Fatalf("after a kill %v is left", laptop.left())
	}
	laptop.connect()
	laptop.sync()
	tablet.together(laptop)
	laptop.pull()
	laptop.giveBack()
	if laptop.left() != 3000_00 || tablet.left() != 3000_00 || laptop.account().Free() != 0 {
		t.Fatalf("moved: laptop %v, tablet %v, free %v", laptop.left(), tablet.left(), laptop.account().Free())
	}
	if tally := laptop.balanced(); tally.Created != 3 || tally.Accepted != 3 {
		t.Fatalf("%+v", tally)
	}
	laptop.derivedIsFolded()
}

// The device has spent offline what the server asks for: it gives what it has left, behind
// its approvals, and no more.
func TestNoMoreIsGivenBackThanIsLeft(t *testing.T) {
	laptop, tablet := twoDesks(t)
	seat := newDesk(t, laptop.central, "seat", centraltest.Seat, "K7MQ")
	claimed := seat.fileClaim(seat.open("远程车控失败"), 4000_00)
	seat.sync()
	laptop.pull()
	tablet.together(laptop)
	_, err := laptop.approve(claimed, 4000_00) // offline
	laptop.must(err)
	laptop.pull()
	laptop.giveBack()
	if laptop.left() != 0 {
		t.Fatalf("%v left", laptop.left())
	}
	laptop.sync()
	if a := laptop.account(); a.Spent() != 4000_00 || a.Free() != 2000_00 || a.Reserved() != 0 {
		t.Fatalf("spent %v, reserved %v, free %v", a.Spent(), a.Reserved(), a.Free())
	}
	all, err := laptop.GrantsLeft(ctx)
	laptop.must(err)
	for _, g := range all {
		if g.Grant.Kind == syncproto.GrantAmount && (g.Given != 2000_00 || g.Left != 0 || g.Dead) {
			t.Fatalf("%+v", g)
		}
	}
}

// A grant that was written off is offered no more by a desk that knows, and listed as dead;
// nothing of it comes back.
func TestAGrantWrittenOff(t *testing.T) {
	laptop, tablet := twoDesks(t)
	laptop.central.Operate(syncproto.CommandWriteOff, authority.WriteOff{Manager: laptop.person, Month: syncproto.MonthOf(laptop.central.Now),
		Grant: laptop.grants()[0].Grant.ID, Reason: "笔记本遗失"})
	if laptop.left() != 6000_00 {
		t.Fatalf("before it heard of it %v can be spent", laptop.left())
	}
	laptop.pull()
	if laptop.left() != 0 {
		t.Fatalf("%v can be spent", laptop.left())
	}
	all, err := laptop.GrantsLeft(ctx)
	laptop.must(err)
	dead := 0
	for _, g := range all {
		if g.Dead {
			dead++
		}
	}
	if dead != 1 || len(all) != 2 {
		t.Fatalf("%d of %d grants are dead", dead, len(all))
	}
	tablet.together(laptop)
	if tablet.left() != 6000_00 {
		t.Fatalf("the tablet has %v", tablet.left())
	}
}

// An account that the disk damaged stops no session, in which it is fetched again: what there is of its
// grants can be read, and nothing is taken or given back meanwhile.
func TestADamagedAccountStopsNothing(t *testing.T) {
	laptop, tablet := twoDesks(t)
	offer := laptop.central.Grants(tablet.person, tablet.device, tablet.Desk().Incarnation, tablet.connected(), laptop.connected())
	another := syncproto.SignGrant(syncproto.Grant{ID: laptop.central.NewID(), Device: tablet.device, Incarnation: tablet.Desk().Incarnation,
		Account: authority.Ref(tablet.person, syncproto.MonthOf(laptop.central.Now)), Amount: 1}, laptop.central.Key)
	for _, d := range []*desk{laptop, tablet} {
		d.pull()
		d.spoil(`UPDATE document SET body = x'00' WHERE kind = ?`, syncproto.KindAccount)
		d.giveBack()
	}
	tablet.must(tablet.StoreGrants(ctx, append(offer, another), tablet.reading(), tablet.central.NewID))
	if grants, err := laptop.GrantsLeft(ctx); err != nil || len(grants) != 2 {
		t.Errorf("%v, %v", grants, err)
	}
	for range aWhileOfCheckpoints {
		laptop.central.Now = laptop.central.Now.Add(syncproto.CheckpointEvery)
		laptop.checkpoint()
	}
	laptop.giveBack()
	if laptop.left() != 3000_00 {
		t.Errorf("healed, %v is left of what was asked back", laptop.left())
	}
}
