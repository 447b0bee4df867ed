package replica_test

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// branch is a seat and a manager, both connected; the manager has taken his grants.
func branch(t *testing.T) (seat, manager *desk) {
	central := centraltest.New(t)
	seat = newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	manager = newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	manager.takeGrants()
	return seat, manager
}

func (d *desk) left() syncproto.Fen {
	d.t.Helper()
	var sum syncproto.Fen
	for _, g := range d.grants() {
		if g.Grant.Kind == syncproto.GrantAmount {
			sum += g.Left
		}
	}
	return sum
}

// Design §5: taking a grant is a command, and it can be spent once the verdict on that
// arrived, not before.
func TestAGrantIsUsableOnceItsTakingIsAccepted(t *testing.T) {
	central := centraltest.New(t)
	manager := newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	offer := central.Grants(centraltest.Manager, manager.device, manager.Desk().Incarnation)
	manager.must(manager.StoreGrants(ctx, offer, manager.reading(), central.NewID))
	coming := func() (all []syncproto.Fen) {
		grants, err := manager.GrantsLeft(ctx)
		manager.must(err)
		for _, g := range grants {
			if g.Coming {
				all = append(all, g.Left)
			}
		}
		slices.Sort(all)
		return all
	}
	if left := manager.left(); left != 0 {
		t.Errorf("before the server decided, %v can be spent", left)
	}
	if got := coming(); !slices.Equal(got, []syncproto.Fen{0, 6000 * syncproto.Yuan}) {
		t.Errorf("before the server decided, %v are coming; want the right, and the month", got)
	}
	verdicts := manager.handIn()
	manager.hear(verdicts)
	if left := manager.left(); left != 6000*syncproto.Yuan || coming() != nil {
		t.Errorf("after it, %v can be spent, and %v are coming", left, coming())
	}
	// Offered again, as after a lost answer: nothing is taken twice.
	manager.must(manager.StoreGrants(ctx, offer, manager.reading(), central.NewID))
	if tally := manager.balanced(); tally.Created != 2 {
		t.Errorf("%+v", tally)
	}
}

// TestAnApprovalShowsWhatItCharges: as the server signed it, for one that has forgotten it (counterexample A1). What is
// taken or given back shows nothing.
func TestAnApprovalShowsWhatItCharges(t *testing.T) {
	central := centraltest.New(t)
	seat, manager := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	offer := central.Grants(centraltest.Manager, manager.device, manager.Desk().Incarnation)
	manager.must(manager.StoreGrants(ctx, offer, manager.reading(), central.NewID))
	manager.hear(manager.handIn())
	filed := seat.fileClaim(seat.open("远程车控失败"), 1200_00)
	seat.sync()
	manager.pull()
	_, err := manager.approve(filed, 1200_00)
	manager.must(err)
	line, err := manager.Outgoing(ctx, 0, 100)
	manager.must(err)
	for _, e := range line {
		var intent syncproto.Intent
		manager.must(syncproto.Decode(e.Intent, &intent))
		if intent.Kind != syncproto.CommandApproveClaim {
			if len(intent.Grants) > 0 {
				t.Errorf("%v shows %d grants", intent.Kind, len(intent.Grants))
			}
			continue
		}
		offered := func(g syncproto.SignedGrant) bool {
			return slices.ContainsFunc(offer, func(o syncproto.SignedGrant) bool { return reflect.DeepEqual(o, g) })
		}
		var shown syncproto.Grant
		if len(intent.Grants) != 1 || !offered(intent.Grants[0]) {
			t.Fatalf("it shows %d grants, or none that was offered", len(intent.Grants))
		}
		if manager.must(syncproto.Decode(intent.Grants[0].Grant, &shown)); shown.ID != intent.Shares[0].Grant {
			t.Errorf("it shows %v, and charges %v", shown.ID, intent.Shares[0].Grant)
		}
	}
}

// The morning of the issue, on the manager's side: 6,000.00 to the fen, offline.
func TestAuthorityIsSpentToTheFenAndNoFurther(t *testing.T) {
	seat, manager := branch(t)
	on := seat.open("远程车控失败")
	var claims []syncproto.ID
	for _, amount := range []syncproto.Fen{1200_00, 5000_00, 4800_00, 1} {
		claims = append(claims, seat.fileClaim(on, amount))
	}
	seat.sync()
	manager.pull()

	first, err := manager.approve(claims[0], 1200_00)
	manager.must(err)
	cover := authority.Cover(manager.grants(), 5000_00, manager.Estimate(manager.reading()), manager.Within(manager.reading()))
	if cover.Covers() || cover.ShortBy != 200_00 {
		t.Errorf("5,000.00 after 1,200.00: short by %v", cover.ShortBy)
	}
	// A form that was filled before the last approval names more than is left.
	stale := manager.grants()
	_, err = manager.approve(claims[2], 4800_00)
	manager.must(err)
	cover = authority.Cover(stale, 1, manager.Estimate(manager.reading()), manager.Within(manager.reading()))
	_, err = manager.tap(syncproto.CommandApproveClaim, claim.Approve{Claim: claims[3], Round: 1, Amount: 1, Month: cover.Month, Reason: "配件长期缺货"}, cover.Shares...)
	if codes := refused(t, err); len(codes) != 1 {
		t.Errorf("0.01 more than there is: %v", codes)
	}
	if left := manager.left(); left != 0 {
		t.Errorf("%v left", left)
	}
	if tally := manager.balanced(); tally.Created != 4 {
		t.Errorf("%+v", tally)
	}

	// A kill gives nothing back.
	if left := manager.reopen(manager.image()).left(); left != 0 {
		t.Errorf("%v left after a kill", left)
	}
	manager.connect()
	manager.takeGrants()
	if tally := manager.balanced(); tally.Accepted != 4 {
		t.Errorf("%+v", tally)
	}
	account, _ := manager.central.Doc(authority.Ref(centraltest.Manager, syncproto.MonthOf(first.At))).Body.(authority.Body)
	if account.Spent() != 6000_00 || account.Free() != 0 || manager.left() != 0 {
		t.Errorf("spent %v, free %v, left here %v", account.Spent(), account.Free(), manager.left())
	}
}

// What a device has left only falls: a duplicate is refunded to the account, never to the
// device's own figure.
func TestARefundAddsNothingToWhatTheDeviceHas(t *testing.T) {
	seat, manager := branch(t)
	claimed := seat.fileClaim(seat.open("远程车控失败"), 1200_00)
	seat.sync()
	manager.pull()
	before := manager.reopen(manager.image()) // the same device's other copy, for a second approval
	_, err := manager.approve(claimed, 1200_00)
	manager.must(err)
	manager.sync()
	if before.left() != 6000_00 || manager.left() != 4800_00 {
		t.Errorf("left %v and %v", before.left(), manager.left())
	}
	manager.must(manager.StoreGrants(ctx, manager.central.Grants(manager.person, manager.device, manager.Desk().Incarnation), manager.reading(), manager.central.NewID))
	manager.sync()
	if left := manager.left(); left != 4800_00 {
		t.Errorf("after the server was asked again, %v left", left)
	}
}

func TestAForeignOrForgedGrantIsNotTaken(t *testing.T) {
	_, manager := branch(t)
	own := manager.grants()[0].Grant
	forged := own
	forged.ID, forged.Amount = manager.central.NewID(), 1_000_000_00
	foreign := own
	foreign.ID, foreign.Incarnation = manager.central.NewID(), manager.central.NewID()
	for name, c := range map[string]struct {
		offer syncproto.SignedGrant
		code  syncproto.Code
	}{
		"forged":             {syncproto.SignGrant(forged, keyOf("nobody")), syncproto.CodeUnsigned},
		"another copy's":     {syncproto.SignGrant(foreign, manager.central.Key), syncproto.CodeMalformed},
		"nonsense in it all": {syncproto.SignedGrant{Grant: []byte("x")}, syncproto.CodeUnsigned},
	} {
		err := manager.StoreGrants(ctx, []syncproto.SignedGrant{c.offer}, manager.reading(), manager.central.NewID)
		if !errors.Is(err, &syncproto.Problem{Code: c.code}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	all, err := manager.GrantsLeft(ctx)
	manager.must(err)
	if len(all) != 2 {
		t.Errorf("%d grants", len(all))
	}
}

// A2: a file set back to the morning has its grants whole again; the line file outside it
// notices, and it approves nothing until the server was asked. Then it gets a new
// incarnation, and a grant moves with no rekey.
func TestAFileSetBackApprovesNothingBeforeHello(t *testing.T) {
	seat, manager := branch(t)
	on := seat.open("远程车控失败")
	first, second := seat.fileClaim(on, 1200_00), seat.fileClaim(on, 4000_00)
	seat.sync()
	manager.pull()
	morning := manager.image()
	_, err := manager.approve(first, 4800_00-3600_00)
	manager.must(err)
	manager.sync()

	// Windows sets the database back; line.json lies outside it.
	line, err := os.ReadFile(manager.file("line.json"))
	manager.must(err)
	back := *manager
	back.dir = morning
	manager.must(os.WriteFile(back.file("line.json"), line, 0o600))
	after := manager.reopen(morning)
	if after.left() != 6000_00 {
		t.Errorf("the file set back says %v", after.left())
	}
	_, err = after.approve(second, 4000_00)
	if codes := refused(t, err); !slices.Equal(codes, []syncproto.Code{replica.CodeFileBehind}) {
		t.Errorf("approving with it: %v", codes)
	}
	after.noteOn(on, "别的照常") // everything else goes on

	// The server is at 3 and asks for the hash there.
	counter := after.central.Line(after.Desk().Incarnation).Counter
	proof, err := after.Prove(ctx, []byte("nonce"), counter, after.reading())
	after.must(err)
	if taken, err := manager.Prove(ctx, []byte("nonce"), counter, manager.reading()); err != nil || proof.Hash == taken.Hash {
		t.Errorf("the proofs of the file and of its older copy are alike: %v", err)
	}
	fresh := syncproto.Derive("second incarnation")
	after.central.Rekey(after.device, fresh)
	after.must(after.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionRekey, LogID: after.central.LogID, Epoch: 1, Incarnation: fresh, Person: after.person}))
	if after.left() != 0 {
		t.Errorf("after the rekey %v of the old grant can be spent", after.left())
	}
	after.connect()
	after.sync()
	if tally := after.balanced(); tally.Pending != 0 || tally.Accepted != 3 {
		t.Errorf("%+v", tally)
	}
	if again := after.reopen(after.image()); again.left() != 0 {
		t.Error("the old grant is back")
	}
	if status, err := after.Status(ctx); err != nil || status.Doubtful {
		t.Errorf("still doubtful after Hello: %v", err)
	}
}

// Nor does it approve after the next start, whatever was done with it meanwhile: what is noted of that, outside,
// is not how far the device has come. And no ticket number comes twice.
func TestAFileSetBackIsNotBelievedAfterAnotherStart(t *testing.T) {
	for name, chain := range map[string]*keychain{"a file": nil, "a keychain": newKeychain()} {
		t.Run(name, func(t *testing.T) {
			seat, manager := branch(t)
			on := seat.open("远程车控失败")
			claimed := seat.fileClaim(on, 4000_00)
			seat.sync()
			var outside replica.Keychain
			if chain != nil {
				outside = chain
			}
			manager = manager.reopenWith(manager.image(), outside)
			manager.connect()
			manager.pull()
			morning := manager.image()
			_, err := manager.approve(claimed, 4000_00)
			manager.must(err)
			lost, err := manager.ReserveNumber(ctx)
			manager.must(errors.Join(err, manager.Close()))
			line, err := os.ReadFile(manager.file("line.json"))
			back := *manager
			back.dir = morning
			manager.must(errors.Join(err, os.WriteFile(back.file("line.json"), line, 0o600)))

			after := manager.reopenWith(morning, outside)
			after.noteOn(on, "回档后记的")
			after.noteOn(on, "回档后又记的")
			number, err := after.ReserveNumber(ctx)
			after.must(errors.Join(err, after.Close()))
			again := after.reopenWith(after.image(), outside)
			if !again.doubtful() {
				t.Errorf("it is believed, with %v to spend of what was spent", again.left())
			}
			if next, err := again.ReserveNumber(ctx); err != nil || next <= number || number <= lost {
				t.Errorf("numbers %s, %s, %s: %v", lost, number, next, err)
			}
			again.connect()
			again.must(again.Close())
			if last := again.reopenWith(again.image(), outside); last.doubtful() {
				t.Error("still doubtful after Hello")
			}
		})
	}
}

func TestALineFileThatSaysNothingVouchesForNothing(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"gone":    os.Remove,
		"garbage": func(path string) error { return os.WriteFile(path, []byte("garbage"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			seat, manager := branch(t)
			claimed := seat.fileClaim(seat.open("远程车控失败"), 100_00)
			seat.sync()
			manager.pull()
			image := manager.image()
			copied := *manager
			copied.dir = image
			manager.must(damage(copied.file("line.json")))
			after := manager.reopen(image)
			_, err := after.approve(claimed, 100_00)
			if codes := refused(t, err); !slices.Equal(codes, []syncproto.Code{replica.CodeFileBehind}) {
				t.Errorf("%v", codes)
			}
			after.connect()
			_, err = after.approve(claimed, 100_00)
			after.must(err)
			if again := after.reopen(after.image()); again.left() != 5900_00 {
				t.Errorf("%v left", again.left())
			}
		})
	}
}

// Invariant 7: an approval of a claim that has left the desk is still the person's to see,
// and the grant stays charged.
func TestAnApprovalWhoseClaimHasLeftStaysInSight(t *testing.T) {
	seat, manager := branch(t)
	on := seat.open("远程车控失败")
	claimed := seat.fileClaim(on, 1200_00)
	seat.sync()
	manager.pull()
	_, err := manager.approve(claimed, 1200_00)
	manager.must(err)
	manager.central.Employ(centraltest.Manager, "manager", "王强", 2)
	manager.connect()
	manager.pull()
	doc, found, err := manager.Document(ctx, claim.Ref(claimed))
	manager.must(err)
	if !found || !doc.Limbo || doc.Body.(claim.Body).State != claim.StateApproved || manager.left() != 4800_00 {
		t.Errorf("found %v, %+v, left %v", found, doc, manager.left())
	}
	if manager.shows(ticket.Ref(on)) != true { // its trail got a line of the approval
		t.Error("the ticket with the line of the approval is gone before the verdict")
	}
	manager.sync()
	if manager.shows(claim.Ref(claimed)) || manager.shows(ticket.Ref(on)) {
		t.Error("still there after the verdict")
	}
	manager.derivedIsFolded()
}

// Design §5: an approval charges the grants it names whatever its verdict.
func TestARejectedApprovalStaysCharged(t *testing.T) {
	seat, manager := branch(t)
	claimed := seat.fileClaim(seat.open("远程车控失败"), 1200_00)
	seat.sync()
	manager.pull()
	receipt, err := manager.approve(claimed, 1200_00)
	manager.must(err)
	no := syncproto.Verdict{Command: receipt.Command, Hash: hashOf(t, manager, receipt.Command), Epoch: 1, Seq: manager.central.Head() + 1,
		Outcome: syncproto.Rejected, Findings: []syncproto.Finding{{Code: syncproto.CodeNeverRole}}}.Sign(manager.central.LogID, manager.central.Key)
	manager.hear([]syncproto.Verdict{no})
	if left := manager.left(); left != 4800_00 {
		t.Errorf("after the rejection %v can be spent", left)
	}
	manager.must(manager.RebuildOverlay(ctx))
	if left := manager.reopen(manager.image()).left(); left != 4800_00 {
		t.Errorf("after a kill %v can be spent", left)
	}
}
