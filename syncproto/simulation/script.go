package simulation

import (
	"fmt"
	"strings"
)

// Script is a scenario file: steps in order, and everything between them as it stands.
type Script struct {
	Name  string
	Steps []Step
	lines []string
}

// Step is one line that does or asks something, with the result expected under it.
type Step struct {
	Number int    // of the line, from 1
	Text   string // as written
	Words  []string
	Values map[string]string // key=value
	Want   []string          // the indented lines under it, without the indent
	end    int               // index of the line after the last of Want
}

// indent is what a result is written with.
const indent = "  "

// Parse reads a scenario. A line that begins with two spaces is the result of the line
// above it; # begins a comment.
func Parse(name, text string) (Script, error) {
	s := Script{Name: name, lines: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
	for i, line := range s.lines {
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, indent):
			last := len(s.Steps) - 1
			if last < 0 || s.Steps[last].end != i {
				return s, fmt.Errorf("%s:%d: a result must stand directly under its step", name, i+1)
			}
			s.Steps[last].Want = append(s.Steps[last].Want, strings.TrimPrefix(line, indent))
			s.Steps[last].end = i + 1
		default:
			words, values, err := split(line)
			if err != nil {
				return s, fmt.Errorf("%s:%d: %w", name, i+1, err)
			}
			s.Steps = append(s.Steps, Step{Number: i + 1, Text: line, Words: words, Values: values, end: i + 1})
		}
	}
	return s, nil
}

// Rewritten is the file with these results, one list a step.
func (s Script) Rewritten(results [][]string) string {
	var out strings.Builder
	next := 0
	for n, step := range s.Steps {
		for ; next < step.Number; next++ {
			out.WriteString(s.lines[next] + "\n")
		}
		for _, r := range results[n] {
			out.WriteString(indent + r + "\n")
		}
		next = step.end
	}
	for ; next < len(s.lines); next++ {
		out.WriteString(s.lines[next] + "\n")
	}
	return out.String()
}

// split takes a line apart: words, "quoted words", and key=value or key="quoted value".
func split(line string) (words []string, values map[string]string, err error) {
	values = map[string]string{}
	rest := strings.TrimSpace(line)
	for rest != "" {
		var word strings.Builder
		key, quoted := "", false
		i := 0
		for ; i < len(rest) && (quoted || rest[i] != ' '); i++ {
			switch {
			case rest[i] == '"':
				quoted = !quoted
			case rest[i] == '=' && !quoted && key == "":
				key = word.String()
				word.Reset()
			default:
				word.WriteByte(rest[i])
			}
		}
		if quoted {
			return nil, nil, fmt.Errorf("a quotation mark is not closed")
		}
		if key != "" {
			if _, twice := values[key]; twice {
				return nil, nil, fmt.Errorf("%s= is given twice", key)
			}
			values[key] = word.String()
		} else {
			words = append(words, word.String())
		}
		rest = strings.TrimLeft(rest[i:], " ")
	}
	return words, values, nil
}
