package main

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"redress/server/admin"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
)

// Another user of the machine looks for what lies about: the server's key and the hashes of
// passwords (database, its WAL, backup, log copy), the operator's key (outbox), and the socket
// through which whoever opens it commands the server. Nothing of it is for others, whatever the
// umask says, while it serves and after.
func TestNothingOfTheServerIsForOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps others out by the folder's rights, not by modes")
	}
	before := wideOpen()
	defer before()
	data, flags := place(t)
	root := filepath.Dir(data)
	copies := filepath.Join(root, "copies")
	if err := os.Mkdir(copies, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(data, 0o755); err != nil { // as a package's installation makes it
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	log := &serving{ready: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, world{out: log, err: log}, []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--copy", copies})
	}()
	<-log.ready
	for _, arguments := range [][]string{append([]string{"unit", "华东区", "--kind", "region"}, flags...), {"backup", filepath.Join(copies, "backup.db"), "--data", data}} {
		if said := call(t, "", arguments...); said.status != 0 {
			t.Fatalf("%+v", said)
		}
	}
	seen := map[string]bool{}
	look := func() {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || path == root {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			if seen[e.Name()] = true; info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s has mode %v; others may open it", e.Name(), info.Mode())
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	look()
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("it ended with status %d:\n%s", status, log.text.String())
	}
	look()
	for _, name := range []string{"data", store.File, store.File + "-wal", store.File + "-shm", filepath.Base(admin.SocketPath(data)), lockName, "operator", "copies", "backup.db"} {
		if !seen[name] {
			t.Errorf("there was no %s to look at", name)
		}
	}
}

// A device calls itself what it likes, and people write what they like: on the operator's
// terminal none of it begins a line of the log, moves the cursor, changes colours, or turns the
// direction of what is beside it.
func TestNobodyWritesOnTheOperatorsTerminal(t *testing.T) {
	forged := "1/99  2026-11-26 09:00:00  accepted  define-person     周敏"
	for what, said := range map[string]string{"a line": "x\n" + forged, "a carriage return": "x\r" + forged, "an escape": "x\x1b[2K\x1b[1A" + forged,
		"eight bits of one": "x\u009b2K" + forged, "the other direction": "x\u202e" + forged, "a tabulator": "x\t" + forged, "beyond the plane": "x\U000e0001" + forged} {
		var out bytes.Buffer
		p := printer{out: &out, full: true}
		intent, err := rules.Write(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: syncproto.Derive("unit"), Unit: organisation.Unit{Name: said, Kind: organisation.Region, Phone: said}})
		if err != nil {
			t.Fatal(err)
		}
		intent.Operator = said
		event := syncproto.Event{Kind: syncproto.EventUnitDefined, Body: syncproto.MustEncode(organisation.UnitDefined{Unit: organisation.Unit{Name: said}})}
		entry := syncproto.Entry{Header: syncproto.MustEncode(syncproto.Header{Epoch: 1, Seq: 1}), Payload: syncproto.MustEncode(syncproto.Payload{
			Command: syncproto.Envelope{Intent: syncproto.MustEncode(intent)}, Outcome: syncproto.Rejected,
			Findings: []syncproto.Finding{{Code: syncproto.Code("x" + said), Field: said, Text: said}}, Events: []syncproto.Event{event}})}
		if err := p.entry(entry); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if lines := strings.Count(text, "\n"); lines != 4 || strings.ContainsAny(text, "\r\x1b\t\u009b\u202e\U000e0001") || !strings.Contains(text, `x\`) {
			t.Errorf("%s: %d lines, want 4:\n%q", what, lines, text)
		}
	}
}
