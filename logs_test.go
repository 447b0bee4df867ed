package redress_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/store"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	"redress/syncproto/simulation"
	"redress/syncproto/ticket"
)

// fields are all fields that a line of a log may have. None of them is a person's: a device, a
// command and a document are named by their ids, and operators find out whose they are.
var fields = []string{"address", "again", "backlog", "bucket", "buckets", "bytes", "code", "codes", "command", "commands", "detail", "device",
	"devices", "directory", "document", "doubt", "full", "hand-in", "head", "kind", "left", "limit", "mark", "missing devices", "operator", "outcome", "parts",
	"path", "program", "subject", "times", "tls", "until", "what", "why"}

// TestEveryLineOfALogIsFixed: its message is a literal, so that it can be looked up in
// OPERATING.md and searched for, and its fields are of the list.
func TestEveryLineOfALogIsFixed(t *testing.T) {
	lines := 0
	for _, s := range sources(t) {
		if s.test || !slices.Contains(s.imports, "github.com/rs/zerolog") && !in(s.room, "server", "desktop") {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is || !isLine(call) {
				return true
			}
			lines++
			at := s.files.Position(call.Pos())
			if name := call.Fun.(*ast.SelectorExpr).Sel.Name; name != "Msg" {
				t.Errorf("%s ends with %s: a message is fixed, and what varies stands in fields", at, name)
			} else if _, fixed := literal(call.Args[0]); !fixed {
				t.Errorf("%s: the message is no literal", at)
			}
			for _, field := range fieldsOf(call) {
				if !slices.Contains(fields, field) {
					t.Errorf("%s has the field %q: say in the list that it is no person's", at, field)
				}
			}
			return true
		})
	}
	if lines < 40 {
		t.Errorf("only %d lines were found", lines)
	}
}

// TestOperatingSaysWhatToDoAboutALineOfTheLog that a server writes as a warning or an error.
func TestOperatingSaysWhatToDoAboutALineOfTheLog(t *testing.T) {
	page := string(must(os.ReadFile(filepath.Join("server", "OPERATING.md"))))
	_, table, _ := strings.Cut(page, "## When something is wrong")
	lines := 0
	for _, s := range sources(t) {
		if s.test || !in(s.room, "server") {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is || !slices.Contains([]string{"Warn", "Error", "event"}, levelOf(call)) {
				return true
			}
			lines++
			text, _ := literal(call.Args[0])
			if said, _, _ := strings.Cut(strings.ReplaceAll(text, ";", ":"), ":"); !strings.Contains(table, "`"+said) {
				t.Errorf("%s: the page says nothing of %q", s.files.Position(call.Pos()), said)
			}
			return true
		})
	}
	if lines < 30 {
		t.Errorf("only %d lines were found", lines)
	}
}

// isLine says that a call ends a line of a log: of zerolog's, its chain begins with a level.
func isLine(call *ast.CallExpr) bool { return levelOf(call) != "" }

// levelOf is the level of a line of a log, "" of what is none; "event" of one that was begun before.
func levelOf(call *ast.CallExpr) string {
	end, is := call.Fun.(*ast.SelectorExpr)
	if !is || !slices.Contains([]string{"Msg", "Msgf", "MsgFunc", "Send"}, end.Sel.Name) {
		return ""
	}
	for x := end.X; ; {
		link, is := x.(*ast.CallExpr)
		if !is {
			if name, named := x.(*ast.Ident); named && name.Name == "event" {
				return name.Name
			}
			return ""
		}
		part, is := link.Fun.(*ast.SelectorExpr)
		if !is {
			return ""
		}
		if slices.Contains([]string{"Debug", "Info", "Warn", "Error"}, part.Sel.Name) && len(link.Args) == 0 {
			return part.Sel.Name
		}
		x = part.X
	}
}

func fieldsOf(call *ast.CallExpr) (named []string) {
	for x := call.Fun.(*ast.SelectorExpr).X; ; {
		link, is := x.(*ast.CallExpr)
		if !is {
			return named
		}
		if len(link.Args) == 2 {
			if name, fixed := literal(link.Args[0]); fixed {
				named = append(named, name)
			}
		}
		part, is := link.Fun.(*ast.SelectorExpr)
		if !is {
			return named
		}
		x = part.X
	}
}

func literal(x ast.Expr) (text string, fixed bool) {
	lit, is := x.(*ast.BasicLit)
	if !is || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// TestNoLogNamesAnybody plays the morning, and the stories in which most goes wrong, with all
// the server has to say written down: no name, log-in, phone, VIN or text of anybody in them is
// there.
func TestNoLogNamesAnybody(t *testing.T) {
	for _, story := range []string{"morning", "two-laptops", "late-after-reversal"} {
		file := filepath.Join("syncproto", "simulation", "scenarios", story+".txt")
		text := must(os.ReadFile(file))
		script, err := simulation.Parse(file, string(text))
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		s := newStage(t)
		s.log = zerolog.New(&log).Level(zerolog.DebugLevel)
		if _, err := simulation.Run(script, s); err != nil {
			t.Fatal(err)
		}
		said := loggedText(t, log.String())
		if story == "morning" && strings.Count(said, "\n") < 5 {
			t.Errorf("%s: it says next to nothing:\n%s", story, said)
		}
		personal := s.personal()
		if len(personal) < 5 {
			t.Errorf("%s: only %q are personal", story, personal)
		}
		for _, p := range personal {
			if strings.Contains(said, p) {
				t.Errorf("%s: the log names %q", story, p)
			}
		}
	}
}

// loggedText is a log as text, with nothing escaped.
func loggedText(t *testing.T, log string) string {
	t.Helper()
	var all strings.Builder
	for line := range strings.Lines(log) {
		var said map[string]any
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Fatal(err)
		}
		for name, value := range said {
			if text, is := value.(string); is {
				all.WriteString(name + "=" + text + " ")
			}
		}
		all.WriteString("\n")
	}
	return all.String()
}

// personal is every text in the log that is about somebody.
func (s *stage) personal() (texts []string) {
	add := func(all ...string) {
		for _, text := range all {
			if len(text) > 1 {
				texts = append(texts, text)
			}
		}
	}
	err := s.store.View(s.ctx, func(v *store.View) error {
		return v.EveryDocument(func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			switch b := body.(type) {
			case organisation.Person:
				add(b.Name, b.Login)
			case organisation.Device:
				add(b.Name)
			case customer.Body:
				add(b.Name)
				add(b.Phones...)
			case customer.Vehicle:
				add(b.VIN)
			case ticket.Body:
				add(b.Subject, b.Description, b.Demand)
			case claim.Body:
				add(b.What, b.Station)
			}
			return err
		})
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return texts
}
