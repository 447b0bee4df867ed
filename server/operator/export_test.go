package operator

import "os"

// Onto has the outbox write into another file; what was returned takes it back.
func (o *Outbox) Onto(file *os.File) (back *os.File) {
	back, o.file = o.file, file
	return back
}
