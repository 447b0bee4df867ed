package main

import (
	"context"
	"log"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/go-gl/glfw/v3.4/glfw"
)

// prepareDisplay sets what has to be set before the first window. Wayland knows no input
// method here, so no Chinese could be typed; and without a locale that the C library takes
// for UTF-8, Xlib drops what an input method commits.
func prepareDisplay() {
	if runtime.GOOS != "linux" {
		return
	}
	set := func(name, value string) {
		if err := os.Setenv(name, value); err != nil {
			log.Printf("setting %s: %v", name, err)
		}
	}
	if os.Getenv("FYNE_PLATFORM") == "" {
		set("FYNE_PLATFORM", "x11")
	}
	if !writesUTF8() {
		set("LC_ALL", "")          // overrules the others
		set("LC_CTYPE", "C.UTF-8") // is there also where no Chinese locale is installed
	}
	if lang := os.Getenv("LANG"); lang == "" || lang == "C" || lang == "POSIX" {
		set("LANG", "zh_CN.UTF-8")
	}
}

// writesUTF8 asks the system whether the locale that is set can write Chinese. One that is
// named but not installed counts as C, whatever its name says.
func writesUTF8() bool {
	charset, err := exec.CommandContext(context.Background(), "locale", "charmap").Output()
	return err == nil && strings.TrimSpace(string(charset)) == "UTF-8"
}

// screen is how much of the screen a window can take, in its pixels. Only the driver that
// the toolkit stands on knows it; ask on the interface's thread once the toolkit runs.
func screen() (width, height float32, known bool) {
	monitor := glfw.GetPrimaryMonitor()
	if monitor == nil {
		return 0, 0, false
	}
	_, _, w, h := monitor.GetWorkarea()
	return float32(w), float32(h), w > 0 && h > 0
}
