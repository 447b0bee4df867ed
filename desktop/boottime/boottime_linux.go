package boottime

import (
	"os"

	"golang.org/x/sys/unix"

	"redress/syncproto"
)

// bootName is random and made anew by the kernel at every boot.
func bootName() (string, error) {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return named(part{what: "boot_id", value: string(id), err: err})
}

// sinceBoot reads CLOCK_BOOTTIME, which goes on while the machine sleeps.
func sinceBoot() (syncproto.Span, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0, err
	}
	return sinceEpoch(t.Unix())
}
