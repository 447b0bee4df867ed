//go:build !windows

package ime

import "fyne.io/fyne/v2"

// placesCandidates: only Windows leaves the candidate window to the program
// and gives Fyne's windows a handle to do it with.
const placesCandidates = false

func placeCandidates(fyne.Window, int, int, int) {}

func letIn(fyne.Window, bool) {}
