package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/rules"
)

// Store is what the audit asks of the store.
type Store interface {
	Identity(ctx context.Context) (store.Identity, error)
	View(ctx context.Context, read func(*store.View) error) error
}

// Report is what an audit looked at and found. An audit without Wrong passed.
type Report struct {
	Entries   uint64
	Documents int
	Commands  int
	Head      store.Head
	Wrong     []string // at most maxWrong
}

// maxWrong is after how much that is wrong the audit stops: then counting helps nobody.
const maxWrong = 20

// page is how many entries are read at once.
const page = 512

var errEnough = errors.New("too much is wrong to go on")

// Run audits a store. An error says that it could not be read; what is wrong with what
// was read is in the Report.
func Run(ctx context.Context, s Store) (Report, error) {
	a := &audit{folded: map[ref]*folded{}, commands: map[given]decided{}, counters: map[line]uint64{},
		rejected: map[store.Refusal]bool{}, never: map[ref]uint64{}}
	var err error
	if a.identity, err = s.Identity(ctx); err != nil {
		return a.report, fmt.Errorf("auditing: %w", err)
	}
	err = s.View(ctx, func(v *store.View) error {
		for _, part := range []func(*store.View) error{a.walk, a.documents, a.histories, a.memberships, a.sums, a.verdicts, a.refused, a.parked} {
			if err := part(v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return a.report, fmt.Errorf("auditing: %w", err)
	}
	return a.report, nil
}

type ref = syncproto.Ref

type line struct{ device, incarnation syncproto.ID }

// audit is what has been made anew from the entries so far.
type audit struct {
	identity store.Identity
	report   Report
	chain    syncproto.Hash
	time     syncproto.Instant
	epoch    uint32
	folded   map[ref]*folded
	commands map[given]decided
	counters map[line]uint64
	rejected map[store.Refusal]bool // by which entries commands that would have made a document were rejected
	never    map[ref]uint64         // what may not be waited for, as the table says
}

// given is a command as a device gave it: the intent by its hash. That of another device,
// copied, is another command, and rejected.
type given struct {
	device syncproto.ID
	intent syncproto.Hash
}

// decided is the last entry on a command.
type decided struct {
	seq     uint64
	outcome syncproto.Outcome
	told    uint64         // the entry that says what was told of it while it waited
	verdict syncproto.Hash // of the whole of it, where it is the server's on its own command
}

// wrong notes something; its error ends an audit in which too much is wrong.
func (a *audit) wrong(format string, args ...any) error {
	a.report.Wrong = append(a.report.Wrong, fmt.Sprintf(format, args...))
	if len(a.report.Wrong) >= maxWrong {
		return errEnough
	}
	return nil
}

// walk reads the log from its first entry.
func (a *audit) walk(v *store.View) error {
	for {
		entries, err := v.Entries(a.report.Entries, page)
		if err != nil {
			return err
		}
		for _, e := range entries {
			a.report.Entries++
			if err := a.entry(e); err != nil {
				return err
			}
		}
		if len(entries) < page {
			break
		}
	}
	a.report.Head = store.Head{Epoch: a.epoch, Seq: a.report.Entries, Chain: a.chain}
	head, err := v.Head()
	if err != nil {
		return err
	}
	if head != a.report.Head {
		return a.wrong("the log says it ends at %d/%d, its entries end at %d/%d", head.Epoch, head.Seq, a.epoch, a.report.Entries)
	}
	return nil
}

// entry checks one entry's place in the chain and takes in what it decided.
func (a *audit) entry(e syncproto.Entry) error {
	seq := a.report.Entries
	var header syncproto.Header
	if err := syncproto.Decode(e.Header, &header); err != nil {
		a.chain = e.Chain
		return a.wrong("entry %d: its header cannot be read: %v", seq, err)
	}
	sound := header.Seq == seq && header.LogID == a.identity.LogID && header.Payload == syncproto.HashOf(e.Payload) &&
		e.Chain == syncproto.ChainOf(a.chain, e.Header, header.Payload)
	a.chain = e.Chain
	if !sound {
		if err := a.wrong("entry %d: the chain is broken", seq); err != nil {
			return err
		}
	}
	if header.Time <= a.time || header.Epoch < a.epoch {
		if err := a.wrong("entry %d: its time or epoch does not follow the last one's", seq); err != nil {
			return err
		}
	}
	a.time, a.epoch = header.Time, header.Epoch
	var payload syncproto.Payload
	if err := syncproto.Decode(e.Payload, &payload); err != nil {
		return a.wrong("entry %d: its payload cannot be read: %v", seq, err)
	}
	if err := a.command(seq, payload); err != nil {
		return err
	}
	return a.fold(header, payload)
}

// command checks who gave an entry's command, and its place in the line of its device.
func (a *audit) command(seq uint64, p syncproto.Payload) error {
	command := given{p.Command.Device, p.Command.CommandHash()}
	before, there := a.commands[command]
	if there != (p.Releases != 0) || there && (before.seq != p.Releases || before.outcome != syncproto.Parked) {
		if err := a.wrong("entry %d: it decides again what entry %d decided", seq, before.seq); err != nil {
			return err
		}
	}
	if there && p.Outcome == syncproto.Parked && p.Releases != 0 {
		before.told = seq // and it waits on, since then
		a.commands[command] = before
		return a.eventless(seq, p)
	}
	a.commands[command] = decided{seq: seq, outcome: p.Outcome, verdict: a.own(seq, p)}
	if err := a.eventless(seq, p); err != nil {
		return err
	}
	a.reject(seq, p)
	if p.Command.Device.IsZero() {
		return nil
	}
	if err := a.place(seq, p); err != nil {
		return err
	}
	if p.Outcome == syncproto.Accepted {
		return a.signature(seq, p)
	}
	return nil
}

// eventless checks that only what was accepted changes something.
func (a *audit) eventless(seq uint64, p syncproto.Payload) error {
	if p.Outcome != syncproto.Accepted && len(p.Events) > 0 {
		return a.wrong("entry %d: its command was %v and has events", seq, p.Outcome)
	}
	return nil
}

// own is what the verdict on a command of the server's own says, by its hash. Nobody was
// promised it, so it need not be signed: it has to be word for word what the entry makes
// of it.
func (a *audit) own(seq uint64, p syncproto.Payload) syncproto.Hash {
	var intent syncproto.Intent
	if !p.Command.Device.IsZero() || syncproto.Decode(p.Command.Intent, &intent) != nil {
		return syncproto.Hash{}
	}
	return syncproto.HashOf(syncproto.MustEncode(syncproto.Verdict{Command: intent.ID, Hash: p.Command.CommandHash(), Epoch: a.epoch, Seq: seq,
		Time: a.time, Within: p.Within, Outcome: p.Outcome, Findings: p.Findings}))
}

// place checks a command's place in the line of its device. What is released has its
// place from when it was parked.
func (a *audit) place(seq uint64, p syncproto.Payload) error {
	if p.Releases != 0 {
		return nil
	}
	at := line{p.Command.Device, p.Command.Incarnation}
	before := a.counters[at]
	a.counters[at] = p.Command.Counter
	if p.Command.Counter <= before {
		return a.wrong("entry %d: device %v gave counter %d after %d", seq, at.device, p.Command.Counter, before)
	}
	return nil
}

// signature checks that what was accepted was signed by whoever is said to have given it.
func (a *audit) signature(seq uint64, p syncproto.Payload) error {
	key := a.identity.OperatorKey
	if p.Command.Device != a.identity.OperatorDevice {
		key = a.deviceKey(p.Command.Device)
	}
	if _, err := p.Command.Open(key); err != nil {
		return a.wrong("entry %d: accepted, and %v", seq, err)
	}
	return nil
}

// verdicts compares the table of commands with the entries, and checks the signatures.
func (a *audit) verdicts(v *store.View) error {
	found := 0
	err := v.EveryCommand(func(c store.Command) error {
		found++
		var verdict syncproto.Verdict
		if err := syncproto.Decode(c.Verdict, &verdict); err != nil {
			return a.wrong("command %v: its verdict cannot be read: %v", c.ID, err)
		}
		entry, there := a.commands[given{c.Device, c.Hash}]
		fits := there && entry.seq == c.Seq && entry.outcome == c.Outcome &&
			verdict.Seq == c.Seq && verdict.Outcome == c.Outcome && verdict.Hash == c.Hash
		if !fits {
			return a.wrong("command %v: the table says %v at %d, the log says %v at %d", c.ID, c.Outcome, c.Seq, entry.outcome, entry.seq)
		}
		if c.Device.IsZero() && len(verdict.Signature) == 0 {
			if syncproto.HashOf(c.Verdict) != entry.verdict {
				return a.wrong("command %v: its verdict is not what the entry says", c.ID)
			}
			return nil
		}
		if !bytes.Equal(verdict.Sign(a.identity.LogID, a.identity.ServerKey).Signature, verdict.Signature) {
			return a.wrong("command %v: its verdict is not signed by this server", c.ID)
		}
		return nil
	})
	a.report.Commands = found
	if err == nil && found != len(a.commands) {
		err = a.wrong("the table has %d commands, the log %d", found, len(a.commands))
	}
	return err
}

// reject notes a command that would have made a document and was rejected before it was
// there.
func (a *audit) reject(seq uint64, p syncproto.Payload) {
	var intent syncproto.Intent
	if p.Outcome != syncproto.Rejected || syncproto.Decode(p.Command.Intent, &intent) != nil {
		return
	}
	if rules.Makes(intent.Kind) && a.folded[intent.Subject] == nil {
		a.rejected[store.Refusal{Ref: intent.Subject, Seq: seq}] = true
	}
}

// refused compares the documents that may not be waited for with the rejections in the log.
func (a *audit) refused(v *store.View) error {
	all, err := v.Refusals()
	if err != nil {
		return err
	}
	for _, r := range all {
		a.never[r.Ref] = r.Seq
		if !a.rejected[r] || a.folded[r.Ref] != nil {
			if err := a.wrong("%v: the table says that entry %d refused it, the log does not", r.Ref, r.Seq); err != nil {
				return err
			}
		}
	}
	return nil
}

// parked compares what waits with the entries that parked it: nothing waits that was
// decided, or for what was refused, and nothing that waits is forgotten.
func (a *audit) parked(v *store.View) error {
	waits := map[uint64]uint64{} // by the entry that parked it: the one that says what was told of it
	for _, c := range a.commands {
		if c.outcome == syncproto.Parked {
			waits[c.seq] = c.told
		}
	}
	all, err := v.Parked()
	if err != nil {
		return err
	}
	for _, p := range all {
		if told, there := waits[p.Seq]; !there || told != p.Told {
			if err := a.wrong("command %v: the table says it waits since %d and was told of in %d, the log does not", p.Command, p.Seq, p.Told); err != nil {
				return err
			}
		}
		if seq, refused := a.never[p.Doc]; refused {
			if err := a.wrong("command %v: waits for %v, which entry %d refused", p.Command, p.Doc, seq); err != nil {
				return err
			}
		}
		delete(waits, p.Seq)
	}
	for seq := range waits {
		if err := a.wrong("entry %d: its command was parked and is forgotten", seq); err != nil {
			return err
		}
	}
	return nil
}
