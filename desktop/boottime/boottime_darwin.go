package boottime

import (
	"time"

	"golang.org/x/sys/unix"
)

// bootName is random and made anew by the kernel at every boot.
func bootName() (string, error) { return unix.Sysctl("kern.bootsessionuuid") }

// sinceBoot reads CLOCK_MONOTONIC_RAW, which on macOS is mach_continuous_time: it goes on
// while the machine sleeps.
func sinceBoot() (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC_RAW, &t); err != nil {
		return 0, err
	}
	return time.Duration(t.Nano()), nil
}
