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
	"runtime"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"redress/assets"
	"redress/desktop/boottime"
	"redress/desktop/diskcrypt"
	"redress/desktop/keyring"
	"redress/desktop/present"
	"redress/desktop/syncclient"
	"redress/desktop/ui"
	"redress/desktop/workplace"
	"redress/syncproto"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program; what it returns is the exit status.
func run(args []string, out, errs io.Writer) int {
	tongue, err := workplace.NewTongue()
	if err != nil {
		return complain(errs, 1, err.Error())
	}
	words := present.Words(tongue.Words)
	set, help, err := workplace.ReadFlags(args, words)
	switch {
	case err != nil:
		return complain(errs, 2, err.Error(), words("main.usage"))
	case help:
		return complain(out, 0, words("main.usage"))
	}
	looks, trouble := workplace.ReadLooks(set.Data)
	tongue.Speak(looks.Language)
	prepareDisplay()
	log.SetFlags(0)
	faults := &workplace.DisplayFaults{To: errs, Words: words, Say: func(text string) { alert(words("app.name"), text) }}
	log.SetOutput(faults)
	world := newWorld(words, errs)
	if chain, usable := keyring.Open(); usable {
		world.Keychain = chain
	}
	world.Disk = diskcrypt.Of
	// Without an id the toolkit keeps nothing of its own on disk, over which several windows
	// of one machine would quarrel.
	desk := app.NewWithID("")
	habits := ui.Habits{
		Looks: looks, Trouble: trouble, NativeScale: os.Getenv("FYNE_SCALE"), Speak: tongue.Speak,
		Keep:   func(l workplace.Looks) error { return workplace.KeepLooks(set.Data, l) },
		Notify: func(title, text string) { desk.SendNotification(fyne.NewNotification(title, text)) },
	}
	if err := habits.Appear(); err != nil {
		world.Log.Warn().Err(err).Msg("the window is not scaled")
	}
	desk.SetIcon(fyne.NewStaticResource("icon.png", assets.Icon))
	window := desk.NewWindow(words("app.name"))
	window.Resize(habits.Window())
	window.CenterOnScreen()
	desk.Lifecycle().SetOnStarted(func() { fit(window) })
	machine, err := workplace.Open(set.Data, world)
	if err != nil {
		text := present.Problem(words, err)
		status := complain(errs, 1, text)
		ui.Complain(window, words, text)
		faults.Shown(window.ShowAndRun)
		return status
	}
	habits.Disk = machine.Disk
	shown := faults.Shown(func() {
		a, settle := open(window, machine, world, ui.Newcomer{Server: set.Server, Login: set.Login}, habits)
		window.SetCloseIntercept(func() { a.Close(); window.Close() })
		desk.Lifecycle().SetOnEnteredForeground(func() { a.InFront(true) })
		desk.Lifecycle().SetOnExitedForeground(func() { a.InFront(false) })
		work(window, a)
		a.Close() // where the program was ended and not the window
		settle()
		if err := workplace.KeepLooks(set.Data, a.Looks()); err != nil {
			world.Log.Warn().Err(err).Msg("the window will not come back as it was left")
		}
	})
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

// titleBar is how much of the screen's height is left for the frame that the system puts
// around a window, in pixels.
const titleBar = 40

// fit makes a window no larger than the screen: a monitor may be gone, or the scale larger.
func fit(window fyne.Window) {
	width, height, known := screen()
	scale, size := window.Canvas().Scale(), window.Canvas().Size()
	if fits := fyne.NewSize(min(size.Width, width/scale), min(size.Height, (height-titleBar)/scale)); known && fits != size {
		window.Resize(fits)
		window.CenterOnScreen()
	}
}

// open greets whoever comes. Only here and in work are there goroutines for the interface:
// here the one that reads and writes for the pages, in order. settle waits until it has done
// all that it was given: what was typed last is on the disk.
func open(window fyne.Window, machine *workplace.Machine, world workplace.World, newcomer ui.Newcomer, habits ui.Habits) (a *ui.App, settle func()) {
	jobs := make(chan func(), 1024)
	go func() {
		for job := range jobs {
			job()
		}
	}()
	a = ui.New(window, machine, world.Words, ui.Threads{Work: func(job func()) { jobs <- job }, UI: fyne.Do}, newcomer)
	a.Use(habits)
	a.Greet()
	return a, func() {
		done := make(chan struct{})
		jobs <- func() { close(done) }
		select {
		case <-done:
		case <-time.After(closing): // something waits for the server
		}
	}
}

// closing is how long the program waits for its last work after the window is closed.
const closing = 3 * time.Second

// work shows the window until it is closed; meanwhile it counts the seconds, and has what is
// typed kept.
func work(window fyne.Window, a *ui.App) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		second := time.NewTicker(time.Second)
		defer second.Stop()
		drafts := time.NewTicker(ui.DraftsEvery)
		defer drafts.Stop()
		for {
			select {
			case <-second.C:
				fyne.Do(a.Tick)
			case <-drafts.C:
				fyne.Do(a.KeepDrafts)
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
