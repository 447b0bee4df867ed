package replica_test

import (
	"errors"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
)

// Somebody on the line kept the offer of a grant and plays it to the desk again, at every
// moment: before it is decided, after it was spent, and after part of it was given back. It is
// the server's true signature, and adds nothing to what the device has left.
func TestAnOldOfferOfAGrantAddsNothing(t *testing.T) {
	central := centraltest.New(t)
	seat := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	manager := newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	offer := central.Grants(centraltest.Manager, manager.device, manager.Desk().Incarnation)
	again := func(when string, want syncproto.Fen) {
		t.Helper()
		manager.must(manager.StoreGrants(ctx, offer, manager.reading(), central.NewID))
		manager.sync()
		if left := manager.left(); left != want {
			t.Errorf("%s: %v left, want %v", when, left, want)
		}
	}
	manager.must(manager.StoreGrants(ctx, offer, manager.reading(), central.NewID))
	again("before it is decided", 6000_00)
	claimed := seat.fileClaim(seat.open("远程车控失败"), 1200_00)
	seat.sync()
	manager.pull()
	_, err := manager.approve(claimed, 1200_00)
	manager.must(err)
	again("after an approval", 4800_00)
	var amount syncproto.Share
	for _, g := range manager.grants() {
		if g.Grant.Kind == syncproto.GrantAmount {
			amount = syncproto.Share{Grant: g.Grant.ID, Amount: 4000_00}
		}
	}
	_, err = manager.tap(syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: centraltest.Manager, Month: syncproto.MonthOf(central.Now), Given: []syncproto.Share{amount}}, amount)
	manager.must(err)
	again("after some of it was given back", 800_00)
	if left := manager.reopen(manager.image()).left(); left != 800_00 {
		t.Errorf("after a kill: %v left", left)
	}
}

// A login is a folder's name: whatever somebody enrols under, it is no way out of the data
// folder, and no key is written elsewhere.
func TestALoginIsNoWayOut(t *testing.T) {
	folder, err := replica.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	for _, login := range []string{"..", ".", "", "../wang", "a/b", `..\wang`, `C:wang`, "/etc/wang", ".hidden", "wang.", "wa*ng", "wang?", "wang|x"} {
		var problem *syncproto.Problem
		if _, err := folder.DeviceKey(login, keyOf("somebody")); !errors.As(err, &problem) || problem.Code != syncproto.CodeMalformed {
			t.Errorf("%q: %v, want that it is no login", login, err)
		}
	}
	if all, err := folder.Logins(); err != nil || len(all) > 0 {
		t.Errorf("there are %q, %v", all, err)
	}
}
