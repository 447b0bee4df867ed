// Package gatewaytest is a desk without a replica: an outbox and what it was told, in
// memory, that speaks to a real server over real sockets.
//
// It promises that it speaks as a desk does, through session.Client, and that it keeps
// every verdict it was ever given: whoever kills the server can hold it to them.
package gatewaytest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/websocket"

	"redress/syncproto"
	"redress/syncproto/rules"
	"redress/syncproto/session"
)

// Desk is one device of one person.
type Desk struct {
	URL      string // http://127.0.0.1:7900
	Login    string
	Password string
	Key      ed25519.PrivateKey
	Clock    func() syncproto.Instant
	NewID    func() syncproto.ID
	Dialer   net.Dialer              // with the address that the server sees
	Told     func(syncproto.Verdict) // of every new verdict; may be nil

	syncproto.EnrolAnswer
	Incarnation syncproto.ID
	Token       string

	Outbox    []syncproto.Envelope
	Links     []syncproto.Link // by counter; the first is before the first command of Outbox
	Verdicts  map[syncproto.ID]syncproto.Verdict
	Documents map[syncproto.Ref]Kept
	Shelf     *Shelf // that it has its documents on with others; may be nil
	Grants    []syncproto.Grant
	Cursor    uint64
	Held      []syncproto.Bucket
	Filling   []syncproto.Bucket
	Welcomes  []syncproto.Action
	Current   bool

	conn    *websocket.Conn
	machine *session.Client
	ended   *Ended
	fetched map[syncproto.Bucket]bool // whole, over this line and since it is being filled
}

// Ended is why a session ended, as the server said.
type Ended struct {
	Code       syncproto.Code
	RetryAfter syncproto.Span
}

// Error says the code.
func (e *Ended) Error() string { return "the session ended: " + string(e.Code) }

// LineGone says that an error is of a line that is gone, and not of what was said over it.
func LineGone(err error) bool {
	var closed *websocket.CloseError
	var failed net.Error
	return errors.As(err, &closed) && closed.Code == websocket.CloseAbnormalClosure || errors.As(err, &failed) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// Refused is what the server answered to a request it did not do.
type Refused struct {
	Status int
	syncproto.Refusal
}

// Error says status and code.
func (r *Refused) Error() string { return fmt.Sprintf("refused with %d: %s", r.Status, r.Code) }

// Ask sends a request beside the session.
func (d *Desk) Ask(ctx context.Context, path string, request, answer any) error {
	body, err := syncproto.Encode(request)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DialContext: d.Dialer.DialContext, DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		refused := &Refused{Status: response.StatusCode}
		return errors.Join(refused, syncproto.Decode(data, &refused.Refusal))
	}
	return syncproto.Decode(data, answer)
}

// Enrol makes the device known.
func (d *Desk) Enrol(ctx context.Context, code string) error {
	return d.Ask(ctx, syncproto.PathEnrol, d.enrolment(code), &d.EnrolAnswer)
}

func (d *Desk) enrolment(code string) syncproto.EnrolRequest {
	d.Incarnation, d.Links = d.NewID(), []syncproto.Link{{}}
	d.Verdicts, d.Documents = map[syncproto.ID]syncproto.Verdict{}, map[syncproto.Ref]Kept{}
	public, _ := d.Key.Public().(ed25519.PublicKey)
	return syncproto.EnrolRequest{Code: code, Login: d.Login, Key: public, Name: "PC", Incarnation: d.Incarnation}.Sign(d.Key)
}

// LogIn gets a token.
func (d *Desk) LogIn(ctx context.Context) error {
	var nonce syncproto.NonceAnswer
	if err := d.Ask(ctx, syncproto.PathNonce, struct{}{}, &nonce); err != nil {
		return err
	}
	var answer syncproto.LoginAnswer
	err := d.Ask(ctx, syncproto.PathLogin, d.login(nonce.Nonce), &answer)
	d.Token = answer.Token
	return err
}

func (d *Desk) login(nonce []byte) syncproto.LoginRequest {
	return syncproto.LoginRequest{Device: d.Device, Login: d.Login, Password: d.Password, Nonce: nonce}.Sign(d.Key)
}

// Reading is what the desk's clocks show.
func (d *Desk) Reading() syncproto.Reading {
	now := d.Clock()
	return syncproto.Reading{Wall: now, Boot: d.Device, Ticks: syncproto.Span(now)}
}

// Tap puts a command into the outbox and, where the line is up, sends it.
func (d *Desk) Tap(kind syncproto.CommandKind, command any, shares ...syncproto.Share) (syncproto.ID, error) {
	intent, err := rules.Write(kind, command)
	if err != nil {
		return intent.ID, err
	}
	intent.ID, intent.Person, intent.Known = d.NewID(), d.Person, d.Cursor
	intent.Readings.Reading, intent.Shares = d.Reading(), shares
	e := syncproto.Seal(intent, d.Key, d.Device, d.Incarnation, d.Links[len(d.Links)-1])
	d.Outbox, d.Links = append(d.Outbox, e), append(d.Links, e.Link())
	if d.machine == nil {
		return intent.ID, nil
	}
	return intent.ID, d.do(d.machine.Step(d.Reading(), session.Grew{Counter: e.Counter}))
}

// Dial brings up a line.
func (d *Desk) Dial(ctx context.Context) error {
	dialer := websocket.Dialer{NetDialContext: d.Dialer.DialContext}
	conn, response, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(d.URL, "http")+syncproto.PathSession, nil)
	if response != nil && response.Body != nil {
		err = errors.Join(err, response.Body.Close())
	}
	if err != nil {
		return err
	}
	d.conn, d.ended, d.Current, d.fetched = conn, nil, false, map[syncproto.Bucket]bool{}
	d.machine = session.NewClient(session.Desk{
		Program: "gatewaytest", LogID: d.LogID, Epoch: d.Epoch, Cursor: d.Cursor, Device: d.Device,
		Incarnation: d.Incarnation, Counter: d.Links[len(d.Links)-1].Counter, Token: d.Token, Held: d.Held, Filling: d.Filling,
	})
	return d.do(d.machine.Step(d.Reading(), session.Opened{}))
}

// BeginAs gives a desk that has not spoken yet what another one has, as far as it may see it: both are of
// people with the same units.
func (d *Desk) BeginAs(other *Desk) {
	d.Epoch, d.Cursor, d.Documents, d.Held = other.Epoch, other.Cursor, maps.Clone(other.Documents), slices.Clone(other.Held)
	for n, b := range d.Held {
		if b == syncproto.Bucket(other.Person) {
			d.Held[n] = syncproto.Bucket(d.Person)
		}
	}
	d.drop()
}

// Hang ends the line without a word.
func (d *Desk) Hang() error {
	d.machine = nil
	return d.conn.Close()
}

// SendRaw sends bytes that no desk would.
func (d *Desk) SendRaw(data []byte) error {
	return d.conn.WriteMessage(websocket.BinaryMessage, data)
}

// Play hears messages until done says so; an *Ended says that the session is over.
func (d *Desk) Play(done func() bool) error {
	for !done() {
		if d.ended != nil {
			return d.ended
		}
		_, data, err := d.conn.ReadMessage()
		if err != nil {
			return err
		}
		if err := d.Hear(data); err != nil {
			return err
		}
	}
	return nil
}

// Hear takes a message in.
func (d *Desk) Hear(data []byte) error {
	frame, err := syncproto.DecodeFrame(data)
	if err != nil {
		return err
	}
	return d.do(d.machine.Step(d.Reading(), session.Heard{Frame: frame}))
}
