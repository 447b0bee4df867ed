// Package escalation is the deadline clocks of a document: how one starts, warns, fires,
// and what evidence makes of it.
//
// It promises, in order of importance:
//
//  1. Nobody is blamed for what the network did. Evidence that was provably in time
//     rescinds a firing however late it arrives, evidence that may have been is disputed
//     and not counted as missed (design §6, late evidence).
//  2. Every rung fires once, never early, and only on the server. Done exactly at the due
//     time is met; a rung fires only after it (requirements §4).
//  3. What is recorded does not depend on the order in which things arrive: evidence that
//     is late or disputed and comes before its firing fires it first, in the same entry.
//  4. An answer names the cause it answers and touches no other clock.
//  5. Whoever a ticket was escalated to has clocks too: escalated and ignored is seen.
//
// A ladder of several rungs is several clocks with one cause. In a relative ladder
// (resolution) a rung begins when the one before fires; in an absolute one (ageing) all
// begin together. What a firing begins follows from it, and goes with it when it is
// rescinded.
//
// A clock's events carry what was decided (start, warning, due, who was told), so applying
// them needs no policy. A result is fixed when the clock ends; only new evidence, or a
// person's decision on disputed evidence, changes it.
package escalation

import "redress/syncproto"

// Ladder is a rule that gives clocks (requirements §4). Numbers are for ever.
type Ladder uint8

// Ladders.
const (
	Response Ladder = 1 // the department answers a dispatch
	Promise  Ladder = 2 // what a customer was promised is done
	// Resolution: solved, else to the department head (rung 1), and from there to the vice
	// president in charge (rung 2).
	Resolution Ladder = 3
	// Ageing: closed, else to the service department (rung 1) and to leadership (rung 2).
	Ageing Ladder = 4
	// Recipient: whoever it was escalated to takes it up (rung 1), and solves it (rung 2).
	Recipient Ladder = 5
)

var ladderNames = map[Ladder]string{Response: "response", Promise: "promise",
	Resolution: "resolution", Ageing: "ageing", Recipient: "recipient"}

// relative says that a rung of the ladder begins when the one before it fires.
func (l Ladder) relative() bool { return l == Resolution }

// String is the ladder's name in scenarios, and in assets/words under "ladder.<name>".
func (l Ladder) String() string { return ladderNames[l] }

// Result is how a clock ended. Numbers are for ever.
type Result uint8

// Results.
const (
	Running    Result = 0 // not ended; overdue where it fired
	Met        Result = 1
	Missed     Result = 2
	MetOffline Result = 3 // in time, but the server learned of it after the due time or the end
	Disputed   Result = 4 // perhaps in time
	Void       Result = 5 // it no longer applies; not missed
	Withdrawn  Result = 6 // a new dispatch took its place, or the ticket was closed, or it was handed back
)

var resultNames = map[Result]string{Running: "running", Met: "met", Missed: "missed",
	MetOffline: "met-offline", Disputed: "disputed", Void: "void", Withdrawn: "withdrawn"}

// String is the result's name in scenarios, and in assets/words under "result.<name>".
func (r Result) String() string { return resultNames[r] }

// Clock is one deadline on a document. Ladder, Rung and Cause name it.
type Clock struct {
	// Cause is the event that started the clock; an answer names it.
	Cause  syncproto.ID `cbor:"1,keyasint,omitzero"`
	Ladder Ladder       `cbor:"2,keyasint,omitempty"`
	Rung   uint8        `cbor:"3,keyasint,omitempty"` // 1 is the first
	// Unit is responsible for the answer, and Person where it is one person's: who promised
	// it, or whom it was escalated to.
	Unit   syncproto.ID      `cbor:"4,keyasint,omitzero"`
	Person syncproto.ID      `cbor:"5,keyasint,omitzero"`
	Start  syncproto.Instant `cbor:"6,keyasint,omitempty"`
	Warn   syncproto.Instant `cbor:"7,keyasint,omitempty"`
	Due    syncproto.Instant `cbor:"8,keyasint,omitempty"` // the last instant that is in time
	// Known is the time of the entry that started the clock.
	Known  syncproto.Instant `cbor:"9,keyasint,omitempty"`
	Warned syncproto.Instant `cbor:"10,keyasint,omitempty"`
	Fired  syncproto.Instant `cbor:"11,keyasint,omitempty"`
	// ArrivedLate says that it was past its due time when the server first saw it; such
	// firings are counted apart.
	ArrivedLate bool           `cbor:"12,keyasint,omitempty"`
	Told        []syncproto.ID `cbor:"13,keyasint,omitempty"` // persons the firing went to
	// Rescinded says that the firing was taken back; it stays in the history.
	Rescinded bool              `cbor:"14,keyasint,omitempty"`
	Ended     syncproto.Instant `cbor:"15,keyasint,omitempty"` // when what ended it was done
	Result    Result            `cbor:"16,keyasint,omitempty"`
	Evidence  syncproto.ID      `cbor:"17,keyasint,omitzero"`  // the command that gave the result
	What      string            `cbor:"18,keyasint,omitempty"` // what was promised
	// Repeats are the causes of promises that only repeated this one: who keeps such a
	// promise keeps this one.
	Repeats []syncproto.ID `cbor:"19,keyasint,omitempty"`
	// Dated says that a date was named; otherwise the promise is the call that is due
	// within the policy's limit.
	Dated bool `cbor:"20,keyasint,omitempty"`
	// Until is when disputed evidence that nobody decided counts as missed; Judged says that
	// it was decided, or the time ran out: then only clear evidence counts.
	Until  syncproto.Instant `cbor:"22,keyasint,omitempty"`
	Judged bool              `cbor:"23,keyasint,omitempty"`
	// Remind is when who is overdue is reminded next; 0 for never. Reminded counts.
	Remind   syncproto.Instant `cbor:"24,keyasint,omitempty"`
	Reminded uint8             `cbor:"25,keyasint,omitempty"`
	// HandedBack says, of a recipient's clock, that the recipient handed the escalation back.
	HandedBack bool `cbor:"26,keyasint,omitempty"`
}

// Limits of clocks.
const (
	// MaxClocks is how many clocks stand in a body; of more, the oldest that ended leave it
	// and stay in the history (see makeRoom).
	MaxClocks  = 24
	MaxTold    = 6  // persons a firing goes to
	MaxRepeats = 4  // repeated promises a clock remembers
	MaxWhat    = 40 // runes of what was promised
	MaxAhead   = 4  // answers a body keeps for clocks that are to come; which leave of more, Keep says
)

// Remarks on evidence.
const (
	CodeLate     syncproto.Code = "late"     // done after the due time; When is the due time
	CodeDisputed syncproto.Code = "disputed" // perhaps done in time; When is the due time
	CodeAhead    syncproto.Code = "ahead"    // it answers what is not there; should that still come, this is its answer
)

// Name names a clock within its document, in events.
type Name struct {
	Ladder Ladder       `cbor:"1,keyasint,omitempty"`
	Rung   uint8        `cbor:"2,keyasint,omitempty"`
	Cause  syncproto.ID `cbor:"3,keyasint,omitzero"`
}

// Ahead is an answer to a clock that the document does not have: after a restore, the desk
// of whoever answered may hand in before the desk of whoever asked. The clock is judged by
// it when it begins.
type Ahead struct {
	Clock    Name     `cbor:"1,keyasint,omitzero"`
	Evidence Evidence `cbor:"2,keyasint,omitzero"`
}

// Started is the event of a clock that runs from now on.
type Started struct {
	Clock  Name              `cbor:"1,keyasint,omitzero"`
	Unit   syncproto.ID      `cbor:"2,keyasint,omitzero"`
	Person syncproto.ID      `cbor:"3,keyasint,omitzero"`
	Start  syncproto.Instant `cbor:"4,keyasint,omitempty"`
	Warn   syncproto.Instant `cbor:"5,keyasint,omitempty"`
	Due    syncproto.Instant `cbor:"6,keyasint,omitempty"`
	Known  syncproto.Instant `cbor:"7,keyasint,omitempty"`
	What   string            `cbor:"8,keyasint,omitempty"`
	Dated  bool              `cbor:"9,keyasint,omitempty"`
	Policy uint32            `cbor:"10,keyasint,omitempty"` // version whose limits it follows
}

// Warned is the event of a clock that comes near its due time.
type Warned struct {
	Clock Name              `cbor:"1,keyasint,omitzero"`
	Due   syncproto.Instant `cbor:"2,keyasint,omitempty"`
	At    syncproto.Instant `cbor:"3,keyasint,omitempty"`
}

// Fired is the event of a rung: the clock is past its due time. The event's id follows
// from what fired (see FiringID).
type Fired struct {
	Clock       Name              `cbor:"1,keyasint,omitzero"`
	Unit        syncproto.ID      `cbor:"2,keyasint,omitzero"`
	Due         syncproto.Instant `cbor:"3,keyasint,omitempty"`
	At          syncproto.Instant `cbor:"4,keyasint,omitempty"`
	ArrivedLate bool              `cbor:"5,keyasint,omitempty"`
	Told        []syncproto.ID    `cbor:"6,keyasint,omitempty"`
	Remind      syncproto.Instant `cbor:"7,keyasint,omitempty"` // when they are reminded; 0 for never
}

// Reminded is the event of those who are overdue being reminded (催单): by itself, and on
// record, so that nobody has to.
type Reminded struct {
	Clock  Name              `cbor:"1,keyasint,omitzero"`
	Due    syncproto.Instant `cbor:"2,keyasint,omitempty"`
	At     syncproto.Instant `cbor:"3,keyasint,omitempty"`
	Told   []syncproto.ID    `cbor:"4,keyasint,omitempty"`
	Remind syncproto.Instant `cbor:"5,keyasint,omitempty"` // next; 0 for never again
}

// Ended is the event that fixes a clock's result. Later evidence fixes it anew.
type Ended struct {
	Clock    Name              `cbor:"1,keyasint,omitzero"`
	Result   Result            `cbor:"2,keyasint,omitempty"`
	At       syncproto.Instant `cbor:"3,keyasint,omitempty"` // of what ended it
	Evidence syncproto.ID      `cbor:"4,keyasint,omitzero"`  // the command
	Due      syncproto.Instant `cbor:"5,keyasint,omitempty"`
}

// Rescinded is the event that takes a firing back.
type Rescinded struct {
	Clock    Name           `cbor:"1,keyasint,omitzero"`
	Firing   syncproto.ID   `cbor:"2,keyasint,omitzero"`  // event id of the firing
	Evidence syncproto.ID   `cbor:"3,keyasint,omitzero"`  // command that proves it
	Told     []syncproto.ID `cbor:"4,keyasint,omitempty"` // exactly those the firing went to
}

// Doubted is the event of evidence whose time cannot be told from the due time.
type Doubted struct {
	Clock    Name               `cbor:"1,keyasint,omitzero"`
	Evidence syncproto.ID       `cbor:"2,keyasint,omitzero"`
	At       syncproto.Instant  `cbor:"3,keyasint,omitempty"`
	Within   syncproto.Interval `cbor:"4,keyasint,omitzero"`
	Due      syncproto.Instant  `cbor:"5,keyasint,omitempty"`
	Until    syncproto.Instant  `cbor:"6,keyasint,omitempty"` // when it counts as missed
	Referee  syncproto.ID       `cbor:"7,keyasint,omitzero"`  // unit that decides
}

// Judged is the event of a dispute that has ended: somebody decided it, or nobody did in
// time.
type Judged struct {
	Clock  Name              `cbor:"1,keyasint,omitzero"`
	Result Result            `cbor:"2,keyasint,omitempty"` // MetOffline or Missed
	At     syncproto.Instant `cbor:"3,keyasint,omitempty"`
	Reason string            `cbor:"4,keyasint,omitempty"`
	Due    syncproto.Instant `cbor:"5,keyasint,omitempty"`
	// Expired says that nobody decided it: the time ran out, or the body had no room for it
	// any longer.
	Expired bool `cbor:"6,keyasint,omitempty"`
}

// Archived is the event of ended clocks that leave the body.
type Archived struct {
	Clocks []Name `cbor:"1,keyasint,omitempty"`
}

// Tick is the server's own command: the time has come to look at a document's clocks.
type Tick struct {
	Document syncproto.Ref `cbor:"1,keyasint,omitzero"`
}

// Subject is the document the command is about.
func (c Tick) Subject() syncproto.Ref { return c.Document }

// FiringID is the id of a firing: the same after a restore, so that nobody is told twice
// (design §6).
func FiringID(document syncproto.ID, clock Name) syncproto.ID {
	return syncproto.Derive("firing", document, syncproto.NumberedID(uint64(clock.Ladder)),
		syncproto.NumberedID(uint64(clock.Rung)), clock.Cause)
}

// CauseOf is the id of the event by which a command starts a clock. It does not depend on
// what else the command does, so a desk that answers a clock of its own overlay names it
// as the server will.
func CauseOf(command syncproto.ID) syncproto.ID { return syncproto.Derive("cause", command) }
