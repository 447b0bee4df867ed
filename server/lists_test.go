package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestAFileOfListsThatMakesNone is refused with what is wrong and where; the policy in
// force stays and the log says nothing of it.
func TestAFileOfListsThatMakesNone(t *testing.T) {
	data, flags := place(t)
	dir := t.TempDir()
	quoted := func(entries ...string) string {
		for i, e := range entries {
			entries[i] = strconv.Quote(e)
		}
		return "[" + strings.Join(entries, ",") + "]"
	}
	many := make([]string, 65)
	for i := range many {
		many[i] = "渠道" + strconv.Itoa(i)
	}
	before := call(t, "", append([]string{"policy"}, flags...)...).out
	for name, c := range map[string]struct {
		file string
		says string
	}{
		"not JSON":              {"channels: 热线", "not JSON in line 1"},
		"not JSON further down": {"{\n\"channels\": [\"热线\",]\n}", "not JSON in line 2"},
		"empty":                 {"", "it is empty"},
		"cut off":               {`{"channels": ["热线"`, "it ends in the middle"},
		"more after the end":    {`{"channels": ["热线"]} {}`, "more after the closing brace"},
		"another shape":         {`["热线"]`, "it should be JSON with any of channels"},
		"a number for a list":   {`{"channels": 7}`, "channels should be a list of texts"},
		"a number in a list":    {`{"channels": ["热线", 7]}`, "channels should be a list of texts"},
		"an unknown field":      {`{"chanels": ["热线"]}`, `no list "chanels"`},
		"an empty list":         {`{"channels": []}`, "channels has no entry"},
		"null for a list":       {`{"reasons": null}`, "reasons has no entry"},
		"an empty entry":        {`{"channels": ["热线", ""]}`, `channels has the entry ""`},
		"spaces around one":     {`{"channels": ["热线 "]}`, `channels has the entry "热线 "`},
		"two lines in one":      {`{"channels": ["热\n线"]}`, `channels has the entry "热\n线"`},
		"the same twice":        {`{"types": ["投诉", "投诉"]}`, `types has "投诉" twice`},
		"too many entries":      {`{"channels": ` + quoted(many...) + `}`, "channels has more than 64 entries"},
		"too long an entry":     {`{"boards": ` + quoted(strings.Repeat("长", 41)) + `}`, "boards has an entry of more than 40 characters"},
		"a huge file":           {strings.Repeat(" ", 64<<10+1), "more than 65536 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "lists.json")
			if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
				t.Fatal(err)
			}
			said := call(t, "", append([]string{"policy", "--file", path}, flags...)...)
			if said.status != 1 || said.out != "" || !strings.Contains(said.err, c.says) || !strings.Contains(said.err, path) || !strings.Contains(said.err, "Nothing was changed") {
				t.Errorf("%+v, want %q in it", said, c.says)
			}
		})
	}
	for name, path := range map[string]string{"no file": filepath.Join(dir, "none"), "a folder": dir} {
		said := call(t, "", append([]string{"policy", "--file", path}, flags...)...)
		if said.status != 1 || !strings.Contains(said.err, path) || !strings.Contains(said.err, "Nothing was changed") {
			t.Errorf("%s: %+v", name, said)
		}
	}
	if after := call(t, "", append([]string{"policy"}, flags...)...).out; after != before {
		t.Errorf("the policy in force is now\n%s", after)
	}
	if log := call(t, "", "log", "--data", data).out; strings.Count(log, "issue-policy") != 1 {
		t.Errorf("the log says\n%s", log)
	}
}
