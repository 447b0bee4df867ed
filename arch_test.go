package redress_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// source is one Go file as the rules below see it.
type source struct {
	path    string // from the root, with slashes
	room    string // its folder
	test    bool
	imports []string
	syntax  *ast.File
	files   *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || ofAnother(path)) {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		files := token.NewFileSet()
		syntax, err := parser.ParseFile(files, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		slash := filepath.ToSlash(path)
		s := source{path: slash, room: filepath.ToSlash(filepath.Dir(slash)), test: strings.HasSuffix(slash, "_test.go"), syntax: syntax, files: files}
		for _, i := range syntax.Imports {
			s.imports = append(s.imports, strings.Trim(i.Path.Value, `"`))
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ofAnother says that the folder is a module of its own, as the peer of the benchmarks is,
// which is no part of the product. Of the product the rules below hold.
func ofAnother(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil
}

// in says whether a folder is one of the rooms or below one.
func in(room string, rooms ...string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool { return room == r || strings.HasPrefix(room, r+"/") })
}

// TestImportsPointTowardTheProtocol: who may import whom, each rule with its reason.
func TestImportsPointTowardTheProtocol(t *testing.T) {
	rules := []struct {
		what    string // import path or its beginning
		allowed func(s source) bool
		reason  string
	}{
		{"redress/syncproto/wiretest", func(s source) bool { return s.test }, "it reads files, which nothing else of syncproto does: it is for tests"},
		{"redress/desktop", func(s source) bool { return in(s.room, "desktop") || s.room == "." },
			"the server must not know how a desk is built: what both need is in syncproto, and only the root tests see both sides"},
		{"redress/server", func(s source) bool { return in(s.room, "server") || s.room == "." },
			"a desk must not know how the server is built: what both need is in syncproto, and only the root tests see both sides"},
		{"redress/migrations", func(s source) bool {
			return in(s.room, "desktop/replica", "server/store")
		}, "only the two that own a database change its schema"},
		{"redress/assets", func(s source) bool { return in(s.room, "desktop") || s.room == "." }, "the server speaks in codes; words and fonts are the desk's"},
		{"fyne.io/fyne/v2/app", func(s source) bool { return s.path == "desktop/main.go" || s.test || in(s.room, "desktop/ui/ime") },
			"only main makes the application, so that everything else builds without cgo and a display"},
		{"fyne.io/", func(s source) bool { return in(s.room, "desktop/ui") || s.path == "desktop/main.go" },
			"what is shown is decided in present, which knows no toolkit and is tested without one"},
		{"github.com/gorilla/websocket", func(s source) bool { return in(s.room, "desktop/syncclient", "server/gateway") || s.test },
			"the conversation is a pure machine; only the two ends touch a socket"},
		{"os/exec", func(s source) bool {
			return in(s.room, "desktop/diskcrypt") || s.room == "desktop" || s.test || in(s.room, "desktop/ui/ime/imetest", "server/servertest")
		},
			"no other program is run but to ask the system about its disk"},
		{"github.com/zalando/go-keyring", func(s source) bool { return in(s.room, "desktop/keyring") },
			"one room asks the system's keychain; the others get it as a value"},
		{"modernc.org/sqlite", func(s source) bool { return in(s.room, "desktop/replica", "server/store") || s.test },
			"each side has one room that speaks SQL"},
		{"database/sql", func(s source) bool { return in(s.room, "desktop/replica", "server/store", "migrations") || s.test },
			"each side has one room that speaks SQL"},
		{"github.com/pressly/goose", func(s source) bool { return s.room == "migrations" }, "schema changes are one room's work"},
		{"github.com/fxamacker/cbor", func(s source) bool { return s.room == "syncproto" },
			"one place encodes, so that one place decides what bytes mean"},
		{"crypto/rand", idsAndClocks, "randomness is made in main and travels as a value, so that a run can be repeated"},
		{"math/rand", func(s source) bool { return s.test }, "randomness is made in main and travels as a value, so that a run can be repeated"},
		{"github.com/google/uuid", idsAndClocks, "ids are made in main and travel as values, so that a run can be repeated"},
	}
	for _, s := range sources(t) {
		for _, path := range s.imports {
			for _, rule := range rules {
				if (path == rule.what || strings.HasPrefix(path, strings.TrimSuffix(rule.what, "/")+"/")) && !rule.allowed(s) {
					t.Errorf("%s imports %s: %s", s.path, path, rule.reason)
				}
			}
			if in(s.room, "syncproto") && !s.test && !strings.HasPrefix(path, "redress/syncproto") && path != "github.com/fxamacker/cbor/v2" && strings.Contains(path, ".") {
				t.Errorf("%s imports %s: syncproto is what both sides must agree on and depends on the CBOR library only", s.path, path)
			}
			if in(s.room, "syncproto") && !s.test && s.room != "syncproto/wiretest" && slices.Contains([]string{"os", "net", "net/http", "io/fs", "sync", "context"}, path) {
				t.Errorf("%s imports %s: syncproto is pure: it takes values and returns values", s.path, path)
			}
		}
	}
}

// idsAndClocks: the only places where the world's clock, randomness and new ids come in.
func idsAndClocks(s source) bool {
	return s.test || s.path == "desktop/main.go" || s.room == "server" || in(s.room, "desktop/boottime")
}

// TestTheClockComesInAtTheDoor: time.Now and its kind only in main and boottime.
func TestTheClockComesInAtTheDoor(t *testing.T) {
	for _, s := range sources(t) {
		if idsAndClocks(s) || in(s.room, "desktop/ui/ime/imetest") {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, call.Sel.Name) {
				t.Errorf("%s uses time.%s: time is an argument, so that a test owns it and a deadline can be played in a second", s.files.Position(call.Pos()), call.Sel.Name)
			}
			return true
		})
	}
}

// TestNoGoroutinesInTheInterface: pages get their data on the UI thread by one dispatcher.
func TestNoGoroutinesInTheInterface(t *testing.T) {
	for _, s := range sources(t) {
		if !in(s.room, "desktop/ui") || s.test || in(s.room, "desktop/ui/ime/imetest") {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if g, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s starts a goroutine: the interface has one thread; ask for data through the dispatcher", s.files.Position(g.Pos()))
			}
			return true
		})
	}
}

// TestEveryRoomSaysWhatItPromises: a package comment in every package, of more than a line.
func TestEveryRoomSaysWhatItPromises(t *testing.T) {
	docs := map[string]string{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		docs[s.room] += s.syntax.Doc.Text()
	}
	for room, doc := range docs {
		if len(strings.Fields(doc)) < 12 {
			t.Errorf("%s: the package comment says too little; it should say what the package promises", room)
		}
	}
}

// TestFilesCanBeHeldInMind: no file of more than 600 lines.
func TestFilesCanBeHeldInMind(t *testing.T) {
	for _, s := range sources(t) {
		if lines := s.files.Position(s.syntax.End()).Line; lines > 600 {
			t.Errorf("%s has %d lines: split it by what its parts are about", s.path, lines)
		}
	}
}

// TestTheProductDoesNotDependOnThePeer: what is measured beside it comes with a program of
// its own, and nobody who builds or checks the product fetches it.
func TestTheProductDoesNotDependOnThePeer(t *testing.T) {
	modules, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !ofAnother("server/peer") || strings.Contains(string(modules), "pocketbase") {
		t.Error("server/peer is a module of its own, so that the product does not depend on what it measures")
	}
	for _, s := range sources(t) {
		if in(s.room, "server/peer") {
			t.Errorf("%s is taken for a part of the product", s.path)
		}
	}
}

// TestTheTopLevelIsAsAgreed: the five packages and what belongs beside them.
func TestTheTopLevelIsAsAgreed(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	named := []string{"desktop", "server", "syncproto", "migrations", "assets", "go.mod", "go.sum", "Makefile", "README.md"}
	for _, e := range entries {
		name := e.Name()
		if !slices.Contains(named, name) && !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, "_test.go") {
			t.Errorf("%s is at the top level: it shows the business at a glance only while nothing else is there", name)
		}
	}
}

// TestDocumentsNameWhatExists: every file a document links to is there.
func TestDocumentsNameWhatExists(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".md") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), found[1])); err != nil {
				t.Errorf("%s names %s, which is not there", path, found[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
