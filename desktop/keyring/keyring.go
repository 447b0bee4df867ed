package keyring

import (
	"errors"
	"fmt"
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
	_, err := within(probeWait, func() (string, error) { return gokeyring.Get(Service, "probe") })
	return Keychain{}, err == nil || errors.Is(err, gokeyring.ErrNotFound)
}

// Get is what lies under the name; false where nothing does.
func (Keychain) Get(name string) (string, bool, error) {
	value, err := within(wait, func() (string, error) { return gokeyring.Get(Service, name) })
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
	_, err := within(wait, func() (string, error) { return "", gokeyring.Set(Service, name, value) })
	if err != nil {
		return fmt.Errorf("writing %q in the keychain: %w", name, err)
	}
	return nil
}

// Delete takes away what lies under the name, if anything does.
func (Keychain) Delete(name string) error {
	_, err := within(wait, func() (string, error) { return "", gokeyring.Delete(Service, name) })
	if err != nil && !errors.Is(err, gokeyring.ErrNotFound) {
		return fmt.Errorf("deleting %q in the keychain: %w", name, err)
	}
	return nil
}

// within waits no longer than that. What was asked goes on by itself and is not heard any more.
func within(limit time.Duration, ask func() (string, error)) (string, error) {
	type answer struct {
		value string
		err   error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := ask()
		answers <- answer{value, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case a := <-answers:
		return a.value, a.err
	case <-timer.C:
		return "", errSlow
	}
}
