package present

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"redress/assets"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
)

// everyKind is above the last number of any table of kinds.
const everyKind = 1000

// programs are the rooms whose codes reach a desk.
var programs = []string{"../../syncproto", "../replica", "../syncclient"}

// parsed is every file of the rooms that is part of a program.
func parsed(t *testing.T, rooms ...string) []*ast.File {
	t.Helper()
	var files []*ast.File
	for _, room := range rooms {
		err := filepath.WalkDir(room, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && slices.Contains([]string{"testdata", "simulation", "presenttest", "imetest", "rulestest"}, entry.Name()):
				return filepath.SkipDir
			case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			files = append(files, file)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

// named says whether the type is called Code, here or in syncproto.
func namedCode(e ast.Expr) bool {
	if s, ok := e.(*ast.SelectorExpr); ok {
		return s.Sel.Name == "Code"
	}
	i, ok := e.(*ast.Ident)
	return ok && i.Name == "Code"
}

// codes are all that the programs declare.
func codes(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, file := range parsed(t, programs...) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !namedCode(spec.Type) {
				return true
			}
			for _, v := range spec.Values {
				if text, ok := literal(v); ok {
					all = append(all, text)
				}
			}
			return true
		})
	}
	return all
}

// fields are the names that findings give to fields.
func fields(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, file := range parsed(t, "../../syncproto", ".") {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Field" {
					if text, ok := literal(n.Value); ok {
						all = append(all, text)
					}
				}
			case *ast.CallExpr:
				name := ""
				switch f := n.Fun.(type) {
				case *ast.SelectorExpr:
					name = f.Sel.Name
				case *ast.Ident:
					name = f.Name
				}
				if slices.Contains([]string{"Require", "Limit"}, name) && len(n.Args) == 3 {
					if text, ok := literal(n.Args[0]); ok {
						all = append(all, text)
					}
				}
			case *ast.ValueSpec:
				for i, id := range n.Names {
					if strings.HasPrefix(id.Name, "Field") && i < len(n.Values) {
						if text, ok := literal(n.Values[i]); ok {
							all = append(all, text)
						}
					}
				}
			}
			return true
		})
	}
	return all
}

// TestEverythingThatCanBeSaidHasWords: each code, kind, role, ladder, result and field.
func TestEverythingThatCanBeSaidHasWords(t *testing.T) {
	keys := map[string]string{}
	for _, code := range codes(t) {
		keys["code."+code] = "a code"
	}
	if len(keys) < 50 {
		t.Fatalf("only %d codes were found", len(keys))
	}
	for n := range everyKind {
		if k := syncproto.CommandKind(n); !strings.HasPrefix(k.String(), "command-") {
			keys["command."+k.String()] = "a command"
		}
		if k := syncproto.EventKind(n); !strings.HasPrefix(k.String(), "event-") {
			keys["event."+k.String()] = "an event"
		}
	}
	for _, r := range policy.Roles() {
		keys["role."+r.String()] = "a role"
	}
	for n := range uint8(255) {
		if l := escalation.Ladder(n).String(); l != "" {
			keys["ladder."+l] = "a ladder"
		}
		if r := escalation.Result(n).String(); r != "" {
			keys["result."+r] = "a result"
		}
		if k := claim.Kind(n).String(); k != "" {
			keys["claim."+k] = "a kind of claim"
		}
		if s := claim.State(n).String(); s != "" {
			keys["claim."+s] = "a state of a claim"
		}
	}
	for _, f := range fields(t) {
		if f != "" {
			keys["name."+f] = "a field"
		}
	}
	for _, language := range []string{"zh", "en"} {
		w, err := LoadWords(language)
		if err != nil {
			t.Fatal(err)
		}
		for key, what := range keys {
			if w(key) == "" {
				t.Errorf("%s: %s without words: %s", language, what, key)
			}
		}
	}
}

// wordKey is how keys of words look in the source.
var wordKey = regexp.MustCompile(`^[a-z]+(\.[a-zA-Z-]+)+$`)

// TestEveryWordAskedForIsThereAndNoneIsLeftOver: what the source asks for by a literal key
// has words, and words whose key no source makes are gone.
func TestEveryWordAskedForIsThereAndNoneIsLeftOver(t *testing.T) {
	data, err := assets.Words.ReadFile("words/zh.json")
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	first := map[string]bool{}
	for key := range words {
		head, _, _ := strings.Cut(key, ".")
		first[head] = true
	}
	used, begun := map[string]bool{}, map[string]bool{}
	for _, file := range parsed(t, ".", "../ui", "../workplace", "../main.go") {
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, ok := literal(e)
			head, _, dotted := strings.Cut(text, ".")
			switch {
			case !ok || !dotted || !first[head]:
			case strings.HasSuffix(text, "."): // a key is made by adding to it
				begun[text] = true
			case wordKey.MatchString(text):
				if used[text] = true; words[text] == "" {
					t.Errorf("%q is asked for and has no words", text)
				}
			}
			return true
		})
	}
	for key := range words {
		made := slices.ContainsFunc(slices.Collect(maps.Keys(begun)), func(head string) bool { return strings.HasPrefix(key, head) })
		if !used[key] && !made {
			t.Errorf("nobody asks for %q", key)
		}
	}
}

func TestWhatIsFilledInIsNotLookedAtAgain(t *testing.T) {
	if got := fill("{{.A}} {{.B}} {{.C}}", []any{"A", "{{.B}}", "B", 2}); got != "{{.B}} 2 {{.C}}" {
		t.Errorf("%q", got)
	}
}

func TestEveryStageOfACommandHasAMark(t *testing.T) {
	s := chinese(t)
	for stage, want := range map[replica.Stage]string{
		replica.KeptHere: "仅存本机，未发送", replica.Sent: "已发送，等待确认", replica.Held: "已发送，服务器待处理",
		replica.Final: "", replica.Refused: "未被接受",
	} {
		if got := s.mark(stage, syncproto.CommandNote); got != want {
			t.Errorf("stage %d: %q", stage, got)
		}
	}
	if got := s.mark(replica.KeptHere, syncproto.CommandApproveClaim); got != "已生效（有约束力），尚未发送" {
		t.Errorf("an approval kept here: %q", got)
	}
}
