package centraltest

import (
	"crypto/sha256"
	"math"

	"redress/syncproto"
	"redress/syncproto/session"
)

// Session is the server's end of one line: the session machine of the real server on this
// small one. Like all of Central it is for one goroutine at a time.
type Session struct {
	central *Central
	machine *session.Server
	// Tokens are the ones the server takes.
	tokens map[string]bool
	person syncproto.ID
	device syncproto.ID
	own    syncproto.ID // incarnation
	open   bool
	Ended  *session.End
}

// Answer is the end of a new line. Tokens are those the server takes.
func (c *Central) Answer(tokens ...string) *Session {
	s := &Session{central: c, machine: session.NewServer(c.Now), tokens: map[string]bool{}}
	for _, t := range tokens {
		s.tokens[t] = true
	}
	return s
}

// Hear takes a message and returns those to send. It is a server of the release before both
// sides compared what they hold: a desk goes on working with one.
func (s *Session) Hear(message []byte) [][]byte {
	s.central.T.Helper()
	frame, err := syncproto.DecodeFrame(message)
	if err != nil {
		s.central.T.Fatal(err)
	}
	if hello, ok := frame.(*syncproto.Hello); ok {
		hello.Newest = min(hello.Newest, syncproto.CheckpointVersion-1)
	}
	return s.step(session.Heard{Frame: frame})
}

// Pass says that time went by and the log may have grown.
func (s *Session) Pass() [][]byte {
	out := s.step(session.Elapsed{})
	if s.open {
		out = append(out, s.step(session.Advanced{Head: s.central.seq})...)
		if offer := s.central.Grants(s.person, s.device, s.own); len(offer) > 0 {
			out = append(out, s.step(session.Offered{Grants: offer})...)
		}
	}
	return out
}

func (s *Session) step(in session.ServerInput) [][]byte {
	s.central.T.Helper()
	var messages [][]byte
	for _, output := range s.machine.Step(s.central.Now, in) {
		switch o := output.(type) {
		case session.Send:
			message, err := syncproto.EncodeFrame(o.Frame)
			if err != nil {
				s.central.T.Fatal(err)
			}
			messages = append(messages, message)
		case session.End:
			s.Ended = &o
		default:
			messages = append(messages, s.answer(output)...)
		}
	}
	return messages
}

func (s *Session) answer(output session.ServerOutput) [][]byte {
	c := s.central
	switch o := output.(type) {
	case session.Identify:
		return s.step(session.Identified{Identity: s.identity(o.Hello)})
	case session.Ready:
		s.open, s.person, s.device, s.own = !o.HandIn, o.Person, o.Device, o.Incarnation
	case session.Rekey:
		fresh := c.NewID()
		c.Rekey(o.Device, fresh)
		return s.step(session.NewIncarnation{Incarnation: fresh})
	case session.Submit:
		var verdicts []syncproto.Verdict
		for _, e := range o.Commands {
			verdicts = append(verdicts, c.Take(e))
		}
		messages := s.step(session.Decided{Verdicts: verdicts, Received: c.lines[o.Commands[0].Incarnation].Counter})
		return append(messages, s.step(session.Advanced{Head: c.seq})...)
	case session.ReadDelta:
		d := c.Delta(s.device, o.Buckets, o.Lost, o.From)
		return s.step(session.Read{Delta: &d})
	}
	return nil
}

func (s *Session) identity(hello *syncproto.Hello) session.Identity {
	c := s.central
	device, known := c.known.Device(hello.Device)
	if !known {
		return session.Identity{Problem: syncproto.CodeUnknownDevice}
	}
	nonce := sha256.Sum256(c.LogID[:])
	var until syncproto.Instant
	if s.tokens[hello.Token] {
		until = math.MaxInt64
	}
	var own syncproto.ID
	if device.Takes(hello.Incarnation) {
		own = hello.Incarnation
	}
	return session.Identity{Key: device.Key, Person: device.Person, Incarnation: own,
		Line: c.lines[own], Buckets: c.Buckets(device.Person), ReadsUntil: until,
		Nonce: nonce[:], LogID: c.LogID, Epoch: c.Epoch, Head: c.seq}
}
