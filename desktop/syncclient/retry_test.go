package syncclient

import (
	"sync/atomic"
	"testing"
	"time"

	"redress/desktop/replica"
	"redress/syncproto"
)

// The line is dead and nobody was told: a router has lost the connection. Whoever presses for a new
// one gets it after five seconds, not after the minute and a quarter that silence is borne.
func TestWhoPressesForALineGetsOneSoon(t *testing.T) {
	s := newSeat(t)
	f := newFront(t, s.central)
	defer f.Close()
	session, err := LogIn(ctx, s.Replica, f.server(), "夏天2026!", s.reading(), make([]byte, replica.SaltLength))
	must(t, err)
	var late atomic.Int64 // by how much the desk's ticks are ahead
	world, begin := s.world(), s.reading()
	world.Read = func() syncproto.Reading {
		at := begin
		at.Ticks += syncproto.Span(late.Load())
		return at
	}
	w := s.runIn(world, f.server(), session)
	w.until("online", online)
	deaf := make(chan syncproto.Frame, 10)
	f.mu.Lock()
	f.deaf = deaf
	f.mu.Unlock()
	w.Retry()
	asked := time.NewTimer(20 * time.Second)
	defer asked.Stop()
	for pinged := false; !pinged; {
		select {
		case frame := <-deaf:
			_, pinged = frame.(*syncproto.Ping)
		case <-asked.C:
			t.Fatal("the line was not asked")
		}
	}
	f.mu.Lock()
	f.deaf = nil // the new line is a good one
	f.mu.Unlock()
	late.Store(int64(syncproto.ProbeLimit + syncproto.Second))
	w.Grew() // as every two seconds
	w.until("given up", func(s State) bool { return !s.Online && s.Trouble == syncproto.CodeSilent })
	w.Retry()
	w.until("online again", online)
}
