// Package store keeps the log and what follows from it in SQLite.
//
// It promises, in order of importance:
//
//  1. A batch is there whole or not at all, and what Append returned without an error
//     survives any crash that keeps synced bytes: one writer connection, BEGIN IMMEDIATE,
//     WAL, synchronous=FULL.
//  2. The log has one writer. Append takes the head it was decided upon and fails with
//     ErrMoved where that is not the head any more.
//  3. A View is one moment of the database: all its answers belong together. It must be
//     over before anything is written to a network.
//  4. Bytes come back as they were given. The store knows nothing of what they mean.
//
// Credentials (passwords, enrolment codes, tokens) lie beside the log, never in it.
//
// Each caller declares the few methods it needs; package storetest holds what any store
// must pass.
package store
