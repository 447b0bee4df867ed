package diskcrypt

import (
	"context"
	"path"
	"strings"
	"time"
)

// State is what is known of a disk.
type State uint8

// States of a disk.
const (
	Unknown State = iota
	On            // encrypted, and the encryption is in force
	Off
)

// limit is how long the system is waited for.
const limit = 20 * time.Second

// Of is the state of the disk that the folder lies on.
func Of(ctx context.Context, folder string) State {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return ask(ctx, folder)
}

// fileVault reads what macOS answers to `fdesetup status`. While it is being decrypted, or only
// begins to be encrypted, it is not; and a line that goes on after "On" says something that nobody
// here has heard yet.
func fileVault(text string) State {
	text = strings.TrimSpace(text)
	first, _, _ := strings.Cut(text, "\n")
	switch {
	case strings.Contains(text, "in progress"), strings.HasPrefix(text, "FileVault is Off"):
		return Off
	case strings.TrimSpace(first) == "FileVault is On.":
		return On
	}
	return Unknown
}

// bitLocker reads what Windows answers for the property
// System.Volume.BitLockerProtection of a drive, which it tells everybody: 1 on, 2 off,
// 3 being encrypted, 4 being decrypted, 5 suspended, 6 on and locked.
func bitLocker(text string) State {
	switch strings.TrimSpace(text) {
	case "1", "6":
		return On
	case "0", "2", "3", "4", "5":
		return Off
	}
	return Unknown
}

// files is what of a file system is read.
type files interface {
	Read(name string) (string, bool)
	List(name string) ([]string, bool)
}

// deepest is how many devices may lie on one another.
const deepest = 16

// linux finds out from /sys whether all that a device lies on is encrypted: the device itself, or
// all of its slaves, is a dm-crypt target. number is the device's "major:minor".
func linux(sys files, number string) State {
	if strings.HasPrefix(number, "0:") {
		return Unknown // it lies on no block device: a network share, memory
	}
	return under(sys, path.Join("/sys/dev/block", number), deepest)
}

func under(sys files, device string, depth int) State {
	if depth == 0 {
		return Unknown
	}
	if id, there := sys.Read(path.Join(device, "dm/uuid")); there && strings.HasPrefix(id, "CRYPT-") {
		return On
	}
	slaves, there := sys.List(path.Join(device, "slaves"))
	if !there {
		// A partition has no slaves of its own, and neither has what it is a part of.
		if _, partition := sys.Read(path.Join(device, "partition")); partition {
			return Off
		}
		return Unknown
	}
	if len(slaves) == 0 {
		return Off
	}
	state := On
	for _, name := range slaves {
		switch under(sys, path.Join("/sys/class/block", name), depth-1) {
		case Off:
			return Off
		case Unknown:
			state = Unknown
		case On:
		}
	}
	return state
}
