package workplace

import (
	"sync/atomic"

	"redress/desktop/present"
)

// Tongue is the language that is spoken now. Its Words stay one value while the language
// changes, so that whoever holds them, on whichever goroutine, speaks the new one from the
// next word on.
type Tongue struct {
	spoken map[string]present.Words
	now    atomic.Pointer[present.Words]
}

// NewTongue knows all languages and speaks the first.
func NewTongue() (*Tongue, error) {
	t := &Tongue{spoken: map[string]present.Words{}}
	for _, language := range Languages {
		words, err := present.LoadWords(language)
		if err != nil {
			return nil, err
		}
		t.spoken[language] = words
	}
	t.Speak(Languages[0])
	return t, nil
}

// Speak changes the language; one that is not known changes nothing.
func (t *Tongue) Speak(language string) {
	if words, known := t.spoken[language]; known {
		t.now.Store(&words)
	}
}

// Words gives the text of a key in the language spoken now.
func (t *Tongue) Words(key string, args ...any) string { return (*t.now.Load())(key, args...) }
