// A window with one field of each kind, for the test of the real window. It
// writes what it holds to the file named by its first argument after every
// change. With -stock the fields are Fyne's own.
package main

import (
	"encoding/json"
	"flag"
	"log"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
)

// Held is what the window holds.
type Held struct {
	Single, Multi, Password string
	Enter, Escape, Palette  int
	Focus                   string
}

func main() {
	stock := flag.Bool("stock", false, "use Fyne's own entries")
	flag.Parse()
	path := flag.Arg(0)

	a := app.NewWithID("redress.ime.window")
	a.Settings().SetTheme(theme.Light())
	w := a.NewWindow("诉达 · 输入")
	var held Held
	write := func() {
		text, err := json.Marshal(held)
		if err == nil {
			err = os.WriteFile(path+".new", text, 0o600)
		}
		if err == nil {
			err = os.Rename(path+".new", path)
		}
		if err != nil {
			log.Fatal(err)
		}
	}

	single, multi, password := fields(*stock, &held, write)
	focus := func() {
		names := map[fyne.Focusable]string{
			single.(fyne.Focusable): "single", multi.(fyne.Focusable): "multi", password.(fyne.Focusable): "password",
		}
		if now := names[w.Canvas().Focused()]; now != held.Focus {
			held.Focus = now
			write()
		}
	}
	w.Canvas().AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyK, Modifier: fyne.KeyModifierControl},
		func(fyne.Shortcut) { held.Palette++; write() })
	w.SetContent(container.NewPadded(container.NewVBox(
		widget.NewLabel("客户"), single, widget.NewLabel("经过"), multi, widget.NewLabel("口令"), password)))
	w.Resize(fyne.NewSize(560, 420))
	w.Canvas().Focus(single.(fyne.Focusable))
	// Every frame, so that the file says where the keyboard is.
	(&fyne.Animation{Duration: 1 << 40, RepeatCount: fyne.AnimationRepeatForever, Tick: func(float32) { focus() }}).Start()
	write()
	w.ShowAndRun()
}

func fields(stock bool, held *Held, write func()) (single, multi, password fyne.Widget) {
	if stock {
		s, m, p := widget.NewEntry(), widget.NewMultiLineEntry(), widget.NewPasswordEntry()
		s.OnChanged = func(text string) { held.Single = text; write() }
		m.OnChanged = func(text string) { held.Multi = text; write() }
		p.OnChanged = func(text string) { held.Password = text; write() }
		s.OnSubmitted = func(string) { held.Enter++; write() }
		return s, m, p
	}
	s, m, p := ime.New(200), ime.NewMultiLine(2000), ime.NewPassword(64)
	s.OnChanged = func(text string) { held.Single = text; write() }
	m.OnChanged = func(text string) { held.Multi = text; write() }
	p.OnChanged = func(text string) { held.Password = text; write() }
	s.OnEnter = func(string) { held.Enter++; write() }
	s.OnEscape = func() { held.Escape++; write() }
	m.SetPlaceHolder("发生了什么？")
	return s, m, p
}
