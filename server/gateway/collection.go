package gateway

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"sync"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

const (
	// collectFor is how long a restored server is handed what it lacks at the most, and
	// reportedWithin which devices it waits for: those heard of so long before its last entry.
	collectFor     = 30 * syncproto.Minute
	reportedWithin = 14 * 24 * syncproto.Hour
	// maxCollected is how many commands it holds in memory meanwhile; then it begins to decide.
	maxCollected = 200_000
)

// collection is what the desks hand a restored server that it lacks (design §4). Nothing of
// it is decided before it is complete, or late enough: then it is decided in the order in
// which it was the first time, and after it what is new. A server that dies meanwhile has
// lost nothing: the desks still have it.
type collection struct {
	mutex    sync.Mutex
	over     bool
	until    syncproto.Instant
	awaited  map[syncproto.ID]bool      // devices that have not reported
	handedIn map[syncproto.ID]*handedIn // by incarnation: two copies of a disk hand in side by side
	size     int
}

// handedIn is what one incarnation lacks a verdict on, in its line.
type handedIn struct {
	session  *Conversation // the last; nil where it is the command line's
	commands []ledger.Submission
	said     int // by the session; those behind them were by the one before, and it says them again
	between  int // of the last said have no verdict, and made room for nothing
	made     int // such that did, because what is behind them was told of: as many as may be under way
}

// say takes the next command of the session, and says how many more are held then.
func (h *handedIn) say(s ledger.Submission) (more int) {
	more = 1
	if h.said < len(h.commands) && h.commands[h.said].Command.Link() == s.Command.Link() {
		h.commands[h.said], more = s, 0
	} else {
		more -= len(h.commands) - h.said
		h.commands = append(h.commands[:h.said:h.said], s)
	}
	h.said++
	return more
}

// Collect has a restored server wait for what it lacks. again are those of the command line.
// To be called before the first session.
func (h *Hub) Collect(ctx context.Context, now syncproto.Instant, again []store.Reoffered) error {
	c := &collection{until: now.Add(collectFor), awaited: map[syncproto.ID]bool{}, handedIn: map[syncproto.ID]*handedIn{}}
	operator := &handedIn{}
	for _, one := range again {
		operator.commands = append(operator.commands, ledger.Submission{Source: ledger.FromOperator, Command: one.Command, Received: now, First: one.First})
	}
	c.handedIn[h.ledger.Identity().OperatorDevice] = operator
	h.ledger.Withhold(again)
	err := h.store.View(ctx, func(v *store.View) error {
		since, err := heardSince(v, now)
		if err != nil {
			return err
		}
		ref := h.ledger.Reference()
		for _, device := range ref.AllDevices() {
			if known, _ := ref.Device(device); known.Wiped != 0 {
				continue // it has erased itself, after all it was told of
			}
			awaits, err := mayLack(v, device, since)
			if err != nil {
				return err
			}
			if awaits {
				c.awaited[device] = true
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking whose commands a restored server may lack: %w", err)
	}
	h.ledger.Await(slices.Collect(maps.Keys(c.awaited)))
	h.log.Warn().Int("devices", len(c.awaited)).Stringer("until", c.until).Int("operator", len(again)).
		Msg("restored: waiting for what the desks have that this log lacks; nothing new is taken meanwhile")
	h.collection = c
	return nil
}

// heardSince is the position after which the devices were heard that are awaited: so long before the end
// of what was restored, whatever has come since. Where that had been restored within this time itself,
// also before the end of what was restored then: the disk may have been lost again amid the collecting.
func heardSince(v *store.View, now syncproto.Instant) (since uint64, err error) {
	ends, err := v.EpochEnds()
	for n := len(ends) - 2; n >= 0 && err == nil; n-- {
		since, err = v.RecentSince(ends[n].Seq, now, reportedWithin)
		if n > 0 && since > ends[n-1].Seq {
			break
		}
	}
	return since, err
}

// mayLack says that a device was made known, or gave a command, after a position.
func mayLack(v *store.View, device syncproto.ID, since uint64) (bool, error) {
	doc, there, err := v.Document(organisation.DeviceRef(device))
	if err != nil || there && doc.Seq > since {
		return there, err
	}
	own, err := v.Own(device, since, 1)
	return len(own) > 0, err
}

// collect holds commands of a session while the server is restoring; false where it is not,
// and they are the ledger's.
func (c *Conversation) collect(commands []ledger.Submission) (counter uint64, told int, held bool) {
	all := c.hub.collection
	if all == nil {
		return 0, 0, false
	}
	c.hub.believe(commands)
	all.mutex.Lock()
	defer all.mutex.Unlock()
	if all.over {
		return 0, 0, false
	}
	if c.stopping() { // it was replaced in the very moment, and the newer one hands in the same
		return 0, 0, true
	}
	of := all.handedIn[c.ready.Incarnation]
	if of == nil {
		of = &handedIn{}
		all.handedIn[c.ready.Incarnation] = of
	}
	if of.session != c {
		of.session, of.said, of.between, of.made = c, 0, 0, 0
	}
	for _, s := range commands {
		all.size += of.say(s)
		if of.between++; s.First.IsZero() {
			continue
		}
		room := min(of.between-1, syncproto.MaxInFlight-of.made)
		told, counter = told+room+1, s.Command.Counter
		of.between, of.made = 0, of.made+room
	}
	if last := commands[len(commands)-1]; of.between >= syncproto.MaxInFlight || last.Command.Counter >= c.hello.Counter {
		all.reported(c.ready.Device) // it has said all, or can say no more before this is decided
	}
	return counter, told, true
}

// believe takes away the verdicts that this server did not give these commands: what is told
// of has a place before all that is new, and makes room for more.
func (h *Hub) believe(commands []ledger.Submission) {
	id := h.ledger.Identity()
	key, _ := id.ServerKey.Public().(ed25519.PublicKey)
	for n := range commands {
		if s := &commands[n]; !s.First.IsZero() && !s.First.Promised(s.Command, id.LogID, key) {
			h.log.Warn().Stringer("device", s.Command.Device).Msg("a desk tells of a verdict that this server did not give")
			s.First = syncproto.Verdict{}
		}
	}
}

// reported notes that a device has nothing more of what was told.
func (c *collection) reported(device syncproto.ID) { delete(c.awaited, device) }

// tell takes what a desk was told of what may be waiting here. After all of it a device that has
// nothing to hand in has reported.
func (c *Conversation) tell(ctx context.Context, now syncproto.Instant, verdicts []syncproto.Verdict, all bool) error {
	if err := c.hub.ledger.Told(ctx, now, c.ready.Device, verdicts, all); err != nil || !all {
		return err
	}
	c.hub.arrived(c)
	if c.revoked { // it may erase itself now
		c.regrant()
	}
	return nil
}

// arrived notes a device that has nothing to hand in.
func (h *Hub) arrived(c *Conversation) {
	if h.collection == nil || c.ready.Backlog > 0 {
		return
	}
	h.collection.mutex.Lock()
	defer h.collection.mutex.Unlock()
	h.collection.reported(c.ready.Device)
}

// Collected decides what was collected, where it is complete or the time is over; false while
// it goes on. To be called every few seconds, also after an error that passes: it goes on behind
// what is decided. A part that failed is decided from its beginning; what of it is in the log
// already gets the verdict it has (ledger.Commit).
func (h *Hub) Collected(ctx context.Context, now syncproto.Instant) (bool, error) {
	c := h.collection
	if c == nil {
		return true, nil
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.over {
		return true, nil
	}
	c.until = min(c.until, now.Add(collectFor)) // the clock may have been ahead, and put right since
	if len(c.awaited) > 0 && now < c.until && c.size < maxCollected {
		return false, nil
	}
	told, rest := c.inOrder()
	h.log.Warn().Int("commands", len(told)).Int("missing devices", len(c.awaited)).Msg("restored: deciding again what this log lacked")
	if err := h.decideAgain(ctx, now, c, told); err != nil {
		return false, err
	}
	if err := h.ledger.EndRestoring(ctx, now); err != nil {
		return false, err
	}
	c.over = true
	for session, commands := range rest {
		session.resume(commands)
	}
	h.everybodyAgain()
	return true, nil
}

// place is a command among all that were told of.
type place struct {
	of         *handedIn
	session    *Conversation // that waits for the answer, if one does
	submission ledger.Submission
	epoch      uint32
	seq        uint64
}

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.epoch, other.epoch), cmp.Compare(p.seq, other.seq))
}

// inOrder are the commands that were told of, in the order of their first verdicts
// (counterexample R2), and of the sessions that are still there what is new behind them. Of
// one incarnation the order is that of its line, whatever the verdicts say: what waited for long has its
// place before what was done after it, and may wait again; what was done after it keeps its own. So has
// what was decided and its desk did not hear of, which heard of what it did after it.
func (c *collection) inOrder() (told []place, rest map[*Conversation][]ledger.Submission) {
	rest = map[*Conversation][]ledger.Submission{}
	for _, incarnation := range slices.SortedFunc(maps.Keys(c.handedIn), syncproto.ID.Compare) {
		of := c.handedIn[incarnation]
		last := -1
		for i, s := range of.commands {
			if !s.First.IsZero() {
				last = i
			}
		}
		if last+1 < of.said {
			rest[of.session] = append(rest[of.session], of.commands[last+1:of.said]...)
		}
		line := make([]place, last+1)
		for i := last; i >= 0; i-- {
			s := of.commands[i]
			s.Unheard = s.First.IsZero()
			at := place{of: of, submission: s, epoch: s.First.Epoch, seq: s.First.Seq}
			if i < of.said {
				at.session = of.session
			}
			if i < last && (s.First.IsZero() || at.compare(line[i+1]) > 0) {
				at.epoch, at.seq = line[i+1].epoch, line[i+1].seq
			}
			line[i] = at
		}
		told = append(told, line...)
	}
	slices.SortStableFunc(told, place.compare)
	return told, rest
}

// decideAgain has them decided in their order, and tells the sessions that are still there. What is
// decided is collected no more: of one incarnation it is always the first of its line.
func (h *Hub) decideAgain(ctx context.Context, now syncproto.Instant, c *collection, told []place) error {
	for some := range slices.Chunk(told, syncproto.MaxBatch) {
		submissions := make([]ledger.Submission, 0, len(some))
		for _, p := range some {
			submissions = append(submissions, p.submission)
		}
		results, err := h.ledger.Commit(ctx, now, submissions)
		if err != nil {
			return fmt.Errorf("deciding again what a restored log lacked: %w", err)
		}
		for i, r := range results {
			if r.Problem != nil {
				h.log.Error().Err(r.Problem).Stringer("device", submissions[i].Command.Device).Msg("a command that was told of cannot be decided again")
			}
			if session := some[i].session; session != nil {
				session.answer(submissions[i], r)
			}
			some[i].of.decided(c)
		}
	}
	return nil
}

// decided notes that the first of the commands is.
func (h *handedIn) decided(of *collection) {
	h.commands, h.said = h.commands[1:], max(h.said-1, 0)
	if h.session != nil {
		of.size--
	}
}

// answer keeps the answer to a command that was collected, for the session's next Pass, or what is decided before.
func (c *Conversation) answer(s ledger.Submission, r ledger.Result) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.answered = append(c.answered, s)
	c.answers.Results = append(c.answers.Results, r)
}

// resume gives what is new to the ledger at the session's next Pass, or with what it hands in before.
func (c *Conversation) resume(commands []ledger.Submission) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.fresh = append(c.fresh, commands...)
}

// everybodyAgain has every session look anew.
func (h *Hub) everybodyAgain() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for c := range h.sessions {
		c.regrant()
	}
	if h.OnCaught != nil {
		h.OnCaught()
	}
}

// afterCollecting is what a session is owed after the collecting, before all else.
func (c *Conversation) afterCollecting() (answered []ledger.Submission, answers ledger.Answer) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	answered, answers = c.answered, c.answers
	c.answered, c.answers = nil, ledger.Answer{}
	return answered, answers
}

// newBehind is what was handed in during the collecting and is new; nothing of the session comes before it.
func (c *Conversation) newBehind() [][]ledger.Submission {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	fresh := c.fresh
	c.fresh = nil
	return slices.Collect(slices.Chunk(fresh, syncproto.MaxInFlight))
}
