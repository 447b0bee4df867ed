package syncclient

import (
	"context"
	"errors"
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/session"
)

// Turn is what a step of a conversation asks of the line.
type Turn struct {
	Send [][]byte     // messages, in order
	End  *session.End // not nil: send these, then close the line
	// Err is why the desk itself ended the session; nil where the protocol or the server
	// did.
	Err error
}

// Conversation is one session of a replica: the session machine with the replica that
// carries out what it asks for. It has no socket, no goroutine and no clock; its methods
// are called by one goroutine at a time. After a Turn with an End it is over.
type Conversation struct {
	replica *replica.Replica
	machine *session.Client
	program string
	token   string
	newID   func() syncproto.ID
	handIn  bool
	reads   bool
}

// NewConversation is a session about to begin. Without a token it only hands in commands.
// program is the name and version told to the operator; newID makes the ids of commands
// that take grants.
func NewConversation(r *replica.Replica, token, program string, newID func() syncproto.ID) *Conversation {
	c := &Conversation{replica: r, program: program, token: token, newID: newID}
	c.machine = session.NewClient(c.desk())
	return c
}

func (c *Conversation) desk() session.Desk {
	desk := c.replica.Desk()
	desk.Program, desk.Token, desk.ReadsOnly = c.program, c.token, c.reads
	if c.replica.Erased() { // it keeps nothing any more, whatever a restored server would send
		desk.Token = ""
	}
	return desk
}

// ReadOnly has the session hand nothing in before HandIn: the server has no room. To be called
// before Open.
func (c *Conversation) ReadOnly() {
	c.reads = true
	c.machine = session.NewClient(c.desk())
}

// ReadsOnly says that nothing is handed in.
func (c *Conversation) ReadsOnly() bool { return c.reads }

// HandIn hands in after all: the server may have room again.
func (c *Conversation) HandIn(ctx context.Context, at syncproto.Reading) Turn {
	c.reads = false
	return c.step(ctx, at, session.HandIn{})
}

// Online says that the opening is done.
func (c *Conversation) Online() bool { return c.machine.Online() }

// HandsInOnly says that the server takes commands and sends nothing: there was no token,
// or it has run out.
func (c *Conversation) HandsInOnly() bool { return c.handIn }

// Open begins, on a line that is up.
func (c *Conversation) Open(ctx context.Context, at syncproto.Reading) Turn {
	return c.step(ctx, at, session.Opened{})
}

// Hear takes a message in. at is the reading when it came.
func (c *Conversation) Hear(ctx context.Context, at syncproto.Reading, message []byte) Turn {
	frame, err := syncproto.DecodeFrame(message)
	if err != nil {
		var turn Turn
		turn.giveUp(err)
		return turn
	}
	return c.step(ctx, at, session.Heard{Frame: frame})
}

// Pass does what the time asks for, and sends what was done here since. It is called every
// few seconds, and when the outbox grew.
func (c *Conversation) Pass(ctx context.Context, at syncproto.Reading) Turn {
	return c.step(ctx, at, session.Grew{Counter: c.replica.Desk().Counter}, session.Elapsed{})
}

// Probe asks whether the line is still there; one that does not answer soon is given up.
func (c *Conversation) Probe(ctx context.Context, at syncproto.Reading) Turn {
	return c.step(ctx, at, session.Probe{})
}

// Drop notes that the line is gone.
func (c *Conversation) Drop(ctx context.Context, at syncproto.Reading) error {
	return c.replica.LineLost(ctx, at)
}

// step feeds inputs to the machine and carries out what it asks for, in order; what the
// answers lead to comes after.
func (c *Conversation) step(ctx context.Context, at syncproto.Reading, inputs ...session.ClientInput) Turn {
	var turn Turn
	for len(inputs) > 0 && turn.End == nil {
		var answers []session.ClientInput
		for _, output := range c.machine.Step(at, inputs[0]) {
			answer, err := c.carryOut(ctx, at, output, &turn)
			if err != nil {
				turn.giveUp(err)
				return turn
			}
			answers = append(answers, answer...)
		}
		inputs = append(answers, inputs[1:]...)
	}
	return turn
}

// carryOut does what the machine asks for and returns its answers. Whatever is stored is on
// the disk when it returns.
func (c *Conversation) carryOut(ctx context.Context, at syncproto.Reading, output session.ClientOutput, turn *Turn) ([]session.ClientInput, error) {
	switch o := output.(type) {
	case session.Send:
		message, err := syncproto.EncodeFrame(o.Frame)
		turn.Send = append(turn.Send, message)
		return nil, err
	case session.End:
		turn.End = &o
		if o.Code == syncproto.CodeRevoked && c.replica.Erased() {
			return nil, c.replica.Bury() // the server knows
		}
	case session.Prove:
		proof, err := c.replica.Prove(ctx, o.Nonce, o.Counter, at)
		return []session.ClientInput{session.Proved{Proof: proof}}, err
	case session.Load:
		commands, err := c.replica.Outgoing(ctx, o.After, o.Limit)
		if err != nil {
			return nil, err
		}
		if len(commands) == 0 { // the next Hello has the line go on behind it
			return nil, &syncproto.Problem{Code: syncproto.CodeInternal, Doing: "handing in", Detail: "the outbox has a gap"}
		}
		first, err := c.replica.FirstVerdicts(ctx, commands)
		return []session.ClientInput{session.Loaded{Commands: commands, First: first}}, err
	case session.Recall:
		told, err := c.replica.Told(ctx, *o.Welcome)
		return []session.ClientInput{session.Recalled{Verdicts: told}}, err
	case session.StoreWelcome:
		return c.welcomed(ctx, at, *o.Welcome)
	case session.StoreVerdicts:
		return nil, c.replica.ApplyVerdicts(ctx, o.Verdicts.Verdicts, o.Verdicts.Received)
	case session.StoreDelta:
		return c.applied(ctx, at, *o.Delta)
	case session.StoreGrants:
		err := c.replica.StoreGrants(ctx, o.Grants.Grants, at, c.newID)
		return c.grew(), err
	case session.Compare:
		return c.compare(ctx, o)
	case session.Wipe:
		counter, err := c.replica.Erase(ctx, o.Counter)
		return []session.ClientInput{session.Erased{Counter: counter}}, err
	case session.LearnAnchor:
		return nil, c.replica.LearnAnchor(ctx, o.Anchor)
	}
	return nil, nil
}

func (c *Conversation) grew() []session.ClientInput {
	return []session.ClientInput{session.Grew{Counter: c.replica.Desk().Counter}}
}

// applied takes in a delta, and gives back what an account in it asks of this device; one may
// be in a page.
func (c *Conversation) applied(ctx context.Context, at syncproto.Reading, d syncproto.Delta) ([]session.ClientInput, error) {
	if err := c.replica.Apply(ctx, d); err != nil {
		return nil, err
	}
	stored := []session.ClientInput{session.Stored{Cursor: d.Cursor}}
	if d.Page == nil && !slices.ContainsFunc(d.Documents, func(doc syncproto.Document) bool { return doc.Ref.Kind == syncproto.KindAccount }) {
		return stored, nil
	}
	err := c.replica.ReturnGrants(ctx, at, c.newID)
	return append(stored, c.grew()...), err
}

// compare holds what is here against what the server says.
func (c *Conversation) compare(ctx context.Context, ask session.Compare) (answer []session.ClientInput, err error) {
	var compared session.Compared
	if ask.Checkpoint != nil {
		compared.Comparison, err = c.replica.Compare(ctx, *ask.Checkpoint)
	} else {
		compared.Comparison, err = c.replica.CompareParts(ctx, *ask.Parts)
	}
	return []session.ClientInput{compared}, err
}

// welcomed takes in how the session begins. What an account asked for before the program
// was killed is given back now.
func (c *Conversation) welcomed(ctx context.Context, at syncproto.Reading, w syncproto.Welcome) ([]session.ClientInput, error) {
	if err := c.replica.ApplyWelcome(ctx, w); err != nil {
		return nil, err
	}
	c.handIn = w.Action == syncproto.ActionHandIn
	switch w.Action {
	case syncproto.ActionRekey:
		return []session.ClientInput{session.Rekeyed{Desk: c.desk()}}, nil
	case syncproto.ActionResume:
		err := c.replica.ReturnGrants(ctx, at, c.newID)
		return c.grew(), err
	}
	return nil, nil
}

// giveUp ends the session from the desk's side, telling the server why.
func (t *Turn) giveUp(err error) {
	code := syncproto.CodeInternal
	var problem *syncproto.Problem
	if errors.As(err, &problem) {
		code = problem.Code
	}
	goaway, encoding := syncproto.EncodeFrame(&syncproto.Goaway{Code: code})
	if encoding == nil {
		t.Send = append(t.Send, goaway)
	}
	t.End, t.Err = &session.End{Code: code}, err
}
