// Command peer measures PocketBase, the nearest thing to what Redress's server does that can
// be had ready-made, so that the figures of design §12 stand beside another's in one run. It
// is no part of the product.
//
// It promises to be fair, and where fairness leaves a choice, to choose for the peer:
//
//   - PocketBase is as it is shipped: WAL with synchronous=NORMAL, which after a power cut may
//     have lost what it answered for (Redress syncs every batch, synchronous=FULL); its request
//     log is on, its rate limits are off. Only where it says so below is a setting changed.
//   - The records carry the texts of the commands that TestFiguresOfTheWire hands in: a ticket,
//     then four notes on it. A note names its ticket in a text field, which PocketBase need not
//     look up as it would a relation.
//   - Clients do as its users do: each logs in with a password, keeps its connection, and
//     creates one record after the other. Server and clients share one process, as there.
//
// Not there are what Redress does besides: rules, deadlines, a history, signatures, a chain.
//
// One line a figure, name, value and unit with a tab between:
//
//	peer.creates       creates per second
//	peer.heard         the same with as many listeners, each of which gets every record
//	peer.heard.open    the same where the rules let everybody read, so that none is asked
//	peer.batch         records per second by its batch API, which is off as shipped; for orientation
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

// size is how much of everything is measured.
type size struct {
	clients int
	each    int // records that each of them creates
	heard   int // the same where everybody listens, which costs the peer much more
}

func main() {
	var s size
	flag.IntVar(&s.clients, "clients", 200, "how many clients create at once, and how many listen")
	flag.IntVar(&s.each, "each", 50, "how many records each of them creates")
	flag.IntVar(&s.heard, "heard", 10, "how many where everybody listens")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := measure(ctx, os.Stdout, s)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// row is one figure, taken of a PocketBase of its own.
type row struct {
	name    string
	listens bool
	open    bool // anybody may read
	batch   int  // records a request; 0 for one without the batch API
}

var rows = []row{
	{name: "peer.creates"},
	{name: "peer.heard", listens: true},
	{name: "peer.heard.open", listens: true, open: true},
	{name: "peer.batch", batch: maxBatch},
}

// measure prints every row.
func measure(ctx context.Context, to io.Writer, s size) error {
	for _, r := range rows {
		perSecond, err := r.take(ctx, s)
		if err == nil {
			_, err = fmt.Fprintf(to, "%s\t%.3f\t1/s\n", r.name, perSecond)
		}
		if err != nil {
			return fmt.Errorf("measuring %s: %w", r.name, err)
		}
	}
	return nil
}

// take is how many records a second are created, from the first request to the last answer.
// It fails unless all of them are there afterwards, and every listener got every one.
func (r row) take(ctx context.Context, s size) (perSecond float64, err error) {
	dir, err := os.MkdirTemp("", "peer-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	base, err := serve(ctx, dir, r)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, base.end()) }()
	people, err := base.people(ctx, s.clients)
	if err != nil {
		return 0, err
	}
	each, heard := s.each, func() error { return nil }
	if r.listens {
		each = s.heard
	}
	all := s.clients * each
	if r.listens {
		if heard, err = listen(ctx, people, all); err != nil {
			return 0, err
		}
	}
	started := time.Now()
	err = together(people, func(n int, p *person) error { return p.create(ctx, n, each, r.batch) })
	took := time.Since(started)
	if err != nil {
		return 0, err
	}
	if err := heard(); err != nil {
		return 0, err
	}
	return float64(all) / took.Seconds(), base.holds(all)
}
