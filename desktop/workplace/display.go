package workplace

import (
	"fmt"
	"io"
	"strings"

	"redress/desktop/present"
)

// DisplayFaults is where the toolkit tells that it cannot show anything, just before it
// ends the program: the person gets words for it.
type DisplayFaults struct {
	To    io.Writer
	Words present.Words
	// Say shows the words where nobody sees To; nil where there is no other way.
	Say  func(text string)
	said bool
}

// faultSigns are what the toolkit says, and the keys of the words for it.
var faultSigns = map[string]string{
	"window creation error":     "error.noOpenGL",
	"failed to initialise GLFW": "error.noDisplay",
}

// Shown shows a window until it is closed, and says whether it could. Where there is no
// display the toolkit panics after it has said so; any other panic is a defect.
func (d *DisplayFaults) Shown(show func()) bool {
	defer func() {
		if cause := recover(); cause != nil && !d.said {
			panic(cause)
		}
	}()
	show()
	return !d.said
}

// Write passes on what the toolkit says, after the words.
func (d *DisplayFaults) Write(text []byte) (int, error) {
	for sign, key := range faultSigns {
		if !strings.Contains(string(text), sign) || d.said {
			continue
		}
		d.said = true
		words := d.Words(key)
		if d.Say != nil {
			d.Say(words)
		}
		if _, err := fmt.Fprintln(d.To, words); err != nil {
			return 0, err //nolint:wrapcheck // a Writer's own error
		}
	}
	return d.To.Write(text) //nolint:wrapcheck // a Writer's own error
}
