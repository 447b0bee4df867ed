package boottime

import (
	"errors"
	"math"
	"strings"
	"testing"

	"redress/syncproto"
)

func TestUnitsBecomeMicroseconds(t *testing.T) {
	apple := timebase{125, 3 * 1000} // 24 MHz, in thousandths of the ns that mach_timebase_info tells
	for name, c := range map[string]struct {
		base  timebase
		units uint64
		want  syncproto.Span
		wrong string
	}{
		"a second of 100 ns":                      {hundredNanoseconds, 10_000_000, syncproto.Second, ""},
		"part of a microsecond is left out":       {hundredNanoseconds, 19, 1, ""},
		"a second of 1/1 ns":                      {nanoseconds, 1_000_000_000, syncproto.Second, ""},
		"a second at 24 MHz":                      {apple, 24_000_000, syncproto.Second, ""},
		"one unit at 24 MHz is 41.66 ns":          {apple, 1, 0, ""},
		"25 units at 24 MHz":                      {apple, 25, 1, ""},
		"a year at 24 MHz":                        {apple, 24_000_000 * 86400 * 365, 365 * syncproto.Day, ""},
		"where the product is over 64 bits":       {apple, math.MaxUint64, 768_614_336_404_564_650, ""},
		"the last of a counter of 64 bits":        {hundredNanoseconds, math.MaxUint64, 1_844_674_407_370_955_161, ""},
		"a counter that counts microseconds":      {timebase{1, 1}, math.MaxInt64, math.MaxInt64, ""},
		"too long for a Span":                     {timebase{1, 1}, math.MaxInt64 + 1, 0, "too long"},
		"too long for 64 bits":                    {timebase{1000, 3}, math.MaxUint64, 0, "no time"},
		"a timebase that the system did not fill": {timebase{}, 5, 0, "no time"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.base.span(c.units)
			if got != c.want || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("got %d, %v; want %d, %q", got, err, c.want, c.wrong)
			}
		})
	}
}

func TestSecondsAndNanosecondsBecomeMicroseconds(t *testing.T) {
	for name, c := range map[string]struct {
		seconds, nano int64
		want          syncproto.Span
		wrong         string
	}{
		"as a clock shows them":        {5400, 123_456_789, 5400*syncproto.Second + 123_456, ""},
		"at the boot":                  {0, 0, 0, ""},
		"over what 32 bits hold":       {1 << 33, 999_999_999, (1<<33)*syncproto.Second + 999_999, ""},
		"before the boot":              {-1, 0, 0, "no time"},
		"less than nothing":            {0, -1, 0, "no time"},
		"more than a second of ns":     {0, 1_000_000_000, 0, "no time"},
		"more than 64 bits of ns hold": {math.MaxInt64, 0, 0, "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := sinceEpoch(c.seconds, c.nano)
			if got != c.want || (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("got %d, %v; want %d, %q", got, err, c.want, c.wrong)
			}
		})
	}
}

// What may be lacking only tells boots apart that the rest does already.
func TestTheNameOfABoot(t *testing.T) {
	denied := errors.New("access is denied")
	started := func(value string, err error) part { return part{what: "started", value: value, err: err} }
	boots := func(value string, err error) part { return part{what: "boots", value: value, err: err, extra: true} }
	for name, c := range map[string]struct {
		parts []part
		want  string
		wrong string
	}{
		"linux":                                {[]part{{what: "boot_id", value: "0d3c5a1e-7a35\n"}}, "0d3c5a1e-7a35", ""},
		"windows":                              {[]part{started("134120000000000001", nil), boots("17", nil)}, "134120000000000001/17", ""},
		"windows, the registry closed":         {[]part{started("134120000000000001", nil), boots("", denied)}, "134120000000000001", ""},
		"the count alone could be of two":      {[]part{started("", denied), boots("17", nil)}, "", "started: access is denied"},
		"a kernel that says nothing is silent": {[]part{started(" ", nil), boots("17", nil)}, "", "started: it is empty"},
		"an error is one, value or not":        {[]part{started("0", denied)}, "", "started: access is denied"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := named(c.parts...)
			if got != c.want || (err == nil) != (c.wrong == "") || err != nil && err.Error() != c.wrong {
				t.Errorf("got %q, %v; want %q, %q", got, err, c.want, c.wrong)
			}
		})
	}
}
