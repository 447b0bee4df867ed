package syncclient

import "redress/syncproto"

// How long a desk waits before it tries again.
const (
	firstWait = syncproto.Second
	lastWait  = syncproto.Minute
	// patientWait is for what waiting alone does not mend: a program that is too old, a
	// device that was revoked.
	patientWait = 10 * syncproto.Minute
	// longestWait bounds what the server may ask for.
	longestWait = 30 * syncproto.Minute
)

// Backoff is how long to wait between attempts: twice as long each time, up to a minute,
// of which a random part is left out, so that a thousand desks that lost the line together
// do not come back together. The zero Backoff is ready.
type Backoff struct {
	wait syncproto.Span
}

// Next is the wait before the next attempt. jitter is in [0, 1).
func (b *Backoff) Next(jitter float64) syncproto.Span {
	b.wait = min(max(2*b.wait, firstWait), lastWait)
	return b.wait/2 + syncproto.Span(jitter*float64(b.wait/2))
}

// Reset is called when a session came up.
func (b *Backoff) Reset() { b.wait = 0 }

// after is the wait after a session ended or did not come up.
func (b *Backoff) after(code syncproto.Code, asked syncproto.Span, jitter float64) syncproto.Span {
	own := b.Next(jitter)
	switch code {
	case syncproto.CodeUpgrade, syncproto.CodeUnknownDevice, syncproto.CodeRevoked, syncproto.CodeWrongLog, CodeBadAddress, CodeInsecure:
		own = patientWait
	case syncproto.CodeReplaced:
		// Another file of this device is connected: a copied disk. Until one of the two has
		// done something they cannot be told apart, and would throw each other out as fast
		// as they dial.
		own = lastWait
	default: // what time may mend
	}
	return max(own, min(asked, longestWait))
}
