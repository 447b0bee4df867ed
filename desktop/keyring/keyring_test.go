package keyring

import (
	"errors"
	"testing"
	"time"

	gokeyring "github.com/zalando/go-keyring"
)

func TestWhatIsKeptIsThereUntilItIsDeleted(t *testing.T) {
	gokeyring.MockInit()
	var k Keychain
	if _, there, err := k.Get("device key 00"); there || err != nil {
		t.Fatalf("before: %v, %v", there, err)
	}
	for _, value := range []string{"one", "two"} {
		if err := k.Set("device key 00", value); err != nil {
			t.Fatal(err)
		}
		if got, there, err := k.Get("device key 00"); got != value || !there || err != nil {
			t.Errorf("%q, %v, %v; want %q", got, there, err, value)
		}
	}
	for range 2 { // what is not there is deleted too
		if err := k.Delete("device key 00"); err != nil {
			t.Error(err)
		}
	}
	if _, there, err := k.Get("device key 00"); there || err != nil {
		t.Errorf("after: %v, %v", there, err)
	}
}

func TestAKeychainThatDoesNotOpenIsNamed(t *testing.T) {
	broken := errors.New("no such service")
	gokeyring.MockInitWithError(broken)
	var k Keychain
	if _, _, err := k.Get("x"); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := k.Set("x", "y"); !errors.Is(err, broken) {
		t.Error(err)
	}
	if err := k.Delete("x"); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, usable := Open(); usable {
		t.Error("it is said to be usable")
	}
}

// One that asks a question that nobody answers does not hold the program.
func TestAKeychainThatHangsIsGivenUp(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	_, err := within(time.Millisecond, make(turn, 1), func() (string, error) { <-never; return "", nil })
	if !errors.Is(err, errSlow) {
		t.Error(err)
	}
}

// A writing that was given up, and lands at last, lands before what is written after it; what was given up before
// it was begun is written never.
func TestWhatIsGivenUpLandsOverNothingNewer(t *testing.T) {
	answered, of := make(chan struct{}), turnOf("device line 00")
	var lies string
	writes := func(limit time.Duration, value string, first <-chan struct{}) error {
		_, err := within(limit, turnOf("device line 00"), func() (string, error) {
			if first != nil {
				<-first
			}
			lies += value
			return "", nil
		})
		return err
	}
	if err := writes(time.Millisecond, "1", answered); !errors.Is(err, errSlow) {
		t.Fatal(err)
	}
	if err := writes(time.Millisecond, "2", nil); !errors.Is(err, errSlow) {
		t.Errorf("it is written while the one before is under way: %v", err)
	}
	close(answered)
	if err := writes(time.Minute, "3", nil); err != nil {
		t.Error(err)
	}
	of <- struct{}{} // the last has ended
	<-of
	if lies != "13" {
		t.Errorf("written was %s", lies)
	}
}
