//go:build unix

package main

import "syscall"

// wideOpen lets new files be everybody's, as a careless shell does, until what it returns is
// called.
func wideOpen() (before func()) {
	mask := syscall.Umask(0)
	return func() { syscall.Umask(mask) }
}
