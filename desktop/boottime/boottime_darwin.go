package boottime

import (
	"golang.org/x/sys/unix"

	"redress/syncproto"
)

// bootName is random and made anew by the kernel at every boot. (kern.boottime would follow
// the wall clock.)
func bootName() (string, error) {
	id, err := unix.Sysctl("kern.bootsessionuuid")
	return named(part{what: "bootsessionuuid", value: id, err: err})
}

// sinceBoot reads CLOCK_MONOTONIC_RAW, which on macOS is mach_continuous_time times its
// timebase: it goes on while the machine sleeps.
func sinceBoot() (syncproto.Span, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC_RAW, &t); err != nil {
		return 0, err
	}
	return sinceEpoch(t.Unix())
}
