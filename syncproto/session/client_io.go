package session

import "redress/syncproto"

// Desk is what the client machine must know before it says Hello; the replica keeps it.
type Desk struct {
	Program     string
	LogID       syncproto.ID
	Epoch       uint32
	Cursor      uint64
	Device      syncproto.ID
	Incarnation syncproto.ID
	Counter     uint64 // of the last command in the outbox
	Token       string // "" hands in only
	Held        []syncproto.Bucket
	Filling     []syncproto.Bucket
	// ReadsOnly says that the server has no room: nothing is handed in before HandIn.
	ReadsOnly bool
}

// ClientInput is something that happened on the desk's side.
type ClientInput interface{ clientInput() }

// Inputs of both machines.
type (
	// Heard is a frame from the other side.
	Heard struct{ Frame syncproto.Frame }
	// Elapsed is nothing but the time.
	Elapsed struct{}
)

// Inputs of the client machine.
type (
	// Opened says that the line is up.
	Opened struct{}
	// Proved answers Prove.
	Proved struct{ Proof syncproto.Proof }
	// Loaded answers Load. First are the first verdicts on the commands, zero for one that had
	// none; nil where none had any.
	Loaded struct {
		Commands []syncproto.Envelope
		First    []syncproto.Verdict
	}
	// Recalled answers Recall.
	Recalled struct{ Verdicts []syncproto.Verdict }
	// HandIn says that the server may have room again.
	HandIn struct{}
	// Probe says that somebody doubts the line: it is asked at once, and has to answer soon.
	Probe struct{}
	// Grew says that the outbox now ends at Counter.
	Grew struct{ Counter uint64 }
	// Stored says that the delta ending at Cursor is committed.
	Stored struct{ Cursor uint64 }
	// Compared answers Compare.
	Compared struct{ Comparison Comparison }
	// Erased answers Wipe: of a desk whose last command is Counter. Where that is another than
	// was asked for, nothing was erased.
	Erased struct{ Counter uint64 }
	// Rekeyed says that the waiting commands have their new places: the desk as it is now.
	Rekeyed struct{ Desk Desk }
)

func (Heard) clientInput()    {}
func (Elapsed) clientInput()  {}
func (Opened) clientInput()   {}
func (Proved) clientInput()   {}
func (Loaded) clientInput()   {}
func (Recalled) clientInput() {}
func (Grew) clientInput()     {}
func (Stored) clientInput()   {}
func (Rekeyed) clientInput()  {}

func (Compared) clientInput() {}
func (HandIn) clientInput()   {}
func (Probe) clientInput()    {}
func (Erased) clientInput()   {}

// ClientOutput is something the desk has to do.
type ClientOutput interface{ clientOutput() }

// Outputs of both machines.
type (
	// Send is a frame for the other side.
	Send struct{ Frame syncproto.Frame }
	// End closes the session. RetryAfter is zero where the desk's own backoff decides. ReadAfter
	// is as in Goaway.
	End struct {
		Code       syncproto.Code
		RetryAfter syncproto.Span
		ReadAfter  syncproto.Span
		Detail     string
	}
)

// Outputs of the client machine.
type (
	// Prove asks for the device's hash at Counter and its signature over the nonce.
	Prove struct {
		Nonce   []byte
		Counter uint64
	}
	// Load asks for at most Limit commands after the counter After.
	Load struct {
		After uint64
		Limit int
	}
	// Recall asks what the desk was told, by entries that the restored server which said this lacks,
	// of commands that it has.
	Recall struct{ Welcome *syncproto.Welcome }
	// StoreWelcome tells what the server said; with ActionRekey it is answered by Rekeyed,
	// after which the machine says Hello again.
	StoreWelcome struct{ Welcome *syncproto.Welcome }
	// StoreVerdicts is what became of commands, to be committed.
	StoreVerdicts struct{ Verdicts *syncproto.Verdicts }
	// StoreDelta is one transaction on the desk, answered by Stored.
	StoreDelta struct{ Delta *syncproto.Delta }
	// StoreGrants are grants offered to this incarnation.
	StoreGrants struct{ Grants *syncproto.Grants }
	// Compare asks how what the desk holds compares with what the server says: of its
	// buckets, or of the parts of one. What came before is stored when it is carried out.
	Compare struct {
		Checkpoint *syncproto.Checkpoint // or
		Parts      *syncproto.Parts
	}
	// Wipe asks for everything that is held here to be erased, where the last command made here
	// still is Counter: all up to there is safe with the server. Answered by Erased.
	Wipe struct{ Counter uint64 }
	// LearnAnchor is a new tie between the device's ticks and the server's time.
	LearnAnchor struct{ Anchor syncproto.Anchor }
	// Current says that the desk now has everything up to Seq.
	Current struct{ Seq uint64 }
)

func (Send) clientOutput()          {}
func (End) clientOutput()           {}
func (Prove) clientOutput()         {}
func (Load) clientOutput()          {}
func (Recall) clientOutput()        {}
func (StoreWelcome) clientOutput()  {}
func (StoreVerdicts) clientOutput() {}
func (StoreDelta) clientOutput()    {}
func (StoreGrants) clientOutput()   {}
func (Compare) clientOutput()       {}
func (LearnAnchor) clientOutput()   {}
func (Wipe) clientOutput()          {}
func (Current) clientOutput()       {}
