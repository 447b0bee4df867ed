package boottime

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var queryInterruptTime = windows.NewLazySystemDLL("api-ms-win-core-realtime-l1-1-1.dll").NewProc("QueryInterruptTime")

// bootName is the machine's own id and the number of its boots. The number is counted by
// the system and does not follow the wall clock, as a computed time of boot would.
func bootName() (string, error) {
	machine, err := stringValue(`SOFTWARE\Microsoft\Cryptography`, "MachineGuid")
	if err != nil {
		return "", err
	}
	const path = `SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
	if err != nil {
		return "", fmt.Errorf("opening %s in the registry: %w", path, err)
	}
	defer key.Close() //nolint:errcheck // it was only read
	boots, _, err := key.GetIntegerValue("BootId")
	if err != nil {
		return "", fmt.Errorf("reading BootId in the registry: %w", err)
	}
	return fmt.Sprintf("%s/%d", machine, boots), nil
}

func stringValue(path, name string) (string, error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return "", fmt.Errorf("opening %s in the registry: %w", path, err)
	}
	defer key.Close() //nolint:errcheck // it was only read
	value, _, err := key.GetStringValue(name)
	if err != nil {
		return "", fmt.Errorf("reading %s in the registry: %w", name, err)
	}
	return value, nil
}

// sinceBoot reads the interrupt time, which includes sleep and hibernation. The system
// counts it in units of 100 ns.
func sinceBoot() (time.Duration, error) {
	if err := queryInterruptTime.Find(); err != nil {
		return 0, err
	}
	var units uint64
	_, _, _ = queryInterruptTime.Call(uintptr(unsafe.Pointer(&units))) //nolint:gosec // the call writes one uint64 and cannot fail
	return time.Duration(units) * 100, nil                             //nolint:gosec // 292 years of uptime fit
}
