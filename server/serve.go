package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"redress/server/attendance"
	"redress/server/disk"
	"redress/server/gateway"
	"redress/server/ledger"
	"redress/server/logcopy"
	"redress/server/metrics"
	"redress/server/scheduler"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
)

const (
	// comeBackWithin is over how long desks come back after a shutdown, each at its own
	// time.
	comeBackWithin = 30 * syncproto.Second
	// mostKept is how many MiB may be asked to stay free.
	mostKept = 1 << 30
	// mostCached is how many MiB of memory documents may be kept ready in.
	mostCached = 1 << 20
	// goodbyeLimit is how long a shutdown waits for sessions to end.
	goodbyeLimit = 5 * time.Second
)

func serve(ctx context.Context, w world, arguments []string) (err error) {
	f := newForm("serve", "Serves desks until it is interrupted. Outside of loopback it needs a certificate.")
	listen := f.String("listen", "127.0.0.1:7900", "`address` to listen on")
	certificate := f.String("tls-cert", "", "`file` with the certificate, PEM")
	key := f.String("tls-key", "", "`file` with its key, PEM")
	metricsAt := f.String("metrics", "", "loopback `address` at which Prometheus may ask how the server is, as 127.0.0.1:7901; without it nobody may")
	keep := f.Uint64("keep-free", disk.Keep>>20, "`MiB` that stay free on the disk of the data: with less, nothing more is taken and reading goes on")
	cache := f.Uint64("cache", ledger.CacheBytes>>20, "`MiB` of memory for documents that are kept ready")
	copyTo := f.String("copy", "", "`directory` on another disk in which a copy of the log is kept; it has to be there")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	secure, err := secureBy(f, *listen, *certificate, *key)
	if err != nil {
		return err
	}
	if err := loopbackOnly(f, *metricsAt); err != nil {
		return err
	}
	if *keep > mostKept {
		return f.wrong("keep-free", "%d MiB is more than any disk has", *keep)
	}
	if *cache == 0 || *cache > mostCached {
		return f.wrong("cache", "%d MiB is not between 1 and %d", *cache, mostCached)
	}
	log := zerolog.New(w.err).With().Timestamp().Logger()
	s := &server{log: log, changed: make(chan struct{}, 1), confirmed: make(chan struct{}, 1), started: time.Now()}
	if err := s.open(ctx, *f.data, *keep<<20); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	s.ledger.Cache(int(*cache << 20))
	if err := s.prepare(ctx, *copyTo); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.closeCopy()) }()
	return s.run(ctx, addresses{data: *f.data, desks: *listen, metrics: *metricsAt}, secure)
}

// secureBy loads the certificate. Without one only loopback is served: passwords would
// cross the network in the clear.
func secureBy(f *form, listen, certificate, key string) (*tls.Config, error) {
	host, port, err := net.SplitHostPort(listen)
	if _, odd := strconv.ParseUint(port, 10, 16); err != nil || odd != nil { // 0 lets the system choose
		return nil, f.wrong("listen", "%q is not an address like 127.0.0.1:7900", listen)
	}
	if certificate == "" && key == "" {
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return nil, f.wrong("listen", "%s is not loopback, so desks need TLS: give --tls-cert and --tls-key", listen)
		}
		return nil, nil //nolint:nilnil // no certificate is an answer
	}
	switch {
	case certificate == "":
		return nil, f.wrong("tls-cert", "it belongs to --tls-key and is missing")
	case key == "":
		return nil, f.wrong("tls-key", "it belongs to --tls-cert and is missing")
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("loading the certificate (--tls-cert %s, --tls-key %s): %w\nBoth are PEM files; the first begins with the server's own certificate, the second is its key", certificate, key, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// server is everything that runs.
type server struct {
	*central
	log       zerolog.Logger
	hub       *gateway.Hub
	sockets   *gateway.Sockets
	scheduler *scheduler.Scheduler
	copy      *logcopy.Follower // nil where no copy is kept
	room      *disk.Watch
	commits   *metrics.Commits
	figures   *metrics.Log
	changed   chan struct{}
	confirmed chan struct{}
	started   time.Time
}

// open opens the data. Its ledger writes nothing where less than keep bytes are free.
func (s *server) open(ctx context.Context, data string, keep uint64) (err error) {
	if _, err = databasePath(data); err != nil {
		return err
	}
	if s.room, err = disk.NewWatch(data, keep); err != nil {
		return err
	}
	s.commits = metrics.NewCommits(s.mono)
	s.central, err = openCentral(ctx, data, s.log, s.room.Guard, s.commits.Store)
	return err
}

// prepare brings up everything but the ports.
func (s *server) prepare(ctx context.Context, copyTo string) (err error) {
	c, log := s.central, s.log
	s.hub = gateway.NewHub(c.ledger, c.store, c.access, gateway.Chance{Fill: fill, NewID: newID}, log)
	s.hub.OnCaught = func() { poke(s.changed) }
	c.access.OnPassword = func(person syncproto.ID) {
		s.hub.LogOut(person)
		if s.copy != nil { // nothing in the log says of it, and the one before must not come back from the copy
			s.copy.Poke()
		}
	}
	if s.hub.Attendance, err = attendance.Open(ctx, c.store); err != nil {
		return err
	}
	s.figures = metrics.NewLog()
	if err := s.figures.Begin(ctx, c.store, c.ledger.Reference()); err != nil {
		return err
	}
	c.ledger.OnAdvance(s.figures.Advanced)
	s.sockets = &gateway.Sockets{Hub: s.hub, Ledger: c.ledger, Clock: now}
	c.ledger.OnAdvance(s.hub.Advanced)
	c.ledger.OnAdvance(func(ledger.Advance) { poke(s.changed) })
	if err := s.keepCopy(ctx, copyTo); err != nil {
		return err
	}
	if err := s.begin(ctx); err != nil {
		return errors.Join(err, s.closeCopy())
	}
	// Last, for desks have some time from then on to hand in first: a copy that is begun anew takes long.
	s.scheduler = scheduler.New(c.store, s.hub, s.moment(), c.ledger.LastTime())
	return nil
}

// begin has what waits decided again; a server that was restored first waits for what it
// lacks. Where there is no room it goes on waiting: nothing of it is lost.
func (s *server) begin(ctx context.Context) error {
	if !s.ledger.Restoring() {
		if err := s.ledger.Retry(ctx, now()); !store.Passing(err) {
			return err
		}
		s.log.Error().Msg("what waits could not be decided again: start again when the database can be written")
		return nil
	}
	again, err := s.store.Reoffered(ctx)
	if err != nil {
		return err
	}
	return s.hub.Collect(ctx, now(), again)
}

// collectEvery is how often a restored server looks whether it has all it lacked.
const collectEvery = time.Second

// collect waits until a restored server has what it lacked, and decides it.
func (s *server) collect(ctx context.Context) error {
	ticker := time.NewTicker(collectEvery)
	defer ticker.Stop()
	for {
		if over, err := s.hub.Collected(ctx, now()); over || err != nil && !store.Passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// keepCopy begins to copy the log. Where the copy cannot be written the server goes on, says
// so, and authority waits; beside a copy that is not this log's, or further than it, it must
// not begin at all.
func (s *server) keepCopy(ctx context.Context, directory string) error {
	if directory == "" {
		s.log.Warn().Msg("no copy of the log is kept elsewhere: a lost disk loses what was acknowledged and can overspend")
		return nil
	}
	s.copy = logcopy.Follow(directory, s.store, s.log)
	s.copy.OnMark(s.hub.Marked)
	s.hub.Copy = s.copy
	s.ledger.OnAdvance(func(ledger.Advance) { s.copy.Poke() })
	if err := s.copy.Step(ctx); logcopy.Fatal(err) {
		return err
	} else if err == nil {
		s.log.Info().Str("directory", directory).Uint64("mark", s.copy.Mark()).Msg("a copy of the log is kept")
	}
	return nil
}

// copyRest has the copy hold all there is, when nothing more comes: another machine may go on from it.
func (s *server) copyRest(ctx context.Context) {
	if s.copy == nil {
		return
	}
	if err := s.copy.Step(ctx); err != nil {
		s.log.Error().Err(err).Msg("the copy of the log lacks what came last")
	}
}

func (s *server) closeCopy() error {
	if s.copy == nil {
		return nil
	}
	return s.copy.Close()
}

// poke leaves a sign that something changed; one is enough.
func poke(sign chan struct{}) {
	select {
	case sign <- struct{}{}:
	default:
	}
}

// confirm takes an operator's word that the clock is right.
func (s *server) confirm() {
	s.ledger.Confirm(now())
	s.hub.ClockIsRight(now())
	poke(s.confirmed)
}

// moment is what both clocks show.
func (s *server) moment() scheduler.Moment { return scheduler.Moment{Wall: now(), Mono: s.mono()} }

// mono is how long the server has been running.
func (s *server) mono() syncproto.Span { return syncproto.SpanOf(time.Since(s.started)) }

// addresses are where the server is reached.
type addresses struct{ data, desks, metrics string }

// run serves until ctx is done or something fails.
func (s *server) run(ctx context.Context, at addresses, secure *tls.Config) (err error) {
	ports, err := listen(ctx, at)
	if err != nil {
		return err
	}
	door := &gateway.Door{Access: s.access, Sockets: s.sockets, Clock: now, Log: s.log, Troubles: s.troubles}
	listener := door.Listen(ports.desks)
	if secure != nil {
		listener = tls.NewListener(listener, secure)
	}
	// Sessions and loops outlive ctx a little, to say goodbye and to finish.
	living, end := context.WithCancel(context.WithoutCancel(ctx))
	var loops sync.WaitGroup
	defer func() {
		end()
		loops.Wait()
		if err == nil {
			s.copyRest(context.WithoutCancel(ctx))
		}
	}()
	desks := door.Server(living)
	limits := gateway.DefaultLimits()
	operators := &http.Server{Handler: s.adminHandler(now, s.confirm, s.log), ReadHeaderTimeout: limits.Header}
	watchers := &http.Server{Handler: s.metricsHandler(), ReadHeaderTimeout: limits.Header, ReadTimeout: limits.Request, IdleTimeout: limits.Idle}
	failed := make(chan error, 10)
	loop := func(f func() error) { loops.Go(func() { failed <- f() }) }
	loop(func() error { return s.ledger.Run(living, now) })
	loop(func() error { return s.scheduler.Run(living, s.surroundings()) })
	loop(func() error { return s.hub.Attendance.Run(living, s.log) })
	if s.ledger.Restoring() {
		loops.Go(func() {
			if err := s.collect(living); err != nil {
				failed <- err
			}
		})
	}
	if s.copy != nil {
		loop(func() error { return s.copy.Run(living) })
	}
	loop(func() error { return desks.Serve(listener) })
	loop(func() error { return operators.Serve(ports.office) })
	loop(func() error { return s.room.Run(living, s.roomChanged) })
	loop(func() error { return s.watchHold(living) })
	if ports.metrics != nil {
		loop(func() error { return watchers.Serve(ports.metrics) })
		s.log.Info().Str("address", ports.metrics.Addr().String()).Msg("metrics are shown")
	}
	s.log.Info().Str("address", listener.Addr().String()).Bool("tls", secure != nil).Uint64("head", s.ledger.Head().Seq).Msg("serving")
	select {
	case <-ctx.Done():
		s.log.Info().Msg("going down")
	case err = <-failed:
		s.log.Error().Err(err).Msg("the server has to stop")
	}
	s.goodbye(living, desks, operators, watchers)
	return err
}

// surroundings is what the scheduler's loop needs.
func (s *server) surroundings() scheduler.World {
	ticking := scheduler.Ticking{Ledger: s.ledger, Clock: now, Log: s.log}
	return scheduler.World{
		Clock: s.moment, Policy: func() policy.Body { return s.ledger.Reference().Policy }, Put: ticking.Put,
		Changed: s.changed, Confirmed: s.confirmed, Log: s.log,
	}
}

// goodbye tells every desk when to come back, and ends what runs.
func (s *server) goodbye(ctx context.Context, servers ...*http.Server) {
	limited, stop := context.WithTimeout(ctx, goodbyeLimit)
	defer stop()
	s.hub.Close(syncproto.CodeShutdown, comeBackWithin)
	over := make(chan struct{})
	go func() {
		s.sockets.Wait()
		close(over)
	}()
	select {
	case <-over:
	case <-limited.Done():
	}
	for _, h := range servers {
		if err := h.Shutdown(limited); err != nil {
			s.log.Warn().Err(err).Msg("not everything ended in time")
		}
	}
}
