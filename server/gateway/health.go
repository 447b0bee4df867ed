package gateway

import (
	"io"
	"net/http"
	"strings"
)

// Trouble is a fixed word for something that is not as it should be, for whoever watches over
// the server. OPERATING.md says of each what it means and what to do.
type Trouble string

// What can be wrong.
const (
	DiskFull       Trouble = "disk-full"        // the last batch found no room
	DiskNearlyFull Trouble = "disk-nearly-full" // so little room is left that nothing is taken
	DatabaseHeld   Trouble = "database-held"    // another program holds it
	Collecting     Trouble = "collecting"       // restored, and waiting for what the desks have
	CopyFailing    Trouble = "copy-failing"     // the copy of the log does not follow
	ClockJumped    Trouble = "clock-jumped"     // the wall clock is not believed: no deadline fires
	ClockBehind    Trouble = "clock-behind"     // the same, from the start on
	HealsStopped   Trouble = "heals-stopped"    // a desk differs and has stopped healing
)

// Troubles are all of them.
func Troubles() []Trouble {
	return []Trouble{DiskFull, DiskNearlyFull, DatabaseHeld, Collecting, CopyFailing, ClockJumped, ClockBehind, HealsStopped}
}

// Refuses says that with this trouble no command is decided.
func (t Trouble) Refuses() bool {
	return t == DiskFull || t == DiskNearlyFull || t == DatabaseHeld || t == Collecting
}

// healthy answers whether the server lives: it does, and says what is wrong all the same.
func (d *Door) healthy(w http.ResponseWriter, _ *http.Request) {
	sayAll(w, http.StatusOK, "ok", d.Troubles())
}

// ready answers whether it takes commands. Reading goes on where it does not.
func (d *Door) ready(w http.ResponseWriter, _ *http.Request) {
	var why []Trouble
	for _, t := range d.Troubles() {
		if t.Refuses() {
			why = append(why, t)
		}
	}
	if len(why) > 0 {
		sayAll(w, http.StatusServiceUnavailable, "", why)
		return
	}
	sayAll(w, http.StatusOK, "ready", nil)
}

// sayAll answers with the troubles, one a line, or with the word where there are none.
func sayAll(w http.ResponseWriter, status int, well string, troubles []Trouble) {
	text := well + "\n"
	if len(troubles) > 0 {
		var lines strings.Builder
		for _, t := range troubles {
			lines.WriteString(string(t) + "\n")
		}
		text = lines.String()
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // whoever asked is gone
}
