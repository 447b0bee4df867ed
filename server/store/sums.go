package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"redress/syncproto"
)

// The sums of the buckets (design §7). They follow from documents and memberships; the ledger
// says how a batch changes them, and they are written with it, one row a bucket.

// Recount is by how much a batch changes one part of a bucket.
type Recount struct {
	Bucket syncproto.Bucket
	Part   uint8
	By     syncproto.Sum
}

// countingVersion is of how sums are made. A file that was counted by another is counted anew
// when it is opened.
const countingVersion = 1

const (
	readSums      = "read sums"
	putSums       = "put sums"
	everySums     = "read every sum"
	everyBucketOf = "read every bucket of every document"
)

var selectSums = `SELECT bucket, sums FROM bucket_sums WHERE bucket IN (?` + strings.Repeat(", ?", atOnce-1) + `)`

// recount brings the sums to what the batch makes of them: one reading and one writing for
// many buckets.
func (w *writing) recount(changes []Recount) {
	if len(changes) == 0 || w.err != nil {
		return
	}
	sums := map[syncproto.Bucket]*syncproto.Sums{}
	for _, c := range changes {
		sums[c.Bucket] = nil
	}
	buckets := slices.SortedFunc(maps.Keys(sums), compareBuckets)
	if w.err = w.loadSums(buckets, sums); w.err != nil {
		return
	}
	for _, c := range changes {
		if sums[c.Bucket] == nil {
			sums[c.Bucket] = &syncproto.Sums{}
		}
		part := &sums[c.Bucket][c.Part]
		*part = part.Add(c.By)
	}
	w.each(putSums, len(buckets), func(i int) []any { return []any{buckets[i][:], sums[buckets[i]].Bytes()} })
}

func compareBuckets(a, b syncproto.Bucket) int { return strings.Compare(string(a[:]), string(b[:])) }

// loadSums reads those of the buckets that were counted before.
func (w *writing) loadSums(buckets []syncproto.Bucket, into map[syncproto.Bucket]*syncproto.Sums) error {
	for some := range slices.Chunk(buckets, atOnce) {
		rows, err := w.tx.StmtContext(w.ctx, w.statements[readSums]).QueryContext(w.ctx, bucketArguments(some)...)
		if err == nil {
			err = scanSums(rows, func(b syncproto.Bucket, s *syncproto.Sums) error {
				into[b] = s
				return nil
			})
		}
		if err != nil {
			return fmt.Errorf("%s: %w", readSums, err)
		}
	}
	return nil
}

// bucketArguments are always as many as the query asks for: the last stands for those that
// are not.
func bucketArguments(some []syncproto.Bucket) []any {
	values := make([]any, atOnce)
	for n := range values {
		values[n] = some[min(n, len(some)-1)][:]
	}
	return values
}

func scanSums(rows *sql.Rows, take func(syncproto.Bucket, *syncproto.Sums) error) error {
	var err error
	for err == nil && rows.Next() {
		var bucket, data []byte
		if err = rows.Scan(&bucket, &data); err != nil {
			break
		}
		var sums *syncproto.Sums
		if sums, err = syncproto.ReadSums(data); err == nil && len(bucket) == len(syncproto.Bucket{}) {
			err = take(syncproto.Bucket(bucket), sums)
		}
	}
	return errors.Join(err, rows.Err(), rows.Close())
}

// Sums are those of the buckets, in their order; empty for one that nothing was ever in.
func (v *View) Sums(buckets []syncproto.Bucket) ([]*syncproto.Sums, error) {
	sums := make([]*syncproto.Sums, len(buckets))
	for n := range sums {
		sums[n] = &syncproto.Sums{}
	}
	for first := 0; first < len(buckets); first += atOnce {
		some := buckets[first:min(first+atOnce, len(buckets))]
		rows, err := v.tx.StmtContext(v.ctx, v.statements[readSums]).QueryContext(v.ctx, bucketArguments(some)...)
		if err == nil {
			err = scanSums(rows, func(b syncproto.Bucket, s *syncproto.Sums) error {
				sums[first+slices.Index(some, b)] = s
				return nil
			})
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", readSums, sorted(err))
		}
	}
	return sums, nil
}

// EverySums hands out the sums of all buckets.
func (v *View) EverySums(take func(syncproto.Bucket, *syncproto.Sums) error) error {
	rows, err := v.tx.StmtContext(v.ctx, v.statements[everySums]).QueryContext(v.ctx)
	if err == nil {
		err = scanSums(rows, take)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", everySums, sorted(err))
	}
	return nil
}

const everyBucketOfSQL = `SELECT m.bucket, d.kind, d.id, d.epoch, d.version, d.body FROM membership m
	JOIN document d ON d.kind = m.kind AND d.id = m.id WHERE m.present = 1 ORDER BY m.bucket, m.kind, m.id`

// CountAnew makes all sums from documents and memberships: for a file of an earlier release,
// and for whoever writes a log without the ledger. Nobody may be writing meanwhile.
func (s *Store) CountAnew(ctx context.Context) error {
	id, err := s.Identity(ctx)
	if errors.Is(err, ErrNoIdentity) {
		err = nil // it belongs to no log, so nothing is in it
	}
	if err == nil {
		err = s.countAnew(ctx, id.LogID)
	}
	if err != nil {
		return fmt.Errorf("counting what the buckets of %s hold: %w", s.path, sorted(err))
	}
	return nil
}

func (s *Store) countAnew(ctx context.Context, log syncproto.ID) (err error) {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, tx.Rollback())
		}
	}()
	if err = recount(ctx, tx, log); err != nil {
		return err
	}
	return tx.Commit()
}

// recount does it in a transaction that goes on.
func recount(ctx context.Context, tx *sql.Tx, log syncproto.ID) error {
	sums, err := countRows(ctx, tx, log)
	if err != nil {
		return err
	}
	if _, err = tx.ExecContext(ctx, `DELETE FROM bucket_sums`); err != nil {
		return err
	}
	for _, bucket := range slices.SortedFunc(maps.Keys(sums), compareBuckets) {
		if _, err = tx.ExecContext(ctx, insertSQL[putSums], bucket[:], sums[bucket].Bytes()); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `UPDATE counted SET version = ?`, countingVersion)
	return err
}

func countRows(ctx context.Context, tx *sql.Tx, log syncproto.ID) (map[syncproto.Bucket]*syncproto.Sums, error) {
	rows, err := tx.QueryContext(ctx, everyBucketOfSQL)
	if err != nil {
		return nil, err
	}
	sums := map[syncproto.Bucket]*syncproto.Sums{}
	for err == nil && rows.Next() {
		var bucket, id []byte
		var version int64
		var d syncproto.Document
		if err = rows.Scan(&bucket, &d.Ref.Kind, &id, &d.Epoch, &version, &d.Body); err != nil {
			break
		}
		copy(d.Ref.ID[:], id)
		d.Version = position(version)
		b := syncproto.Bucket(bucket)
		if sums[b] == nil {
			sums[b] = &syncproto.Sums{}
		}
		part := &sums[b][d.Ref.Part()]
		*part = part.Add(syncproto.One(syncproto.Mark(log, d)))
	}
	return sums, errors.Join(err, rows.Err(), rows.Close())
}

// count counts where nobody did, or in another way.
func (s *Store) count(ctx context.Context) error {
	var version int
	if err := s.readers.QueryRowContext(ctx, `SELECT version FROM counted`).Scan(&version); err != nil {
		return err
	}
	if version == countingVersion {
		return nil
	}
	return s.CountAnew(ctx)
}

// readMembers reads who is in a bucket, of some parts; a bucket is gone through in the order of
// its key, so that a page costs what is in it where all parts are wanted.
const readMembers = "read members"

const readMembersSQL = `SELECT kind, id FROM membership WHERE bucket = ? AND (kind, id) > (?, ?) AND present = 1
	AND instr(?, substr(id, 16)) > 0 ORDER BY kind, id LIMIT ?`

// Members are at most limit documents that are in some parts of a bucket, past one, in order.
func (v *View) Members(bucket syncproto.Bucket, parts syncproto.PartSet, after syncproto.Ref, limit int) ([]syncproto.Ref, error) {
	wanted := make([]byte, 0, syncproto.PartCount)
	for part := range syncproto.PartCount {
		if parts.Has(uint8(part)) {
			wanted = append(wanted, byte(part))
		}
	}
	var refs []syncproto.Ref
	return refs, v.each(readMembers, func(rows *sql.Rows) error {
		var ref syncproto.Ref
		var id []byte
		err := rows.Scan(&ref.Kind, &id)
		copy(ref.ID[:], id)
		refs = append(refs, ref)
		return err
	}, bucket[:], after.Kind, after.ID[:], wanted, limit)
}
