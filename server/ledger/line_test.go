package ledger_test

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/ticket"
)

// opened is a world with a seat's desk and a ticket it opened.
func opened(t *testing.T) (*ledgertest.World, *ledgertest.Desk, syncproto.ID) {
	t.Helper()
	w := ledgertest.New(t)
	d := w.Desk(w.Seat, "K7MQ")
	id := w.ID()
	if v := d.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001")); v.Outcome != syncproto.Accepted {
		t.Fatalf("opening was %v: %v", v.Outcome, v.Findings)
	}
	return w, d, id
}

func note(id syncproto.ID, text string) ticket.Note { return ticket.Note{Ticket: id, Text: text} }

func equal(a, b syncproto.Verdict) bool {
	return slices.Equal(syncproto.MustEncode(a), syncproto.MustEncode(b))
}

func TestACommandIsDecidedOnceHoweverOftenItComes(t *testing.T) {
	w, d, id := opened(t)
	e := d.Make(syncproto.CommandNote, note(id, "客户再次来电"))
	both := w.Commit(d.Submission(e), d.Submission(e))
	first, head := both[0].Verdict, w.Ledger.Head()
	if first.Outcome != syncproto.Accepted || !equal(both[1].Verdict, first) {
		t.Fatalf("in one batch: %v and %v", both[0], both[1])
	}
	if again := d.Hand(e); !equal(again.Verdict, first) {
		t.Errorf("in a later batch: %v, want %v", again, first)
	}
	w.Restart()
	if again := d.Hand(e); !equal(again.Verdict, first) {
		t.Errorf("after a restart: %v, want %v", again, first)
	}
	if w.Ledger.Head() != head {
		t.Errorf("the log went on from %v to %v", head, w.Ledger.Head())
	}
	w.Verify()
}

func TestAfterARekeyACommandIsTheSame(t *testing.T) {
	w, d, id := opened(t)
	before := d.Make(syncproto.CommandNote, note(id, "一"))
	verdict := d.Hand(before).Verdict
	d.Incarnation = w.ID()
	w.Own(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: d.Device, Incarnation: d.Incarnation})
	head := w.Ledger.Head()
	again := syncproto.Reseal(before, d.Incarnation, syncproto.Link{})
	d.Last = again.Link()
	if r := d.Hand(again); !equal(r.Verdict, verdict) || w.Ledger.Head() != head {
		t.Errorf("sent again in the new line: %v, want %v", r, verdict)
	}
	if v := d.Give(syncproto.CommandNote, note(id, "二")); v.Outcome != syncproto.Accepted {
		t.Errorf("the next in the new line was %v", v.Outcome)
	}
	copied := *d // another file of the device goes on in the old line, which is its own
	copied.Incarnation, copied.Last = before.Incarnation, before.Link()
	if v := copied.Give(syncproto.CommandNote, note(id, "三")); v.Outcome != syncproto.Accepted {
		t.Errorf("the next in the old line was %v", v.Outcome)
	}
	invented := *d
	invented.Incarnation, invented.Last = w.ID(), syncproto.Link{}
	if r := invented.Hand(invented.Make(syncproto.CommandNote, note(id, "四"))); r.Problem == nil || r.Problem.Code != syncproto.CodeOutOfOrder {
		t.Errorf("in a line that nobody gave: %+v, want %s", r, syncproto.CodeOutOfOrder)
	}
	w.Verify()
}

func TestTwoCommandsWithOneIDAreAnAlarm(t *testing.T) {
	w, d, id := opened(t)
	var said strings.Builder
	l, err := ledger.Open(t.Context(), w.Store, w.ID, zerolog.New(&said))
	if err != nil {
		t.Fatal(err)
	}
	w.Ledger = l
	intent := d.Intent(syncproto.CommandNote, note(id, "一"))
	first := d.Hand(d.Seal(intent)).Verdict
	other := d.Intent(syncproto.CommandNote, note(id, "二"))
	other.ID = intent.ID
	e := d.Seal(other)
	second := d.Hand(e).Verdict
	if second.Outcome != syncproto.Rejected || second.Findings[0].Code != syncproto.CodeSameIDOtherHash || second.Command != intent.ID {
		t.Errorf("the second was %v: %v", second.Outcome, second.Findings)
	}
	if !strings.Contains(said.String(), "two different commands have one id") {
		t.Errorf("nobody is told; in the log stands %q", said.String())
	}
	if c := w.Command(intent.ID); c.Hash != first.Hash || c.Outcome != syncproto.Accepted {
		t.Errorf("the first is now %v", c.Outcome)
	}
	if again := d.Hand(e); !equal(again.Verdict, second) {
		t.Errorf("the second again: %v, want the same", again)
	}
	w.Verify()
}

// TestWhatDoesNotFollowEndsTheSession: nothing of it is in the log, and the line goes on
// as if it had never come.
func TestWhatDoesNotFollowEndsTheSession(t *testing.T) {
	tests := map[string]struct {
		spoil func(w *ledgertest.World, d *ledgertest.Desk, e syncproto.Envelope) syncproto.Envelope
		code  syncproto.Code
	}{
		"a gap": {func(_ *ledgertest.World, d *ledgertest.Desk, e syncproto.Envelope) syncproto.Envelope {
			return syncproto.Reseal(e, d.Incarnation, d.Last)
		}, syncproto.CodeOutOfOrder},
		"another command in a place that is taken": {func(_ *ledgertest.World, d *ledgertest.Desk, e syncproto.Envelope) syncproto.Envelope {
			return syncproto.Reseal(e, d.Incarnation, syncproto.Link{})
		}, syncproto.CodeOutOfOrder},
		"a hash that does not continue the chain": {func(_ *ledgertest.World, _ *ledgertest.Desk, e syncproto.Envelope) syncproto.Envelope {
			e.DeviceHash[0]++
			return e
		}, syncproto.CodeChainBroken},
		"an incarnation that is not taken any more": {func(w *ledgertest.World, _ *ledgertest.Desk, e syncproto.Envelope) syncproto.Envelope {
			return syncproto.Reseal(e, w.ID(), syncproto.Link{Counter: e.Counter - 1})
		}, syncproto.CodeOutOfOrder},
		"a device nobody enrolled": {func(w *ledgertest.World, _ *ledgertest.Desk, e syncproto.Envelope) syncproto.Envelope {
			e.Device = w.ID()
			return e
		}, syncproto.CodeUnknownDevice},
		"a desk that says it is the command line": {func(w *ledgertest.World, _ *ledgertest.Desk, e syncproto.Envelope) syncproto.Envelope {
			e.Device = w.Ledger.Identity().OperatorDevice
			return e
		}, syncproto.CodeUnknownDevice},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, d, id := opened(t)
			good := d.Make(syncproto.CommandNote, note(id, "一"))
			head := w.Ledger.Head()
			r := d.Hand(test.spoil(w, d, good))
			if r.Problem == nil || r.Problem.Code != test.code {
				t.Errorf("%+v, want the problem %s", r, test.code)
			}
			if w.Ledger.Head() != head {
				t.Error("it left an entry")
			}
			if r := d.Hand(good); r.Problem != nil || r.Verdict.Outcome != syncproto.Accepted {
				t.Errorf("the right one after it: %+v", r)
			}
			w.Verify()
		})
	}
}

// TestWhatIsWrongWithACommandIsAnEntry: rejected, with the reason, and the line goes on.
func TestWhatIsWrongWithACommandIsAnEntry(t *testing.T) {
	type making struct {
		w  *ledgertest.World
		d  *ledgertest.Desk
		id syncproto.ID
	}
	foreign := ed25519.NewKeyFromSeed([]byte("another device's 32 bytes of key"))
	raw := func(m making, data []byte) syncproto.Envelope {
		e := syncproto.Envelope{Device: m.d.Device, Intent: data, Signature: ed25519.Sign(m.d.Key, data)}
		e = syncproto.Reseal(e, m.d.Incarnation, m.d.Last)
		m.d.Last = e.Link()
		return e
	}
	changed := func(change func(m making, i *syncproto.Intent)) func(m making) syncproto.Envelope {
		return func(m making) syncproto.Envelope {
			i := m.d.Intent(syncproto.CommandNote, note(m.id, "一"))
			change(m, &i)
			return m.d.Seal(i)
		}
	}
	tests := map[string]struct {
		make func(m making) syncproto.Envelope
		code syncproto.Code
	}{
		"signed by another key": {func(m making) syncproto.Envelope {
			e := m.d.Make(syncproto.CommandNote, note(m.id, "一"))
			e.Signature = ed25519.Sign(foreign, e.Intent)
			return e
		}, syncproto.CodeUnsigned},
		"no CBOR":           {func(m making) syncproto.Envelope { return raw(m, []byte("nonsense")) }, syncproto.CodeMalformed},
		"too long":          {func(m making) syncproto.Envelope { return raw(m, make([]byte, syncproto.MaxIntent+1)) }, syncproto.CodeTooLarge},
		"no id":             {changed(func(_ making, i *syncproto.Intent) { i.ID = syncproto.ID{} }), syncproto.CodeMalformed},
		"another person":    {changed(func(m making, i *syncproto.Intent) { i.Person = m.w.Manager }), syncproto.CodeNotAllowed},
		"an operator":       {changed(func(_ making, i *syncproto.Intent) { i.Operator = "王" }), syncproto.CodeNotAllowed},
		"the server's kind": {changed(func(_ making, i *syncproto.Intent) { i.Kind = syncproto.CommandTick }), syncproto.CodeNotAllowed},
		"another subject":   {changed(func(m making, i *syncproto.Intent) { i.Subject.ID = m.w.ID() }), syncproto.CodeMalformed},
		"a broken body":     {changed(func(_ making, i *syncproto.Intent) { i.Body = i.Body[:3] }), syncproto.CodeMalformed},
		"a request nobody may give": {func(m making) syncproto.Envelope {
			return m.d.Make(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: m.w.ID(), Unit: organisation.Unit{Name: "x", Kind: organisation.Region}})
		}, syncproto.CodeNotAllowed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w, d, id := opened(t)
			e := test.make(making{w, d, id})
			r := d.Hand(e)
			if r.Problem != nil || r.Verdict.Outcome != syncproto.Rejected || r.Verdict.Findings[0].Code != test.code {
				t.Fatalf("%+v, want rejected with %s", r, test.code)
			}
			if !r.Verdict.Verify(w.Ledger.Identity().LogID, w.Ledger.Identity().ServerKey.Public().(ed25519.PublicKey)) {
				t.Error("the verdict is not signed")
			}
			if p := w.Payload(r.Verdict.Seq); p.Outcome != syncproto.Rejected || p.Command.CommandHash() != e.CommandHash() {
				t.Errorf("its entry says %v of another command", p.Outcome)
			}
			if again := d.Hand(e); !equal(again.Verdict, r.Verdict) {
				t.Errorf("sent again: %+v, want the same", again)
			}
			if v := d.Give(syncproto.CommandNote, note(id, "二")); v.Outcome != syncproto.Accepted {
				t.Errorf("the next in the line was %v: %v", v.Outcome, v.Findings)
			}
			w.Verify()
		})
	}
}

func TestNobodyTakesAnotherCommandsIDInAdvance(t *testing.T) {
	w, d, id := opened(t)
	thief := w.Desk(w.Liaison, "P3RT")
	intent := d.Intent(syncproto.CommandNote, note(id, "一"))
	stolen := thief.Intent(syncproto.CommandNote, note(id, "偷"))
	stolen.ID = intent.ID
	e := thief.Seal(stolen)
	e.Signature = make([]byte, ed25519.SignatureSize)
	if v := thief.Hand(e).Verdict; v.Outcome != syncproto.Rejected {
		t.Fatalf("the thief's was %v", v.Outcome)
	}
	if v := d.Hand(d.Seal(intent)).Verdict; v.Outcome != syncproto.Accepted {
		t.Errorf("the owner's was %v: %v", v.Outcome, v.Findings)
	}
	w.Verify()
}

func TestACopyHandedInFirstTakesNothingFromItsOwner(t *testing.T) {
	w, d, id := opened(t)
	thief := w.Desk(w.Liaison, "P3RT")
	mine := d.Make(syncproto.CommandNote, note(id, "一"))
	copied := syncproto.Envelope{Device: thief.Device, Intent: mine.Intent, Signature: mine.Signature}
	copied = syncproto.Reseal(copied, thief.Incarnation, thief.Last)
	first := thief.Hand(copied).Verdict
	if first.Outcome != syncproto.Rejected {
		t.Fatalf("the copy was %v", first.Outcome)
	}
	other := w.Desk(w.Manager, "Q4SU")
	copied.Device = other.Device
	if v := other.Hand(syncproto.Reseal(copied, other.Incarnation, other.Last)).Verdict; v.Outcome != syncproto.Rejected || v.Seq == first.Seq {
		t.Errorf("another's copy was %v by entry %d, the first one's", v.Outcome, v.Seq)
	}
	if v := d.Hand(mine).Verdict; v.Outcome != syncproto.Accepted {
		t.Errorf("the owner's was %v: %v", v.Outcome, v.Findings)
	}
	w.Verify()
}

func TestAnotherDeviceCannotAskForAVerdictByItsHash(t *testing.T) {
	w, d, id := opened(t)
	spy := w.Desk(w.Liaison, "P3RT")
	mine := d.Make(syncproto.CommandNote, note(id, "一"))
	d.Hand(mine)
	copied := syncproto.Envelope{Device: spy.Device, Intent: mine.Intent, Signature: mine.Signature}
	copied = syncproto.Reseal(copied, spy.Incarnation, spy.Last)
	if r := spy.Hand(copied); r.Problem == nil && r.Verdict.Outcome != syncproto.Rejected {
		t.Errorf("the spy got %+v", r)
	}
	w.Verify()
}

func TestTheOperatorActsInTheOwnName(t *testing.T) {
	w := ledgertest.New(t)
	id := w.Ledger.Identity()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) // as New made it
	d := &ledgertest.Desk{World: w, Device: id.OperatorDevice, Incarnation: w.ID(), Key: key}
	unit := organisation.DefineUnit{ID: w.ID(), Unit: organisation.Unit{Name: "华南区", Kind: organisation.Region}}
	nameless := d.Submission(d.Make(syncproto.CommandDefineUnit, unit))
	named := d.Intent(syncproto.CommandDefineUnit, unit)
	named.Operator = "周敏"
	withName := d.Submission(d.Seal(named))
	nameless.Source, withName.Source = ledger.FromOperator, ledger.FromOperator
	results := w.Commit(nameless, withName)
	if results[0].Verdict.Outcome != syncproto.Rejected || results[1].Verdict.Outcome != syncproto.Accepted {
		t.Errorf("without a name %+v, with one %+v", results[0], results[1])
	}
	w.Verify()
}

func TestEntriesHaveRisingTimes(t *testing.T) {
	w, d, id := opened(t)
	last := w.Ledger.LastTime()
	for _, step := range []syncproto.Span{-syncproto.Hour, 0, syncproto.Second} {
		w.Now = w.Now.Add(step)
		v := d.Give(syncproto.CommandNote, note(id, "一"))
		if v.Time <= last {
			t.Errorf("after %v the entry's time is %v, the last one's %v", step, v.Time, last)
		}
		last = v.Time
	}
}

// What a revoked device hands in: a fact that was provably done before counts; what was not waits
// for a person, and so does a request, whenever it was made (design §7).
func TestWhatARevokedDeviceHandsIn(t *testing.T) {
	w, d, id := opened(t)
	before := w.Now
	known := func(received syncproto.Instant, anchored bool, kind syncproto.CommandKind, command any) ledger.Submission {
		intent := d.Intent(kind, command)
		intent.Readings = syncproto.Readings{Reading: syncproto.Reading{Wall: before, Boot: d.Device, Ticks: syncproto.Hour}}
		if anchored {
			intent.Readings.Anchor = syncproto.Anchor{Server: before, Boot: d.Device, Ticks: syncproto.Hour}
		}
		return ledger.Submission{Source: ledger.FromDesk, Command: d.Seal(intent), Received: received}
	}
	w.Now = w.Now.Add(syncproto.Hour)
	w.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: d.Device, Reason: "电脑被盗"})
	w.Now = w.Now.Add(syncproto.Hour)
	first := known(w.Now, true, syncproto.CommandNote, note(id, "之前"))
	second := known(w.Now, false, syncproto.CommandNote, note(id, "不知何时"))
	request := known(w.Now, true, syncproto.CommandDefineUnit, organisation.DefineUnit{})
	results, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{first, second, request})
	if err != nil || len(results) != 3 {
		t.Fatal(err, results)
	}
	if v := results[0].Verdict; v.Outcome != syncproto.Accepted {
		t.Errorf("a fact that was provably done before: %v", v)
	}
	if v := results[1].Verdict; v.Outcome != syncproto.Parked || v.Findings[0].Code != syncproto.CodeAfterRevoked {
		t.Errorf("a fact of which nobody knows when it was done: %v", v)
	}
	if v := results[2].Verdict; v.Outcome != syncproto.Parked {
		t.Errorf("a request: %v", v)
	}
	w.Verify()
}
