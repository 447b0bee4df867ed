package ledger

import (
	"redress/syncproto/decision"
	"redress/syncproto/reference"
)

// SetRule puts something else in the place of the rules, so that a test can see one fail.
func (l *Ledger) SetRule(rule func(decision.Input, reference.Reference) decision.Outcome) {
	l.rule = rule
}
