package ledger

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rs/zerolog"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// Store is what the ledger asks of the store.
type Store interface {
	Identity(ctx context.Context) (store.Identity, error)
	View(ctx context.Context, read func(*store.View) error) error
	Append(ctx context.Context, b store.Batch) error
	Restoration(ctx context.Context) (store.Restoration, error)
	Collected(ctx context.Context, missing []syncproto.ID) error
	Free(ctx context.Context) error
}

// Source is who a command comes from.
type Source uint8

// Sources.
const (
	FromDesk     Source = 1 // a person's device: what it may say is checked against its person
	FromOperator Source = 2 // the command line, with its own key and the operator's name
	FromServer   Source = 3 // the server itself: ticks, grants, enrolments
)

// Submission is a command on its way into the log.
type Submission struct {
	Source  Source
	Command syncproto.Envelope
	// Received is the server's clock when it came in, and Reconnect the anchor of the
	// session that brought it.
	Received  syncproto.Instant
	Reconnect syncproto.Anchor
	// First is the verdict that whoever brings it says it had first; zero where it had none.
	First syncproto.Verdict
	// Unheard says that it was decided in an epoch that a restore took back, and nobody heard how.
	Unheard bool
	isNew   bool             // its id was made here, for it: nothing was decided under it before
	intent  syncproto.Intent // of the server's own, whose documents are read together
	read    *reading         // of the others, where it was read before its turn
}

// reading is what a command says, and whether whoever has key signed it.
type reading struct {
	key    ed25519.PublicKey
	hash   syncproto.Hash
	intent syncproto.Intent
	err    error
}

// by is the reading with that key: the one made before, where it was made with the same.
func (s Submission) by(key ed25519.PublicKey) *reading {
	if s.read != nil && s.read.key.Equal(key) {
		return s.read
	}
	r := &reading{key: key, hash: s.Command.CommandHash()}
	r.intent, r.err = s.Command.Open(key)
	return r
}

// Result is the answer to a Submission: a verdict, or a Problem. After a Problem nothing of
// the command is in the log and the session that brought it must end.
type Result struct {
	Verdict syncproto.Verdict
	Problem *syncproto.Problem
}

// Advance says what a batch changed, for those who read the log by cursor.
type Advance struct {
	Head    store.Head
	Changed []syncproto.Ref
	// Bodies are those of Changed as they are now, one for each, for readers to keep and not to
	// change; and Events how many events of each kind the batch made.
	Bodies  []any
	Events  map[syncproto.EventKind]int
	Buckets []syncproto.Bucket // in which something changed, came or left
	Devices []syncproto.ID     // whose commands got verdicts
	// Batch is what was written, for readers to keep and not to change, and Reference who is
	// who and what is the rule after it.
	Batch     store.Batch
	Reference reference.Reference
}

// CacheBytes is how much memory decoded bodies take that are kept ready, where Cache does not say
// otherwise (design §9).
const CacheBytes = 256 << 20

// inMemory is about what a document that is kept ready takes, by the encoded size of its body: so
// many times that, and the place it is kept in.
func inMemory(encoded int) int {
	const unfolded, place = 3, 256
	return unfolded*encoded + place
}

// maxLines is how many devices' last links are kept ready.
const maxLines = 1 << 16

// Ledger decides commands and appends them to the log.
type Ledger struct {
	store    Store
	identity store.Identity
	newID    func() syncproto.ID
	log      zerolog.Logger
	rule     func(decision.Input, reference.Reference) decision.Outcome // rules.Decide; a test sees one fail

	// One batch is decided while the one before it is being written. Whoever wants both
	// mutexes takes deciding first.
	deciding sync.Mutex
	tip      *batch   // the last decided, on top of which the next one is
	parked   *parking // after the tip
	told     told     // who has yet to say what it was told of what is parked

	writing sync.Mutex
	written *batch // the last on the disk
	lost    bool   // the tip was not written: what is decided on top of it is void
	failed  error  // why it stopped

	documents *recent[syncproto.Ref, resting] // as written, but for those of the tip
	lines     *recent[lineKey, syncproto.Link]

	full      atomic.Bool // the last batch found no room on the disk
	held      atomic.Bool // another program held the database when it was last needed
	restoring atomic.Bool // see restoring.go
	withheld  atomic.Pointer[map[syncproto.ID]bool]
	frozen    atomic.Pointer[freeze] // see frozen.go
	confirmed atomic.Int64           // when an operator last said that the clock is right; 0 before
	restores  []restore              // all there were, oldest first
	restored  syncproto.Month        // the last of which authority may have been handed out before a restore
	published atomic.Pointer[published]
	listeners []func(Advance)
	queue     chan waiting
}

// published is what others may ask between batches.
type published struct {
	head      store.Head
	last      syncproto.Instant
	reference reference.Reference
}

// Open reads where the log ends and what follows from it. newID gives a new UUIDv7.
//
// It refuses a log whose last entry does not verify or was written by a newer program.
func Open(ctx context.Context, s Store, newID func() syncproto.ID, log zerolog.Logger) (*Ledger, error) {
	l := &Ledger{
		store: s, newID: newID, log: log, rule: rules.Decide,
		documents: newRecent[syncproto.Ref, resting](CacheBytes),
		lines:     newRecent[lineKey, syncproto.Link](maxLines),
		queue:     make(chan waiting, maxWaiting),
	}
	var err error
	if l.identity, err = s.Identity(ctx); err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	if err := s.View(ctx, l.load); err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	restored, err := s.Restoration(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger: %w", err)
	}
	l.restoring.Store(restored.Collecting)
	l.frozen.Store(frozenBy(restored))
	l.restored = restored.Newest
	l.told = told{missing: setOf(restored.Missing), writing: map[syncproto.ID]*batch{}}
	l.publish()
	return l, nil
}

// Cache keeps ready from now on what takes no more than about so many bytes of memory.
func (l *Ledger) Cache(bytes int) { l.documents.upTo(bytes) }

// load reads the head, checks it, and what is kept in memory of the log.
func (l *Ledger) load(v *store.View) error {
	head, err := v.Head()
	if err != nil {
		return err
	}
	l.written = &batch{head: head}
	if head.Seq > 0 {
		if l.written.last, err = checkHead(v, head, l.identity); err != nil {
			return err
		}
	}
	if l.written.refs, err = loadReferences(v); err != nil {
		return err
	}
	l.tip = l.written
	if l.restores, err = restoresOf(v); err != nil {
		return err
	}
	return l.loadParked(v)
}

func (l *Ledger) loadParked(v *store.View) error {
	all, err := v.Parked()
	if err != nil {
		return err
	}
	refusals, err := v.Refusals()
	if err != nil {
		return err
	}
	l.parked = parkingOf(all, refusals)
	return nil
}

// checkHead verifies the last entry and returns its time.
func checkHead(v *store.View, head store.Head, id store.Identity) (syncproto.Instant, error) {
	entry, _, err := v.Entry(head.Seq)
	if err != nil {
		return 0, err
	}
	previous, _, err := v.Entry(head.Seq - 1)
	if err != nil {
		return 0, err
	}
	var header syncproto.Header
	if err := syncproto.Decode(entry.Header, &header); err != nil {
		return 0, fmt.Errorf("reading entry %d: %w", head.Seq, err)
	}
	if header.Format > syncproto.EntryFormat {
		return 0, &syncproto.Problem{Code: syncproto.CodeUpgrade, Doing: fmt.Sprintf("reading entry %d", head.Seq),
			Detail: fmt.Sprintf("it has format %d and this program reads up to %d: start the newer program", header.Format, syncproto.EntryFormat)}
	}
	torn := header.Seq != head.Seq || header.LogID != id.LogID || header.Epoch != id.Epoch ||
		header.Payload != syncproto.HashOf(entry.Payload) ||
		entry.Chain != syncproto.ChainOf(previous.Chain, entry.Header, header.Payload)
	if torn {
		return 0, &syncproto.Problem{Code: syncproto.CodeChainBroken, Doing: fmt.Sprintf("reading entry %d", head.Seq),
			Detail: "the end of the log does not verify: run verify, and do not let anything write to this log"}
	}
	return header.Time, nil
}

// Identity is whose log this is.
func (l *Ledger) Identity() store.Identity { return l.identity }

// Head is where the log ends.
func (l *Ledger) Head() store.Head { return l.published.Load().head }

// LastTime is the time of the last entry, 0 before the first.
func (l *Ledger) LastTime() syncproto.Instant { return l.published.Load().last }

// Confirm says that the clock, which shows now, is right: where the log is ahead of it since it was wrong,
// the month that runs is the clock's.
func (l *Ledger) Confirm(now syncproto.Instant) { l.confirmed.Store(int64(now)) }

// Reference is who is who and what is the rule now.
func (l *Ledger) Reference() reference.Reference { return l.published.Load().reference }

// Full says that the last batch found no room on the disk.
func (l *Ledger) Full() bool { return l.full.Load() }

// Held says that another program held the database when it was last needed.
func (l *Ledger) Held() bool { return l.held.Load() }

// OnAdvance has f called after every batch that changed the log, in their order. f must
// not block and must not call Commit. To be called before the first Commit.
func (l *Ledger) OnAdvance(f func(Advance)) { l.listeners = append(l.listeners, f) }

func (l *Ledger) publish() {
	l.published.Store(&published{head: l.written.head, last: l.written.last, reference: l.written.refs.newest})
}

// Own makes a submission of a command of the server's own. A zero intent.ID is filled in,
// and the submission is then good for one Commit: what is new is not looked for among what
// was decided before.
//
// It is not signed: a signature says to others whose word something is, and who could write
// this log has the server's key.
func (l *Ledger) Own(intent syncproto.Intent, now syncproto.Instant) Submission {
	isNew := intent.ID.IsZero()
	if isNew {
		intent.ID = l.newID()
	}
	return Submission{Source: FromServer, Received: now, isNew: isNew, intent: intent,
		Command: syncproto.Envelope{Intent: syncproto.MustEncode(intent)}}
}

// Commit decides the submissions in their order, as of now, and returns when what became
// of them is on the disk. An error that is store.Passing, as for want of room, may be over
// soon; after any other the ledger has stopped for good. Nothing of the submissions is on
// the disk then, unless their batch failed otherwise before and was tried one by one: what
// came before the one that found no room stays, and is answered again when it comes again.
func (l *Ledger) Commit(ctx context.Context, now syncproto.Instant, submissions []Submission) ([]Result, error) {
	return l.Begin(ctx, now, submissions)()
}

// Begin decides the submissions like Commit, and returns when they are being written: the
// next can be decided meanwhile. The function it returns gives, once, what Commit does.
func (l *Ledger) Begin(ctx context.Context, now syncproto.Instant, submissions []Submission) (end func() ([]Result, error)) {
	if err := ctx.Err(); err != nil {
		return func() ([]Result, error) { return nil, err }
	}
	ctx = context.WithoutCancel(ctx) // what was begun is brought to its end
	results, written := l.commit(ctx, now, submissions)
	return func() ([]Result, error) {
		err := <-written
		switch {
		case err == nil:
			return results, nil
		case store.Passing(err):
			return nil, err
		case final(err) || len(submissions) < 2:
			return l.alone(err, submissions)
		}
		return l.oneByOne(ctx, now, submissions, err)
	}
}

// commit decides one batch of submissions and begins to write it.
func (l *Ledger) commit(ctx context.Context, now syncproto.Instant, submissions []Submission) ([]Result, <-chan error) {
	var results []Result
	written := l.write(ctx, now, func(b *batch) error {
		results = make([]Result, 0, len(submissions))
		if err := b.foresee(submissions); err != nil {
			return err
		}
		for _, s := range submissions {
			result, err := b.take(s)
			if err != nil {
				return err
			}
			results = append(results, result)
		}
		return nil
	})
	return results, written
}

// write makes a batch by decide, waits for the one before it to be on the disk, and begins
// to write it. The channel gets one error, nil when the batch is on the disk and taken
// over. decide runs a second time where the batch before was lost.
func (l *Ledger) write(ctx context.Context, now syncproto.Instant, decide func(*batch) error) <-chan error {
	written := make(chan error, 1)
	l.deciding.Lock()
	defer l.deciding.Unlock()
	b, err := l.decide(ctx, now, decide)
	l.writing.Lock() // given back when b is on the disk
	if l.failed == nil && l.lost {
		if err = l.reload(ctx); err == nil {
			b, err = l.decide(ctx, now, decide)
		}
	}
	if err == nil && l.failed == nil && b.changesSomething() {
		l.tip = b
		go func() {
			defer l.writing.Unlock()
			written <- l.append(ctx, b)
		}()
		return written
	}
	defer l.writing.Unlock()
	switch {
	case l.failed != nil:
		err = l.failed
	case err != nil:
		if errors.Is(err, store.ErrBusy) {
			l.held.Store(true)
		}
		err = l.fail(err)
		if reload := l.reload(ctx); reload != nil && l.failed == nil {
			err = l.stop(fmt.Errorf("%w, and then %w", err, reload))
		}
	default:
		l.keep(b) // it read something
	}
	written <- err
	return written
}

// decide makes a batch on top of the tip, with one View of the store.
func (l *Ledger) decide(ctx context.Context, now syncproto.Instant, decide func(*batch) error) (*batch, error) {
	b := newBatch(l, now)
	err := l.store.View(ctx, func(v *store.View) error {
		b.view = v
		return decide(b)
	})
	if err == nil {
		b.out = b.assemble()
	}
	b.view, b.under = nil, nil
	return b, err
}

// append writes a batch and takes over what it worked out. The caller holds writing.
func (l *Ledger) append(ctx context.Context, b *batch) error {
	err := l.store.Append(ctx, b.out)
	l.full.Store(errors.Is(err, store.ErrFull))
	l.held.Store(errors.Is(err, store.ErrBusy))
	if err != nil {
		l.lost = true
		return l.fail(err)
	}
	l.take(b)
	return nil
}

// keep keeps ready what a batch read and what it made. The caller holds writing.
func (l *Ledger) keep(b *batch) {
	b.safe = true
	for ref, d := range b.documents {
		if d.size > 0 && d.doc.Presence == decision.Held { // loaded or changed
			l.documents.put(ref, resting{d.doc, d.mark}, inMemory(d.size))
		}
	}
	for key, link := range b.lines {
		l.lines.put(key, link, 1)
	}
}

// take makes what a written batch worked out what is published, and tells it.
func (l *Ledger) take(b *batch) {
	l.keep(b)
	advance := b.advance()
	l.frozen.Store(l.frozen.Load().without(b.thawed))
	l.written, b.out = b, store.Batch{}
	l.publish()
	if len(b.entries) == 0 && len(b.parkings) == 0 { // why something waits may have changed without an entry
		return
	}
	for _, tell := range l.listeners {
		tell(advance)
	}
}

// sortedRefs are the keys in order.
func sortedRefs[V any](m map[syncproto.Ref]V) []syncproto.Ref {
	refs := make([]syncproto.Ref, 0, len(m))
	for ref := range m {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, syncproto.Ref.Compare)
	return refs
}
