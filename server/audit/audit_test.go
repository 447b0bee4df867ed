package audit

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	_ "modernc.org/sqlite"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// written is the file of a real log: a policy, two units, a person who moves, and a
// command that was rejected.
func written(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "central.db")
	s, err := store.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, _ := key.Public().(ed25519.PublicKey)
	device := syncproto.Derive("command line")
	if err := s.Initialise(ctx, store.Identity{LogID: syncproto.Derive("log"), Epoch: 1, ServerKey: key, OperatorDevice: device, OperatorKey: public}); err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(ctx, s, func() syncproto.ID { return syncproto.Derive("unused") }, zerolog.New(zerolog.NewTestWriter(t)))
	if err != nil {
		t.Fatal(err)
	}
	region, person := syncproto.Derive("region"), syncproto.Derive("person")
	moved := organisation.Person{Name: "李强", Login: "li", Roles: []policy.Role{policy.Manager}, Units: []syncproto.ID{region}}
	var link syncproto.Link
	for n, c := range []struct {
		kind    syncproto.CommandKind
		command any
	}{
		{syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(1)}},
		{syncproto.CommandDefineUnit, organisation.DefineUnit{ID: region, Unit: organisation.Unit{Name: "华东区", Kind: organisation.Region}}},
		{syncproto.CommandDefinePerson, organisation.DefinePerson{ID: person, Person: moved}},
		{syncproto.CommandDefinePerson, organisation.DefinePerson{ID: person, Person: organisation.Person{Login: "nobody"}}},
		{syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(2)}},
	} {
		intent, err := rules.Write(c.kind, c.command)
		if err != nil {
			t.Fatal(err)
		}
		intent.ID, intent.Operator = syncproto.Derive("command", syncproto.NumberedID(uint64(n))), "周明"
		e := syncproto.Seal(intent, key, device, syncproto.Derive("incarnation"), link)
		link = e.Link()
		now := syncproto.Instant(1_800_000_000_000_000 + n)
		results, err := l.Commit(ctx, now, []ledger.Submission{{Source: ledger.FromOperator, Command: e, Received: now}})
		if err != nil || results[0].Problem != nil {
			t.Fatal(err, results[0].Problem)
		}
		if v := results[0].Verdict; v.Outcome != map[bool]syncproto.Outcome{true: syncproto.Rejected, false: syncproto.Accepted}[n == 3] {
			t.Fatalf("command %d was %v: %v", n, v.Outcome, v.Findings)
		}
	}
	own, err := rules.Write(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: syncproto.Derive("own"), Unit: organisation.Unit{Name: "华南区", Kind: organisation.Region}})
	if err != nil {
		t.Fatal(err)
	}
	own.Operator = "周明"
	now := syncproto.Instant(1_800_000_000_000_009)
	if results, err := l.Commit(ctx, now, []ledger.Submission{l.Own(own, now)}); err != nil || results[0].Verdict.Seq != 6 {
		t.Fatal(err, results)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func audited(t *testing.T, path string) Report {
	t.Helper()
	s, err := store.OpenToRead(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	report, err := Run(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestASoundLogPasses(t *testing.T) {
	report := audited(t, written(t))
	if len(report.Wrong) > 0 {
		t.Error(strings.Join(report.Wrong, "\n"))
	}
	if report.Entries != 6 || report.Documents != 5 || report.Commands != 6 {
		t.Errorf("%d entries, %d documents, %d commands; want 6, 5, 6", report.Entries, report.Documents, report.Commands)
	}
}

// TestEveryTamperingIsFound changes one thing at a time behind the server's back.
func TestEveryTamperingIsFound(t *testing.T) {
	flip := func(column, table, where string) string {
		return "UPDATE " + table + " SET " + column + " = substr(" + column + ", 1, length(" + column + ") - 1) || x'00' WHERE " + where
	}
	for name, statement := range map[string]string{
		"a payload":                flip("payload", "entry", "seq = 3"),
		"a header":                 flip("header", "entry", "seq = 2"),
		"a link of the chain":      flip("chain", "entry", "seq = 4"),
		"an entry that is gone":    "DELETE FROM entry WHERE seq = 5",
		"a body":                   flip("body", "document", "kind = 1"),
		"a document that is gone":  "DELETE FROM document WHERE kind = 2",
		"a due time":               "UPDATE document SET next_due = 1 WHERE kind = 1",
		"a version":                "UPDATE document SET version = 9 WHERE kind = 1",
		"a history":                flip("entry", "history", "kind = 1"),
		"a history that is gone":   "DELETE FROM history WHERE kind = 4",
		"a membership":             "UPDATE membership SET present = 0 WHERE kind = 1",
		"a membership of nobody's": "INSERT INTO membership SELECT x'00', kind, id, seq, present, since FROM membership WHERE kind = 1",
		"an outcome":               "UPDATE command SET outcome = 1 WHERE outcome = 2",
		"a verdict":                flip("verdict", "command", "seq = 1"),
		"an unsigned verdict":      "UPDATE command SET verdict = substr(verdict, 1, length(verdict) - 3) || x'55' || substr(verdict, length(verdict) - 1) WHERE seq = 6",
		"a desk's, unsigned":       "UPDATE command SET verdict = x'a7' || substr(verdict, 2, length(verdict) - 68) WHERE seq = 1",
		"a command that is gone":   "DELETE FROM command WHERE seq = 2",
		"a refusal of nobody's":    "INSERT INTO refused VALUES (7, x'00112233445566778899aabbccddeeff', 3)",
		"a sum":                    "UPDATE bucket_sums SET sums = substr(sums, 1, 3071) || x'07' WHERE n = 1",
		"sums that are gone":       "DELETE FROM bucket_sums WHERE n = 1",
		"sums of nobody's":         "INSERT INTO bucket_sums (bucket, sums) SELECT x'00112233445566778899aabbccddeeff', sums FROM bucket_sums WHERE n = 1",
		"one that waits for ever":  "INSERT INTO parked VALUES (x'01', 3, x'', 0, x'', 'waits-for', 0, x'', 0)",
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t)
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			result, err := db.Exec(statement)
			if err != nil {
				t.Fatal(err)
			}
			if n, _ := result.RowsAffected(); n == 0 {
				t.Fatal("nothing was changed")
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if report := audited(t, path); len(report.Wrong) == 0 {
				t.Error("was not found")
			} else {
				t.Log(report.Wrong[0])
			}
		})
	}
}
