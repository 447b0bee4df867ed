// Package syncproto is what a desk and the server must agree on, and nothing else.
//
// It promises, in order of importance:
//
//  1. What was once written stays readable. Entries, commands, events and bodies are
//     CBOR maps with integer keys; a key is never used for something else, and a new
//     meaning is a new kind. Goldens of every released form are in testdata.
//  2. Bytes are final. Hashes and signatures are over bytes as they were written or
//     received; nobody decodes a body in order to encode it again.
//  3. The same input gives the same output everywhere. The package and those below it
//     know no clock, no randomness, no I/O and no map order.
//  4. Everything has a limit (limits.go), and what is over it is refused with a
//     Problem that says which limit it was.
//
// The words: a command is one person's intent; an entry is one decided command in the
// log; an event is its change to one document; a document's history is its events; a
// verdict is what became of a command.
//
// The packages below it hold the business, one piece each (ticket, claim, authority,
// escalation, organisation, policy, customer), the table that lists them (rules), the
// conversation of the two sides (session) and the language of the scenarios
// (simulation).
package syncproto
