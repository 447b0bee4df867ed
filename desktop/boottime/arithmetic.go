package boottime

import (
	"fmt"
	"math"
	"math/bits"
	"strings"

	"redress/syncproto"
)

// timebase is the length of one unit that a system counts in: numer / denom microseconds.
type timebase struct{ numer, denom uint64 }

// The units that systems count in. macOS counts in units of its own, 125/3 ns on Apple
// silicon, and brings them to nanoseconds before we see them.
var (
	nanoseconds        = timebase{1, 1000}
	hundredNanoseconds = timebase{1, 10}
)

// span is so many units as a Span. The product may be larger than 64 bits hold; what does
// not fit into a Span, some 292,000 years, is no time that a machine has been running.
func (t timebase) span(units uint64) (syncproto.Span, error) {
	high, low := bits.Mul64(units, t.numer)
	if t.denom == 0 || high >= t.denom {
		return 0, fmt.Errorf("%d units of %d/%d µs are no time", units, t.numer, t.denom)
	}
	whole, _ := bits.Div64(high, low, t.denom)
	if whole > math.MaxInt64 {
		return 0, fmt.Errorf("%d units of %d/%d µs are too long a time", units, t.numer, t.denom)
	}
	return syncproto.Span(whole), nil
}

// sinceEpoch is a clock's seconds and nanoseconds as a Span.
func sinceEpoch(seconds, nano int64) (syncproto.Span, error) {
	const billion = 1_000_000_000
	if seconds < 0 || nano < 0 || nano >= billion {
		return 0, fmt.Errorf("%d s and %d ns are no time", seconds, nano)
	}
	high, low := bits.Mul64(uint64(seconds), billion)
	low, carry := bits.Add64(low, uint64(nano), 0)
	if high+carry != 0 {
		return 0, fmt.Errorf("%d s and %d ns are too long a time", seconds, nano)
	}
	return nanoseconds.span(low)
}

// part is one thing that a system says of its boot.
type part struct {
	what  string
	value string
	err   error
	// extra may be lacking: it only tells boots apart that the others already do.
	extra bool
}

// named is the name of a boot, of all that a system says of it: more parts can only tell
// more boots apart. Without one that is needed there is no name.
func named(parts ...part) (string, error) {
	var words []string
	for _, p := range parts {
		value := strings.TrimSpace(p.value)
		switch {
		case p.err == nil && value != "":
			words = append(words, value)
		case p.extra:
		case p.err != nil:
			return "", fmt.Errorf("%s: %w", p.what, p.err)
		default:
			return "", fmt.Errorf("%s: it is empty", p.what)
		}
	}
	return strings.Join(words, "/"), nil
}
