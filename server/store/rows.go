package store

import (
	"crypto/ed25519"

	"redress/syncproto"
)

// Identity is which log this is, the key it signs with, and the device that acts through
// the command line.
type Identity struct {
	LogID          syncproto.ID
	Epoch          uint32
	ServerKey      ed25519.PrivateKey
	OperatorDevice syncproto.ID
	OperatorKey    ed25519.PublicKey
}

// Head is where the log ends. The zero Head is that of an empty one.
type Head struct {
	Epoch uint32
	Seq   uint64
	Chain syncproto.Hash
}

// Document is a document as it is now: the bytes that travel, the entry that last changed
// it, and when its next clock wants a tick (0: none).
type Document struct {
	syncproto.Document
	Seq     uint64
	NextDue syncproto.Instant
}

// History is one event of a document as its readers get it. Entry is an encoded
// syncproto.HistoryEntry.
type History struct {
	Ref     syncproto.Ref
	Version uint64
	Seq     uint64
	Entry   []byte
}

// Membership says that a document is in a bucket, or was until Seq. Seq is the last change
// as far as the bucket is concerned. In a Batch, Since 0 keeps what is there.
type Membership struct {
	Bucket  syncproto.Bucket
	Ref     syncproto.Ref
	Seq     uint64
	Present bool
	Since   uint64
}

// Command is a decided command with the verdict that holds now (an encoded
// syncproto.Verdict) and the entry that gave it.
type Command struct {
	ID      syncproto.ID
	Hash    syncproto.Hash
	Device  syncproto.ID
	Outcome syncproto.Outcome
	Seq     uint64
	Verdict []byte
}

// Line is the last link of an incarnation's line of commands.
type Line struct {
	Device      syncproto.ID
	Incarnation syncproto.ID
	Link        syncproto.Link
}

// Parked is a command that waits, since the entry Seq; Told is the entry, 0 where there is none, that
// says what its device was told of it in an epoch that a restore took back. Doc is the document it waits for
// where Code is syncproto.CodeWaitsForDoc.
type Parked struct {
	Command syncproto.ID
	Seq     uint64
	Told    uint64
	Device  syncproto.ID
	Subject syncproto.Ref
	Code    syncproto.Code
	Doc     syncproto.Ref
}

// Refusal says that the command which would have made a document was rejected by the entry
// Seq, and nobody made it since. In a Batch, Seq 0 takes that back.
type Refusal struct {
	Ref syncproto.Ref
	Seq uint64
}

// Batch is what one transaction writes. The entries follow After one by one.
type Batch struct {
	After       Head
	Epoch       uint32
	Entries     []syncproto.Entry
	Documents   []Document
	History     []History
	Memberships []Membership
	Recounts    []Recount // how the sums of the buckets change by these documents
	Commands    []Command
	Lines       []Line
	Parked      []Parked
	Released    []syncproto.ID // parked commands that wait no longer
	Refused     []Refusal
	Restored    []Restoration  // that were restored again, without Thawed; an older one freezes all
	Thawed      []syncproto.ID // managers whose accounts are frozen no more
}

// Head is where the log ends after the batch.
func (b Batch) Head() Head {
	if len(b.Entries) == 0 {
		return b.After
	}
	return Head{Epoch: b.Epoch, Seq: b.After.Seq + uint64(len(b.Entries)), Chain: b.Entries[len(b.Entries)-1].Chain}
}
