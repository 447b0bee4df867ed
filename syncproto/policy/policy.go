// Package policy is what headquarters decides and everybody keeps to: limits, times, and
// who may do what. Every number of the business is here as data, never a constant in a
// rule.
//
// A policy version is a document that never changes. A new one binds what starts after
// it: a clock that runs keeps the due time it was started with.
package policy

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
)

// Body is one policy version. The comments name the requirement a value comes from; those
// marked ours are defaults of this project.
type Body struct {
	// Number counts versions from 1; the largest is in force.
	Number        uint32            `cbor:"1,keyasint,omitempty"`
	IssuedAt      syncproto.Instant `cbor:"2,keyasint,omitempty"`
	ResponseLimit syncproto.Span    `cbor:"3,keyasint,omitempty"` // 2 h (§4 response)
	PromiseLimit  syncproto.Span    `cbor:"4,keyasint,omitempty"` // 24 h after the first contact (§4 promise)
	// WarnAt is where between start and due a clock warns, in basis points: 8000 (ours).
	WarnAt int64 `cbor:"5,keyasint,omitempty"`
	// MonthlyLimit is a regional manager's handling authority: 6,000 CNY (§6).
	MonthlyLimit syncproto.Fen `cbor:"6,keyasint,omitempty"`
	// HoldAfterDue is how long a firing waits for a desk of the responsible unit that has
	// announced commands: 30 s, and HoldAfterStart how long all firings wait after the
	// server started: 60 s (design §6, ours).
	HoldAfterDue   syncproto.Span `cbor:"7,keyasint,omitempty"`
	HoldAfterStart syncproto.Span `cbor:"8,keyasint,omitempty"`
	// OfflineUse is how long a replica may be used without the server: 14 days (ours).
	OfflineUse syncproto.Span `cbor:"9,keyasint,omitempty"`
	// May is the table of requirements §1: who may do what.
	May []Permission `cbor:"10,keyasint,omitempty"`
	// The lists people choose from (§2).
	Channels   []string `cbor:"11,keyasint,omitempty"`
	Boards     []string `cbor:"12,keyasint,omitempty"`
	Types      []string `cbor:"13,keyasint,omitempty"`
	Categories []string `cbor:"14,keyasint,omitempty"`
	// Reasons are the business reasons a decision on a claim is picked from (§6).
	Reasons []string `cbor:"15,keyasint,omitempty"`

	// The ladders of §4. A limit of 0 means that the policy has no such rung: policies
	// from before a ladder existed have none, and Complete gives them the defaults.

	// ResolutionLimit is when what is unresolved goes to the department head: 48 h; and
	// HeadLimit when it goes on to the vice president in charge: 24 h after that firing.
	ResolutionLimit syncproto.Span `cbor:"16,keyasint,omitempty"`
	HeadLimit       syncproto.Span `cbor:"17,keyasint,omitempty"`
	ResolutionBasis Basis          `cbor:"18,keyasint,omitempty"`
	// AgeingLimits are how long a ticket is open before the service department gets it, and
	// before leadership does: 120 h, 240 h.
	AgeingLimits []syncproto.Span `cbor:"19,keyasint,omitempty"`
	// RecipientResponse and RecipientResolution are the clocks of whoever a ticket was
	// escalated to: 2 h, 24 h (ours).
	RecipientResponse   syncproto.Span `cbor:"20,keyasint,omitempty"`
	RecipientResolution syncproto.Span `cbor:"21,keyasint,omitempty"`
	// RemindEvery is how often who is overdue is reminded, and Reminders how many times:
	// 4 h, 3 (ours).
	RemindEvery syncproto.Span `cbor:"22,keyasint,omitempty"`
	Reminders   uint8          `cbor:"23,keyasint,omitempty"`
	// DisputeLimit is how long the service department has to decide disputed evidence: 7
	// days, then the clock counts as missed (design §6, ours).
	DisputeLimit syncproto.Span `cbor:"24,keyasint,omitempty"`
	// ReopenGrace is how long after a reopening nothing fires: 24 h (§4, ours).
	ReopenGrace syncproto.Span `cbor:"25,keyasint,omitempty"`

	// ShareTolerance is by how much of both together the shares of two devices of one
	// account may differ before the richer is asked to return half of it: 1000 basis points
	// (design §5, ours).
	ShareTolerance int64 `cbor:"26,keyasint,omitempty"`
	// NextMonthFrom is the day of the month from which next month's authority is handed
	// out: 25 (design §5, ours). 0: not before the month begins.
	NextMonthFrom uint8 `cbor:"27,keyasint,omitempty"`
}

// Basis is what the resolution clock counts from (§4). Numbers are for ever.
type Basis uint8

// Bases.
const (
	FromFirstContact Basis = 1 // ours
	FromDispatch     Basis = 2
)

var basisNames = map[Basis]string{FromFirstContact: "first-contact", FromDispatch: "dispatch"}

// String is the basis' name on the command line and in scenarios.
func (b Basis) String() string { return basisNames[b] }

// ParseBasis reads what String wrote.
func ParseBasis(name string) (Basis, bool) {
	for b, n := range basisNames {
		if n == name {
			return b, true
		}
	}
	return 0, false
}

// Permission lets persons of any of the roles give one kind of command.
type Permission struct {
	Command syncproto.CommandKind `cbor:"1,keyasint,omitempty"`
	Roles   []Role                `cbor:"2,keyasint,omitempty"`
}

// Role is what a person is to the business (requirements §1). Numbers are for ever.
type Role uint8

// Roles.
const (
	Seat           Role = 1
	Manager        Role = 2 // regional manager
	Coordinator    Role = 3
	Liaison        Role = 4
	Engineer       Role = 5
	Head           Role = 6
	VicePresident  Role = 7
	Supervisor     Role = 8
	ServiceDesk    Role = 9 // service department
	Administration Role = 10
	Leadership     Role = 11 // 领导: gets what is open more than ten days
)

var roleNames = map[Role]string{Seat: "seat", Manager: "manager", Coordinator: "coordinator",
	Liaison: "liaison", Engineer: "engineer", Head: "head", VicePresident: "vice-president",
	Supervisor: "supervisor", ServiceDesk: "service-department", Administration: "administration",
	Leadership: "leadership"}

// String is the role's name on the command line, in scenarios, and in assets/words under
// "role.<name>".
func (r Role) String() string { return roleNames[r] }

// ParseRole reads what String wrote.
func ParseRole(name string) (Role, bool) {
	for r, n := range roleNames {
		if n == name {
			return r, true
		}
	}
	return 0, false
}

// Roles are all roles in order.
func Roles() []Role {
	all := make([]Role, 0, len(roleNames))
	for r := range roleNames {
		all = append(all, r)
	}
	slices.Sort(all)
	return all
}

// Allows says whether any of the roles may give the command. A kind the table does not
// name is nobody's.
func (b Body) Allows(kind syncproto.CommandKind, roles []Role) bool {
	for _, p := range b.May {
		if p.Command == kind {
			return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(p.Roles, r) })
		}
	}
	return false
}

// Ref names the document of a policy version.
func Ref(number uint32) syncproto.Ref {
	return syncproto.Ref{Kind: syncproto.KindPolicy, ID: syncproto.Derive("policy", syncproto.NumberedID(uint64(number)))}
}

// Issue is the command that puts a new version in force. Its number must be one more than
// the last one's.
type Issue struct {
	Policy Body `cbor:"1,keyasint,omitzero"`
}

// Subject is the document the command is about.
func (c Issue) Subject() syncproto.Ref { return Ref(c.Policy.Number) }

// Issued is the event of a new version.
type Issued struct {
	Policy Body `cbor:"1,keyasint,omitzero"`
}

// CodeOutOfRange says that a value of a policy, named by Field, makes no sense.
const CodeOutOfRange syncproto.Code = "out-of-range"

// Check finds the first value that makes no sense.
func (b Body) Check() *syncproto.Finding {
	wrong := func(field string) *syncproto.Finding {
		return &syncproto.Finding{Code: CodeOutOfRange, Field: field}
	}
	switch {
	case b.Number == 0:
		return wrong("number")
	case b.ResponseLimit <= 0 || b.ResponseLimit > maxLadder:
		return wrong("response-limit")
	case b.PromiseLimit <= 0 || b.PromiseLimit > maxLadder:
		return wrong("promise-limit")
	case b.WarnAt <= 0 || b.WarnAt >= 10_000:
		return wrong("warn-at")
	case b.MonthlyLimit < 0 || b.MonthlyLimit > syncproto.MaxAmount:
		return wrong("monthly-limit")
	case b.HoldAfterDue < 0 || b.HoldAfterDue > syncproto.Hour:
		return wrong("hold-after-due")
	case b.HoldAfterStart < 0 || b.HoldAfterStart > syncproto.Hour:
		return wrong("hold-after-start")
	case b.OfflineUse <= 0 || b.OfflineUse > 365*syncproto.Day:
		return wrong("offline-use")
	case len(b.May) == 0:
		return wrong("may")
	}
	if wrong := b.checkLadders(); wrong != nil {
		return wrong
	}
	return b.CheckLists()
}

// maxLadder bounds every rung, and maxReminders how often somebody is reminded.
const (
	maxLadder    = 365 * syncproto.Day
	maxReminders = 10
)

// checkLadders finds the first rung that makes no sense; 0 is none.
func (b Body) checkLadders() *syncproto.Finding {
	wrong := func(field string) *syncproto.Finding {
		return &syncproto.Finding{Code: CodeOutOfRange, Field: field}
	}
	for _, rung := range []struct {
		field string
		limit syncproto.Span
	}{
		{"resolution-limit", b.ResolutionLimit}, {"head-limit", b.HeadLimit}, {"recipient-response", b.RecipientResponse},
		{"recipient-resolution", b.RecipientResolution}, {"remind-every", b.RemindEvery},
		{"dispute-limit", b.DisputeLimit}, {"reopen-grace", b.ReopenGrace},
	} {
		if rung.limit < 0 || rung.limit > maxLadder {
			return wrong(rung.field)
		}
	}
	previous := syncproto.Span(0)
	for _, limit := range b.AgeingLimits {
		if limit <= previous || limit > maxLadder {
			return wrong("ageing-limits")
		}
		previous = limit
	}
	switch {
	case len(b.AgeingLimits) > MaxAgeing:
		return wrong("ageing-limits")
	case b.ResolutionLimit > 0 && b.ResolutionBasis.String() == "":
		return wrong("resolution-basis")
	case b.Reminders > maxReminders || b.Reminders > 0 && b.RemindEvery == 0:
		return wrong("reminders")
	case b.ShareTolerance < 0 || b.ShareTolerance > 10_000:
		return wrong("share-tolerance")
	case b.NextMonthFrom > 28:
		return wrong("next-month-from")
	}
	return nil
}

// MaxAgeing is how many rungs the ageing ladder has: the service department, leadership.
const MaxAgeing = 2

// Decide answers an Issue. latest is the number of the version in force, 0 before the
// first; allowed says whether the person may.
func Decide(in decision.Input, latest uint32, allowed bool) decision.Outcome {
	command, ok := in.Command.(Issue)
	switch {
	case !ok:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownKind})
	case !allowed:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeNotAllowed})
	case command.Policy.Number != latest+1:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeChanged, Field: "number"})
	}
	if wrong := command.Policy.Check(); wrong != nil {
		return decision.Reject(*wrong)
	}
	issued := command.Policy
	issued.IssuedAt = in.Now
	return decision.Accept(decision.Change{Doc: command.Subject(), Kind: syncproto.EventPolicyIssued, Body: Issued{Policy: issued}})
}

// Evolve applies an event to a policy's body.
func Evolve(body Body, event any) Body {
	if e, ok := event.(Issued); ok {
		return e.Policy
	}
	return body
}
