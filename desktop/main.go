// Command redress is the desktop of Redress (诉达): the window in which seats and regional
// managers work, with and without a line to the server.
//
// This file gives the rest what only a program has: flags, the clocks, chance, new ids,
// the display and the threads. It promises that a start which cannot succeed says why in
// words and ends with 1, or with 2 for flags it does not know.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"redress/assets"
	"redress/desktop/boottime"
	"redress/desktop/present"
	"redress/desktop/syncclient"
	"redress/desktop/ui"
	"redress/desktop/ui/theme"
	"redress/desktop/workplace"
	"redress/syncproto"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program; what it returns is the exit status.
func run(args []string, out, errs io.Writer) int {
	words, err := present.LoadWords("zh")
	if err != nil {
		return complain(errs, 1, err.Error())
	}
	set, help, err := workplace.ReadFlags(args, words)
	switch {
	case err != nil:
		return complain(errs, 2, err.Error(), words("main.usage"))
	case help:
		return complain(out, 0, words("main.usage"))
	}
	prepareDisplay()
	log.SetFlags(0)
	faults := &displayFaults{to: errs, words: words}
	log.SetOutput(faults)
	world := newWorld(words, errs)
	// Without an id the toolkit keeps nothing of its own on disk, over which several windows
	// of one machine would quarrel.
	desk := app.NewWithID("")
	desk.Settings().SetTheme(theme.Light())
	desk.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon))
	window := desk.NewWindow(words("app.name"))
	window.Resize(fyne.NewSize(1280, 800))
	window.CenterOnScreen()
	machine, err := workplace.Open(set.Data, world)
	if err != nil {
		text := present.Problem(words, err)
		status := complain(errs, 1, text)
		ui.Complain(window, words, text)
		faults.shown(window.ShowAndRun)
		return status
	}
	shown := faults.shown(func() { work(window, machine, world, set.Server) })
	if err := machine.Close(); err != nil {
		return complain(errs, 1, present.Problem(words, err))
	}
	if !shown {
		return 1
	}
	return 0
}

func complain(to io.Writer, status int, lines ...string) int {
	for _, l := range lines {
		if _, err := fmt.Fprintln(to, l); err != nil {
			return max(status, 1)
		}
	}
	return status
}

// work shows the window until it is closed. Only here are there goroutines for the
// interface: one that reads and writes for the pages, one that counts the seconds.
func work(window fyne.Window, machine *workplace.Machine, world workplace.World, server string) {
	jobs := make(chan func(), 1024)
	go func() {
		for job := range jobs {
			job()
		}
	}()
	a := ui.New(window, machine, world.Words, ui.Threads{Work: func(job func()) { jobs <- job }, UI: fyne.Do}, server)
	a.Greet()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for {
			select {
			case <-second.C:
				fyne.Do(a.Tick)
			case <-ctx.Done():
				return
			}
		}
	}()
	window.ShowAndRun()
}

// newWorld is the world's clocks, ids and chance.
func newWorld(words present.Words, errs io.Writer) workplace.World {
	logger := zerolog.New(errs).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	clock := boottime.Open()
	if err := clock.Lacks(); err != nil {
		logger.Warn().Err(err).Msg("deadlines are judged by when commands are received, where this clock says too little")
	}
	machine, err := os.Hostname()
	if err != nil {
		machine = runtime.GOOS
	}
	return workplace.World{
		World: syncclient.World{
			Read: clock.Read, NewID: newID, Jitter: jitter, Program: "redress desktop",
			Log: logger,
		},
		NewKey: func() (ed25519.PrivateKey, error) {
			_, key, err := ed25519.GenerateKey(rand.Reader)
			return key, err
		},
		Random: func(n int) ([]byte, error) {
			random := make([]byte, n)
			_, err := rand.Read(random)
			return random, err
		},
		Machine: machine, Words: words,
	}
}

// newID makes a UUIDv7. It cannot fail: Go's source of randomness ends the program before
// it gives less than it was asked for.
func newID() syncproto.ID { return syncproto.ID(uuid.Must(uuid.NewV7())) }

// jitter is chance in [0, 1).
func jitter() float64 {
	var random [8]byte
	_, _ = rand.Read(random[:]) // never returns an error
	return float64(binary.BigEndian.Uint64(random[:])>>11) / (1 << 53)
}

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

// displayFaults is where the toolkit tells that it cannot show anything, just before it
// ends the program: the person gets words for it.
type displayFaults struct {
	to    io.Writer
	words present.Words
	said  bool
}

// shown shows a window until it is closed, and says whether it could. Where there is no
// display the toolkit panics after it has said so; any other panic is a defect.
func (d *displayFaults) shown(show func()) bool {
	defer func() {
		if cause := recover(); cause != nil && !d.said {
			panic(cause)
		}
	}()
	show()
	return !d.said
}

// Write passes on what the toolkit says, after the words.
func (d *displayFaults) Write(text []byte) (int, error) {
	for sign, key := range map[string]string{"window creation error": "error.noOpenGL", "failed to initialise GLFW": "error.noDisplay"} {
		if strings.Contains(string(text), sign) && !d.said {
			d.said = true
			complain(d.to, 1, d.words(key))
		}
	}
	return d.to.Write(text)
}
