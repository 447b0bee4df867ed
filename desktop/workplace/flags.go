package workplace

import (
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"

	"redress/desktop/present"
)

// Settings are what the program is told when it is started.
type Settings struct {
	Data   string // the data folder
	Server string // the address to begin an enrolment with
	Login  string // and the log-in name
}

// ReadFlags reads the arguments of the program. The errors are in words; help says that it
// was asked for.
func ReadFlags(args []string, words present.Words) (set Settings, help bool, err error) {
	flags := flag.NewFlagSet("redress", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&set.Data, "data", "", "")
	flags.StringVar(&set.Server, "server", "", "")
	flags.StringVar(&set.Login, "login", "", "")
	given := map[string]bool{}
	for _, a := range args {
		if !strings.HasPrefix(a, "-") {
			continue
		}
		name, _, _ := strings.Cut(strings.TrimLeft(a, "-"), "=")
		switch {
		case name != "h" && name != "help" && flags.Lookup(name) == nil:
			return set, false, errors.New(words("main.unknownFlag", "Flag", a))
		case given[name]: // of two nobody could say which was meant
			return set, false, errors.New(words("main.flagTwice", "Flag", a))
		}
		given[name] = true
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return set, true, nil
	case err != nil, given["data"] && set.Data == "":
		return set, false, errors.New(words("main.flagWithoutValue"))
	case flags.NArg() > 0:
		return set, false, errors.New(words("main.unknownFlag", "Flag", flags.Arg(0)))
	}
	if set.Data == "" {
		home, err := os.UserConfigDir()
		if err != nil {
			return set, false, errors.New(words("main.noHome"))
		}
		set.Data = filepath.Join(home, "redress")
	}
	return set, false, nil
}
