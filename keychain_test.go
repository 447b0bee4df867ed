//go:build realwindow

package redress_test

import (
	"bytes"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"redress/desktop/keyring"
)

// TestTheKeyLiesInTheKeychainInARealWindow: somebody enrols at a system with a keychain, in the window of the built
// program. The key lies there and in no file of the data folder, and the program that is started again finds it.
func TestTheKeyLiesInTheKeychainInARealWindow(t *testing.T) {
	o := openOffice(t, "keychain-", practice)
	var c *colleague
	o.play(
		scene{"the system has a keychain", func() {
			o.at.Run("sh", "-c", `echo password | exec gnome-keyring-daemon --foreground --components=secrets --unlock --control-directory="$HOME/keys"`)
			o.wait(patience, "the keychain", func() (string, bool) {
				look := exec.CommandContext(t.Context(), "dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus",
					"/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets")
				look.Env = o.at.Env()
				said, err := look.CombinedOutput()
				return string(said), err == nil && strings.Contains(string(said), "true")
			})
		}},
		scene{"the seat's first log-in", func() { c = o.arrive("seat") }},
		scene{"its page of sync says where the key lies", func() {
			c.open("alt+4")
			c.picture("says-where-the-key-lies")
			c.keptInKeychain()
		}},
		scene{"the window is closed, and opened again", func() {
			c.Press("alt+F4")
			c.program.Ended()
			c.start()
			c.settle()
			c.types(c.who.password)
			c.send()
			c.atWork()
			c.keptInKeychain()
		}},
	)
}

// keptInKeychain sees that the colleague's key lies in the keychain, and nothing of it in a file.
func (c *colleague) keptInKeychain() {
	t := c.office.t
	t.Helper()
	named, err := os.ReadFile(filepath.Join(c.folder, c.who.login, "device.key"))
	if err != nil {
		t.Fatal(err)
	}
	public, chained := strings.CutPrefix(strings.TrimSpace(string(named)), "keychain ")
	if !chained {
		t.Fatal("the key lies in its file")
	}
	for _, v := range c.office.at.Env() {
		if bus, is := strings.CutPrefix(v, "DBUS_SESSION_BUS_ADDRESS="); is {
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", bus)
		}
	}
	seed, there, err := keyring.Keychain{}.Get("device key " + public)
	key, damaged := hex.DecodeString(seed)
	if !there || err != nil || damaged != nil || len(key) == 0 {
		t.Fatalf("in the keychain there is %v: %v, %v", there, err, damaged)
	}
	files := 0
	err = filepath.WalkDir(c.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if bytes.Contains(data, key) || bytes.Contains(data, []byte(seed)) {
			t.Errorf("the key lies in %s", path)
		}
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("looked through %d files: %v", files, err)
	}
}
