package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redress/server/store"
)

// told is what a call of the program said.
type told struct {
	status   int
	out, err string
}

func call(t *testing.T, input string, arguments ...string) told {
	t.Helper()
	var out, err bytes.Buffer
	status := run(t.Context(), world{in: strings.NewReader(input), out: &out, err: &err}, arguments)
	return told{status, out.String(), err.String()}
}

// place is a data directory with a log, and the flags that name it and the operator's.
func place(t *testing.T) (data string, flags []string) {
	t.Helper()
	dir := t.TempDir()
	data = filepath.Join(dir, "data")
	flags = []string{"--data", data, "--operator", filepath.Join(dir, "operator"), "--as", "周敏"}
	if said := call(t, "", append([]string{"init"}, flags...)...); said.status != 0 {
		t.Fatalf("init: %+v", said)
	}
	return data, flags
}

// TestEveryMistakeIsAnsweredWithWhatToDo: status 2 for how it was called, 1 for what
// failed; one sentence, and where to look.
func TestEveryMistakeIsAnsweredWithWhatToDo(t *testing.T) {
	data, flags := place(t)
	none := filepath.Join(t.TempDir(), "none")
	for name, test := range map[string]struct {
		arguments []string
		status    int
		says      []string
	}{
		"nothing":                    {nil, 2, []string{"a subcommand is missing", "redress-server help"}},
		"an unknown subcommand":      {[]string{"sreve"}, 2, []string{`no subcommand "sreve"`, "redress-server help"}},
		"an unknown flag":            {[]string{"serve", "--prot", "1"}, 2, []string{"serve", "-prot", "redress-server serve --help"}},
		"a word too many":            {[]string{"verify", "now"}, 2, []string{`"now" is not expected`, "redress-server verify --help"}},
		"a word too few":             {append([]string{"enrol"}, flags...), 2, []string{"LOGIN is missing", "redress-server enrol --help"}},
		"a flag's wrong value":       {append([]string{"unit", "华南区", "--kind", "area"}, flags...), 2, []string{"--kind", `"area"`, "region"}},
		"a new unit without a kind":  {append([]string{"unit", "华南区"}, flags...), 2, []string{"--kind", "needs one"}},
		"an unknown role":            {append([]string{"person", "li", "--role", "king"}, flags...), 2, []string{`"king"`, "manager"}},
		"an unknown unit":            {append([]string{"person", "li", "--unit", "月球"}, flags...), 2, []string{"月球", "redress-server unit"}},
		"an unknown person":          {append([]string{"enrol", "li"}, flags...), 1, []string{`"li"`, "redress-server person"}},
		"a person without a name":    {append([]string{"person", "li", "--role", "seat"}, flags...), 1, []string{"rejected", "missing name"}},
		"a clock with another word":  {[]string{"clock", "set", "--data", data}, 2, []string{`"set"`, "confirm"}},
		"a clock nobody runs":        {[]string{"clock", "confirm", "--data", data}, 1, []string{"no server is running"}},
		"a policy that makes none":   {append([]string{"policy", "--warn-at", "20000"}, flags...), 1, []string{"out-of-range", "warn-at"}},
		"an hour longer than one":    {append([]string{"seed-demo", "--practice", "2h"}, flags...), 2, []string{"--practice", "1h"}},
		"tickets below nothing":      {append([]string{"seed-demo", "--tickets", "-1"}, flags...), 2, []string{"--tickets", "between 0 and 100000", "seed-demo --help"}},
		"tickets in words":           {append([]string{"seed-demo", "--tickets", "many"}, flags...), 2, []string{"-tickets", `"many"`, "seed-demo --help"}},
		"more than a year":           {append([]string{"seed-demo", "--days", "366"}, flags...), 2, []string{"--days", "between 1 and 365"}},
		"a seed below nothing":       {append([]string{"seed-demo", "--seed", "-1"}, flags...), 2, []string{"-seed", `"-1"`}},
		"days without tickets":       {append([]string{"seed-demo", "--tickets", "0", "--days", "9"}, flags...), 2, []string{"--tickets", "leave --days and --seed out"}},
		"a short password for all":   {append([]string{"seed-demo", "--password", "kurz"}, flags...), 2, []string{"--password", "at least 8"}},
		"a demo without a log":       {[]string{"seed-demo", "--data", none, "--operator", none, "--as", "周敏"}, 1, []string{none, "redress-server init"}},
		"no log there":               {[]string{"serve", "--data", none}, 1, []string{none, "redress-server init"}},
		"an address that is none":    {[]string{"serve", "--data", data, "--listen", "here"}, 2, []string{"--listen", "127.0.0.1:7900"}},
		"more room than there is":    {[]string{"serve", "--data", data, "--keep-free", "1099511627776"}, 2, []string{"--keep-free", "more than any disk"}},
		"nothing kept ready":         {[]string{"serve", "--data", data, "--cache", "0"}, 2, []string{"--cache", "between 1 and 1048576"}},
		"more memory than there is":  {[]string{"serve", "--data", data, "--cache", "1048577"}, 2, []string{"--cache", "between 1 and 1048576"}},
		"the world without TLS":      {[]string{"serve", "--data", data, "--listen", "0.0.0.0:7900"}, 2, []string{"not loopback", "--tls-cert"}},
		"a certificate that is none": {[]string{"serve", "--data", data, "--tls-cert", none, "--tls-key", none}, 1, []string{"--tls-cert", none}},
		"a log that is there":        {append([]string{"init"}, flags...), 1, []string{"already has a log", "nothing was changed"}},
		"the operator's key is away": {[]string{"enrol", "li", "--data", data, "--operator", none, "--as", "周敏"}, 1, []string{none, "--operator"}},
		"nobody's name":              {[]string{"enrol", "li", "--data", data, "--as", " "}, 2, []string{"--as"}},
	} {
		t.Run(name, func(t *testing.T) {
			said := call(t, "", test.arguments...)
			if said.status != test.status || said.out != "" {
				t.Errorf("status %d, want %d; on standard output: %q", said.status, test.status, said.out)
			}
			for _, part := range test.says {
				if !strings.Contains(said.err, part) {
					t.Errorf("it says %q; want %q in it", said.err, part)
				}
			}
		})
	}
}

func TestEverySubcommandHasHelp(t *testing.T) {
	overview := call(t, "", "help").out
	for _, s := range subcommands() {
		said := call(t, "", s.name, "--help")
		if said.status != 0 || said.err != "" || !strings.Contains(said.out, "Usage: redress-server "+s.name) || !strings.Contains(said.out, "--data") {
			t.Errorf("%s --help: %+v", s.name, said)
		}
		if !strings.Contains(overview, s.summary) {
			t.Errorf("help does not list %s", s.name)
		}
	}
}

// TestAnOrganisationIsMadeOnTheCommandLine and everything of it is in the log, with the
// operator's name.
func TestAnOrganisationIsMadeOnTheCommandLine(t *testing.T) {
	data, flags := place(t)
	do := func(input string, arguments ...string) string {
		t.Helper()
		said := call(t, input, append(arguments, flags...)...)
		if said.status != 0 {
			t.Fatalf("%v: %+v", arguments, said)
		}
		return said.out
	}
	do("", "unit", "华东区", "--kind", "region", "--phone", "021-1")
	do("", "unit", "呼叫中心", "--kind", "call-centre")
	do("", "person", "li", "--name", "李强", "--role", "manager", "--unit", "华东区,呼叫中心")
	do("", "person", "li", "--phone", "138") // what is not named stays
	do("", "policy", "--response-limit", "90m", "--monthly-limit", "8,000")
	do("", "policy", "--practice", "60s")
	if code := strings.TrimSpace(do("", "enrol", "li")); len(code) != 11 || code[5] != '-' {
		t.Errorf("enrolment code %q", code)
	}
	if made := strings.TrimSpace(do("", "password", "li")); len(made) != 14 {
		t.Errorf("password %q", made)
	}
	do("我的-密码-2026\n", "password", "li", "--stdin")
	if said := call(t, "kurz\n", append([]string{"password", "li", "--stdin"}, flags...)...); said.status != 1 || !strings.Contains(said.err, "at least 8") {
		t.Errorf("a short password: %+v", said)
	}
	shown := do("", "policy")
	for _, part := range []string{"version           3", "response-limit    2m0s", "monthly-limit     ¥6,000.00"} {
		if !strings.Contains(shown, part) {
			t.Errorf("the policy is shown as %q; want %q in it", shown, part)
		}
	}
	log := call(t, "", "log", "--data", data).out
	for _, part := range []string{"define-unit", "周敏", "person-defined", "version 2", "policy-issued"} {
		if !strings.Contains(log, part) {
			t.Errorf("the log is shown as\n%s\nwant %q in it", log, part)
		}
	}
	if full := call(t, "", "log", "--data", data, "--after", "3", "--limit", "1", "--full").out; strings.Count(full, "\n") != 4 || !strings.Contains(full, "李强") {
		t.Errorf("entry 4 in full:\n%s", full)
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 || !strings.Contains(said.out, "verified up to 1/7") {
		t.Errorf("verify: %+v", said)
	}
}

func TestTheListsOfAPolicyComeFromAFile(t *testing.T) {
	_, flags := place(t)
	file := filepath.Join(t.TempDir(), "lists.json")
	if err := os.WriteFile(file, []byte(`{"channels": ["热线", "到店"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	said := call(t, "", append([]string{"policy", "--file", file}, flags...)...)
	if said.status != 0 || !strings.Contains(said.out, "[热线 到店]") || !strings.Contains(said.out, "产品质量") {
		t.Errorf("%+v", said)
	}
}

func TestTheDemoIsForAnEmptyLog(t *testing.T) {
	_, flags := place(t)
	first := call(t, "", append([]string{"seed-demo", "--tickets", "0", "--practice", "60s", "--password", "demo-demo"}, flags...)...)
	if first.status != 0 || !strings.Contains(first.out, "manager    demo-demo") {
		t.Errorf("%+v", first)
	}
	for _, tickets := range []string{"0", "3000"} {
		if again := call(t, "", append([]string{"seed-demo", "--tickets", tickets}, flags...)...); again.status != 1 || !strings.Contains(again.err, "already has units") {
			t.Errorf("a second time: %+v", again)
		}
	}
}

func TestADamagedDatabaseIsNamedAndNothingIsDeleted(t *testing.T) {
	data, _ := place(t)
	path := filepath.Join(data, store.File)
	garbage := bytes.Repeat([]byte("damage "), 4096)
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, garbage, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, subcommand := range []string{"serve", "verify", "log"} {
		said := call(t, "", subcommand, "--data", data)
		if said.status != 1 || !strings.Contains(said.err, path) || !strings.Contains(said.err, "damaged") || !strings.Contains(said.err, "Keep the file") {
			t.Errorf("%s: %+v", subcommand, said)
		}
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, garbage) {
		t.Errorf("the file was changed (%v)", err)
	}
}

// TestACommandWhoseAnswerWasLostIsGivenAgain before the next, as the same command.
func TestACommandWhoseAnswerWasLostIsGivenAgain(t *testing.T) {
	data, flags := place(t)
	matches, err := filepath.Glob(filepath.Join(flags[3], "*.outbox"))
	if err != nil || len(matches) != 1 {
		t.Fatal(matches, err)
	}
	outbox := matches[0]
	if said := call(t, "", append([]string{"unit", "华东区", "--kind", "region"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	// The power went out while the verdict was being written: cut into its record.
	info, err := os.Stat(outbox)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(outbox, info.Size()-5); err != nil {
		t.Fatal(err)
	}
	if said := call(t, "", append([]string{"unit", "华南区", "--kind", "region"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 || !strings.Contains(said.out, "3 entries") {
		t.Errorf("%+v", said)
	}
}

func TestOneProgramWritesALog(t *testing.T) {
	data, flags := place(t)
	held, err := lock(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"serve", "--data", data}, append([]string{"unit", "华东区", "--kind", "region"}, flags...)} {
		if said := call(t, "", arguments...); said.status != 1 || !strings.Contains(said.err, "another program is writing this data") {
			t.Errorf("%v: %+v", arguments, said)
		}
	}
	if err := held.Unlock(); err != nil {
		t.Fatal(err)
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 {
		t.Errorf("%+v", said)
	}
}

// TestTheCommandLineGoesThroughARunningServer, which goes down when it is told to.
func TestTheCommandLineGoesThroughARunningServer(t *testing.T) {
	data, flags := place(t)
	ctx, stop := context.WithCancel(t.Context())
	log := &serving{ready: make(chan struct{})}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, world{out: log, err: log}, []string{"serve", "--data", data, "--listen", "127.0.0.1:0"})
	}()
	<-log.ready
	for _, arguments := range [][]string{
		append([]string{"unit", "华东区", "--kind", "region"}, flags...),
		append([]string{"person", "li", "--name", "李强", "--role", "manager", "--unit", "华东区"}, flags...),
		append([]string{"enrol", "li"}, flags...), append([]string{"password", "li"}, flags...),
		{"clock", "confirm", "--data", data}, {"verify", "--data", data}, {"log", "--data", data},
	} {
		if said := call(t, "", arguments...); said.status != 0 {
			t.Errorf("%v: %+v", arguments, said)
		}
	}
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("it ended with status %d", status)
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 || !strings.Contains(said.out, "3 entries") {
		t.Errorf("afterwards: %+v", said)
	}
}
