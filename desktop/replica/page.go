package replica

import (
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"

	"redress/syncproto"
)

// unpacker unpacks pages, none of which may become larger than it is allowed to.
var unpacker = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(syncproto.MaxPageBytes))
})

func unpack(p *syncproto.Page) (contents syncproto.PageContents, err error) {
	decoder, err := unpacker()
	if err != nil {
		return contents, err
	}
	// The room is there from the start: what grew with every frame would be copied as often, and a
	// page may come in thousands of them.
	data, err := decoder.DecodeAll(p.Packed, make([]byte, 0, syncproto.MaxPageBytes))
	if err != nil {
		return contents, &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: "unpacking a page", Detail: err.Error()}
	}
	err = syncproto.Decode(data, &contents)
	return contents, err
}

// takePage takes in what the server holds of a part of a bucket, at the very position of its
// delta. It replaces what is here: what is not in it has left that bucket, whatever this desk
// thinks (counterexample C3), and what is here in another form is damaged, or of an epoch that
// is gone (C6).
func (c *change) takePage(p *syncproto.Page) error {
	if !c.self.has(p.Bucket) {
		return &syncproto.Problem{Code: syncproto.CodeOutOfOrder, Doing: "taking in a page", Detail: "of a bucket that is not this desk's"}
	}
	contents, err := unpack(p)
	if err != nil {
		return err
	}
	listed := map[syncproto.Ref]bool{}
	for _, doc := range contents.Documents {
		listed[doc.Ref] = true
	}
	gone, err := c.notListed(p, listed)
	if err != nil {
		return err
	}
	for _, ref := range gone {
		if c.self.sweeping {
			if err := c.forget(ref); err != nil {
				return err
			}
			continue
		}
		if err := c.remove(ref); err != nil {
			return err
		}
	}
	for _, doc := range contents.Documents {
		if err := c.replace(doc); err != nil {
			return err
		}
	}
	for _, entry := range contents.History {
		if err := c.takeHistory(entry); err != nil {
			return err
		}
	}
	if doc, is := endsHistory(contents); is {
		return c.leaveOutGap(doc)
	}
	return nil
}

// endsHistory is the document whose history no page holds, where this one has the last part: it comes first.
func endsHistory(contents syncproto.PageContents) (doc syncproto.Document, is bool) {
	if len(contents.Documents) == 0 || len(contents.History) == 0 {
		return doc, false
	}
	doc, is = contents.Documents[0], contents.History[0].Event.Version > 1
	return doc, is && contents.History[0].Event.Doc == doc.Ref
}

// fewParts is up to how many parts are looked up one by one.
const fewParts = 16

// notListed are the documents here that are in the page's bucket, parts and range, and not in
// the page.
func (c *change) notListed(p *syncproto.Page, listed map[syncproto.Ref]bool) (gone []syncproto.Ref, err error) {
	take := func(ref syncproto.Ref, as counted) {
		if listed[ref] || !p.Parts.Has(ref.Part()) {
			return
		}
		for b := range eachBucket(as.buckets) {
			if b == p.Bucket {
				gone = append(gone, ref)
			}
		}
	}
	upto := p.Upto
	if p.Last {
		upto = syncproto.Ref{Kind: ^syncproto.DocKind(0)}
	}
	between := []any{p.After.Kind, p.After.ID[:], upto.Kind, upto.ID[:]}
	if p.Parts.Count() > fewParts {
		return gone, c.eachCounted(selectBetween, take, between...)
	}
	for part := range syncproto.PartCount {
		if p.Parts.Has(uint8(part)) {
			if err := c.eachCounted(selectPartBetween, take, append(between, []byte{byte(part)})...); err != nil {
				return nil, err
			}
		}
	}
	return gone, nil
}

const (
	selectBetween     = `SELECT kind, id, mark, buckets FROM document WHERE limbo = 0 AND (kind, id) > (?, ?) AND (kind, id) <= (?, ?)`
	selectPartBetween = `SELECT kind, id, mark, buckets FROM document WHERE limbo = 0 AND (kind, id) > (?1, ?2) AND (kind, id) <= (?3, ?4) AND substr(id, 16) = ?5`
)

// replace takes in a document of a page, whatever is here, and lets go what a history here has
// beyond it. What is the same is left alone.
func (c *change) replace(doc syncproto.Document) error {
	as, _, err := c.countedAs(doc)
	if err != nil {
		return err
	}
	var same bool
	err = c.row(`SELECT epoch = ? AND version = ? AND body = ? AND mark = ? AND buckets = ? AND limbo = 0 FROM document WHERE kind = ? AND id = ?`,
		doc.Epoch, doc.Version, doc.Body, int64(as.mark), as.buckets, doc.Ref.Kind, doc.Ref.ID[:]).Scan(&same)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("comparing %v: %w", doc.Ref, err)
	}
	if same {
		return nil
	}
	if err := c.exec("cutting a history", `DELETE FROM history WHERE kind = ? AND id = ? AND version > ?`, doc.Ref.Kind, doc.Ref.ID[:], doc.Version); err != nil {
		return err
	}
	return c.write(doc)
}
