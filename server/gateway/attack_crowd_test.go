package gateway_test

import (
	"encoding/binary"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"redress/server/gateway"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
)

// pipes is a listener of lines in memory, each from an address of its own: there are not as many
// sockets on a machine as this needs.
type pipes struct {
	lines chan net.Conn
	over  chan struct{}
	count uint32
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.lines:
		return conn, nil
	case <-p.over:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.over); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "in memory", Net: "unix"} }

// addressed is a line in memory that comes from an address.
type addressed struct {
	net.Conn
	address net.TCPAddr
}

func (f addressed) RemoteAddr() net.Addr { return &f.address }

func (p *pipes) dial(t *testing.T) (*drip, string) {
	t.Helper()
	ours, theirs := net.Pipe()
	p.count++
	ip := binary.BigEndian.AppendUint32(nil, 10<<24+p.count)
	p.lines <- addressed{theirs, net.TCPAddr{IP: ip, Port: 4711}}
	return drips(t, ours, "")
}

// Ten thousand lines are opened, from as many addresses, and say nothing. There are as many as may
// open at once, by this limit and no other; what comes beyond is told so before it costs anything.
// Who is at work goes on working as before, and when the strangers' time is over there is room
// again. With more room for strangers there are more of them: it is the limit that keeps them out.
func TestTenThousandConnections(t *testing.T) {
	for name, opening := range map[string]int{"as the product is": gateway.DefaultLimits().Opening, "with three times the room for strangers": 3 * gateway.DefaultLimits().Opening} {
		t.Run(name, func(t *testing.T) { tenThousand(t, opening) })
	}
}

func tenThousand(t *testing.T, opening int) {
	const lines = 10_000
	limits := gateway.DefaultLimits()
	limits.Opening = opening
	clock := newStill()
	s := serveWithin(t, ledgertest.New(t), clock.now, limits)
	good := s.desk(s.Seat, "wang")
	online(t, good)
	on := s.NewID()
	opened := tap(t, good, syncproto.CommandOpen, s.Open(on, s.East, "K7MQ-00001"))
	play(t, good, func() bool { return good.Verdicts[opened].Outcome == syncproto.Accepted })
	alone := s.verdictTimes(good, on, 50)
	p := &pipes{lines: make(chan net.Conn), over: make(chan struct{})}
	web := &http.Server{Handler: s.Handler} // its lines are in memory, and the test's own
	served := make(chan error, 1)
	go func() { served <- web.Serve(p) }()
	t.Cleanup(func() {
		_ = web.Close()
		<-served
	})
	before := memory()
	var held []*drip
	told := map[string]int{}
	for range lines {
		line, status := p.dial(t)
		told[status]++
		if strings.Contains(status, "101") {
			held = append(held, line)
			continue
		}
		if err := line.conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(held) != opening || told["HTTP/1.1 503 Service Unavailable"] != lines-opening {
		t.Errorf("of %d lines %d are held, want %d: %v", lines, len(held), opening, told)
	}
	for limit, n := range s.Hub.Refused() {
		if want := uint64(lines - opening); limit == "opening" && n != want || limit != "opening" && n != 0 {
			t.Errorf("%d were turned away at the limit %q", n, limit)
		}
	}
	// Both ends of a line are in this process, so that what is measured is more than the server's.
	if each := (memory() - before) / int64(opening); each > 64<<10 {
		t.Errorf("each of %d strangers costs %d KiB", opening, each>>10)
	}
	if beside := s.verdictTimes(good, on, 50); beside > 10*alone+100*time.Millisecond {
		t.Errorf("who is at work waits: a verdict takes %v, alone %v", beside, alone)
	}
	s.unharmed(good)
	clock.move(syncproto.HandshakeLimit + syncproto.Second)
	var ended sync.WaitGroup
	for _, line := range held {
		ended.Go(func() { line.over() })
	}
	ended.Wait()
	online(t, s.desk(s.Manager, "li"))
	if n := s.Hub.Opening(); n != 0 {
		t.Errorf("%d are still opening", n)
	}
}
