package ledger

import (
	"redress/syncproto/decision"
	"redress/syncproto/reference"
)

// SetRule puts something else in the place of the rules, so that a test can see one fail.
func (l *Ledger) SetRule(rule func(decision.Input, reference.Reference) decision.Outcome) {
	l.rule = rule
}

// Cached is how many documents are kept ready, and about what they take of memory.
func (l *Ledger) Cached() (documents, bytes int) { return l.documents.order.Len(), l.documents.cost }
