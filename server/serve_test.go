package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"redress/server/gateway/gatewaytest"
	"redress/server/logcopy"
	"redress/server/scheduler"
	"redress/syncproto"
)

// serving is a server's log that says when it listens, and where.
type serving struct {
	mutex   sync.Mutex
	ready   chan struct{}
	address string
	text    bytes.Buffer
}

// Write takes one line of the log.
func (s *serving) Write(line []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var said struct{ Message, Address string }
	if json.Unmarshal(line, &said) == nil && said.Message == "serving" {
		s.address = said.Address
		close(s.ready)
	}
	return s.text.Write(line)
}

// certificate is one for 127.0.0.1 that signs itself, and who trusts it.
func certificate(t *testing.T) (certFile, keyFile string, trust *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, data []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trust = x509.NewCertPool()
	trust.AddCert(parsed)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private), trust
}

func TestOutsideOfLoopbackItSpeaksTLS(t *testing.T) {
	data, _ := place(t)
	cert, key, trust := certificate(t)
	ctx, stop := context.WithCancel(t.Context())
	log := &serving{ready: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, world{out: log, err: log}, []string{"serve", "--data", data, "--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key})
	}()
	<-log.ready
	_, port, err := net.SplitHostPort(log.address)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}}}
	response, err := client.Get("https://127.0.0.1:" + port + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Errorf("it answers %s", response.Status)
	}
	response.Body.Close()
	client.CloseIdleConnections()
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("it ended with status %d:\n%s", status, log.text.String())
	}
}

// TestAPortThatIsTakenIsSaid, and the data is free again.
func TestAPortThatIsTakenIsSaid(t *testing.T) {
	data, _ := place(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for range 2 {
		said := call(t, "", "serve", "--data", data, "--listen", taken.Addr().String())
		if said.status != 1 || !bytes.Contains([]byte(said.err), []byte("address already in use")) {
			t.Errorf("%+v", said)
		}
	}
}

// TestWhatIsDueWaitsFromWhenDesksCanCome: a long log is copied elsewhere before the server serves. Only then
// begins the time in which nothing fires and desks can hand in first.
func TestWhatIsDueWaitsFromWhenDesksCanCome(t *testing.T) {
	data, flags := place(t)
	if said := call(t, "", append([]string{"seed-demo", "--tickets", "120", "--days", "30"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	s, copied := &server{log: zerolog.Nop(), changed: make(chan struct{}, 1), started: time.Now()}, t.TempDir()
	if err := s.open(t.Context(), data, 0); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	if err := s.prepare(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	defer s.closeCopy()
	last, err := os.Stat(filepath.Join(copied, logcopy.File))
	if err != nil {
		t.Fatal(err)
	}
	policy, now := s.ledger.Reference().Policy, s.moment()
	until := syncproto.InstantOf(last.ModTime()).Add(policy.HoldAfterStart) - 1
	look, err := s.scheduler.Look(t.Context(), scheduler.Moment{Wall: until, Mono: now.Mono + until.Sub(now.Wall)}, policy)
	if open := now.Wall.Add(policy.HoldAfterStart); err != nil || len(look.Ticks) > 0 || look.Again <= until || look.Again > open {
		t.Errorf("%d ticks, again at %v, %v; want none, and again between %v and %v", len(look.Ticks), look.Again, err, until, open)
	}
}

// TestEveryDeskIsToldWhenToComeBack as the server goes down, each its own time, so that they do not all come at
// once when it is up again.
func TestEveryDeskIsToldWhenToComeBack(t *testing.T) {
	data, flags := place(t)
	seeded := call(t, "", append([]string{"seed-demo", "--tickets", "0"}, flags...)...)
	s := show(t, data)
	var desks []*gatewaytest.Desk
	for _, role := range []string{"seat", "manager", "liaison", "head"} {
		desks = append(desks, s.demoDesks(seeded.out, role)...)
	}
	for _, d := range desks {
		if err := d.Dial(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Play(func() bool { return d.Current }); err != nil {
			t.Fatal(err)
		}
	}
	status := make(chan int, 1)
	go func() { status <- s.stop() }()
	var waits []syncproto.Span
	for _, d := range desks {
		var ended *gatewaytest.Ended
		if err := d.Play(func() bool { return false }); !errors.As(err, &ended) || ended.Code != syncproto.CodeShutdown {
			t.Fatalf("%s hears %v, want %s", d.Login, err, syncproto.CodeShutdown)
		}
		if ended.RetryAfter < syncproto.Second || ended.RetryAfter > 31*syncproto.Second {
			t.Errorf("%s comes back in %v", d.Login, ended.RetryAfter)
		}
		waits = append(waits, ended.RetryAfter)
	}
	if got := <-status; got != 0 {
		t.Errorf("it ended with status %d:\n%s", got, s.text())
	}
	slices.Sort(waits)
	if len(waits) < 20 || len(slices.Compact(slices.Clone(waits))) < len(desks) || waits[len(waits)-1]-waits[0] < 15*syncproto.Second {
		t.Errorf("%d desks come back after %v", len(desks), waits)
	}
}
