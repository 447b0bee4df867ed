package theme

import "fyne.io/fyne/v2"

// A Role is what a strong colour says. Only time, money and what needs the
// person have one.
type Role string

// The roles of a deadline, from worst to settled.
const (
	Missed     Role = "missed"     // ended too late
	Overdue    Role = "overdue"    // past its due time and still running
	Warning    Role = "warning"    // past its warning point
	Running    Role = "running"    // in time
	Disputed   Role = "disputed"   // the readings do not settle whether it was met
	MetOffline Role = "metOffline" // met by work done without a line
	Met        Role = "met"        // ended in time
	Void       Role = "void"       // does not count
)

// The roles of money, and of what cannot go on without the person.
const (
	MoneyLeft  Role = "moneyLeft"
	MoneySpent Role = "moneySpent"
	MoneyOver  Role = "moneyOver" // more than the person may approve
	NeedsYou   Role = "needsYou"
)

// Escalated is a ticket that went to somebody higher up.
const Escalated Role = "escalated"

// Roles are all of them, in the order of a legend.
var Roles = []Role{
	Missed, Overdue, Warning, Running, Disputed, MetOffline, Met, Void,
	NeedsYou, Escalated, MoneyOver, MoneyLeft, MoneySpent,
}

// signs differ in shape, so that they can be told apart in one colour and at
// 12 units. The shipped font holds all of them.
var signs = map[Role]string{
	Missed:     "■",
	Overdue:    "▲",
	Warning:    "◆",
	Running:    "●",
	Disputed:   "≠",
	MetOffline: "◐",
	Met:        "✓",
	Void:       "⊘",
	NeedsYou:   "‼",
	Escalated:  "⇧",
	MoneyOver:  "⊗",
	MoneyLeft:  "█",
	MoneySpent: "░",
}

// Color is the name under which the theme knows the colour of the role.
func (r Role) Color() fyne.ThemeColorName { return fyne.ThemeColorName("redress." + string(r)) }

// Sign is the sign of the role; of an unknown role it is empty.
func (r Role) Sign() string { return signs[r] }

// WordKey is where the words hold the name of the role.
func (r Role) WordKey() string { return "sign." + string(r) }
