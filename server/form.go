package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// form is what a subcommand takes: flags, then words.
type form struct {
	*flag.FlagSet
	summary  string
	operands []string
	optional int // words that may follow the operands
	data     *string
	words    []string
}

func newForm(name, summary string, operands ...string) *form {
	f := &form{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), summary: summary, operands: operands}
	f.SetOutput(io.Discard) // what is wrong is said once, by main
	f.Usage = func() {}
	f.data = f.String("data", "redress-data", "the server's data `directory`")
	return f
}

// parse reads the arguments. Help goes to standard output; a mistake is answered with what
// to do.
func (f *form) parse(w world, arguments []string) error {
	f.VisitAll(func(g *flag.Flag) { g.Value = &once{Value: g.Value} })
	err := f.Parse(arguments)
	for err == nil && f.NArg() > 0 { // a word; flags may follow it
		f.words = append(f.words, f.Arg(0))
		err = f.Parse(f.Args()[1:])
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.help(w.out)
		return err
	case err == nil && len(f.words) < len(f.operands):
		err = fmt.Errorf("%s is missing", f.operands[len(f.words)])
	case err == nil && len(f.words) > len(f.operands)+f.optional:
		err = fmt.Errorf("%q is not expected", f.words[len(f.operands)])
	}
	if err != nil {
		return f.mistaken(err)
	}
	return nil
}

// mistaken is a mistake in how it was called.
func (f *form) mistaken(err error) error {
	return usageError{fmt.Errorf("%s: %w\nRun '%s %s --help' to see what it takes", f.Name(), err, program, f.Name())}
}

// once is a flag's value that is given once: of two nobody could say which was meant.
type once struct {
	flag.Value
	given bool
}

// Set takes the value, the first time.
func (o *once) Set(text string) error {
	if o.given {
		return errors.New("it is given twice")
	}
	o.given = true
	return o.Value.Set(text)
}

// IsBoolFlag says whether the flag needs no value.
func (o *once) IsBoolFlag() bool {
	b, ok := o.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// wrong is a mistake in a flag's value.
func (f *form) wrong(name, format string, args ...any) error {
	return usageError{fmt.Errorf("%s: --%s: %s\nRun '%s %s --help' to see what it takes", f.Name(), name, fmt.Sprintf(format, args...), program, f.Name())}
}

// given says whether a flag was named.
func (f *form) given(name string) bool {
	there := false
	f.Visit(func(g *flag.Flag) { there = there || g.Name == name })
	return there
}

func (f *form) help(out io.Writer) {
	words := append([]string{program, f.Name(), "[flags]"}, f.operands...)
	fmt.Fprintf(out, "Usage: %s\n\n%s\n\n", strings.Join(words, " "), f.summary)
	f.VisitAll(func(g *flag.Flag) {
		kind, text := flag.UnquoteUsage(g)
		fmt.Fprintf(out, "  --%s %s\n        %s", g.Name, kind, text)
		if g.DefValue != "" && g.DefValue != "false" && g.DefValue != "0" && g.DefValue != "0s" {
			fmt.Fprintf(out, " (default %s)", g.DefValue)
		}
		fmt.Fprintln(out)
	})
}
