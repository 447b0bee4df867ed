package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// What a record is made of: the texts of a ticket that is opened, and of a note on it.
var (
	ticketFields = []string{"number", "channel", "board", "type", "category", "subject", "description", "region", "callCentre", "customer", "name", "phone"}
	noteFields   = []string{"ticket", "text"}
)

// recordOf is the kth record of the nth client: a ticket, and then four notes on it.
func recordOf(n, k int) (collection string, fields map[string]string) {
	number := fmt.Sprintf("W%03d-%05d", n, k/5+1)
	if k%5 > 0 {
		return "notes", map[string]string{"ticket": number, "text": "已联系服务站，备件明天到，客户同意周六到店。"}
	}
	const id = "019b1a2c-7d3e-7f40-8a51-b26c3d4e5f60" // as long as one
	return "tickets", map[string]string{"number": number, "channel": "400热线", "board": "智能功能", "type": "投诉", "category": "产品质量",
		"subject": "远程控制失败", "description": "客户反映车辆远程控制多次失败，已到店检测两次，未能解决，要求尽快给出处理方案。",
		"region": id, "callCentre": id, "customer": id, "name": "刘洋", "phone": "13800000000"}
}

// person is one client with its connection.
type person struct {
	url    string
	client *http.Client
	token  string
}

// logIn does as the API asks: the token of the answer goes with every later request.
func (p *person) logIn(ctx context.Context, email, password string) error {
	answer, err := p.post(ctx, "/api/collections/users/auth-with-password", map[string]string{"identity": email, "password": password})
	if err != nil {
		return err
	}
	var found struct{ Token string }
	err = json.Unmarshal(answer, &found)
	p.token = found.Token
	return err
}

// create makes the records of the nth client one after the other; or so many a request, by
// the batch API.
func (p *person) create(ctx context.Context, n, records, batch int) error {
	for k := 0; k < records; k += max(batch, 1) {
		collection, fields := recordOf(n, k)
		path, body := recordsOf(collection), any(fields)
		if batch > 0 {
			path, body = "/api/batch", batchOf(n, k, min(k+batch, records))
		}
		if _, err := p.post(ctx, path, body); err != nil {
			return err
		}
	}
	return nil
}

func recordsOf(collection string) string { return "/api/collections/" + collection + "/records" }

// batchOf asks for several records in one request.
func batchOf(n, from, to int) any {
	type request struct {
		Method string            `json:"method"`
		URL    string            `json:"url"`
		Body   map[string]string `json:"body"`
	}
	var all []request
	for k := from; k < to; k++ {
		collection, fields := recordOf(n, k)
		all = append(all, request{http.MethodPost, recordsOf(collection), fields})
	}
	return map[string]any{"requests": all}
}

// post sends a request and reads the whole answer, so that the connection is kept.
func (p *person) post(ctx context.Context, path string, body any) ([]byte, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", p.token)
	response, err := p.client.Do(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	if response.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s: %s: %s", path, response.Status, answer)
	}
	return answer, nil
}

// patience is how long after the last answer a listener may still hear of records.
const patience = time.Minute

// listen has every person listen to all tickets and notes. heard waits until each of them
// got so many.
func listen(ctx context.Context, people []*person, all int) (heard func() error, err error) {
	ctx, stop := context.WithCancel(ctx)
	streams := make([]*stream, len(people))
	err = together(people, func(n int, p *person) (err error) {
		streams[n], err = p.listen(ctx)
		return err
	})
	if err != nil {
		stop()
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- together(people, func(n int, _ *person) error { return streams[n].count(all) }) }()
	return func() error {
		defer stop()
		defer time.AfterFunc(patience, stop).Stop()
		return <-ended
	}, nil
}

// stream is one person's server-sent events.
type stream struct {
	body  io.ReadCloser
	lines *bufio.Scanner
}

// listen connects, and subscribes under the name that the first event gives.
func (p *person) listen(ctx context.Context) (*stream, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/api/realtime", nil)
	if err != nil {
		return nil, err
	}
	response, err := p.client.Do(r) //nolint:bodyclose // count closes it
	if err != nil {
		return nil, err
	}
	s := &stream{body: response.Body, lines: bufio.NewScanner(response.Body)}
	var client struct{ ClientID string }
	for s.lines.Scan() {
		if data, found := strings.CutPrefix(s.lines.Text(), "data:"); found {
			if err := json.Unmarshal([]byte(data), &client); err != nil {
				return nil, err
			}
			break
		}
	}
	_, err = p.post(ctx, "/api/realtime", map[string]any{"clientId": client.ClientID, "subscriptions": []string{"tickets/*", "notes/*"}})
	return s, err
}

// count reads until so many records were heard of.
func (s *stream) count(all int) (err error) {
	defer func() { err = errors.Join(err, s.body.Close()) }()
	heard := 0
	for heard < all && s.lines.Scan() {
		if strings.HasPrefix(s.lines.Text(), "data:") {
			heard++
		}
	}
	if heard < all {
		return fmt.Errorf("a listener heard %d of %d: %w", heard, all, s.lines.Err())
	}
	return nil
}

// together has all people do something at once; the errors of all are one.
func together(people []*person, do func(n int, p *person) error) error {
	failures := make([]error, len(people))
	var group sync.WaitGroup
	for n, p := range people {
		group.Go(func() { failures[n] = do(n, p) })
	}
	group.Wait()
	return errors.Join(failures...)
}
