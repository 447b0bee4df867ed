package attendance

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"redress/server/store"
	"redress/syncproto"
)

// How often is written, and how many desks at once: others wait for the database meanwhile.
const (
	WriteEvery   = 10 * syncproto.Second
	RefreshEvery = 5 * syncproto.Minute
	writeAtOnce  = 256
)

// Store is where it is kept.
type Store interface {
	Presence(ctx context.Context) ([]store.Presence, error)
	SetPresence(ctx context.Context, desks []store.Presence) error
}

// Attendance is what is known of every desk. A nil one knows nothing and notes nothing.
type Attendance struct {
	store Store

	mutex sync.Mutex
	desks map[syncproto.ID]*desk
}

// desk is one device. While it has a visit it is connected.
type desk struct {
	store.Presence
	visit   *Visit
	changed bool              // since it was written
	written syncproto.Instant // Seen as it was written last
}

// New knows nobody yet and keeps nothing.
func New() *Attendance { return &Attendance{desks: map[syncproto.ID]*desk{}} }

// Open reads what was known before the server went down.
func Open(ctx context.Context, s Store) (*Attendance, error) {
	known, err := s.Presence(ctx)
	if err != nil {
		return nil, err
	}
	a := New()
	a.store = s
	for _, p := range known {
		a.desks[p.Device] = &desk{Presence: p, written: p.Seen}
	}
	return a, nil
}

// Arrival is what a desk says as it connects.
type Arrival struct {
	Device  syncproto.ID
	Waiting uint64 // commands it announces
	HandsIn bool   // nobody is logged in there
	Program string
	Version uint16
}

// Come notes that a desk has connected. A visit of the same device that has not ended is
// over with it.
func (a *Attendance) Come(now syncproto.Instant, who Arrival) *Visit {
	if a == nil {
		return nil
	}
	v := &Visit{attendance: a, device: who.Device, waiting: who.Waiting}
	v.heard.Store(int64(now))
	a.mutex.Lock()
	defer a.mutex.Unlock()
	d := a.desks[who.Device]
	if d == nil {
		d = &desk{}
		a.desks[who.Device] = d
	}
	d.Presence = store.Presence{Device: who.Device, Seen: now, Waiting: who.Waiting, Announced: now,
		HandsIn: who.HandsIn, Program: syncproto.OneLine(who.Program, syncproto.MaxProgram), Version: who.Version}
	d.visit, d.changed = v, true
	return v
}

// Visit is a desk's one session. Its methods are for the session's own goroutine; those of a
// nil Visit do nothing.
type Visit struct {
	attendance *Attendance
	device     syncproto.ID
	waiting    uint64       // as it was noted last
	heard      atomic.Int64 // an Instant
}

// Hear notes that a message came. It is called for every one, so it only notes the time.
func (v *Visit) Hear(now syncproto.Instant) {
	if v != nil {
		v.heard.Store(int64(now))
	}
}

// Waits notes how many of the announced commands have not arrived yet.
func (v *Visit) Waits(now syncproto.Instant, n uint64) {
	if v == nil || v.waiting == n {
		return
	}
	v.waiting = n
	v.attendance.of(v, func(d *desk) { d.Waiting, d.Announced = n, now })
}

// Leave notes that the session is over; a second time changes nothing.
func (v *Visit) Leave() {
	if v == nil {
		return
	}
	v.attendance.of(v, func(d *desk) { d.Seen, d.visit = v.last(), nil })
}

func (v *Visit) last() syncproto.Instant { return syncproto.Instant(v.heard.Load()) }

// of changes the visit's desk, unless a newer visit has begun or this one is over.
func (a *Attendance) of(v *Visit, change func(*desk)) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if d := a.desks[v.device]; d != nil && d.visit == v {
		change(d)
		d.changed = true
	}
}

// now is what is known of the desk at this moment. The lock is held.
func (d *desk) now() store.Presence {
	p := d.Presence
	if d.visit != nil {
		p.Seen = d.visit.last()
	}
	return p
}

// Desks are what is known of at most limit desks after one, in the order of their ids, and
// whether there are more.
func (a *Attendance) Desks(after syncproto.ID, limit int) (some []syncproto.DeskSeen, more bool) {
	if a == nil {
		return nil, false
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	ids := make([]syncproto.ID, 0, len(a.desks))
	for id := range a.desks {
		if bytes.Compare(id[:], after[:]) > 0 {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(x, y syncproto.ID) int { return bytes.Compare(x[:], y[:]) })
	for _, id := range ids[:min(len(ids), limit)] {
		d := a.desks[id]
		p := d.now()
		some = append(some, syncproto.DeskSeen{Device: id, Connected: d.visit != nil, HandsIn: d.visit != nil && p.HandsIn, Seen: p.Seen,
			Waiting: p.Waiting, Announced: p.Announced, Program: p.Program, Version: p.Version})
	}
	return some, len(ids) > limit
}
