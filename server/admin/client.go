package admin

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"

	"redress/syncproto"
)

// SocketPath is where a server with this data directory listens for the command line.
func SocketPath(data string) string { return filepath.Join(data, "admin.sock") }

// Client asks a Handler, over the socket of a running server or directly.
type Client struct{ http http.Client }

// Dial is a client of the server running on a data directory.
func Dial(data string) *Client {
	var dialer net.Dialer
	return &Client{http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", SocketPath(data))
		},
	}}}
}

// Direct is a client of a handler in this process.
func Direct(h http.Handler) *Client { return &Client{http.Client{Transport: direct{h}}} }

// direct carries requests to a handler without a network.
type direct struct{ handler http.Handler }

// RoundTrip lets the handler answer.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := &reply{header: http.Header{}, status: http.StatusOK}
	d.handler.ServeHTTP(answer, r)
	return &http.Response{
		Status: http.StatusText(answer.status), StatusCode: answer.status, Header: answer.header,
		Body: io.NopCloser(&answer.body), Request: r,
	}, nil
}

// reply is what a handler answered.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the answer's header.
func (r *reply) Header() http.Header { return r.header }

// WriteHeader notes the status.
func (r *reply) WriteHeader(status int) { r.status = status }

// Write adds to the body.
func (r *reply) Write(data []byte) (int, error) { return r.body.Write(data) }

// Ask sends a request and reads the answer into answer, a pointer. What the server refused
// is a Problem.
func (c *Client) Ask(ctx context.Context, path string, request, answer any) error {
	data, err := syncproto.Encode(request)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://server"+path, bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("asking the server for %s: %w", path, err)
	}
	response, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("asking the server for %s: %w", path, err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxRequest))
	if closed := response.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("asking the server for %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		var refusal Refusal
		if err := syncproto.Decode(body, &refusal); err != nil {
			return fmt.Errorf("asking the server for %s: %s", path, response.Status)
		}
		return &syncproto.Problem{Code: refusal.Code, Doing: "asking the server for " + path, Detail: refusal.Detail}
	}
	return syncproto.Decode(body, answer)
}
