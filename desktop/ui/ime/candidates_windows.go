package ime

import (
	"unsafe"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	"golang.org/x/sys/windows"
)

const placesCandidates = true

// Of imm.h: where a composition or candidate window goes.
const (
	cfsPoint   = 0x0002 // at the point
	cfsExclude = 0x0080 // at the point, but not over the area
)

// contextDefault, of imm.h, gives a window back the input method that the system has for it.
const contextDefault = 0x0010

type point struct{ x, y int32 }

type rect struct{ left, top, right, bottom int32 }

type compositionForm struct {
	style   uint32
	current point
	area    rect
}

type candidateForm struct {
	index   uint32
	style   uint32
	current point
	area    rect
}

var (
	imm32                = windows.NewLazySystemDLL("imm32.dll")
	getContext           = imm32.NewProc("ImmGetContext")
	releaseContext       = imm32.NewProc("ImmReleaseContext")
	setCompositionWindow = imm32.NewProc("ImmSetCompositionWindow")
	associateContext     = imm32.NewProc("ImmAssociateContextEx")
	setCandidateWindow   = imm32.NewProc("ImmSetCandidateWindow")
)

// onWindow does something with the system's own window, where there is one with input methods.
func onWindow(w fyne.Window, do func(window uintptr)) {
	native, ok := w.(driver.NativeWindow)
	if !ok {
		return
	}
	native.RunNative(func(context any) {
		if here, ok := context.(driver.WindowsWindowContext); ok && here.HWND != 0 && imm32.Load() == nil {
			do(here.HWND)
		}
	})
}

// placeCandidates puts both windows of the input method at the cursor, given in
// pixels of the client area, and keeps the list of candidates off the line that
// is being written. Where a call fails the windows stay where they were: in the
// way, but usable, so nothing is reported.
func placeCandidates(w fyne.Window, x, y, height int) {
	onWindow(w, func(window uintptr) {
		input, _, _ := getContext.Call(window)
		if input == 0 {
			return // no input method here
		}
		defer func() { _, _, _ = releaseContext.Call(window, input) }()

		at := point{int32(x), int32(y)}
		composition := compositionForm{style: cfsPoint, current: at}
		_, _, _ = setCompositionWindow.Call(input, uintptr(unsafe.Pointer(&composition)))
		candidates := candidateForm{
			style:   cfsExclude,
			current: point{at.x, at.y + int32(height)},
			area:    rect{at.x, at.y, at.x + 1, at.y + int32(height)},
		}
		_, _, _ = setCandidateWindow.Call(input, uintptr(unsafe.Pointer(&candidates)))
	})
}

// letIn lets the input method take the keys of a window, or keeps it out: what is typed into a
// password field is letters, whatever language is on. Where the call fails, it stays as it was.
func letIn(w fyne.Window, is bool) {
	onWindow(w, func(window uintptr) {
		flags := uintptr(0)
		if is {
			flags = contextDefault
		}
		_, _, _ = associateContext.Call(window, 0, flags)
	})
}
