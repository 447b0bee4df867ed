package replica

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"redress/syncproto"
)

// Codes of what only a desk can say.
const (
	CodeDamaged     syncproto.Code = "damaged-file" // the database file cannot be read as one
	CodeInUse       syncproto.Code = "in-use"       // another window already works on the folder
	CodeNotEnrolled syncproto.Code = "not-enrolled" // there is no replica of this login here
	CodeFileBehind  syncproto.Code = "file-behind"  // older than what this device did; approves nothing before Hello
	CodeGrantSpent  syncproto.Code = "grant-spent"  // a grant has less left than the approval wants
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

// fault says what was being done to which file. Where the file is damaged or the disk is
// full, it also says so with a code and names the way out.
func fault(path, doing string, err error) error {
	var failure *sqlite.Error
	if errors.As(err, &failure) {
		switch failure.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", damaged(path, doing), err)
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("%w: %w", &syncproto.Problem{Code: syncproto.CodeDiskFull, Doing: doing, Detail: "no room left for " + path}, err)
		}
	}
	return fmt.Errorf("%s in %s: %w", doing, path, err)
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
