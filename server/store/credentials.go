package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"redress/syncproto"
)

// Credentials lie beside the log: they can be changed and forgotten, and a restore of the
// log does not bring back an old password.

// Enrolment is a one-time code, by its hash, with which a person's device is made known.
// Key is that of the device that used it, nil while nobody has.
type Enrolment struct {
	Code     syncproto.Hash
	Person   syncproto.ID
	Operator string
	Expires  syncproto.Instant
	Key      []byte
}

// Token is a person's session on a device, by its hash.
type Token struct {
	Token   syncproto.Hash
	Person  syncproto.ID
	Device  syncproto.ID
	Expires syncproto.Instant
}

func (s *Store) write(ctx context.Context, doing, text string, values ...any) (sql.Result, error) {
	result, err := s.writer.ExecContext(ctx, text, values...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	return result, nil
}

// SetPassword keeps the hash of a person's password.
func (s *Store) SetPassword(ctx context.Context, person syncproto.ID, hash string) error {
	_, err := s.write(ctx, "keeping a password", `INSERT INTO credential (person, password) VALUES (?, ?)
		ON CONFLICT DO UPDATE SET password = excluded.password`, person[:], hash)
	return err
}

// Password is the hash of a person's password, "" where there is none.
func (s *Store) Password(ctx context.Context, person syncproto.ID) (string, error) {
	var hash string
	err := s.readers.QueryRowContext(ctx, `SELECT password FROM credential WHERE person = ?`, person[:]).Scan(&hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("reading a password: %w", sorted(err))
	}
	return hash, nil
}

// AddEnrolment keeps a new code.
func (s *Store) AddEnrolment(ctx context.Context, e Enrolment) error {
	_, err := s.write(ctx, "keeping an enrolment code", `INSERT INTO enrolment (code, person, operator, expires) VALUES (?, ?, ?, ?)`,
		e.Code[:], e.Person[:], e.Operator, int64(e.Expires))
	return err
}

// Enrolment looks up a code; false where it was never given out.
func (s *Store) Enrolment(ctx context.Context, code syncproto.Hash) (Enrolment, bool, error) {
	e := Enrolment{Code: code}
	var person []byte
	err := s.readers.QueryRowContext(ctx, `SELECT person, operator, expires, key FROM enrolment WHERE code = ?`, code[:]).
		Scan(&person, &e.Operator, &e.Expires, &e.Key)
	copy(e.Person[:], person)
	there, err := found("reading an enrolment code", err)
	return e, there, err
}

// UseEnrolment gives the code to a device's key, once; false where another has used it.
func (s *Store) UseEnrolment(ctx context.Context, code syncproto.Hash, key []byte) (bool, error) {
	result, err := s.write(ctx, "using an enrolment code", `UPDATE enrolment SET key = ? WHERE code = ? AND (key IS NULL OR key = ?)`, key, code[:], key)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("using an enrolment code: %w", err)
	}
	return n == 1, nil
}

// AddToken keeps a token and forgets those that expired before now.
func (s *Store) AddToken(ctx context.Context, t Token, now syncproto.Instant) error {
	if _, err := s.write(ctx, "forgetting old tokens", `DELETE FROM token WHERE expires <= ?`, int64(now)); err != nil {
		return err
	}
	_, err := s.write(ctx, "keeping a token", `INSERT INTO token (token, person, device, expires) VALUES (?, ?, ?, ?)`,
		t.Token[:], t.Person[:], t.Device[:], int64(t.Expires))
	return err
}

// Token looks up a token; false where there is none.
func (s *Store) Token(ctx context.Context, token syncproto.Hash) (Token, bool, error) {
	t := Token{Token: token}
	var person, device []byte
	err := s.readers.QueryRowContext(ctx, `SELECT person, device, expires FROM token WHERE token = ?`, token[:]).Scan(&person, &device, &t.Expires)
	copy(t.Person[:], person)
	copy(t.Device[:], device)
	there, err := found("reading a token", err)
	return t, there, err
}
