// Package replica is what one person has on one device: the confirmed documents, what the
// person did that the server has not confirmed yet, and the grants that may be spent
// without a line.
//
// It promises, in order of importance:
//
//  1. What a person did is never lost. Tap returns after its transaction is on the disk,
//     and nothing can be handed to a session before that. Every command ever made here
//     stays, with the first verdict on it, for ever; created = accepted + rejected +
//     parked + pending, always (Tally).
//  2. A grant is never spent twice. What is left of one is its amount less the charges of
//     this device, computed; the charge stands in the transaction that queues the
//     approval, and nothing the server says ever adds to it (design §5).
//  3. What is shown as confirmed is what the server confirmed. Confirmed bodies rest as
//     the bytes the ledger wrote. What was done here is folded over them as the overlay,
//     and leaves it in the very transaction that brings in its entry, or its rejection:
//     nothing flickers, nothing shows twice (design §3).
//  4. Nothing is deleted because of damage, an older file or another program version; the
//     error names the file and what to do.
//
// A desk decides once, at the tap. Nothing is decided again here: the events are stored
// with the command, and the overlay is their fold, so it can be made again at any time
// (RebuildOverlay) and costs what was touched.
//
// What stands in a form that was not sent is kept too (SaveDraft). It is the desk's own:
// never sent, not derived from anything, and it goes in the transaction that keeps its
// command, or because the person says so.
//
// What is shown can be found (Find): an index of every ticket and claim, with its customer,
// car and trail, follows the documents in the transaction that changes them. It holds
// terms and no texts, is derived like the overlay, and is filled by the first opening where a
// file comes from a program that knew none.
//
// Lists are read in windows that begin after a row (List, Find) or by ids (Among, FindOf), and
// how many are open is counted as rows come and go (CountOpen): none of them costs more where
// there are more, or further down. Changed says which documents to read again.
//
// One replica is a folder: replica.db, and line.json, which remembers outside the database how
// far this device has come. Where the system has a keychain the device's key lies there, and how
// far it has come too; else the key is a file in the folder that only its owner reads. A token is
// written nowhere: it is in memory, for as long as somebody is logged in. There is one writer; what
// only reads has connections of its own and never waits for it.
//
// All times are the server's, estimated from the last anchor (Estimate). The package
// knows no clock and makes no ids.
package replica
