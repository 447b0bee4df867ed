// Package access decides who may come in: it makes devices known with one-time codes, and
// gives tokens for passwords.
//
// It promises, in order of importance:
//
//  1. What is kept cannot be used: passwords as argon2id, codes and tokens as hashes.
//  2. A token is good on one device, for the person whose device it is, for 12 hours.
//  3. A code makes one device of one person known, once, within 24 hours; or known again, where a
//     restore of the log has forgotten it (see again.go). A restore may forget that it was used as
//     well: so it is good for nobody after one (restore.Run).
//  4. Whatever does not fit gets the same answer after the same work: nobody learns which
//     part was wrong. Guessing is slowed down by address and, where the device signed, by
//     device (see Limiter): who only knows somebody's login keeps nobody out.
//
// Credentials are rows beside the log; that a device is known is an entry in it.
package access

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
)

// How long things are good for.
const (
	CodeLife  = 24 * syncproto.Hour
	TokenLife = 12 * syncproto.Hour
	nonceLife = 2 * syncproto.Minute
)

// Store is where credentials lie.
type Store interface {
	Password(ctx context.Context, person syncproto.ID) (string, error)
	SetPassword(ctx context.Context, person syncproto.ID, hash string) error
	Enrolments
	Tokens
}

// Enrolments are the one-time codes.
type Enrolments interface {
	AddEnrolment(ctx context.Context, e store.Enrolment) error
	Enrolment(ctx context.Context, code syncproto.Hash) (store.Enrolment, bool, error)
	EnrolmentsOf(ctx context.Context, person syncproto.ID) ([]store.Enrolment, error)
	UseEnrolment(ctx context.Context, code syncproto.Hash, key []byte) (bool, error)
}

// Tokens are the persons' sessions.
type Tokens interface {
	AddToken(ctx context.Context, t store.Token, now syncproto.Instant) error
	ForgetTokens(ctx context.Context, person syncproto.ID) error
	Shorten(ctx context.Context, tokens, codes syncproto.Instant) error
	Token(ctx context.Context, token syncproto.Hash) (store.Token, bool, error)
}

// Chance is where randomness and new ids come from.
type Chance struct {
	Fill  func([]byte)        // with random bytes
	NewID func() syncproto.ID // a UUIDv7
}

// Access is the door.
type Access struct {
	store   Store
	ledger  *ledger.Ledger
	chance  Chance
	hashing chan struct{}                     // how many passwords are hashed at once
	handing sync.Mutex                        // a token is handed out while its password is the person's
	right   atomic.Pointer[syncproto.Instant] // when it was last said that the clock is; nil before
	// OnPassword is told whose password is another one now: whoever is logged in with the old
	// one is so no more. May be nil; to be set before the first is.
	OnPassword func(person syncproto.ID)
}

// New makes the door of a ledger.
func New(s Store, l *ledger.Ledger, chance Chance) *Access {
	return &Access{store: s, ledger: l, chance: chance, hashing: make(chan struct{}, maxHashing)}
}

// refused is a Refusal as an error.
func refused(code syncproto.Code, doing string) error {
	return &syncproto.Problem{Code: code, Doing: doing}
}

// IssueCode makes a one-time code for a person's new device.
func (a *Access) IssueCode(ctx context.Context, now syncproto.Instant, person syncproto.ID, operator string) (string, syncproto.Instant, error) {
	if p, known := a.ledger.Reference().Person(person); !known || p.Left != 0 {
		return "", 0, refused(syncproto.CodeNotThere, "making an enrolment code")
	}
	code := a.unambiguous(10)
	expires := now.Add(CodeLife)
	err := a.store.AddEnrolment(ctx, store.Enrolment{Code: CodeHash(code), Person: person, Operator: operator, Expires: expires})
	return code[:5] + "-" + code[5:], expires, err
}

// alphabet has no sign that can be taken for another when read aloud or copied by hand.
const alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// unambiguous makes n random signs.
func (a *Access) unambiguous(n int) string {
	var text strings.Builder
	one := make([]byte, 1)
	for text.Len() < n {
		a.chance.Fill(one)
		if int(one[0]) < 256-256%len(alphabet) { // no sign is likelier than another
			text.WriteByte(alphabet[int(one[0])%len(alphabet)])
		}
	}
	return text.String()
}

// CodeHash is what is kept of an enrolment code.
func CodeHash(code string) syncproto.Hash {
	plain := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	return syncproto.HashOf([]byte("redress enrolment code\x00"), []byte(plain))
}

// LoginKey is what a login is compared by: case and the blanks around it do not matter, and
// what is longer than any login is cut.
func LoginKey(login string) string {
	login = strings.TrimSpace(login)
	return strings.ToLower(login[:min(len(login), organisation.MaxLogin+1)])
}

// Enrol makes a device known, or known again. The errors of the asker are Problems with
// CodeWrongCode; a server that was just restored answers everybody CodeRestoring.
func (a *Access) Enrol(ctx context.Context, now syncproto.Instant, r syncproto.EnrolRequest) (syncproto.EnrolAnswer, error) {
	const doing = "making a device known"
	wrong := refused(syncproto.CodeWrongCode, doing)
	if !ownKey(r.Key) || !ed25519.Verify(r.Key, r.SigningBytes(), r.Signature) || r.Incarnation.IsZero() {
		return syncproto.EnrolAnswer{}, wrong
	}
	code := CodeHash(r.Code)
	e, there, err := a.store.Enrolment(ctx, code)
	if err != nil {
		return syncproto.EnrolAnswer{}, err
	}
	ref := a.ledger.Reference()
	person, known := ref.Person(e.Person)
	if !there || !known || person.Left != 0 || now >= e.Expires || LoginKey(person.Login) != LoginKey(r.Login) {
		return syncproto.EnrolAnswer{}, wrong
	}
	id, by := DeviceID(code, r.Key), r.Key
	if !r.Device.IsZero() {
		was, err := a.wasDevice(ctx, e.Person, r)
		if err != nil {
			return syncproto.EnrolAnswer{}, err
		}
		if !was {
			return syncproto.EnrolAnswer{}, wrong
		}
		id, by = r.Device, usedAgain(r.Key, r.Device)
	}
	if a.ledger.Restoring() {
		return syncproto.EnrolAnswer{}, refused(syncproto.CodeRestoring, doing)
	}
	if used, err := a.store.UseEnrolment(ctx, code, by); err != nil {
		return syncproto.EnrolAnswer{}, err
	} else if !used {
		return syncproto.EnrolAnswer{}, wrong
	}
	device, enrolled := ref.Device(id)
	if !enrolled {
		if device, err = a.define(ctx, now, id, e, r); err != nil {
			return syncproto.EnrolAnswer{}, err
		}
		// Its revocation has waited for it: it hands in and erases itself, and is told no more.
		if known, _ := a.ledger.Reference().Device(id); known.Revoked != 0 {
			return syncproto.EnrolAnswer{}, wrong
		}
	}
	identity := a.ledger.Identity()
	return syncproto.EnrolAnswer{
		Device: id, DeviceCode: device.Code, Person: e.Person, LogID: identity.LogID, Epoch: identity.Epoch,
		ServerKey: identity.ServerKey.Public().(ed25519.PublicKey), Time: now,
	}, nil
}

// define puts the device into the log, in the name of whoever gave out the code.
func (a *Access) define(ctx context.Context, now syncproto.Instant, id syncproto.ID, e store.Enrolment, r syncproto.EnrolRequest) (organisation.Device, error) {
	name := strings.TrimSpace(syncproto.OneLine(r.Name, syncproto.MaxShortText))
	if name == "" {
		name = "?"
	}
	device := organisation.Device{Person: e.Person, Name: name, Key: r.Key, Incarnation: r.Incarnation, Code: earlierCode(r.DeviceCode)}
	for {
		for device.Code == "" || a.ledger.Reference().CodeTaken(device.Code) {
			device.Code = a.unambiguous(deviceCode)
		}
		intent, err := rules.Write(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: id, Device: device})
		if err != nil {
			return device, err
		}
		intent.Operator = e.Operator
		results, err := a.ledger.Commit(ctx, now, []ledger.Submission{a.ledger.Own(intent, now)})
		if err != nil {
			return device, err
		}
		if problem := results[0].Problem; problem != nil {
			return device, problem
		}
		v := results[0].Verdict
		if v.Outcome == syncproto.Accepted {
			return device, nil
		}
		if is, known := a.ledger.Reference().Device(id); known { // it asked before and heard no answer
			return is, nil
		}
		if !slices.Contains(v.Findings, syncproto.Finding{Code: syncproto.CodeAlready, Field: "code"}) {
			return device, fmt.Errorf("making device %v known: %v %v", id, v.Outcome, v.Findings)
		}
		device.Code = "" // another device that is made known at this very time has it
	}
}

// Nonce is what the next log-in signs. It needs no memory: it carries its time, under a
// key that only the server has.
func (a *Access) Nonce(now syncproto.Instant) []byte {
	body := make([]byte, 8, 24)
	for i := range 8 {
		body[i] = byte(uint64(now) >> (8 * i))
	}
	salt := make([]byte, 16)
	a.chance.Fill(salt)
	body = append(body, salt...)
	return append(body, a.nonceSeal(body)...)
}

func (a *Access) nonceSeal(body []byte) []byte {
	seal := syncproto.HashOf([]byte("redress nonce\x00"), a.ledger.Identity().ServerKey.Seed(), body)
	return seal[:]
}

func (a *Access) nonceGood(now syncproto.Instant, nonce []byte) bool {
	if len(nonce) != 24+32 || subtle.ConstantTimeCompare(nonce[24:], a.nonceSeal(nonce[:24])) != 1 {
		return false
	}
	var at uint64
	for i := range 8 {
		at |= uint64(nonce[i]) << (8 * i)
	}
	age := now.Sub(syncproto.Instant(at))
	return age >= 0 && age <= nonceLife
}

// Proven says that the device signed the log-in just now: only then can its password be right.
func (a *Access) Proven(now syncproto.Instant, r syncproto.LoginRequest) bool {
	device, known := a.ledger.Reference().Device(r.Device)
	return known && device.Revoked == 0 && !a.ledger.ReadsNothing(r.Device, device.Person) && a.nonceGood(now, r.Nonce) && ed25519.Verify(device.Key, r.SigningBytes(), r.Signature)
}

// Login gives a token for a password. The errors of the asker are Problems with
// CodeWrongLogin.
func (a *Access) Login(ctx context.Context, now syncproto.Instant, r syncproto.LoginRequest) (syncproto.LoginAnswer, error) {
	wrong := refused(syncproto.CodeWrongLogin, "logging in")
	ref, right := a.ledger.Reference(), a.right.Load()
	device, _ := ref.Device(r.Device)
	person, known := ref.Person(device.Person)
	fits := known && person.Left == 0 && LoginKey(person.Login) == LoginKey(r.Login) && a.Proven(now, r)
	hash := ""
	if fits {
		var err error
		if hash, err = a.store.Password(ctx, device.Person); err != nil {
			return syncproto.LoginAnswer{}, err
		}
	}
	good, err := a.passwordFits(ctx, hash, r.Password)
	if err != nil {
		return syncproto.LoginAnswer{}, err
	}
	if !fits || !good {
		return syncproto.LoginAnswer{}, wrong
	}
	a.handing.Lock()
	defer a.handing.Unlock()
	// Checking takes a while, in which another may have been set.
	if newest, err := a.store.Password(ctx, device.Person); err != nil || newest != hash {
		return syncproto.LoginAnswer{}, cmp.Or(err, wrong)
	}
	if said := a.right.Load(); said != right { // and now is of a clock that was ahead
		now = min(now, *said)
	}
	secret := make([]byte, 32)
	a.chance.Fill(secret)
	token := base64.RawURLEncoding.EncodeToString(secret)
	expires := now.Add(TokenLife)
	err = a.store.AddToken(ctx, store.Token{Token: tokenHash(token), Person: device.Person, Device: r.Device, Expires: expires}, now)
	return syncproto.LoginAnswer{Token: token, Expires: expires, Person: device.Person, Time: now}, err
}

func tokenHash(token string) syncproto.Hash {
	return syncproto.HashOf([]byte("redress token\x00"), []byte(token))
}

// ClockIsRight takes an operator's word for it: what was given out while the clock was ahead is good for no
// longer than what is given out now.
func (a *Access) ClockIsRight(ctx context.Context, now syncproto.Instant) error {
	a.handing.Lock()
	defer a.handing.Unlock()
	a.right.Store(&now)
	return a.store.Shorten(ctx, now.Add(TokenLife), now.Add(CodeLife))
}

// ReadsUntil is until when the token lets the person read on the device; 0 where it does
// not, and where a restored server was told that one of the two is to read no more.
func (a *Access) ReadsUntil(ctx context.Context, now syncproto.Instant, token string, device, person syncproto.ID) (syncproto.Instant, error) {
	if token == "" || a.ledger.ReadsNothing(device, person) {
		return 0, nil
	}
	t, there, err := a.store.Token(ctx, tokenHash(token))
	if err != nil || !there || t.Device != device || t.Person != person || now >= t.Expires {
		return 0, err
	}
	return t.Expires, nil
}
