package diskcrypt

import "testing"

// tree is a /sys of a test: files by name; a folder is a name that ends in a slash, with its
// entries.
type tree map[string][]string

func (t tree) Read(name string) (string, bool) {
	lines, there := t[name]
	if !there {
		return "", false
	}
	return lines[0], true
}

func (t tree) List(name string) ([]string, bool) {
	entries, there := t[name+"/"]
	return entries, there
}

func TestWhatLinuxSays(t *testing.T) {
	crypt, volume := []string{"CRYPT-LUKS2-0123-luks\n"}, []string{"LVM-abc\n"}
	for name, c := range map[string]struct {
		number string
		sys    tree
		want   State
	}{
		"a partition":  {"8:2", tree{"/sys/dev/block/8:2/partition": {"2\n"}}, Off},
		"a whole disk": {"8:0", tree{"/sys/dev/block/8:0/slaves/": {}}, Off},
		"dm-crypt":     {"253:0", tree{"/sys/dev/block/253:0/dm/uuid": crypt, "/sys/dev/block/253:0/slaves/": {"sda3"}}, On},
		"a volume on dm-crypt": {"253:1", tree{"/sys/dev/block/253:1/dm/uuid": volume, "/sys/dev/block/253:1/slaves/": {"dm-0"},
			"/sys/class/block/dm-0/dm/uuid": crypt}, On},
		"a volume on a plain disk": {"253:1", tree{"/sys/dev/block/253:1/dm/uuid": volume, "/sys/dev/block/253:1/slaves/": {"sda3"},
			"/sys/class/block/sda3/partition": {"3\n"}}, Off},
		"a mirror, one half plain": {"9:0", tree{"/sys/dev/block/9:0/slaves/": {"dm-0", "sdb1"}, "/sys/class/block/dm-0/dm/uuid": crypt,
			"/sys/class/block/sdb1/partition": {"1\n"}}, Off},
		"a mirror, one half not to be seen": {"9:0", tree{"/sys/dev/block/9:0/slaves/": {"dm-0", "sdb1"}, "/sys/class/block/dm-0/dm/uuid": crypt}, Unknown},
		"a share":                           {"0:44", tree{}, Unknown},
		"a container's disk":                {"254:0", tree{}, Unknown},
		"devices in a circle":               {"253:0", tree{"/sys/dev/block/253:0/slaves/": {"dm-0"}, "/sys/class/block/dm-0/slaves/": {"dm-0"}}, Unknown},
	} {
		if got := linux(c.sys, c.number); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestWhatMacOSSays(t *testing.T) {
	for text, want := range map[string]State{
		"FileVault is On.\n":  On,
		"FileVault is Off.\n": Off,
		"FileVault is Off.\nDeferred enablement appears to be active for user 'li'.\n": Off,
		"FileVault is On.\nDecryption in progress: Percent completed = 41\n":           Off,
		"FileVault is Off, but will be enabled after the next restart.\n":              Off,
		"FileVault is On.\nEncryption in progress: Percent completed = 12\n":           Off,
		"FileVault is On.\nFileVault master keychain appears to be installed.\n":       On,
		"FileVault is On, but will be disabled after the next restart.\n":              Unknown,
		"": Unknown, "fdesetup: command not found": Unknown, "not FileVault is On.": Unknown,
	} {
		if got := fileVault(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestWhatWindowsSays(t *testing.T) {
	for text, want := range map[string]State{
		"1\r\n": On, "6": On, "0": Off, "2\r\n": Off, "3": Off, "4": Off, "5\r\n": Off, "": Unknown, "\r\n": Unknown, "7": Unknown, "True": Unknown,
	} {
		if got := bitLocker(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
