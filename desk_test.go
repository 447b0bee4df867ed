package redress_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/crypto/argon2"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/syncclient"
	"redress/server/access"
	"redress/server/operator"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/simulation"
)

// desk is a real replica with what its windows would show.
type desk struct {
	t       testing.TB
	ctx     context.Context
	stage   *stage
	dir     string // of the folder
	folder  *replica.Folder
	login   string
	code    string // that made it known
	replica *replica.Replica
	present present.Desk
	token   string
	expires syncproto.Instant // of the token, by the server's clock
}

// password is everybody's in a scenario.
const password = "correct horse"

func (s *stage) Enrol(now syncproto.Instant, person syncproto.ID, login, machine string) (simulation.Desk, error) {
	now = s.wall(now)
	if err := s.store.SetPassword(s.ctx, person, easyHash()); err != nil {
		return nil, err
	}
	code, err := s.handed[person], error(nil)
	if delete(s.handed, person); code == "" {
		code, err = s.giveCode(now, person)
	}
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(s.dir, "desk-"+machine)
	folder, err := replica.OpenFolder(dir)
	if err != nil {
		return nil, err
	}
	s.t.Cleanup(func() {
		if err := folder.Close(); err != nil {
			s.t.Error(err)
		}
	})
	key, err := folder.DeviceKey(login, s.chance.key())
	if err != nil {
		return nil, err
	}
	incarnation := s.chance.id()
	answer, err := s.access.Enrol(s.ctx, now, syncproto.EnrolRequest{Code: code, Login: login, Key: key[32:], Name: machine, Incarnation: incarnation}.Sign(key))
	if err != nil {
		return nil, err
	}
	r, err := folder.Create(s.ctx, replica.Enrolment{
		Server: "scenario", Login: login, Person: answer.Person, Device: answer.Device, DeviceCode: answer.DeviceCode,
		Incarnation: incarnation, LogID: answer.LogID, Epoch: answer.Epoch, ServerKey: answer.ServerKey, Time: answer.Time,
	}, func([]syncproto.Ref) {})
	if err != nil {
		return nil, err
	}
	d, err := s.deskOf(folder, dir, login, r)
	if err != nil {
		return nil, err
	}
	d.code = code
	return d, d.logIn(now)
}

func (s *stage) GiveCode(now syncproto.Instant, person syncproto.ID) (err error) {
	s.handed[person], err = s.giveCode(s.wall(now), person)
	return err
}

// giveCode is what the operator reads out to somebody with a computer to make known.
func (s *stage) giveCode(now syncproto.Instant, person syncproto.ID) (string, error) {
	code, until, err := s.access.IssueCode(s.ctx, now, person, "scenario")
	s.given.codes = append(s.given.codes, operator.Code{Person: person, Until: until, Hash: access.CodeHash(code)})
	return code, err
}

// EnrolAgain gets a new code and types it at the log-in.
func (d *desk) EnrolAgain(now syncproto.Instant) ([]string, error) {
	now = d.stage.wall(now)
	code, err := d.stage.giveCode(now, d.replica.Owner().Person)
	if err != nil {
		return nil, err
	}
	request, err := d.replica.AskAgain(d.ctx, syncproto.EnrolRequest{Code: code, Name: "scenario", Incarnation: d.stage.chance.id()})
	if err != nil {
		return nil, err
	}
	answer, err := d.stage.access.Enrol(d.ctx, now, request)
	if problem := (*syncproto.Problem)(nil); errors.As(err, &problem) {
		return []string{"refused: " + present.EnrolProblem(d.present.Words, err, true)}, nil
	}
	if err != nil {
		return nil, err
	}
	d.token, d.expires = "", 0
	return nil, d.replica.KnownAgain(d.ctx, answer)
}

// LoseCode has somebody else come in with the code that made this desk known.
func (d *desk) LoseCode(now syncproto.Instant) ([]string, error) {
	key := d.stage.chance.key()
	_, err := d.stage.access.Enrol(d.ctx, d.stage.wall(now), syncproto.EnrolRequest{Code: d.code, Login: d.login,
		Key: key[32:], Name: "stranger", Incarnation: d.stage.chance.id()}.Sign(key))
	if problem := (*syncproto.Problem)(nil); errors.As(err, &problem) {
		return []string{"refused: " + present.EnrolProblem(d.present.Words, err, false)}, nil
	}
	return []string{"let in"}, err
}

// chinese are the words of every desk.
var chinese = sync.OnceValues(func() (present.Words, error) { return present.LoadWords("zh") })

// deskOf is a desk on an open replica, which it closes in the end.
func (s *stage) deskOf(folder *replica.Folder, dir, login string, r *replica.Replica) (*desk, error) {
	words, err := chinese()
	d := &desk{t: s.t, ctx: s.ctx, stage: s, dir: dir, folder: folder, login: login, replica: r, present: present.Desk{Replica: r, Words: words}}
	s.t.Cleanup(func() {
		if err := d.replica.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return d, err
}

// restart has the desk's program die where it stands and begin again on its files. As at the
// server, the connections of the dead one are closed when the next has opened the file.
func (d *desk) restart() error {
	again, err := d.folder.Open(d.ctx, d.login, func([]syncproto.Ref) {})
	if err != nil {
		return err
	}
	dead := d.replica
	d.replica, d.present.Replica = again, again
	return dead.Close()
}

// easyHash is the password's, of the kind that the door takes (its parameters stand in it), and
// so light that a day of many log-ins costs nothing.
var easyHash = sync.OnceValue(func() string {
	salt := make([]byte, 16)
	key := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, encode(salt), encode(key))
})

// logIn gets a token where there is none that is good, as the person does who is asked to
// log in again. now is by the server's clock.
func (d *desk) logIn(now syncproto.Instant) error {
	if now < d.expires {
		return nil
	}
	owner := d.replica.Owner()
	answer, err := d.stage.access.Login(d.ctx, now, d.replica.SignLogin(syncproto.LoginRequest{
		Device: owner.Device, Login: owner.Login, Password: password, Nonce: d.stage.access.Nonce(now)}))
	if err != nil {
		return err
	}
	d.token, d.expires = answer.Token, answer.Expires
	return nil
}

func (d *desk) Device() syncproto.ID { return d.replica.Owner().Device }

func (d *desk) Tap(at syncproto.Reading, kind syncproto.CommandKind, command any) (lines []string, refused bool) {
	return d.give(at, replica.Wish{Kind: kind, Command: command})
}

// give keeps a wish and says what the person reads about it.
func (d *desk) give(at syncproto.Reading, wish replica.Wish) (lines []string, refused bool) {
	scene := d.present.Scene(at)
	receipt, err := d.replica.Tap(d.ctx, wish, replica.Moment{ID: d.stage.chance.id(), Reading: at})
	if err != nil {
		return said(scene.Refused(err)), true
	}
	if len(receipt.Remarks) > 0 {
		lines = append(lines, scene.Findings(receipt.Remarks))
	}
	return lines, false
}

func said(faults []present.Fault) []string {
	lines := make([]string, 0, len(faults))
	for _, f := range faults {
		lines = append(lines, "refused: "+f.Text)
	}
	return lines
}

func (d *desk) Approve(at syncproto.Reading, id syncproto.ID, less syncproto.Fen, reason string) (lines []string, refused bool) {
	wishes, faults, err := d.decide(at, id, less, reason)
	if err != nil {
		d.t.Fatal(err)
	}
	if len(faults) > 0 {
		return said(faults), true
	}
	for _, w := range wishes {
		more, no := d.give(at, w)
		lines, refused = append(lines, more...), refused || no
	}
	return lines, refused
}

// decide makes the approval that the form of the claim would make.
func (d *desk) decide(at syncproto.Reading, id syncproto.ID, less syncproto.Fen, reason string) ([]replica.Wish, []present.Fault, error) {
	decision := present.Decision{Claim: id, Approve: true, Reason: reason}
	if less != 0 {
		decision.Less = less.String()
	}
	return d.present.Decide(d.ctx, at, decision)
}

func (d *desk) NextNumber() (string, error) { return d.replica.ReserveNumber(d.ctx) }

func (d *desk) Document(ref syncproto.Ref) (body any, held bool) {
	doc, held, err := d.replica.Document(d.ctx, ref)
	if err != nil {
		d.t.Fatal(err)
	}
	return doc.Body, held
}

func (d *desk) Show(at syncproto.Reading, page string, about syncproto.Ref) []string {
	lines, err := d.page(at, page, about)
	if err != nil {
		d.t.Fatal(err)
	}
	return lines
}

func (d *desk) page(at syncproto.Reading, page string, about syncproto.Ref) ([]string, error) {
	switch page {
	case "work":
		view, err := d.present.Work(d.ctx, at, replica.Key{}, replica.MaxWindow)
		return view.Lines(), err
	case "claims":
		view, err := d.present.Claims(d.ctx, at, present.ClaimPlace{}, present.MaxClaims)
		return view.Lines(), err
	case "months":
		view, err := d.present.Months(d.ctx, at, 0)
		return view.Lines(), err
	case "holds":
		return d.holds()
	case "sync":
		view, err := d.present.Sync(d.ctx, at, "")
		return view.Lines(), err
	case "ticket":
		view, held, err := d.present.Panorama(d.ctx, at, about.ID)
		if !held {
			return []string{"not here"}, err
		}
		return view.Lines(), err
	case "claim":
		body, held, err := d.present.Claim(d.ctx, about.ID)
		if !held {
			return []string{"not here"}, err
		}
		return []string{claimText(body)}, err
	}
	return nil, nil
}

// holds is what the desk holds of its buckets, beside what the server says at this moment.
func (d *desk) holds() (lines []string, err error) {
	own := d.replica.Desk()
	status, err := d.replica.Status(d.ctx)
	if err != nil {
		return nil, err
	}
	lines = append(lines, fmt.Sprintf("%d held, %d being filled, healed %d times within the hour", len(own.Held), len(own.Filling), status.Heals))
	buckets := slices.Concat(own.Held, own.Filling)
	return lines, d.stage.store.View(d.ctx, func(v *store.View) error {
		sums, err := v.Sums(buckets)
		documents, differ := 0, 0
		for n, b := range buckets {
			mine := d.replica.Holds(b)
			documents += int(mine.Count)
			if err == nil && mine != sums[n].Total() {
				differ++
			}
		}
		lines = append(lines, fmt.Sprintf("%d documents in them; other than on the server: %d", documents, differ))
		return err
	})
}

// Damage has the disk give back a body that ends otherwise.
func (d *desk) Damage(ref syncproto.Ref) error {
	db, err := sql.Open("sqlite", "file://"+filepath.Join(d.dir, d.login, "replica.db")+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(d.ctx, `UPDATE document SET body = zeroblob(length(body)) WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:])
	return errors.Join(err, db.Close())
}

func claimText(b claim.Body) string {
	return b.Kind.String() + " " + b.Amount.String() + " " + b.State.String()
}

func (d *desk) Dial(at syncproto.Reading) (simulation.Line, [][]byte) {
	if d.replica.Buried() {
		return nil, nil
	}
	if err := d.logIn(d.stage.wall(d.stage.now)); errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongLogin}) {
		d.token = "" // nobody logs in on a device that was revoked
	} else if err != nil {
		d.t.Fatal(err)
	}
	c := syncclient.NewConversation(d.replica, d.token, "scenario", d.stage.chance.id)
	line := &deskLine{d, c}
	send, _ := line.carryOut(c.Open(d.ctx, at))
	return line, send
}

// deskLine is the desk's end of a line.
type deskLine struct {
	desk *desk
	*syncclient.Conversation
}

func (l *deskLine) Hear(_ syncproto.Instant, at syncproto.Reading, message []byte) ([][]byte, bool) {
	return l.carryOut(l.Conversation.Hear(l.desk.ctx, at, message))
}

func (l *deskLine) Pass(_ syncproto.Instant, at syncproto.Reading) ([][]byte, bool) {
	return l.carryOut(l.Conversation.Pass(l.desk.ctx, at))
}

func (l *deskLine) Drop(at syncproto.Reading) {
	if err := l.Conversation.Drop(l.desk.ctx, at); err != nil {
		l.desk.t.Fatal(err)
	}
}

func (l *deskLine) carryOut(turn syncclient.Turn) ([][]byte, bool) {
	if turn.Err != nil {
		l.desk.t.Fatal(turn.Err)
	}
	return turn.Send, turn.End != nil
}
