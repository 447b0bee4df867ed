//go:build !windows

package disk

import "golang.org/x/sys/unix"

// free is how many bytes this program may still write where a directory lies.
func free(directory string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(directory, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}
