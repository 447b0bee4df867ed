package access

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"redress/syncproto"
)

// Parameters of argon2id (OWASP's minimum): 19 MiB, two passes. They stand in every hash,
// so that stronger ones can follow.
const (
	argonMemory  = 19 << 10 // KiB
	argonPasses  = 2
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// maxHashing bounds the memory that logging in takes.
const maxHashing = 4

// MinPassword is how many characters a password has at least.
const MinPassword = 8

// SetPassword keeps a person's password, and takes all tokens from them.
func (a *Access) SetPassword(ctx context.Context, person syncproto.ID, password string) error {
	if _, known := a.ledger.Reference().Person(person); !known {
		return refused(syncproto.CodeNotThere, "setting a password")
	}
	if len([]rune(password)) < MinPassword || len(password) > syncproto.MaxPassword {
		return &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: "setting a password",
			Detail: fmt.Sprintf("it must have at least %d characters and at most %d bytes", MinPassword, syncproto.MaxPassword)}
	}
	salt := make([]byte, argonSalt)
	a.chance.Fill(salt)
	release, err := a.turn(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := a.changeTo(ctx, person, hashing{argonMemory, argonPasses, argonThreads, salt}.of(password)); err != nil {
		return err
	}
	if a.OnPassword != nil {
		a.OnPassword(person)
	}
	return nil
}

// changeTo keeps the new one: whoever knew the old one reads nothing more. Their tokens are forgotten first:
// where it comes to no more, the old one is good as it was, and no token outlives it.
func (a *Access) changeTo(ctx context.Context, person syncproto.ID, hash string) error {
	a.handing.Lock()
	defer a.handing.Unlock()
	if err := a.store.ForgetTokens(ctx, person); err != nil {
		return err
	}
	return a.store.SetPassword(ctx, person, hash)
}

// Suggest makes a password that can be read aloud.
func (a *Access) Suggest() string {
	text := strings.ToLower(a.unambiguous(12))
	return text[:4] + "-" + text[4:8] + "-" + text[8:]
}

// turn waits until a password may be hashed.
func (a *Access) turn(ctx context.Context) (release func(), err error) {
	select {
	case a.hashing <- struct{}{}:
		return func() { <-a.hashing }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to check a password: %w", ctx.Err())
	}
}

// hashing is how a password is hashed.
type hashing struct {
	memory, passes uint32 // memory in KiB
	threads        uint8
	salt           []byte
}

func (h hashing) of(password string) string {
	key := argon2.IDKey([]byte(password), h.salt, h.passes, h.memory, h.threads, argonKey)
	return h.head() + base64.RawStdEncoding.EncodeToString(key)
}

// head is all of the hash but what came out.
func (h hashing) head() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$", argon2.Version, h.memory, h.passes, h.threads, base64.RawStdEncoding.EncodeToString(h.salt))
}

// What a hash may ask of this machine at most: far more than any that was written here, and of
// every log-in's turn no more than can be spared. A row beside the log may be damaged, or come with
// a copy that somebody wrote; what it asks for is taken before it can be told whether it fits.
const (
	mostMemory  = 128 << 10 // KiB
	mostPasses  = 10
	mostThreads = 16
	mostSalt    = 64
)

// readHash reads how a hash was made: only one that is written as hashing.of writes it.
func readHash(text string) (h hashing, err error) {
	bad := func(why string) (hashing, error) {
		return hashing{}, fmt.Errorf("checking a password: its hash %s: set the person's password anew", why)
	}
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return bad("is of no known kind")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.threads); err != nil {
		return bad("cannot be read: " + err.Error())
	}
	if h.memory == 0 || h.memory > mostMemory || h.passes == 0 || h.passes > mostPasses || h.threads == 0 || h.threads > mostThreads ||
		len(parts[4]) > base64.RawStdEncoding.EncodedLen(mostSalt) {
		return bad("asks for more than this server gives, or for nothing")
	}
	if h.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return bad("cannot be read: " + err.Error())
	}
	if text != h.head()+parts[5] || len(parts[5]) != base64.RawStdEncoding.EncodedLen(argonKey) {
		return bad("is not as this server writes it")
	}
	return h, nil
}

// nobody is hashed against where there is no password, so that this takes as long.
const nobody = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// passwordFits checks a password against its hash; "" fits nothing, as slowly.
func (a *Access) passwordFits(ctx context.Context, hash, password string) (bool, error) {
	release, err := a.turn(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	if len(password) > syncproto.MaxPassword {
		password = ""
	}
	against := hash
	if hash == "" {
		against = nobody
	}
	how, err := readHash(against)
	if err != nil {
		return false, err
	}
	same := subtle.ConstantTimeCompare([]byte(how.of(password)), []byte(against)) == 1
	return same && hash != "", nil
}
