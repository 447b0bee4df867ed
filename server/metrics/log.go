package metrics

import (
	"context"
	"fmt"
	"sync"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/escalation"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// Log counts what stands in the log: at the start from the documents, then from each batch.
type Log struct {
	mutex    sync.Mutex
	parked   map[syncproto.ID]syncproto.Code
	accounts map[syncproto.Ref]account
	disputed map[syncproto.Ref]int // tickets, with how many of their clocks are
	events   map[syncproto.EventKind]int
}

// account is what is shown of one manager's month.
type account struct {
	outstanding syncproto.Fen
	overdrafts  uint32
}

// NewLog knows nothing yet. Advanced has to be told of every batch, and Begin be called once.
func NewLog() *Log {
	return &Log{parked: map[syncproto.ID]syncproto.Code{}, accounts: map[syncproto.Ref]account{}, disputed: map[syncproto.Ref]int{},
		events: map[syncproto.EventKind]int{}}
}

// Store is where it looks at the start.
type Store interface {
	View(ctx context.Context, read func(*store.View) error) error
}

// Begin counts what there is. It reads the accounts, what waits, and the tickets that
// headquarters sees, for every disputed one is among these. To be called before the first
// batch.
func (l *Log) Begin(ctx context.Context, s Store, people reference.Reference) error {
	err := s.View(ctx, func(v *store.View) error {
		waiting, err := v.Parked()
		if err != nil {
			return err
		}
		for _, p := range waiting {
			l.parked[p.Command] = p.Code
		}
		if err := v.EveryOfKind(syncproto.KindAccount, l.read); err != nil {
			return err
		}
		return l.readDisputed(v, people.Headquarters())
	})
	if err != nil {
		return fmt.Errorf("counting for the metrics: %w", err)
	}
	return nil
}

// atOnce is how many tickets are looked up together.
const atOnce = 256

func (l *Log) readDisputed(v *store.View, referee syncproto.ID) error {
	after := syncproto.Ref{Kind: syncproto.KindTicket}
	for {
		refs, err := v.Members(syncproto.Bucket(referee), syncproto.AllParts, after, atOnce)
		if err != nil {
			return err
		}
		var ids []syncproto.ID
		for _, ref := range refs {
			if ref.Kind == syncproto.KindTicket {
				ids = append(ids, ref.ID)
			}
		}
		if err := v.Documents(syncproto.KindTicket, ids, l.read); err != nil {
			return err
		}
		if len(ids) < atOnce {
			return nil
		}
		after = refs[len(refs)-1]
	}
}

func (l *Log) read(d store.Document) error {
	body, err := rules.ReadBody(d.Ref.Kind, d.Body)
	if err != nil {
		return fmt.Errorf("reading %v: %w", d.Ref, err)
	}
	l.take(d.Ref, body)
	return nil
}

// take counts a document as it is now in the place of what it was.
func (l *Log) take(ref syncproto.Ref, body any) {
	switch body := body.(type) {
	case authority.Body:
		l.accounts[ref] = account{outstanding: body.Reserved(), overdrafts: body.Breaches}
	case ticket.Body:
		n := 0
		for _, c := range body.Clocks {
			if c.Result == escalation.Disputed {
				n++
			}
		}
		if n > 0 {
			l.disputed[ref] = n
		} else {
			delete(l.disputed, ref)
		}
	}
}

// Advanced takes in a batch.
func (l *Log) Advanced(a ledger.Advance) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for i, ref := range a.Changed {
		l.take(ref, a.Bodies[i])
	}
	for _, p := range a.Batch.Parked {
		l.parked[p.Command] = p.Code
	}
	for _, id := range a.Batch.Released {
		delete(l.parked, id)
	}
	for kind, n := range a.Events {
		l.events[kind] += n
	}
}

// Outstanding is what lies on devices and may be spent without a line.
func (l *Log) Outstanding() (sum syncproto.Fen) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, a := range l.accounts {
		sum += a.outstanding
	}
	return sum
}

// Overdrafts is how often an account was overdrawn, ever.
func (l *Log) Overdrafts() (n uint64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, a := range l.accounts {
		n += uint64(a.overdrafts)
	}
	return n
}

// Disputes is how many clocks wait for a decision on evidence.
func (l *Log) Disputes() (n int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, clocks := range l.disputed {
		n += clocks
	}
	return n
}

// waitFor is all that commands wait for: each is shown from the start on, also while nothing does.
var waitFor = []syncproto.Code{syncproto.CodeWaitsForDoc, syncproto.CodeWaitsBehind, syncproto.CodeWaitsVersion, syncproto.CodeWaitsPerson, syncproto.CodeWaitsDevice, syncproto.CodeAfterRevoked, syncproto.CodeDefect}

// Parked is how many commands wait, by why.
func (l *Log) Parked() map[syncproto.Code]int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	by := map[syncproto.Code]int{}
	for _, code := range waitFor {
		by[code] = 0
	}
	for _, code := range l.parked {
		by[code]++
	}
	return by
}

// ForAPerson is how many commands wait for a person's word alone: whatever the code is, somebody
// has to be told of them.
func (l *Log) ForAPerson() (n int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, code := range l.parked {
		if code.WaitsForPerson() {
			n++
		}
	}
	return n
}

// Events is how many events of a kind there were since the start.
func (l *Log) Events(kind syncproto.EventKind) int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.events[kind]
}
