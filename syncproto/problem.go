package syncproto

// Code says what is wrong or worth saying, for programs. Codes cross the wire and stand
// in the log for ever; the words for people are in assets/words under "code.<Code>".
// The list only grows.
type Code string

// Problem is an error with a Code. Doing and Detail are for operators and logs, in
// English; people see words made from the Code.
type Problem struct {
	Code   Code
	Doing  string
	Detail string
}

// Error says what was being done and what was wrong.
func (p *Problem) Error() string {
	text := string(p.Code)
	if p.Doing != "" {
		text = p.Doing + ": " + text
	}
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	return text
}

// Is lets errors.Is compare by code alone.
func (p *Problem) Is(target error) bool {
	other, ok := target.(*Problem)
	return ok && other.Code == p.Code
}

// Codes of what can be wrong with a frame, a file, a session or a command, whatever its
// business. The business packages add their own beside their rules.
const (
	CodeMalformed       Code = "malformed"          // cannot be read as what it says it is
	CodeTooLarge        Code = "too-large"          // over a limit
	CodeUnknownKind     Code = "unknown-kind"       // made by a newer version
	CodeUnsigned        Code = "unsigned"           // signature missing or wrong
	CodeOutOfOrder      Code = "out-of-order"       // a frame or counter that cannot come now
	CodeChainBroken     Code = "chain-broken"       // the device's hash chain does not fit
	CodeUnknownDevice   Code = "unknown-device"     // never enrolled
	CodeRevoked         Code = "revoked"            // the device was ended; it has handed in and is erased
	CodeTokenExpired    Code = "token-expired"      // log in again
	CodeUpgrade         Code = "upgrade"            // too old to talk to
	CodeWrongLog        Code = "wrong-log"          // another installation's server
	CodeReplaced        Code = "replaced"           // a newer session of the same incarnation
	CodeShutdown        Code = "shutdown"           // the server is going down; come back
	CodeOverloaded      Code = "overloaded"         // too many at once; come back
	CodeDiskFull        Code = "disk-full"          // nothing more is admitted until there is room
	CodeScopeChanged    Code = "scope-changed"      // the person's units changed; come back
	CodeRestoring       Code = "restoring"          // a restored server collects what it lacks; come back
	CodeSilent          Code = "silent"             // nothing was heard for too long
	CodeInternal        Code = "internal"           // a defect; the command is kept
	CodeSameIDOtherHash Code = "same-id-other-hash" // two different commands under one id
)

// WaitsForPerson says that what is parked with the code is decided when a person says so.
func (c Code) WaitsForPerson() bool { return c.OnlyByPerson() || c == CodeWaitsDevice }

// OnlyByPerson says that nothing else decides it.
func (c Code) OnlyByPerson() bool { return c == CodeWaitsPerson || c == CodeAfterRevoked }

// Codes of verdicts that every kind of command can have.
const (
	CodeNotAllowed   Code = "not-allowed"     // the person's roles do not include this
	CodeNeverRole    Code = "never-had-role"  // a fact by someone who never had the role
	CodeUnknownHere  Code = "unknown-here"    // the desk does not hold what is needed to say
	CodeWaitsForDoc  Code = "waits-for"       // parked until the document arrives
	CodeWaitsBehind  Code = "waits-behind"    // parked behind an earlier command on the same subject
	CodeWaitsVersion Code = "waits-newer"     // parked until a newer server can read it
	CodeDefect       Code = "defect"          // parked: deciding it failed
	CodeWaitsPerson  Code = "waits-person"    // parked: after a restore it would end otherwise than was told
	CodeWaitsDevice  Code = "waits-device"    // parked: since before a restore, and its device has not said yet what it was told
	CodeAfterRevoked Code = "after-revoked"   // parked: it came from a revoked device and was not provably done before
	CodeMissing      Code = "missing"         // a field that must be filled is empty
	CodeTooLong      Code = "too-long"        // a field is over its limit
	CodeNotThere     Code = "not-there"       // the document does not exist
	CodeAlready      Code = "already"         // it is so already
	CodeChanged      Code = "changed-by-else" // someone else changed it first
)
