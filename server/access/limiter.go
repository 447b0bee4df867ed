package access

import (
	"sync"

	"redress/syncproto"
)

// maxKept is how many askers are remembered.
const maxKept = 1 << 14

// Limiter slows down whoever asks too often: each key may ask Burst times, and again once
// every Every. The zero Limiter lets nobody through.
type Limiter struct {
	Burst int
	Every syncproto.Span

	mutex sync.Mutex
	used  map[string]syncproto.Instant // when the key's whole burst is there again
}

// Take says how long the key has to wait; 0 where it may ask now.
func (l *Limiter) Take(key string, now syncproto.Instant) syncproto.Span {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	room := now.Add(syncproto.Span(l.Burst) * l.Every)
	if l.used[key] > room { // the clock was set back: nobody waits until it is there again
		l.used[key] = room
	}
	whole := max(l.used[key], now)
	if whole = whole.Add(l.Every); whole > room {
		return whole.Sub(room)
	}
	if l.used == nil || len(l.used) >= maxKept {
		l.forget(now)
	}
	l.used[key] = whole
	return 0
}

// forget lets go of keys with a whole burst, and of all where that is not enough: then so
// many ask that remembering one helps nobody.
func (l *Limiter) forget(now syncproto.Instant) {
	kept := map[string]syncproto.Instant{}
	for key, whole := range l.used {
		if whole > now {
			kept[key] = whole
		}
	}
	if len(kept) >= maxKept {
		kept = map[string]syncproto.Instant{}
	}
	l.used = kept
}
