package imetest

import (
	"os/exec"
	"syscall"
)

// endsWithTest makes the program end also where the test is killed and clears
// nothing away.
func endsWithTest(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
