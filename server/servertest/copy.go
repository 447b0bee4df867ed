package servertest

import (
	"fmt"
	"path/filepath"
	"testing"

	"redress/server/logcopy"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/rules"
)

// CopiedTo reads a copy of the log: which grants are issued in it, and where it ends.
func CopiedTo(directory string) (issued map[syncproto.ID]bool, end store.Head, err error) {
	issued = map[syncproto.ID]bool{}
	contents, err := logcopy.Read(directory, func(e syncproto.Entry) error {
		var payload syncproto.Payload
		if err := syncproto.Decode(e.Payload, &payload); err != nil {
			return fmt.Errorf("reading an entry of the copy: %w", err)
		}
		for _, event := range payload.Events {
			said, err := rules.ReadEvent(event)
			if err != nil {
				return fmt.Errorf("reading an entry of the copy: %w", err)
			}
			if grant, is := said.(authority.Issued); is {
				issued[grant.ID] = true
			}
		}
		return nil
	})
	return issued, contents.Head, err
}

// LogID is that of the log in a data folder.
func LogID(t testing.TB, data string) (id syncproto.ID) {
	t.Helper()
	s, err := store.OpenToRead(t.Context(), filepath.Join(data, store.File))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	identity, err := s.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return identity.LogID
}
