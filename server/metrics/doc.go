// Package metrics shows an operator's Prometheus how the server is. It is the only room that
// knows Prometheus: what it shows it asks of others through small interfaces, or counts from
// what the ledger says of each batch.
//
// It promises, in order of importance:
//
//  1. Nobody waits for it: a scrape reads what is in memory, and a commit is measured from
//     outside, without a statement of its own.
//  2. A scrape costs the same however long the log is. What cannot be known without looking
//     into documents is looked up once, at the start, and counted from there on.
//  3. It says how many and how much, and never whose: no label is a person, a device or a
//     document.
//
// OPERATING.md says of each figure what it means, and of each alarm what to do.
package metrics
