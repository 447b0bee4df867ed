package replica

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"fmt"

	"redress/desktop/turn"
	"redress/syncproto"
	"redress/syncproto/reference"
)

// change is one transaction of the writer, with what will be in memory once it is
// committed.
type change struct {
	statements *statements
	ctx        context.Context
	key        ed25519.PrivateKey
	self       self
	known      reference.Reference
	before     reference.Reference // known as it was when the transaction began
	touched    map[syncproto.Ref]touch
	renamed    map[syncproto.Ref]bool               // not touched, but found by another name or number than before
	written    map[syncproto.Ref]written            // the confirmed documents of this transaction, as they are in the table now
	recounted  map[syncproto.Bucket]*syncproto.Sums // of the buckets in which something came or went
	forgets    bool                                 // a document of the reference data has left
	lone       bool                                 // nothing done here is over a confirmed body, or left over one
}

// written is a document that was just taken in, so that it need not be read again.
type written struct {
	version uint64
	body    []byte
	read    any // the body as a value; nil where only a newer program can read it
}

// touch is why a document's overlay is folded anew.
type touch uint8

const (
	done    touch = 1 // something was done here, or got its verdict
	arrived touch = 2 // the server sent its body or history
)

func (c *change) touch(ref syncproto.Ref, why touch) { c.touched[ref] = max(c.touched[ref], why) }

// carryOut does the work, then folds anew what it touched.
func (c *change) carryOut(do func(*change) error) error {
	if err := do(c); err != nil {
		return err
	}
	if err := c.refoldTouched(); err != nil {
		return err
	}
	if c.forgets { // as whoever opens this file now would read it
		known, err := loadReference(c.query, c.self.known)
		if err != nil {
			return err
		}
		c.known = known
	}
	if before := turn.ReaderOf(c.self.person, c.before); !before.Same(turn.ReaderOf(c.self.person, c.known)) {
		if err := c.lineUpAnew(); err != nil {
			return err
		}
	}
	if err := c.storeSums(); err != nil {
		return err
	}
	return c.storeSelf()
}

// refoldTouched folds anew what was touched so far.
func (c *change) refoldTouched() error {
	if len(c.touched) == 0 {
		return nil
	}
	err := c.row(`SELECT NOT EXISTS (SELECT 1 FROM command_event WHERE overlaid = 1) AND NOT EXISTS (SELECT 1 FROM overlay)`).Scan(&c.lone)
	if err != nil {
		return fmt.Errorf("looking for what was done here: %w", err)
	}
	for _, ref := range sortedRefs(c.touched) {
		if err := c.refold(ref); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) run(text string, arguments ...any) (sql.Result, error) {
	return c.statements.run(c.ctx, text, arguments...)
}

// exec runs a statement; doing is for the error.
func (c *change) exec(doing, text string, arguments ...any) error {
	if _, err := c.run(text, arguments...); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

func (c *change) query(text string, arguments ...any) (*sql.Rows, error) {
	return c.statements.query(c.ctx, text, arguments...)
}

func (c *change) row(text string, arguments ...any) scanner {
	return c.statements.row(c.ctx, text, arguments...)
}
