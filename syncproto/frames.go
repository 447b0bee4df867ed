package syncproto

import "fmt"

// FrameKind is the first element of every message; the second is the frame as a map.
type FrameKind uint8

// Kinds of frames, with who sends them.
const (
	FrameHello     FrameKind = 1  // desk: who I am, what I have
	FrameChallenge FrameKind = 2  // server: prove it
	FrameProof     FrameKind = 3  // desk
	FrameWelcome   FrameKind = 4  // server: what to do
	FrameCommands  FrameKind = 5  // desk
	FrameVerdicts  FrameKind = 6  // server
	FrameDelta     FrameKind = 7  // server: one transaction on the desk
	FrameApplied   FrameKind = 8  // desk: the delta is committed
	FrameHead      FrameKind = 9  // server: nothing newer than this for you
	FrameGrants    FrameKind = 10 // server
	FramePing      FrameKind = 11 // desk: what is the time?
	FramePong      FrameKind = 12 // server
	FrameGoaway    FrameKind = 13 // either: the session ends, and why

	FrameCheckpoint FrameKind = 14 // server: what your buckets hold here (from version 3 on, as those below)
	FrameDiffers    FrameKind = 15 // desk: in these I hold something else
	FrameParts      FrameKind = 16 // server: what their parts hold
	FrameFetch      FrameKind = 17 // desk: send me these parts
	FrameWiped      FrameKind = 18 // desk: what I held is erased
	FrameTold       FrameKind = 19 // desk: what I was told of commands that you have waiting
)

// Frame is one message of the conversation.
type Frame interface{ frameKind() FrameKind }

// Hello opens a session.
type Hello struct {
	Newest      uint16 `cbor:"1,keyasint,omitempty"` // version the desk speaks
	Oldest      uint16 `cbor:"2,keyasint,omitempty"`
	Program     string `cbor:"3,keyasint,omitempty"` // name and build, for the operator
	LogID       ID     `cbor:"4,keyasint,omitzero"`
	Epoch       uint32 `cbor:"5,keyasint,omitempty"`
	Cursor      uint64 `cbor:"6,keyasint,omitempty"` // all up to here is applied
	Device      ID     `cbor:"7,keyasint,omitzero"`
	Incarnation ID     `cbor:"8,keyasint,omitzero"`
	Counter     uint64 `cbor:"9,keyasint,omitempty"` // of the last command made
	// Token is the person's session; without one the desk only hands in its commands.
	Token   string   `cbor:"10,keyasint,omitempty"`
	Held    []Bucket `cbor:"11,keyasint,omitempty"`
	Filling []Bucket `cbor:"12,keyasint,omitempty"`
}

// Challenge asks for the device's hash at Counter, the last command the server has of
// this incarnation, and for a signature over Nonce.
type Challenge struct {
	Version uint16  `cbor:"1,keyasint,omitempty"` // the session's from here on
	LogID   ID      `cbor:"2,keyasint,omitzero"`
	Epoch   uint32  `cbor:"3,keyasint,omitempty"`
	Nonce   []byte  `cbor:"4,keyasint,omitempty"` // 32 bytes
	Counter uint64  `cbor:"5,keyasint,omitempty"`
	Time    Instant `cbor:"6,keyasint,omitempty"`
}

// Proof answers a Challenge. Behind says that the device never made the command asked
// for: its file is older than what the server has.
type Proof struct {
	Hash      Hash    `cbor:"1,keyasint,omitzero"`
	Behind    bool    `cbor:"2,keyasint,omitempty"`
	Reading   Reading `cbor:"3,keyasint,omitzero"`
	Signature []byte  `cbor:"4,keyasint,omitempty"` // Ed25519 over ProofBytes
}

// ProofBytes is what a device signs: nothing a signature over a command could be mistaken
// for.
func ProofBytes(nonce []byte, p Proof) []byte {
	p.Signature = nil
	return append([]byte("redress proof\x00"+string(nonce)), MustEncode(p)...)
}

// Action is what a Welcome tells the desk to do.
type Action uint8

// Actions.
const (
	ActionResume  Action = 1 // go on from your cursor
	ActionResync  Action = 2 // compare everything (new epoch)
	ActionRekey   Action = 3 // take Incarnation, number your waiting commands anew, say Hello again
	ActionWipe    Action = 4 // hand in, then erase, and say Wiped. Only to desks of version 3 and later
	ActionUpgrade Action = 5 // too old: keep your outbox, install the new program
	ActionHandIn  Action = 6 // commands are taken; without a token nothing is sent
)

// Welcome ends the opening.
type Welcome struct {
	Action      Action  `cbor:"1,keyasint,omitempty"`
	LogID       ID      `cbor:"2,keyasint,omitzero"`
	Epoch       uint32  `cbor:"3,keyasint,omitempty"`
	Head        uint64  `cbor:"4,keyasint,omitempty"`
	Counter     uint64  `cbor:"5,keyasint,omitempty"` // last command received; send from the next
	Incarnation ID      `cbor:"6,keyasint,omitzero"`  // with ActionRekey
	Person      ID      `cbor:"7,keyasint,omitzero"`
	Time        Instant `cbor:"8,keyasint,omitempty"`
	// Buckets are what the desk is to hold from now on.
	Buckets []Bucket `cbor:"9,keyasint,omitempty"`
	// Covered is the line of this log's epochs. Only to desks of version 3 and later.
	Covered Covered `cbor:"10,keyasint,omitempty"`
	// Order is the server's signature under an EraseOrder up to Counter, with ActionWipe.
	Order []byte `cbor:"11,keyasint,omitempty"`
}

// Commands carries commands in counter order.
type Commands struct {
	Commands []Envelope `cbor:"1,keyasint,omitempty"`
	// First are the first verdicts the commands ever had, one for each and zero for one that
	// had none; empty where none had any. A restored server keeps to them.
	First []Verdict `cbor:"2,keyasint,omitempty"`
}

// Verdicts carries what became of commands. Received is the highest counter that is safe
// with the server.
type Verdicts struct {
	Verdicts []Verdict `cbor:"1,keyasint,omitempty"`
	Received uint64    `cbor:"2,keyasint,omitempty"`
	// Collected is the highest counter that a restored server holds in memory, to decide when
	// it has collected what it lacks. It makes room for more and is no promise. Only to desks
	// of version 3 and later.
	Collected uint64 `cbor:"3,keyasint,omitempty"`
}

// Delta is one transaction on the desk: it brings it from From to Cursor.
type Delta struct {
	Epoch     uint32         `cbor:"1,keyasint,omitempty"`
	From      uint64         `cbor:"2,keyasint,omitempty"`
	Cursor    uint64         `cbor:"3,keyasint,omitempty"`
	Documents []Document     `cbor:"4,keyasint,omitempty"`
	History   []HistoryEntry `cbor:"5,keyasint,omitempty"`
	Removed   []Ref          `cbor:"6,keyasint,omitempty"`
	// Own are verdicts on the desk's own commands whose entries lie in (From, Cursor],
	// also where the document has left: they leave the overlay with this very delta.
	Own []Verdict `cbor:"7,keyasint,omitempty"`
	// Held are buckets complete from this delta on, and Lost those to be dropped with all
	// that no other bucket of the desk has.
	Held []Bucket `cbor:"8,keyasint,omitempty"`
	Lost []Bucket `cbor:"9,keyasint,omitempty"`
	// Current says that there was nothing more when it was read.
	Current bool `cbor:"10,keyasint,omitempty"`
	// Filling are buckets that come from this delta on, and are not complete: what lies
	// before is fetched.
	Filling []Bucket `cbor:"11,keyasint,omitempty"`
	// Page is a part of a bucket as it is at Cursor; it is taken in after the changes.
	Page *Page `cbor:"12,keyasint,omitempty"`
}

// Applied says that the desk committed the delta that ends at Cursor.
type Applied struct {
	Cursor uint64 `cbor:"1,keyasint,omitempty"`
}

// Head says that the log has reached Seq and that nothing before it concerns the desk but
// what it was sent.
type Head struct {
	Epoch uint32  `cbor:"1,keyasint,omitempty"`
	Seq   uint64  `cbor:"2,keyasint,omitempty"`
	Time  Instant `cbor:"3,keyasint,omitempty"`
}

// Grants offers grants of this incarnation. It only adds: what a device has left is never
// taken from the server.
type Grants struct {
	Grants []SignedGrant `cbor:"1,keyasint,omitempty"`
}

// Ping asks for the server's time.
type Ping struct {
	ID uint64 `cbor:"1,keyasint,omitempty"`
}

// Pong answers a Ping.
type Pong struct {
	ID   uint64  `cbor:"1,keyasint,omitempty"`
	Time Instant `cbor:"2,keyasint,omitempty"`
}

// Goaway ends the session. RetryAfter is this desk's own time to come back.
type Goaway struct {
	Code       Code   `cbor:"1,keyasint,omitempty"`
	RetryAfter Span   `cbor:"2,keyasint,omitempty"`
	Detail     string `cbor:"3,keyasint,omitempty"` // for the log, not for people
	// ReadAfter is when the desk may come back already to read, if it hands nothing in before
	// RetryAfter is over; 0 where it may not (version 3).
	ReadAfter Span `cbor:"4,keyasint,omitempty"`
}

// Wiped confirms ActionWipe: all that the desk had made, up to Counter, was safe with the server,
// and then what it held was erased. The server answers with a Goaway, CodeRevoked.
type Wiped struct {
	Counter uint64 `cbor:"1,keyasint,omitempty"`
}

// Told is what the desk was told, by entries that a restored server lacks, of commands that this
// server has: it may have them waiting, as it had then, and keeps to what was told. A desk sends it in
// a log that was restored, perhaps empty, before its first commands, in messages of at most
// MaxTold; More says that another follows.
type Told struct {
	Verdicts []Verdict `cbor:"1,keyasint,omitempty"`
	More     bool      `cbor:"2,keyasint,omitempty"`
}

func (*Hello) frameKind() FrameKind     { return FrameHello }
func (*Challenge) frameKind() FrameKind { return FrameChallenge }
func (*Proof) frameKind() FrameKind     { return FrameProof }
func (*Welcome) frameKind() FrameKind   { return FrameWelcome }
func (*Commands) frameKind() FrameKind  { return FrameCommands }
func (*Verdicts) frameKind() FrameKind  { return FrameVerdicts }
func (*Delta) frameKind() FrameKind     { return FrameDelta }
func (*Applied) frameKind() FrameKind   { return FrameApplied }
func (*Head) frameKind() FrameKind      { return FrameHead }
func (*Grants) frameKind() FrameKind    { return FrameGrants }
func (*Ping) frameKind() FrameKind      { return FramePing }
func (*Pong) frameKind() FrameKind      { return FramePong }
func (*Goaway) frameKind() FrameKind    { return FrameGoaway }

func (*Checkpoint) frameKind() FrameKind { return FrameCheckpoint }
func (*Differs) frameKind() FrameKind    { return FrameDiffers }
func (*Parts) frameKind() FrameKind      { return FrameParts }
func (*Fetch) frameKind() FrameKind      { return FrameFetch }
func (*Wiped) frameKind() FrameKind      { return FrameWiped }
func (*Told) frameKind() FrameKind       { return FrameTold }

// newFrame is an empty frame of each kind.
func newFrame(kind FrameKind) Frame {
	switch kind {
	case FrameHello:
		return &Hello{}
	case FrameChallenge:
		return &Challenge{}
	case FrameProof:
		return &Proof{}
	case FrameWelcome:
		return &Welcome{}
	case FrameCommands:
		return &Commands{}
	case FrameVerdicts:
		return &Verdicts{}
	case FrameDelta:
		return &Delta{}
	case FrameApplied:
		return &Applied{}
	case FrameHead:
		return &Head{}
	case FrameGrants:
		return &Grants{}
	case FramePing:
		return &Ping{}
	case FramePong:
		return &Pong{}
	case FrameGoaway:
		return &Goaway{}
	case FrameCheckpoint:
		return &Checkpoint{}
	case FrameDiffers:
		return &Differs{}
	case FrameParts:
		return &Parts{}
	case FrameFetch:
		return &Fetch{}
	case FrameWiped:
		return &Wiped{}
	case FrameTold:
		return &Told{}
	}
	return nil
}

type message struct {
	_    struct{} `cbor:",toarray"`
	Kind FrameKind
	Body Frame
}

// arrayOfTwo is the byte that every message begins with.
const arrayOfTwo = 0x82

// EncodeFrame writes a frame as one message: [kind, map].
func EncodeFrame(f Frame) ([]byte, error) {
	data, err := Encode(message{Kind: f.frameKind(), Body: f})
	if err == nil && len(data) > MaxMessage {
		return nil, &Problem{Code: CodeTooLarge, Doing: fmt.Sprintf("encoding %T", f), Detail: fmt.Sprintf("%d bytes", len(data))}
	}
	return data, err
}

// DecodeFrame reads one message. Errors are Problems.
func DecodeFrame(data []byte) (Frame, error) {
	if len(data) > MaxMessage {
		return nil, &Problem{Code: CodeTooLarge, Doing: "decoding a frame", Detail: fmt.Sprintf("%d bytes", len(data))}
	}
	var kind FrameKind
	if len(data) == 0 || data[0] != arrayOfTwo {
		return nil, &Problem{Code: CodeMalformed, Doing: "decoding a frame", Detail: "it is no array of two"}
	}
	body, err := decodeFirst(data[1:], &kind)
	if err != nil {
		return nil, err
	}
	frame := newFrame(kind)
	if frame == nil {
		return nil, &Problem{Code: CodeUnknownKind, Doing: "decoding a frame", Detail: fmt.Sprintf("kind %d", kind)}
	}
	return frame, Decode(body, frame)
}
