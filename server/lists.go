package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"redress/syncproto"
	"redress/syncproto/policy"
)

// maxListsFile is how many bytes a file of lists may have: twice what the longest lists
// take, so that nobody waits for a film to be read as JSON.
const maxListsFile = 64 << 10

// policyFile is what a file given to --file may say; what it leaves out stays.
type policyFile struct {
	Channels   []string `json:"channels"`
	Boards     []string `json:"boards"`
	Types      []string `json:"types"`
	Categories []string `json:"categories"`
	Reasons    []string `json:"reasons"`
}

// readLists puts the lists of a file into a policy. What is wrong with the file is said
// with the place in it, and nothing of it is taken.
func readLists(path string, b *policy.Body) error {
	wrong := func(err error) error {
		return fmt.Errorf("the lists of the policy in %s: %w\nNothing was changed: put the file right and give the command again. '%s policy' shows the lists in force", path, err, program)
	}
	data, err := readSmall(path)
	if err != nil {
		return wrong(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	// Copies: JSON is read into the places of a list that is there, and the lists in force are shared.
	lists := policyFile{Channels: slices.Clone(b.Channels), Boards: slices.Clone(b.Boards), Types: slices.Clone(b.Types),
		Categories: slices.Clone(b.Categories), Reasons: slices.Clone(b.Reasons)}
	if err := decoder.Decode(&lists); err != nil {
		return wrong(badJSON(data, err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return wrong(errors.New("there is more after the closing brace"))
	}
	read := *b
	read.Channels, read.Boards, read.Types, read.Categories, read.Reasons = lists.Channels, lists.Boards, lists.Types, lists.Categories, lists.Reasons
	if bad := read.CheckLists(); bad != nil {
		return wrong(errors.New(listFault(*bad)))
	}
	*b = read
	return nil
}

// readSmall reads a file of at most maxListsFile bytes.
func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxListsFile+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxListsFile {
		return nil, fmt.Errorf("it has more than %d bytes, which is no file of lists", maxListsFile)
	}
	return data, nil
}

// badJSON says what of the file cannot be read, and where.
func badJSON(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	names := "channels, boards, types, categories, reasons"
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("it is empty; it should be JSON like {\"channels\": [\"热线\", \"到店\"]}")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it ends in the middle")
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON in line %d: %w", 1+bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n")), err)
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("it should be JSON with any of %s, not a %s", names, kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("%s should be a list of texts, and has a %s", kind.Field, kind.Value)
	}
	if _, field, found := strings.Cut(err.Error(), "unknown field "); found {
		return fmt.Errorf("there is no list %s; there are %s", field, names)
	}
	return err
}

// listFault is a finding about a list, for operators.
func listFault(f syncproto.Finding) string {
	switch f.Code {
	case syncproto.CodeMissing:
		return f.Field + " has no entry, so nobody could choose one"
	case policy.CodeTooMany:
		return fmt.Sprintf("%s has more than %d entries", f.Field, policy.MaxListEntries)
	case policy.CodeListedTwice:
		return fmt.Sprintf("%s has %q twice", f.Field, f.Text)
	case policy.CodeBadEntry:
		return fmt.Sprintf("%s has the entry %q, which is empty, has spaces around it, or cannot be shown in one line", f.Field, f.Text)
	case syncproto.CodeTooLong:
		if f.Field == policy.FieldLists {
			return fmt.Sprintf("all lists together have more than %d bytes", policy.MaxListBytes)
		}
		return fmt.Sprintf("%s has an entry of more than %d characters: %q", f.Field, policy.MaxListEntry, f.Text)
	}
	return findings([]syncproto.Finding{f})
}
