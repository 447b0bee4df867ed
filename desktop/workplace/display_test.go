package workplace_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"redress/desktop/present"
	"redress/desktop/workplace"
)

// TestWithoutADisplayItSaysSo: what the toolkit says and does where it can show nothing, and
// what the person gets.
func TestWithoutADisplayItSaysSo(t *testing.T) {
	for name, c := range map[string]struct{ toolkit, want string }{
		"no OpenGL":  {"Fyne error:  window creation error\n  Cause: APIUnavailable: GLX: no GLXFBConfigs returned\n", "这台电脑的显卡驱动不支持 OpenGL"},
		"no desktop": {"Fyne error:  failed to initialise GLFW\n  Cause: X11: The DISPLAY environment variable is missing\n", "这里没有可用的图形桌面"},
	} {
		var errs strings.Builder
		var said []string
		faults := &workplace.DisplayFaults{To: &errs, Words: world(t).Words, Say: func(text string) { said = append(said, text) }}
		shown := faults.Shown(func() {
			for range 2 { // it says it twice before it gives up
				if _, err := faults.Write([]byte(c.toolkit)); err != nil {
					t.Error(err)
				}
			}
			panic(errors.New("invalid memory address"))
		})
		if shown || !strings.HasPrefix(errs.String(), c.want) || len(said) != 1 || !strings.HasPrefix(said[0], c.want) {
			t.Errorf("%s: shown %v, %q, %q", name, shown, errs.String(), said)
		}
	}
}

func TestADefectIsNotTakenForAMissingDisplay(t *testing.T) {
	var errs strings.Builder
	faults := &workplace.DisplayFaults{To: &errs, Words: world(t).Words}
	if !faults.Shown(func() { _, _ = faults.Write([]byte("Fyne error:  something else\n")) }) || strings.Contains(errs.String(), "OpenGL") {
		t.Errorf("a window that was shown says %q", errs.String())
	}
	defer func() {
		if cause := recover(); cause != "a defect" {
			t.Errorf("the panic became %v", cause)
		}
	}()
	faults.Shown(func() { panic("a defect") })
}

// secondFolder names the folder that a second process is to open.
const secondFolder = "REDRESS_TEST_SECOND"

// TestASecondProcessOnTheFolderSaysSoAndEnds, in the language chosen there; when the first
// is gone, even killed, the folder is free.
func TestASecondProcessOnTheFolderSaysSoAndEnds(t *testing.T) {
	if dir := os.Getenv(secondFolder); dir != "" {
		second(t, dir)
		return
	}
	dir := t.TempDir()
	looks := workplace.DefaultLooks()
	looks.Language = "en"
	must(t, workplace.KeepLooks(dir, looks))
	m, err := workplace.Open(dir, world(t))
	must(t, err)
	try := func() string {
		command := exec.CommandContext(context.Background(), os.Args[0], "-test.run=^TestASecondProcessOnTheFolderSaysSoAndEnds$")
		command.Env = append(os.Environ(), secondFolder+"="+dir)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("the second process: %v", err)
		}
		said, _, _ := strings.Cut(string(out), "\n")
		return said
	}
	if said := try(); !strings.HasPrefix(said, "says: ") || !strings.Contains(said, "already open") {
		t.Errorf("beside another it %s", said)
	}
	must(t, m.Close())
	if said := try(); said != "opened" {
		t.Errorf("alone it %s", said)
	}
}

// second is the second process: it does what main does with the folder.
func second(t *testing.T, dir string) {
	t.Helper()
	tongue, err := workplace.NewTongue()
	must(t, err)
	looks, _ := workplace.ReadLooks(dir)
	tongue.Speak(looks.Language)
	w := world(t)
	w.Words = tongue.Words
	m, err := workplace.Open(dir, w)
	if err != nil {
		tell(t, "says: "+strings.ReplaceAll(present.Problem(tongue.Words, err), "\n", " "))
		return
	}
	tell(t, "opened")
	must(t, m.Close())
}

// tell says something to the first process.
func tell(t *testing.T, line string) {
	t.Helper()
	_, err := fmt.Fprintln(os.Stdout, line)
	must(t, err)
}
