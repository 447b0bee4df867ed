package syncclient

import (
	"sync/atomic"
	"testing"
	"time"

	"redress/desktop/replica"
	"redress/syncproto"
)

// ticking is the seat's world where time goes by only as it is told to, by the ticks.
func (s seat) ticking() (World, *atomic.Int64) {
	var late atomic.Int64 // by how much the desk's ticks are ahead
	world, begin := s.world(), s.reading()
	world.Read = func() syncproto.Reading {
		at := begin
		at.Ticks += syncproto.Span(late.Load())
		return at
	}
	return world, &late
}

// The line is dead and nobody was told: a router has lost the connection. Whoever presses for a new
// one gets it after five seconds, not after the minute and a quarter that silence is borne.
func TestWhoPressesForALineGetsOneSoon(t *testing.T) {
	s := newSeat(t)
	f := newFront(t, s.central)
	defer f.Close()
	session, err := LogIn(ctx, s.Replica, f.server(), "夏天2026!", s.reading(), make([]byte, replica.SaltLength))
	must(t, err)
	world, late := s.ticking()
	w := s.runIn(world, f.server(), session)
	w.until("online", online)
	deaf := make(chan syncproto.Frame, 10)
	f.mu.Lock()
	f.deaf = deaf
	f.mu.Unlock()
	// The first press may find an answer still on its way, which says that the line lives: whoever
	// has waited in vain presses again.
	presses := time.NewTicker(100 * time.Millisecond)
	defer presses.Stop()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	w.Retry()
	for up := true; up; {
		select {
		case frame := <-deaf:
			if _, asked := frame.(*syncproto.Ping); asked {
				late.Add(int64(syncproto.ProbeLimit + syncproto.Second))
				w.Grew() // as every two seconds
			}
		case <-presses.C:
			w.Retry()
		case state := <-w.states:
			up = state.Online || state.Trouble != syncproto.CodeSilent
		case <-limit.C:
			t.Fatal("never given up")
		}
	}
	if waited := syncproto.Span(late.Load()); waited >= syncproto.SilenceLimit/2 {
		t.Errorf("given up after %s: as any line that is silent", waited)
	}
	w.Retry()
	w.until("online again", online)
}
