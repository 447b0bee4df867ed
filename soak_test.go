package redress_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"redress/server/gateway/gatewaytest"
	"redress/server/servertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

var soakRate = flag.Int("rate", 1000, "how many commands a second TestSoak hands in")

const (
	// A desk stays so long before it leaves, and is away so long before it comes back.
	shortestStay, longestStay = 5 * time.Second, time.Minute
	shortestAway, longestAway = time.Second, 10 * time.Second
	// soakUnderWay is from how many commands without a verdict on a desk takes no more.
	soakUnderWay = 32
	// soakNotes is how many notes there are to a ticket.
	soakNotes = 100
	// soakCache is how many MiB the server has for documents that are kept ready: so few that they are full in the
	// first quarter of an hour, and what grows then is something else.
	soakCache = "16"
	// soakPatience is how long a desk that goes waits for its verdicts.
	soakPatience = time.Minute
)

// TestSoak has desks come and go for a long while, and hand in so many commands a second in all.
// What the server needs of memory and of the disk beside the log, and how long people wait, must
// not grow with what it has taken; nothing handed in is lost: each command is told to be accepted,
// and stands in the log once, in its place in the desk's line (invariants 2, 8, 20).
//
// Real are the server's program, in a process of its own, with its copy of the log on the same
// disk, and the sockets; the desks have no databases, speak the protocol as desks do, each from
// an address of its own, and share the machine with the server. Of each region five hear of each
// other.
//
//	make soak SOAK=1h RATE=1000 DESKS=500
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("SOAK"))
	if err != nil {
		t.Skip("asked for by make soak")
	}
	s := newSoak(t, *benchDesks)
	s.run(length)
	s.holdsAll()
	t.Log(strings.TrimSpace(s.server.Run("verify")))
}

// soak is the load and its server.
type soak struct {
	t      *testing.T
	server *servertest.Program
	desks  []*soakDesk
	due    chan struct{} // a command that is to be given
	book   soakBook
}

// soakDesk is one desk that comes and goes.
type soakDesk struct {
	*gatewaytest.Desk
	soak           *soak
	number         int
	code           string
	centre, region syncproto.ID
	underWay       map[syncproto.ID]time.Time // when it was handed in; zero where the line was gone meanwhile
	ticket         syncproto.ID
	given          int
}

// newSoak opens an office with a manager for every five desks, and has every desk enrol and log in.
func newSoak(t *testing.T, desks int) *soak {
	t.Helper()
	began := time.Now()
	r := &ring{t: t, server: servertest.New(t, servertest.Build(t))}
	r.operate("init")
	r.server.Start()
	r.keepCopy("--cache", soakCache)
	s := &soak{t: t, server: r.server, due: make(chan struct{}, *soakRate)}
	centre := unitID(t, r.operate("unit", "呼叫中心", "--kind", "call-centre"))
	for n := 0; len(s.desks) < desks; n++ {
		region, people := r.hire(fmt.Sprintf("soak%d", n), fmt.Sprintf("第%d区", n), min(5, desks-len(s.desks)))
		for _, p := range people {
			s.desks = append(s.desks, s.desk(p, centre, region, len(s.desks)))
		}
	}
	each(t, desks, func(ctx context.Context, n int) error { return s.desks[n].admit(ctx) })
	t.Logf("%d desks enrolled and logged in after %v", desks, time.Since(began).Round(time.Second))
	return s
}

func (s *soak) desk(p servertest.Person, centre, region syncproto.ID, number int) *soakDesk {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	d := &soakDesk{soak: s, number: number, centre: centre, region: region, underWay: map[syncproto.ID]time.Time{}}
	d.Desk = &gatewaytest.Desk{URL: "http://" + s.server.Address, Login: p.Login, Password: p.Password, Key: key, NewID: coreID, Told: d.told,
		Clock: func() syncproto.Instant { return syncproto.InstantOf(time.Now()) }, Dialer: net.Dialer{LocalAddr: officeAddress(number)}}
	d.code = p.Code
	return d
}

// admit enrols and logs in.
func (d *soakDesk) admit(ctx context.Context) error {
	if err := d.Enrol(ctx, d.code); err != nil {
		return fmt.Errorf("%s cannot enrol: %w", d.Login, err)
	}
	return d.LogIn(ctx)
}

// run has them come and go for so long, and in the end all have their verdicts.
func (s *soak) run(length time.Duration) {
	s.t.Helper()
	s.book.begin(length)
	ending, end := context.WithTimeout(s.t.Context(), length)
	defer end()
	var group sync.WaitGroup
	failures := make(chan error, len(s.desks))
	for _, d := range s.desks {
		group.Go(func() { failures <- d.comeAndGo(ending) })
	}
	group.Go(func() { s.pace(ending) })
	group.Go(func() { s.watch(ending) })
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			s.t.Error(err)
		}
	}
	given := 0
	for _, d := range s.desks {
		given += d.given
		if len(d.underWay) > 0 || len(d.Outbox) > 0 {
			s.t.Errorf("the desk %d has no verdict on %d commands, and %d in its outbox", d.number, len(d.underWay), len(d.Outbox))
		}
	}
	s.book.judge(s.t, given)
}

// holdsAll makes every desk's line anew from the log, in which each command has to follow the one
// before it: it ends where the desk's own does.
func (s *soak) holdsAll() {
	s.t.Helper()
	lines := map[syncproto.ID]syncproto.Link{} // of each device
	r := &ring{t: s.t, server: s.server}
	r.view(func(v *store.View) error {
		for after := uint64(0); ; {
			entries, err := v.Entries(after, 1000)
			if err != nil || len(entries) == 0 {
				return err
			}
			for _, e := range entries {
				var header syncproto.Header
				var payload syncproto.Payload
				if err := errors.Join(syncproto.Decode(e.Header, &header), syncproto.Decode(e.Payload, &payload)); err != nil {
					return err
				}
				after = header.Seq
				c := payload.Command
				if c.Device.IsZero() {
					continue // the server's own, or the command line's
				}
				if lines[c.Device].Next(c.Incarnation, c.CommandHash()) != c.Link() {
					s.t.Errorf("entry %d: command %d of %v does not follow command %d", header.Seq, c.Counter, c.Device, lines[c.Device].Counter)
				}
				lines[c.Device] = c.Link()
			}
		}
	})
	for _, d := range s.desks {
		if own := d.Links[len(d.Links)-1]; own != lines[d.Device] || own.Counter != uint64(d.given) {
			s.t.Errorf("the desk %d gave %d commands and its line ends at %d; in the log it ends at %d", d.number, d.given, own.Counter, lines[d.Device].Counter)
		}
	}
}

// pace has commands be due, so many a second. What no desk takes within a second is not handed in:
// then the server is slower than asked for, and the rate says so.
func (s *soak) pace(ctx context.Context) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	began, sent := time.Now(), 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for until := int(time.Since(began).Seconds() * float64(*soakRate)); sent < until; sent++ {
			select {
			case s.due <- struct{}{}:
			default:
			}
		}
	}
}

// comeAndGo is a desk's life.
func (d *soakDesk) comeAndGo(ending context.Context) error {
	dice := mathrand.New(mathrand.NewPCG(uint64(d.number), 20))
	between := func(a, b time.Duration) <-chan time.Time {
		return time.After(a + time.Duration(dice.Int64N(int64(b-a))))
	}
	for ending.Err() == nil {
		select {
		case <-between(0, longestAway):
		case <-ending.Done():
		}
		if err := d.stay(ending, between(shortestStay, longestStay), dice.IntN(4) == 0); err != nil {
			return fmt.Errorf("the desk %d, after %d commands: %w", d.number, d.given, err)
		}
	}
	return d.stay(ending, nil, false) // for what the last sudden leaving left
}

// stay is a session: it works until it is time to leave, and leaves when it has its verdicts, or
// suddenly.
func (d *soakDesk) stay(ending context.Context, leaves <-chan time.Time, suddenly bool) (err error) {
	if err := d.Dial(context.WithoutCancel(ending)); err != nil {
		return err
	}
	heard := d.Listen()
	defer func() {
		_ = d.Hang() // the server may have been quicker
		for range heard {
		}
		for id := range d.underWay {
			d.underWay[id] = time.Time{}
		}
		err = errors.Join(err, d.Forget())
	}()
	passes := time.NewTicker(5 * time.Second)
	defer passes.Stop()
	due, over := d.soak.due, ending.Done()
	var tooLong <-chan time.Time
	for leaving := false; !leaving || !d.Current || len(d.underWay) > 0 || len(d.Outbox) > 0; {
		now := due
		if leaving || !d.Current || len(d.underWay) >= soakUnderWay {
			now = nil
		}
		select {
		case data, more := <-heard:
			if !more {
				return errors.Join(errors.New("the line is gone"), d.Ended())
			}
			if err = d.Hear(data); err == nil && (leaving || len(d.Outbox) > 2*soakUnderWay) {
				err = d.Forget()
			}
		case <-now:
			err = d.give()
		case <-passes.C:
			err = d.Pass()
		case <-leaves:
			if suddenly {
				return nil
			}
			leaving, leaves, tooLong = true, nil, time.After(soakPatience)
		case <-over:
			leaving, over, tooLong = true, nil, time.After(soakPatience)
		case <-tooLong:
			return fmt.Errorf("it waited %v for %d verdicts", soakPatience, len(d.underWay))
		}
		if err != nil || d.Ended() != nil {
			return errors.Join(err, d.Ended())
		}
	}
	return nil
}

// give gives a command: a ticket, and notes on it.
func (d *soakDesk) give() error {
	kind, command := syncproto.CommandNote, any(ticket.Note{Ticket: d.ticket, Text: "已联系服务站，备件明天到，客户同意周六到店。"})
	if d.given%(soakNotes+1) == 0 {
		d.ticket = d.NewID()
		kind, command = syncproto.CommandOpen, ticket.Open{ID: d.ticket, Number: fmt.Sprintf("S%03d-%05d", d.number, d.given/(soakNotes+1)+1), Subject: "远程车控失败",
			Channel: "400热线", Board: "智能功能", Type: "投诉", Category: "产品质量", Region: d.region, CallCentre: d.centre,
			Customer: customer.Caller{ID: d.NewID(), Name: "刘洋", Phones: []string{"13800138000"}}}
	}
	id, err := d.Tap(kind, command)
	d.given++
	d.underWay[id] = time.Now()
	return err
}

// told notes how long a verdict took.
func (d *soakDesk) told(v syncproto.Verdict) {
	since, is := d.underWay[v.Command]
	if !is {
		return
	}
	delete(d.underWay, v.Command)
	now := time.Now()
	took := acknowledged{accepted: v.Outcome == syncproto.Accepted}
	if !since.IsZero() {
		took.handedIn, took.decided = now.Sub(since), now.Sub(v.Time.Time())
	}
	d.soak.book.note(took)
}
