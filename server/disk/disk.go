// Package disk watches how much room is left where the data lies, and has nothing more
// decided before there is none.
//
// It promises, in order of importance:
//
//  1. What is refused for want of room is refused whole and said so, as SQLite would say it:
//     nothing of it is on the disk, and it can be given again.
//  2. What was taken can always be finished. SQLite keeps a batch whole on a full disk too; but
//     a disk that is really full also takes the room for what is beside the log: log-ins, when
//     desks were heard, the operator's own tools. So the last of it is not given away.
//  3. Reading goes on.
//
// How much is kept free is Keep, unless whoever starts the server says otherwise.
package disk

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// Keep is how many bytes stay free on the disk of the data: far more than the server can
// write between two looks, and enough for the write-ahead log at its longest.
const Keep = 256 << 20

// LookEvery is how often the room is looked at. It costs one call of the system.
const LookEvery = syncproto.Second

// Watch knows how much room there is.
type Watch struct {
	keep uint64
	free func() (uint64, error)

	room   atomic.Uint64
	nearly atomic.Bool
}

// NewWatch keeps so many bytes free where a directory lies. It has looked once.
func NewWatch(directory string, keep uint64) (*Watch, error) {
	return Of(func() (uint64, error) { return free(directory) }, keep)
}

// Of keeps so many bytes free of what a function says is free. It has looked once.
func Of(free func() (uint64, error), keep uint64) (*Watch, error) {
	w := &Watch{keep: keep, free: free}
	return w, w.Look()
}

// Look finds out how much room there is now. Once there was too little, there has to be an
// eighth more than is kept free before anything is taken again, so that it does not go to
// and fro.
func (w *Watch) Look() error {
	room, err := w.free()
	if err != nil {
		return fmt.Errorf("looking how much room is left for the data: %w", err)
	}
	enough := w.keep
	if w.nearly.Load() {
		enough += w.keep / 8
	}
	w.room.Store(room)
	w.nearly.Store(room < enough)
	return nil
}

// Room is how many bytes are free, as of the last look.
func (w *Watch) Room() uint64 { return w.room.Load() }

// NearlyFull says that nothing more is taken.
func (w *Watch) NearlyFull() bool { return w.nearly.Load() }

// Run looks until ctx is done. changed is told when what NearlyFull says has changed.
func (w *Watch) Run(ctx context.Context, changed func(nearlyFull bool)) error {
	ticker := time.NewTicker(LookEvery.Duration())
	defer ticker.Stop()
	for {
		before := w.NearlyFull()
		if err := w.Look(); err != nil {
			return err
		}
		if now := w.NearlyFull(); now != before {
			changed(now)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// Guard is the same store, for a ledger, which writes nothing while the disk is nearly full.
func (w *Watch) Guard(s ledger.Store) ledger.Store { return guarded{s, w} }

type guarded struct {
	ledger.Store
	watch *Watch
}

// Append refuses a batch as a full disk does.
func (g guarded) Append(ctx context.Context, b store.Batch) error {
	if g.watch.NearlyFull() {
		return fmt.Errorf("appending %d entries: %w: %d bytes are left, of which %d are kept free", len(b.Entries), store.ErrFull, g.watch.Room(), g.watch.keep)
	}
	return g.Store.Append(ctx, b)
}
