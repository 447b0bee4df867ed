// Package gateway holds the sessions of the desks: it drives session.Server for each and
// carries what it says over WebSockets.
//
// It promises, in order of importance:
//
//  1. Nothing is acknowledged before the ledger's commit returned, and nothing is read
//     from the log for a desk before its device has proved itself and its person logged
//     in.
//  2. One session an incarnation: a newer one ends the older.
//  3. A slow or silly desk harms only itself: there is a limit on a message, on commands
//     under way, on deltas not yet applied, on the time a write may take, and no queue
//     that could grow.
//  4. Publication is by cursor. The gateway only wakes the sessions that a batch concerns;
//     what they get they read from the log.
//
// A Conversation is one session without sockets and goroutines: messages and the time go
// in, messages come out. Sockets puts a socket around it; the scenarios play it directly.
//
// Beside the sessions, on the same port: enrolling, logging in, when each desk was heard
// last (for headquarters), and whether the server is well.
package gateway
