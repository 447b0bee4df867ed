package syncclient

import (
	"context"
	"time"

	"github.com/gorilla/websocket"

	"redress/syncproto"
)

const (
	writeLimit = 10 * time.Second
	passEvery  = 2 * time.Second // how often a conversation is asked what the time wants
)

// line is a socket with a conversation on it.
type line struct {
	client  *Client
	socket  *websocket.Conn
	talk    *Conversation
	backoff *Backoff
	trouble syncproto.Code // why there is no token
	asked   syncproto.Span // ticks; when one was asked for last
	shown   State
}

// arrival is a message with the reading of the clocks when it came: what waits in the
// queue must not count as time on the line.
type arrival struct {
	message []byte
	at      syncproto.Reading
}

// run talks until the session ends, the line is gone or ctx ends.
func (l *line) run(ctx context.Context) ending {
	arrivals := make(chan arrival)
	over := make(chan struct{})
	read := make(chan struct{})
	go l.read(arrivals, over, read)
	ended := l.converse(ctx, arrivals, read)
	close(over)
	_ = l.socket.Close() // the session is over; what was committed stays
	<-read
	return ended
}

// read hands on what comes until the line is gone or nobody listens any more.
func (l *line) read(arrivals chan<- arrival, over <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	l.socket.SetReadLimit(syncproto.MaxMessage)
	for {
		kind, message, err := l.socket.ReadMessage()
		if err != nil {
			return
		}
		if kind != websocket.BinaryMessage {
			message = nil // is no frame, and ends the session as one that cannot be read
		}
		select {
		case arrivals <- arrival{message, l.client.world.Read()}:
		case <-over:
			return
		}
	}
}

func (l *line) converse(ctx context.Context, arrivals <-chan arrival, gone <-chan struct{}) ending {
	ticker := time.NewTicker(passEvery)
	defer ticker.Stop()
	// What comes in is committed to the end, also while the program is closing.
	work := context.WithoutCancel(ctx)
	begun := l.client.world.Read()
	l.asked = begun.Ticks
	turn := l.talk.Open(work, begun)
	for {
		if ended, over := l.act(turn); over {
			return ended
		}
		// Believed only once the session is up: a server that has forgotten the device refuses every log-in, and
		// whoever works here goes on.
		if l.talk.Online() && l.talk.HandsInOnly() && l.trouble == syncproto.CodeWrongLogin {
			l.client.shutOut(work)
		}
		l.show()
		if l.letIn(ctx) {
			return ending{Again: true}
		}
		select {
		case a := <-arrivals:
			turn = l.talk.Hear(work, a.at, a.message)
		case <-l.client.grew:
			turn = l.pass(work)
		case <-ticker.C:
			turn = l.pass(work)
		case <-l.client.hurry:
			turn = l.talk.Probe(work, l.client.world.Read())
		case <-l.client.other:
			return ending{Again: true}
		case <-gone:
			return ending{Trouble: CodeUnreachable}
		case <-ctx.Done():
			l.leave()
			return ending{}
		}
	}
}

// letIn says that the server has taken the log-in which it had no time or room for when the line came up.
// It is asked again now and then, on the line that hands in meanwhile: nobody else would.
func (l *line) letIn(ctx context.Context) bool {
	now := l.client.world.Read().Ticks
	if l.trouble == "" || l.trouble == syncproto.CodeWrongLogin || now-l.asked < lastWait {
		return false
	}
	l.asked = now
	token, trouble := l.client.token(ctx)
	if trouble == syncproto.CodeWrongLogin { // the password was changed meanwhile
		l.trouble = trouble
	}
	return token != ""
}

// pass does what the time asks for.
func (l *line) pass(ctx context.Context) Turn {
	at := l.client.world.Read()
	if l.talk.ReadsOnly() && !l.client.holdsBack(at) {
		return l.talk.HandIn(ctx, at)
	}
	return l.talk.Pass(ctx, at)
}

// act sends a turn's messages and sees whether it was the last.
func (l *line) act(turn Turn) (ending, bool) {
	for _, message := range turn.Send {
		if err := l.write(message); err != nil {
			l.client.world.Log.Debug().Err(err).Msg("the line is gone")
			return ending{Trouble: CodeUnreachable}, true
		}
	}
	if turn.Err != nil {
		l.client.world.Log.Error().Err(turn.Err).Msg("the desk ended the session")
	}
	if turn.End != nil {
		l.client.world.Log.Info().Str("code", string(turn.End.Code)).Str("detail", turn.End.Detail).Msg("session ended")
		if turn.End.Code == syncproto.CodeTokenExpired {
			l.client.forget(l.talk.token)
		}
		trouble := turn.End.Code
		if turn.Err == nil { // the server ended it, or the protocol did
			trouble = ofTheServer(trouble)
		}
		return ending{Trouble: trouble, RetryAfter: turn.End.RetryAfter, ReadAfter: turn.End.ReadAfter}, true
	}
	if l.talk.Online() && l.talk.HandsInOnly() && l.talk.token != "" {
		l.client.forget(l.talk.token) // it has run out: the next session begins with a new one
		return ending{Trouble: syncproto.CodeTokenExpired}, true
	}
	return ending{}, false
}

// write sends a message, or closes a line that does not take it in time. It counts by a
// timer: the wall clock may be set while it waits.
func (l *line) write(message []byte) error {
	limit := time.AfterFunc(writeLimit, func() { _ = l.socket.Close() }) // the write then fails
	defer limit.Stop()
	return l.socket.WriteMessage(websocket.BinaryMessage, message)
}

// show reports the state where it changed.
func (l *line) show() {
	state := State{Online: l.talk.Online(), HandsInOnly: l.talk.HandsInOnly(), Trouble: l.trouble}
	if l.talk.ReadsOnly() {
		state.Trouble = CodeServerFull // it is read from, and why nothing is taken is said
	}
	if state.Online {
		l.backoff.Reset()
	}
	if state != l.shown {
		l.shown = state
		l.client.report(state)
	}
}

// leave tells the server that the program is closing.
func (l *line) leave() {
	message, err := syncproto.EncodeFrame(&syncproto.Goaway{Code: syncproto.CodeShutdown})
	if err == nil {
		err = l.write(message)
	}
	if err != nil {
		l.client.world.Log.Debug().Err(err).Msg("could not take leave")
	}
}
