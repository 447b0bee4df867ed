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
)

var roleNames = map[Role]string{Seat: "seat", Manager: "manager", Coordinator: "coordinator",
	Liaison: "liaison", Engineer: "engineer", Head: "head", VicePresident: "vice-president",
	Supervisor: "supervisor", ServiceDesk: "service-department", Administration: "administration"}

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
	case b.ResponseLimit <= 0 || b.ResponseLimit > 365*syncproto.Day:
		return wrong("response-limit")
	case b.PromiseLimit <= 0 || b.PromiseLimit > 365*syncproto.Day:
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
	return b.CheckLists()
}

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
