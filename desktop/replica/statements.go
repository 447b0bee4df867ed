package replica

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// statements are those of the writer, or of the readers, by their text. Each is prepared once:
// for most of them that costs more than to run it. Only texts of this program that do not
// depend on what is asked belong here, for none is ever forgotten.
type statements struct {
	prepare func(ctx context.Context, text string) (*sql.Stmt, error)

	mutex sync.Mutex
	known map[string]*sql.Stmt
}

func newStatements(prepare func(context.Context, string) (*sql.Stmt, error)) *statements {
	return &statements{prepare: prepare, known: map[string]*sql.Stmt{}}
}

// of is the statement of a text. Preparing may wait for a connection, and nobody else for that.
func (s *statements) of(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mutex.Lock()
	known := s.known[text]
	s.mutex.Unlock()
	if known != nil {
		return known, nil
	}
	fresh, err := s.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if known = s.known[text]; known != nil { // another was faster
		return known, fresh.Close()
	}
	s.known[text] = fresh
	return fresh, nil
}

// close gives all of them back. Those of one connection nobody else does, and SQLite keeps the files
// of a connection open as long as it has a statement.
func (s *statements) close() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var failed []error
	for _, one := range s.known {
		failed = append(failed, one.Close())
	}
	clear(s.known)
	return errors.Join(failed...)
}

func (s *statements) run(ctx context.Context, text string, arguments ...any) (sql.Result, error) {
	statement, err := s.of(ctx, text)
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, arguments...)
}

func (s *statements) query(ctx context.Context, text string, arguments ...any) (*sql.Rows, error) {
	statement, err := s.of(ctx, text)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, arguments...)
}

// scanner is a row to be read.
type scanner interface{ Scan(into ...any) error }

// unread is the row of a query that failed.
type unread struct{ err error }

func (u unread) Scan(...any) error { return u.err }

func (s *statements) row(ctx context.Context, text string, arguments ...any) scanner {
	statement, err := s.of(ctx, text)
	if err != nil {
		return unread{err}
	}
	return statement.QueryRowContext(ctx, arguments...)
}
