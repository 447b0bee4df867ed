package diskcrypt

import (
	"context"
	"os/exec"
	"path/filepath"
	"syscall"
)

// ask asks the shell, not manage-bde: that answers administrators alone.
func ask(ctx context.Context, folder string) State {
	absolute, err := filepath.Abs(folder)
	drive := filepath.VolumeName(absolute)
	if err != nil || len(drive) != 2 { // a share has a longer one
		return Unknown
	}
	script := `(New-Object -ComObject Shell.Application).NameSpace('` + drive + `').Self.ExtendedProperty('System.Volume.BitLockerProtection')`
	command := exec.CommandContext(ctx, "powershell.exe", "-NoProfile", "-NonInteractive", "-Command", script)
	command.SysProcAttr = &syscall.SysProcAttr{HideWindow: true}
	text, err := command.Output()
	if err != nil {
		return Unknown
	}
	return bitLocker(string(text))
}
