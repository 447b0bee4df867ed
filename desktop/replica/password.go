package replica

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"redress/syncproto"
)

// What a guess at a password costs (RFC 9106, second recommended choice): on a stolen
// laptop the file is all there is.
const (
	passwordTime    = 3
	passwordMemory  = 64 << 10 // KiB
	passwordThreads = 4
	passwordLength  = 32
	passwordPrefix  = "argon2id$t=3,m=65536,p=4$" //nolint:gosec // how it is made, not a password
)

// SaltLength is how many random bytes RememberPassword wants.
const SaltLength = 16

// RememberPassword keeps what is needed to check the person's password without the
// server. Call it after the server took the password, with fresh random bytes.
func (r *Replica) RememberPassword(ctx context.Context, password string, salt []byte) error {
	if len(salt) != SaltLength {
		return &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: "keeping a password", Detail: fmt.Sprintf("a salt of %d bytes", len(salt))}
	}
	encoding := base64.RawStdEncoding
	text := passwordPrefix + encoding.EncodeToString(salt) + "$" + encoding.EncodeToString(stretched(password, salt))
	return r.commit(ctx, "keeping a password", func(c *change) error {
		if c.self.erased != 0 { // while the server was asked
			return &syncproto.Problem{Code: syncproto.CodeRevoked, Doing: "keeping a password"}
		}
		c.self.password = text
		return nil
	})
}

// CheckPassword says whether the password is the one last taken by the server. Before the
// first log-in with the server there is none, and no password fits.
func (r *Replica) CheckPassword(password string) bool {
	saltText, sumText, ok := strings.Cut(strings.TrimPrefix(r.self.Load().password, passwordPrefix), "$")
	salt, saltErr := base64.RawStdEncoding.DecodeString(saltText)
	sum, sumErr := base64.RawStdEncoding.DecodeString(sumText)
	return ok && saltErr == nil && sumErr == nil && len(salt) == SaltLength &&
		subtle.ConstantTimeCompare(sum, stretched(password, salt)) == 1
}

// ForgetPassword has a password that the server refused open nothing here any more, where it was good here: what
// was mistyped leaves the right one. Only a server is believed in whose session this desk is: another one, and one
// that has forgotten the device, refuses every password.
func (r *Replica) ForgetPassword(ctx context.Context, password string) error {
	was := r.self.Load()
	if was.offlineSince != 0 || !r.CheckPassword(password) {
		return nil
	}
	return r.commit(ctx, "forgetting a password", func(c *change) error {
		if c.self.password == was.password { // or the next was taken meanwhile
			c.self.password = ""
		}
		return nil
	})
}

// HasPassword says whether this person can log in without the server.
func (r *Replica) HasPassword() bool { return r.self.Load().password != "" }

func stretched(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, passwordTime, passwordMemory, passwordThreads, passwordLength)
}

// SignLogin puts the device's signature under a log-in: a password alone, without the
// device it belongs to, opens nothing.
func (r *Replica) SignLogin(request syncproto.LoginRequest) syncproto.LoginRequest {
	return request.Sign(r.key)
}

// SignDesks puts the device's signature under a question about all desks, as under a log-in.
func (r *Replica) SignDesks(request syncproto.DesksRequest) syncproto.DesksRequest {
	return request.Sign(r.key)
}
