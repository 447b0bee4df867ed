package redress_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The lines of a trace, as strace writes them with -y and -xx.

// call is one line of a trace.
type call struct {
	name   string
	args   []string
	result string
}

func readCall(text string) (c call) {
	name, rest, _ := strings.Cut(text, "(")
	c.name = name
	args, result, done := strings.Cut(rest, ") = ")
	if !done {
		if at := strings.LastIndex(rest, ")"); at >= 0 && strings.Contains(rest[at:], " = ") { // padded with spaces
			args, result = rest[:at], strings.TrimSpace(rest[at+1:])
			result = strings.TrimPrefix(result, "= ")
		}
	}
	c.args, c.result = strings.Split(args, ", "), result
	return c
}

func (c call) arg(n int) string {
	if n < len(c.args) {
		return c.args[n]
	}
	return ""
}

func (c call) number(n int) int64 {
	v, err := strconv.ParseInt(c.arg(n), 0, 64)
	if err != nil {
		panic("a trace with a number " + c.arg(n))
	}
	return v
}

// data is an argument that is bytes.
func (c call) data(n int) []byte { return unhex(strings.Trim(c.arg(n), `"`)) }

// path is that of an argument that is an open file.
func (c call) path(n int) string {
	_, rest, is := strings.Cut(c.arg(n), "<")
	path, _, closed := strings.Cut(rest, ">")
	if !is || !closed || strings.Contains(c.arg(n), "(deleted)") {
		return ""
	}
	return string(unhex(path))
}

// opens is the path of the file that was opened.
func (c call) opens() string {
	_, rest, _ := strings.Cut(c.result, "<")
	path, _, _ := strings.Cut(rest, ">")
	return string(unhex(path))
}

// says is what is written to a pipe or a socket.
func (c call) says() (said []byte, whom string) {
	to := c.path(0)
	if c.name == "write" && (strings.HasPrefix(to, "pipe:") || strings.HasPrefix(to, "socket:")) {
		number, _, _ := strings.Cut(c.arg(0), "<")
		return c.data(1), number + to
	}
	return nil, ""
}

// unhex reads \x01\x02.
func unhex(text string) []byte {
	data := make([]byte, 0, len(text)/4)
	digit := func(c byte) byte {
		if c >= 'a' {
			return c - 'a' + 10
		}
		return c - '0'
	}
	for n := 0; n+4 <= len(text); n += 4 {
		data = append(data, digit(text[n+2])<<4|digit(text[n+3]))
	}
	return data
}

// TestATraceIsRead: what a trace says, and what a power cut would leave after it.
func TestATraceIsRead(t *testing.T) {
	hex := func(text string) (out string) {
		for _, b := range []byte(text) {
			out += fmt.Sprintf("\\x%02x", b)
		}
		return out
	}
	opened := `7  open("` + hex("/d/a.new") + `", O_RDWR|O_CREAT, 0600) = 3<` + hex("/d/a.new") + ">\n"
	writes := func(text string, at int) string {
		return fmt.Sprintf(`7  pwrite64(3<%s>, "%s", %d, %d) = %d`+"\n", hex("/d/a.new"), hex(text), len(text), at, len(text))
	}
	synced := "7  fsync(3<" + hex("/d/a.new") + ">) = 0\n"
	for _, c := range []struct{ story, trace, promised, possible string }{
		{"nothing is promised before the sync", opened + writes("one", 0), "", "one"},
		{"a sync promises what was written", opened + writes("one", 0) + synced + writes("two", 3), "one", "onetwo"},
		{"a sync that failed promises nothing", opened + writes("one", 0) + strings.Replace(synced, "= 0", "= -1 EIO (Input/output error)", 1), "", "one"},
		{"nor does one that began before", opened + "8  fsync(3<" + hex("/d/a.new") + "> <unfinished ...>\n" + writes("one", 0) + "8  <... fsync resumed>) = 0\n", "", "one"},
		{"what was cut off", opened + writes("three", 0) + synced + "7  ftruncate(3<" + hex("/d/a.new") + ">, 2) = 0\n", "three", "th"},
		{"a new name", opened + writes("one", 0) + synced + `7  rename("` + hex("/d/a.new") + `", "` + hex("/d/a") + "\") = 0\n", "one", "one"},
		{"a second file of the name", opened + writes("one", 0) + synced + `7  unlink("` + hex("/d/a.new") + "\") = 0\n" + opened, "", ""},
	} {
		file := filepath.Join(t.TempDir(), "trace")
		if err := os.WriteFile(file, []byte(c.trace), 0o600); err != nil {
			t.Fatal(err)
		}
		d := &tracedDisk{root: "/d", files: map[string]*tracedFile{}}
		d.replay(t, file, func(moment) {})
		for chance, want := range map[int]string{0: c.promised, 100: c.possible} {
			folder := t.TempDir()
			d.image(t, folder, chance, rand.New(rand.NewPCG(1, 1)))
			all, err := filepath.Glob(filepath.Join(folder, "*"))
			if err != nil || len(all) != 1 {
				t.Errorf("%s: %v are there: %v", c.story, all, err)
				continue
			}
			if got, err := os.ReadFile(all[0]); err != nil || string(got) != want {
				t.Errorf("%s: %d of a hundred leave %q, want %q: %v", c.story, chance, got, want, err)
			}
		}
	}
}
