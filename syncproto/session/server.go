package session

import (
	"crypto/ed25519"
	"slices"

	"redress/syncproto"
)

// Identity is what the server knows of the device that said Hello; it answers Identify.
type Identity struct {
	Problem syncproto.Code // why there can be no session; "" where there can
	Key     []byte         // the device's Ed25519 public key
	Revoked bool           // it hands in, and is told to erase itself
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
	}
	// Submit asks for commands to be decided.
	Submit struct {
		Commands []syncproto.Envelope
		// First are the verdicts the desk says they had first, one for each and zero where
		// there was none, or nil. Whether they are is for whoever decides to check.
		First     []syncproto.Verdict
		Reconnect syncproto.Anchor
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

type serverState uint8

const (
	serverListening serverState = iota
	serverIdentifying
	serverChallenging
	serverRekeying
	serverOpen
	serverEnded
)

// Server is the server's machine for one line. Make it with NewServer.
type Server struct {
	state        serverState
	hello        *syncproto.Hello
	who          Identity
	version      uint16
	openedAt     syncproto.Instant
	heardAt      syncproto.Instant
	sentAt       syncproto.Instant
	challengedAt syncproto.Instant
	reconnect    syncproto.Anchor

	submitted uint64 // counter of the last command taken
	deciding  int    // commands without a verdict that take up room
	collected int    // commands without a verdict that do not
	backlog   uint64 // counter at which the announced backlog ends; 0 when it has

	head    uint64
	cursor  uint64 // all up to here is read
	told    uint64 // and up to here the desk knows it
	place   Place
	reading bool
	inWay   []uint64 // cursors of deltas sent and not yet applied
	applied uint64   // cursor of the last that was
	lost    []syncproto.Bucket
	handIn  bool
	comparing
}

// NewServer makes the machine for one line that came up now.
func NewServer(now syncproto.Instant) *Server {
	return &Server{openedAt: now, heardAt: now, sentAt: now}
}

// Step takes one input and returns what to do, in order.
func (s *Server) Step(now syncproto.Instant, in ServerInput) []ServerOutput {
	if s.state == serverEnded {
		return nil
	}
	out := s.step(now, in)
	for _, o := range out {
		if _, sends := o.(Send); sends {
			s.sentAt = now
		}
	}
	return out
}

func (s *Server) step(now syncproto.Instant, in ServerInput) []ServerOutput {
	switch in := in.(type) {
	case Heard:
		s.heardAt = now
		return s.hear(now, in.Frame)
	case Identified:
		return s.identified(now, in.Identity)
	case NewIncarnation:
		return s.rekeyed(now, in.Incarnation)
	case Decided:
		return s.decided(in)
	case Collected:
		return s.collect(in)
	case Advanced:
		s.head = max(s.head, in.Head)
		return s.read()
	case Read:
		return s.send(now, in)
	case Offered:
		if s.state == serverOpen && !s.handIn && len(in.Grants) > 0 {
			return []ServerOutput{Send{&syncproto.Grants{Grants: in.Grants}}}
		}
	case Closing:
		return s.close(in)
	case Elapsed:
		return s.elapsed(now)
	}
	return nil
}

// Reached is up to where the desk has all there is for it, as far as it said so; false where
// it reads nothing.
func (s *Server) Reached() (uint64, bool) {
	reads := s.state == serverOpen && !s.handIn
	if len(s.inWay) > 0 {
		return s.applied, reads
	}
	return s.cursor, reads
}

func (s *Server) end(code syncproto.Code, detail string, retry syncproto.Span) []ServerOutput {
	s.state = serverEnded
	return []ServerOutput{
		Send{&syncproto.Goaway{Code: code, Detail: detail, RetryAfter: retry}},
		End{Code: code, Detail: detail, RetryAfter: retry},
	}
}

// close ends the session from the server's side.
func (s *Server) close(in Closing) []ServerOutput {
	out := s.end(in.Code, "", in.RetryAfter)
	if s.version >= readAfterVersion {
		out[0] = Send{&syncproto.Goaway{Code: in.Code, RetryAfter: in.RetryAfter, ReadAfter: in.ReadAfter}}
	}
	return out
}

// readAfterVersion is the oldest version in which a desk may come back to read only.
const readAfterVersion = 3

func (s *Server) hear(now syncproto.Instant, frame syncproto.Frame) []ServerOutput {
	switch f := frame.(type) {
	case *syncproto.Hello:
		if s.state == serverListening {
			return s.greeted(f)
		}
	case *syncproto.Proof:
		if s.state == serverChallenging {
			return s.proved(now, f)
		}
	case *syncproto.Goaway:
		s.state = serverEnded
		return []ServerOutput{End{Code: f.Code, Detail: f.Detail}}
	default:
		if s.state == serverOpen {
			return s.hearOpen(now, frame)
		}
	}
	return s.end(syncproto.CodeOutOfOrder, "a frame that cannot come now", 0)
}

func (s *Server) greeted(f *syncproto.Hello) []ServerOutput {
	if f.Newest < syncproto.Oldest {
		s.state = serverEnded
		return []ServerOutput{Send{&syncproto.Welcome{Action: syncproto.ActionUpgrade}}, End{Code: syncproto.CodeUpgrade}}
	}
	if f.Oldest > syncproto.Version || len(f.Held)+len(f.Filling) > syncproto.MaxBuckets {
		return s.end(syncproto.CodeMalformed, "this server does not speak that version, or too many buckets", 0)
	}
	s.state, s.hello, s.version = serverIdentifying, f, min(f.Newest, syncproto.Version)
	return []ServerOutput{Identify{f}}
}

func (s *Server) identified(now syncproto.Instant, who Identity) []ServerOutput {
	if s.state != serverIdentifying {
		return nil
	}
	if who.Problem != "" {
		return s.end(who.Problem, "", 0)
	}
	if !s.hello.LogID.IsZero() && s.hello.LogID != who.LogID {
		return s.end(syncproto.CodeWrongLog, "this server keeps another log", 0)
	}
	s.state, s.who, s.challengedAt = serverChallenging, who, now
	if s.hello.Incarnation != who.Incarnation {
		s.who.Line = syncproto.Link{} // nothing is known of that line; it will be rekeyed
	}
	return []ServerOutput{Send{&syncproto.Challenge{
		Version: s.version, LogID: who.LogID, Epoch: who.Epoch,
		Nonce: who.Nonce, Counter: s.who.Line.Counter, Time: now,
	}}}
}

func (s *Server) proved(now syncproto.Instant, f *syncproto.Proof) []ServerOutput {
	if !verify(s.who.Key, syncproto.ProofBytes(s.who.Nonce, *f), f.Signature) {
		return s.end(syncproto.CodeUnsigned, "the proof is not this device's", 0)
	}
	s.reconnect = syncproto.Anchor{
		Server: s.challengedAt + (now-s.challengedAt)/2, RTT: now.Sub(s.challengedAt),
		Boot: f.Reading.Boot, Ticks: f.Reading.Ticks,
	}
	known := s.hello.Incarnation == s.who.Incarnation && !s.who.Incarnation.IsZero()
	forked := known && (f.Behind || f.Hash != s.who.Line.Hash || s.hello.Counter < s.who.Line.Counter)
	if !known || forked {
		s.state = serverRekeying
		return []ServerOutput{Rekey{Device: s.hello.Device, Forked: forked}}
	}
	return s.welcome(now)
}

func (s *Server) rekeyed(now syncproto.Instant, incarnation syncproto.ID) []ServerOutput {
	if s.state != serverRekeying {
		return nil
	}
	s.state = serverListening // the desk says Hello again, as the new incarnation
	return []ServerOutput{Send{&syncproto.Welcome{
		Action: syncproto.ActionRekey, LogID: s.who.LogID, Epoch: s.who.Epoch,
		Incarnation: incarnation, Person: s.who.Person, Time: now, Covered: s.covered(),
	}}}
}

// covered is the line of epochs as this desk may be told of it.
func (s *Server) covered() syncproto.Covered {
	if s.version < firstVersion {
		return nil
	}
	return s.who.Covered
}

func (s *Server) welcome(now syncproto.Instant) []ServerOutput {
	s.state = serverOpen
	s.handIn = s.who.Revoked || s.who.ReadsUntil <= now
	s.submitted = s.who.Line.Counter
	s.head = max(s.head, s.who.Head)
	action := s.resumption()
	w := &syncproto.Welcome{
		Action: action, LogID: s.who.LogID, Epoch: s.who.Epoch, Head: s.head,
		Counter: s.submitted, Person: s.who.Person, Time: now, Covered: s.covered(),
	}
	if !s.handIn && !s.compares() { // whoever compares is told with the deltas
		w.Buckets = s.who.Buckets
	}
	backlog := s.hello.Counter - s.submitted
	if backlog > 0 {
		s.backlog = s.hello.Counter
	}
	out := []ServerOutput{Send{w}, Ready{
		Device: s.hello.Device, Person: s.who.Person, Incarnation: s.who.Incarnation,
		Backlog: backlog, HandIn: s.handIn,
	}}
	return append(out, s.read()...)
}

// resumption says how the desk goes on. For one that does not compare: a gained bucket has rows before the cursor, and a
// new epoch may have taken some back: then everything is read again from the start.
func (s *Server) resumption() syncproto.Action {
	if s.wipes() {
		return syncproto.ActionWipe
	}
	if s.handIn {
		return syncproto.ActionHandIn
	}
	if s.compares() {
		return s.resume()
	}
	for _, b := range s.hello.Held {
		if !slices.Contains(s.who.Buckets, b) {
			s.lost = append(s.lost, b)
		}
	}
	gained := slices.ContainsFunc(s.who.Buckets, func(b syncproto.Bucket) bool { return !slices.Contains(s.hello.Held, b) })
	if gained || s.hello.Epoch != s.who.Epoch || s.hello.Cursor > s.head {
		return syncproto.ActionResync
	}
	s.cursor, s.told, s.applied = s.hello.Cursor, s.hello.Cursor, s.hello.Cursor
	return syncproto.ActionResume
}

func (s *Server) hearOpen(now syncproto.Instant, frame syncproto.Frame) []ServerOutput {
	switch f := frame.(type) {
	case *syncproto.Commands:
		return s.commands(f)
	case *syncproto.Applied:
		if i := slices.Index(s.inWay, f.Cursor); i >= 0 {
			s.inWay, s.applied = s.inWay[i+1:], f.Cursor
		}
		return s.read()
	case *syncproto.Ping:
		return []ServerOutput{Send{&syncproto.Pong{ID: f.ID, Time: now}}}
	case *syncproto.Differs:
		return s.differs(f)
	case *syncproto.Fetch:
		return s.fetch(f)
	case *syncproto.Wiped:
		return s.wiped(f)
	}
	return s.end(syncproto.CodeOutOfOrder, "a frame that only the server sends", 0)
}

func (s *Server) commands(f *syncproto.Commands) []ServerOutput {
	if s.deciding+len(f.Commands) > syncproto.MaxInFlight {
		return s.end(syncproto.CodeOverloaded, "more commands under way than allowed", 0)
	}
	for _, e := range f.Commands {
		if e.Counter != s.submitted+1 || e.Incarnation != s.who.Incarnation || e.Device != s.hello.Device {
			return s.end(syncproto.CodeOutOfOrder, "a command out of its line", 0)
		}
		s.submitted = e.Counter
	}
	if len(f.Commands) == 0 {
		return nil
	}
	if len(f.First) != 0 && len(f.First) != len(f.Commands) {
		return s.end(syncproto.CodeMalformed, "a verdict for each command, or none", 0)
	}
	s.deciding += len(f.Commands)
	return []ServerOutput{Submit{Commands: f.Commands, First: f.First, Reconnect: s.reconnect}}
}

// collect makes room for more where a restored server holds commands in memory. The desk is
// told; nothing of it is safe.
func (s *Server) collect(in Collected) []ServerOutput {
	if s.state != serverOpen || s.version < firstVersion || in.Count <= 0 {
		return nil
	}
	s.deciding, s.collected = max(s.deciding-in.Count, 0), s.collected+in.Count
	return []ServerOutput{Send{&syncproto.Verdicts{Collected: in.Counter}}}
}

// verdictsAMessage is how many verdicts go in one message: also where each quotes a whole
// description they fit.
const verdictsAMessage = 16

func (s *Server) decided(in Decided) []ServerOutput {
	if s.state != serverOpen {
		return nil
	}
	ofCollected := min(len(in.Verdicts), s.collected)
	s.collected -= ofCollected
	s.deciding = max(s.deciding-len(in.Verdicts)+ofCollected, 0)
	var out []ServerOutput
	for some := range slices.Chunk(in.Verdicts, verdictsAMessage) {
		out = append(out, Send{&syncproto.Verdicts{Verdicts: some, Received: in.Received}})
	}
	if s.backlog > 0 && in.Received >= s.backlog {
		s.backlog = 0
		out = append(out, Caught{})
	}
	if in.Problem != "" {
		out = append(out, s.end(in.Problem, "", 0)...)
	}
	return out
}

// read asks for the next delta where there may be one and the desk keeps up. A slow desk
// has no queue here: it is read for again, from its cursor, when it has applied.
func (s *Server) read() []ServerOutput {
	behind := s.cursor < s.head || len(s.lost) > 0 || s.owes()
	if s.state != serverOpen || s.handIn || s.reading || !behind || len(s.inWay) >= syncproto.MaxDeltasInWay {
		return nil
	}
	s.reading = true
	return []ServerOutput{s.ask(ReadDelta{From: s.cursor, Place: s.place, Buckets: s.who.Buckets, Lost: s.lost})}
}

func (s *Server) send(now syncproto.Instant, in Read) []ServerOutput {
	s.reading = false
	if s.state != serverOpen {
		return nil
	}
	d := *in.Delta
	s.lost, s.place = nil, in.Place
	s.cursor = d.Cursor
	after := s.answered(now, in)
	empty := len(d.Documents)+len(d.History)+len(d.Removed)+len(d.Own)+len(d.Held)+len(d.Lost)+len(d.Filling) == 0 && d.Page == nil
	if empty && (len(after) == 0 || d.Cursor == s.told) {
		return append(after, s.read()...) // nothing for this desk: the next delta or Head moves its cursor
	}
	d.From, s.told = s.told, d.Cursor
	s.inWay = append(s.inWay, d.Cursor)
	return append(append([]ServerOutput{Send{&d}}, after...), s.read()...)
}

func (s *Server) elapsed(now syncproto.Instant) []ServerOutput {
	switch {
	case now.Sub(s.heardAt) > syncproto.SilenceLimit:
		return s.end(syncproto.CodeSilent, "nothing was heard from the desk", 0)
	case s.state != serverOpen && now.Sub(s.openedAt) > syncproto.HandshakeLimit:
		return s.end(syncproto.CodeSilent, "the opening took too long", 0)
	case s.state == serverOpen && !s.handIn && now >= s.who.ReadsUntil:
		return s.end(syncproto.CodeTokenExpired, "the desk has to log in again", 0)
	case s.state == serverOpen && s.compares() && !s.handIn && now.Sub(s.checkedAt) >= syncproto.CheckpointEvery:
		s.check, s.checkedAt = true, now
		return s.read()
	case s.state == serverOpen && !s.handIn && now.Sub(s.sentAt) >= syncproto.HeadEvery:
		s.told = s.cursor
		return []ServerOutput{Send{&syncproto.Head{Epoch: s.who.Epoch, Seq: s.cursor, Time: now}}}
	}
	return nil
}

func verify(key, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, message, signature)
}
