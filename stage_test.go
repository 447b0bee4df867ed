package redress_test

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/access"
	"redress/server/audit"
	"redress/server/gateway"
	"redress/server/ledger"
	"redress/server/scheduler"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/rules"
	"redress/syncproto/simulation"
)

// chance is randomness that a run repeats.
type chance struct{ n uint64 }

func (c *chance) fill(into []byte) {
	for i := range into {
		if i%32 == 0 {
			c.n++
		}
		h := syncproto.HashOf([]byte("chance"), binary.BigEndian.AppendUint64(nil, c.n))
		into[i] = h[i%32]
	}
}

func (c *chance) id() syncproto.ID {
	c.n++
	return syncproto.Derive("id by chance", syncproto.NumberedID(c.n))
}

func (c *chance) key() ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	c.fill(seed)
	return ed25519.NewKeyFromSeed(seed)
}

// stage is the real server and real desks for a scenario, in one process.
type stage struct {
	t        testing.TB
	ctx      context.Context
	dir      string
	chance   chance
	founded  bool
	operator ed25519.PrivateKey
	link     syncproto.Link
	// now is the true time of the newest line, and off by how much the server's wall clock
	// is wrong.
	now syncproto.Instant
	off syncproto.Span
	// given is what the command line gave, as its outbox keeps it, and copying how a copy of the
	// log is kept; see stage_restore_test.go.
	given   commandLine
	handed  map[syncproto.ID]string // codes that nobody has used yet
	copying copying
	// trouble is what becomes of writing a batch; nil where the disk just writes it.
	trouble func(write func() error) error
	// written is told of every batch that is on the disk; may be nil.
	written func(store.Batch)
	// cache is how many bytes of documents the server keeps ready; 0 for as many as it does.
	cache int
	// log is what the server has to say.
	log    zerolog.Logger
	killed *store.Store // of a server that was killed: its connections are still there

	store     *store.Store
	ledger    *ledger.Ledger
	access    *access.Access
	hub       *gateway.Hub
	scheduler *scheduler.Scheduler
}

func newStage(t testing.TB) *stage {
	// Nobody gives up waiting here, and a context that can end costs each query a goroutine.
	s := &stage{t: t, ctx: context.WithoutCancel(t.Context()), dir: t.TempDir(), log: zerolog.Nop(), handed: map[syncproto.ID]string{}}
	s.operator = s.chance.key()
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var operatorDevice = syncproto.Derive("command line of the scenario")

func (s *stage) Start(now syncproto.Instant) error {
	opened, err := store.Open(s.ctx, s.path())
	if err != nil {
		return err
	}
	if err := s.close(); err != nil {
		return err
	}
	s.store = opened
	if !s.founded {
		s.founded = true
		public, _ := s.operator.Public().(ed25519.PublicKey)
		if err := s.store.Initialise(s.ctx, store.Identity{LogID: s.chance.id(), Epoch: 1, ServerKey: s.chance.key(),
			OperatorDevice: operatorDevice, OperatorKey: public}); err != nil {
			return err
		}
	}
	if s.ledger, err = ledger.Open(s.ctx, disk{s.store, s}, s.chance.id, s.log); err != nil {
		return err
	}
	if s.cache > 0 {
		s.ledger.Cache(s.cache)
	}
	s.access = access.New(s.store, s.ledger, access.Chance{Fill: s.chance.fill, NewID: s.chance.id})
	s.hub = gateway.NewHub(s.ledger, s.store, s.access, gateway.Chance{Fill: s.chance.fill, NewID: s.chance.id}, s.log)
	s.ledger.OnAdvance(s.hub.Advanced)
	if err := s.startCopying(now); err != nil {
		return err
	}
	s.scheduler = scheduler.New(s.store, s.hub, s.moment(now), s.ledger.LastTime())
	return nil
}

// disk is the store under the ledger, where a test may let writing fail.
type disk struct {
	*store.Store
	stage *stage
}

// Append writes a batch, or lets the stage's trouble decide what becomes of it.
func (d disk) Append(ctx context.Context, b store.Batch) error {
	write := func() error {
		err := d.Store.Append(ctx, b)
		if err == nil && d.stage.written != nil {
			d.stage.written(b)
		}
		return err
	}
	if d.stage.trouble == nil {
		return write()
	}
	return d.stage.trouble(write)
}

// wall is what the server's wall clock shows at the true time.
func (s *stage) wall(now syncproto.Instant) syncproto.Instant { return now.Add(s.off) }

// moment is what both clocks of the server show: the monotonic one keeps the true time.
func (s *stage) moment(now syncproto.Instant) scheduler.Moment {
	return scheduler.Moment{Wall: s.wall(now), Mono: syncproto.Span(now)}
}

func (s *stage) SetClock(off syncproto.Span) { s.off = off }

func (s *stage) Doubt() string { return string(s.scheduler.Doubt()) }

func (s *stage) Confirm(now syncproto.Instant) {
	s.ledger.Confirm(s.wall(now))
	s.scheduler.Confirm(s.moment(now))
}

// Kill leaves everything as it lies, open files included.
func (s *stage) Kill() {
	s.killed, s.store, s.ledger, s.access, s.hub, s.scheduler = s.store, nil, nil, nil, nil, nil
}

// close gives the connections back. Those of a killed server only once the next has opened the
// file: whoever closes the last one tidies it up, which no power cut does.
func (s *stage) close() error {
	var all []error
	for _, one := range []*store.Store{s.killed, s.store} {
		if one != nil {
			all = append(all, one.Close())
		}
	}
	s.killed, s.store = nil, nil
	return errors.Join(all...)
}

func (s *stage) Operate(now syncproto.Instant, kind syncproto.CommandKind, command any) error {
	intent, err := intentOf(kind, command)
	if err != nil {
		return err
	}
	intent.ID, intent.Operator = s.chance.id(), "scenario"
	e := syncproto.Seal(intent, s.operator, operatorDevice, operatorDevice, s.link)
	s.link = e.Link()
	wall := s.wall(now)
	results, err := s.ledger.Commit(s.ctx, wall, []ledger.Submission{{Source: ledger.FromOperator, Command: e, Received: wall}})
	if err != nil {
		return err
	}
	s.given.learn(e, results[0].Verdict)
	if r := results[0]; r.Problem != nil {
		return r.Problem
	} else if r.Verdict.Outcome != syncproto.Accepted {
		return fmt.Errorf("%v was %v: %v", kind, r.Verdict.Outcome, r.Verdict.Findings)
	}
	return nil
}

func (s *stage) Answer(now syncproto.Instant) (simulation.Line, error) {
	s.now = now
	c := s.hub.Answer(s.wall(now))
	if c == nil {
		return nil, errors.New("the server has no room for another session")
	}
	return &serverLine{s, c}, nil
}

func (s *stage) Wake(now syncproto.Instant) (syncproto.Instant, error) {
	if err := s.copyAndCollect(now); err != nil {
		return 0, err
	}
	for {
		look, err := s.scheduler.Look(s.ctx, s.moment(now), s.ledger.Reference().Policy)
		if err != nil || len(look.Ticks) == 0 {
			if look.Again != 0 {
				look.Again = look.Again.Add(-s.off) // from what its clock will show to the true time
			}
			return look.Again, err
		}
		ticks := make([]ledger.Submission, 0, len(look.Ticks))
		for _, tick := range look.Ticks {
			ticks = append(ticks, s.ledger.Own(tick, s.wall(now)))
		}
		if _, err := s.ledger.Commit(s.ctx, s.wall(now), ticks); err != nil {
			return 0, err
		}
	}
}

func (s *stage) Verify() error {
	report, err := audit.Run(s.ctx, s.store)
	if err != nil {
		return err
	}
	if len(report.Wrong) > 0 {
		return errors.New(report.Wrong[0])
	}
	return nil
}

func (s *stage) Document(ref syncproto.Ref) (body any, history []syncproto.HistoryEntry, held bool) {
	err := s.store.View(s.ctx, func(v *store.View) error {
		doc, there, err := v.Document(ref)
		if err != nil || !there {
			return err
		}
		if body, err = rules.ReadBody(ref.Kind, doc.Body); err != nil {
			return err
		}
		held = true
		events, _, err := v.History(ref, 0, 0, syncproto.MaxMessage)
		for _, e := range events {
			var entry syncproto.HistoryEntry
			if err := syncproto.Decode(e.Entry, &entry); err != nil {
				return err
			}
			history = append(history, entry)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return body, history, held
}

// serverLine is the server's end of a line: what is submitted is decided on the spot.
type serverLine struct {
	stage *stage
	*gateway.Conversation
}

func (l *serverLine) Hear(now syncproto.Instant, _ syncproto.Reading, message []byte) ([][]byte, bool) {
	return l.carryOut(now, l.Conversation.Hear(l.stage.ctx, l.stage.wall(now), message))
}

func (l *serverLine) Pass(now syncproto.Instant, _ syncproto.Reading) ([][]byte, bool) {
	return l.carryOut(now, l.Conversation.Pass(l.stage.ctx, l.stage.wall(now)))
}

func (l *serverLine) Drop(syncproto.Reading) { l.Conversation.Drop() }

func (l *serverLine) carryOut(now syncproto.Instant, turn gateway.Turn) (send [][]byte, closed bool) {
	wall := l.stage.wall(now)
	send, closed = turn.Send, turn.Closed
	for _, submitted := range turn.Submit {
		results, err := l.stage.ledger.Commit(l.stage.ctx, wall, submitted)
		more, ended := l.carryOut(now, l.Decided(l.stage.ctx, wall, submitted, ledger.Answer{Results: results, Err: err}))
		send, closed = append(send, more...), closed || ended
	}
	return send, closed
}
