package replica_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// Only the server that the desk was enrolled with orders it to erase what it holds: this device, in the
// line it has, up to that command.
func TestAnOrderToEraseThatNobodySigned(t *testing.T) {
	seat := seatDesk(t)
	seat.open("独角兽不见了")
	now := seat.Desk()
	order := syncproto.EraseOrder{LogID: now.LogID, Device: now.Device, Incarnation: now.Incarnation, Counter: now.Counter}
	_, another, err := ed25519.GenerateKey(nil)
	seat.must(err)
	changed := func(change func(o *syncproto.EraseOrder)) []byte {
		other := order
		change(&other)
		return other.Sign(seat.central.Key)
	}
	for name, signature := range map[string][]byte{
		"unsigned":                nil,
		"by another key":          order.Sign(another),
		"of fewer commands":       changed(func(o *syncproto.EraseOrder) { o.Counter-- }),
		"of another device":       changed(func(o *syncproto.EraseOrder) { o.Device = syncproto.Derive("other") }),
		"of another line":         changed(func(o *syncproto.EraseOrder) { o.Incarnation = syncproto.Derive("other") }),
		"of another installation": changed(func(o *syncproto.EraseOrder) { o.LogID = syncproto.Derive("other") }),
	} {
		err := seat.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionWipe, LogID: now.LogID, Counter: now.Counter, Order: signature})
		var problem *syncproto.Problem
		if !errors.As(err, &problem) || problem.Code != syncproto.CodeUnsigned {
			t.Errorf("%s: %v", name, err)
		}
	}
	seat.must(seat.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionWipe, LogID: now.LogID, Counter: now.Counter, Order: order.Sign(seat.central.Key)}))
}

// A revoked device erases what it holds: no customer's name or number is in any of its files, its
// key is in no keychain, and nothing is kept any more. Where something was done in the very moment
// it is handed in first. The same machine can be enrolled anew.
func TestARevokedDeviceIsErased(t *testing.T) {
	seat := seatDesk(t)
	chain := newKeychain()
	d := seat.reopenWith(seat.image(), chain)
	d.connect()
	id := d.open("独角兽不见了")
	d.sync()
	d.must(d.RememberPassword(ctx, "correct horse", make([]byte, replica.SaltLength)))
	before := d.Desk().Counter
	d.noteOn(id, "在最后一刻")
	if last, err := d.Erase(ctx, before); err != nil || last != before+1 || d.Erased() || !d.shows(ticket.Ref(id)) {
		t.Fatalf("something is not handed in: last %d, erased %v, %v", last, d.Erased(), err)
	}
	if err := d.Bury(); err == nil {
		t.Fatal("the key of a replica that holds something was given up")
	}
	d.sync()
	if last, err := d.Erase(ctx, before+1); err != nil || last != before+1 || !d.Erased() {
		t.Fatalf("last %d, erased %v, %v", last, d.Erased(), err)
	}
	if d.shows(ticket.Ref(id)) || d.HasPassword() {
		t.Error("a ticket is shown, or the password is there")
	}
	_, err := d.Tap(ctx, replica.Wish{Kind: syncproto.CommandNote, Command: ticket.Note{Ticket: id, Text: "之后"}}, replica.Moment{ID: d.central.NewID(), Reading: d.reading()})
	if codes := refused(t, err); len(codes) != 1 || codes[0] != syncproto.CodeRevoked {
		t.Errorf("a tap: %v", codes)
	}
	// The server had taken the password just before.
	if err := d.RememberPassword(ctx, "correct horse", make([]byte, replica.SaltLength)); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeRevoked}) || d.HasPassword() {
		t.Errorf("a password is kept: %v", err)
	}
	if proof, err := d.Prove(ctx, []byte("nonce"), before+1, d.reading()); err != nil || proof.Behind {
		t.Errorf("it cannot prove who it is until it is heard: %v, %v", proof, err)
	}
	d.must(d.Bury())
	if len(chain.items) != 0 {
		t.Errorf("the keychain has %v", chain.items)
	}
	d.must(d.Close())
	d.must(filepath.WalkDir(filepath.Join(d.dir, d.login), func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			data, reading := os.ReadFile(path)
			if bytes.Contains(data, []byte("独角兽")) || bytes.Contains(data, []byte("在最后")) {
				t.Errorf("%s still has what was written", path)
			}
			err = reading
		}
		return err
	}))
	if _, err := d.folder.Open(ctx, d.login, nil); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeRevoked}) {
		t.Errorf("opened again: %v", err)
	}
	if _, err := os.Stat(d.file("replica.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the database is still there: %v", err)
	}
	logins, err := d.folder.Logins()
	if err != nil || strings.Join(logins, " ") != d.login {
		t.Errorf("nobody is told why: %v, %v", logins, err)
	}
}

// A device has erased itself, and the server did not hear so before it was set back: to before some of
// what was done there, or to before all of it. The device has none of it any more, so it asks for a line
// of its own, in which nothing is missing; the server would wait for it for ever.
func TestWhatHasErasedItselfIsBehindNobody(t *testing.T) {
	d := seatDesk(t)
	d.connect()
	d.open("漆面起泡")
	d.open("异响")
	d.sync()
	last := d.Desk().Counter
	if erased, err := d.Erase(ctx, last); err != nil || erased != last {
		t.Fatalf("last %d, %v", erased, err)
	}
	for counter, behind := range []bool{true, true, false} {
		if at := uint64(counter); behind == (at == last) {
			t.Fatalf("%d commands were made", last)
		}
		proof, err := d.Prove(ctx, []byte("nonce"), uint64(counter), d.reading())
		if err != nil || proof.Behind != behind {
			t.Errorf("to a server that has %d of %d it says behind %v, want %v (%v)", counter, last, proof.Behind, behind, err)
		}
	}
}

// The program dies while a revoked device gives up its key. The next device of the place has a key of its own
// all the same, and keeps it until it is enrolled: with that of the revoked one the server would take the code
// for nothing, and nobody could log in or enrol on this computer.
func TestTheNextDeviceHasAKeyOfItsOwnAfterACrash(t *testing.T) {
	for name, crash := range map[string]struct {
		chained, reopened bool
		after             func(*keychain)
	}{
		"before the key was given up":            {},
		"and the program is started again":       {reopened: true},
		"before that in the keychain was":        {chained: true},
		"and the same, started again":            {chained: true, reopened: true},
		"before that which leads there was gone": {chained: true, after: func(k *keychain) { clear(k.items) }},
	} {
		t.Run(name, func(t *testing.T) {
			d, chain := seatDesk(t), newKeychain()
			folder := d.folder
			if crash.chained {
				d = d.reopenWith(d.image(), chain)
				folder = d.folder
			}
			d.connect()
			if last, err := d.Erase(ctx, 0); err != nil || last != 0 || !d.Erased() {
				t.Fatalf("last %d, %v", last, err)
			}
			old, err := os.ReadFile(d.file("device.key"))
			d.must(err)
			d.must(d.Close())
			d.must(os.WriteFile(d.file("erased"), []byte("K7MQ\n"), 0o600))
			if crash.after != nil {
				crash.after(chain)
			}
			if crash.reopened {
				if _, err := folder.Open(ctx, d.login, nil); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeRevoked}) {
					t.Errorf("opened: %v", err)
				}
			}
			_, fresh, err := ed25519.GenerateKey(rand.Reader)
			d.must(err)
			_, other, err := ed25519.GenerateKey(rand.Reader)
			d.must(err)
			for at, offered := range []ed25519.PrivateKey{fresh, other} { // the server did not answer the first time
				key, err := folder.DeviceKey(d.login, offered)
				if err != nil || !key.Equal(fresh) {
					t.Fatalf("try %d has another key, %v", at+1, err)
				}
				_, _ = folder.Open(ctx, d.login, nil)
			}
			now, err := os.ReadFile(d.file("device.key"))
			if err != nil || bytes.Equal(now, old) || crash.chained && len(chain.items) != 1 {
				t.Errorf("%d items are in the keychain, %v", len(chain.items), err)
			}
		})
	}
}
