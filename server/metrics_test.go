package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/metrics"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// shown is a running server of which Prometheus may ask.
type shown struct {
	t              *testing.T
	data           string
	desks, metrics string
	stop           func() int

	mutex sync.Mutex
	log   bytes.Buffer
	up    chan struct{}
}

// Write takes one line of the log.
func (s *shown) Write(line []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var said struct{ Message, Address string }
	if json.Unmarshal(line, &said) == nil {
		switch said.Message {
		case "metrics are shown":
			s.metrics = "http://" + said.Address + "/metrics"
		case "serving":
			s.desks = "http://" + said.Address
			close(s.up)
		}
	}
	return s.log.Write(line)
}

func (s *shown) text() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.log.String()
}

// show serves a log in this process, with further flags.
func show(t *testing.T, data string, flags ...string) *shown {
	t.Helper()
	s := &shown{t: t, data: data, up: make(chan struct{})}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, world{out: s, err: s}, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"}, flags...))
	}()
	s.stop = sync.OnceValue(func() int { stop(); return <-ended })
	t.Cleanup(func() { s.stop() })
	select {
	case <-s.up:
	case status := <-ended:
		t.Fatalf("it ended with status %d:\n%s", status, s.text())
	}
	return s
}

// get is what it answers.
func (s *shown) get(url string) (status int, body string) {
	s.t.Helper()
	response, err := http.Get(url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(data)
}

// scrape asks as Prometheus does.
func (s *shown) scrape() map[string]float64 {
	s.t.Helper()
	_, body := s.get(s.metrics)
	figures := map[string]float64{}
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		name, value, found := strings.Cut(lines.Text(), " ")
		if !found || strings.HasPrefix(name, "#") {
			continue
		}
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			s.t.Fatalf("%s: %v", lines.Text(), err)
		}
		figures[name] = number
	}
	return figures
}

// demoDesks enrols the demo's people with a role.
func (s *shown) demoDesks(seeded, role string) (desks []*gatewaytest.Desk) {
	s.t.Helper()
	for line := range strings.Lines(seeded) {
		f := strings.Fields(line)
		if len(f) < 5 || f[4] != role {
			continue
		}
		seed := newID()
		d := &gatewaytest.Desk{URL: s.desks, Login: f[0], Password: f[1], Clock: now, NewID: newID, Key: ed25519.NewKeyFromSeed(append(seed[:], seed[:]...))}
		if err := d.Enrol(s.t.Context(), f[2]); err != nil {
			s.t.Fatal(err)
		}
		if err := d.LogIn(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		desks = append(desks, d)
	}
	return desks
}

// counted is what the metrics should say of the log, counted from all there is.
func counted(t *testing.T, data string) map[string]float64 {
	t.Helper()
	s, err := store.OpenToRead(t.Context(), filepath.Join(data, store.File))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := map[string]float64{}
	err = s.View(t.Context(), func(v *store.View) error {
		head, err := v.Head()
		if err != nil {
			return err
		}
		want["redress_log_head"] = float64(head.Seq)
		parked, err := v.Parked()
		if err != nil {
			return err
		}
		for _, p := range parked {
			want[`redress_parked_commands{code="`+string(p.Code)+`"}`]++
		}
		return v.EveryDocument(func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			switch body := body.(type) {
			case authority.Body:
				want["redress_grants_outstanding_fen"] += float64(body.Reserved())
				want["redress_overdrafts_total"] += float64(body.Breaches)
			case ticket.Body:
				for _, c := range body.Clocks {
					if c.Result == escalation.Disputed {
						want["redress_disputes_open"]++
					}
				}
			}
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return want
}

func (s *shown) agrees(when string, got, want map[string]float64) {
	s.t.Helper()
	for name, value := range want {
		if got[name] != value {
			s.t.Errorf("%s: %s is %v, want %v", when, name, got[name], value)
		}
	}
}

// TestTheMetricsSayWhatWasDone: a server with a demo's history shows what a count of all of it
// gives, at its start and after commands; and what is no part of the log, it shows as it is.
func TestTheMetricsSayWhatWasDone(t *testing.T) {
	data, flags := place(t)
	seeded := call(t, "", append([]string{"seed-demo", "--tickets", "500", "--days", "30"}, flags...)...)
	if seeded.status != 0 {
		t.Fatalf("%+v", seeded)
	}
	s := show(t, data, "--copy", t.TempDir())
	want := counted(t, data)
	if want["redress_disputes_open"] == 0 || want["redress_overdrafts_total"]+want["redress_grants_outstanding_fen"] == 0 {
		t.Fatalf("the history shows too little: %v", want)
	}
	s.agrees("at the start", s.scrape(), want)

	desks := s.demoDesks(seeded.out, "seat")[:2]
	before := s.scrape()
	for _, d := range desks {
		if err := d.Dial(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Play(func() bool { return d.Current }); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 { // on a ticket that nobody opened: it waits
		note, err := desks[0].Tap(syncproto.CommandNote, ticket.Note{Ticket: newID(), Text: "已联系服务站"})
		if err != nil {
			t.Fatal(err)
		}
		if err := desks[0].Play(func() bool { return desks[0].Verdicts[note].Outcome == syncproto.Parked }); err != nil {
			t.Fatal(err)
		}
	}
	after, want := s.scrape(), counted(t, data)
	want["redress_sessions"], want["redress_sessions_opening"] = 2, 0
	want["redress_commit_duration_seconds_count"] = before["redress_commit_duration_seconds_count"] + 3
	want["redress_batch_commands_sum"] = before["redress_batch_commands_sum"] + 3
	want["redress_collecting"], want["redress_frozen_managers"], want["redress_heals_total"] = 0, 0, 0
	for _, word := range gateway.Troubles() {
		want[`redress_trouble{word="`+string(word)+`"}`] = 0
	}
	if want[`redress_parked_commands{code="waits-for"}`] < 3 {
		t.Errorf("%v wait", want)
	}
	s.agrees("after three commands", after, want)
	for _, name := range []string{"redress_wal_bytes", "redress_disk_free_bytes"} {
		if after[name] <= 0 {
			t.Errorf("%s is %v", name, after[name])
		}
	}
	if lag, told := after["redress_copy_lag_entries"]; !told || lag > 6 {
		t.Errorf("the copy lags %v", lag)
	}
}

// TestTheMetricsAreNotForDesks: at the desks' port there are none, and at their own nothing
// but a loopback address is taken.
func TestTheMetricsAreNotForDesks(t *testing.T) {
	data, _ := place(t)
	s := show(t, data)
	if status, body := s.get(s.desks + "/metrics"); status != http.StatusNotFound || strings.Contains(body, "redress_") {
		t.Errorf("desks are shown %d: %s", status, body)
	}
	for _, address := range []string{"0.0.0.0:7901", "192.168.1.7:7901", "[::]:7901", "metrics"} {
		if said := call(t, "", "serve", "--data", data, "--metrics", address); said.status != 2 || !strings.Contains(said.err, "--metrics") {
			t.Errorf("%s: %+v", address, said)
		}
	}
}

// rulesAreOnes says that the page's rules can be given to Prometheus as they stand: one that cannot be
// read has it take none of them. Each asks for figures that there are.
func rulesAreOnes(t *testing.T, page string, count int, names map[string]bool) {
	t.Helper()
	_, text, _ := strings.Cut(page, "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct{ Alert, Expr, For string }
		}
	}
	read := yaml.NewDecoder(strings.NewReader(text))
	read.KnownFields(true)
	if err := read.Decode(&file); err != nil {
		t.Fatalf("the rules cannot be read: %v", err)
	}
	if len(file.Groups) != 1 || len(file.Groups[0].Rules) != count || count < 15 {
		t.Fatalf("of %d rules these can be read: %+v", count, file)
	}
	for _, rule := range file.Groups[0].Rules {
		asked := regexp.MustCompile(`redress_\w+`).FindAllString(rule.Expr, -1)
		for _, name := range asked {
			if !names[strings.TrimSuffix(name, "_bucket")] {
				t.Errorf("%s asks for %s, which is no figure", rule.Alert, name)
			}
		}
		if len(asked) == 0 && rule.Expr != `up{job="redress"} == 0` {
			t.Errorf("%s asks for nothing of the server's: %s", rule.Alert, rule.Expr)
		}
	}
}

// TestOperatingSaysWhatToDo of each figure, each word, each limit, each alarm and each reason to wait.
func TestOperatingSaysWhatToDo(t *testing.T) {
	data, _ := place(t)
	text, err := os.ReadFile("OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	names := map[string]bool{"redress_copy_lag_entries": true}
	for name := range show(t, data).scrape() {
		name, _, _ = strings.Cut(name, "{")
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			name = strings.TrimSuffix(name, part)
		}
		names[name] = true
	}
	if len(names) < 20 {
		t.Errorf("only %d figures are shown", len(names))
	}
	for name := range names {
		if !strings.Contains(page, "`"+name) {
			t.Errorf("the page says nothing of %s", name)
		}
	}
	for _, word := range gateway.Troubles() {
		if !regexp.MustCompile("(?m)^\\| .*`" + string(word) + "`.* \\|$").MatchString(page) {
			t.Errorf("the page says nothing of %s", word)
		}
	}
	alarms := regexp.MustCompile(`alert: (Redress\w+)`).FindAllStringSubmatch(page, -1)
	for _, alarm := range alarms {
		if !regexp.MustCompile(`(?m)^\| .*\b` + alarm[1] + `\b.*\|.*\|.*\|$`).MatchString(page) {
			t.Errorf("the page does not say what to do at %s", alarm[1])
		}
	}
	rulesAreOnes(t, page, len(alarms), names)
	ask := regexp.MustCompile(`redress_parked_commands\{code=~"(.*)"\} > 0'`).FindStringSubmatch(page)
	if ask == nil {
		t.Fatal("no alarm asks for commands that wait for another program")
	}
	_, reasons, _ := strings.Cut(page, "| it waits with |")
	for code := range metrics.NewLog().Parked() {
		if !regexp.MustCompile("(?m)^\\| [^|]*`" + string(code) + "`[^|]*\\|[^|]+\\|[^|]+\\|$").MatchString(reasons) {
			t.Errorf("the page does not say what to do about what waits with %s", code)
		}
		byProgram := code == syncproto.CodeDefect || code == syncproto.CodeWaitsVersion // see Ledger.Retry
		if alarmed := slices.Contains(strings.Split(ask[1], "|"), string(code)); alarmed != byProgram {
			t.Errorf("what waits with %s: another program has to be installed %v, there is an alarm %v", code, byProgram, alarmed)
		}
	}
	for _, used := range regexp.MustCompile(`redress_\w+`).FindAllString(page, -1) {
		if name := strings.TrimSuffix(used, "_bucket"); !names[name] {
			t.Errorf("the page names %s, which is not shown", used)
		}
	}
}

// TestOperatingHasTheLimits as they stand in gateway/limits.go.
func TestOperatingHasTheLimits(t *testing.T) {
	text, err := os.ReadFile("OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := strings.Cut(string(text), "## Limits\n")
	number := func(n int) string {
		if n < 1000 {
			return strconv.Itoa(n)
		}
		return fmt.Sprintf("%d,%03d", n/1000, n%1000)
	}
	then := func(r gateway.Rate) string {
		switch a := int(syncproto.Second / r.Every); {
		case a > 1:
			return fmt.Sprintf(", then %d a second", a)
		case a == 1:
			return ", then one a second"
		}
		return fmt.Sprintf(", then one in %d s", int(r.Every/syncproto.Second))
	}
	l := gateway.DefaultLimits()
	if l.WatchesOfAddress != l.AsksOfAddress {
		t.Error("the page says that as many questions about all desks may be asked as others")
	}
	for _, want := range []string{
		number(l.Connections) + " lines at once, " + number(l.OfAddress) + " from one address",
		number(l.Sessions) + " sessions, of which " + number(l.Opening),
		fmt.Sprintf("%.0f s for a request's header", l.Header.Seconds()), fmt.Sprintf("%.0f s for the whole of it", l.Request.Seconds()),
		fmt.Sprintf("at most %d messages of %d KiB", l.FirstMessages, l.FirstBytes>>10),
		number(l.ByAddress.Burst) + " sessions begun in a row from one address" + then(l.ByAddress),
		number(l.ByDevice.Burst) + " of one device" + then(l.ByDevice),
		number(l.LoginsOfDevice.Burst) + " log-ins in a row from one device" + then(l.LoginsOfDevice),
		number(l.AsksOfAddress.Burst) + " enrolments and unsigned log-ins in a row from one address" + then(l.AsksOfAddress),
		number(l.NoncesOfAddress.Burst) + " nonces, which a log-in signs, in a row from one address" + then(l.NoncesOfAddress),
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
