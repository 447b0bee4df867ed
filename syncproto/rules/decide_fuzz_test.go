package rules_test

import (
	"bytes"
	"maps"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
)

// deciders are who gives the commands of FuzzDecide: one of each role, nobody, and the command
// line.
var deciders = []syncproto.ID{Seat, Manager, Liaison, Engineer, CarHead, VicePres, Office, Service, Leader, {}}

// decided is what becomes of a command on the documents: what the ledger would keep of it. What
// is not promised of every decision fails here.
func (r *released) decided(t *testing.T, docs decision.Docs, in decision.Input) decision.Docs {
	t.Helper()
	for range syncproto.MaxNeedsRounds {
		for _, wanted := range rules.Needs(in, r.reference) {
			in.Docs[wanted] = decision.Doc{Presence: decision.Absent}
			if doc, held := docs[wanted]; held {
				in.Docs[wanted] = doc
			}
		}
	}
	if more := rules.Needs(in, r.reference); len(more) > 0 {
		t.Fatalf("%v still needs %v after %d rounds", in.Intent.Kind, more, syncproto.MaxNeedsRounds)
	}
	before := snapshot(in.Docs)
	out := rules.Decide(in, r.reference)
	if again := rules.Decide(in, r.reference); !bytes.Equal(written(t, in, out), written(t, in, again)) {
		t.Fatalf("%v is decided in two ways", in.Intent.Kind)
	}
	for ref, body := range snapshot(in.Docs) {
		if !bytes.Equal(before[ref], body) {
			t.Fatalf("deciding %v changed %v, which it was only given to read", in.Intent.Kind, ref)
		}
	}
	if out.Outcome != syncproto.Accepted {
		if len(out.Findings) == 0 || len(out.Changes) > 0 {
			t.Fatalf("%v was %v with %v and %d changes", in.Intent.Kind, out.Outcome, out.Findings, len(out.Changes))
		}
		return docs
	}
	changed, err := rules.Fold(in, out)
	if err != nil {
		isProblem(t, err)
		return docs
	}
	next := maps.Clone(docs)
	for _, c := range changed {
		if _, err := rules.WriteBody(c.After.Body); err != nil { // the ledger keeps nothing of it
			isProblem(t, err)
			return docs
		}
		keeps(t, c.Ref.Kind, c.After.Body)
		asked(c.Ref, c.After.Body)
		next[c.Ref] = c.After
	}
	return next
}

// written is all that a decision says, as bytes.
func written(t *testing.T, in decision.Input, out decision.Outcome) []byte {
	t.Helper()
	if len(out.Findings) > syncproto.MaxFindings {
		t.Fatalf("%v has %d findings", in.Intent.Kind, len(out.Findings))
	}
	data := syncproto.MustEncode(syncproto.Verdict{Outcome: out.Outcome, Findings: out.Findings})
	if err := syncproto.Decode(data, &syncproto.Verdict{}); err != nil {
		t.Fatalf("the verdict on %v cannot be read: %v", in.Intent.Kind, err)
	}
	if out.Outcome != syncproto.Accepted {
		return data
	}
	changed, err := rules.Fold(in, out)
	if err != nil {
		return append(data, err.Error()...)
	}
	for _, c := range changed {
		data = append(data, syncproto.MustEncode(c.Events)...)
		data = append(data, syncproto.MustEncode(c.After.Body)...)
	}
	return data
}

// FuzzDecide: whatever bytes come as two commands, one after the other, on the documents of the
// golden logs: each is refused or decided, the same each time, within its limits (design §3).
func FuzzDecide(f *testing.F) {
	all := readReleased(f)
	for n, c := range all.commands {
		next := all.commands[(n+1)%len(all.commands)]
		for by, person := range deciders {
			if all.reference.May(person, c.kind) {
				f.Add(uint16(c.kind), c.body, uint16(next.kind), next.body, uint8(by), uint16(n), n%2 == 0)
				break
			}
		}
		f.Add(uint16(c.kind), c.body, uint16(c.kind), c.body, uint8(len(deciders)), uint16(n), n%2 == 0)
	}
	f.Fuzz(func(t *testing.T, kind uint16, body []byte, kind2 uint16, body2 []byte, by uint8, minutes uint16, atTap bool) {
		docs := all.docs
		for n, c := range []told{{syncproto.CommandKind(kind), body}, {syncproto.CommandKind(kind2), body2}} {
			if !rules.Known(c.kind) || len(c.body) > syncproto.MaxCommandBody {
				continue
			}
			command, err := rules.DecodeCommand(c.kind, c.body)
			if err != nil {
				isProblem(t, err)
				continue
			}
			now := Morning.Add(syncproto.Span(minutes) * syncproto.Minute)
			in := decision.Input{Command: command, Now: now, At: now.Add(-syncproto.Minute), AtTap: atTap, Docs: decision.Docs{},
				Within: syncproto.Interval{Lo: now.Add(-syncproto.Hour), Hi: now}}
			in.Intent = syncproto.Intent{ID: syncproto.Derive("fuzz", syncproto.NumberedID(uint64(n))), Kind: c.kind, Subject: rules.SubjectOf(c.kind, command), Body: c.body}
			if int(by) < len(deciders) {
				in.Intent.Person = deciders[by]
			} else {
				in.Intent.Operator = "fuzz"
			}
			in.Device, in.Incarnation = DeviceOf(in.Intent.Person)
			in.Intent.Shares = all.sharesOn(in.Device)
			docs = all.decided(t, docs, in)
		}
	})
}

// sharesOn are shares of what lies on a device.
func (r *released) sharesOn(device syncproto.ID) (shares []syncproto.Share) {
	for _, ref := range r.refs {
		account, _ := r.docs[ref].Body.(authority.Body)
		for _, g := range account.Grants {
			if g.Device == device && len(shares) < syncproto.MaxShares {
				shares = append(shares, syncproto.Share{Grant: g.ID, Amount: g.Left()})
			}
		}
	}
	return shares
}
