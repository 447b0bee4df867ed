package gateway

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"redress/server/access"
	"redress/server/attendance"
	"redress/server/ledger"
	"redress/server/publication"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/reference"
)

// Ledger is what sessions ask of the ledger.
type Ledger interface {
	Identity() store.Identity
	Head() store.Head
	Reference() reference.Reference
	Own(intent syncproto.Intent, now syncproto.Instant) ledger.Submission
	Commit(ctx context.Context, now syncproto.Instant, submissions []ledger.Submission) ([]ledger.Result, error)
	Restoring() bool
	Frozen(manager syncproto.ID) (upTo syncproto.Month, frozen bool)
	KnowsDevices(manager syncproto.ID) bool
	Withhold(again []store.Reoffered)
	Await(devices []syncproto.ID)
	Awaits(device syncproto.ID) bool
	Told(ctx context.Context, now syncproto.Instant, device syncproto.ID, verdicts []syncproto.Verdict, all bool) error
	EndRestoring(ctx context.Context, now syncproto.Instant) error
}

// Tokens says who is logged in.
type Tokens interface {
	ReadsUntil(ctx context.Context, now syncproto.Instant, token string, device, person syncproto.ID) (syncproto.Instant, error)
}

// Copy is the copy of the log elsewhere, as far as sessions ask for it.
type Copy interface {
	// Mark is the position up to which it is on its disk for sure.
	Mark() uint64
}

// Chance is where nonces and new incarnations come from.
type Chance struct {
	Fill  func([]byte)        // with random bytes
	NewID func() syncproto.ID // a UUIDv7
}

// Hub knows the sessions there are.
type Hub struct {
	ledger      Ledger
	store       publication.Store
	publication *publication.Publication
	tokens      Tokens
	chance      Chance
	log         zerolog.Logger
	// OnCaught is told when a desk's backlog is decided; may be nil. To be set before the
	// first session.
	OnCaught func()
	// Attendance notes who is connected; may be nil. To be set before the first session.
	Attendance *attendance.Attendance
	// Copy is what authority waits for; nil where no copy is kept, and then it waits for
	// nothing. To be set before the first session, and Marked to be told of its marks.
	Copy Copy

	collection *collection // of a server that was restored; nil of any other
	line       line
	figures    figures
	refusals   refusals
	came       atomic.Uint64 // how many were given their own time to come back
	limits     Limits
	welcoming  chan struct{}   // has one of each that is attended to before it has proved itself
	byAddress  *access.Limiter // how often sessions begin
	byDevice   *access.Limiter

	mutex      sync.Mutex
	sessions   map[*Conversation]bool
	opening    map[*Conversation]bool                  // those that have not proved yet whose they are
	open       map[syncproto.ID]*Conversation          // by incarnation, those that were welcomed
	interested map[syncproto.ID]map[*Conversation]bool // in a bucket, or in the verdicts of their device
	behind     map[*Conversation][]syncproto.ID        // units whose desk announced commands that are not here yet
	reported   map[syncproto.ID]bool                   // incarnations that have, of those whose accounts are frozen
	awaiting   map[*Conversation]uint64                // grants that the copy has to hold up to there first
	closing    bool
}

// NewHub makes the hub of a ledger. Advanced has to be told of every batch.
func NewHub(l Ledger, s publication.Store, tokens Tokens, chance Chance, log zerolog.Logger) *Hub {
	h := &Hub{
		ledger: l, store: s, publication: publication.New(s, l.Head().Seq), tokens: tokens, chance: chance, log: log,
		sessions:   map[*Conversation]bool{},
		opening:    map[*Conversation]bool{},
		open:       map[syncproto.ID]*Conversation{},
		interested: map[syncproto.ID]map[*Conversation]bool{},
		behind:     map[*Conversation][]syncproto.ID{},
		reported:   map[syncproto.ID]bool{},
		awaiting:   map[*Conversation]uint64{},
	}
	h.Restrict(DefaultLimits())
	return h
}

// Advanced wakes the sessions that a batch concerns.
func (h *Hub) Advanced(a ledger.Advance) {
	h.publication.Written(a.Batch, a.Reference)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, b := range a.Buckets {
		h.wakeThose(syncproto.ID(b))
	}
	for _, d := range a.Devices {
		h.wakeThose(d)
	}
}

func (h *Hub) wakeThose(interested syncproto.ID) {
	for c := range h.interested[interested] {
		c.wake()
	}
}

// Pending says whether a desk of the unit has announced commands that are not decided yet.
func (h *Hub) Pending(unit syncproto.ID) bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, units := range h.behind {
		if slices.Contains(units, unit) {
			return true
		}
	}
	return false
}

// Restoring says that the server was restored and decides nothing new yet.
func (h *Hub) Restoring() bool { return h.ledger.Restoring() }

// AnyPending says whether any desk has announced commands that are not decided yet.
func (h *Hub) AnyPending() bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return len(h.behind) > 0
}

// Sessions is how many desks are connected.
func (h *Hub) Sessions() int {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return len(h.sessions)
}

// Close ends all sessions with the code, each desk with its own time to come back within
// spread, and lets no new one begin.
func (h *Hub) Close(code syncproto.Code, spread syncproto.Span) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.closing = true
	for c := range h.sessions {
		c.end(code, h.comeBack(toNext, spread))
	}
}

// LogOut ends the sessions in which the person reads: their tokens are good no more. Each desk
// hands in on, and reads again when somebody logs in there.
func (h *Hub) LogOut(person syncproto.ID) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, c := range h.open {
		if c.ready.Person == person && !c.ready.HandIn {
			c.end(syncproto.CodeTokenExpired, 0)
		}
	}
}

// ClockIsRight has the sessions begin anew that may read for longer than any token given out now is good: it
// was given out while the clock was ahead.
func (h *Hub) ClockIsRight(now syncproto.Instant) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for _, c := range h.open {
		if c.readsUntil > now.Add(access.TokenLife) {
			c.end(syncproto.CodeScopeChanged, h.comeBack(readOn, readOnSpread))
		}
	}
}

// join takes in a session that begins; false where there is no room, and by which limit, or where
// the server goes down.
func (h *Hub) join(c *Conversation, count func()) (limit string, joined bool) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	switch {
	case h.closing:
		return "", false
	case len(h.sessions) >= h.limits.Sessions:
		return limitSessions, false
	case len(h.opening) >= h.limits.Opening:
		return limitOpening, false
	}
	h.sessions[c], h.opening[c] = true, true
	count()
	return "", true
}

// attend hears a desk that has not proved itself when it is its turn, and lets the next have its own
// whatever becomes of it; false where the time is over first.
func (h *Hub) attend(ctx context.Context, hear func()) bool {
	select {
	case h.welcoming <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-h.welcoming }()
	hear()
	return true
}

// welcome takes in a session that has proved itself, and ends an older one of the same
// incarnation.
func (h *Hub) welcome(c *Conversation, buckets []syncproto.Bucket, units []syncproto.ID) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if older, there := h.open[c.ready.Incarnation]; there && older != c {
		older.end(syncproto.CodeReplaced, 0)
		h.forget(older)
	}
	h.open[c.ready.Incarnation] = c
	delete(h.opening, c)
	c.interests = []syncproto.ID{c.ready.Device}
	for _, b := range buckets {
		c.interests = append(c.interests, syncproto.ID(b))
	}
	for _, id := range c.interests {
		if h.interested[id] == nil {
			h.interested[id] = map[*Conversation]bool{}
		}
		h.interested[id][c] = true
	}
	if c.ready.Backlog > 0 {
		h.behind[c] = units
	}
}

// caught notes that the session's backlog is decided.
func (h *Hub) caught(c *Conversation) {
	h.mutex.Lock()
	delete(h.behind, c)
	h.mutex.Unlock()
	if h.OnCaught != nil {
		h.OnCaught()
	}
	c.regrant()
}

// leave forgets a session that is over.
func (h *Hub) leave(c *Conversation) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	delete(h.sessions, c)
	delete(h.opening, c)
	h.forget(c)
}

func (h *Hub) forget(c *Conversation) {
	delete(h.behind, c)
	delete(h.awaiting, c)
	if h.open[c.ready.Incarnation] == c {
		delete(h.open, c.ready.Incarnation)
	}
	for _, id := range c.interests {
		delete(h.interested[id], c)
		if len(h.interested[id]) == 0 {
			delete(h.interested, id)
		}
	}
	if len(c.interests) > 0 && !c.ready.HandIn {
		h.left(c.ready.Person)
	}
	c.interests = nil
}
