package boottime

import (
	"fmt"
	"strconv"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"redress/syncproto"
)

var queryInterruptTime = windows.NewLazySystemDLL("api-ms-win-core-realtime-l1-1-1.dll").NewProc("QueryInterruptTime")

// bootName is when the kernel says it was started, to 100 ns, and how often it has been.
//
// Windows has no random id of a boot: the identifier in SystemBootEnvironmentInformation is
// that of the boot menu's entry, the same at every boot. The count in the registry is kept
// by a service that can be switched off, and then stands still, so alone it could make two
// boots one, which must not be. The time of start can: the kernel moves it when the wall
// clock is set, so it may tell one boot's programs apart, which only costs sharpness; but
// two boots have the same only where somebody sets the clock so, to 100 ns.
func bootName() (string, error) {
	started, err := bootTime()
	boots, missing := bootCount()
	return named(part{what: "started", value: started, err: err}, part{what: "boots", value: boots, err: missing, extra: true})
}

// timeOfDay is the beginning of SYSTEM_TIMEOFDAY_INFORMATION.
type timeOfDay struct {
	BootTime     int64 // in units of 100 ns since 1601
	CurrentTime  int64
	ZoneBias     int64
	ZoneID       uint32
	_            uint32
	BootTimeBias uint64 // by how much BootTime was moved: sleep, and the clock set
	SleepBias    uint64
}

func bootTime() (string, error) {
	var t timeOfDay
	err := windows.NtQuerySystemInformation(windows.SystemTimeOfDayInformation, unsafe.Pointer(&t), uint32(unsafe.Sizeof(t)), nil) //nolint:gosec // the call fills the struct it is given
	if err != nil || t.BootTime == 0 {
		return "", err
	}
	return strconv.FormatInt(t.BootTime, 10), nil
}

func bootCount() (string, error) {
	const path = `SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
	if err != nil {
		return "", fmt.Errorf("opening %s in the registry: %w", path, err)
	}
	defer key.Close() //nolint:errcheck // it was only read
	boots, _, err := key.GetIntegerValue("BootId")
	return strconv.FormatUint(boots, 10), err
}

// sinceBoot reads the interrupt time, which includes sleep and hibernation. The system
// counts it in units of 100 ns.
func sinceBoot() (syncproto.Span, error) {
	if err := queryInterruptTime.Find(); err != nil {
		return 0, err
	}
	var units uint64
	_, _, _ = queryInterruptTime.Call(uintptr(unsafe.Pointer(&units))) //nolint:gosec // the call writes one uint64 and cannot fail
	return hundredNanoseconds.span(units)
}
