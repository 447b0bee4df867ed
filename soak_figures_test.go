package redress_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"redress/server/store"
)

// How much may be more in the last quarter than in the second; the first is for what fills once:
// caches, and the heap up to where it is collected at this rate. Between the middles of the two
// lies half of the time, in an hour at 1,000 a second 1.8 million commands.
const (
	mostMemory, mostWAL, mostFiles, mostWaiting = 1.1, 1.5, 1.1, 1.5
	// Below these a growth is no growth with the log, but the machine: 32 MB are 18 bytes of each of
	// those commands; the write-ahead log becomes so long between two checkpoints when it may; and
	// so much of waiting is a few turns of the disk, or in one of a hundred a moment in which the
	// machine did something else, and nobody notices it.
	smallMemory  = 32 << 20 // more than before
	smallWAL     = 64 << 20
	smallFiles   = 100                    // more than before: desks come and go
	smallWaiting = 25 * time.Millisecond  // of half of the commands
	smallLongest = 100 * time.Millisecond // of 99 in a hundred
	// In less than filledAfter caches still fill: then memory may grow as much as fills them.
	filledAfter, fills = 10 * time.Minute, 2.0
	// leastRate is what part of the rate asked for has to be reached, in all and in each quarter, and
	// keptUp how long 99 in a hundred may wait at the most: who waits longer stands in a queue,
	// and that it grows no more says nothing.
	leastRate = 0.95
	keptUp    = time.Second
	// soakSamples is how many samples there are at the least, one each ten seconds where it
	// lasts longer.
	soakSamples, sampleEvery = 24, 10 * time.Second
)

// soakBook is what was seen of the queues, memory and files of a server under load.
type soakBook struct {
	mu      sync.Mutex
	began   time.Time
	every   time.Duration
	now     []acknowledged // since the last sample
	samples []sample
	told    int
	refused int
}

// acknowledged is a verdict that came; with no times where the line was gone meanwhile.
type acknowledged struct {
	accepted          bool
	handedIn, decided time.Duration // since it was handed in, and since the entry's time
}

// sample is some seconds of the load.
type sample struct {
	memory, wal          int64 // bytes
	files                int64 // that are open, a desk's line one of them
	rate                 float64
	p50, p99             time.Duration // from handing in to the verdict
	decided50, decided99 time.Duration // from the entry's time to the verdict
}

func (b *soakBook) begin(length time.Duration) {
	b.began, b.every = time.Now(), min(sampleEvery, length/soakSamples)
}

func (b *soakBook) note(a acknowledged) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.told++
	if !a.accepted {
		b.refused++
	}
	b.now = append(b.now, a)
}

// watch takes the samples.
func (s *soak) watch(ctx context.Context) {
	ticker := time.NewTicker(s.book.every)
	defer ticker.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		memory, err := residentMemory(s.server.Process())
		if err != nil {
			s.t.Error(err)
			return
		}
		wal, err := os.Stat(filepath.Join(s.server.Data, store.File+"-wal"))
		if err != nil {
			s.t.Error(err)
			return
		}
		files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.server.Process()))
		if err != nil {
			s.t.Error(err)
			return
		}
		s.book.sample(sample{memory: memory, wal: wal.Size(), files: int64(len(files))}, time.Since(last))
		last = time.Now()
	}
}

// residentMemory is what of a process lies in memory.
func residentMemory(process int) (bytes int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0, fmt.Errorf("asking how much memory the server has: %w", err)
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	_, err = fmt.Sscan(after, &bytes)
	return bytes << 10, err
}

func (b *soakBook) sample(one sample, over time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	one.rate = float64(len(b.now)) / over.Seconds()
	var handedIn, decided []time.Duration
	for _, a := range b.now {
		if a.handedIn > 0 {
			handedIn, decided = append(handedIn, a.handedIn), append(decided, a.decided)
		}
	}
	one.p50, one.p99 = percentile(handedIn, 50), percentile(handedIn, 99)
	one.decided50, one.decided99 = percentile(decided, 50), percentile(decided, 99)
	b.samples, b.now = append(b.samples, one), b.now[:0]
}

// percentile is below which so many hundredths of some figures lie.
func percentile[T int64 | float64 | time.Duration](of []T, hundredths int) T {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Clone(of)
	slices.Sort(sorted)
	return sorted[min(len(sorted)*hundredths/100, len(sorted)-1)]
}

// quarter is a quarter of the time: of memory, rate and waiting the middle of the samples, so that
// a moment in which the machine did something else does not count; of the write-ahead log the
// longest.
func (b *soakBook) quarter(n int) (q sample) {
	some := b.samples[n*len(b.samples)/4 : (n+1)*len(b.samples)/4]
	of := func(what func(sample) float64) []float64 {
		var all []float64
		for _, s := range some {
			all = append(all, what(s))
		}
		return all
	}
	middle := func(what func(sample) time.Duration) time.Duration {
		return time.Duration(percentile(of(func(s sample) float64 { return float64(what(s)) }), 50))
	}
	q.memory = int64(percentile(of(func(s sample) float64 { return float64(s.memory) }), 50))
	q.wal = int64(percentile(of(func(s sample) float64 { return float64(s.wal) }), 100))
	q.files = int64(percentile(of(func(s sample) float64 { return float64(s.files) }), 50))
	q.rate = percentile(of(func(s sample) float64 { return s.rate }), 50)
	q.p50, q.p99 = middle(func(s sample) time.Duration { return s.p50 }), middle(func(s sample) time.Duration { return s.p99 })
	q.decided50, q.decided99 = middle(func(s sample) time.Duration { return s.decided50 }), middle(func(s sample) time.Duration { return s.decided99 })
	return q
}

// judge prints the quarters, and fails where the last is more than it may be.
func (b *soakBook) judge(t *testing.T, given int) {
	t.Helper()
	if b.told != given || b.refused > 0 {
		t.Errorf("%d commands were handed in: %d have a verdict, %d of these are not accepted", given, b.told, b.refused)
	}
	if len(b.samples) < 8 {
		t.Fatalf("%d samples are too few", len(b.samples))
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)) }
	var quarters [4]sample
	lines := []string{"quarter  memory MB  WAL MB  files  commands/s  handed in→verdict p50 ms, p99 ms  decided→verdict p50 ms, p99 ms"}
	for n := range quarters {
		q := b.quarter(n)
		quarters[n] = q
		lines = append(lines, fmt.Sprintf("%d        %9.1f  %6.1f  %5d  %10.0f  %24s, %6s  %22s, %6s", n+1, float64(q.memory)/1e6, float64(q.wal)/1e6, q.files, q.rate, ms(q.p50), ms(q.p99), ms(q.decided50), ms(q.decided99)))
	}
	for _, n := range []int{0, 1} {
		from, last := quarters[n], quarters[3]
		lines = append(lines, fmt.Sprintf("4 to %d   %9.2f  %6.2f  %5.2f  %10.2f  %24.2f, %6.2f  %22.2f, %6.2f", n+1, ratio(last.memory, from.memory), ratio(last.wal, from.wal), ratio(last.files, from.files), last.rate/from.rate,
			ratio(last.p50, from.p50), ratio(last.p99, from.p99), ratio(last.decided50, from.decided50), ratio(last.decided99, from.decided99)))
	}
	t.Logf("%d commands in %v\n%s", given, time.Since(b.began).Round(time.Second), strings.Join(lines, "\n"))
	second, last := quarters[1], quarters[3]
	memoryLimit := mostMemory
	if time.Since(b.began) < filledAfter {
		memoryLimit = fills
	}
	grew := func(what string, ratio, most float64, counts bool) {
		if counts && ratio > most {
			t.Errorf("%s is %.2f times what it was in the second quarter; %.2f is the most", what, ratio, most)
		}
	}
	grew("the server's memory", ratio(last.memory, second.memory), memoryLimit, last.memory-second.memory > smallMemory)
	grew("the write-ahead log", ratio(last.wal, second.wal), mostWAL, last.wal > smallWAL)
	grew("the number of open files", ratio(last.files, second.files), mostFiles, last.files-second.files > smallFiles)
	grew("the waiting for a verdict", ratio(last.p50, second.p50), mostWaiting, last.p50 > smallWaiting)
	grew("the longest waiting", ratio(last.p99, second.p99), mostWaiting, last.p99 > smallLongest)
	if mean := float64(given) / (b.every * time.Duration(len(b.samples))).Seconds(); mean < leastRate*float64(*soakRate) {
		t.Errorf("%.0f commands a second were handed in, and %d asked for", mean, *soakRate)
	}
	for n, q := range quarters {
		if q.rate < leastRate*float64(*soakRate) || q.p99 > keptUp {
			t.Errorf("in quarter %d of the time %.0f commands a second were told what became of them, one in a hundred after more than %s ms; %d a second were asked for, and %v is the most", n+1, q.rate, ms(q.p99), *soakRate, keptUp)
		}
	}
}

func ratio[T int64 | time.Duration](a, b T) float64 { return float64(a) / max(float64(b), 1) }
