//go:build realwindow

package redress_test

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"redress/desktop/ui/ime/imetest"
)

// colleague is a person at a window of their own, with a line of their own.
type colleague struct {
	*imetest.Window
	office  *office
	who     identity
	desk    string // names the pictures: the log-in name, and which machine of several
	line    *line
	folder  string
	program *imetest.Program
	noise   int // see settle
}

// arrive opens a person's window for the first time: the operator's code is typed, and the
// password.
func (o *office) arrive(login string) *colleague {
	o.t.Helper()
	return o.enrol(o.people[login], login)
}

// enrol opens a window of the person on a machine that is new to them.
func (o *office) enrol(who identity, desk string) *colleague {
	o.t.Helper()
	c := &colleague{office: o, who: who, desk: desk, line: newLine(o.t, o.address), folder: filepath.Join(filepath.Dir(o.data), desk)}
	c.start()
	c.settle()
	c.types(c.who.login)
	c.tab(1)
	c.types(c.who.code)
	c.tab(1)
	c.types(c.who.password)
	c.picture("enrolling")
	c.Press("ctrl+Return")
	c.atWork()
	return c
}

// locales are what machines say about their language: a bare one nothing, one that nobody
// set up C, and one that was set up a locale that is not installed. Chinese can be typed at
// all of them.
var locales = map[string][]string{
	"seat":    nil,
	"manager": {"LC_ALL=C"},
	"liaison": {"LANG=zh_CN.UTF-8"},
}

// start opens the window.
func (c *colleague) start() {
	c.office.t.Helper()
	command := append([]string{"--unset=LANG", "--unset=LC_ALL", "--unset=LC_CTYPE"}, locales[c.who.login]...)
	command = append(command, c.office.programs.desktop, "--data", c.folder, "--server", c.line.address())
	c.noise = flicker
	c.program = c.office.at.Run("env", command...)
	c.Window = c.program.Window()
	c.Front()
	c.Chinese(false)
}

// atWork waits until the window belongs to the person.
func (c *colleague) atWork() {
	c.office.t.Helper()
	c.office.wait(patience, "the window of "+c.who.name, func() (string, bool) {
		return "", slices.Contains(c.office.at.Windows(c.who.name), c.ID())
	})
	c.settle()
	c.noise = c.office.noise
}

// types types text and waits until it stands there. Where letters are slow to arrive, the
// field takes them for a composition, and a Tab struck before they stand there for a choice.
func (c *colleague) types(text string) {
	c.office.t.Helper()
	c.Type(text)
	c.settle()
}

// chinese types words in pinyin, each ended by the space bar. In each a wrong letter is
// struck and taken back while the word is being composed.
func (c *colleague) chinese(words ...string) {
	c.office.t.Helper()
	c.Chinese(true)
	for _, word := range words {
		if word == "，" {
			c.Press("comma")
			continue
		}
		c.Compose(word + "x")
		c.Press("BackSpace")
		c.Commit("space")
	}
	c.Chinese(false)
}

// open presses keys that open something, and waits until it is drawn.
func (c *colleague) open(keys ...string) {
	c.office.t.Helper()
	c.Press(keys...)
	c.settle()
}

// send sends the form that is open.
func (c *colleague) send() {
	c.office.t.Helper()
	c.Press("ctrl+Return")
}

// tab moves on by so many fields.
func (c *colleague) tab(fields int) {
	c.office.t.Helper()
	for range fields {
		c.Press("Tab")
	}
}

// caller fills in who is on the phone, and goes on to the subject.
func (c *colleague) caller(name, phone, vin string) {
	c.office.t.Helper()
	c.chinese(name)
	c.tab(1)
	c.types(phone)
	c.tab(1)
	c.types(vin)
	c.tab(2)
}

// cutOff cuts the line and waits until the desk knows.
func (c *colleague) cutOff(how death) {
	c.office.t.Helper()
	c.line.cut(how)
	c.office.wait(patience, c.desk+" to notice that the line is cut", c.offline)
}

// back mends the line. The person presses the button that tries it at once, and nothing is
// left to send.
func (c *colleague) back() {
	c.office.t.Helper()
	c.line.mend()
	c.Front()
	c.open("alt+4")
	c.send()
	c.office.wait(patience, c.desk+" to be connected", c.connected)
}

// picture keeps what the window shows.
func (c *colleague) picture(what string) {
	c.office.t.Helper()
	c.settle()
	c.Picture(c.office.album.page(c.desk + "-" + what))
}

const (
	// flicker is how many pixels of a quiet window may differ between two looks: the
	// cursor. A dot of a password is more.
	flicker = 60
	// quiet is how many looks in a row see a quiet window.
	quiet = 3
)

// settle waits until the window has drawn what it was told. Where deadlines run by the
// second it never stands still: then what counts as still is the story's to say.
func (c *colleague) settle() {
	c.office.t.Helper()
	var before []byte
	still := 0
	c.office.wait(patience, "the window of "+c.desk+" to be still", func() (string, bool) {
		now := c.look()
		changed := differing(before, now)
		before = now
		if still++; changed < 0 || changed > c.noise {
			still = 0
		}
		return fmt.Sprintf("%d pixels differ", changed), still >= quiet
	})
}

// look is the window as bytes, three a pixel behind a header; nil where it cannot be seen.
func (c *colleague) look() []byte {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "import", "-silent", "-window", c.ID(), "-depth", "8", "ppm:-")
	cmd.Env = c.office.at.Env()
	seen, err := cmd.Output()
	if err != nil {
		return nil
	}
	return seen
}

// differing counts the pixels in which two pictures differ; -1 where they cannot be
// compared.
func differing(a, b []byte) int {
	if len(a) == 0 || len(a) != len(b) {
		return -1
	}
	const header = len("P6\n0000 000\n255\n")
	count := 0
	for at := header; at+3 <= len(a); at += 3 {
		if !bytes.Equal(a[at:at+3], b[at:at+3]) {
			count++
		}
	}
	return count
}

// has waits until a page of the desk shows every one of the texts, each on a line of its
// own or within one.
func (c *colleague) has(page string, number string, texts ...string) {
	c.office.t.Helper()
	c.office.wait(patience, fmt.Sprintf("%s to see %q", c.desk, texts), func() (string, bool) {
		shown := strings.Join(c.page(page, number), "\n")
		for _, text := range texts {
			if !strings.Contains(shown, text) {
				return shown, false
			}
		}
		return shown, true
	})
}
