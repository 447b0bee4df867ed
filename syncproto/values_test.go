package syncproto

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"
)

func TestMoneyIsWrittenAndReadInYuan(t *testing.T) {
	written := map[Fen]string{0: "¥0.00", 1: "¥0.01", 120_000: "¥1,200.00", 600_000: "¥6,000.00", 123_456_789: "¥1,234,567.89", -20_050: "-¥200.50"}
	for fen, want := range written {
		if got := fen.String(); got != want {
			t.Errorf("%d fen: got %s, want %s", int64(fen), got, want)
		}
	}
	read := map[string]Fen{"1200": 120_000, "1,200.5": 120_050, "￥4，800.00": 480_000, ".01": 1, "6000。01": 600_001,
		"12,000": 1_200_000, "1,234,567.8": 123_456_780, "¥999": 99_900, "7.": 700,
		"１２００．５０": 120_050, "￥１，２００。５": 120_050}
	for text, want := range read {
		if got, err := ParseFen(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "¥", "1.234", "-5", "12a", "1e3", "99999999999999",
		"1,00", "1，00", "12,34.00", ",500", "1,", "1,,000", "1234,567", "1,234,56", "1.2,00", "1,234,567.8,", "１，００", "－５", "1２.３.4", "１２ａ"} {
		if got, err := ParseFen(bad); !errors.Is(err, &Problem{Code: CodeMalformed}) {
			t.Errorf("%q: got %d, %v; want it refused", bad, got, err)
		}
	}
}

func TestAMonthIsShanghais(t *testing.T) {
	midnight := time.Date(2026, 11, 30, 16, 0, 0, 0, time.UTC) // 1 December, 00:00 in Shanghai
	if got := MonthOf(InstantOf(midnight)).String(); got != "2026-12" {
		t.Errorf("at midnight in Shanghai: got %s, want 2026-12", got)
	}
	for text, want := range map[string]bool{"2026-12": true, "0001-01": true, "0000-01": false, "2026-13": false, "26-1": false, "": false} {
		if got, is := ParseMonth(text); is != want || is && got.String() != text {
			t.Errorf("%q is read as %v, %v; want %v", text, got, is, want)
		}
	}
	if got := MonthOf(InstantOf(midnight) - 1).String(); got != "2026-11" {
		t.Errorf("a microsecond before: got %s, want 2026-11", got)
	}
	if got := MonthOf(InstantOf(midnight)).Start(); got != InstantOf(midnight) {
		t.Errorf("start: got %v, want %v", got, InstantOf(midnight))
	}
}

// TestBound tells each case of design §6: what is known of the time of an action.
func TestBound(t *testing.T) {
	today, yesterday := Derive("boot"), Derive("earlier boot")
	const noon = Instant(1_800_000_000_000_000)
	anchor := Anchor{Server: noon, RTT: 100 * Millisecond, Boot: today, Ticks: Hour}
	action := Reading{Wall: noon.Add(10 * Minute), Boot: today, Ticks: Hour + 10*Minute}
	receipt := noon.Add(5 * Hour)
	// RTT/2 + 200 ppm of ten minutes + 50 ms. Ticks that are 200 ppm slow count ten minutes
	// where a little more passed, so the 120 ms are rounded up.
	const ppm = 120*Millisecond + 200
	tenMinutesOff, reconnectOff := 50*Millisecond+ppm+50*Millisecond, ppm+50*Millisecond
	later := Anchor{Server: noon.Add(20 * Minute), Boot: today, Ticks: Hour + 20*Minute}

	tests := map[string]struct {
		action    Readings
		reconnect Anchor
		want      Interval
	}{
		"an anchor of the same boot bounds it from both sides": {
			Readings{action, anchor}, Anchor{}, Interval{noon.Add(10*Minute - tenMinutesOff), noon.Add(10*Minute + tenMinutesOff)}},
		"the reconnect, of the same boot, narrows it": {
			Readings{action, anchor}, later, Interval{noon.Add(10*Minute - reconnectOff), noon.Add(10*Minute + reconnectOff)}},
		"rebooted before: the reconnect alone bounds it": {
			Readings{action, Anchor{Server: noon.Add(-Day), Boot: yesterday}}, later, Interval{noon.Add(10*Minute - reconnectOff), noon.Add(10*Minute + reconnectOff)}},
		"rebooted before and after: until the receipt": {
			Readings{action, Anchor{Server: noon.Add(-Day), Boot: yesterday}}, Anchor{Server: receipt, Boot: Derive("later boot")},
			Interval{noon.Add(-Day - 50*Millisecond), receipt}},
		"no anchor at all": {Readings{Reading: action}, Anchor{}, Interval{0, receipt}},
		"anchors that contradict each other: until the receipt": {
			Readings{action, anchor}, Anchor{Server: noon.Add(4 * Hour), Boot: today, Ticks: Hour + 20*Minute}, Interval{noon.Add(-100 * Millisecond), receipt}},
		"the clock failed at the action: of no boot, it is of no anchor's own": {
			Readings{Reading{Wall: noon}, Anchor{Server: noon, RTT: 100 * Millisecond}}, Anchor{Server: noon.Add(Hour)},
			Interval{noon.Add(-100 * Millisecond), receipt}},
		"read a moment before its anchor came": {
			Readings{Reading{Boot: today, Ticks: Hour - Second}, anchor}, Anchor{},
			Interval{noon.Add(-Second - 100*Millisecond - 400), noon.Add(100 * Millisecond)}},
		"ticks set back: no earlier than its anchor": {
			Readings{Reading{Boot: today}, anchor}, Anchor{}, Interval{noon.Add(-Hour - 100*Millisecond - 720_200), noon.Add(100 * Millisecond)}},
		"a device cannot act after its command was received": {
			Readings{Reading{Boot: today, Ticks: 100 * Hour}, anchor}, Anchor{}, Interval{noon.Add(-100 * Millisecond), receipt}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Bound(test.action, test.reconnect, receipt); got != test.want {
				t.Errorf("got %v – %v, want %v – %v", got.Lo, got.Hi, test.want.Lo, test.want.Hi)
			}
		})
	}
	within := Interval{noon, noon.Add(Minute)}
	if within.At(0) != noon || within.At(noon.Add(Second)) != noon.Add(Second) || within.At(noon.Add(Day)) != noon.Add(Minute) {
		t.Error("a wall clock is not clamped into what is possible")
	}
}

func TestTheChainNoticesAnyChange(t *testing.T) {
	previous := HashOf([]byte("previous"))
	entry := Chained(previous, Header{Seq: 2, Time: 5}, []byte("payload"))
	var header Header
	if err := Decode(entry.Header, &header); err != nil {
		t.Fatal(err)
	}
	if ChainOf(previous, entry.Header, header.Payload) != entry.Chain {
		t.Error("the chain cannot be made again from header and payload hash alone")
	}
	if header.Format != EntryFormat || header.Payload != HashOf([]byte("payload")) {
		t.Errorf("header %+v lacks the format or the payload's hash", header)
	}
	for name, other := range map[string]Hash{
		"another payload":  Chained(previous, Header{Seq: 2, Time: 5}, []byte("paylord")).Chain,
		"another time":     Chained(previous, Header{Seq: 2, Time: 6}, []byte("payload")).Chain,
		"another previous": Chained(Hash{}, Header{Seq: 2, Time: 5}, []byte("payload")).Chain,
	} {
		if other == entry.Chain {
			t.Errorf("%s gives the same chain", name)
		}
	}
}

func TestAnEnvelopeIsOpenedOnlyAsSigned(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, _ := key.Public().(ed25519.PublicKey)
	intent := Intent{ID: Derive("c"), Kind: CommandNote, Subject: Ref{KindTicket, Derive("t")}, Body: []byte{0xa0}}
	sealed := Seal(intent, key, Derive("device"), Derive("one"), Link{})

	if got, err := sealed.Open(public); err != nil || got.ID != intent.ID {
		t.Fatalf("got %v, %v", got, err)
	}
	moved := Reseal(sealed, Derive("two"), Link{Counter: 8})
	if moved.CommandHash() != sealed.CommandHash() || moved.Counter != 9 || moved.DeviceHash == sealed.DeviceHash {
		t.Error("after a rekey it must be the same command at another place")
	}
	if _, err := moved.Open(public); err != nil {
		t.Errorf("after a rekey the signature no longer fits: %v", err)
	}
	forged := sealed
	forged.Intent = MustEncode(Intent{ID: intent.ID, Kind: CommandApproveClaim})
	if _, err := forged.Open(public); !errors.Is(err, &Problem{Code: CodeUnsigned}) {
		t.Errorf("a changed intent: got %v, want %s", err, CodeUnsigned)
	}
	tick := Seal(Intent{ID: intent.ID, Kind: CommandTick}, key, Derive("device"), Derive("one"), Link{})
	if _, err := tick.Open(public); !errors.Is(err, &Problem{Code: CodeNotAllowed}) {
		t.Errorf("the server's own kind from a desk: got %v, want %s", err, CodeNotAllowed)
	}
}

func TestAVerdictsSignatureCoversItsOutcome(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, _ := key.Public().(ed25519.PublicKey)
	log := Derive("log")
	v := Verdict{Hash: HashOf(nil), Epoch: 1, Seq: 4, Time: 9, Outcome: Accepted}.Sign(log, key)
	if !v.Verify(log, public) {
		t.Fatal("its own signature does not fit")
	}
	for name, change := range map[string]func(*Verdict){
		"outcome": func(v *Verdict) { v.Outcome = Rejected }, "seq": func(v *Verdict) { v.Seq++ },
		"epoch": func(v *Verdict) { v.Epoch++ }, "time": func(v *Verdict) { v.Time++ }, "interval": func(v *Verdict) { v.Within.Hi++ },
	} {
		other := v
		change(&other)
		if other.Verify(log, public) {
			t.Errorf("a changed %s is not noticed", name)
		}
	}
	if v.Verify(Derive("another log"), public) {
		t.Error("another log's verdict is taken")
	}
}

func TestIDsAreDerivedApart(t *testing.T) {
	a, b := Derive("event", NumberedID(1)), Derive("event", NumberedID(2))
	if a == b || a == Derive("firing", NumberedID(1)) || a != Derive("event", NumberedID(1)) {
		t.Error("derived ids are not what they follow from")
	}
	back, err := ParseID(a.String())
	if err != nil || back != a {
		t.Errorf("got %v, %v; want %v", back, err, a)
	}
	if _, err := ParseID("K7MQ-00042"); !errors.Is(err, &Problem{Code: CodeMalformed}) {
		t.Errorf("a ticket number as an id: got %v", err)
	}
}
