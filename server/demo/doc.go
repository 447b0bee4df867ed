// Package demo makes an organisation to try things with, and months of its work: calls,
// tickets, clocks that fired, claims and the money of managers.
//
// It promises, in order of importance:
//
//  1. Nothing is written around the rules. Everything in the log is a command that a person
//     with the right gave on a device of their own, signed and in its line, or the server's
//     own ticks and grants at the virtual moment they were due; so the log verifies.
//  2. The same seed, days, end, keys and identity of the log give the same log, to the bit.
//  3. Every kind of event, every state of tickets, clocks, claims and accounts that the
//     product has comes up, in proportions that can be believed: most is solved and closed,
//     some was late, reopened or disputed, and what runs at the end is enough for everyone's
//     morning. A test counts them.
//  4. Nobody and nothing in it is real: people, customers, cars and telephone numbers are
//     made up. The check digits of the VINs are right.
//
// Time is an agenda: each thing that somebody will do stands at its moment, looks at the
// documents as they are then, and puts what follows on the agenda. What falls into one step
// of the clock is decided together, as when a server is busy, so a firing comes up to a step
// after its time. Devices that are cut off keep what was done on them and hand it in later.
//
// The people of the demo leave no money on these devices at the end: who logs in on a new
// one gets the month's authority there.
package demo
