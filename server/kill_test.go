package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/server/ledger"
	"redress/server/servertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

var kills = flag.Int("kills", 5, "how often TestKill kills the server")

// built is the real binary with a log of its own.
type built struct {
	t *testing.T
	*servertest.Program
	held map[syncproto.ID]bool // the commands whose verdicts were found
}

// desks enrols the demo's people who may open tickets, two of them twice.
func (b *built) desks() []*gatewaytest.Desk {
	b.t.Helper()
	var desks []*gatewaytest.Desk
	for _, p := range b.People("--tickets", "0") {
		if p.Role != "seat" && p.Role != "manager" {
			continue
		}
		seed := newID()
		d := &gatewaytest.Desk{URL: "http://" + b.Address, Login: p.Login, Password: p.Password, Clock: now, NewID: newID, Key: ed25519.NewKeyFromSeed(append(seed[:], seed[:]...))}
		if err := d.Enrol(b.t.Context(), p.Code); err != nil {
			b.t.Fatal(err)
		}
		if err := d.LogIn(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		desks = append(desks, d)
	}
	return desks
}

const (
	// window is how many commands a desk always has under way.
	window = 12
	// opens is how many tickets a desk opens; then it notes on them, so that a thousand kills do
	// not take a thousand times as long as one.
	opens = 20
	// patience is how many messages that bring nothing a desk hears before it is stuck: whoever gets
	// nothing else hears where the log ends every ten seconds.
	patience = 6
	// looksBack is after how many kills all that was ever acknowledged is looked for, not just
	// what is new.
	looksBack = 50
)

// work taps commands as fast as they are acknowledged, until the line is gone, and says why it is.
func work(ctx context.Context, d *gatewaytest.Desk, region, callCentre syncproto.ID, count func(int)) error {
	if err := d.Dial(ctx); err != nil {
		return err
	}
	defer func() { _ = d.Hang() }()
	if err := d.Play(func() bool { return d.Current }); err != nil {
		return err
	}
	for n := len(d.Outbox); ; n++ {
		number := fmt.Sprintf("%s-%05d", d.DeviceCode, n%opens+1)
		id := syncproto.Derive("ticket "+number, d.Device)
		kind, command := syncproto.CommandNote, any(ticket.Note{Ticket: id, Text: "已联系服务站，备件明天到"})
		if n < opens {
			open := ticket.Open{ID: id, Number: number, Channel: "400热线", Board: "智能功能", Type: "投诉",
				Category: "产品质量", Subject: "远程控制失败", Region: region, CallCentre: callCentre}
			open.Customer.ID, open.Customer.Name, open.Customer.Phones = newID(), "刘洋", []string{"13800000000"}
			kind, command = syncproto.CommandOpen, open
		}
		if _, err := d.Tap(kind, command); err != nil {
			return err
		}
		before := len(d.Verdicts)
		err := d.Play(func() bool { return len(d.Outbox)-len(d.Verdicts) < window })
		count(len(d.Verdicts) - before)
		if err != nil {
			return err
		}
	}
}

// handsIn has a desk come back and hand in what was under way, until all of it has a verdict and
// the desk all there is.
func handsIn(ctx context.Context, d *gatewaytest.Desk) error {
	if err := d.Dial(ctx); err != nil {
		return err
	}
	defer func() { _ = d.Hang() }()
	type stand struct{ verdicts, documents, cursor int }
	var last stand
	inVain := 0
	done := func() bool { return d.Current && len(d.Verdicts) == len(d.Outbox) }
	err := d.Play(func() bool {
		now := stand{len(d.Verdicts), len(d.Documents), int(d.Cursor)}
		if inVain++; now != last {
			last, inVain = now, 0
		}
		return done() || inVain > patience
	})
	if err == nil && !done() {
		err = errors.New("it hears, and nothing goes on")
	}
	return err
}

// TestKill: whatever was acknowledged is in the log, after any number of sudden deaths,
// and the log verifies (invariant 2). The copy of the log is a part of it from its beginning
// on, and holds every grant that was ever sent. Lines end only with the server. In the end it
// stays up: then every desk gets the verdict on all it ever gave, and holds all there is (21).
//
// The desks have no replica and spend nothing; TestKilledServer has those that do.
func TestKill(t *testing.T) {
	b := &built{t, servertest.New(t, servertest.Build(t)), map[syncproto.ID]bool{}}
	b.Copy = t.TempDir()
	b.Run("init", "--operator", b.Office)
	b.Start()
	desks := b.desks()
	b.Kill()
	region, callCentre := b.unit("华东区"), b.unit("呼叫中心")
	random := rand.New(rand.NewPCG(1, 2))
	underWay := 0
	for k := range *kills {
		if k > 0 && k%100 == 0 {
			t.Logf("%d kills", k)
		}
		b.Start()
		ctx, stop := context.WithCancel(t.Context())
		var acknowledged atomic.Int64
		var group sync.WaitGroup
		wanted := int64(1 + random.IntN(120))
		enough := make(chan struct{}, 1)
		count := func(n int) {
			if acknowledged.Add(int64(n)) >= wanted {
				select {
				case enough <- struct{}{}:
				default:
				}
			}
		}
		var dead atomic.Bool
		for _, d := range desks {
			d.URL = "http://" + b.Address
			group.Go(func() {
				if err := work(ctx, d, region, callCentre, count); !dead.Load() || !gatewaytest.LineGone(err) {
					t.Errorf("kill %d: %s, which nobody had killed, or whose line did not end it: %v", k+1, d.Login, err)
					count(int(wanted)) // nobody else has to work for it
				}
			})
		}
		<-enough
		dead.Store(true)
		b.Kill()
		group.Wait()
		stop()
		left := 0
		for _, d := range desks {
			left += len(d.Outbox) - len(d.Verdicts)
		}
		if left == 0 {
			t.Errorf("kill %d: no command was under way", k+1)
		}
		underWay += left
		all := (k+1)%looksBack == 0 || k+1 == *kills
		b.holdTo(desks, k+1, all)
		if all || k < looksBack {
			b.holdCopyTo(desks, k+1)
		}
		if t.Failed() {
			return
		}
	}
	if b.end(desks); t.Failed() {
		return
	}
	out := b.Run("verify")
	given, verdicts, grants := 0, 0, 0
	for _, d := range desks {
		given, verdicts, grants = given+len(d.Outbox), verdicts+len(d.Verdicts), grants+len(d.Grants)
	}
	if grants == 0 {
		t.Error("no grant was sent")
	}
	t.Logf("%d kills, %d commands given, %d under way when it was killed; in the end %d acknowledged, none lost, and all agree: %s",
		*kills, given, underWay, verdicts, strings.TrimSpace(out))
}

// end has the server stay up, and everybody come to rest.
func (b *built) end(desks []*gatewaytest.Desk) {
	b.t.Helper()
	b.Start()
	var group sync.WaitGroup
	for _, d := range desks {
		d.URL = "http://" + b.Address
		group.Go(func() {
			if err := handsIn(b.t.Context(), d); err != nil {
				b.t.Errorf("%s is stuck with %d of %d verdicts, at %d, current %v: %v", d.Login, len(d.Verdicts), len(d.Outbox), d.Cursor, d.Current, err)
			}
		})
	}
	group.Wait()
	b.Kill()
	b.holdTo(desks, *kills+1, true)
	b.holdCopyTo(desks, *kills+1)
}

// holdTo looks in the database for every verdict that was given since the last time, or ever.
func (b *built) holdTo(desks []*gatewaytest.Desk, kill int, all bool) {
	b.t.Helper()
	s, err := store.OpenToRead(b.t.Context(), filepath.Join(b.Data, store.File))
	if err != nil {
		b.t.Fatal(err)
	}
	defer s.Close()
	err = s.View(b.t.Context(), func(v *store.View) error {
		for _, d := range desks {
			for id, verdict := range d.Verdicts {
				if b.held[id] && !all {
					continue
				}
				b.held[id] = true
				c, there, err := v.Command(id)
				if err != nil {
					return err
				}
				if !there || c.Seq != verdict.Seq || c.Hash != verdict.Hash || c.Outcome != verdict.Outcome {
					b.t.Fatalf("kill %d: a command acknowledged as %v at %d is, in the log, there: %v, %v at %d",
						kill, verdict.Outcome, verdict.Seq, there, c.Outcome, c.Seq)
				}
				if verdict.Outcome != syncproto.Accepted {
					b.t.Fatalf("kill %d: a command was refused: %v", kill, verdict.Findings)
				}
			}
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// holdCopyTo looks in the copy for what was sent only because it is there.
func (b *built) holdCopyTo(desks []*gatewaytest.Desk, kill int) {
	b.t.Helper()
	issued, end, err := servertest.CopiedTo(b.Copy)
	if err != nil {
		b.t.Fatalf("kill %d: the copy: %v", kill, err)
	}
	for _, d := range desks {
		for _, g := range d.Grants {
			if !issued[g.ID] {
				b.t.Errorf("kill %d: grant %v was sent and is not in the copy", kill, g.ID)
			}
		}
	}
	err = read(b.t.Context(), b.Data, func(s *store.Store) error {
		return s.View(b.t.Context(), func(v *store.View) error {
			e, there, err := v.Entry(end.Seq)
			if err == nil && (!there || e.Chain != end.Chain) {
				b.t.Errorf("kill %d: the copy ends at %d with another entry than the log has", kill, end.Seq)
			}
			return err
		})
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

// unit finds a unit of the demo.
func (b *built) unit(name string) syncproto.ID {
	b.t.Helper()
	var id syncproto.ID
	err := read(b.t.Context(), b.Data, func(s *store.Store) error {
		ref, err := ledger.ReadReference(b.t.Context(), s)
		if err != nil {
			return err
		}
		found, there := unitNamed(ref, name)
		if !there {
			return fmt.Errorf("the demo has no unit %s", name)
		}
		id = found
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}
