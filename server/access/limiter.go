package access

import (
	"cmp"
	"maps"
	"slices"
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
	if l.used == nil {
		l.used = map[string]syncproto.Instant{}
	}
	if len(l.used) >= maxKept {
		l.forget(now)
	}
	l.used[key] = whole
	return 0
}

// Kept is how many keys it remembers.
func (l *Limiter) Kept() int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return len(l.used)
}

// forget lets go of keys with a whole burst and, where that is not enough, of the half that
// asked least: who floods it with new names does not wipe out what is remembered of the one
// name they guess at.
func (l *Limiter) forget(now syncproto.Instant) {
	maps.DeleteFunc(l.used, func(_ string, whole syncproto.Instant) bool { return whole <= now })
	if len(l.used) < maxKept {
		return
	}
	least := slices.SortedFunc(maps.Keys(l.used), func(a, b string) int { return cmp.Compare(l.used[a], l.used[b]) })
	for _, key := range least[:len(least)/2] {
		delete(l.used, key)
	}
}
