package gateway_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/gateway"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/ticket"
)

// faltering is a ledger that fails when it is told to, and notes what it was given.
type faltering struct {
	gateway.Ledger
	fails   []bool // of the next Commits and endings
	decided []uint64
	calls   int
	ended   int
}

var errBusy = errors.Join(store.ErrBusy, errors.New("somebody makes a backup"))

func (f *faltering) falters() bool {
	f.calls++
	if len(f.fails) == 0 {
		return false
	}
	fails := f.fails[0]
	f.fails = f.fails[1:]
	return fails
}

func (f *faltering) Commit(_ context.Context, _ syncproto.Instant, submissions []ledger.Submission) ([]ledger.Result, error) {
	if f.falters() {
		return nil, errBusy
	}
	for _, s := range submissions {
		f.decided = append(f.decided, s.First.Seq)
	}
	return make([]ledger.Result, len(submissions)), nil
}

func (f *faltering) EndRestoring(context.Context, syncproto.Instant) error {
	if f.falters() {
		return errBusy
	}
	f.ended++
	return nil
}

// A restored server decides again what it lacked, in three parts. The second finds the database
// busy, and so does the end. The next attempts go on where that was: each command is decided once,
// in its order.
func TestDecidingAgainGoesOnWhereItStopped(t *testing.T) {
	w := ledgertest.New(t)
	f := &faltering{Ledger: w.Ledger, fails: []bool{false, true, false, false, true}}
	hub := gateway.NewHub(f, w.Store, nil, gateway.Chance{}, zerolog.Nop())
	var again []store.Reoffered
	var want []uint64
	for n := range uint64(2*syncproto.MaxBatch + 10) {
		again = append(again, store.Reoffered{First: syncproto.Verdict{Epoch: 1, Seq: n + 1, Outcome: syncproto.Accepted}})
		want = append(want, n+1)
	}
	if err := hub.Collect(t.Context(), w.Now, again); err != nil {
		t.Fatal(err)
	}
	for n, c := range []struct {
		err     error
		calls   int // of the ledger in this attempt
		decided int // so far
		over    bool
	}{
		{errBusy, 2, syncproto.MaxBatch, false},
		{errBusy, 3, len(want), false}, // the second part, the third, and the end
		{nil, 1, len(want), true},      // the end
		{nil, 0, len(want), true},
	} {
		f.calls = 0
		over, err := hub.Collected(t.Context(), w.Now)
		if over != c.over || !errors.Is(err, c.err) || f.calls != c.calls || !slices.Equal(f.decided, want[:c.decided]) {
			t.Errorf("attempt %d: over %v, %v, %d calls, %d decided; want %+v", n+1, over, err, f.calls, len(f.decided), c)
		}
	}
	if f.ended != 1 {
		t.Errorf("the restoring ended %d times", f.ended)
	}
}

// TestCollectingGoesOnAfterAStart: the backup is older than the devices are awaited for, and the
// server has given one of them a new line before it died. The next one waits for the same devices.
func TestCollectingGoesOnAfterAStart(t *testing.T) {
	w := ledgertest.New(t)
	desk, _ := w.Desk(w.Seat, "K7MQ"), w.Desk(w.Manager, "P2XA")
	w.Now = w.Now.Add(20 * 24 * syncproto.Hour)
	s := serveRestored(t, w)
	for range 2 {
		hub := gateway.NewHub(w.Ledger, w.Store, nil, gateway.Chance{}, zerolog.Nop())
		if err := hub.Collect(t.Context(), w.Now, nil); err != nil {
			t.Fatal(err)
		}
		if got := hub.Awaited(); got != 2 {
			t.Errorf("%d devices are awaited, want 2", got)
		}
		s.Own(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: desk.Device, Incarnation: w.ID()})
	}
}

// TestCollectingIsOverInTime: the clock of a server that is set up anew is ahead, and put right amid the
// collecting. Nobody waits longer for that.
func TestCollectingIsOverInTime(t *testing.T) {
	w := ledgertest.New(t)
	w.Desk(w.Seat, "K7MQ")
	serveRestored(t, w)
	hub := gateway.NewHub(w.Ledger, w.Store, nil, gateway.Chance{}, zerolog.Nop())
	if err := hub.Collect(t.Context(), w.Now.Add(8*syncproto.Hour), nil); err != nil {
		t.Fatal(err)
	}
	for after, want := range []bool{false, false, true} {
		over, err := hub.Collected(t.Context(), w.Now.Add(syncproto.Span(after)*15*syncproto.Minute))
		if err != nil || over != want {
			t.Errorf("%d minutes after it was put right the collecting is over %v, %v; want %v", 15*after, over, err, want)
		}
	}
}

// TestASecondRestoreAmidTheCollecting: the backup is older than the devices are awaited for, and the disk
// is lost again before they have come. The next restore is from the copy, and waits for the same devices.
func TestASecondRestoreAmidTheCollecting(t *testing.T) {
	w := ledgertest.New(t)
	w.Desk(w.Seat, "K7MQ")
	w.Desk(w.Manager, "P2XA")
	for _, c := range []struct {
		epoch   uint32
		days    syncproto.Span // since the restore before
		works   bool           // that was over, and at the end of these days something is done
		awaited int
	}{{2, 20, false, 2}, {3, 1, false, 2}, {4, 20, true, 0}} {
		w.Now = w.Now.Add(c.days * 24 * syncproto.Hour)
		if c.works {
			if err := w.Ledger.EndRestoring(t.Context(), w.Now); err != nil {
				t.Fatal(err)
			}
			w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: w.ID(), Unit: organisation.Unit{Name: "华中区", Kind: organisation.Region}})
		}
		intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
		if err := w.Store.Restored(t.Context(), store.Restoration{Epoch: c.epoch}, w.Ledger.AsRestored(c.epoch, w.Now, intent), nil); err != nil {
			t.Fatal(err)
		}
		w.Restart()
		hub := gateway.NewHub(w.Ledger, w.Store, nil, gateway.Chance{}, zerolog.Nop())
		if err := hub.Collect(t.Context(), w.Now, nil); err != nil {
			t.Fatal(err)
		}
		if got := hub.Awaited(); got != c.awaited {
			t.Errorf("in epoch %d %d devices are awaited, want %d", c.epoch, got, c.awaited)
		}
	}
}

// TestWhoWasHeardBeforeTheClockWasWrongIsAwaited: the clock was in the next year for one entry, and the disk is
// lost soon after it is put right.
func TestWhoWasHeardBeforeTheClockWasWrongIsAwaited(t *testing.T) {
	w := ledgertest.New(t)
	w.Desk(w.Seat, "K7MQ")
	today := w.Now
	w.Now = today.Add(60 * syncproto.Day)
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: w.ID(), Unit: organisation.Unit{Name: "华中区", Kind: organisation.Region}})
	w.Now = today
	serveRestored(t, w)
	hub := gateway.NewHub(w.Ledger, w.Store, nil, gateway.Chance{}, zerolog.Nop())
	if err := hub.Collect(t.Context(), w.Now, nil); err != nil {
		t.Fatal(err)
	}
	if got := hub.Awaited(); got != 1 {
		t.Errorf("%d devices are awaited, want 1", got)
	}
}

// TestWhatNobodyWasToldOfKeepsItsPlace: of two commands that a restored server lacks, its desk heard only
// what became of the second. The first was decided before it, and is again.
func TestWhatNobodyWasToldOfKeepsItsPlace(t *testing.T) {
	w := ledgertest.New(t)
	desk := w.Desk(w.Seat, "K7MQ")
	s := serveCollecting(t, w)
	d := s.as(desk, "wang")
	id := s.Ledger.Identity()
	var both []syncproto.Envelope
	for _, number := range []string{"K7MQ-00001", "K7MQ-00002"} {
		both = append(both, seal(d, s.wish(d, syncproto.CommandOpen, s.Open(s.NewID(), s.East, number))))
	}
	hello := helloOf(d)
	d.Links = d.Links[:1] // the server has none of them
	i := s.opened(d, func(h *syncproto.Hello) { h.Counter = hello.Counter })
	i.say(&syncproto.Told{})
	told := syncproto.Verdict{Hash: both[1].CommandHash(), Epoch: 1, Seq: 1, Time: s.Clock(), Outcome: syncproto.Accepted}
	for n, first := range []syncproto.Verdict{{}, told.Sign(id.LogID, id.ServerKey)} {
		i.say(&syncproto.Commands{Commands: both[n : n+1], First: []syncproto.Verdict{first}})
		if ok, code := i.goesOn(); !ok {
			t.Fatalf("the session ended with %q", code)
		}
		if over, err := s.Hub.Collected(t.Context(), s.Clock()); err != nil || over != (n == 1) {
			t.Fatalf("after %d of 2 the collecting is over %v, %v", n+1, over, err)
		}
	}
	for len(i.verdict) < 2 && i.hear() != nil { // once they are decided they are told
	}
	if len(i.verdict) != 2 {
		t.Errorf("%d have a verdict, want both", len(i.verdict))
	}
	if ok, code := i.goesOn(); !ok {
		t.Errorf("then the session ended with %q", code)
	}
}

// TestWhatNobodyWasToldOfTakesNoRoom: a desk may hand in as much as was told of, also where it did not
// hear of one of them.
func TestWhatNobodyWasToldOfTakesNoRoom(t *testing.T) {
	w := ledgertest.New(t)
	desk := w.Desk(w.Seat, "K7MQ")
	s := serveCollecting(t, w)
	d := s.as(desk, "wang")
	id := s.Ledger.Identity()
	var all []syncproto.Envelope
	var told []syncproto.Verdict
	for n := range 3 * syncproto.MaxInFlight {
		e := seal(d, s.wish(d, syncproto.CommandNote, ticket.Note{Ticket: s.NewID(), Text: "已回电"}))
		first := syncproto.Verdict{Hash: e.CommandHash(), Epoch: 1, Seq: uint64(n) + 1, Time: s.Clock(), Outcome: syncproto.Accepted}
		if first = first.Sign(id.LogID, id.ServerKey); n == 7 {
			first = syncproto.Verdict{}
		}
		all, told = append(all, e), append(told, first)
	}
	hello := helloOf(d)
	d.Links = d.Links[:1] // the server has none of them
	i := s.opened(d, func(h *syncproto.Hello) { h.Counter = hello.Counter })
	i.say(&syncproto.Told{})
	for n := 0; n < len(all); n += syncproto.MaxInFlight {
		i.say(&syncproto.Commands{Commands: all[n : n+syncproto.MaxInFlight], First: told[n : n+syncproto.MaxInFlight]})
	}
	if ok, code := i.goesOn(); !ok {
		t.Errorf("the session ended with %q", code)
	}
	if n := s.Hub.HeldInMemory(); n != len(all) || s.Hub.Awaited() != 0 {
		t.Errorf("%d commands of it are held, want %d; %d devices are awaited", n, len(all), s.Hub.Awaited())
	}
}
