package gateway_test

import (
	"context"
	"database/sql"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"redress/server/gateway/gatewaytest"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// smallBuffer is how much the system keeps for a line to a desk that does not read.
const smallBuffer = 128 << 10

// deaf makes the lines of desks from now on hold next to nothing that was not read.
func deaf(t *testing.T) {
	t.Helper()
	before := *websocket.DefaultDialer
	websocket.DefaultDialer.NetDialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if tcp, is := conn.(*net.TCPConn); is && err == nil {
			err = tcp.SetReadBuffer(smallBuffer)
		}
		return conn, err
	}
	t.Cleanup(func() { *websocket.DefaultDialer = before })
}

// notes has so many long notes on a ticket decided, of a desk that is not connected.
func (s *served) notes(by *ledgertest.Desk, on syncproto.ID, count int) {
	s.T.Helper()
	text := strings.Repeat("已联系服务站，客户等回复。", 10)
	for done := 0; done < count; {
		var some []ledger.Submission
		for range min(syncproto.MaxBatch, count-done) {
			some = append(some, by.Submission(by.Make(syncproto.CommandNote, ticket.Note{Ticket: on, Text: text})))
		}
		results, err := s.Ledger.Commit(s.T.Context(), s.Clock(), some)
		if err != nil {
			s.T.Fatal(err)
		}
		for _, r := range results {
			if r.Problem != nil || r.Verdict.Outcome != syncproto.Accepted {
				s.T.Fatalf("a note was %v: %v, %v", r.Verdict.Outcome, r.Verdict.Findings, r.Problem)
			}
		}
		done += len(some)
	}
}

// TestADeskThatDoesNotRead while ten thousand commands are decided: its line blocks, nothing is
// kept for it, no read of the database stays open for it, others get their verdicts as if it
// were not there; and when it reads again it reads on from the log and has everything, once.
func TestADeskThatDoesNotRead(t *testing.T) {
	const commands = 10_000
	w := ledgertest.NewAt(t, t.TempDir()+"/central.db")
	s := serveWorld(t, w)
	slow, quick := s.desk(s.Manager, "li"), s.desk(s.Seat, "wang")
	third := s.Desk(s.Seat, "Q2RX")
	on := s.ID()
	online(t, quick)
	opening := tap(t, quick, syncproto.CommandOpen, s.Open(on, s.East, "K7MQ-00001"))
	play(t, quick, func() bool { return quick.Verdicts[opening].Outcome == syncproto.Accepted })
	alone := s.verdictTimes(quick, on, 50)

	deaf(t)
	if err := slow.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	play(t, slow, func() bool { return slow.Current })
	before := memory()
	if err := quick.Hang(); err != nil {
		t.Fatal(err)
	}
	s.notes(third, on, commands)
	other := s.desk(s.Seat, "wang")
	online(t, other)
	beside := s.verdictTimes(other, on, 50)
	if lag := s.Hub.Lag(); lag < commands/2 {
		t.Errorf("the desk that does not read is %d entries behind", lag)
	}
	if grown := memory() - before; grown > 64<<20 {
		t.Errorf("for a desk that does not read %d MiB are kept", grown>>20)
	}
	s.nothingIsRead()
	t.Logf("a verdict took %v alone, %v beside a desk that does not read", alone, beside)
	if beside > 10*alone+100*time.Millisecond {
		t.Errorf("others wait: %v, alone %v", beside, alone)
	}

	// It reads again: what is left on its line, and, once it was hung up on, from the log.
	for slow.Cursor < s.Ledger.Head().Seq || !slow.Current {
		if err := slow.Play(func() bool { return slow.Current && slow.Cursor >= s.Ledger.Head().Seq }); err == nil {
			break
		}
		online(t, slow)
	}
	doc, there := slow.Documents[ticket.Ref(on)]
	if !there || doc.Version < commands+asOpened {
		t.Errorf("it has version %d of the ticket", doc.Version)
	}
	s.Verify()
}

// verdictTimes is the median of how long a command takes to its verdict.
func (s *served) verdictTimes(d *gatewaytest.Desk, on syncproto.ID, count int) time.Duration {
	s.T.Helper()
	var took []time.Duration
	for range count {
		began := time.Now()
		note := tap(s.T, d, syncproto.CommandNote, ticket.Note{Ticket: on, Text: "客户来电"})
		play(s.T, d, func() bool { return d.Verdicts[note].Outcome != 0 })
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return took[len(took)/2]
}

func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// nothingIsRead asks SQLite itself: a whole checkpoint is only possible while nobody reads an
// older moment.
func (s *served) nothingIsRead() {
	s.T.Helper()
	db, err := sql.Open("sqlite", s.Path+"?_pragma=busy_timeout(1000)")
	if err != nil {
		s.T.Fatal(err)
	}
	defer db.Close()
	var busy, pages, moved int
	if err := db.QueryRowContext(s.T.Context(), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil || busy != 0 {
		s.T.Errorf("somebody reads: busy %d, %d pages, %d moved, %v", busy, pages, moved, err)
	}
}
