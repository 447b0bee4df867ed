package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"redress/syncproto"
)

// Credentials lie beside the log: they can be changed and forgotten, and a restore of the
// log does not bring back an old password (restore.Run).

// Enrolment is a one-time code, by its hash, with which a person's device is made known.
// Key is that of the device that used it, nil while nobody has; where it made a device known again
// that a restored log had forgotten, the device's id stands behind it.
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
	s.changed.Add(1)
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

// EnrolmentsOf are all codes that a person was ever given, as far as this store remembers.
func (s *Store) EnrolmentsOf(ctx context.Context, person syncproto.ID) ([]Enrolment, error) {
	const doing = "reading a person's enrolment codes"
	rows, err := s.readers.QueryContext(ctx, `SELECT code, operator, expires, key FROM enrolment WHERE person = ? ORDER BY code`, person[:])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	var all []Enrolment
	for rows.Next() {
		e := Enrolment{Person: person}
		var code []byte
		if err = rows.Scan(&code, &e.Operator, &e.Expires, &e.Key); err != nil {
			break
		}
		copy(e.Code[:], code)
		all = append(all, e)
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	return all, nil
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

// VoidEnrolments has nobody use a code any more that nobody had used, and says how many of them were
// good until then.
func (s *Store) VoidEnrolments(ctx context.Context, now syncproto.Instant) (good int, err error) {
	const doing = "making unused enrolment codes void"
	if err := s.readers.QueryRowContext(ctx, `SELECT count(*) FROM enrolment WHERE key IS NULL AND expires > ?`, int64(now)).Scan(&good); err != nil {
		return 0, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	_, err = s.write(ctx, doing, `UPDATE enrolment SET expires = 0 WHERE key IS NULL`)
	return good, err
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

// Shorten has no token and no code be good for longer than until then.
func (s *Store) Shorten(ctx context.Context, tokens, codes syncproto.Instant) error {
	const doing = "shortening what was given out while the clock was ahead"
	if _, err := s.write(ctx, doing, `UPDATE token SET expires = ? WHERE expires > ?`, int64(tokens), int64(tokens)); err != nil {
		return err
	}
	_, err := s.write(ctx, doing, `UPDATE enrolment SET expires = ? WHERE expires > ?`, int64(codes), int64(codes))
	return err
}

// ForgetTokens takes all tokens from a person.
func (s *Store) ForgetTokens(ctx context.Context, person syncproto.ID) error {
	_, err := s.write(ctx, "forgetting a person's tokens", `DELETE FROM token WHERE person = ?`, person[:])
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

// CredentialKind is the table a Credential is a row of.
type CredentialKind uint8

// Kinds of credentials. The numbers stand in copies of the log.
const (
	CredentialPassword  CredentialKind = 1
	CredentialEnrolment CredentialKind = 2
	CredentialToken     CredentialKind = 3
)

// Credential is a row of any of the three, as a copy of the log carries it: what its table
// does not have is empty.
type Credential struct {
	Kind      CredentialKind
	Key       []byte // the person, or the hash of the code or token
	Person    syncproto.ID
	Device    syncproto.ID
	Text      string // the password's hash, or who gave the code out
	Expires   syncproto.Instant
	DeviceKey []byte
}

// CredentialsVersion is another one after every change of a credential by this Store.
func (s *Store) CredentialsVersion() uint64 { return s.changed.Load() }

// Credentials hands out every credential there is, in the order of kinds and keys.
func (s *Store) Credentials(ctx context.Context, take func(Credential) error) error {
	rows, err := s.readers.QueryContext(ctx, `SELECT 1, person, person, x'', password, 0, NULL FROM credential
		UNION ALL SELECT 2, code, person, x'', operator, expires, key FROM enrolment
		UNION ALL SELECT 3, token, person, device, '', expires, NULL FROM token ORDER BY 1, 2`)
	if err != nil {
		return fmt.Errorf("reading every credential: %w", sorted(err))
	}
	for rows.Next() {
		var c Credential
		var person, device []byte
		if err = rows.Scan(&c.Kind, &c.Key, &person, &device, &c.Text, &c.Expires, &c.DeviceKey); err != nil {
			break
		}
		copy(c.Person[:], person)
		copy(c.Device[:], device)
		if err = take(c); err != nil {
			break
		}
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("reading every credential: %w", sorted(err))
	}
	return nil
}

// PutCredential keeps a credential that a copy of the log carried.
func (s *Store) PutCredential(ctx context.Context, c Credential) error {
	switch c.Kind {
	case CredentialPassword:
		return s.SetPassword(ctx, c.Person, c.Text)
	case CredentialEnrolment:
		_, err := s.write(ctx, "keeping an enrolment code", `INSERT INTO enrolment (code, person, operator, expires, key) VALUES (?, ?, ?, ?, ?)`,
			c.Key, c.Person[:], c.Text, int64(c.Expires), c.DeviceKey)
		return err
	case CredentialToken:
		_, err := s.write(ctx, "keeping a token", `INSERT INTO token (token, person, device, expires) VALUES (?, ?, ?, ?)`,
			c.Key, c.Person[:], c.Device[:], int64(c.Expires))
		return err
	}
	return fmt.Errorf("keeping a credential: its kind %d is not known: %w", c.Kind, ErrNewer)
}
