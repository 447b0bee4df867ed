// Package syncclient is the desk's end of the line: it enrols the device, logs the person
// in, keeps one session with the server for as long as there is a line, and is quiet and
// patient while there is none.
//
// It promises, in order of importance:
//
//  1. Nothing is sent before its local commit returned, and nothing is acknowledged before
//     its own: a Conversation carries out what the session machine asks for in order, on
//     the replica, and only then hands out messages.
//  2. No line, no harm. Losing it at any moment loses nothing, and how long it has been
//     gone is on record. Coming back is spread out (Backoff), so that a server that was
//     down is not run over, and the server's own word on when to come back is kept.
//  3. A password goes only to the server it belongs to: over TLS, or on this machine. It
//     is kept in memory while the person works, so that a token that ran out is renewed
//     without a question, and can be checked without the server after the first time, until
//     the server refuses it. Whom it refuses works on no more.
//  4. What is wrong is said with a code that has words: an unreachable server, a wrong
//     password, another installation's server are three different things.
//
// Conversation is the part without sockets, goroutines and clock, for whoever plays it in
// a test; Client is the loop around it.
package syncclient
