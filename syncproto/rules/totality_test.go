package rules_test

import (
	"bytes"
	"math"
	"reflect"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"

	"pgregory.net/rapid"
)

// Decide and Evolve are total: whatever stands in a command or an event, they answer, do
// not panic, and leave what they were given as it was (design §3).

// filled is a value of the type with anything in it: things the log knows, edges, noise.
func filled(rt *rapid.T, typ reflect.Type, ids []syncproto.ID) reflect.Value {
	value := reflect.New(typ).Elem()
	if typ == reflect.TypeOf(syncproto.ID{}) || typ == reflect.TypeOf(syncproto.Bucket{}) {
		value.Set(reflect.ValueOf(rapid.SampledFrom(ids).Draw(rt, "id")).Convert(typ))
		return value
	}
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			value.Field(i).Set(filled(rt, typ.Field(i).Type, ids))
		}
	case reflect.Array:
		for i := range typ.Len() {
			value.Index(i).Set(filled(rt, typ.Elem(), ids))
		}
	case reflect.Slice:
		for range rapid.IntRange(0, 3).Draw(rt, "length") {
			value = reflect.Append(value, filled(rt, typ.Elem(), ids))
		}
	case reflect.String:
		value.SetString(rapid.SampledFrom([]string{"", "subject", "customer-name", "customer-phone", "远程车控失败", "13800000000",
			"LSVAA4182E2123456", "车", string(bytes.Repeat([]byte("字"), 5000))}).Draw(rt, "text"))
	case reflect.Bool:
		value.SetBool(rapid.Bool().Draw(rt, "bool"))
	case reflect.Int64, reflect.Int32, reflect.Int16, reflect.Int8, reflect.Int:
		n := rapid.SampledFrom([]int64{0, 1, -1, 100, 600_000, int64(Morning), math.MaxInt64, math.MinInt64}).Draw(rt, "number")
		value.SetInt(n)
	default:
		n := rapid.SampledFrom([]uint64{0, 1, 2, 3, 24_322, math.MaxUint64}).Draw(rt, "count")
		value.SetUint(n & (1<<typ.Bits() - 1))
	}
	return value
}

// knownIDs are the ids of what the log holds, those that most commands are about several
// times, and some it does not hold.
func knownIDs(l *Log) []syncproto.ID {
	ids := []syncproto.ID{{}, syncproto.Derive("nobody knows")}
	for _, ref := range sortedRefs(l) {
		times := 1
		if !rules.IsReference(ref.Kind) {
			times = 8
		}
		for range times {
			ids = append(ids, ref.ID)
		}
		if body, held := l.Docs[ref].Body.(ticket.Body); held {
			for _, c := range body.Clocks {
				ids = append(ids, c.Cause)
			}
			for _, p := range body.Proposals {
				ids = append(ids, p.Command, p.Command, p.Command)
			}
		}
		if body, held := l.Docs[ref].Body.(authority.Body); held {
			for _, g := range body.Grants {
				ids = append(ids, g.ID, g.ID, g.ID)
			}
		}
	}
	return ids
}

func TestDecideIsTotal(t *testing.T) {
	story := newTelling().tell(t)
	ids, kinds, commands := knownIDs(story.Log), rules.Sorted(rules.Commands()), rules.Commands()
	accepted := 0
	decide := func(rt *rapid.T) {
		kind := rapid.SampledFrom(kinds).Draw(rt, "kind")
		command := filled(rt, reflect.TypeOf(commands[kind]), ids).Interface()
		in := decision.Input{
			Intent:  syncproto.Intent{ID: syncproto.Derive("any"), Kind: kind, Subject: rules.SubjectOf(kind, command)},
			Command: command,
			Now:     rapid.SampledFrom([]syncproto.Instant{story.Now, 0, math.MaxInt64}).Draw(rt, "now"),
			AtTap:   rapid.Bool().Draw(rt, "at the tap"),
			Docs:    decision.Docs{},
		}
		in.Intent.Person = rapid.SampledFrom([]syncproto.ID{Seat, Manager, Liaison, CarHead, Service, {}}).Draw(rt, "person")
		in.Intent.Operator = rapid.SampledFrom([]string{"", "operator"}).Draw(rt, "operator")
		in.Intent.Shares = filled(rt, reflect.TypeOf(in.Intent.Shares), ids).Interface().([]syncproto.Share)
		in.Within = filled(rt, reflect.TypeOf(in.Within), ids).Interface().(syncproto.Interval)
		in.At = in.Within.At(in.Now)
		in.Device, in.Incarnation = DeviceOf(in.Intent.Person)
		for range syncproto.MaxNeedsRounds {
			for _, wanted := range rules.Needs(in, story.Reference) {
				doc := story.Docs[wanted]
				there := []decision.Doc{doc, doc, doc, {Presence: decision.Unknown}, {Presence: decision.Absent}}
				if wanted.Kind == syncproto.KindTicket || wanted.Kind == syncproto.KindClaim { // what commands make
					there = append(there, decision.Doc{Presence: decision.Refused})
				}
				in.Docs[wanted] = rapid.SampledFrom(there).Draw(rt, "document")
			}
		}
		before := snapshot(in.Docs)
		out := rules.Decide(in, story.Reference)
		if out.Outcome == syncproto.Accepted {
			accepted++
			if _, err := rules.Fold(in, out); err != nil {
				rt.Logf("refused by a limit: %v", err)
			}
		} else if len(out.Findings) == 0 || len(out.Changes) > 0 {
			rt.Fatalf("%v was %v with %v and %d changes", kind, out.Outcome, out.Findings, len(out.Changes))
		}
		if out.Outcome == syncproto.Parked && in.Docs[out.Findings[0].Doc].Presence == decision.Refused {
			rt.Fatalf("%v waits for %v, which was refused", kind, out.Findings[0].Doc)
		}
		for ref, body := range snapshot(in.Docs) {
			if !bytes.Equal(before[ref], body) {
				rt.Fatalf("deciding %v changed %v, which it was only given to read", kind, ref)
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		for range 50 {
			decide(rt)
		}
	})
	if accepted == 0 {
		t.Error("nothing was ever accepted: the test looks at refusals only")
	}
}

func TestEvolveIsTotal(t *testing.T) {
	story := newTelling().tell(t)
	ids, kinds, all := knownIDs(story.Log), rules.Sorted(rules.Events()), rules.Events()
	refs := sortedRefs(story.Log)
	rapid.Check(t, func(rt *rapid.T) {
		ref := rapid.SampledFrom(refs).Draw(rt, "document")
		doc := story.Docs[ref]
		for range 5 {
			kind := rapid.SampledFrom(kinds).Draw(rt, "kind")
			value := filled(rt, reflect.TypeOf(all[kind]), ids).Interface()
			before := syncproto.MustEncode(doc.Body)
			next, err := rules.Evolve(ref, doc, syncproto.Event{Doc: ref, Kind: kind, Version: doc.Version + 1, Body: syncproto.MustEncode(value)})
			if err != nil {
				rt.Fatalf("%v on %v: %v", kind, ref, err)
			}
			if !bytes.Equal(before, syncproto.MustEncode(doc.Body)) {
				rt.Fatalf("%v changed the body of %v in place", kind, ref)
			}
			doc = next
			rules.NextDue(ref, doc.Body)
			rules.WaitsFor(ref, doc.Body, story.Now)
			rules.Buckets(ref, doc.Body)
			rules.IndexOf(ref, doc.Body)
		}
	})
}

// FuzzRead: whatever bytes come as a command, reading them says what is wrong or gives a
// command that can be decided.
func FuzzRead(f *testing.F) {
	story := newTelling().tell(f)
	for _, c := range story.commands {
		f.Add(uint16(c.kind), c.body, true)
		f.Add(uint16(c.kind), c.body, false)
	}
	f.Fuzz(func(_ *testing.T, kind uint16, body []byte, atTap bool) {
		intent := syncproto.Intent{ID: syncproto.Derive("fuzz"), Kind: syncproto.CommandKind(kind), Body: body, Operator: "fuzz"}
		if rules.Known(intent.Kind) {
			if command, err := rules.DecodeCommand(intent.Kind, body); err == nil {
				intent.Subject = rules.SubjectOf(intent.Kind, command)
			}
		}
		command, err := rules.Read(intent)
		if err != nil {
			return
		}
		in := decision.Input{Intent: intent, Command: command, Now: story.Now, At: story.Now,
			Within: syncproto.Interval{Lo: story.Now, Hi: story.Now}, AtTap: atTap, Docs: decision.Docs{}}
		for range syncproto.MaxNeedsRounds {
			for _, wanted := range rules.Needs(in, story.Reference) {
				in.Docs[wanted] = story.Docs[wanted]
			}
		}
		if out := rules.Decide(in, story.Reference); out.Outcome == syncproto.Accepted {
			_, _ = rules.Fold(in, out) // a limit may refuse it; it must not panic
		}
	})
}

func snapshot(docs decision.Docs) map[syncproto.Ref][]byte {
	all := make(map[syncproto.Ref][]byte, len(docs))
	for ref, doc := range docs {
		all[ref] = syncproto.MustEncode(doc.Body)
	}
	return all
}
