package keyring

import (
	"errors"
	"fmt"
	"sync"
	"time"

	gokeyring "github.com/zalando/go-keyring"
)

// Service is what the items of this program go by in the keychain.
const Service = "redress"

// How long the keychain is waited for. Opening it may ask the person for a password.
const (
	probeWait = 5 * time.Second
	wait      = 30 * time.Second
)

// Keychain is the one of whoever is logged in to the system.
type Keychain struct{}

// errSlow says that the keychain did not answer.
var errSlow = errors.New("the system's keychain does not answer")

// Open finds the system's keychain; false where there is none that can be used. It asks for an
// item that is not there: a keychain that answers takes items too.
func Open() (Keychain, bool) {
	if !reachable() {
		return Keychain{}, false
	}
	_, err := within(probeWait, turnOf("probe"), func() (string, error) { return gokeyring.Get(Service, "probe") })
	return Keychain{}, err == nil || errors.Is(err, gokeyring.ErrNotFound)
}

// Get is what lies under the name; false where nothing does.
func (Keychain) Get(name string) (string, bool, error) {
	value, err := within(wait, turnOf(name), func() (string, error) { return gokeyring.Get(Service, name) })
	if errors.Is(err, gokeyring.ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("reading %q in the keychain: %w", name, err)
	}
	return value, true, nil
}

// Set keeps a value under the name.
func (Keychain) Set(name, value string) error {
	_, err := within(wait, turnOf(name), func() (string, error) { return "", gokeyring.Set(Service, name, value) })
	if err != nil {
		return fmt.Errorf("writing %q in the keychain: %w", name, err)
	}
	return nil
}

// Delete takes away what lies under the name, if anything does.
func (Keychain) Delete(name string) error {
	_, err := within(wait, turnOf(name), func() (string, error) { return "", gokeyring.Delete(Service, name) })
	if err != nil && !errors.Is(err, gokeyring.ErrNotFound) {
		return fmt.Errorf("deleting %q in the keychain: %w", name, err)
	}
	return nil
}

// turn is had by one question at a time.
type turn chan struct{}

var turns sync.Map // of each item, by its name

func turnOf(name string) turn {
	of, _ := turns.LoadOrStore(name, make(turn, 1))
	return of.(turn) //nolint:forcetypeassert // nothing else is in it
}

// within waits no longer than that. What was asked goes on by itself and is not heard any more; until it ends
// nothing else is asked about the same item, so that a writing that was given up lands over no newer one.
func within(limit time.Duration, of turn, ask func() (string, error)) (string, error) {
	type answer struct {
		value string
		err   error
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case of <- struct{}{}:
	case <-timer.C:
		return "", errSlow
	}
	answers := make(chan answer, 1)
	go func() {
		defer func() { <-of }()
		value, err := ask()
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-timer.C:
		return "", errSlow
	}
}
