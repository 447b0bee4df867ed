package present

import (
	"encoding/json"
	"fmt"
	"strings"

	"redress/assets"
)

// Words gives the text of a key, with named values filled in: w("time.left", "Span", s).
// A key without a text gives "".
type Words func(key string, args ...any) string

// LoadWords reads the words of a language, "zh" or "en", that the program carries.
func LoadWords(language string) (Words, error) {
	data, err := assets.Words.ReadFile("words/" + language + ".json")
	if err != nil {
		return nil, fmt.Errorf("reading the words of %q: %w", language, err)
	}
	texts := map[string]string{}
	if err := json.Unmarshal(data, &texts); err != nil {
		return nil, fmt.Errorf("reading the words of %q: %w", language, err)
	}
	return func(key string, args ...any) string { return fill(texts[key], args) }, nil
}

// fill puts the values in place of {{.Name}}; args are names and values in turn. What is
// filled in is not looked at again, so a customer's text cannot name a field.
func fill(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{{.%v}}", args[i]), fmt.Sprint(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
