package redress_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

var (
	benchDesks = flag.Int("desks", 6, "how many desks hand in at once")
	benchEach  = flag.Int("each", 10, "how many commands each of them hands in")
	benchHeard = flag.Int("heard", 10, "how many where every desk hears of everything")
	benchPeer  = flag.String("peer", "", "the program of server/peer, to be measured in the same run; none if empty")
)

// TestFiguresOfTheWire takes the first rows of design §12: durable commands per second over
// real sockets, all on this machine, the load included.
//
// Real are the server behind its port, the store on a file with synchronous=FULL, and the
// desks' side of the protocol: each signs its commands, holds to the window, and checks the
// signature of every verdict. Not there are the desks' own databases. Timed is from the
// first command to the last verdict.
//
//	wire.durable       every desk is the one manager's of a region, and hears of what it does
//	                   itself, as every desk must; to its raw
//	wire.durable.raw   the batches of that run written to a copy of the log
//	wire.region        ten managers share a region, and hear of each other; to its raw
//	wire.heard         every desk is a seat's, and hears of everything; to its raw
//	peer.creates       records a second that a peer creates (server/peer), of which nobody
//	                   hears; wire.durable to it
//	peer.heard         the same, heard of by every client; wire.heard to it
//	peer.heard.open    the same where nobody is asked for the right to read; likewise
//	peer.batch         by the peer's batch API, for orientation; wire.durable to it
//
// The ratio of a peer's row says how many times as fast as the peer this is. The peer runs
// in a process of its own, after ours has ended.
func TestFiguresOfTheWire(t *testing.T) {
	durable := overTheWire(t, "wire.durable", *benchEach, 1)
	overTheWire(t, "wire.region", *benchEach, 10)
	heard := overTheWire(t, "wire.heard", *benchHeard, *benchDesks)
	if *benchPeer != "" {
		besideThePeer(t, map[string]float64{"peer.creates": durable, "peer.batch": durable, "peer.heard": heard, "peer.heard.open": heard})
	}
}

// besideThePeer runs the peer with as many clients and records, and prints its rows; ours is
// what stands beside each.
func besideThePeer(t *testing.T, ours map[string]float64) {
	t.Helper()
	goals := map[string][]string{"peer.creates": {"goal: > 1 ×"}, "peer.heard": {"goal: ≥ 10 ×"}}
	peer := exec.CommandContext(t.Context(), *benchPeer, "-clients", strconv.Itoa(*benchDesks), "-each", strconv.Itoa(*benchEach), "-heard", strconv.Itoa(*benchHeard))
	peer.Stderr = os.Stderr
	out, err := peer.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		var name, unit string
		var value float64
		if _, err := fmt.Sscanf(line, "%s\t%g\t%s\n", &name, &value, &unit); err != nil || ours[name] == 0 {
			t.Fatalf("the peer says %q: %v", line, err)
		}
		figure(name, value, unit, ours[name]/value, goals[name]...)
		delete(ours, name)
	}
	if len(ours) > 0 {
		t.Errorf("the peer says nothing of %v", ours)
	}
}

// overTheWire has every desk hand in its commands, each of which as many desks hear of, and
// returns how many a second became durable.
func overTheWire(t *testing.T, name string, count, hearers int) float64 {
	t.Helper()
	w := ledgertest.NewAt(t, filepath.Join(t.TempDir(), store.File))
	people := wirePeople(w, hearers)
	before := snapshot(t, w.Path)
	recorder := &ledgertest.Recorder{Store: w.Store}
	w.LoadFrom(recorder)
	served := gatewaytest.Serve(w.Store, w.Ledger, w.ID, func() syncproto.Instant { return syncproto.InstantOf(time.Now()) }, zerolog.Nop())
	defer func() {
		if err := served.Close(); err != nil {
			t.Error(err)
		}
	}()
	desks := make([]*gatewaytest.Desk, len(people))
	each(t, len(people), func(ctx context.Context, n int) (err error) {
		if desks[n], err = served.Admitted(ctx, people[n].id, people[n].login); err != nil {
			return err
		}
		return errors.Join(desks[n].Dial(ctx), desks[n].Play(func() bool { return desks[n].Current }))
	})
	made := len(recorder.All()) // by the enrolments
	started := time.Now()
	each(t, len(desks), func(_ context.Context, n int) error {
		d := desks[n]
		for k := range count {
			if err := wireCommand(w, d, people[n].region, n, k); err != nil {
				return err
			}
		}
		return d.Play(func() bool { return len(d.Verdicts) == count })
	})
	took := time.Since(started)
	for _, d := range desks {
		for _, v := range d.Verdicts {
			if v.Outcome != syncproto.Accepted {
				t.Fatalf("%s: a command was %v: %v", name, v.Outcome, v.Findings)
			}
		}
		if err := d.Hang(); err != nil {
			t.Error(err)
		}
	}
	raw := replayWire(t, before, recorder.All(), made)
	commands := float64(len(desks) * count)
	var goal []string
	if name == "wire.durable" {
		goal = []string{"goal: ≥ 0.50 of raw"}
	}
	figure(name, commands/took.Seconds(), "1/s", raw.Seconds()/took.Seconds(), goal...)
	figure(name+".raw", commands/raw.Seconds(), "1/s", 1)
	w.Verify()
	return commands / took.Seconds()
}

// wirePerson is whose desk hands in, and for which region.
type wirePerson struct {
	id, region syncproto.ID
	login      string
}

// wirePeople are managers, so many of each region; or seats, where all are to hear.
func wirePeople(w *ledgertest.World, hearers int) (people []wirePerson) {
	var regions []syncproto.ID
	for n := range max(*benchDesks/hearers, 1) {
		id := w.ID()
		w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: id, Unit: organisation.Unit{Name: fmt.Sprintf("%d区", n+1), Kind: organisation.Region}})
		regions = append(regions, id)
	}
	for n := range *benchDesks {
		p := wirePerson{region: regions[n%len(regions)], login: fmt.Sprintf("desk%d", n)}
		if hearers >= *benchDesks {
			p.id = w.Person(p.login, policy.Seat, w.CallCentre)
		} else {
			p.id = w.Person(p.login, policy.Manager, p.region)
		}
		people = append(people, p)
	}
	return people
}

// wireCommand is the kth of a desk: a ticket, and four more things that happen to it.
func wireCommand(w *ledgertest.World, d *gatewaytest.Desk, region syncproto.ID, n, k int) error {
	number := fmt.Sprintf("W%03d-%05d", n, k/5+1)
	id := syncproto.Derive("ticket "+number, d.Device)
	kind, command := syncproto.CommandNote, any(ticket.Note{Ticket: id, Text: "已联系服务站，备件明天到，客户同意周六到店。"})
	if k%5 == 0 {
		open := w.Open(id, region, number)
		open.Description = "客户反映车辆远程控制多次失败，已到店检测两次，未能解决，要求尽快给出处理方案。"
		kind, command = syncproto.CommandOpen, any(open)
	}
	_, err := d.Tap(kind, command)
	return err
}

// each does something for n desks at once and stops at the first failure.
func each(t *testing.T, n int, do func(ctx context.Context, n int) error) {
	t.Helper()
	var group sync.WaitGroup
	failures := make(chan error, n)
	for i := range n {
		group.Go(func() { failures <- do(t.Context(), i) })
	}
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// snapshot is a copy of a database that nobody is writing to.
func snapshot(t *testing.T, path string) benchLog {
	t.Helper()
	copied := filepath.Join(t.TempDir(), store.File)
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.ExecContext(t.Context(), "VACUUM INTO ?", copied)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return benchLog{path: copied}
}

// replayWire writes all batches to the log as it was before, and times those after the
// first made.
func replayWire(t *testing.T, log benchLog, batches []store.Batch, made int) time.Duration {
	t.Helper()
	s := open(t, log.path)
	var started time.Time
	for n, b := range batches {
		if n == made {
			started = time.Now()
		}
		if err := s.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(started)
}
