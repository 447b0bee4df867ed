package boottime

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// bootName is random and made anew by the kernel at every boot.
func bootName() (string, error) {
	name, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(name)), err
}

func sinceBoot() (time.Duration, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0, err
	}
	return time.Duration(t.Nano()), nil
}
