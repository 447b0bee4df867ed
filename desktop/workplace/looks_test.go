package workplace_test

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"redress/desktop/workplace"
)

func TestLooksAreKept(t *testing.T) {
	dir := t.TempDir()
	if looks, trouble := workplace.ReadLooks(dir); trouble != "" || !reflect.DeepEqual(looks, workplace.DefaultLooks()) {
		t.Errorf("where nothing was chosen: %+v, %q", looks, trouble)
	}
	chosen := workplace.Looks{Version: 1, Language: "en", Shade: workplace.ShadeDark, Scale: 150, Silent: true,
		Width: 1600, Height: 900, Places: map[string]int{"someone": 3}}
	for range 2 { // over nothing, and over what was kept before
		must(t, workplace.KeepLooks(dir, chosen))
		if looks, trouble := workplace.ReadLooks(dir); trouble != "" || !reflect.DeepEqual(looks, chosen) {
			t.Errorf("kept %+v, read %+v, %q", chosen, looks, trouble)
		}
	}
	names, err := os.ReadDir(dir)
	must(t, err)
	if len(names) != 1 {
		t.Errorf("the folder holds %v", names)
	}
	info, err := os.Stat(filepath.Join(dir, "looks.json"))
	must(t, err)
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", info.Mode())
	}
}

// TestLooksThatCannotBeRead give the defaults and a word, and the file is not lost when
// others are chosen.
func TestLooksThatCannotBeRead(t *testing.T) {
	sound := `{"version":1,"language":"en","shade":"dark","scale":150,"width":1280,"height":800}`
	with := func(old, fresh string) string { return strings.Replace(sound, old, fresh, 1) }
	for name, c := range map[string]struct{ text, want string }{
		"sound":               {sound, ""},
		"empty":               {"", "settings.damaged"},
		"cut off":             {sound[:30], "settings.damaged"},
		"not a text":          {"\x00\x01\x02", "settings.damaged"},
		"of a newer program":  {`{"version":2,"language":["en","zh"]}`, "settings.newer"},
		"an unknown language": {with(`"en"`, `"fr"`), "settings.damaged"},
		"an unknown shade":    {with(`"dark"`, `"pink"`), "settings.damaged"},
		"a scale of nothing":  {with("150", "0"), "settings.damaged"},
		"a scale in between":  {with("150", "151"), "settings.damaged"},
		"an endless window":   {with("1280", "99999999"), "settings.damaged"},
		"a window of nothing": {with("800", "-1"), "settings.damaged"},
		"a place of nowhere":  {with("}", `,"places":{"a":-3}}`), "settings.damaged"},
		"something unknown":   {with("}", `,"colour":"blue"}`), "settings.damaged"},
		"too long":            {with("}", strings.Repeat(" ", 20_000)+"}"), "settings.damaged"},
	} {
		dir := t.TempDir()
		must(t, os.WriteFile(filepath.Join(dir, "looks.json"), []byte(c.text), 0o600))
		looks, trouble := workplace.ReadLooks(dir)
		if trouble != c.want || trouble != "" && !reflect.DeepEqual(looks, workplace.DefaultLooks()) {
			t.Errorf("%s: %+v, %q, want %q", name, looks, trouble, c.want)
		}
		if trouble == "" {
			continue
		}
		if world(t).Words(trouble) == "" {
			t.Errorf("%s: there are no words for %s", name, trouble)
		}
		must(t, workplace.KeepLooks(dir, looks))
		if _, trouble := workplace.ReadLooks(dir); trouble != "" {
			t.Errorf("%s: after others were kept: %q", name, trouble)
		}
		if aside, err := os.ReadFile(filepath.Join(dir, "looks-unread.json")); err != nil || string(aside) != c.text {
			t.Errorf("%s: put aside was %q, %v", name, aside, err)
		}
	}
	folder := t.TempDir() // a folder in the file's place
	must(t, os.Mkdir(filepath.Join(folder, "looks.json"), 0o700))
	if looks, trouble := workplace.ReadLooks(folder); trouble != "settings.unreadable" || !reflect.DeepEqual(looks, workplace.DefaultLooks()) {
		t.Errorf("a folder in its place: %+v, %q", looks, trouble)
	}
}

func TestLooksThatCannotBeWrittenSayWhere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	if err := workplace.KeepLooks(dir, workplace.DefaultLooks()); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("into no folder: %v", err)
	}
}

// TestTheLanguageChangesForWhoeverHoldsTheWords.
func TestTheLanguageChangesForWhoeverHoldsTheWords(t *testing.T) {
	tongue, err := workplace.NewTongue()
	must(t, err)
	words := tongue.Words
	for _, step := range []struct{ language, want string }{{"zh", "取消"}, {"en", "Cancel"}, {"fr", "Cancel"}, {"zh", "取消"}} {
		tongue.Speak(step.language)
		if got := words("action.cancel"); got != step.want {
			t.Errorf("in %s it says %q, want %q", step.language, got, step.want)
		}
	}
}
