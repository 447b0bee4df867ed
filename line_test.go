package redress_test

import (
	"errors"
	"net"
	"sync"
	"testing"
)

// line is the network between one desk and the server: a TCP proxy on loopback that can
// be cut and mended.
type line struct {
	listener net.Listener

	mu     sync.Mutex
	server string
	dialer net.Dialer // whose address the server sees
	dead   death
	whole  chan struct{} // closed while the line is whole
	open   map[net.Conn]struct{}
	ended  bool
	ways   sync.WaitGroup
	rough  rough
}

// death is how a line that is cut answers whoever calls.
type death uint8

const (
	alive      death = iota
	refusing         // every call is ended at once
	swallowing       // a call is taken and nothing comes back until the line is mended
)

func newLine(t testing.TB, server string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("laying a line: %v", err)
	}
	l := &line{listener: listener, server: server, whole: make(chan struct{}), open: map[net.Conn]struct{}{}}
	close(l.whole)
	l.ways.Go(l.answer)
	t.Cleanup(l.remove)
	return l
}

// from has the line end at the server with an address of its own, as an office has: of one address
// the server lets so many in, and no more.
func (l *line) from(office int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dialer.LocalAddr = officeAddress(office)
}

// officeAddress is one of this machine's own, for a desk of an office.
func officeAddress(office int) *net.TCPAddr {
	return &net.TCPAddr{IP: net.IPv4(127, 1, byte(office>>8), byte(office))}
}

// address is where a desk calls.
func (l *line) address() string { return l.listener.Addr().String() }

// lead has calls from now on end at another server's address.
func (l *line) lead(server string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.server = server
}

// cut ends everything under way, in both directions at once.
func (l *line) cut(how death) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead == alive {
		l.whole = make(chan struct{})
	}
	l.dead = how
	for c := range l.open {
		hangUp(c)
	}
	clear(l.open)
	l.rough.smooth()
}

// mend lets calls through again, also those that were swallowed.
func (l *line) mend() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead != alive {
		l.dead = alive
		close(l.whole)
	}
	l.rough.smooth()
}

// remove takes the line away for good.
func (l *line) remove() {
	l.cut(refusing)
	l.mu.Lock()
	l.ended = true
	close(l.whole)
	l.rough.leaveNobody()
	l.mu.Unlock()
	_ = l.listener.Close()
	l.ways.Wait()
}

func (l *line) answer() {
	for {
		desk, err := l.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if whole, taken := l.take(desk); taken {
			l.ways.Go(func() { l.carry(desk, whole) })
		}
	}
}

// take notes a connection, or hangs up on it where the line refuses.
func (l *line) take(c net.Conn) (whole chan struct{}, taken bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dead == refusing || l.ended {
		hangUp(c)
		return nil, false
	}
	l.open[c] = struct{}{}
	return l.whole, true
}

// carry passes on what both ends say until either is gone.
func (l *line) carry(desk net.Conn, whole chan struct{}) {
	defer l.drop(desk)
	<-whole
	l.mu.Lock()
	to, dialer := l.server, l.dialer
	l.mu.Unlock()
	server, err := dialer.Dial("tcp", to)
	if err != nil {
		return
	}
	if _, taken := l.take(server); !taken {
		return
	}
	defer l.drop(server)
	p := l.join(desk, server)
	up := make(chan struct{})
	go func() {
		defer close(up)
		l.pass(p, server, desk, true)
	}()
	l.pass(p, desk, server, false)
	<-up
	<-p.over // at once, but where one end was left alone
}

func (l *line) drop(c net.Conn) {
	hangUp(c)
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// hangUp closes at once, so that neither end takes it for a farewell.
func hangUp(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
