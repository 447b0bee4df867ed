//go:build realwindow && linux

package keyring_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"redress/desktop/centraltest"
	"redress/desktop/keyring"
	"redress/desktop/replica"
	"redress/syncproto"
)

const (
	patience = 30 * time.Second      // for anything that is waited for
	glance   = 20 * time.Millisecond // between two looks
)

// busConfig is a session bus that starts nothing by itself.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// session is that of somebody who is logged in to the system: a bus, and on it a Secret Service, which is
// GNOME's. Their own session is not touched.
type session struct {
	t       *testing.T
	home    string
	service *exec.Cmd // nil where nobody keeps secrets
}

func logIn(t *testing.T) *session {
	t.Helper()
	home, err := os.MkdirTemp("", "session") // short: sockets have short names
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	s := &session{t: t, home: home}
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, home)
	}
	bus, file := filepath.Join(home, "bus"), filepath.Join(home, "bus.conf")
	must(t, os.WriteFile(file, fmt.Appendf(nil, busConfig, bus), 0o600))
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+bus)
	s.run("", "dbus-daemon", "--nofork", "--nopidfile", "--config-file="+file)
	s.until("the session bus", func() bool { _, err := os.Stat(bus); return err == nil })
	return s
}

// run starts a program, and tells it something.
func (s *session) run(tell, name string, args ...string) *exec.Cmd {
	s.t.Helper()
	cmd := exec.Command(name, args...)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(tell), &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // where the test is killed
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("starting %s: %v", name, err)
	}
	s.t.Cleanup(func() {
		if end(cmd); s.t.Failed() && said.Len() > 0 {
			s.t.Logf("%s printed:\n%s", name, &said)
		}
	})
	return cmd
}

// end kills a program, as pulling the plug does.
func end(cmd *exec.Cmd) {
	if cmd.ProcessState == nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

// until looks again and again until the condition holds.
func (s *session) until(what string, holds func() bool) {
	s.t.Helper()
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for limit := time.After(patience); !holds(); {
		select {
		case <-ticker.C:
		case <-limit:
			s.t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// keeps starts the Secret Service anew, in place of the one that ran, with what lies on the disk.
func (s *session) keeps(unlocked bool) {
	s.t.Helper()
	if s.service != nil {
		end(s.service)
		s.until("the Secret Service to be gone", func() bool { return !s.served() })
	}
	args := []string{"--foreground", "--components=secrets", "--control-directory=" + filepath.Join(s.home, "control")}
	if unlocked {
		args = append(args, "--unlock") // with the password that it is told, as the log-in to the system does
	}
	s.service = s.run("the password of the system", "gnome-keyring-daemon", args...)
	s.until("the Secret Service", s.served)
}

// served says that somebody on the bus keeps secrets.
func (s *session) served() bool {
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus",
		"/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets").Output()
	return err == nil && strings.Contains(string(out), "true")
}

// opens is the keychain as the program finds it when it starts.
func (s *session) opens() keyring.Keychain {
	s.t.Helper()
	chain, usable := keyring.Open()
	if !usable {
		s.t.Fatal("the keychain cannot be used")
	}
	return chain
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is kept in a Secret Service is there until it is deleted, also after the next log-in to the system; and where
// there is no Secret Service, or one that does not open, that is said at once.
func TestWhatIsKeptInARealKeychain(t *testing.T) {
	s := logIn(t)
	var chain keyring.Keychain
	closed := func(what string) {
		t.Helper()
		if _, usable := keyring.Open(); usable {
			t.Errorf("%s: it is said to be usable", what)
		}
		if value, there, err := chain.Get("device key 00"); err == nil {
			t.Errorf("%s: it gives %q, %v", what, value, there)
		}
		if chain.Set("device key 00", "another") == nil || chain.Delete("device key 00") == nil {
			t.Errorf("%s: it takes something", what)
		}
	}
	lies := func(name, want string) {
		t.Helper()
		if value, there, err := chain.Get(name); value != want || there != (want != "") || err != nil {
			t.Errorf("under %q lies %q, %v, %v; want %q", name, value, there, err, want)
		}
	}
	closed("nobody keeps secrets")
	s.keeps(true)
	chain = s.opens()
	lies("device key 00", "")
	for _, value := range []string{"one", "密钥 two\n"} {
		must(t, chain.Set("device key 00", value))
		lies("device key 00", value)
	}
	var all sync.WaitGroup // as keys and lines of several people are
	names := []string{"device key 01", "device line 01", "device key 02", "device line 02"}
	for _, name := range names {
		all.Go(func() {
			for _, value := range []string{"older", name} {
				if err := chain.Set(name, value); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	s.keeps(true)
	chain = s.opens()
	lies("device key 00", "密钥 two\n")
	for _, name := range names {
		lies(name, name)
	}
	s.keeps(false)
	closed("it is locked")
	s.keeps(true)
	chain = s.opens()
	lies("device key 00", "密钥 two\n")
	for range 2 { // what is not there is deleted too
		must(t, chain.Delete("device key 00"))
	}
	lies("device key 00", "")
	s.keeps(true)
	chain = s.opens()
	lies("device key 00", "")
	lies("device key 01", "device key 01")
	// Where nothing leads to a bus none is asked, and none is started; one that stands where systems put it is the person's.
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	_, none := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid()))
	if _, usable := keyring.Open(); usable == (none != nil) {
		t.Errorf("where nothing leads to a bus it is said to be usable: %v", usable)
	}
}

// A device whose key lies in a Secret Service has none in its folder. It is opened again after the next log-in to
// the system, and nothing about it is doubted; while the keychain is locked it is not opened, and nothing is lost.
func TestADeskWhoseKeyLiesInARealKeychain(t *testing.T) {
	s, dir := logIn(t), t.TempDir()
	s.keeps(true)
	key := enrol(t, dir, s.opens())
	withoutKey(t, dir, key)
	open := func(chain replica.Keychain, look func(*replica.Replica)) error {
		t.Helper()
		folder, err := replica.OpenFolderWith(dir, chain)
		must(t, err)
		r, err := folder.Open(t.Context(), "wang", nil)
		if err == nil {
			look(r)
			must(t, r.Close())
		}
		must(t, folder.Close())
		return err
	}
	var number string
	works := func(r *replica.Replica) {
		before := number
		n, err := r.ReserveNumber(t.Context())
		must(t, err)
		status, err := r.Status(t.Context())
		must(t, err)
		if number = n; !r.Owner().Keychain || status.Doubtful || number == before {
			t.Errorf("in the keychain %v, %+v, the number %s after %s", r.Owner().Keychain, status, number, before)
		}
	}
	for range 2 {
		s.keeps(true)
		must(t, open(s.opens(), works))
		withoutKey(t, dir, key)
	}
	s.keeps(false)
	for what, chain := range map[string]replica.Keychain{"as it starts": nil, "once it has started": keyring.Keychain{}} {
		if err := open(chain, works); !errors.Is(err, &syncproto.Problem{Code: replica.CodeKeychainLocked}) {
			t.Errorf("the keychain is locked %s: %v", what, err)
		}
	}
	s.keeps(true)
	must(t, open(s.opens(), works))
}

// enrol makes the device of somebody, and closes it.
func enrol(t *testing.T, dir string, chain replica.Keychain) ed25519.PrivateKey {
	t.Helper()
	central := centraltest.New(t)
	folder, err := replica.OpenFolderWith(dir, chain)
	must(t, err)
	seed := syncproto.HashOf([]byte("the key of this device"))
	key, err := folder.DeviceKey("wang", ed25519.NewKeyFromSeed(seed[:]))
	must(t, err)
	public, _ := key.Public().(ed25519.PublicKey)
	server, _ := central.Key.Public().(ed25519.PublicKey)
	device, incarnation := syncproto.Derive("device"), syncproto.Derive("incarnation")
	central.Enrol(device, centraltest.Seat, "K7MQ", public, incarnation)
	r, err := folder.Create(t.Context(), replica.Enrolment{Server: "http://127.0.0.1:1", Login: "wang", Person: centraltest.Seat, Device: device,
		DeviceCode: "K7MQ", Incarnation: incarnation, LogID: central.LogID, Epoch: 1, ServerKey: server, Time: central.Now}, nil)
	must(t, err)
	must(t, errors.Join(r.Close(), folder.Close()))
	return key
}

// withoutKey sees that a folder names a key and has none of it in any file.
func withoutKey(t *testing.T, dir string, key ed25519.PrivateKey) {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		names = append(names, entry.Name())
		if bytes.Contains(data, key.Seed()) || bytes.Contains(bytes.ToLower(data), []byte(hex.EncodeToString(key.Seed()))) {
			t.Errorf("the key lies in %s", entry.Name())
		}
		return err
	})
	must(t, err)
	named, err := os.ReadFile(filepath.Join(dir, "wang", "device.key"))
	public, _ := key.Public().(ed25519.PublicKey)
	if want := "keychain " + hex.EncodeToString(public); err != nil || strings.TrimSpace(string(named)) != want || !slices.Contains(names, "replica.db") {
		t.Errorf("of %q the one that names the key has %q, %v; want %q", names, named, err, want)
	}
}
