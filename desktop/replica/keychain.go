package replica

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"redress/syncproto"
)

// Keychain is where the system keeps secrets of whoever is logged in to it, outside every
// folder of this program. A replica keeps there the device's key, and how far the device has
// come: a copy of the folder that is put on another machine is no device, and a folder that is
// set back, with all in it, is behind (design §4).
type Keychain interface {
	// Get is what lies under the name; false where nothing does.
	Get(name string) (string, bool, error)
	Set(name, value string) error
	Delete(name string) error
}

// In a folder whose key lies in the keychain, the key's file names it: by the public key, so that
// the folder may be moved.
const inKeychain = "keychain "

func keyItem(public string) string  { return "device key " + public }
func lineItem(public string) string { return "device line " + public }

// deviceKey is a device's key, and where it lies.
type deviceKey struct {
	private ed25519.PrivateKey
	public  string // hexadecimal; its name in the keychain
	chained bool   // it lies there, and not in a file
}

func newDeviceKey(private ed25519.PrivateKey, chained bool) deviceKey {
	public, _ := private.Public().(ed25519.PublicKey)
	return deviceKey{private: private, public: hex.EncodeToString(public), chained: chained}
}

// readKey reads the device's key from the file in its place, or from the keychain where the
// file says so.
func readKey(place string, chain Keychain) (deviceKey, error) {
	const doing = "reading the device's key"
	path := filepath.Join(place, keyName)
	data, err := os.ReadFile(path)
	if err == nil {
		err = keepPrivate(path)
	}
	if err != nil {
		return deviceKey{}, refusedBySystem(path, doing, err)
	}
	text := strings.TrimSpace(string(data))
	public, chained := strings.CutPrefix(text, inKeychain)
	if chained {
		if text, err = fromKeychain(chain, public, path); err != nil {
			return deviceKey{}, err
		}
	}
	seed, err := hex.DecodeString(text)
	if err != nil || len(seed) != ed25519.SeedSize {
		return deviceKey{}, damaged(path, doing)
	}
	key := newDeviceKey(ed25519.NewKeyFromSeed(seed), chained)
	if chained && key.public != public {
		return deviceKey{}, damaged(path, doing)
	}
	return key, nil
}

func fromKeychain(chain Keychain, public, path string) (string, error) {
	const doing = "reading the device's key from the keychain"
	locked := &syncproto.Problem{Code: CodeKeychainLocked, Doing: doing, Detail: path}
	if chain == nil {
		return "", locked
	}
	seed, there, err := chain.Get(keyItem(public))
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", locked, err)
	case !there:
		return "", &syncproto.Problem{Code: CodeKeyMissing, Doing: doing, Detail: path}
	}
	return seed, nil
}

// keepKey puts a device's key in place whole: into the keychain where that takes it and gives it
// back, else into a file that only its owner may read. What a crash or a full disk leaves of
// one that was begun is not taken for the device's key, and does not stand in the way of the next.
//
// The file that names the keychain is written last. So a crash leaves the key in the file, or in
// both, never in neither; and the next start goes on from there.
func keepKey(place string, private ed25519.PrivateKey, chain Keychain) (deviceKey, error) {
	key := newDeviceKey(private, false)
	seed := hex.EncodeToString(private.Seed())
	if chain != nil && chain.Set(keyItem(key.public), seed) == nil {
		back, there, err := chain.Get(keyItem(key.public))
		key.chained = err == nil && there && back == seed
	}
	if key.chained {
		return key, writeKey(place, inKeychain+key.public)
	}
	return key, writeKey(place, seed)
}

// chainKey moves the key of a folder that an older program made, or one without a keychain, into
// the keychain that there is now. Where that does not succeed the key stays where it is.
func chainKey(place string, key deviceKey, line lineFile, chain Keychain) deviceKey {
	if key.chained || chain == nil {
		return key
	}
	if at, there, err := line.read(); err == nil && there {
		text, err := at.text()
		if err != nil || chain.Set(lineItem(key.public), string(text)) != nil {
			return key
		}
	}
	if kept, err := keepKey(place, key.private, chain); err == nil {
		return kept
	}
	return key
}

// writeKey writes the key's file.
func writeKey(place, text string) error {
	const doing = "writing the device's key"
	path := filepath.Join(place, keyName)
	begun := path + ".new"
	file, err := os.OpenFile(begun, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return refusedBySystem(begun, doing, err)
	}
	_, err = file.WriteString(text + "\n")
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(begun, path)
	}
	if err = errors.Join(err, syncFolder(place)); err != nil {
		return refusedBySystem(path, doing, err)
	}
	return nil
}

// chainedLine keeps in the keychain how far the device has come.
//
// It is written behind the commit, by a goroutine of its own and never twice at once: a keychain
// takes a few milliseconds on one system and fifty on another, and a tap must not wait for it. So
// what lies there is never ahead of what was on the disk, and a crash at any point leaves an
// innocent file innocent: it has come as far as the keychain says, or further. What a crash
// between the two writes costs is that the last taps before it are not missed in a file that is
// also set back to before them; the server misses them at Hello.
type chainedLine struct {
	chain  Keychain
	public string // of the device's key
	name   string

	mu    sync.Mutex
	idle  *sync.Cond
	want  position
	has   position
	works bool
}

func newChainedLine(chain Keychain, public string) *chainedLine {
	l := &chainedLine{chain: chain, public: public, name: lineItem(public)}
	l.idle = sync.NewCond(&l.mu)
	return l
}

// read is how far the device had come; false where the keychain does not say.
func (l *chainedLine) read() (position, bool) {
	text, there, err := l.chain.Get(l.name)
	if err != nil || !there {
		return position{}, false
	}
	at, said := readPosition([]byte(text))
	l.has, l.want = at, at
	return at, said
}

// note has it written soon.
func (l *chainedLine) note(at position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.want = at
	if !l.works && l.want != l.has {
		l.works = true
		go l.write()
	}
}

func (l *chainedLine) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.want != l.has {
		at := l.want
		l.mu.Unlock()
		// Where the keychain is locked meanwhile, what lies there is behind, and only notices
		// less; the next change tries again.
		if text, err := at.text(); err == nil {
			_ = l.chain.Set(l.name, string(text))
		}
		l.mu.Lock()
		l.has = at
	}
	l.works = false
	l.idle.Broadcast()
}

// settle waits until all that was noted is written.
func (l *chainedLine) settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.works {
		l.idle.Wait()
	}
}
