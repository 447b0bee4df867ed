package redress_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redress/server/audit"
	"redress/server/servertest"
	"redress/server/store"
	"redress/syncproto"
)

var ringCuts = flag.Int("powercuts", 6, "at how many moments of each trace the power is cut")

// slip is a bug that is planted.
type slip struct{ file, is, becomes string }

var (
	normalAtDesk   = slip{"desktop/replica/replica.go", "synchronous(FULL)", "synchronous(NORMAL)"}
	offAtDesk      = slip{"desktop/replica/replica.go", "synchronous(FULL)", "synchronous(OFF)"}
	normalAtServer = slip{"server/store/store.go", "synchronous(FULL)", "synchronous(NORMAL)"}
	offAtServer    = slip{"server/store/store.go", "synchronous(FULL)", "synchronous(OFF)"}
	copyUnsynced   = slip{"server/logcopy/copy.go", "if err := c.file.Sync(); err != nil {", "if err := error(nil); err != nil {"}
)

// flags are what plants it, for go build.
func (s slip) flags(t *testing.T) []string {
	t.Helper()
	if s.file == "" {
		return nil
	}
	text, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	planted := strings.Replace(string(text), s.is, s.becomes, 1)
	if planted == string(text) {
		t.Fatalf("%s does not say %q any more", s.file, s.is)
	}
	return []string{"-overlay", writeOverlay(t, map[string]string{s.file: planted})}
}

// TestPowerLossAtADesk: what a person saw done is on the disk when the power goes, at any
// moment of a day, and so is what the server was told (invariant 2). Kills do not show this:
// what a dead program wrote is with the system, synced or not.
func TestPowerLossAtADesk(t *testing.T) {
	if wrong := powerAtADesk(t, slip{}); len(wrong) > 0 {
		t.Errorf("%d things were lost:\n%s", len(wrong), some(wrong))
	}
}

// TestPowerLossAtTheServer: every verdict that left the server, every grant and every delta
// stand on what is on its disk when the power goes, at any moment; and a grant on what is on
// the copy's.
func TestPowerLossAtTheServer(t *testing.T) {
	if wrong := powerAtTheServer(t, slip{}); len(wrong) > 0 {
		t.Errorf("%d things were lost:\n%s", len(wrong), some(wrong))
	}
}

// TestPowerLossIsSeen plants what these rings are for, at each side, and has each of them go
// red. It builds the programs anew, so it asks for POWER=1: make power.
func TestPowerLossIsSeen(t *testing.T) {
	if os.Getenv("POWER") == "" {
		t.Skip("asked for by make power")
	}
	for _, c := range []struct {
		name string
		play func(*testing.T, slip) []string
		slip slip
	}{
		{"a desk with synchronous=NORMAL", powerAtADesk, normalAtDesk},
		{"a desk with synchronous=OFF", powerAtADesk, offAtDesk},
		{"a server with synchronous=NORMAL", powerAtTheServer, normalAtServer},
		{"a server with synchronous=OFF", powerAtTheServer, offAtServer},
		{"a copy that is not synced", powerAtTheServer, copyUnsynced},
	} {
		t.Run(c.name, func(t *testing.T) {
			wrong := c.play(t, c.slip)
			if len(wrong) == 0 {
				t.Error("nothing was lost, so the ring sees nothing")
			}
			t.Logf("%d things lost, as they should be; the first:\n%s", len(wrong), some(wrong[:min(len(wrong), 2)]))
		})
	}
}

// chances are how much of what was not synced a power cut leaves, in a hundred.
var chances = []int{0, 50, 90}

// powerAtADesk has a desk work under trace, from its enrolment on, and says what was lost.
func powerAtADesk(t *testing.T, planted slip) (wrong []string) {
	t.Helper()
	traces := t.TempDir()
	r := newRing(t, servertest.Build(t), 1)
	d := r.desks[0]
	if planted.file != "" {
		d.program = buildCore(t, "", planted.flags(t)...)
	}
	before := witness{}
	for life, work := range []string{"tap 25", "tap 0"} {
		disk := diskOf(t, d.folder)
		trace := filepath.Join(traces, fmt.Sprint(life))
		d.under = underTrace(t, trace)
		d.start()
		d.loggedIn = time.Time{}
		d.logIn()
		d.must(ringPatience, "at work", func(w *witness) bool { return w.current })
		d.tell(work)
		kept := len(d.witness().kept)
		d.must(ringPatience, "busy", func(w *witness) bool { return w.tapped > 0 || len(w.kept) > kept+30 })
		d.kill()
		traceEnds(t, trace)
		wrong = append(wrong, cutAtADesk(t, d, disk, trace, before)...)
		before = d.witness()
	}
	t.Logf("power was cut %d times of each of 2 lives of a desk, %d images each; %d commands", *ringCuts, len(chances), len(before.kept))
	return wrong
}

// cutAtADesk cuts the power at moments of a trace that begins with a disk and what was said.
func cutAtADesk(t *testing.T, d *coreDesk, disk *tracedDisk, trace string, before witness) (wrong []string) {
	t.Helper()
	dice := rand.New(rand.NewPCG(7, d.starts))
	for n, cut := range momentsOf(t, disk, trace, dice) {
		said := before.clone()
		now := disk.clone()
		var out []byte
		step := 0
		now.replay(t, trace, func(m moment) {
			if step++; step > cut {
				return
			}
			if strings.HasPrefix(m.whom, "1pipe:") {
				out = append(out, m.said...)
			}
			if step < cut {
				return
			}
			for line := range strings.Lines(string(out)) {
				if err := said.hear(line); err != nil {
					t.Error(err)
				}
			}
			for _, chance := range chances {
				folder := t.TempDir()
				now.image(t, folder, chance, dice)
				for _, w := range holdsTo(folder, d.person.Login, said) {
					if len(said.kept)+len(said.verdicts) > 0 || strings.Contains(w, "damage") { // before there was a replica
						wrong = append(wrong, fmt.Sprintf("life %d, cut %d at step %d, %d of a hundred unsynced sectors kept: %s", d.starts, n+1, cut, chance, w))
					}
				}
				_ = os.RemoveAll(folder)
			}
		})
	}
	return wrong
}

// momentsOf are moments of a trace: half of them right after something was said.
func momentsOf(t *testing.T, disk *tracedDisk, trace string, dice *rand.Rand) (cuts []int) {
	t.Helper()
	steps := 0
	var saying []int
	disk.clone().replay(t, trace, func(m moment) {
		if steps++; m.whom != "" {
			saying = append(saying, steps)
		}
	})
	if len(saying) == 0 {
		t.Fatal("a trace in which nothing is said")
	}
	for n := range *ringCuts {
		if n%2 == 0 {
			cuts = append(cuts, saying[dice.IntN(len(saying))])
		} else {
			cuts = append(cuts, 1+dice.IntN(steps))
		}
	}
	return append(cuts, steps)
}

// buildCore builds the test's own program anew, which becomes the core of a desk.
func buildCore(t *testing.T, tree string, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "core")
	command := exec.CommandContext(t.Context(), "go", append(append([]string{"test", "-c", "-vet=off", "-o", path}, flags...), ".")...)
	command.Dir, command.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("building a core: %v\n%s", err, out)
	}
	return path
}

// powerAtTheServer has a server under trace, which keeps a copy of its log, and says what it
// told the desks and lost.
func powerAtTheServer(t *testing.T, planted slip) (wrong []string) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	r := newRing(t, servertest.Build(t, planted.flags(t)...), 2)
	r.server.Kill()
	root := filepath.Dir(r.server.Data)
	r.server.Copy = filepath.Join(root, "copy")
	if err := os.MkdirAll(r.server.Copy, 0o700); err != nil {
		t.Fatal(err)
	}
	disk := diskOf(t, root)
	r.server.Under = underTrace(t, trace)
	r.restart()
	r.begin()
	r.each(func(d *coreDesk) {
		final := d.witness().final()
		d.tell("tap 0")
		d.must(ringPatience, "busy", func(w *witness) bool { return w.final() > final+25 })
	})
	r.server.Kill()
	traceEnds(t, trace)
	r.each((*coreDesk).kill)
	dice := rand.New(rand.NewPCG(11, 1))
	for n, cut := range momentsOf(t, disk, trace, dice) {
		now := disk.clone()
		heard := told{streams: map[string][]byte{}, verdicts: map[syncproto.ID]syncproto.Verdict{}, grants: map[syncproto.ID]bool{}}
		step := 0
		now.replay(t, trace, func(m moment) {
			if step++; step > cut {
				return
			}
			if strings.Contains(m.whom, "socket:") {
				heard.hear(t, m)
			}
			if step < cut {
				return
			}
			for _, chance := range chances {
				folder := t.TempDir()
				now.image(t, folder, chance, dice)
				for _, w := range heard.lost(folder) {
					wrong = append(wrong, fmt.Sprintf("cut %d at step %d, %d of a hundred unsynced sectors kept: %s", n+1, cut, chance, w))
				}
				_ = os.RemoveAll(folder)
			}
		})
	}
	all := told{streams: map[string][]byte{}, verdicts: map[syncproto.ID]syncproto.Verdict{}, grants: map[syncproto.ID]bool{}}
	last := disk.clone()
	last.replay(t, trace, func(m moment) {
		if strings.Contains(m.whom, "socket:") {
			all.hear(t, m)
		}
	})
	if len(all.verdicts) == 0 || len(all.grants) == 0 || all.cursor == 0 {
		t.Fatalf("of what a server says %d verdicts, %d grants and a cursor of %d were read in its trace", len(all.verdicts), len(all.grants), all.cursor)
	}
	t.Logf("power was cut %d times, %d images each; at the end %d verdicts and %d grants had left the server", *ringCuts, len(chances), len(all.verdicts), len(all.grants))
	if planted.file != "" {
		return wrong
	}
	// The server comes back from what the last cut left, and everybody goes on.
	for _, lie := range []string{r.server.Data, r.server.Copy} {
		if err := os.RemoveAll(lie); err != nil {
			t.Fatal(err)
		}
	}
	last.image(t, root, 0, dice)
	r.server.Under = nil
	r.restart()
	r.converge(ringPatience)
	return wrong
}

// told is what a server said to desks, as its trace has it.
type told struct {
	streams  map[string][]byte // of each socket what is no whole frame yet
	verdicts map[syncproto.ID]syncproto.Verdict
	grants   map[syncproto.ID]bool
	cursor   uint64
}

// hear reads the frames of the protocol out of what is written to a socket.
func (h *told) hear(t *testing.T, m moment) {
	t.Helper()
	stream, open := h.streams[m.whom]
	if bytes.HasPrefix(m.said, []byte("HTTP/1.1 ")) { // a new connection, or an answer to a request
		_, rest, _ := bytes.Cut(m.said, []byte("\r\n\r\n"))
		if delete(h.streams, m.whom); bytes.HasPrefix(m.said, []byte("HTTP/1.1 101")) {
			h.streams[m.whom] = rest
		}
		return
	}
	if !open {
		return // it was opened before, or is none of the desks'
	}
	stream = append(stream, m.said...)
	for {
		payload, rest, whole := webSocketFrame(stream)
		if !whole {
			h.streams[m.whom] = stream
			return
		}
		stream = rest
		if frame, err := syncproto.DecodeFrame(payload); err == nil {
			h.frame(t, frame)
		}
	}
}

func (h *told) frame(t *testing.T, frame syncproto.Frame) {
	t.Helper()
	switch f := frame.(type) {
	case *syncproto.Verdicts:
		for _, v := range f.Verdicts {
			h.verdicts[v.Command] = v
		}
	case *syncproto.Delta:
		h.cursor = max(h.cursor, f.Cursor)
		for _, v := range f.Own {
			h.verdicts[v.Command] = v
		}
	case *syncproto.Head:
		h.cursor = max(h.cursor, f.Seq)
	case *syncproto.Grants:
		for _, g := range f.Grants {
			var grant syncproto.Grant
			if err := syncproto.Decode(g.Grant, &grant); err != nil {
				t.Fatal(err)
			}
			h.grants[grant.ID] = true
		}
	}
}

// webSocketFrame is the first frame of what a server wrote, which is not masked.
func webSocketFrame(stream []byte) (payload, rest []byte, whole bool) {
	if len(stream) < 2 {
		return nil, nil, false
	}
	at, length := 2, uint64(stream[1]&0x7f)
	switch {
	case length == 126 && len(stream) >= 4:
		at, length = 4, uint64(binary.BigEndian.Uint16(stream[2:]))
	case length == 127 && len(stream) >= 10:
		at, length = 10, binary.BigEndian.Uint64(stream[2:])
	case length >= 126:
		return nil, nil, false
	}
	if uint64(len(stream)-at) < length {
		return nil, nil, false
	}
	return stream[at : at+int(length)], stream[at+int(length):], true
}

// lost is what was said and does not stand on the disk that a power cut left.
func (h *told) lost(folder string) (wrong []string) {
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(folder, "data", store.File))
	if err != nil {
		return []string{err.Error()}
	}
	defer s.Close()
	var head store.Head
	err = s.View(ctx, func(v *store.View) error {
		if head, err = v.Head(); err != nil {
			return err
		}
		for id, said := range h.verdicts {
			c, there, err := v.Command(id)
			if err != nil {
				return err
			}
			if !there || c.Outcome != said.Outcome || c.Seq != said.Seq {
				wrong = append(wrong, fmt.Sprintf("a command told to be %v at %d is %v at %d (there: %v)", said.Outcome, said.Seq, c.Outcome, c.Seq, there))
			}
		}
		return nil
	})
	if err != nil {
		return append(wrong, err.Error())
	}
	if head.Seq < h.cursor {
		wrong = append(wrong, fmt.Sprintf("a desk was told of entry %d, and the log ends at %d", h.cursor, head.Seq))
	}
	report, err := audit.Run(ctx, s)
	if err != nil || len(report.Wrong) > 0 {
		wrong = append(wrong, fmt.Sprintf("the log does not verify: %v %v", report.Wrong, err))
	}
	issued, end, err := servertest.CopiedTo(filepath.Join(folder, "copy"))
	if err != nil {
		if len(h.grants) > 0 {
			wrong = append(wrong, fmt.Sprintf("grants were sent, and the copy cannot be read: %v", err))
		}
		return wrong
	}
	if end.Seq > head.Seq {
		wrong = append(wrong, fmt.Sprintf("the copy ends at %d, and the log at %d", end.Seq, head.Seq))
	}
	for id := range h.grants {
		if !issued[id] {
			wrong = append(wrong, fmt.Sprintf("grant %v was sent, and is not in the copy", id))
		}
	}
	return wrong
}
