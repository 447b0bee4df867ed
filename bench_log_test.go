package redress_test

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// The log the figures are taken with. Three tickets are opened by the real rules and ledger:
// one with a promise for a day far off, one that was dispatched, whose department has two
// hours, and one with a promise for the same day. All others are casts of these
// (ledgertest.Mould), each with a customer of its own, spread over regions and departments.
// The log verifies.
//
// The dispatched were opened one after the other, as what becomes due at once is in life:
// on one morning, or while the server was down. Those with the near promise are spread
// evenly over all, so that hardly two share a page of the database: the hardest case.
//
// Not as in life: all was done at one moment, by one person, through the server itself and
// not from a desk, so that all of a kind become due at once.

const (
	benchRegions     = 8
	benchDepartments = 12
	benchFar         = 300 * syncproto.Day // more than any ladder is long
	benchNear        = 3 * syncproto.Hour  // warns when the dispatched have fired, and is over before whoever those went to is warned
	castAtOnce       = 5000                // tickets a transaction of the making
)

// logOf is the log with so many open tickets, so many of them due at once. It is made once
// and kept: under .build where it is large.
func logOf(t *testing.T, open, due int) benchLog {
	t.Helper()
	dir := t.TempDir()
	if open >= full {
		dir = filepath.Join(".build", "bench")
	}
	making := filepath.Join(t.TempDir(), "making.db")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if open >= full {
		making = filepath.Join(dir, "making.db")
		_ = os.Remove(making) // of a making that was broken off
	}
	w := ledgertest.NewAt(t, making)
	m := newBenchMoulds(w)
	kept := filepath.Join(dir, fmt.Sprintf("%d-of-%d-%s.db", due, open, m.key(t)))
	log := benchLog{path: kept, due: due, wakes: m.dispatched.NextDue(), together: m.together, spread: m.spread}
	if _, err := os.Stat(kept); err == nil {
		return log
	}
	m.fill(open, due)
	if err := w.Store.Close(); err != nil { // brings the write-ahead log into the file
		t.Fatal(err)
	}
	if err := os.Rename(making, kept); err != nil {
		t.Fatal(err)
	}
	return log
}

// benchMoulds are the three tickets, and the units that casts of them are spread over.
type benchMoulds struct {
	*ledgertest.World
	far, near, dispatched *ledgertest.Mould
	regions, departments  []syncproto.ID
	together, spread      syncproto.Instant // when the dispatched, and the near, are past their due time
}

func newBenchMoulds(w *ledgertest.World) *benchMoulds {
	m := &benchMoulds{World: w}
	for n := range benchRegions {
		m.regions = append(m.regions, m.unit(0, fmt.Sprintf("%d区", n+1), organisation.Region))
	}
	for n := range benchDepartments {
		id := m.unit(1, fmt.Sprintf("第%d部", n+1), organisation.Department)
		w.Person(fmt.Sprintf("head%d", n), policy.Head, id)
		w.Person(fmt.Sprintf("liaison%d", n), policy.Liaison, id)
		m.departments = append(m.departments, id)
	}
	promise := func(ahead syncproto.Span) func(syncproto.ID) syncproto.Intent {
		return func(id syncproto.ID) syncproto.Intent {
			return m.intent(syncproto.CommandPromise, ticket.Promise{Ticket: id, What: "回访", Due: w.Now.Add(ahead)})
		}
	}
	m.far = m.record("B000-99997", promise(benchFar))
	m.spread = w.Now.Add(benchNear + syncproto.Second)
	m.near = m.record("B000-99998", promise(benchNear))
	m.dispatched = m.record("B000-99999", func(id syncproto.ID) syncproto.Intent {
		return m.intent(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: m.departments[0]})
	})
	m.together = w.Now.Add(w.Ledger.Reference().Policy.ResponseLimit + syncproto.Second)
	return m
}

// unit makes a unit whose id begins with the byte: where a body keeps units in order, one
// may only take another's place if it comes at the same one.
func (m *benchMoulds) unit(begin byte, name string, kind organisation.UnitKind) syncproto.ID {
	id := m.ID()
	id[0] = begin
	m.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: id, Unit: organisation.Unit{Name: name, Kind: kind}})
	return id
}

// record opens a ticket, has one more thing done to it, and makes a mould of both.
func (m *benchMoulds) record(number string, then func(id syncproto.ID) syncproto.Intent) *ledgertest.Mould {
	id := m.ID()
	open := m.Open(id, m.regions[0], number)
	open.Description = "客户反映车辆远程控制多次失败，已到店检测两次，未能解决，要求尽快给出处理方案。"
	names := [][]byte{[]byte(number), m.regions[0][:], m.departments[0][:], id[:], open.Customer.ID[:]}
	return m.Record(names, m.intent(syncproto.CommandOpen, open), then(id))
}

// intent is what the seat wants.
func (m *benchMoulds) intent(kind syncproto.CommandKind, command any) syncproto.Intent {
	m.T.Helper()
	intent, err := rules.Write(kind, command)
	if err != nil {
		m.T.Fatal(err)
	}
	intent.Person, intent.Known = m.Seat, m.Ledger.Head().Seq
	return intent
}

// names are those of the nth ticket, in the order in which record gives them, and then ids.
func (m *benchMoulds) names(n, slots int) [][]byte {
	region, department := m.regions[n%benchRegions], m.departments[n%benchDepartments]
	return withIDs([][]byte{fmt.Appendf(nil, "B%03d-%05d", n/100_000, n%100_000), region[:], department[:]}, n, slots)
}

// withIDs are the names of the nth ticket and the ids that are its own, in the order of
// making, as UUIDv7s are.
func withIDs(names [][]byte, n, slots int) [][]byte {
	for len(names) < slots {
		var id syncproto.ID
		binary.BigEndian.PutUint64(id[:], (uint64(ledgertest.Morning)/1000+uint64(n))<<16)
		part := syncproto.HashOf(id[:8], []byte{byte(len(names))})
		copy(id[6:], part[:])
		id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
		names = append(names, id[:])
	}
	return names
}

// fill casts tickets until there are so many open, and so many due of each kind; the three
// that were cast from are of them.
func (m *benchMoulds) fill(open, due int) {
	casts, spread := open-3, 1
	m.cast(casts, func(n int) (*ledgertest.Mould, [][]byte) {
		mould := m.far
		switch from := casts / 2; {
		case from <= n && n < from+due-1:
			mould = m.dispatched
		case spread < 1+(n+1)*(due-1)/casts:
			mould, spread = m.near, spread+1
		}
		return mould, m.names(n, mould.Slots())
	})
}

// cast appends so many tickets, one after the other, to the log.
func (m *benchMoulds) cast(casts int, nth func(n int) (mould *ledgertest.Mould, names [][]byte)) {
	m.T.Helper()
	batches, ended := make(chan store.Batch, 2), make(chan error, 1)
	go func() {
		var err error
		for b := range batches {
			if err == nil {
				err = m.Store.Append(context.Background(), b)
			}
		}
		ended <- err
	}()
	b := store.Batch{After: m.Ledger.Head(), Epoch: m.Ledger.Identity().Epoch}
	at := m.Now.Add(syncproto.Second)
	for n := range casts {
		mould, names := nth(n)
		mould.Cast(&b, at, names)
		at = at.Add(10 * syncproto.Microsecond)
		if (n+1)%castAtOnce == 0 || n == casts-1 {
			batches <- b
			b = store.Batch{After: b.Head(), Epoch: b.Epoch}
		}
	}
	close(batches)
	if err := <-ended; err != nil {
		m.T.Fatal(err)
	}
}

// key tells logs apart that were made by other rules or on another schema.
func (m *benchMoulds) key(t *testing.T) string {
	t.Helper()
	head := m.Ledger.Head().Chain
	parts := [][]byte{head[:]}
	files, err := filepath.Glob(filepath.Join("migrations", "central", "*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatal("no migrations", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, text)
	}
	sum := syncproto.HashOf(parts...)
	return hex.EncodeToString(sum[:6])
}
