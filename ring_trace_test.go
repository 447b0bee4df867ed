package redress_test

import (
	"bufio"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a power cut leaves of a program's files, from a trace of what it asked of the system.
//
// A write counts from the sync of its file on, if it had returned before that began: that is
// all that fsync promises. What was not synced may be there or not, a sector of 4,096 bytes at
// a time (tracedDisk.image). Names are taken for lasting at once, as on file systems with a
// journal; the product syncs its folders where it makes files, which this does not prove.
// SQLite's index of its log lies in memory that is made anew, and is left out.

// underTrace is a command that runs a program and traces what it asks for into a file.
func underTrace(t testing.TB, file string) []string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Fatal("strace is not installed; make power installs it")
	}
	return []string{strace, "-D", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "2000000", "-o", file,
		"-e", "trace=open,openat,creat,write,writev,pwrite64,pwritev,ftruncate,fallocate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat"}
}

// traceEnds waits until all of a program's trace is written: that of its first thread ends last.
func traceEnds(t testing.TB, file string) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for range int(ringPatience / (20 * time.Millisecond)) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(data), " ")
		for line := range strings.Lines(string(data[max(0, len(data)-4000):])) {
			if thread, text, _ := strings.Cut(line, " "); thread == first && strings.HasPrefix(strings.TrimLeft(text, " "), "+++ ") {
				return
			}
		}
		<-ticker.C
	}
	t.Fatal("the trace of a program that has ended does not")
}

// sector is what a disk writes whole.
const sector = 4096

// tracedWrite is one that was not synced yet.
type tracedWrite struct {
	at   int64
	data []byte // nil: the file was cut off or made longer, to at
}

// tracedFile is a file as the trace leads to it.
type tracedFile struct {
	durable  []byte
	unsynced []tracedWrite
	size     int64 // with what is not synced
}

func (f *tracedFile) add(w tracedWrite) {
	f.unsynced = append(f.unsynced, w)
	if f.size = max(f.size, w.at+int64(len(w.data))); w.data == nil {
		f.size = w.at
	}
}

// carry writes to a file's bytes.
func (w tracedWrite) carry(to []byte) []byte {
	if w.data == nil && int64(len(to)) > w.at {
		return to[:w.at]
	}
	if end := w.at + int64(len(w.data)); int64(len(to)) < end {
		to = append(to, make([]byte, end-int64(len(to)))...)
	}
	copy(to[w.at:], w.data)
	return to
}

// sectors are the parts of a write that reach the disk each for itself.
func (w tracedWrite) sectors() (parts []tracedWrite) {
	if len(w.data) == 0 {
		return []tracedWrite{w}
	}
	for at := w.at; at < w.at+int64(len(w.data)); {
		end := min((at/sector+1)*sector, w.at+int64(len(w.data)))
		parts = append(parts, tracedWrite{at, w.data[at-w.at : end-w.at]})
		at = end
	}
	return parts
}

// tracedDisk is all files below a folder.
type tracedDisk struct {
	root  string
	files map[string]*tracedFile // by their path below it
}

// diskOf is what lies in a folder now, all of it synced.
func diskOf(t testing.TB, root string) *tracedDisk {
	t.Helper()
	d := &tracedDisk{root: root, files: map[string]*tracedFile{}}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasSuffix(path, "-shm") {
			return err
		}
		data, err := os.ReadFile(path)
		below, _ := filepath.Rel(root, path)
		d.files[below] = &tracedFile{durable: data, size: int64(len(data))}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return d
}

// clone is a disk that goes its own way.
func (d *tracedDisk) clone() *tracedDisk {
	other := &tracedDisk{root: d.root, files: map[string]*tracedFile{}}
	for path, f := range d.files {
		other.files[path] = &tracedFile{slices.Clone(f.durable), slices.Clone(f.unsynced), f.size}
	}
	return other
}

// file is the one of a path, nil where it is none of the disk's.
func (d *tracedDisk) file(path string) *tracedFile {
	below, err := filepath.Rel(d.root, path)
	if err != nil || strings.HasPrefix(below, "..") {
		return nil
	}
	return d.files[below]
}

// image writes what a power cut leaves into a folder. Of what was not synced each sector is
// there with the odds of chance in a hundred: 0 leaves only what is promised.
func (d *tracedDisk) image(t testing.TB, folder string, chance int, dice *rand.Rand) {
	t.Helper()
	for path, f := range d.files {
		data := slices.Clone(f.durable)
		for _, w := range f.unsynced {
			for _, part := range w.sectors() {
				if chance > 0 && dice.IntN(100) < chance {
					data = part.carry(data)
				}
			}
		}
		to := filepath.Join(folder, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o700), os.WriteFile(to, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// moment is a place in a trace: what was just asked for.
type moment struct {
	said []byte // what was written to somebody else: to whom is in whom
	whom string
}

// replay follows a trace on a disk. After every step that matters it calls at, which may look
// at the disk.
func (d *tracedDisk) replay(t testing.TB, file string, at func(moment)) {
	t.Helper()
	trace, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer trace.Close()
	lines := bufio.NewScanner(trace)
	lines.Buffer(nil, 64<<20)
	begun := map[string]string{} // what a thread has asked for
	synced := map[string]int{}   // and how many writes a sync of it makes durable
	for lines.Scan() {
		thread, text, _ := strings.Cut(lines.Text(), " ")
		text = strings.TrimLeft(text, " ")
		var c call
		resumed := strings.HasPrefix(text, "<... ")
		switch {
		case strings.HasPrefix(text, "+++"), strings.HasPrefix(text, "---"):
			continue
		case resumed:
			_, rest, _ := strings.Cut(text, " resumed>")
			c = readCall(begun[thread] + rest)
		default:
			asked, unfinished := strings.CutSuffix(text, " <unfinished ...>")
			c = readCall(asked)
			if f := d.file(c.path(0)); f != nil && (c.name == "fsync" || c.name == "fdatasync") {
				synced[thread] = len(f.unsynced)
			}
			if said, whom := c.says(); whom != "" {
				at(moment{said, whom})
			}
			if begun[thread] = asked; unfinished {
				continue
			}
		}
		if d.carryOut(c, synced[thread]) {
			at(moment{})
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// carryOut does what was asked for and is done, and says whether it was to this disk.
func (d *tracedDisk) carryOut(c call, synced int) bool {
	if strings.HasPrefix(c.result, "-1") || c.result == "" || c.result[0] == '?' {
		return false
	}
	switch c.name {
	case "open", "openat":
		return d.opened(c)
	case "rename", "renameat", "renameat2", "unlink", "unlinkat":
		return d.named(c)
	}
	f := d.file(c.path(0))
	if f == nil {
		if strings.HasPrefix(c.path(0), d.root+"/") && strings.Contains(c.name, "write") && !strings.HasSuffix(c.path(0), "-shm") {
			panic("a trace with a write to " + c.path(0) + ", which nobody made")
		}
		return false
	}
	switch c.name {
	case "write": // a file that is written so is written at its end
		f.add(tracedWrite{f.size, c.data(1)})
	case "pwrite64":
		f.add(tracedWrite{c.number(3), c.data(1)})
	case "ftruncate":
		f.add(tracedWrite{at: c.number(1)})
	case "fsync", "fdatasync":
		for _, w := range f.unsynced[:synced] {
			f.durable = w.carry(f.durable)
		}
		f.unsynced = slices.Clone(f.unsynced[synced:])
	default:
		panic("a trace with " + c.name + " of a file, which nobody here knows")
	}
	return true
}

func (d *tracedDisk) opened(c call) bool {
	how := c.arg(1)
	if c.name == "openat" {
		how = c.arg(2)
	}
	below, err := filepath.Rel(d.root, c.opens())
	if err != nil || strings.HasPrefix(below, "..") || strings.HasSuffix(below, "-shm") {
		return false
	}
	if strings.Contains(how, "O_CREAT") && d.files[below] == nil {
		d.files[below] = &tracedFile{}
		return true
	}
	if f := d.files[below]; f != nil && strings.Contains(how, "O_TRUNC") {
		f.add(tracedWrite{})
		return true
	}
	return false
}

func (d *tracedDisk) named(c call) bool {
	var paths []string
	for n := range c.args {
		if strings.HasPrefix(c.args[n], `"`) {
			below, err := filepath.Rel(d.root, string(c.data(n)))
			if err != nil || strings.HasPrefix(below, "..") {
				return false
			}
			paths = append(paths, below)
		}
	}
	f := d.files[paths[0]]
	if f == nil {
		return false
	}
	if delete(d.files, paths[0]); len(paths) > 1 {
		d.files[paths[1]] = f
	}
	return true
}
