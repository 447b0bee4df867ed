package redress_test

import (
	"crypto/ed25519"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/syncclient"
	"redress/desktop/workplace"
	serverdisk "redress/server/disk"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// roomServer is a real server behind a real port, whose disk has as much room as the test says.
type roomServer struct {
	*ledgertest.World
	served *gatewaytest.Served
	room   atomic.Uint64
	watch  *serverdisk.Watch
	ahead  atomic.Int64 // how far the desk's clocks are ahead
}

func newRoomServer(t *testing.T) *roomServer {
	w := &roomServer{World: ledgertest.New(t)}
	w.room.Store(1 << 40)
	var err error
	w.watch, err = serverdisk.Of(func() (uint64, error) { return w.room.Load(), nil }, serverdisk.Keep)
	w.must(err)
	w.LoadFrom(w.watch.Guard(w.Store))
	w.served = gatewaytest.Serve(w.Store, w.Ledger, w.ID, wallClock, zerolog.Nop())
	t.Cleanup(func() { w.must(w.served.Close()) })
	return w
}

func (w *roomServer) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// has says how much room there is from now on.
func (w *roomServer) has(bytes uint64) {
	w.room.Store(bytes)
	w.must(w.watch.Look())
}

// window is the desktop of a person, without its face.
func (w *roomServer) window(person syncproto.ID, login string) *workplace.Workplace {
	w.T.Helper()
	words := must(present.LoadWords("zh"))
	boot := w.ID()
	machine, err := workplace.Open(w.T.TempDir(), workplace.World{
		World: syncclient.World{
			Read: func() syncproto.Reading {
				now := wallClock().Add(syncproto.Span(w.ahead.Load()))
				return syncproto.Reading{Wall: now, Boot: boot, Ticks: syncproto.Span(now)}
			},
			NewID: w.ID, Jitter: func() float64 { return 0 }, Program: "redress test", Log: zerolog.Nop(),
		},
		NewKey: func() (ed25519.PrivateKey, error) {
			return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), nil
		},
		Random: func(n int) ([]byte, error) { return make([]byte, n), nil }, Machine: "一号机", Words: words,
	})
	w.must(err)
	w.T.Cleanup(func() { w.must(machine.Close()) })
	code, _, err := w.served.Access.IssueCode(w.T.Context(), wallClock(), person, "周敏")
	w.must(err)
	w.must(w.served.Access.SetPassword(w.T.Context(), person, gatewaytest.Password))
	return must(machine.Enrol(w.T.Context(), workplace.Newcomer{Server: w.served.URL, Login: login, Code: code, Password: gatewaytest.Password}))
}

// until waits for the line to show what fits, hurrying the desk as a person does.
func (w *roomServer) until(window *workplace.Workplace, what string, fits func(present.Line) bool) {
	w.T.Helper()
	patience := time.NewTicker(20 * time.Millisecond)
	defer patience.Stop()
	var line present.Line
	for range 1500 {
		line = must(window.View().Line(w.T.Context(), window.Read(), window.Trouble()))
		if fits(line) {
			return
		}
		window.Retry()
		<-patience.C
	}
	w.T.Fatalf("never %s; the line says %v", what, line.Lines())
}

// TestADeskReadsOnWhileTheServerHasNoRoom: what it does waits and its person reads why, what
// others did before comes in all the same, and when there is room it is handed in by itself.
func TestADeskReadsOnWhileTheServerHasNoRoom(t *testing.T) {
	w := newRoomServer(t)
	seat := w.window(w.Seat, "wang")
	manager := must(w.served.Admitted(t.Context(), w.Manager, "li"))
	w.must(manager.Dial(t.Context()))
	w.must(manager.Play(func() bool { return manager.Current }))
	connected := func(l present.Line) bool { return l.State == present.Connected && l.Trouble == "" && l.Waiting == "" }
	w.until(seat, "connected", connected)

	w.has(serverdisk.Keep - 1)
	before := w.Ledger.Head()
	mine := w.ID()
	w.must(seat.Give(t.Context(), []replica.Wish{{Kind: syncproto.CommandOpen, Command: w.Open(mine, w.East, "K7MQ-00001")}}))
	full := must(present.LoadWords("zh"))("code.server-disk-full")
	w.until(seat, "reading while nothing is taken", func(l present.Line) bool {
		return l.State == present.Connected && l.Trouble == full && l.Waiting != ""
	})

	w.has(1 << 40) // for a moment; the seat still holds back
	theirs := w.ID()
	opening := must(manager.Tap(syncproto.CommandOpen, w.Open(theirs, w.East, "Q2RX-00001")))
	w.must(manager.Play(func() bool { return manager.Verdicts[opening].Outcome == syncproto.Accepted }))
	w.has(0)
	w.until(seat, "with the other's ticket", func(present.Line) bool {
		return len(must(seat.Replica.History(t.Context(), ticket.Ref(theirs)))) > 0
	})
	if tally := must(seat.Replica.Tally(t.Context())); tally.Pending != 1 {
		t.Errorf("of what the seat did %+v", tally)
	}
	if w.Ledger.Head() == before {
		t.Error("the other's ticket is not in the log")
	}

	w.has(1 << 40)
	w.ahead.Store(int64(2 * syncproto.Minute))
	w.until(seat, "taken", connected)
	if tally := must(seat.Replica.Tally(t.Context())); tally.Pending != 0 || !tally.Balanced() {
		t.Errorf("with room again %+v", tally)
	}
	w.Verify()
}
