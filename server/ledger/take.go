package ledger

import (
	"errors"
	"fmt"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// opened is a submission as far as it could be read.
type opened struct {
	Submission
	hash   syncproto.Hash
	intent syncproto.Intent
	// row is the command's id in the table of commands. An id counts only where the device
	// signed it for its own person: nobody can take the id of another's command in advance.
	row   syncproto.ID
	taken bool               // by another command: the id is not this one's
	wrong *syncproto.Finding // why it is rejected before any rule is asked
	// foreign says that its device did not sign it for its own person.
	foreign bool
	within  syncproto.Interval
	at      syncproto.Instant
	time    syncproto.Instant // of the entry
	// parkedAt is the time of the entry that had it wait; 0 where none has.
	parkedAt syncproto.Instant
	parkedIn uint32 // the epoch of that
	toldIn   uint64 // the entry that says what was told of it while it waited; 0 where none does
	// first is the verdict it had in an epoch that a restore took back, and asOf when it was
	// decided then; both zero where it had none. A tick is as of when it was due.
	first syncproto.Verdict
	asOf  syncproto.Instant
	// honoured says that a person has it decided although the log has forgotten its grants.
	honoured bool
	// stands says so of what was told to stand before a restore.
	stands bool
}

// take decides one submission. An error is one of the store; what is wrong with the
// submission is in the Result.
func (b *batch) take(s Submission) (Result, error) {
	o, problem, err := b.open(s)
	if problem != nil || err != nil {
		return Result{Problem: problem}, err
	}
	if before, there, err := b.before(&o); there || err != nil {
		if err == nil && before.Outcome == syncproto.Parked && !s.First.IsZero() { // another copy of its disk was told more
			err = b.hear(s.Command.Device, []syncproto.Verdict{s.First})
		}
		return Result{Verdict: before}, err
	}
	o.keepTo(b.ledger.identity)
	if problem := b.ledger.admits(o); problem != nil {
		return Result{Problem: problem}, nil //nolint:nilerr // what is wrong with the submission is in the Result
	}
	if s.Source != FromServer {
		fits, problem, err := b.follow(o)
		if problem != nil || err != nil {
			return Result{Problem: problem}, err
		}
		if !fits {
			return Result{Problem: &syncproto.Problem{Code: syncproto.CodeOutOfOrder, Doing: "taking a command",
				Detail: fmt.Sprintf("counter %d came before and was another command", s.Command.Counter)}}, nil
		}
	}
	o.time = b.nextTime()
	o.within = syncproto.Bound(o.intent.Readings, s.Reconnect, s.Received)
	if s.Source == FromServer {
		o.within = syncproto.Interval{Lo: o.time, Hi: o.time}
	}
	if s.Source == FromServer && o.intent.Kind == syncproto.CommandTick {
		o.asOf = min(s.Received, o.time) // nothing fires early, though the log be ahead since a clock that was wrong
	}
	if !o.first.IsZero() {
		o.within = o.first.Within
	}
	o.at = o.within.At(o.intent.Readings.Reading.Wall)
	verdict, err := b.settle(o)
	return Result{Verdict: verdict}, err
}

// open checks what can be checked of the envelope by itself.
func (b *batch) open(s Submission) (opened, *syncproto.Problem, error) {
	o := opened{Submission: s}
	key, person, problem := b.ledger.signer(s, b.refs.newest)
	if problem != nil {
		return o, problem, nil
	}
	if s.Source == FromServer {
		err := syncproto.Decode(s.Command.Intent, &o.intent)
		o.hash, o.row = s.Command.CommandHash(), o.intent.ID
		return o, nil, err
	}
	read := s.by(key)
	o.hash, o.intent = read.hash, read.intent
	err := read.err
	if err != nil {
		o.wrong = finding(err)
	}
	o.row = o.intent.ID
	switch {
	case errors.Is(err, &syncproto.Problem{Code: syncproto.CodeUnsigned}):
		// Read for what it says, not for what it is.
		if err := syncproto.Decode(s.Command.Intent, &o.intent); err != nil {
			o.intent = syncproto.Intent{}
		}
		o.row, o.foreign = o.oddRow(), true
	case o.intent.ID.IsZero():
		o.row = o.oddRow()
	case s.Source == FromDesk && (o.intent.Operator != "" || o.intent.Person != person):
		o.row, o.foreign = o.oddRow(), true
		if err == nil {
			o.wrong = &syncproto.Finding{Code: syncproto.CodeNotAllowed, Person: o.intent.Person}
		}
	case err != nil:
	case s.Source == FromOperator && o.intent.Operator == "":
		o.wrong = &syncproto.Finding{Code: syncproto.CodeMissing, Field: "operator"}
	}
	return o, nil, nil //nolint:nilerr // what was wrong is the verdict's to say
}

// oddRow is where a command is kept whose own id does not count: apart for each device.
func (o opened) oddRow() syncproto.ID {
	return syncproto.Derive("command whose id does not count", o.Command.Device, syncproto.ID(o.hash[:16]), syncproto.ID(o.hash[16:]))
}

// finding is a Problem as the reason of a rejection.
func finding(err error) *syncproto.Finding {
	var problem *syncproto.Problem
	if errors.As(err, &problem) {
		return &syncproto.Finding{Code: problem.Code}
	}
	return &syncproto.Finding{Code: syncproto.CodeMalformed}
}

// signer is whose key has to be under the command, as far as people says who is who.
func (l *Ledger) signer(s Submission, people reference.Reference) (key []byte, person syncproto.ID, problem *syncproto.Problem) {
	unknown := func(detail string) *syncproto.Problem {
		return &syncproto.Problem{Code: syncproto.CodeUnknownDevice, Doing: "taking a command", Detail: detail}
	}
	e := s.Command
	switch s.Source {
	case FromServer:
		return nil, person, nil
	case FromOperator:
		if e.Device != l.identity.OperatorDevice {
			return nil, person, unknown("it is not the command line of this server")
		}
		return l.identity.OperatorKey, person, nil
	}
	device, known := people.Device(e.Device)
	switch {
	case !known:
		return nil, person, unknown("device " + e.Device.String())
	case !device.Takes(e.Incarnation):
		return nil, person, &syncproto.Problem{Code: syncproto.CodeOutOfOrder, Doing: "taking a command",
			Detail: "it is of an incarnation that the device was never given"}
	}
	return device.Key, device.Person, nil
}

// before finds the verdict a command already has. A command that comes again in a new
// line, as after a rekey, moves that line on; where it does not fit there, it is not
// answered here and follow refuses it. Where the id is another command's, o says so.
func (b *batch) before(o *opened) (syncproto.Verdict, bool, error) {
	c, there, err := b.command(o.row, o.isNew)
	if err == nil && there && c.Hash != o.hash {
		// Only then can it have been kept apart.
		o.taken = true
		c, there, err = b.command(o.oddRow(), false)
	}
	if err != nil || !there {
		return syncproto.Verdict{}, false, err
	}
	if o.Source != FromServer {
		if _, problem, err := b.follow(*o); problem != nil || err != nil {
			return syncproto.Verdict{}, false, err
		}
	}
	var verdict syncproto.Verdict
	if err := syncproto.Decode(c.Verdict, &verdict); err != nil {
		return verdict, false, fmt.Errorf("reading the verdict on %v: %w", c.ID, err)
	}
	return verdict, true, nil
}

// follow moves the device's line on to the command. False says that the command's place
// has been taken before; a Problem, that it does not follow.
func (b *batch) follow(o opened) (bool, *syncproto.Problem, error) {
	e := o.Command
	key := lineKey{e.Device, e.Incarnation}
	last, err := b.line(key)
	if err != nil {
		return false, nil, err
	}
	refuse := func(code syncproto.Code) (bool, *syncproto.Problem, error) {
		return false, &syncproto.Problem{Code: code, Doing: "taking a command",
			Detail: fmt.Sprintf("counter %d after %d of device %v", e.Counter, last.Counter, e.Device)}, nil
	}
	next := last.Next(e.Incarnation, o.hash)
	switch {
	case e.Counter <= last.Counter:
		return false, nil, nil
	case e.Counter != next.Counter:
		return refuse(syncproto.CodeOutOfOrder)
	case e.DeviceHash != next.Hash:
		return refuse(syncproto.CodeChainBroken)
	}
	b.lines[key], b.moved[key] = next, true
	return true, nil, nil
}

// settle finds what becomes of a command that is in its place, and writes it.
func (b *batch) settle(o opened) (syncproto.Verdict, error) {
	if o.taken {
		b.ledger.log.Error().Stringer("command", o.row).Stringer("device", o.Command.Device).Msg("two different commands have one id")
		o.row, o.wrong = o.oddRow(), &syncproto.Finding{Code: syncproto.CodeSameIDOtherHash}
	}
	if o.first.Outcome == syncproto.Rejected {
		return b.write(o, refusedAs(o.first), 0)
	}
	if o.wrong != nil {
		return b.write(o, decided{Outcome: decision.Reject(*o.wrong)}, 0)
	}
	if o.Source != FromServer && b.parked.blocks(o.Command.Device, o.intent.Subject, rules.Makes(o.intent.Kind)) {
		return b.write(o, parkedBy(syncproto.CodeWaitsBehind), 0)
	}
	if o.Source == FromOperator && o.intent.Kind == syncproto.CommandReleaseParked {
		return b.releaseByHand(o)
	}
	if o.Source != FromDesk && o.intent.Kind == syncproto.CommandRelease {
		return b.releaseAccount(o)
	}
	if b.afterRevoked(o) {
		return b.write(o, parkedBy(syncproto.CodeAfterRevoked), 0)
	}
	d, err := b.decide(o)
	if err != nil {
		return syncproto.Verdict{}, err
	}
	return b.write(o, b.heldTo(o, d), 0)
}

// afterRevoked says that a command waits for a person because its device is revoked: it is no fact,
// or was not provably done before, and came only after that (design §7). What was decided before a
// restore stands as told.
func (b *batch) afterRevoked(o opened) bool {
	if o.Source != FromDesk || o.first.Outcome == syncproto.Accepted || o.first.Outcome == syncproto.Rejected {
		return false
	}
	arrived := o.parkedAt
	if !o.first.IsZero() { // it waited, in an epoch that a restore took back
		arrived = o.first.Time
	}
	device, _ := b.refs.newest.Device(o.Command.Device)
	if device.Revoked == 0 || arrived != 0 && arrived < device.Revoked {
		return false
	}
	return !rules.IsFact(o.intent.Kind) || o.within.Hi > device.Revoked
}

// decided is an outcome with the documents as they are after it.
type decided struct {
	decision.Outcome
	changed []changed
}

// changed is a document after a command, with its body as it will rest.
type changed struct {
	rules.Changed
	bytes []byte
}

// created are the documents that were not there before.
func (d decided) created() (docs []syncproto.Ref) {
	for _, c := range d.changed {
		if c.Before.Presence != decision.Held {
			docs = append(docs, c.Ref)
		}
	}
	return docs
}

func parkedBy(code syncproto.Code) decided {
	return decided{Outcome: decision.Outcome{Outcome: syncproto.Parked, Findings: []syncproto.Finding{{Code: code}}}}
}

func rejectedBy(code syncproto.Code) decided {
	return decided{Outcome: decision.Reject(syncproto.Finding{Code: code})}
}

// write appends the entry of a command and all that follows from it. releases is the
// entry that parked it, 0 where it was not parked. Of the server's own commands only
// those leave an entry that changed something.
func (b *batch) write(o opened, d decided, releases uint64) (syncproto.Verdict, error) {
	if len(d.Findings) > syncproto.MaxFindings {
		d.Findings = d.Findings[:syncproto.MaxFindings]
	}
	if o.Source == FromServer && (d.Outcome.Outcome != syncproto.Accepted || len(d.changed) == 0 && o.intent.Kind != syncproto.CommandRelease) {
		if d.Outcome.Outcome != syncproto.Accepted {
			b.ledger.log.Error().Stringer("kind", o.intent.Kind).Stringer("subject", o.intent.Subject).
				Stringer("outcome", d.Outcome.Outcome).Strs("codes", codes(d.Findings)).Msg("a command of the server's own was not accepted")
		}
		return syncproto.Verdict{Command: o.intent.ID, Hash: o.hash, Epoch: b.ledger.identity.Epoch,
			Time: o.time, Within: o.within, Outcome: d.Outcome.Outcome, Findings: d.Findings}, nil
	}
	payload := syncproto.Payload{Command: o.Command, Received: o.Received, Reconnect: o.Reconnect, Within: o.within,
		Outcome: d.Outcome.Outcome, Findings: d.Findings, Releases: releases, First: o.first}
	for _, c := range d.changed {
		payload.Events = append(payload.Events, c.Events...)
	}
	header := b.append(payload, o.time)
	verdict, err := b.follows(o, d, header)
	if err != nil || verdict.Outcome == syncproto.Parked {
		return verdict, err
	}
	var refused []syncproto.Ref
	if verdict.Outcome == syncproto.Rejected {
		refused = b.newlyRefused
	}
	return verdict, b.release(o, append(refused, d.created()...), releases)
}

// follows makes all that follows from an entry: verdict, histories, documents, what waits and
// what is refused.
func (b *batch) follows(o opened, d decided, header syncproto.Header) (syncproto.Verdict, error) {
	verdict := syncproto.Verdict{Command: o.intent.ID, Hash: o.hash, Epoch: header.Epoch, Seq: header.Seq,
		Time: header.Time, Within: o.within, Outcome: d.Outcome.Outcome, Findings: d.Findings}
	if o.Source != FromServer { // its own verdicts are promises to nobody
		verdict = verdict.Sign(b.ledger.identity.LogID, b.ledger.identity.ServerKey)
	}
	b.commands[o.row] = store.Command{ID: o.row, Hash: o.hash, Device: o.Command.Device, Outcome: verdict.Outcome,
		Seq: header.Seq, Verdict: syncproto.MustEncode(verdict)}
	for _, c := range d.changed {
		b.remember(o, c, header)
		if err := b.change(c, header); err != nil {
			return verdict, err
		}
	}
	b.newlyRefused = nil
	var err error
	switch verdict.Outcome {
	case syncproto.Parked:
		b.park(o, d.Findings[0], header.Seq)
	case syncproto.Rejected:
		b.newlyRefused, err = b.refuse(o, header.Seq)
	case syncproto.Accepted:
	}
	return verdict, err
}

// codes are what findings say, without whom they name.
func codes(findings []syncproto.Finding) (all []string) {
	for _, f := range findings {
		all = append(all, string(f.Code))
	}
	return all
}

// remember adds the document's new history.
func (b *batch) remember(o opened, c changed, header syncproto.Header) {
	for _, e := range c.Events {
		b.events[e.Kind]++
		b.history = append(b.history, store.History{Ref: c.Ref, Version: e.Version, Seq: header.Seq,
			Entry: syncproto.MustEncode(syncproto.HistoryEntry{
				Event: e, Epoch: header.Epoch, Seq: header.Seq, Time: header.Time, Command: o.intent.ID,
				Person: o.intent.Person, Device: o.Command.Device, At: o.at, Within: o.within,
			})})
	}
}
