package diskcrypt

import (
	"fmt"
	"strings"
	"testing"
)

// FuzzFileVault and FuzzBitLocker: whatever the system answers, the disk is said to be encrypted
// only where the system says just that.
func FuzzFileVault(f *testing.F) {
	for _, text := range []string{"FileVault is On.\n", "FileVault is Off.\n", "FileVault is On.\nDecryption in progress: Percent completed = 41\n", "FileVault is Off.\nDeferred enablement appears to be active for user 'li'.\n",
		"", "fdesetup: command not found", "not FileVault is On.", "FileVault is On", "FileVault is Onward", "FileVault is on.", "\x00FileVault is On.", "FileVault is On, but FileVault is Off."} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(strings.TrimSpace(text), "\n")
		plain := strings.TrimSpace(lines[0]) == "FileVault is On."
		if got := fileVault(text); got == On && (!plain || strings.Contains(text, "in progress")) || got == Unknown && len(lines) == 1 && plain {
			t.Errorf("%q: %d", text, got)
		}
	})
}

func FuzzBitLocker(f *testing.F) {
	for _, text := range []string{"1\r\n", "6", "0", "2\r\n", "3", "4", "5\r\n", "", "7", "True", "1\r\n1", "01", "１", "1\x00", "+1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, digit := bitLocker(text), strings.TrimSpace(text)
		if got == On != (digit == "1" || digit == "6") || got == Off && (len(digit) != 1 || digit[0] < '0' || digit[0] > '5') {
			t.Errorf("%q: %d", text, got)
		}
	})
}

// FuzzLinux: however devices lie on one another, the disk is said to be encrypted only where no
// way down comes to an end or begins again before a device that is.
func FuzzLinux(f *testing.F) {
	const crypt, volume, list, partition, circle = 1, 2, 4, 8, 16
	for _, devices := range [][]byte{{crypt, 0}, {volume | list, 2, crypt, 0}, {list, 0}, {partition, 0}, {list, 6, crypt, 0, partition, 0}, {list, 6, crypt, 0, 0, 0}, {list | circle, 0}, {list | circle, 2, crypt}, {crypt | list, 2, list, 0}, {}} {
		f.Add(devices, false)
	}
	f.Add([]byte{crypt}, true)
	f.Fuzz(func(t *testing.T, devices []byte, share bool) {
		devices = devices[:min(len(devices), 12)]
		sys, flags, slaves := tree{}, map[int]byte{}, map[int][]int{}
		place := func(n int) string {
			if n == 0 {
				return "/sys/dev/block/8:1"
			}
			return fmt.Sprintf("/sys/class/block/d%d", n)
		}
		for n := 0; 2*n < len(devices); n++ {
			is := devices[2*n]
			flags[n] = is
			switch {
			case is&crypt != 0:
				sys[place(n)+"/dm/uuid"] = []string{"CRYPT-LUKS2-0123\n"}
			case is&volume != 0:
				sys[place(n)+"/dm/uuid"] = []string{"LVM-CRYPT-abc\n"}
			}
			if is&partition != 0 {
				sys[place(n)+"/partition"] = []string{"1\n"}
			}
			if is&list == 0 {
				continue
			}
			names := []string{}
			for m := n + 1; m < 8; m++ {
				if 2*n+1 < len(devices) && devices[2*n+1]&(1<<m) != 0 {
					names, slaves[n] = append(names, fmt.Sprintf("d%d", m)), append(slaves[n], m)
				}
			}
			if is&circle != 0 && n > 0 {
				names, slaves[n] = append(names, fmt.Sprintf("d%d", n)), append(slaves[n], n)
			}
			sys[place(n)+"/slaves/"] = names
		}
		number, sound := "8:1", true
		if share {
			number, sound = "0:44", false
		}
		met := map[int]bool{0: true}
		for todo := []int{0}; len(todo) > 0; todo = todo[1:] {
			n := todo[0]
			if flags[n]&crypt != 0 {
				continue
			}
			sound = sound && len(slaves[n]) > 0
			for _, m := range slaves[n] {
				sound = sound && m != n
				if !met[m] {
					met[m] = true
					todo = append(todo, m)
				}
			}
		}
		if got := linux(sys, number); got == On != sound || share && got != Unknown {
			t.Errorf("%+v: %d, and that every way down is encrypted is %v", sys, got, sound)
		}
	})
}
