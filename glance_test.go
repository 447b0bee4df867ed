//go:build realwindow

package redress_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"redress/desktop/boottime"
	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// glance opens a copy of the colleague's own database, made beside the running window, and
// lets a look be taken at what the window is made from. The window knows nothing of it.
func (c *colleague) glance(look func(*desk, syncproto.Reading) error) error {
	dir, err := os.MkdirTemp(filepath.Dir(c.folder), "glance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := c.copyReplica(filepath.Join(dir, c.who.login)); err != nil {
		return err
	}
	folder, err := replica.OpenFolder(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	r, err := folder.Open(c.office.t.Context(), c.who.login, func([]syncproto.Ref) {})
	if err != nil {
		return err
	}
	defer r.Close()
	words, err := present.LoadWords("zh")
	if err != nil {
		return err
	}
	return look(&desk{t: c.office.t, ctx: c.office.t.Context(), replica: r, present: present.Desk{Replica: r, Words: words}}, boottime.Open().Read())
}

// copyReplica copies what vouches for the database, and then the database as of one
// moment: the other way round it would look as if it had been set back.
func (c *colleague) copyReplica(to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	for _, name := range []string{"device.key", "line.json"} {
		text, err := os.ReadFile(filepath.Join(c.folder, c.who.login, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o600); err != nil {
			return err
		}
	}
	return c.query(func(db *sql.DB) error {
		_, err := db.ExecContext(c.office.t.Context(), "VACUUM INTO ?", filepath.Join(to, "replica.db"))
		return err
	})
}

// query reads the colleague's database beside the running window.
func (c *colleague) query(read func(*sql.DB) error) error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(c.folder, c.who.login, "replica.db")+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	return errors.Join(read(db), db.Close())
}

// page is a page of the colleague's window as text. number is of the ticket it is about,
// if it is about one.
func (c *colleague) page(name, number string) []string {
	var lines []string
	err := c.glance(func(d *desk, at syncproto.Reading) error {
		var about syncproto.Ref
		if number != "" {
			var err error
			if about, err = numbered(d, number); err != nil {
				return err
			}
		}
		var err error
		lines, err = d.page(at, name, about)
		return err
	})
	if err != nil {
		return []string{"not to be read: " + err.Error()}
	}
	return lines
}

// numbered finds a ticket by its number.
func numbered(d *desk, number string) (syncproto.Ref, error) {
	rows, err := d.replica.Numbered(d.ctx, number)
	if err != nil {
		return syncproto.Ref{}, err
	}
	for _, r := range rows {
		if r.Ref.Kind == syncproto.KindTicket {
			return r.Ref, nil
		}
	}
	return syncproto.Ref{}, fmt.Errorf("no ticket %s here", number)
}

// numberOf is the number of the ticket with the subject, "" where the desk has none.
func (c *colleague) numberOf(subject string) (number string) {
	for _, row := range c.page("work", "") {
		if parts := strings.Split(row, " · "); len(parts) > 1 && parts[1] == subject {
			return parts[0]
		}
	}
	return ""
}

// ticket is a ticket as the desk has it, and whether the server has confirmed all of it.
func (c *colleague) ticket(number string) (body ticket.Body, ref syncproto.Ref, confirmed bool) {
	_ = c.glance(func(d *desk, _ syncproto.Reading) error { // what is not there yet is empty
		var err error
		if ref, err = numbered(d, number); err != nil {
			return err
		}
		doc, _, err := d.replica.Document(d.ctx, ref)
		body, _ = doc.Body.(ticket.Body)
		confirmed = !doc.Pending
		return err
	})
	return body, ref, confirmed
}

// clock is the newest clock of a ladder on the ticket.
func clock(of ticket.Body, ladder escalation.Ladder) (escalation.Clock, bool) {
	for _, c := range slices.Backward(of.Clocks) {
		if c.Ladder == ladder {
			return c, true
		}
	}
	return escalation.Clock{}, false
}

// connected says whether the desk has the server on the line and nothing waits.
func (c *colleague) connected() (seen string, holds bool) {
	var since, waiting int64
	err := c.query(func(db *sql.DB) error {
		return db.QueryRowContext(c.office.t.Context(),
			"SELECT offline_since, (SELECT count(*) FROM outbox WHERE outcome = 0) FROM self").Scan(&since, &waiting)
	})
	return fmt.Sprintf("offline since %d, %d waiting, %v", since, waiting, err), err == nil && since == 0 && waiting == 0
}

// offline says whether the desk knows that the line is cut.
func (c *colleague) offline() (seen string, holds bool) {
	var since int64
	err := c.query(func(db *sql.DB) error {
		return db.QueryRowContext(c.office.t.Context(), "SELECT offline_since FROM self").Scan(&since)
	})
	return fmt.Sprintf("offline since %d, %v", since, err), err == nil && since != 0
}

// code is the code of the machine, as it stands in ticket numbers.
func (c *colleague) code() (code string) {
	if err := c.glance(func(d *desk, _ syncproto.Reading) error {
		code = d.replica.Owner().DeviceCode
		return nil
	}); err != nil {
		c.office.t.Fatalf("asking %s for its code: %v", c.desk, err)
	}
	return code
}

// firings are those that the server's log has of a ticket's ladder, in order.
func (o *office) firings(ref syncproto.Ref, of escalation.Ladder) (all []escalation.Fired) {
	o.t.Helper()
	s, err := store.OpenToRead(o.t.Context(), filepath.Join(o.data, "central.db"))
	if err != nil {
		o.t.Fatal(err)
	}
	err = s.View(o.t.Context(), func(v *store.View) error {
		events, _, err := v.History(ref, 0, 0, syncproto.MaxMessage)
		for _, e := range events {
			var entry syncproto.HistoryEntry
			if err := syncproto.Decode(e.Entry, &entry); err != nil {
				return err
			}
			event, err := rules.ReadEvent(entry.Event)
			if err != nil {
				return err
			}
			if fired, is := event.(escalation.Fired); is && fired.Clock.Ladder == of {
				all = append(all, fired)
			}
		}
		return err
	})
	if err = errors.Join(err, s.Close()); err != nil {
		o.t.Fatalf("reading the server's log: %v", err)
	}
	return all
}

// trail is what the server's log has of a document: the kinds of its events, in order.
func (o *office) trail(ref syncproto.Ref) (kinds []string) {
	o.t.Helper()
	for row := range strings.Lines(o.read("log")) {
		if cells := strings.Fields(row); strings.HasPrefix(row, "      ") && len(cells) > 1 && cells[1] == ref.String() {
			kinds = append(kinds, cells[0])
		}
	}
	return kinds
}
