package main

import (
	"log"

	"golang.org/x/sys/windows"
)

// alert says something where there is neither a console nor a window of the toolkit's.
func alert(title, text string) {
	t, err := windows.UTF16PtrFromString(text)
	if err == nil {
		var head *uint16
		if head, err = windows.UTF16PtrFromString(title); err == nil {
			_, err = windows.MessageBox(0, t, head, windows.MB_OK|windows.MB_ICONERROR)
		}
	}
	if err != nil {
		log.Printf("showing a message: %v", err)
	}
}
