// Package restore makes a server's database anew from a copy of its log, or takes a backup of
// the whole, and begins a new epoch in it (design §4).
//
// It promises, in order of importance:
//
//  1. What follows from the log is made by what also made it when it was decided, and the whole
//     is audited before it appears under its name: a copy that does not hold makes no server.
//  2. Whatever was told in the epochs before, and lies past the end of what was restored, can
//     still come back: the log keeps its id and keys, and an epoch's number is never given
//     twice, as far as the copy or the command line's outbox remember it.
//  3. Who did it, from what, and after which entry is the first entry of the new epoch.
package restore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"redress/server/access"
	"redress/server/audit"
	"redress/server/ledger"
	"redress/server/logcopy"
	"redress/server/operator"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/reference"
)

// Wish is what is restored, and by whom.
type Wish struct {
	Path   string // of the new database; nothing is there yet, but with a backup
	Copy   string // the directory of the copy; "" where Path is a backup's own copy
	From   string // as it is put on record
	Older  bool
	By     string // the operator's name
	Outbox Outbox
	NewID  func() syncproto.ID
	Now    syncproto.Instant
	Log    zerolog.Logger
}

// Outbox is the command line's, as far as a restore asks for it.
type Outbox interface {
	Given() []operator.Given
	Codes() []operator.Code
	Passwords() []operator.Password
	Epoch() uint32
	NoteEpoch(number uint32) error
}

// Report is what was restored.
type Report struct {
	Epoch   uint32
	After   store.Head
	Entries uint64
	Again   int // commands of the command line that are decided again
	Coded   int // persons who may have devices that the log does not know
	Void    int // enrolment codes that were good and that nobody had used, as far as the log knows
	// Unfinished is how many bytes at the copy's end did not hold together: as a crash leaves
	// them, and from the copy alone nobody can tell that from an end damaged later.
	Unfinished int64
}

// ErrUnsound says that what was restored does not verify.
var ErrUnsound = errors.New("what was restored does not verify")

// Run restores. After an error the file at Path is of no use.
func Run(ctx context.Context, w Wish) (report Report, err error) {
	s, err := store.Open(ctx, w.Path)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	copied := &logcopy.Contents{}
	if w.Copy != "" {
		if copied, err = w.replay(ctx, s); err != nil {
			return report, err
		}
	}
	if report, err = w.begin(ctx, s, copied.Identity.Epoch); err != nil {
		return report, err
	}
	report.Unfinished = copied.Unfinished
	found, err := audit.Run(ctx, s)
	if err == nil && len(found.Wrong) > 0 {
		err = fmt.Errorf("%w: %s", ErrUnsound, strings.Join(found.Wrong, "; "))
	}
	report.Entries = found.Entries
	return report, err
}

// replay makes the database from the copy, and says what that holds. Its last entry may be of an epoch
// before its own: it says of a new one before it holds any of it, and at its very beginning where it was
// begun after a restore.
func (w Wish) replay(ctx context.Context, s *store.Store) (*logcopy.Contents, error) {
	contents, err := logcopy.Read(w.Copy, nil)
	if err != nil && !w.forgives(err) {
		return nil, err
	}
	id := contents.Identity
	if contents.Head.Seq > 0 {
		id.Epoch = contents.Head.Epoch
	}
	if err := s.Initialise(ctx, id); err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, s, w.NewID, w.Log)
	if err != nil {
		return nil, err
	}
	var batch []syncproto.Entry
	epoch, taken := uint32(0), uint64(0)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := l.Replay(ctx, epoch, batch)
		batch = nil
		return err
	}
	_, err = logcopy.Read(w.Copy, func(e syncproto.Entry) error {
		if taken++; taken > contents.Head.Seq { // somebody still writes to it
			return nil
		}
		var header syncproto.Header
		if err := syncproto.Decode(e.Header, &header); err != nil {
			return err
		}
		if len(batch) >= syncproto.MaxBatch || header.Epoch != epoch {
			if err := flush(); err != nil {
				return err
			}
			epoch = header.Epoch
		}
		batch = append(batch, e)
		return nil
	})
	if err != nil && !w.forgives(err) {
		return nil, err
	}
	if err := flush(); err != nil {
		return nil, err
	}
	for _, c := range contents.Credentials() {
		if err := s.PutCredential(ctx, c); err != nil {
			return nil, err
		}
	}
	return contents, nil
}

// forgives: of a damaged copy what comes before the damage is an older state.
func (w Wish) forgives(err error) bool { return w.Older && errors.Is(err, logcopy.ErrDamaged) }

// begin begins the new epoch. heard is the newest that the copy says of.
func (w Wish) begin(ctx context.Context, s *store.Store, heard uint32) (Report, error) {
	var r Report
	l, err := ledger.Open(ctx, s, w.NewID, w.Log)
	if err != nil {
		return r, err
	}
	r.Epoch, r.After = max(l.Identity().Epoch, heard, w.Outbox.Epoch())+1, l.Head()
	again, err := w.forgotten(ctx, s, l.Identity())
	if err != nil {
		return r, err
	}
	r.Again = len(again)
	coded, err := w.coded(ctx, s, l.Reference(), r.After)
	if err != nil {
		return r, err
	}
	if r.Void, err = w.spendCodes(ctx, s); err != nil {
		return r, err
	}
	if err := w.setPasswords(ctx, s); err != nil {
		return r, err
	}
	if err := w.Outbox.NoteEpoch(r.Epoch); err != nil {
		return r, err
	}
	newest := max(w.Now, l.LastTime()) // the clock may be wrong here, and its months others
	for _, one := range again {
		newest = max(newest, one.First.Time)
	}
	months := syncproto.MonthOf(newest) + 1
	r.Coded = len(coded)
	intent := syncproto.Intent{ID: w.NewID(), Kind: syncproto.CommandRestore, Operator: w.By,
		Body: syncproto.MustEncode(syncproto.Restoration{Epoch: r.Epoch, After: r.After.Seq, From: w.From, Older: w.Older, Months: months, Coded: coded})}
	first := l.AsRestored(r.Epoch, w.Now, intent)
	return r, s.Restored(ctx, store.Restoration{Epoch: r.Epoch, Older: w.Older, Months: months, Coded: coded}, first, again)
}

// coded are the persons whose code was still good at the end of the restored log, or was given after it,
// but for those who had used it by then; and those of the older restore before, of whom nobody has said
// since that their accounts may go on. Of the newest copy it is nobody.
func (w Wish) coded(ctx context.Context, s *store.Store, ref reference.Reference, end store.Head) (persons []syncproto.ID, err error) {
	if !w.Older {
		return nil, nil
	}
	var last syncproto.Header
	before, err := s.Restoration(ctx)
	for _, person := range before.Coded {
		if !slices.Contains(before.Thawed, person) {
			persons = append(persons, person)
		}
	}
	if err == nil && end.Seq > 0 {
		err = s.View(ctx, func(v *store.View) error {
			entries, err := v.Entries(end.Seq-1, 1)
			if err == nil && len(entries) == 1 {
				err = syncproto.Decode(entries[0].Header, &last)
			}
			return err
		})
	}
	for _, c := range w.Outbox.Codes() {
		if err != nil {
			break
		}
		used, there, failed := s.Enrolment(ctx, c.Hash)
		good := !there || c.Until > min(last.Time, w.Now) // the log may be ahead since a clock was wrong
		if err = failed; good && !slices.Contains(persons, c.Person) && !knows(ref, c, used.Key) {
			persons = append(persons, c.Person)
		}
	}
	return persons, err
}

// knows says that the device that used the code is in the log: it was made by it, or was known
// before and made known again with it. It is that one, and no other's: whoever used it in what a
// restore took back was the last (spendCodes).
func knows(ref reference.Reference, code operator.Code, used []byte) bool {
	return slices.ContainsFunc(ref.Devices(code.Person), func(id syncproto.ID) bool {
		device, _ := ref.Device(id)
		return access.DeviceID(code.Hash, device.Key) == id || bytes.HasPrefix(used, device.Key)
	})
}

// spendCodes puts the codes back that were given out after the restored state: they say which
// devices there are that this log has forgotten. Nobody enrols any more with them, nor with one
// that lies here unused: either may have been used in what was taken back, and whoever has seen it
// then would be let in with another key. That holds for the newest copy too, which may be behind.
func (w Wish) spendCodes(ctx context.Context, s *store.Store) (void int, err error) {
	for _, c := range w.Outbox.Codes() {
		_, there, err := s.Enrolment(ctx, c.Hash)
		if err == nil && !there {
			err = s.AddEnrolment(ctx, store.Enrolment{Code: c.Hash, Person: c.Person, Operator: w.By})
		}
		if err != nil {
			return 0, err
		}
	}
	return s.VoidEnrolments(ctx, w.Now)
}

// setPasswords puts the passwords back that the command line gave out since an older state: whoever
// knows the one before logs in no more, nor does a token of before open anything. The newest copy has them.
func (w Wish) setPasswords(ctx context.Context, s *store.Store) error {
	newest := map[syncproto.ID]string{}
	for _, p := range w.Outbox.Passwords() {
		newest[p.Person] = p.Hash
	}
	for person, hash := range newest {
		before, err := s.Password(ctx, person)
		if err == nil && w.Older && before != hash {
			err = errors.Join(s.SetPassword(ctx, person, hash), s.ForgetTokens(ctx, person))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgotten are the commands of the command line that the restored log lacks, up to the last
// that has a verdict: what never had one it gives again by itself.
func (w Wish) forgotten(ctx context.Context, s *store.Store, id store.Identity) ([]store.Reoffered, error) {
	var again []store.Reoffered
	told := 0
	err := s.View(ctx, func(v *store.View) error {
		for _, given := range w.Outbox.Given() {
			line, err := v.Line(id.OperatorDevice, given.Command.Incarnation)
			if err != nil {
				return err
			}
			if given.Command.Counter <= line.Counter {
				continue
			}
			again = append(again, store.Reoffered{Command: given.Command, First: given.First})
			if !given.First.IsZero() {
				told = len(again)
			}
		}
		return nil
	})
	return again[:told], err
}
