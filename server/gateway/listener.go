package gateway

import (
	"net"
	"sync"

	"redress/syncproto"
)

// Listen lets in as many lines as there may be at once, in all and of one address. Others are
// hung up on at once: a stranger who only holds lines open holds few, and keeps nobody out.
func (d *Door) Listen(on net.Listener) net.Listener {
	return &limited{Listener: on, hub: d.Sockets.Hub, clock: d.Clock, of: map[string]int{}}
}

type limited struct {
	net.Listener
	hub   *Hub
	clock func() syncproto.Instant

	mutex sync.Mutex
	all   int
	of    map[string]int // by address
}

// Accept waits for a line that may come in.
func (l *limited) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := asker(conn.RemoteAddr().String())
		if limit := l.enter(from); limit != "" {
			l.hub.turnedAway(limit, from, l.clock())
			_ = conn.Close() // nothing was said on it
			continue
		}
		return &counted{Conn: conn, leave: sync.OnceFunc(func() { l.left(from) })}, nil
	}
}

// enter counts a line in, or says which limit keeps it out.
func (l *limited) enter(from string) (limit string) {
	limits := l.hub.limits
	l.mutex.Lock()
	defer l.mutex.Unlock()
	switch {
	case l.all >= limits.Connections:
		return limitConnections
	case l.of[from] >= limits.OfAddress:
		return limitOfAddress
	}
	l.all++
	l.of[from]++
	return ""
}

func (l *limited) left(from string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.all--
	if l.of[from]--; l.of[from] == 0 {
		delete(l.of, from)
	}
}

// counted is a line that is counted until it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close hangs up.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}
