package session

import "redress/syncproto"

// Identity is what the server knows of the device that said Hello; it answers Identify.
type Identity struct {
	Problem syncproto.Code // why there can be no session; "" where there can
	Key     []byte         // the device's Ed25519 public key
	Revoked bool           // it hands in, and is told to erase itself
	Kept    bool           // what it did and was decided is not on the server's disk alone, where a copy is kept
	Person  syncproto.ID
	// Incarnation is the one that Hello named, where it is the device's: the newest or one
	// before. Zero where it is not.
	Incarnation syncproto.ID
	Line        syncproto.Link     // its last command here
	Buckets     []syncproto.Bucket // what a desk of the person holds now
	ReadsUntil  syncproto.Instant  // when the token ends with which the desk may read; 0 without one
	Nonce       []byte             // 32 random bytes for the challenge
	LogID       syncproto.ID
	Epoch       uint32
	Head        uint64
	Covered     syncproto.Covered
	Order       []byte // the signature of an EraseOrder up to Line, of a device that is Revoked and Kept
}

// ServerInput is something that happened on the server's side.
type ServerInput interface{ serverInput() }

// Inputs of the server machine.
type (
	// Identified answers Identify.
	Identified struct{ Identity Identity }
	// NewIncarnation answers Rekey: the entry that gives it is committed.
	NewIncarnation struct{ Incarnation syncproto.ID }
	// Decided answers Submit: the verdicts, after their commit returned. A Problem ends the
	// session; the commands before it have their verdicts.
	Decided struct {
		Verdicts []syncproto.Verdict
		Received uint64
		Problem  syncproto.Code
	}
	// Collected says that a restored server holds the commands up to Counter in memory, Count
	// of them new since it said so last, to decide them later.
	Collected struct {
		Counter uint64
		Count   int
	}
	// Advanced says that the log now ends at Head.
	Advanced struct{ Head uint64 }
	// Read answers ReadDelta. Where one delta could not hold all up to the head, its cursor
	// has not moved and the next reading goes on at Place; then there is neither page nor
	// sum in the answer. After is where the next page of what was asked for begins.
	Read struct {
		Delta *syncproto.Delta
		Place Place
		After PagePlace
		Sums  []syncproto.BucketSum // where they were asked for
		Parts []syncproto.Parts
	}
	// Offered is grants for this incarnation.
	Offered struct{ Grants []syncproto.SignedGrant }
	// Kept says that all that was decided of a revoked device's is kept, as in Identity.
	Kept struct{}
	// Noted answers NoteWiped: the entry is committed.
	Noted struct{}
	// Closing ends the session from the server's side: going down, replaced by a newer one,
	// rights that changed. ReadAfter is as in Goaway.
	Closing struct {
		Code       syncproto.Code
		RetryAfter syncproto.Span
		ReadAfter  syncproto.Span
	}
)

func (Heard) serverInput()          {}
func (Elapsed) serverInput()        {}
func (Identified) serverInput()     {}
func (NewIncarnation) serverInput() {}
func (Decided) serverInput()        {}
func (Collected) serverInput()      {}
func (Advanced) serverInput()       {}
func (Read) serverInput()           {}
func (Offered) serverInput()        {}
func (Kept) serverInput()           {}
func (Noted) serverInput()          {}
func (Closing) serverInput()        {}

// ServerOutput is something the server has to do.
type ServerOutput interface{ serverOutput() }

// Outputs of the server machine.
type (
	// Identify asks who this device is.
	Identify struct{ Hello *syncproto.Hello }
	// Rekey asks for an entry that gives the device one more incarnation. Forked says that its
	// history differs from what the server has of the incarnation it named.
	Rekey struct {
		Device syncproto.ID
		Forked bool
	}
	// Ready says that the opening is done. Backlog is how many commands the desk announced.
	Ready struct {
		Device, Person, Incarnation syncproto.ID
		Backlog                     uint64
		HandIn                      bool // no valid token: nothing is read
		Tells                       bool // before its commands it says what it was told, and NoteTold says that this was all
	}
	// Submit asks for commands to be decided.
	Submit struct {
		Commands []syncproto.Envelope
		// First are the verdicts the desk says they had first, one for each and zero where
		// there was none, or nil. Whether they are is for whoever decides to check.
		First     []syncproto.Verdict
		Reconnect syncproto.Anchor
	}
	// NoteTold is what the desk says it was told of commands that may be waiting here: whether it
	// was is for whoever decides to check. All says that nothing more comes.
	NoteTold struct {
		Verdicts []syncproto.Verdict
		All      bool
	}
	// Caught says that the backlog announced at the opening is decided.
	Caught struct{}
	// ReadDelta asks for what lies past From in the buckets, going on at Place. Where the
	// delta comes to the head, the rest is read in the same moment: a page, the parts of
	// buckets, and what the buckets hold.
	ReadDelta struct {
		From    uint64
		Place   Place
		Buckets []syncproto.Bucket
		Lost    []syncproto.Bucket
		Fresh   []syncproto.Bucket // of Buckets: nothing of these comes before the delta at the head, which says so
		Whole   bool               // some of the others are not complete at the desk: all history comes with what changed
		Page    *PageAsk
		Parts   []syncproto.Bucket
		Sums    bool
	}
	// NoteWiped asks for an entry: the device was revoked, and has erased what it held.
	NoteWiped struct{ Device syncproto.ID }
	// Heals says that the desk fetches again what it held: for the operator.
	Heals struct {
		Bucket syncproto.Bucket
		Parts  int
	}
	// Stopped says that the desk differs and heals no more: for the operator too.
	Stopped struct{ Buckets []syncproto.Bucket }
)

func (Send) serverOutput()      {}
func (End) serverOutput()       {}
func (Identify) serverOutput()  {}
func (Rekey) serverOutput()     {}
func (Ready) serverOutput()     {}
func (Submit) serverOutput()    {}
func (Caught) serverOutput()    {}
func (ReadDelta) serverOutput() {}
func (Heals) serverOutput()     {}
func (NoteWiped) serverOutput() {}
func (NoteTold) serverOutput()  {}
func (Stopped) serverOutput()   {}

// Place is how far a catch-up that takes several deltas has come. A document's changes are
// sent where its last one stands; so a cursor that moved before all up to the head was
// sent would pass the earlier changes of a document that comes later, and its history
// would have a gap. Hence the cursor stays until then. The zero Place is the beginning.
type Place struct {
	Seq uint64        // sent is what last changed before here,
	Ref syncproto.Ref // and of what changed here the documents up to this one;
	// Skip is the version up to which that one's history was sent, where one delta could
	// not hold it all; 0 where it is sent whole.
	Skip uint64
}
