// Package imetest is a person at a desk, for tests of real windows: a display
// of its own (Xvfb) with a window manager (openbox), a session bus and the
// Chinese input method fcitx5, and hands that type (xdotool). Programs started
// on it are ordinary X11 programs that know nothing of the test.
//
// It promises that nothing of the person's own session is seen or changed (own
// HOME, own display, own bus), that what it started ends with the test, and
// that it never waits for a length of time but always for something that can be
// seen, and fails with what it waited for.
//
// Several programs can share one desk; every window has to be brought to the
// front before it is typed into, as for a person.
//
//	desk := imetest.Start(t)
//	app := desk.Run("path/to/program")
//	window := app.Window()
//	window.Front()
//	window.Chinese(true)
//	window.Compose("tousu") // the list of candidates is on the screen
//	window.Press("space")   // 投诉
//
// It needs the Debian packages xvfb openbox dbus fcitx5 fcitx5-chinese-addons
// xdotool imagemagick.
package imetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"redress/assets"
)

const (
	patience = 30 * time.Second      // for anything that is waited for
	glance   = 20 * time.Millisecond // between two looks
)

// profile makes fcitx5 start with a plain keyboard and pinyin beside it.
const profile = `[Groups/0]
Name=Default
Default Layout=us
DefaultIM=pinyin

[Groups/0/Items/0]
Name=keyboard-us
Layout=

[Groups/0/Items/1]
Name=pinyin
Layout=

[GroupOrder]
0=Default
`

// quietly keeps fcitx5 from covering the corner of the window with the name of the input
// method whenever that changes.
const quietly = `[Behavior]
ShowInputMethodInformation=False
`

// busConfig is a session bus that starts nothing by itself: the session's own
// would start a second input method.
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

// A Desk is one display with everything a person needs at it.
type Desk struct {
	t    testing.TB
	home string
	env  []string
	// contexts are the windows by the context that fcitx5 gave them, as far as
	// they have been in front.
	contexts map[string]string
}

// Start sets up a desk of 1280 × 800 and clears it away when the test ends.
func Start(t testing.TB) *Desk {
	t.Helper()
	home, err := os.MkdirTemp("", "desk") // short: sockets have short names
	if err != nil {
		t.Fatalf("making a home for the desk: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	d := &Desk{t: t, home: home, contexts: map[string]string{}}
	config := filepath.Join(home, ".config", "fcitx5")
	runtime := filepath.Join(home, "run")
	bus := filepath.Join(home, "bus")
	fonts := filepath.Join(home, ".fonts")
	for _, dir := range []string{config, runtime, fonts} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatalf("making a home for the desk: %v", err)
		}
	}
	busFile := filepath.Join(home, "bus.conf")
	for path, text := range map[string]string{
		filepath.Join(config, "profile"): profile,
		filepath.Join(config, "config"):  quietly,
		busFile:                          fmt.Sprintf(busConfig, bus),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatalf("setting up the desk: %v", err)
		}
	}
	// The window manager and the input method write Chinese with what fonts the
	// machine has; give them the product's, so that pictures can be read.
	if err := os.WriteFile(filepath.Join(fonts, "regular.ttf"), assets.FontRegular, 0o600); err != nil {
		t.Fatalf("setting up the desk: %v", err)
	}
	display := d.display()
	d.env = append(inherited(),
		"HOME="+home,
		"XDG_RUNTIME_DIR="+runtime,
		"DISPLAY="+display,
		"DBUS_SESSION_BUS_ADDRESS=unix:path="+bus,
		"XMODIFIERS=@im=fcitx",
		"FYNE_PLATFORM=x11",
		"LIBGL_ALWAYS_SOFTWARE=1",
		"LANG=zh_CN.UTF-8",
		// Where the Chinese locale is not installed, Xlib would fall back to C
		// and drop every Chinese commit.
		"LC_CTYPE=C.UTF-8",
	)
	d.Run("dbus-daemon", "--nofork", "--nopidfile", "--config-file="+busFile)
	d.until("the session bus", func() bool { _, err := os.Stat(bus); return err == nil })
	d.Run("openbox")
	d.until("the window manager", func() bool {
		out, err := d.try("xdotool", "get_num_desktops")
		return err == nil && strings.TrimSpace(out) != "0"
	})
	d.Run("fcitx5", "--disable=wayland,waylandim")
	d.until("the input method", func() bool { return d.inputState() != "" })
	return d
}

// inherited is the environment without what would lead back to the person's
// own session.
func inherited() []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch {
		case strings.HasPrefix(name, "LC_"), strings.HasPrefix(name, "XDG_"), name == "WAYLAND_DISPLAY":
		default:
			env = append(env, v)
		}
	}
	return env
}

// display starts an X server on whatever number is free and returns its name.
func (d *Desk) display() string {
	d.t.Helper()
	told, err := os.Create(filepath.Join(d.home, "display"))
	if err != nil {
		d.t.Fatalf("asking the X server for its number: %v", err)
	}
	defer told.Close()
	// Without -noreset the server begins anew when its last client leaves: a look at it that
	// ends just as the window manager arrives would take the window manager away.
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset")
	server.ExtraFiles = []*os.File{told}
	d.start(server)
	var number string
	d.until("the X server", func() bool {
		text, _ := os.ReadFile(told.Name())
		number = string(text)
		return strings.HasSuffix(number, "\n")
	})
	return ":" + strings.TrimSpace(number)
}

// Env is the environment in which programs run at this desk.
func (d *Desk) Env() []string { return append([]string(nil), d.env...) }

// Home is the folder that programs at this desk take for the person's own.
func (d *Desk) Home() string { return d.home }

// Picture writes a picture of the whole display as PNG.
func (d *Desk) Picture(path string) {
	d.t.Helper()
	d.must("import", "-window", "root", path)
}

// Windows are the numbers of all windows on the display whose title contains
// the words.
func (d *Desk) Windows(title string) []string {
	out, err := d.try("xdotool", "search", "--onlyvisible", "--name", title)
	if err != nil {
		return nil
	}
	return strings.Fields(out)
}

// Window waits for the window whose title contains the words.
func (d *Desk) Window(title string) *Window {
	d.t.Helper()
	var found []string
	d.until("a window "+strconv.Quote(title), func() bool { found = d.Windows(title); return len(found) > 0 })
	return &Window{desk: d, id: found[0]}
}

// Until looks again and again until the condition holds, and fails the test
// naming what it waited for when patience ends.
func (d *Desk) Until(what string, holds func() bool) {
	d.t.Helper()
	d.until(what, holds)
}

func (d *Desk) until(what string, holds func() bool) {
	d.t.Helper()
	if holds() {
		return
	}
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	end := time.After(patience)
	for {
		select {
		case <-ticker.C:
			if holds() {
				return
			}
		case <-end:
			d.t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// try runs a tool at the desk and returns what it printed.
func (d *Desk) try(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = d.env
	out, err := cmd.Output()
	return string(out), err
}

func (d *Desk) must(name string, args ...string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = d.env
	if out, err := cmd.CombinedOutput(); err != nil {
		d.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
}

// inputState is what fcitx5 says of itself: "1" off, "2" on, "" not there.
func (d *Desk) inputState() string {
	out, err := d.try("fcitx5-remote")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(out)
}

// context is the name fcitx5 has for whatever has its attention, or "". It
// follows the keyboard from window to window a little later.
func (d *Desk) context() string {
	out, err := d.try("dbus-send", "--session", "--print-reply=literal", "--dest=org.fcitx.Fcitx5",
		"/controller", "org.fcitx.Fcitx.Controller1.DebugInfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(out) {
		_, name, ok := strings.Cut(line, "IC [")
		// One without a program comes first while a program is connecting.
		if ok && strings.Contains(line, "focus:1") && !strings.Contains(line, "program: ") {
			name, _, _ = strings.Cut(name, "]")
			return name
		}
	}
	return ""
}
