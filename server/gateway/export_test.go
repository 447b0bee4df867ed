package gateway

import (
	"context"

	"redress/server/ledger"
	"redress/syncproto"
	"redress/syncproto/session"
)

// ClosingFor is how a session ends because the server could not do its part.
func (h *Hub) ClosingFor(err error) session.Closing { return h.closingFor(err) }

// Answered is what a session takes together of several submissions when the first of them
// is answered.
func Answered(commands [][]ledger.Submission, answers []<-chan ledger.Answer, first ledger.Answer) (taken []ledger.Submission, all ledger.Answer, left int) {
	s := &socket{}
	for n := range commands {
		s.waiting = append(s.waiting, submitted{commands[n], answers[n]})
	}
	taken, all = s.answered(first)
	return taken, all, len(s.waiting)
}

// HeldInMemory is how many commands the server that was restored holds.
func (h *Hub) HeldInMemory() int {
	h.collection.mutex.Lock()
	defer h.collection.mutex.Unlock()
	return h.collection.size
}

// Awaited is how many devices have not reported to a server that was restored.
func (h *Hub) Awaited() int {
	h.collection.mutex.Lock()
	defer h.collection.mutex.Unlock()
	return len(h.collection.awaited)
}

// Covered is the line of epochs as a desk is told of it.
func (h *Hub) Covered(ctx context.Context, now syncproto.Instant) (syncproto.Covered, error) {
	return h.covered(ctx, now)
}

// Attend is one who is attended to before it has proved itself, until the end.
func (h *Hub) Attend() (end func()) {
	h.welcoming <- struct{}{}
	return func() { <-h.welcoming }
}
