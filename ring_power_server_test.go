package redress_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"redress/server/audit"
	"redress/server/operator"
	"redress/server/servertest"
	"redress/server/store"
	"redress/syncproto"
)

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
	r.server.Under = nil // of what is asked of it later
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
		heard := nothingTold()
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
	all := nothingTold()
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
	r.restart()
	r.converge(ringPatience)
	return wrong
}

// told is what a server said to desks, as its trace has it.
type told struct {
	streams  map[string]*stream // of each socket
	verdicts map[syncproto.ID]syncproto.Verdict
	grants   map[syncproto.ID]bool
	cursor   uint64
}

func nothingTold() *told {
	return &told{streams: map[string]*stream{}, verdicts: map[syncproto.ID]syncproto.Verdict{}, grants: map[syncproto.ID]bool{}}
}

// hear reads the frames of the protocol out of what is written to a socket.
func (h *told) hear(t *testing.T, m moment) {
	t.Helper()
	to, open := h.streams[m.whom]
	if bytes.HasPrefix(m.said, []byte("HTTP/1.1 ")) { // a new connection, or an answer to a request
		_, rest, _ := bytes.Cut(m.said, []byte("\r\n\r\n"))
		if delete(h.streams, m.whom); bytes.HasPrefix(m.said, []byte("HTTP/1.1 101")) {
			h.streams[m.whom] = &stream{bytes: rest}
		}
		return
	}
	if !open {
		return // it was opened before, or is none of the desks'
	}
	to.read(m.said, func(message []byte) {
		if frame, err := syncproto.DecodeFrame(message); err == nil {
			h.frame(t, frame)
		}
	})
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

// powerAtTheCommandLine has the command line give a command under trace, and says what of that
// which it had sent is not in its outbox.
func powerAtTheCommandLine(t *testing.T, planted slip) (wrong []string) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	server := servertest.New(t, servertest.Build(t, planted.flags(t)...))
	server.Run("init", "--operator", server.Office, "--as", "周敏")
	server.Start()
	line := *server
	line.Under = underTrace(t, trace)
	disk := diskOf(t, server.Office)
	line.Run("unit", "西北区", "--kind", "region", "--operator", server.Office, "--as", "周敏")
	traceEnds(t, trace)
	logID := servertest.LogID(t, server.Data)
	given := func(folder string) (all [][]byte) {
		o, err := operator.Open(t.Context(), folder, logID)
		if err != nil {
			wrong = append(wrong, err.Error())
			return nil
		}
		for _, g := range o.Given() {
			all = append(all, g.Command.Intent)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
		return all
	}
	all := given(server.Office)
	sent := 0
	var said []byte
	disk.replay(t, trace, func(m moment) {
		if !strings.Contains(m.whom, "socket:") {
			return
		}
		said = append(said, m.said...)
		folder := t.TempDir()
		disk.image(t, folder, 0, nil)
		there := given(folder)
		for _, intent := range all {
			if !bytes.Contains(said, intent) {
				continue
			}
			sent++
			if !slices.ContainsFunc(there, func(one []byte) bool { return bytes.Equal(one, intent) }) {
				wrong = append(wrong, "a command was sent, and is not in the outbox")
			}
		}
	})
	if sent == 0 {
		t.Fatal("nothing of the outbox was seen to be sent")
	}
	return wrong
}
