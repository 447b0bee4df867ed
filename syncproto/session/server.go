package session

import (
	"crypto/ed25519"
	"slices"

	"redress/syncproto"
)

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
	heard   bool // all that the desk was told of what is waiting here
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
	case Kept:
		return s.kept()
	case Noted:
		return s.noted()
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
	if action == syncproto.ActionWipe {
		w.Order = s.who.Order
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
		Backlog: backlog, HandIn: s.handIn, Tells: s.tells(),
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
	case *syncproto.Told:
		return s.hearTold(f)
	}
	return s.end(syncproto.CodeOutOfOrder, "a frame that only the server sends", 0)
}

func (s *Server) commands(f *syncproto.Commands) []ServerOutput {
	if s.wipes() { // something was done on it in the very moment: it is handed in first
		return s.end(syncproto.CodeScopeChanged, "", syncproto.Millisecond)
	}
	if s.tells() && !s.heard {
		return s.end(syncproto.CodeOutOfOrder, "what was told is said before the commands", 0)
	}
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

func (s *Server) decided(in Decided) []ServerOutput {
	if s.state != serverOpen {
		return nil
	}
	ofCollected := min(len(in.Verdicts), s.collected)
	s.collected -= ofCollected
	s.deciding = max(s.deciding-len(in.Verdicts)+ofCollected, 0)
	var out []ServerOutput
	for some := range slices.Chunk(in.Verdicts, syncproto.MaxTold) {
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
	// A clock that was ahead and is put right: nobody may be silent for longer, and nothing is put off.
	s.openedAt, s.heardAt, s.sentAt, s.checkedAt = min(s.openedAt, now), min(s.heardAt, now), min(s.sentAt, now), min(s.checkedAt, now)
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
