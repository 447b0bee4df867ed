package syncclient

import (
	"context"
	"errors"

	"redress/desktop/replica"
	"redress/syncproto"
)

// Session is what a person who logged in works with: the password, in memory, and the
// token where the server gave one.
type Session struct {
	password string
	token    string
	expires  syncproto.Instant
}

// Offline says that the password was checked here and the server gave no token yet.
func (s Session) Offline() bool { return s.token == "" }

// LogIn checks a person's password: with the server, and where that cannot be reached, is
// not trusted or has no room to note the log-in, against what it took the last time. at is
// the reading of the clocks now, salt fresh random bytes (replica.SaltLength). A password that
// the server refuses is no good without it any more either.
//
// Errors are Problems: syncproto.CodeWrongLogin, or without the server CodeNoPassword
// before the first time, and CodeOfflineEnded where it has let nobody in here for longer
// than the policy allows.
func LogIn(ctx context.Context, r *replica.Replica, server Server, password string, at syncproto.Reading, salt []byte) (Session, error) {
	s := Session{password: password}
	err := s.renew(ctx, r, server)
	if err == nil {
		return s, r.RememberPassword(ctx, password, salt)
	}
	switch code := codeOf(err); {
	case code == CodeUnreachable:
	case code == syncproto.CodeWrongLogin:
		return Session{}, errors.Join(err, r.ForgetPassword(ctx, password))
	case (code == CodeCertificate || code == CodeServerFull) && r.HasPassword():
	default:
		return Session{}, err
	}
	return s, checkHere(ctx, r, password, at)
}

// checkHere is logging in without the server.
func checkHere(ctx context.Context, r *replica.Replica, password string, at syncproto.Reading) error {
	const doing = "logging in without the server"
	if !r.HasPassword() {
		return &syncproto.Problem{Code: CodeNoPassword, Doing: doing}
	}
	if !r.CheckPassword(password) {
		return &syncproto.Problem{Code: syncproto.CodeWrongLogin, Doing: doing}
	}
	status, err := r.Status(ctx)
	if err != nil {
		return err
	}
	limit := r.Reference().Policy.OfflineUse
	if away := r.Estimate(at).Sub(status.LetIn); limit > 0 && away > limit {
		return &syncproto.Problem{Code: CodeOfflineEnded, Doing: doing, Detail: "not let in for " + away.String()}
	}
	return nil
}

// renew gets a token.
func (s *Session) renew(ctx context.Context, r *replica.Replica, server Server) error {
	const doing = "logging in"
	var nonce syncproto.NonceAnswer
	if err := server.ask(ctx, doing, syncproto.PathNonce, nil, &nonce); err != nil {
		return err
	}
	owner := r.Owner()
	request := r.SignLogin(syncproto.LoginRequest{Device: owner.Device, Login: owner.Login, Password: s.password, Nonce: nonce.Nonce})
	var answer syncproto.LoginAnswer
	if err := server.ask(ctx, doing, syncproto.PathLogin, request, &answer); err != nil {
		return err
	}
	if answer.Person != owner.Person || answer.Token == "" {
		return &syncproto.Problem{Code: syncproto.CodeWrongLogin, Doing: doing, Detail: "the server knows another person by this login"}
	}
	s.token, s.expires = answer.Token, answer.Expires
	return nil
}
