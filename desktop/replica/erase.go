package replica

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"redress/syncproto"
)

// erasedName is the file that is left of a replica whose device was revoked: it says so to who
// wants to log in.
const erasedName = "erased"

// erasable are the tables with what a person had on this device; what remains in the others says
// nothing of customers.
var erasable = []string{"document", "history", "command_event", "outbox", "overlay", "listing", "charge", "grants", "findable",
	"words", "file", "draft", "open_count", "bucket_sums", "bucket", "heal"}

// Erase deletes all that was held here, because headquarters revoked the device (design §7): what
// was confirmed, what was done, drafts and the password; from then on nothing is kept any more.
// It does so only where the last command made here is counter, for that is how far the server has
// them all. It returns the counter that is the last: another one where something was done in the
// very moment, and then nothing is erased.
func (r *Replica) Erase(ctx context.Context, counter uint64) (uint64, error) {
	last := counter
	ctx = context.WithoutCancel(ctx)
	// What is deleted is overwritten, in the file and in its journal.
	if err := r.apart(ctx, `PRAGMA secure_delete = ON`); err != nil {
		return 0, fault(r.path, "erasing a revoked device", err)
	}
	err := r.commit(ctx, "erasing a revoked device", func(c *change) error {
		if last = c.self.link.Counter; last != counter {
			return nil
		}
		if err := c.everything(); err != nil {
			return err
		}
		for _, table := range erasable {
			if err := c.exec("erasing "+table, "DELETE FROM "+table); err != nil {
				return err
			}
		}
		c.self.password, c.self.current, c.self.cursor = "", false, 0
		c.self.held, c.self.filling, c.self.sums, c.self.wanted = nil, nil, nil, nil
		c.self.erased = max(c.self.heardLast(), 1)
		return nil
	})
	if err != nil || last != counter {
		return last, err
	}
	for _, text := range []string{`VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		// The rows are gone. Where somebody still reads, the room they took is given back by
		// the next start, which deletes the file.
		_ = r.apart(ctx, text)
	}
	return last, nil
}

// everything is shown differently from now on.
func (c *change) everything() error {
	rows, err := c.query(`SELECT kind, id FROM document UNION SELECT kind, id FROM overlay`)
	if err != nil {
		return fmt.Errorf("listing what is erased: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for rows.Next() {
		var ref syncproto.Ref
		if err := rows.Scan(&ref.Kind, fixed(&ref.ID)); err != nil {
			return fmt.Errorf("listing what is erased: %w", err)
		}
		c.renamed[ref] = true
	}
	return rows.Err()
}

// Erased says that the device was revoked and this replica erased.
func (r *Replica) Erased() bool { return r.self.Load().erased != 0 }

// Buried says that nothing is left of the device: its key is gone, and it has nothing more to say
// to the server.
func (r *Replica) Buried() bool { return r.buried.Load() }

// Bury gives up the device's key, once the server knows that the replica is erased. The database
// goes when its folder is opened the next time.
func (r *Replica) Bury() error {
	const doing = "giving up the key of a revoked device"
	if !r.Erased() {
		return &syncproto.Problem{Code: syncproto.CodeOutOfOrder, Doing: doing, Detail: "the replica is not erased"}
	}
	place := filepath.Dir(r.path)
	if err := os.WriteFile(filepath.Join(place, erasedName), []byte(r.Owner().DeviceCode+"\n"), 0o600); err != nil {
		return refusedBySystem(place, doing, err)
	}
	var failed []error
	if line := r.line.chained; line != nil {
		line.settle()
		failed = append(failed, line.chain.Delete(keyItem(line.public)), line.chain.Delete(lineItem(line.public)))
	}
	failed = append(failed, removed(filepath.Join(place, keyName)), removed(filepath.Join(place, lineName)))
	r.buried.Store(true) // from here on the place is the next device's
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// clearGrave takes away what is left of a revoked device but that it is one. As long as the database is there
// the key is that device's, also where a crash came before it was given up; so the database goes last.
func clearGrave(place string, chain Keychain) error {
	const doing = "clearing away a revoked device"
	database := filepath.Join(place, databaseName)
	if !exists(database) || !isErased(place) {
		return nil
	}
	name := filepath.Join(place, keyName)
	text, _ := os.ReadFile(name)
	if public, chained := strings.CutPrefix(strings.TrimSpace(string(text)), inKeychain); chained && chain != nil {
		_, _ = chain.Delete(keyItem(public)), chain.Delete(lineItem(public)) // where it is locked nothing leads there any more
	}
	for _, name := range []string{name, filepath.Join(place, lineName), database + "-wal", database + "-shm", database} {
		if err := removed(name); err != nil {
			return refusedBySystem(name, doing, err)
		}
	}
	return nil
}

// removed deletes a file, if it is there.
func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// isErased says that the place is what is left of a revoked device.
func isErased(place string) bool { return exists(filepath.Join(place, erasedName)) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// apart does what no transaction may be open for.
func (r *Replica) apart(ctx context.Context, text string) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	_, err := r.connection.ExecContext(ctx, text)
	return err
}
