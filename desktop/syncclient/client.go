package syncclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"redress/desktop/replica"
	"redress/syncproto"
)

// World is what only main can give: the clocks, new ids and chance.
type World struct {
	Read    func() syncproto.Reading
	NewID   func() syncproto.ID
	Jitter  func() float64 // in [0, 1)
	Program string         // name and version, told to the operator
	Log     zerolog.Logger
}

// State is how the line is, for the screen.
type State struct {
	Online bool
	// HandsInOnly: what was done here is taken, but nobody is logged in with the server.
	HandsInOnly bool
	// Trouble is why there is no line, or not more of one; "" where there is none.
	Trouble syncproto.Code
}

// Client keeps a session with the server for as long as Run runs.
type Client struct {
	replica *replica.Replica
	server  Server
	world   World
	report  func(State)
	grew    chan struct{} // the outbox grew
	hurry   chan struct{} // do not wait for the next attempt, nor believe this line
	other   chan struct{} // another person, or the same with a token

	// Run's: until when, of which boot, nothing is handed in, for the server has no room.
	held   syncproto.Span
	heldIn syncproto.ID
	wrong  string // the password that the server refused last

	mu      sync.Mutex
	session Session
	refused bool
}

// NewClient is the line of a replica. report is told of every change of the state, from
// Run's goroutine.
func NewClient(r *replica.Replica, server Server, world World, report func(State)) *Client {
	return &Client{replica: r, server: server, world: world, report: report,
		grew: make(chan struct{}, 1), hurry: make(chan struct{}, 1), other: make(chan struct{}, 1)}
}

// Grew says that something was done here: it is sent at once where there is a line. It
// never waits.
func (c *Client) Grew() { signal(c.grew) }

// Retry ends the wait for the next attempt. Where there seems to be a line it is asked whether it
// is: one that does not answer soon is given up, and dialled anew.
func (c *Client) Retry() { signal(c.hurry) }

// Use has the person who logged in; the line is taken up with their token. The zero
// Session locks: what was done is handed in, and nothing is read.
func (c *Client) Use(s Session) {
	c.mu.Lock()
	c.session, c.refused = s, false
	c.mu.Unlock()
	signal(c.other)
}

// Refused says that the server has refused the password of who worked here: nobody does any more.
func (c *Client) Refused() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

// shutOut ends the work of whom the server has refused, and what the password opens without it.
func (c *Client) shutOut(ctx context.Context) {
	wrong := c.wrong
	if c.wrong = ""; wrong == "" {
		return // it is done
	}
	if err := c.replica.ForgetPassword(ctx, wrong); err != nil {
		c.world.Log.Error().Err(err).Msg("could not forget a password that the server refuses")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session.password == wrong { // nobody else logged in meanwhile
		c.session, c.refused = Session{}, true
	}
}

func signal(to chan struct{}) {
	select {
	case to <- struct{}{}:
	default: // it is said already
	}
}

// Run keeps the line until ctx ends; then it takes leave of the server and returns.
func (c *Client) Run(ctx context.Context) {
	var backoff Backoff
	for ctx.Err() == nil && !c.replica.Buried() {
		ended := c.attempt(ctx, &backoff)
		if ended.Again {
			continue
		}
		if err := c.replica.LineLost(context.WithoutCancel(ctx), c.world.Read()); err != nil {
			c.world.Log.Error().Err(err).Msg("could not note that the line is gone")
		}
		c.report(State{Trouble: ended.Trouble})
		retry := ended.RetryAfter
		if ended.ReadAfter > 0 {
			c.holdBack(retry)
			retry = ended.ReadAfter
		}
		c.pause(ctx, backoff.after(ended.Trouble, retry, c.world.Jitter()))
	}
}

// holdBack notes that the server has no room for so long: until then the line is for reading.
func (c *Client) holdBack(wait syncproto.Span) {
	now := c.world.Read()
	c.held, c.heldIn = now.Ticks+min(wait, longestWait), now.Boot
}

// holdsBack says that nothing is to be handed in yet.
func (c *Client) holdsBack(now syncproto.Reading) bool {
	return now.Boot == c.heldIn && now.Ticks < c.held
}

// ending is how an attempt at a session ended.
type ending struct {
	Trouble    syncproto.Code
	RetryAfter syncproto.Span
	ReadAfter  syncproto.Span // as in Goaway
	Again      bool           // at once
}

func (c *Client) pause(ctx context.Context, wait syncproto.Span) {
	timer := time.NewTimer(wait.Duration())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.hurry:
	case <-c.other:
	case <-ctx.Done():
	}
}

// attempt is one line from dialling to its end.
func (c *Client) attempt(ctx context.Context, backoff *Backoff) ending {
	token, trouble := c.token(ctx)
	if trouble == CodeUnreachable || trouble == CodeCertificate {
		return ending{Trouble: trouble}
	}
	socket, refusal, err := c.dial(ctx)
	if err != nil {
		c.world.Log.Debug().Err(err).Str("code", string(refusal.Code)).Msg("no line")
		if refusal.Code != "" {
			return ending{Trouble: ofTheServer(refusal.Code), RetryAfter: max(refusal.RetryAfter, 0)}
		}
		return ending{Trouble: whyUnreachable(err)}
	}
	l := line{client: c, socket: socket, trouble: trouble, backoff: backoff,
		talk: NewConversation(c.replica, token, c.world.Program, c.world.NewID)}
	if c.holdsBack(c.world.Read()) {
		l.talk.ReadOnly()
	}
	return l.run(ctx)
}

// token is the token to begin with: the one there is, a new one for the password, or
// none, and why.
func (c *Client) token(ctx context.Context) (string, syncproto.Code) {
	c.mu.Lock()
	s := c.session
	c.mu.Unlock()
	now := c.replica.Estimate(c.world.Read())
	if s.password == "" || s.token != "" && now < s.expires {
		return s.token, ""
	}
	if err := s.renew(ctx, c.replica, c.server); err != nil {
		c.world.Log.Warn().Err(err).Msg("no token")
		code := codeOf(err)
		if code == syncproto.CodeWrongLogin {
			c.wrong = s.password
		}
		return "", code
	}
	c.mu.Lock()
	if c.session.password == s.password { // nobody else logged in meanwhile
		c.session = s
	}
	c.mu.Unlock()
	return s.token, ""
}

// forget drops a token that the server does not take any more.
func (c *Client) forget(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session.token == token {
		c.session.token = ""
	}
}

// dial brings up a line. With an error, the refusal is what the server said to it; zero where
// it said nothing.
func (c *Client) dial(ctx context.Context) (*websocket.Conn, syncproto.Refusal, error) {
	dialer := websocket.Dialer{HandshakeTimeout: requestLimit, TLSClientConfig: c.server.Trust, Proxy: http.ProxyFromEnvironment}
	socket, response, err := dialer.DialContext(ctx, c.server.Address.socket(), nil)
	var refusal syncproto.Refusal
	if response != nil {
		if data, odd := io.ReadAll(response.Body); err == nil || odd != nil || syncproto.Decode(data, &refusal) != nil { // the handshake has read the beginning
			refusal = syncproto.Refusal{}
		}
		_ = response.Body.Close() // it was only read
	}
	return socket, refusal, err
}

func codeOf(err error) syncproto.Code {
	var problem *syncproto.Problem
	if errors.As(err, &problem) {
		return problem.Code
	}
	return syncproto.CodeInternal
}
