package replica_test

import (
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"redress/desktop/replica"
	"redress/syncproto"
)

// keychain is one that a test can look into, lock and hold up.
type keychain struct {
	mu     sync.Mutex
	items  map[string]string
	fails  int           // from this writing on it takes nothing; 0 for never
	writes int           // how often somebody wrote
	held   chan struct{} // what it waits for before it writes; nil for nothing
}

func newKeychain() *keychain { return &keychain{items: map[string]string{}} }

var errLocked = errors.New("the keychain is locked")

func (k *keychain) Get(name string) (string, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	value, there := k.items[name]
	return value, there, nil
}

func (k *keychain) Set(name, value string) error {
	k.mu.Lock()
	held := k.held
	k.mu.Unlock()
	if held != nil {
		<-held
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.writes++; k.fails > 0 && k.writes >= k.fails {
		return errLocked
	}
	k.items[name] = value
	return nil
}

func (k *keychain) Delete(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.items, name)
	return nil
}

// image is the keychain as it is now, on the machine as it was.
func (k *keychain) image() *keychain {
	k.mu.Lock()
	defer k.mu.Unlock()
	return &keychain{items: maps.Clone(k.items)}
}

// doubtful says whether the replica approves nothing before the server was asked.
func (d *desk) doubtful() bool {
	d.t.Helper()
	status, err := d.Status(ctx)
	d.must(err)
	return status.Doubtful
}

// A profile of an older program has its key in a file. With a keychain the key moves there on
// opening, whatever waits in the outbox; and at whichever writing the keychain fails, or the
// program dies, the profile opens again and hands in what waits.
func TestAnOldProfileMovesIntoTheKeychain(t *testing.T) {
	seat := seatDesk(t)
	seat.open("远程车控失败")
	old := seat.image()
	before, err := os.ReadFile(seat.file("device.key"))
	seat.must(err)
	for fails := range 4 {
		chain := newKeychain()
		chain.fails = fails
		moved := seat.reopenWith(old, chain)
		moved.must(moved.Close()) // what is written behind the commit is written
		moved.must(moved.folder.Close())
		now, err := os.ReadFile(moved.file("device.key"))
		moved.must(err)
		if stays := fails == 1 || fails == 2; stays != (string(now) == string(before)) || strings.Contains(string(now), strings.TrimSpace(string(before))) != stays {
			t.Fatalf("the keychain fails at its writing %d, and the key's file has %q", fails, now)
		}
		chain.fails = 0
		again := seat.reopenWith(moved.dir, chain)
		if !again.Owner().Keychain || again.doubtful() {
			t.Errorf("after %d: in the keychain %v, doubtful %v", fails, again.Owner().Keychain, again.doubtful())
		}
		waiting, err := again.Outgoing(ctx, 0, 10)
		again.must(err)
		if len(waiting) != 1 {
			t.Fatalf("after %d: %d commands wait", fails, len(waiting))
		}
		again.must(again.Close())
		again.must(again.folder.Close())
		if fails < 3 {
			again.must(os.WriteFile(again.file("device.key"), before, 0o600)) // the old profile once more
		}
	}
	last := newKeychain()
	seat.must(os.WriteFile((&desk{dir: old, login: seat.login}).file("device.key"), before, 0o600))
	hands := seat.reopenWith(old, last)
	hands.connect()
	hands.sync()
	if tally := hands.balanced(); tally.Accepted != 1 || tally.Pending != 0 {
		t.Errorf("%+v", tally)
	}
}

// What was copied from the machine is no device elsewhere: its key is not in the folder. The
// person reads which it is: a keychain that does not open, or another machine's.
func TestACopiedFolderHasNoKey(t *testing.T) {
	seat := seatDesk(t)
	chain := newKeychain()
	moved := seat.reopenWith(seat.image(), chain)
	copied := moved.image()
	for name, c := range map[string]struct {
		chain replica.Keychain
		code  syncproto.Code
	}{
		"another machine's":  {newKeychain(), replica.CodeKeyMissing},
		"none on the system": {nil, replica.CodeKeychainLocked},
	} {
		folder, err := replica.OpenFolderWith(copied, c.chain)
		seat.must(err)
		if _, err := folder.Open(ctx, seat.login, nil); !errors.Is(err, &syncproto.Problem{Code: c.code}) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
		seat.must(folder.Close())
	}
	elsewhere := seat.reopenWith(copied, chain) // moved on the same machine it is the device
	if elsewhere.doubtful() {
		t.Error("a folder that was moved is doubted")
	}
}

// The whole folder is set back, what lies beside the database with it. The keychain is no part
// of it, and knows: nothing is approved before the server was asked (A2).
func TestAFolderSetBackIsBehindTheKeychain(t *testing.T) {
	seat, manager := branch(t)
	claimed := seat.fileClaim(seat.open("远程车控失败"), 100_00)
	seat.sync()
	chain := newKeychain()
	manager = manager.reopenWith(manager.image(), chain)
	manager.connect()
	manager.pull()
	morning := manager.image()
	atDawn := chain.image()
	manager.noteOn(manager.open("门店来电"), "下午")
	manager.must(manager.Close())
	if evening := chain.image(); maps.Equal(evening.items, atDawn.items) {
		t.Fatal("nothing of the afternoon is in the keychain")
	}
	after := manager.reopenWith(morning, chain.image())
	if !after.doubtful() {
		t.Fatal("the folder is behind the keychain, and is believed")
	}
	_, err := after.approve(claimed, 100_00)
	if codes := refused(t, err); !slices.Equal(codes, []syncproto.Code{replica.CodeFileBehind}) {
		t.Errorf("approving with it: %v", codes)
	}
	after.connect()
	if _, err := after.approve(claimed, 100_00); err != nil {
		t.Errorf("after Hello: %v", err)
	}
}

// The two crash orders. Behind a commit the program dies before the keychain is written: the file
// is further than the keychain says, which is no reason for suspicion, and no ticket number comes
// twice. And a commit that the disk lost although the keychain has it: that is a file set back.
func TestACrashBetweenTheCommitAndTheKeychain(t *testing.T) {
	seat := seatDesk(t)
	chain := newKeychain()
	desk := seat.reopenWith(seat.image(), chain)
	first, err := desk.ReserveNumber(ctx)
	desk.must(err)
	desk.open("先")
	before := desk.image()
	desk.must(desk.Close())
	desk = desk.reopenWith(desk.image(), chain)
	chain.mu.Lock()
	chain.held = make(chan struct{}) // from now on it takes its time
	chain.mu.Unlock()
	slow := &keychain{items: chain.image().items}
	desk.open("后") // and no tap waits for it
	second, err := desk.ReserveNumber(ctx)
	desk.must(err)
	killed := desk.image()
	close(chain.held)

	ahead := desk.reopenWith(killed, slow)
	if ahead.doubtful() {
		t.Error("a file that is further than the keychain is doubted")
	}
	third, err := ahead.ReserveNumber(ctx)
	ahead.must(err)
	if first == second || second == third {
		t.Errorf("numbers %s, %s, %s", first, second, third)
	}
	desk.must(desk.Close())
	if behind := desk.reopenWith(before, chain); !behind.doubtful() {
		t.Error("a file that is behind the keychain is believed")
	} else if fourth, err := behind.ReserveNumber(ctx); err != nil || fourth <= second {
		t.Errorf("the number %s was given before, by a file that was set back: %v", fourth, err)
	}
}
