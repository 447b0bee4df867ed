package gateway_test

import (
	"sync/atomic"
	"testing"

	"redress/syncproto"
)

// markOf is a copy that a test moves on.
type markOf struct{ atomic.Uint64 }

func (m *markOf) Mark() uint64 { return m.Load() }

// TestAGrantWaitsForTheCopy: it is issued and stands in the account, and no desk gets it
// before the copy of the log holds its entry. Then it is sent without anybody asking.
func TestAGrantWaitsForTheCopy(t *testing.T) {
	s := serve(t)
	copied := &markOf{}
	s.Hub.Copy = copied
	copied.Store(s.Ledger.Head().Seq)
	manager := s.desk(s.Manager, "li")
	online(t, manager)
	play(t, manager, func() bool { return account(t, manager).Share(manager.Incarnation) == 6000*syncproto.Yuan })
	ask := tap(t, manager, syncproto.CommandNote, struct{}{}) // rejected; its verdict comes behind whatever was sent before
	play(t, manager, func() bool { return manager.Verdicts[ask].Outcome != 0 })
	if len(manager.Grants) > 0 {
		t.Fatalf("the copy is at %d of %d, and %d grants were sent", copied.Mark(), s.Ledger.Head().Seq, len(manager.Grants))
	}
	copied.Store(s.Ledger.Head().Seq)
	s.Hub.Marked(copied.Mark())
	if took := takes(t, manager); took != 6000*syncproto.Yuan {
		t.Errorf("with the copy there: took %v", took)
	}
	s.Verify()
}
