// Package servertest is the built server as a process, for tests that kill it, cut its line
// or its power, or run one of another version.
//
// It promises that what runs is the program that people get, started by its command line,
// and that Kill ends it as a power cut does: without a word, in the middle of whatever it does.
package servertest

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Program is the server's program with a log of its own.
type Program struct {
	Path   string // of the program
	Data   string
	Office string // of the command line: its outbox
	Copy   string // where a copy of the log is kept; "" keeps none
	// Under is a command that runs the program, say strace with its flags; none if empty. The
	// program has to be its process, not a child of it.
	Under   []string
	Address string // host:port, while it serves

	t       testing.TB
	process *exec.Cmd
	log     *errorLog
}

// errorLog is what a log said went wrong, the newest mostErrors lines of it.
type errorLog struct {
	mu    sync.Mutex
	lines []string
}

// mostErrors is how many lines of its log a test that failed is shown.
const mostErrors = 20

// Build builds the server as it is, with further flags of go build.
func Build(t testing.TB, flags ...string) string {
	t.Helper()
	return BuildIn(t, "", flags...)
}

// BuildIn builds the server of a tree, "" for the one that is tested.
func BuildIn(t testing.TB, tree string, flags ...string) string {
	t.Helper()
	path := filepath.Join(folder(t), "redress-server")
	command := exec.CommandContext(t.Context(), "go", slices.Concat([]string{"build", "-o", path}, flags, []string{"redress/server"})...)
	command.Dir, command.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("building the server: %v\n%s", err, out)
	}
	return path
}

// folder is one for the test whose path is short enough for a socket in it.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "server")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// New is a program that has no log yet.
func New(t testing.TB, path string) *Program {
	t.Helper()
	dir := folder(t)
	p := &Program{t: t, Path: path, Data: filepath.Join(dir, "data"), Office: filepath.Join(dir, "operator"), log: &errorLog{}}
	t.Cleanup(func() {
		if p.process != nil {
			p.Kill()
		}
		p.log.mu.Lock()
		defer p.log.mu.Unlock()
		if t.Failed() && len(p.log.lines) > 0 {
			t.Logf("the server's log:\n%s", strings.Join(p.log.lines, "\n"))
		}
	})
	return p
}

// Run runs a subcommand to its end, and returns what it printed.
func (p *Program) Run(arguments ...string) string {
	p.t.Helper()
	said, err := p.Ask(arguments...)
	if err != nil {
		p.t.Fatalf("%v: %v\n%s", arguments, err, said)
	}
	return said
}

// Ask runs a subcommand to its end; where it failed, what it printed is its complaint too.
func (p *Program) Ask(arguments ...string) (string, error) {
	var said, complaint strings.Builder
	with := slices.Concat(p.Under, []string{p.Path}, arguments, []string{"--data", p.Data})
	command := exec.CommandContext(p.t.Context(), with[0], with[1:]...)
	command.Stdout, command.Stderr = &said, &complaint
	if err := command.Run(); err != nil {
		return said.String() + complaint.String(), err
	}
	return said.String(), nil
}

// Start starts serving at an address of this machine, with flags beside the usual ones, and
// returns when it listens.
func (p *Program) Start(flags ...string) {
	p.t.Helper()
	arguments := append([]string{"serve", "--data", p.Data, "--listen", "127.0.0.1:0"}, flags...)
	if p.Copy != "" {
		arguments = append(arguments, "--copy", p.Copy)
	}
	command := slices.Concat(p.Under, []string{p.Path}, arguments)
	p.process = exec.CommandContext(p.t.Context(), command[0], command[1:]...)
	log, err := p.process.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.process.Start(); err != nil {
		p.t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	var said []string
	for lines.Scan() {
		var line struct{ Address, Message string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Message == "serving" {
			p.Address = line.Address
			go func() { // its log must not fill the pipe
				for lines.Scan() {
					p.log.keep(lines.Bytes())
				}
			}()
			return
		}
		said = append(said, lines.Text())
	}
	p.t.Fatalf("the server ended before it listened:\n%s", strings.Join(said, "\n"))
}

// keep keeps a line that says what went wrong.
func (l *errorLog) keep(line []byte) {
	var is struct{ Level string }
	if json.Unmarshal(line, &is) != nil || is.Level != "error" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
	l.lines = l.lines[max(0, len(l.lines)-mostErrors):]
}

// Process is the number of the process that serves.
func (p *Program) Process() int { return p.process.Process.Pid }

// Kill ends it as pulling the plug does.
func (p *Program) Kill() {
	p.t.Helper()
	if err := p.process.Process.Kill(); err != nil {
		p.t.Error(err)
	}
	_ = p.process.Wait() // it was killed, and says so
	p.process = nil
}

// Person is one whom seed-demo made.
type Person struct{ Login, Password, Code, Role string }

// People has seed-demo, with further flags, fill the log, and returns who is in it.
func (p *Program) People(flags ...string) (all []Person) {
	p.t.Helper()
	arguments := append([]string{"seed-demo", "--operator", p.Office, "--as", "周敏"}, flags...)
	for line := range strings.Lines(p.Run(arguments...)) {
		if f := strings.Fields(line); len(f) > 4 && f[0] != "login" {
			all = append(all, Person{Login: f[0], Password: f[1], Code: f[2], Role: f[4]})
		}
	}
	if len(all) == 0 {
		p.t.Fatal("seed-demo made nobody")
	}
	return all
}
