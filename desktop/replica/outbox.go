package replica

import (
	"context"
	"database/sql"
	"slices"

	"redress/syncproto"
)

// Stage is how far a command has come, as the person sees it.
type Stage uint8

// Stages, the less far the smaller. What is parked may still become either of the last two.
const (
	KeptHere Stage = 1 // on this disk, not known to be with the server
	Again    Stage = 2 // told of by a server that was restored since, and handed in again
	Sent     Stage = 3 // safe with the server, no verdict yet
	Held     Stage = 4 // parked by the server
	Final    Stage = 5 // accepted
	Refused  Stage = 6 // rejected
)

// Command is a command of the outbox.
type Command struct {
	Intent  syncproto.Intent
	Device  syncproto.ID
	Counter uint64
	MadeAt  syncproto.Instant // the desk's estimate of the server's time at the tap
	Screen  string            // what was on the screen then
	Stage   Stage
	Verdict *syncproto.Verdict // the newest, nil before the first
	First   *syncproto.Verdict // the first ever
	// Card: the verdict is not a plain acceptance, and the person has not put it away.
	Card bool
}

// stage is how far a row o of the outbox has come, as a Stage. The lists ask for it too, so it is
// worked out in one place: what a ticket says of itself is what the page of sync says of its steps.
const stage = `CASE o.outcome WHEN 1 THEN 5 WHEN 2 THEN 6 WHEN 3 THEN 4 ELSE CASE WHEN o.first_verdict IS NOT NULL THEN 2 ELSE 1 + 2 * o.sent END END`

// Told is when a server that was restored since told of the command first: it decides it again
// as of then. 0 where the command has to begin with no other time than the server's next.
func (c Command) Told() syncproto.Instant {
	if c.First == nil || c.Verdict != nil && c.Verdict.Epoch <= c.First.Epoch {
		return 0
	}
	return c.First.Time
}

const outboxColumns = `o.id, o.kind, o.subject_kind, o.subject_id, o.envelope, o.made_at, o.screen, ` + stage + `, o.verdict, o.first_verdict, o.card`

// scanCommand reads a row of what comes before, then outboxColumns. Of one that a disk has damaged it
// says what stands beside it.
func scanCommand(rows *sql.Rows, before ...any) (Command, error) {
	var command Command
	var beside syncproto.Intent
	var data, verdict, first []byte
	err := rows.Scan(append(before, fixed(&beside.ID), &beside.Kind, &beside.Subject.Kind, fixed(&beside.Subject.ID), &data,
		&command.MadeAt, &command.Screen, &command.Stage, &verdict, &first, &command.Card)...)
	if err != nil {
		return Command{}, err
	}
	var envelope syncproto.Envelope
	if syncproto.Decode(data, &envelope) != nil || syncproto.Decode(envelope.Intent, &command.Intent) != nil {
		command.Intent = beside
	}
	command.Device, command.Counter = envelope.Device, envelope.Counter
	command.Verdict, command.First = readVerdict(verdict), readVerdict(first)
	return command, nil
}

// readVerdict is nil where there is none yet. One that a disk has damaged is as none.
func readVerdict(data []byte) *syncproto.Verdict {
	var v syncproto.Verdict
	if data == nil || syncproto.Decode(data, &v) != nil {
		return nil
	}
	return &v
}

// Waiting are the commands without a verdict, oldest first; at most MaxWindow.
func (r *Replica) Waiting(ctx context.Context) ([]Command, error) {
	return r.commands(ctx, selectCommands+`WHERE o.outcome = 0 ORDER BY o.position LIMIT ?`, MaxWindow)
}

// WaitingOn are the commands without a final verdict whose steps stand over one of the documents of a
// kind, however many there are and whatever waits besides, oldest first.
func (r *Replica) WaitingOn(ctx context.Context, kind syncproto.DocKind, ids []syncproto.ID) ([]Command, error) {
	var all []Command
	for some := range slices.Chunk(ids, MaxWindow) {
		part, err := r.commands(ctx, selectCommands+`WHERE o.outcome IN (0, ?) AND o.position IN (SELECT position FROM command_event
			WHERE kind = ? AND overlaid = 1 AND id IN (`+marks(len(some))+`)) ORDER BY o.position`, idArguments(some, syncproto.Parked, kind)...)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// NeedsYou are the commands the person has a card of, oldest first; at most MaxWindow.
func (r *Replica) NeedsYou(ctx context.Context) ([]Command, error) {
	return r.commands(ctx, selectCommands+`WHERE o.card = 1 ORDER BY o.position LIMIT ?`, MaxWindow)
}

// Recent are the last commands made here, newest first; at most MaxWindow.
func (r *Replica) Recent(ctx context.Context) ([]Command, error) {
	return r.commands(ctx, selectCommands+`ORDER BY o.position DESC LIMIT ?`, MaxWindow)
}

const selectCommands = `SELECT ` + outboxColumns + ` FROM outbox o `

func (r *Replica) commands(ctx context.Context, query string, arguments ...any) ([]Command, error) {
	rows, err := r.reads.query(ctx, query, arguments...)
	if err != nil {
		return nil, fault(r.path, "reading the outbox", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var all []Command
	for rows.Next() {
		command, err := scanCommand(rows)
		if err != nil {
			return nil, fault(r.path, "reading the outbox", err)
		}
		all = append(all, command)
	}
	if err := rows.Err(); err != nil {
		return nil, fault(r.path, "reading the outbox", err)
	}
	return all, nil
}

// Tally is what became of everything ever made here. Created is counted when a command is
// made, the others from what is there: Balanced says that nothing went missing.
type Tally struct {
	Created, Accepted, Rejected, Parked, Pending uint64
}

// Balanced is created = accepted + rejected + parked + pending.
func (t Tally) Balanced() bool { return t.Created == t.Accepted+t.Rejected+t.Parked+t.Pending }

// Tally counts.
func (r *Replica) Tally(ctx context.Context) (Tally, error) {
	var t Tally
	err := r.reads.row(ctx, `SELECT (SELECT created FROM self),
		(SELECT count(*) FROM outbox WHERE outcome = ?), (SELECT count(*) FROM outbox WHERE outcome = ?),
		(SELECT count(*) FROM outbox WHERE outcome = ?), (SELECT count(*) FROM outbox WHERE outcome = 0)`,
		syncproto.Accepted, syncproto.Rejected, syncproto.Parked).Scan(&t.Created, &t.Accepted, &t.Rejected, &t.Parked, &t.Pending)
	if err != nil {
		return Tally{}, fault(r.path, "counting what was done here", err)
	}
	return t, nil
}
