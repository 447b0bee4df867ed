package replica

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"redress/migrations"
	"redress/syncproto"
)

// Codes of what only a desk can say.
const (
	CodeDamaged        syncproto.Code = "damaged-file"    // the database file cannot be read as one
	CodeForeign        syncproto.Code = "foreign-file"    // the file is a database, and no replica
	CodeNewer          syncproto.Code = "newer-file"      // a newer program has changed the database
	CodeBusy           syncproto.Code = "file-busy"       // another program holds the database
	CodeUnwritable     syncproto.Code = "unwritable-file" // this program may not read or write a file
	CodeKeyMissing     syncproto.Code = "key-missing"     // the device's key is not where it was kept
	CodeKeychainLocked syncproto.Code = "keychain-locked" // the system's keychain does not open
	CodeNoFolder       syncproto.Code = "no-folder"       // the data folder cannot be made or used
	CodeInUse          syncproto.Code = "in-use"          // another window already works on the folder
	CodeNotEnrolled    syncproto.Code = "not-enrolled"    // there is no replica of this login here
	CodeFileBehind     syncproto.Code = "file-behind"     // older than what this device did; approves nothing before Hello
	CodeGrantSpent     syncproto.Code = "grant-spent"     // a grant has less left than the approval wants

	CodeTooManyDrafts syncproto.Code = "too-many-drafts" // another draft is not kept until one of them goes
	CodeDraftTooLarge syncproto.Code = "draft-too-large" // what stands in a form is more than a draft holds
)

// Refusal is a tap that was not kept: nothing changed, and the person reads why while it
// can still be put right.
type Refusal struct {
	Findings []syncproto.Finding
}

// Error lists the codes.
func (r *Refusal) Error() string {
	text := "refused"
	for _, f := range r.Findings {
		text += ": " + string(f.Code)
		if f.Field != "" {
			text += " (" + f.Field + ")"
		}
	}
	return text
}

func refuse(code syncproto.Code) *Refusal {
	return &Refusal{Findings: []syncproto.Finding{{Code: code}}}
}

// fault says what was being done to which file. What the person can do something about
// also has a code, whose words name the way out.
func fault(path, doing string, err error) error {
	coded := func(code syncproto.Code, detail string) error {
		return fmt.Errorf("%w: %w", &syncproto.Problem{Code: code, Doing: doing, Detail: detail}, err)
	}
	switch {
	case errors.Is(err, migrations.ErrForeign):
		return coded(CodeForeign, path)
	case errors.Is(err, migrations.ErrNewer):
		return coded(CodeNewer, path)
	}
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		switch failure.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", damaged(path, doing), err)
		case sqlite3.SQLITE_FULL:
			return coded(syncproto.CodeDiskFull, "no room left for "+path)
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return coded(CodeBusy, path)
		case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR:
			return coded(CodeUnwritable, path)
		}
	}
	return fmt.Errorf("%s in %s: %w", doing, path, err)
}

// indexDamaged says that the index of what can be found, the only virtual table, cannot be read as one.
func indexDamaged(err error) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code() == sqlite3.SQLITE_CORRUPT_VTAB
}

// windowsDiskFull is what Windows calls a full disk (ERROR_DISK_FULL).
const windowsDiskFull = syscall.Errno(112)

// refusedBySystem is what the system said to opening or writing a file beside the database.
func refusedBySystem(path, doing string, err error) error {
	code := CodeUnwritable
	if errors.Is(err, syscall.ENOSPC) || runtime.GOOS == "windows" && errors.Is(err, windowsDiskFull) {
		code = syncproto.CodeDiskFull
	}
	return fmt.Errorf("%w: %w", &syncproto.Problem{Code: code, Doing: doing, Detail: path}, err)
}

func damaged(path, doing string) *syncproto.Problem {
	return &syncproto.Problem{Code: CodeDamaged, Doing: doing, Detail: path + " is damaged; nothing was deleted; " +
		"keep a copy of the whole folder, as it may hold work that was not sent, then enrol this device anew in another folder"}
}

// tooLarge turns a limit that was hit into the refusal the person sees.
func tooLarge(err error) error {
	if errors.Is(err, &syncproto.Problem{Code: syncproto.CodeTooLarge}) {
		return refuse(syncproto.CodeTooLarge)
	}
	return err
}
