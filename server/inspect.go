package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"redress/server/audit"
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// read opens the log of a data directory for reading, also beside a running server.
func read(ctx context.Context, data string, do func(*store.Store) error) (err error) {
	path, err := databasePath(data)
	if err != nil {
		return err
	}
	s, err := store.OpenToRead(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}

func verify(ctx context.Context, w world, arguments []string) error {
	f := newForm("verify", "Walks the chain of the log, refolds every document from its entries, and compares them, their histories, who may see them, and every verdict with what the server keeps. Reads only, also beside a running server.")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	return read(ctx, *f.data, func(s *store.Store) error {
		if err := s.Check(ctx); err != nil {
			return err
		}
		report, err := audit.Run(ctx, s)
		if err != nil {
			return err
		}
		fmt.Fprintf(w.out, "%d entries, %d documents, %d commands\n", report.Entries, report.Documents, report.Commands)
		for _, line := range report.Wrong {
			fmt.Fprintln(w.out, "wrong:", line)
		}
		if len(report.Wrong) > 0 {
			return fmt.Errorf("the log in %s does not verify: keep it as it is, and restore from the copy of the log or from a backup", *f.data)
		}
		fmt.Fprintf(w.out, "verified up to %d/%d, chain %v\n", report.Head.Epoch, report.Head.Seq, report.Head.Chain)
		return nil
	})
}

// pageOfLog is how many entries are read at once.
const pageOfLog = 256

func printLog(ctx context.Context, w world, arguments []string) error {
	f := newForm("log", "Prints the entries of the log as text, one a line, with their events below.")
	after := f.Uint64("after", 0, "begin after this `position`")
	limit := f.Uint64("limit", 0, "print at most so `many` entries; 0 is all")
	full := f.Bool("full", false, "print what commands and events say")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	return read(ctx, *f.data, func(s *store.Store) error {
		ref, err := ledger.ReadReference(ctx, s)
		if err != nil {
			return err
		}
		p := printer{out: w.out, ref: ref, full: *full}
		for at, left := *after, *limit; ; {
			var entries []syncproto.Entry
			err := s.View(ctx, func(v *store.View) (err error) {
				entries, err = v.Entries(at, pageOfLog)
				return err
			})
			if err != nil {
				return err
			}
			for _, e := range entries {
				if err := p.entry(e); err != nil {
					return err
				}
				at++
				if left--; left == 0 {
					return nil
				}
			}
			if len(entries) < pageOfLog {
				return nil
			}
		}
	})
}

// printer writes entries as text.
type printer struct {
	out  io.Writer
	ref  reference.Reference
	full bool
}

func (p printer) entry(e syncproto.Entry) error {
	var header syncproto.Header
	var payload syncproto.Payload
	var intent syncproto.Intent
	if err := syncproto.Decode(e.Header, &header); err != nil {
		return fmt.Errorf("reading an entry: %w", err)
	}
	if err := syncproto.Decode(e.Payload, &payload); err != nil {
		return fmt.Errorf("reading entry %d: %w", header.Seq, err)
	}
	readable := syncproto.Decode(payload.Command.Intent, &intent) == nil
	kind := "(unreadable)"
	if readable {
		kind = intent.Kind.String()
	}
	line := fmt.Sprintf("%d/%d  %v  %-9v %-16s %s", header.Epoch, header.Seq, header.Time, payload.Outcome, kind, p.who(intent, payload.Command))
	if payload.Releases > 0 {
		line += fmt.Sprintf("  releases %d", payload.Releases)
	}
	if len(payload.Findings) > 0 {
		line += "  " + findings(payload.Findings)
	}
	plain(p.out, strings.TrimRight(line, " "))
	if p.full && readable {
		command, err := rules.Read(intent)
		p.say("  command ", command, err, intent.Body)
	}
	for _, event := range payload.Events {
		fmt.Fprintf(p.out, "      %-18v %v version %d\n", event.Kind, event.Doc, event.Version)
		if p.full {
			value, err := rules.ReadEvent(event)
			p.say("        ", value, err, event.Body)
		}
	}
	return nil
}

// say writes a value with the names of its fields; what this program cannot read, as CBOR.
func (p printer) say(before string, value any, err error, body []byte) {
	text := fmt.Sprintf("%+v", value)
	if err != nil {
		if text, err = syncproto.Diagnose(body); err != nil {
			text = fmt.Sprintf("%x", body)
		}
	}
	plain(p.out, before+text)
}

// who is who gave the command: an operator, a person on a device, or the server.
func (p printer) who(intent syncproto.Intent, e syncproto.Envelope) string {
	if intent.Operator != "" {
		return intent.Operator
	}
	if e.Device.IsZero() {
		return "server"
	}
	device, _ := p.ref.Device(e.Device)
	person, known := p.ref.Person(intent.Person)
	if !known {
		return intent.Person.String()
	}
	return fmt.Sprintf("%s@%s#%d", person.Login, device.Code, e.Counter)
}

// findings are codes with their arguments, for operators.
func findings(list []syncproto.Finding) string {
	var texts []string
	for _, f := range list {
		text := string(f.Code)
		for _, part := range []string{f.Field, f.Text} {
			if part != "" {
				text += " " + part
			}
		}
		if f.Amount != 0 {
			text += " " + f.Amount.String()
		}
		if f.When != 0 {
			text += " " + f.When.String()
		}
		if !f.Doc.IsZero() {
			text += " " + f.Doc.String()
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}
