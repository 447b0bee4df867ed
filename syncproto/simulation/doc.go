// Package simulation plays a day in a second: the real desks and the real server in
// one process, on a clock and a network that are only values.
//
// It promises that a scenario is a story a manager could read: a text file with one verb
// a line and the result under it (VERBS.md describes each verb with an example). What is
// real is everything that decides or keeps: rules, sessions, replica, ledger, store. What
// is simulated is time, the line, and the death of a process.
//
// The package sees neither side. It plays on a Stage, which the root tests build from
// both.
package simulation

import (
	"redress/syncproto"
)

// Stage is the real thing that a scenario plays on. Instants are the true time; a desk
// only ever gets its own Reading, and the server what its clock shows (SetClock).
type Stage interface {
	// Start brings the server up, on an empty log the first time and on what it kept after
	// a Kill.
	Start(now syncproto.Instant) error
	// Kill ends the server as a power cut would: nothing is closed.
	Kill()
	// Operate gives a command as the command line does.
	Operate(now syncproto.Instant, kind syncproto.CommandKind, command any) error
	// GiveCode gives a person the code that the next Enrol of theirs uses; without it, that gets one.
	GiveCode(now syncproto.Instant, person syncproto.ID) error
	// Enrol makes a desk for a person, on a machine of its own with a name.
	Enrol(now syncproto.Instant, person syncproto.ID, login, machine string) (Desk, error)
	// Answer is the server's end of a new line.
	Answer(now syncproto.Instant) (Line, error)
	// Wake does what is due by the time and says when there is something next, 0 for never.
	Wake(now syncproto.Instant) (next syncproto.Instant, err error)
	// SetClock says by how much the server's wall clock is off the true time from now on.
	SetClock(off syncproto.Span)
	// Doubt is why the server does not believe its clock, "" where it does; Confirm is the
	// operator saying that it is right.
	Doubt() string
	Confirm(now syncproto.Instant)
	// Verify walks the log and refolds every document.
	Verify() error
	// Copies begins a copy of the log, or has its disk go away and be back; BackUp keeps all of
	// the data as it is; Restore loses it, after a Kill, and makes it anew from the copy, or from
	// the backup where that is older.
	Copies(there bool) error
	BackUp() error
	Restore(now syncproto.Instant, older bool) error
	// Parked are the commands that wait at the server, in the order of parking.
	Parked() []Waiting
	// Document is what the server holds, with its history.
	Document(ref syncproto.Ref) (body any, history []syncproto.HistoryEntry, held bool)
}

// Line is one end of a connection. Each call returns the messages to send, and whether
// the line is to be closed.
type Line interface {
	Hear(now syncproto.Instant, at syncproto.Reading, message []byte) (send [][]byte, closed bool)
	// Pass lets the end do what the time or a change behind it asks for.
	Pass(now syncproto.Instant, at syncproto.Reading) (send [][]byte, closed bool)
	// Drop tells the end that the line is gone.
	Drop(at syncproto.Reading)
}

// Desk is one person's replica with what its windows would show.
type Desk interface {
	// Device is what the server knows the desk by.
	Device() syncproto.ID
	// EnrolAgain makes the desk known again, with a new code, to a server that has forgotten it. The
	// lines are what the person reads where it does not.
	EnrolAgain(now syncproto.Instant) (lines []string, err error)
	// LoseCode has somebody who has seen the code that made the desk known type it on a computer of
	// their own. The lines are what they read there.
	LoseCode(now syncproto.Instant) (lines []string, err error)
	// Tap gives a command as its form does. The lines are what the person reads about it;
	// refused says that nothing was kept.
	Tap(at syncproto.Reading, kind syncproto.CommandKind, command any) (lines []string, refused bool)
	// Approve decides a claim from the desk's own grants. less is what is approved where
	// that is less than what was asked for; 0 approves all of it.
	Approve(at syncproto.Reading, claim syncproto.ID, less syncproto.Fen, reason string) (lines []string, refused bool)
	// NextNumber gives the number of the ticket that is opened next.
	NextNumber() (string, error)
	// Document is what the desk holds, with what it has not sent yet on top.
	Document(ref syncproto.Ref) (body any, held bool)
	// Damage changes the bytes that the disk has of a document, as a bad sector does.
	Damage(ref syncproto.Ref) error
	// Show is a page as text: "work", "claims", "months", "sync", or the "ticket" or "claim"
	// that about names. "holds" is no page that a person sees: what the desk holds of its
	// buckets, beside what the server has.
	Show(at syncproto.Reading, page string, about syncproto.Ref) []string
	// Dial is the desk's end of a new line; nil where the desk dials no more, as after it was
	// revoked and has erased itself.
	Dial(at syncproto.Reading) (line Line, send [][]byte)
	// Copy puts a copy of the desk's disk into another machine of that name.
	Copy(machine string) (Desk, error)
	// BackUp keeps all of the desk's disk as it is; SetBack puts that back, all of it or the
	// database alone.
	BackUp() error
	SetBack(databaseOnly bool) error
}
