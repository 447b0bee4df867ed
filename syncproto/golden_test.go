package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"redress/syncproto/wiretest"
)

var rewrite = flag.Bool("rewrite", false, "write the goldens anew")

// samples is one of each thing that crosses the wire or rests in the log, every field set.
func samples() map[string]any {
	id := func(name string) ID { return Derive("sample " + name) }
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	reading := Reading{Wall: 1_800_000_000_000_000, Boot: id("boot"), Ticks: 90 * Minute}
	anchor := Anchor{Server: 1_799_999_990_000_000, RTT: 20 * Millisecond, Boot: id("boot"), Ticks: 89 * Minute}
	ticket := Ref{KindTicket, id("ticket")}
	intent := Intent{ID: id("command"), Kind: CommandRespond, Subject: ticket, Person: id("person"),
		Readings: Readings{reading, anchor}, Known: 41, Shares: []Share{{id("grant"), 120_000}}, Body: []byte{0xa0}, Operator: "hq"}
	envelope := Seal(intent, key, id("device"), id("incarnation"), Link{6, HashOf([]byte("before"))})
	within := Interval{1_799_999_000_000_000, 1_799_999_100_000_000}
	finding := Finding{Code: CodeChanged, Field: "subject", Amount: 1, When: 2, Doc: ticket, Person: id("person"), Text: "原文"}
	verdict := Verdict{Command: id("command"), Hash: envelope.CommandHash(), Epoch: 1, Seq: 42, Time: 1_800_000_001_000_000,
		Within: within, Outcome: Accepted, Findings: []Finding{finding}}.Sign(id("log"), key)
	event := Event{ID: id("event"), Doc: ticket, Kind: EventResponded, Version: 3, Body: []byte{0xa0}}
	grant := SignGrant(Grant{ID: id("grant"), Account: Ref{KindAccount, id("account")}, Manager: id("person"), Month: 24322,
		Kind: GrantAmount, Amount: 600_000, Device: id("device"), Incarnation: id("incarnation"), NotBefore: 5}, key)
	payload := MustEncode(Payload{Command: envelope, Received: 3, Reconnect: anchor, Within: within, Outcome: Accepted,
		Findings: []Finding{finding}, Events: []Event{event}, Releases: 40})
	entry := Chained(HashOf([]byte("previous")), Header{LogID: id("log"), Epoch: 1, Seq: 42, Time: verdict.Time}, payload)
	bucket := Bucket(id("unit"))
	return map[string]any{
		"payload-first": cborBytes(MustEncode(Payload{Command: envelope, Outcome: Accepted, First: verdict})),
		"intent-shows":  Intent{ID: id("command"), Kind: CommandApproveClaim, Subject: ticket, Shares: []Share{{id("grant"), 120_000}}, Grants: []SignedGrant{grant}},
		"intent":        intent, "payload": cborBytes(payload), "header": cborBytes(entry.Header), "grant": cborBytes(grant.Grant),
		"hello": &Hello{Newest: 1, Oldest: 1, Program: "redress", LogID: id("log"), Epoch: 1, Cursor: 40, Device: id("device"),
			Incarnation: id("incarnation"), Counter: 7, Token: "t", Held: []Bucket{bucket}, Filling: []Bucket{ReferenceBucket}},
		"challenge": &Challenge{Version: 1, LogID: id("log"), Epoch: 1, Nonce: bytes.Repeat([]byte{1}, 32), Counter: 6, Time: 9},
		"proof":     &Proof{Hash: HashOf(nil), Behind: true, Reading: reading, Signature: []byte{1}},
		"welcome": &Welcome{Action: ActionRekey, LogID: id("log"), Epoch: 1, Head: 42, Counter: 6, Incarnation: id("incarnation"),
			Person: id("person"), Time: 9, Buckets: []Bucket{bucket}},
		"welcome-erase":      &Welcome{Action: ActionWipe, LogID: id("log"), Epoch: 1, Head: 42, Counter: 6, Order: []byte("order")},
		"welcome-covered":    &Welcome{Action: ActionResync, LogID: id("log"), Epoch: 2, Covered: Covered{{1, 40}, {2, 41}}},
		"commands":           &Commands{Commands: []Envelope{envelope}},
		"commands-first":     &Commands{Commands: []Envelope{envelope}, First: []Verdict{verdict}},
		"verdicts":           &Verdicts{Verdicts: []Verdict{verdict}, Received: 7},
		"verdicts-collected": &Verdicts{Received: 7, Collected: 9},
		"delta": &Delta{Epoch: 1, From: 40, Cursor: 42, Documents: []Document{{ticket, 1, 3, []byte{0xa0}}},
			History: []HistoryEntry{{Event: event, Epoch: 1, Seq: 42, Time: 9, Command: id("command"), Person: id("person"), Device: id("device"),
				At: 8, Within: within}},
			Removed: []Ref{ticket}, Own: []Verdict{verdict}, Held: []Bucket{bucket}, Lost: []Bucket{bucket}, Current: true},
		"delta-page": &Delta{Epoch: 1, From: 42, Cursor: 42, Filling: []Bucket{bucket}, Page: &Page{Bucket: bucket, Parts: PartSet{}.With(9),
			After: ticket, Upto: Ref{KindClaim, id("claim")}, Last: true, Packed: []byte{1}}},
		"page":       PageContents{Documents: []Document{{ticket, 1, 3, []byte{0xa0}}}, History: []HistoryEntry{{Event: event, Epoch: 1, Seq: 42}}},
		"checkpoint": &Checkpoint{1, 42, 9, []BucketSum{{bucket, Sum{2, 1 << 63}}, {ReferenceBucket, Sum{}}}},
		"differs":    &Differs{[]Bucket{bucket}, true, true}, "parts": &Parts{1, 42, bucket, []byte{1}}, "fetch": &Fetch{bucket, AllParts, true}, "wiped": &Wiped{7},
		"applied": &Applied{42}, "head": &Head{1, 42, 9}, "grants": &Grants{[]SignedGrant{grant}},
		"enrol": EnrolRequest{Code: "ABCDE-23456", Login: "li", Key: bytes.Repeat([]byte{2}, 32), Name: "PC", Incarnation: id("incarnation"), Signature: []byte{1}},
		"enrol-again": EnrolRequest{Code: "ABCDE-23456", Login: "li", Key: bytes.Repeat([]byte{2}, 32), Name: "PC", Incarnation: id("incarnation"),
			Signature: []byte{1}, Device: id("device"), DeviceCode: "K7MQ"},
		"desks-request": DesksRequest{Device: id("device"), Token: "t", At: 9, After: id("device before"), Signature: []byte{1}},
		"desks-answer": DesksAnswer{Time: 9, More: true, Desks: []DeskSeen{{Device: id("device"), Connected: true, HandsIn: true,
			Seen: 8, Waiting: 7, Announced: 6, Program: "redress 1.0", Version: 2}}},
		"told": &Told{Verdicts: []Verdict{verdict}, More: true},
		"ping": &Ping{3}, "pong": &Pong{3, 9}, "goaway": &Goaway{Code: CodeShutdown, RetryAfter: 5 * Second, Detail: "going down"},
		"goaway-read": &Goaway{Code: CodeDiskFull, RetryAfter: Minute, ReadAfter: Second},
	}
}

// cborBytes is something already encoded.
type cborBytes []byte

func encodeSample(t *testing.T, v any) []byte {
	t.Helper()
	var data []byte
	var err error
	switch v := v.(type) {
	case cborBytes:
		return v
	case Frame:
		data, err = EncodeFrame(v)
	default:
		data, err = Encode(v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestGoldens holds the released form of everything on the wire: in diagnostic notation
// for people and in hex for machines. A line that changes is a new protocol version.
func TestGoldens(t *testing.T) {
	for name, sample := range samples() {
		data := encodeSample(t, sample)
		words, err := Diagnose(data)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(words, ", ", ",\n ") + "\n\n" + hex.EncodeToString(data) + "\n"
		path := filepath.Join("testdata", "wire", fmt.Sprintf("v%d-%s.golden", Version, name))
		if *rewrite {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if text != string(want) {
			t.Errorf("%s is written otherwise than released; got\n%swant\n%s", name, text, want)
		}
	}
}

// TestGoldensAreRead decodes every released message of every version and finds all fields.
func TestGoldensAreRead(t *testing.T) {
	current := samples()
	for _, golden := range wiretest.Goldens(t, ".") {
		want, isFrame := current[golden.Name].(Frame)
		if !isFrame {
			continue
		}
		got, err := DecodeFrame(golden.Data)
		if err != nil {
			t.Errorf("%s: %v", golden.File, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", golden.File, got, want)
		}
	}
}

// TestEveryFieldCanBeLeftOut: a field of a released struct is integer-keyed and omitted
// when empty, so that adding one changes no byte of what is written without it.
func TestEveryFieldCanBeLeftOut(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			visit(typ.Elem())
		case reflect.Struct:
			if seen[typ] {
				return
			}
			seen[typ] = true
			for i := range typ.NumField() {
				f := typ.Field(i)
				if !f.IsExported() {
					continue // no part of what is written
				}
				tag := f.Tag.Get("cbor")
				if !strings.Contains(tag, "keyasint") || !strings.Contains(tag, "omitempty") && !strings.Contains(tag, "omitzero") {
					t.Errorf("%v.%s has the tag %q", typ, f.Name, tag)
				}
				visit(f.Type)
			}
		}
	}
	for _, s := range samples() {
		if _, raw := s.(cborBytes); !raw {
			visit(reflect.TypeOf(s))
		}
	}
	visit(reflect.TypeOf(Payload{}))
	visit(reflect.TypeOf(Header{}))
	visit(reflect.TypeOf(Grant{}))
	visit(reflect.TypeOf(VerdictPromise{}))
}

// TestTheLongestAnswerAboutDesksFits into what a desk reads of it, and nothing is lost on the
// way.
func TestTheLongestAnswerAboutDesksFits(t *testing.T) {
	sent := DesksAnswer{Time: 1 << 60, More: true}
	for n := range MaxDesks {
		sent.Desks = append(sent.Desks, DeskSeen{Device: NumberedID(uint64(n)), Connected: true, HandsIn: true, Seen: 1 << 60, Waiting: 1 << 60,
			Announced: 1 << 60, Program: strings.Repeat("\U0002a6df", MaxProgram), Version: 1<<16 - 1})
	}
	data, err := Encode(sent)
	if err != nil || len(data) > MaxDesksAnswer {
		t.Fatalf("%d bytes of %d: %v", len(data), MaxDesksAnswer, err)
	}
	var got DesksAnswer
	if err := Decode(data, &got); err != nil || !reflect.DeepEqual(got, sent) {
		t.Errorf("it came otherwise than it was sent: %v", err)
	}
}

func TestBadMessagesAreRefused(t *testing.T) {
	good := encodeSample(t, &Ping{3})
	tests := map[string]struct {
		hex  string
		code Code
	}{
		"nothing":                    {"", CodeMalformed},
		"not CBOR":                   {"ff", CodeMalformed},
		"a map where a pair belongs": {"a0", CodeMalformed},
		"cut off":                    {hex.EncodeToString(good[:len(good)-1]), CodeMalformed},
		"more after the end":         {hex.EncodeToString(good) + "00", CodeMalformed},
		"a kind nobody knows":        {"8218faa0", CodeUnknownKind},
		"a duplicate key":            {"820ba201030104", CodeMalformed},
		"a tag":                      {"820bc1a10103", CodeMalformed},
		"an indefinite length":       {"820bbf0103ff", CodeMalformed},
		"a float for an integer":     {"820ba101f93c00", CodeMalformed},
		"text that is not UTF-8":     {"820da10161ff", CodeMalformed},
		"an id too short":            {"8201a1044101", CodeMalformed},
		"an id too long":             {"8201a10451" + strings.Repeat("01", 17), CodeMalformed},
		"a list for an id":           {"8201a10490" + strings.Repeat("01", 16), CodeMalformed},
		"a hash of an id's length":   {"8203a10150" + strings.Repeat("01", 16), CodeMalformed},
		"a bucket too short":         {"8201a10b814101", CodeMalformed},
		"nested too deep":            {"820b" + strings.Repeat("a101", 40) + "00", CodeMalformed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			data, err := hex.DecodeString(test.hex)
			if err != nil {
				t.Fatal(err)
			}
			_, err = DecodeFrame(data)
			if !errors.Is(err, &Problem{Code: test.code}) {
				t.Errorf("got %v, want %s", err, test.code)
			}
		})
	}
	if _, err := DecodeFrame(make([]byte, MaxMessage+1)); !errors.Is(err, &Problem{Code: CodeTooLarge}) {
		t.Errorf("a message over the limit: got %v, want %s", err, CodeTooLarge)
	}
}

// What is only handed on travels as the bytes it rests as.
func TestAHistoryThatRestsTravelsAsItIs(t *testing.T) {
	entry := HistoryEntry{Event: Event{ID: ID{1}, Doc: Ref{KindTicket, ID{2}}, Kind: EventNoted, Version: 3, Body: []byte{0xa0}}, Epoch: 1, Seq: 42}
	rests := MustEncode(entry)
	read, err := RestingHistory(rests)
	if err != nil || read.Seq != 42 || !bytes.Equal(MustEncode(read), rests) {
		t.Errorf("%v is read as %+v: %v", entry, read, err)
	}
	if _, err := RestingHistory(rests[1:]); err == nil {
		t.Error("half of it is read")
	}
}
