package present_test

import (
	"slices"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/diskcrypt"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
)

// What is said where a key lies, and of a disk, as far as no other of them says it.
var (
	ofKeys = map[bool]map[string]string{
		false: {"zh": "没有可用的密钥库，本设备的密钥保存在只有您能读取的文件中", "en": "lies in a file that only you can read"},
		true:  {"zh": "密钥保存在系统的密钥库中", "en": "lies in the system's keychain"},
	}
	ofDisks = map[diskcrypt.State]map[string]string{
		diskcrypt.On:      {"zh": "已由系统加密", "en": "system encrypts this disk"},
		diskcrypt.Off:     {"zh": "没有加密", "en": "is not encrypted"},
		diskcrypt.Unknown: {"zh": "无法判断本机磁盘是否已加密", "en": "cannot be told whether this disk is encrypted"},
	}
)

// says is which of them a text says, and of no more than one.
func says[K comparable](t *testing.T, text, language string, of map[K]map[string]string) (what K) {
	t.Helper()
	said := 0
	for k, words := range of {
		if strings.Contains(text, words[language]) {
			what, said = k, said+1
		}
	}
	if said != 1 {
		t.Errorf("%q says %d things", text, said)
	}
	return what
}

// The page of sync says where the device's key lies, and whether the system encrypts the disk; where it was not
// asked, that nobody can tell.
func TestThePageOfSyncSaysHowWhatLiesHereIsKept(t *testing.T) {
	for name, chain := range map[string]replica.Keychain{"a file": nil, "a keychain": &presenttest.Keychain{}} {
		o := presenttest.New(t)
		o.Keychain = chain
		seat := o.Desk("seat", centraltest.Seat, "K7MQ")
		for _, language := range []string{"zh", "en"} {
			words, err := present.LoadWords(language)
			if err != nil {
				t.Fatal(err)
			}
			for _, disk := range []diskcrypt.State{diskcrypt.On, diskcrypt.Off, diskcrypt.Unknown} {
				for _, d := range []present.Desk{
					{Replica: seat.Replica, Words: words, Disk: disk},
					{Replica: seat.Replica, Words: words}, // not asked
				} {
					v, err := d.Sync(t.Context(), seat.Reading(), "")
					if err != nil {
						t.Fatal(err)
					}
					if len(v.Kept) != 2 || says(t, v.Kept[0], language, ofKeys) != (chain != nil) || says(t, v.Kept[1], language, ofDisks) != d.Disk {
						t.Errorf("the key in %s, the disk %d, in %s: %q", name, d.Disk, language, v.Kept)
					}
				}
			}
		}
	}
}

// A disk that nobody vouches for is said with what to do about it, and one that is encrypted without.
func TestWhatToDoAboutADiskIsSaid(t *testing.T) {
	for _, language := range []string{"zh", "en"} {
		words, err := present.LoadWords(language)
		if err != nil {
			t.Fatal(err)
		}
		for disk := range ofDisks {
			text := present.DiskText(words, disk)
			asks := slices.ContainsFunc([]string{"BitLocker", "LUKS"}, func(name string) bool { return strings.Contains(text, name) })
			if says(t, text, language, ofDisks) != disk || asks == (disk == diskcrypt.On) {
				t.Errorf("of disk %d is said %q", disk, text)
			}
		}
	}
}
