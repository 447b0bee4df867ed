package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"redress/server/ledger"
	"redress/syncproto"
)

const (
	// writeLimit is how long one message may take to be written.
	writeLimit = 10 * syncproto.Second
	// lingerLimit is how long a line stays after the last word for the desk to hang up first.
	lingerLimit = syncproto.Second
	// passEvery is how often a session looks at the time.
	passEvery = 2 * time.Second
)

// Submitter is the running ledger.
type Submitter interface {
	Submit(ctx context.Context, submissions []ledger.Submission) (<-chan ledger.Answer, error)
}

// Sockets carries conversations over WebSockets.
type Sockets struct {
	Hub    *Hub
	Ledger Submitter
	Clock  func() syncproto.Instant

	sessions sync.WaitGroup
}

var upgrader = websocket.Upgrader{
	HandshakeTimeout: syncproto.HandshakeLimit.Duration(),
	ReadBufferSize:   4 << 10,
	WriteBufferSize:  4 << 10,
	WriteBufferPool:  &sync.Pool{}, // an idle desk needs none
}

// Open makes the request a session and stays until it is over.
func (s *Sockets) Open(w http.ResponseWriter, r *http.Request) {
	now, from := s.Clock(), address(r)
	if wait := s.Hub.byAddress.Take(from, now); wait > 0 {
		s.Hub.turnedAway(limitByAddress, from, now)
		s.refuse(w, http.StatusTooManyRequests)
		return
	}
	conversation := s.Hub.answer(now, from, func() { s.sessions.Add(1) })
	if conversation == nil {
		s.refuse(w, http.StatusServiceUnavailable)
		return
	}
	defer s.sessions.Done()
	defer conversation.Drop()
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		s.Hub.log.Warn().Err(err).Msg("a request could not be made a session")
		return
	}
	socket := &socket{Sockets: s, conn: conn, conversation: conversation, messages: make(chan message), heard: make(chan bool, 1), done: make(chan struct{})}
	socket.run(r.Context())
}

// refuse says that there are too many, and when this desk may try again.
func (s *Sockets) refuse(w http.ResponseWriter, status int) {
	refusal := syncproto.Refusal{Code: syncproto.CodeOverloaded, RetryAfter: s.Hub.comeBack(toCalm, toCalmSpread)}
	w.Header().Set("Content-Type", "application/cbor")
	w.WriteHeader(status)
	_, _ = w.Write(syncproto.MustEncode(refusal)) // whoever asked is gone
}

// Wait returns when all sessions are over, and those that were about to begin. Hub.Close comes before it.
func (s *Sockets) Wait() { s.sessions.Wait() }

// socket is one session with its line.
type socket struct {
	*Sockets
	conn         *websocket.Conn
	conversation *Conversation
	messages     chan message
	heard        chan bool // of capacity 1: what was said is heard, and whether the device has proved itself
	done         chan struct{}
	waiting      []submitted
	proved       bool
}

type message struct {
	data []byte
	err  error
}

// submitted are commands under way, in the order in which the ledger answers them.
type submitted struct {
	commands []ledger.Submission
	answer   <-chan ledger.Answer
}

// run is the session's own goroutine; the only other one reads.
func (s *socket) run(ctx context.Context) {
	defer func() {
		close(s.done)
		if err := s.conn.Close(); err != nil {
			s.Hub.log.Debug().Err(withoutAddress(err)).Msg("closing a line")
		}
	}()
	go s.read()
	ticker := time.NewTicker(passEvery)
	defer ticker.Stop()
	for {
		turn, over := s.next(ctx, ticker.C)
		if over {
			return
		}
		if !s.carryOut(ctx, turn) {
			s.linger(ctx, turn)
			return
		}
	}
}

// linger reads on, and hears nothing, until the desk has hung up after the last word: a
// line that is closed while messages lie in it unread takes that word back from a desk that
// was just sending.
func (s *socket) linger(ctx context.Context, last Turn) {
	if !last.Closed {
		return
	}
	limit := time.NewTimer(lingerLimit.Duration())
	defer limit.Stop()
	for {
		select {
		case m := <-s.messages:
			if m.err != nil {
				return
			}
		case <-limit.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// read hands messages to the session one by one: while it is busy, the line waits. Before the
// device has proved itself messages are short and few, and the next is read when the last was
// heard: how long it may be is known only then.
func (s *socket) read() {
	s.conn.SetReadLimit(int64(s.Hub.limits.FirstBytes))
	s.answerPings()
	proved := false
	for {
		kind, data, err := s.conn.ReadMessage()
		if err == nil && kind != websocket.BinaryMessage {
			data = nil // which is no frame
		}
		select {
		case s.messages <- message{data, err}:
		case <-s.done:
			return
		}
		if err != nil {
			return
		}
		if proved {
			continue
		}
		select {
		case proved = <-s.heard:
		case <-s.done:
			return
		}
		if proved {
			s.conn.SetReadLimit(syncproto.MaxMessage)
			s.conn.SetPingHandler(s.pong)
		}
	}
}

// errPinged ends a line on which strangers do nothing but ping.
var errPinged = errors.New("too many pings before the device has proved itself")

// answerPings answers a few, as long as nobody knows who it is. No desk sends any: its own
// come in messages.
func (s *socket) answerPings() {
	few := s.Hub.limits.FirstMessages
	s.conn.SetPingHandler(func(data string) error {
		if few--; few < 0 {
			return errPinged
		}
		return s.pong(data)
	})
	s.conn.SetPongHandler(func(string) error { return nil })
}

func (s *socket) pong(data string) error {
	err := s.conn.WriteControl(websocket.PongMessage, []byte(data), s.Clock().Add(writeLimit).Time())
	if errors.Is(err, websocket.ErrCloseSent) {
		return nil
	}
	return err
}

// next waits for something to happen and lets the conversation take it.
func (s *socket) next(ctx context.Context, tick <-chan time.Time) (turn Turn, over bool) {
	var answer <-chan ledger.Answer
	if len(s.waiting) > 0 {
		answer = s.waiting[0].answer
	}
	select {
	case <-ctx.Done():
		return Turn{}, true
	case m := <-s.messages:
		if m.err != nil {
			s.lost(m.err)
			return Turn{}, true
		}
		if s.proved {
			return s.conversation.Hear(ctx, s.Clock(), m.data), false
		}
		return s.opening(ctx, m.data)
	case a := <-answer:
		commands, all := s.answered(a)
		return s.conversation.Decided(ctx, s.Clock(), commands, all), false
	case <-s.conversation.Signal():
	case <-tick:
	}
	return s.conversation.Pass(ctx, s.Clock()), false
}

// opening hears a message of a desk that has not proved itself, when it is its turn.
func (s *socket) opening(ctx context.Context, data []byte) (turn Turn, over bool) {
	attended := s.Hub.attend(ctx, func() { turn = s.conversation.Hear(ctx, s.Clock(), data) })
	if !attended {
		return Turn{}, true
	}
	s.proved = s.conversation.proved()
	s.heard <- s.proved
	return turn, false
}

// answered takes with the first answer those that came meanwhile: their verdicts leave
// together.
func (s *socket) answered(all ledger.Answer) (commands []ledger.Submission, _ ledger.Answer) {
	for {
		commands = append(commands, s.waiting[0].commands...)
		s.waiting = s.waiting[1:]
		if all.Err != nil || len(s.waiting) == 0 {
			return commands, all
		}
		select {
		case next := <-s.waiting[0].answer:
			all.Results, all.Err = append(all.Results, next.Results...), next.Err
		default:
			return commands, all
		}
	}
}

func (s *socket) lost(err error) {
	event := s.Hub.log.Info()
	if tooLong := errors.Is(err, websocket.ErrReadLimit); tooLong || errors.Is(err, errPinged) {
		event = s.Hub.log.Warn()
		if !s.proved {
			s.Hub.turnedAway(limitFirst, s.conversation.from, s.Clock())
		}
	}
	event.Err(withoutAddress(err)).Stringer("device", s.conversation.device()).Msg("line lost")
}

// carryOut sends and submits; false when the session is over.
func (s *socket) carryOut(ctx context.Context, turn Turn) bool {
	for _, data := range turn.Send {
		if err := s.conn.SetWriteDeadline(s.Clock().Add(writeLimit).Time()); err != nil {
			s.lost(err)
			return false
		}
		if err := s.conn.WriteMessage(websocket.BinaryMessage, data); err != nil {
			s.lost(err)
			return false
		}
	}
	for _, commands := range turn.Submit {
		answer, err := s.Ledger.Submit(ctx, commands)
		if err != nil {
			return false
		}
		s.waiting = append(s.waiting, submitted{commands, answer})
	}
	if turn.Closed {
		deadline := s.Clock().Add(writeLimit).Time()
		if err := s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), deadline); err != nil {
			s.lost(err)
		}
	}
	return !turn.Closed
}
