// Command redress-server is the central server of Redress (诉达) and its command line.
//
// It promises that one binary is all there is: it makes a log, serves it, and does what
// an operator has to do, beside a running server or without one. Every change of
// business state goes through the ledger with the operator's name. A wrong flag or word
// is answered with what was expected, and exit status 2; a failure with what failed and
// what to do, and exit status 1.
//
// OPERATING.md is the operator's page. This package is the only one of the server that
// reads the clock and makes random bytes and ids.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/google/uuid"

	"redress/syncproto"
)

const program = "redress-server"

// world is what a subcommand works with.
type world struct {
	in       io.Reader
	out, err io.Writer
}

// subcommand is one word after the program's name.
type subcommand struct {
	name    string
	summary string
	run     func(ctx context.Context, w world, arguments []string) error
}

func subcommands() []subcommand {
	return []subcommand{
		{"init", "make a new, empty log", initialise},
		{"serve", "serve desks", serve},
		{"seed-demo", "fill an empty log with an organisation and months of its work, to try things with", seedDemo},
		{"unit", "make or change a region, a department, the call centre or headquarters", defineUnit},
		{"person", "make or change a person", definePerson},
		{"policy", "show the policy in force, or put a new version in force", issuePolicy},
		{"authority", "list every manager's month: limit, spent, what lies on which device", listAuthority},
		{"limit", "give a manager's month another limit", setLimit},
		{"write-off", "give up what a lost device holds of a manager's month", writeOff},
		{"release-account", "let authority of a manager be handed out again after a restore to an older state", releaseAccount},
		{"enrol", "print a one-time code for a person's new device", enrol},
		{"revoke", "end a device for good: it hands in, and erases what it holds", revoke},
		{"password", "set a person's password", setPassword},
		{"log", "print the entries of the log as text", printLog},
		{"verify", "walk the chain, refold every document and compare", verify},
		{"backup", "write all of the data into a file", backupLog},
		{"restore", "make the data anew from the copy of the log or from a backup", restoreLog},
		{"parked", "list the commands that wait; parked release ID: have one decided that waits for a person", parked},
		{"clock", "clock confirm: say that the time is right, so that deadlines fire again", confirmClock},
	}
}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, world{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:])
	stop()
	os.Exit(status)
}

// run does what the arguments say and returns the exit status.
func run(ctx context.Context, w world, arguments []string) int {
	err := dispatch(ctx, w, arguments)
	var usage usageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(w.err, "%s: %v\n", program, err)
		return 2
	}
	fmt.Fprintf(w.err, "%s: %v\n", program, err)
	if advice := advise(err); advice != "" {
		fmt.Fprintln(w.err, advice)
	}
	return 1
}

func dispatch(ctx context.Context, w world, arguments []string) error {
	if len(arguments) == 0 {
		return usageError{fmt.Errorf("a subcommand is missing\nRun '%s help' to see them", program)}
	}
	name := arguments[0]
	if name == "help" || name == "-h" || name == "--help" {
		overview(w.out)
		return nil
	}
	for _, s := range subcommands() {
		if s.name == name {
			return s.run(ctx, w, arguments[1:])
		}
	}
	return usageError{fmt.Errorf("there is no subcommand %q\nRun '%s help' to see them", name, program)}
}

func overview(out io.Writer) {
	fmt.Fprintf(out, "%s keeps the log of Redress (诉达) and serves it to desks.\n\nUsage: %s <subcommand> [flags]\n\n", program, program)
	for _, s := range subcommands() {
		fmt.Fprintf(out, "  %-10s %s\n", s.name, s.summary)
	}
	fmt.Fprintf(out, "\nRun '%s <subcommand> --help' for the flags of one.\n", program)
}

// now is the server's wall clock.
func now() syncproto.Instant { return syncproto.InstantOf(time.Now()) }

// fill makes random bytes.
func fill(data []byte) { _, _ = rand.Read(data) } // it never fails: it stops the program instead

// newID makes a new id.
func newID() syncproto.ID { return syncproto.ID(uuid.Must(uuid.NewV7())) }
