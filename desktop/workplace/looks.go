package workplace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Languages, shades and scales that can be chosen. The toolkit draws at tenths of its own
// scale, so the steps are tenths.
var (
	Languages = []string{"zh", "en"}
	Shades    = []Shade{ShadeLight, ShadeDark, ShadeSystem}
	Scales    = []int{80, 90, 100, 110, 120, 130, 150, 180, 200} // in percent
)

// Shade is whether the program is light or dark.
type Shade string

// The shades.
const (
	ShadeLight  Shade = "light"
	ShadeDark   Shade = "dark"
	ShadeSystem Shade = "system" // as the system is
)

// Limits of the file and of what it may say.
const (
	looksName     = "looks.json"
	looksUnread   = "looks-unread.json" // one that could not be read, kept when another is written
	looksVersion  = 1
	maxLooksBytes = 16 << 10
	maxPeople     = 200 // whose last place is kept
	maxPlace      = 99
	leastSide     = 200
	maxSide       = 20_000
)

// Looks are how people like the program at this machine, and where they left it.
type Looks struct {
	Version  int    `json:"version"`
	Language string `json:"language"`
	Shade    Shade  `json:"shade"`
	Scale    int    `json:"scale"`           // percent
	Silent   bool   `json:"silent,omitzero"` // no notifications of the system
	// Width and Height are the window's, in units at a scale of 100.
	Width  int `json:"width"`
	Height int `json:"height"`
	// Places are where each person was last, by their id.
	Places map[string]int `json:"places,omitempty"`
}

// DefaultLooks are those of a machine where nobody has chosen any. They make the window the
// size the pages are drawn for.
func DefaultLooks() Looks {
	return Looks{Version: looksVersion, Language: "zh", Shade: ShadeLight, Scale: 100, Width: 1280, Height: 800}
}

// ReadLooks reads the looks kept in the data folder. It never fails: where they cannot be
// read it gives the defaults, and the key of the words that say why; "" where there is
// nothing to say.
func ReadLooks(dir string) (looks Looks, trouble string) {
	file, err := os.Open(filepath.Join(dir, looksName))
	if errors.Is(err, os.ErrNotExist) {
		return DefaultLooks(), ""
	}
	if err != nil {
		return DefaultLooks(), "settings.unreadable"
	}
	defer file.Close() //nolint:errcheck // it is only read
	text, err := io.ReadAll(io.LimitReader(file, maxLooksBytes+1))
	if err != nil {
		return DefaultLooks(), "settings.unreadable"
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err == nil && head.Version > looksVersion {
		return DefaultLooks(), "settings.newer"
	}
	read := json.NewDecoder(bytes.NewReader(text))
	read.DisallowUnknownFields()
	if err := read.Decode(&looks); err != nil || len(text) > maxLooksBytes || !looks.sound() {
		return DefaultLooks(), "settings.damaged"
	}
	return looks, ""
}

// sound says whether every value is one that can be chosen.
func (l Looks) sound() bool {
	side := func(n int) bool { return n >= leastSide && n <= maxSide }
	for _, at := range l.Places {
		if at < 1 || at > maxPlace {
			return false
		}
	}
	return l.Version == looksVersion && slices.Contains(Languages, l.Language) && slices.Contains(Shades, l.Shade) &&
		slices.Contains(Scales, l.Scale) && side(l.Width) && side(l.Height) && len(l.Places) <= maxPeople
}

// KeepLooks writes the looks into the data folder, whole or not at all. A file there that
// could not be read is put aside, not lost: a newer version of the program may want it.
func KeepLooks(dir string, looks Looks) error {
	looks.Version = looksVersion
	for person := range looks.Places {
		if len(looks.Places) > maxPeople {
			delete(looks.Places, person)
		}
	}
	text, err := json.MarshalIndent(looks, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the settings: %w", err)
	}
	path := filepath.Join(dir, looksName)
	if _, trouble := ReadLooks(dir); trouble != "" {
		if err := os.Rename(path, filepath.Join(dir, looksUnread)); err != nil {
			return fmt.Errorf("putting the settings in %s aside: %w", path, err)
		}
	}
	file, err := os.CreateTemp(dir, looksName+".*") // of mode 600
	if err != nil {
		return fmt.Errorf("writing the settings in %s: %w", dir, err)
	}
	_, err = file.Write(append(text, '\n'))
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing the settings in %s: %w", path, errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}
