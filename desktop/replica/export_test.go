package replica

import (
	"context"
	"fmt"
)

// FillDisk leaves the database no room to grow; 0 gives it back.
func (r *Replica) FillDisk(ctx context.Context, full bool) error {
	limit := 1 << 30
	if full {
		limit = 1 // SQLite takes the pages there are
	}
	_, err := r.writer.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, limit))
	return err
}

// Impatient has the writer wait for no other program.
func (r *Replica) Impatient(ctx context.Context) error {
	_, err := r.writer.ExecContext(ctx, `PRAGMA busy_timeout = 0`)
	return err
}
