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
	if err := a.store.SetPassword(ctx, person, hashPassword(password, salt, argonMemory, argonPasses, argonThreads)); err != nil {
		return err
	}
	// Whoever knew the old one reads nothing more.
	if err := a.store.ForgetTokens(ctx, person); err != nil {
		return err
	}
	if a.OnPassword != nil {
		a.OnPassword(person)
	}
	return nil
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

func hashPassword(password string, salt []byte, memory, passes uint32, threads uint8) string {
	key := argon2.IDKey([]byte(password), salt, passes, memory, threads, argonKey)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, threads, encode(salt), encode(key))
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
	var version int
	var memory, passes uint32
	var threads uint8
	parts := strings.Split(against, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("checking a password: its hash is of no known kind")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &threads); err != nil {
		return false, fmt.Errorf("checking a password: reading its hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("checking a password: reading its hash: %w", err)
	}
	same := subtle.ConstantTimeCompare([]byte(hashPassword(password, salt, memory, passes, threads)), []byte(against)) == 1
	return same && hash != "", nil
}
