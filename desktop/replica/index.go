package replica

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"redress/syncproto"
	"redress/syncproto/rules"
)

// The rows of the index. Their places are in the order of an answer, so that a reading of the
// first that fit stops as soon as it has enough, however many fit: open tickets, then closed
// ones, then claims, which have the numbers of their tickets; among these by the second, and
// within it by the document's id, so that the same documents have the same order on every desk.
// What is closed or opened again changes its place.
const (
	placesASecond = 1 << 20
	placesAClass  = 1 << 56
)

// placesOf is where the places are of documents like this one, that began in the same second.
func placesOf(ref syncproto.Ref, body any, at syncproto.Instant) int64 {
	places := int64(at) / int64(syncproto.Second) * placesASecond
	if ref.Kind == syncproto.KindTicket {
		places += placesAClass
		if rules.IndexOf(ref, body).Open {
			places += placesAClass
		}
	}
	return places
}

// storeWords writes a document into the index, at one of some places, where something of it
// changed.
func (c *change) storeWords(ref syncproto.Ref, places int64, f findable, t texts) error {
	f.sum = t.sum()
	before, there, err := c.inIndex(ref)
	if err != nil {
		return err
	}
	kept := there && before.place/placesASecond*placesASecond == places
	if kept && before.sum == f.sum && string(before.customer) == string(f.customer) && string(before.vehicle) == string(f.vehicle) {
		return nil
	}
	if there && !kept {
		if err := c.dropFindable(ref); err != nil {
			return err
		}
	}
	if f.place = before.place; !kept {
		if f.place, err = c.freePlace(places, ref); err != nil {
			return err
		}
	}
	if err := c.exec("writing what can be found", `INSERT INTO findable (place, kind, id, customer, vehicle, sum) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (place) DO UPDATE SET customer = excluded.customer, vehicle = excluded.vehicle, sum = excluded.sum`,
		f.place, ref.Kind, ref.ID[:], f.customer, f.vehicle, f.sum); err != nil {
		return err
	}
	if kept && before.sum == f.sum {
		return nil
	}
	return c.exec("writing into the index", `INSERT OR REPLACE INTO words (rowid, number, phone, vin, name, subject, details, trail)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, append([]any{f.place}, t.columns()...)...)
}

// inIndex is the document as it stands in the index.
func (c *change) inIndex(ref syncproto.Ref) (f findable, there bool, err error) {
	err = c.row(`SELECT place, customer, vehicle, sum FROM findable WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:]).
		Scan(&f.place, &f.customer, &f.vehicle, &f.sum)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	if err != nil {
		return f, false, fmt.Errorf("looking for %v in the index: %w", ref, err)
	}
	return f, true, nil
}

// freePlace is where a document stands among some places: at one that follows from its id, or
// the next that is free.
func (c *change) freePlace(places int64, ref syncproto.Ref) (int64, error) {
	place := places + int64(binary.BigEndian.Uint32(ref.ID[len(ref.ID)-4:])%placesASecond)
	for {
		var taken bool
		if err := c.row(`SELECT EXISTS (SELECT 1 FROM findable WHERE place = ?)`, place).Scan(&taken); err != nil {
			return 0, fmt.Errorf("looking for a place in the index: %w", err)
		}
		if !taken {
			return place, nil
		}
		place++
	}
}

// dropFindable takes a document out of the index.
func (c *change) dropFindable(ref syncproto.Ref) error {
	f, there, err := c.inIndex(ref)
	if err != nil || !there {
		return err
	}
	if err := c.exec("taking out of the index", `DELETE FROM words WHERE rowid = ?`, f.place); err != nil {
		return err
	}
	return c.exec("taking out of what can be found", `DELETE FROM findable WHERE place = ?`, f.place)
}

// fillIndex makes what is derived where the file comes from a program that knew no search, or
// read texts in another way. It is done before anybody works, in one transaction: a program
// that ends meanwhile begins again.
func (r *Replica) fillIndex(ctx context.Context) error {
	const doing = "preparing the search"
	var version int
	if err := r.reads.row(ctx, `SELECT version FROM search`).Scan(&version); err != nil {
		return fault(r.path, doing, err)
	}
	if version == searchVersion {
		return nil
	}
	if _, err := r.transact(context.WithoutCancel(ctx), (*change).deriveAnew); err != nil {
		return fault(r.path, doing, err)
	}
	return nil
}
