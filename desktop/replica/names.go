package replica

import (
	"context"
	"slices"

	"redress/syncproto"
)

// selectNames are the names of so many customers, each looked up by its id.
func selectNames(n int) string {
	return `SELECT id, name FROM file WHERE kind = ? AND id IN (` + marks(n) + `)`
}

// Names are what the customers with the ids are called, as far as their files are held here.
func (r *Replica) Names(ctx context.Context, customers []syncproto.ID) (map[syncproto.ID]string, error) {
	names := make(map[syncproto.ID]string, len(customers))
	for some := range slices.Chunk(customers, MaxWindow) {
		if err := r.names(ctx, some, names); err != nil {
			return nil, fault(r.path, "reading the names of customers", err)
		}
	}
	return names, nil
}

func (r *Replica) names(ctx context.Context, of []syncproto.ID, into map[syncproto.ID]string) error {
	arguments := []any{syncproto.KindCustomer}
	for _, id := range of {
		arguments = append(arguments, id[:])
	}
	rows, err := r.reader.QueryContext(ctx, selectNames(len(of)), arguments...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for rows.Next() {
		var id syncproto.ID
		var name string
		if err := rows.Scan(fixed(&id), &name); err != nil {
			return err
		}
		into[id] = name
	}
	return rows.Err()
}
