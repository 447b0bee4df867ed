package replica

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what is searched for.
const (
	MaxQuery     = 100 // runes that are looked at; what comes after is left out
	maxParts     = 8   // parts of it that all have to fit
	shortestStem = 3   // letters or digits from which a word is found by its beginning; the prefix of words

	// CallerFrom is from how many digits or letters on a telephone number or VIN tells of a caller.
	CallerFrom = 4
)

// Query is what a person searches for, read so that nothing in it is anything but text: no
// sign has a meaning of its own, and whatever is typed is a query.
type Query struct {
	parts []part
	whole string // a telephone number that was typed in groups, or with a country's code; "" where it was not
}

// part is what stands between two spaces: terms that follow one another.
type part struct {
	terms []string
	stem  bool // the last is the beginning of a word
	latin bool // none is a Chinese character
}

// ReadQuery reads what was typed.
func ReadQuery(text string) Query {
	if utf8.RuneCountInString(text) > MaxQuery {
		text = string([]rune(text)[:MaxQuery])
	}
	var q Query
	for _, word := range strings.Fields(text) {
		if p, some := readPart(word); some && len(q.parts) < maxParts {
			q.parts = append(q.parts, p)
		}
	}
	number := digits(text)
	grouped := len(q.parts) > 1 || len(q.parts) == 1 && number != strings.Join(q.parts[0].terms, "") // a country's code
	if grouped && len(number) >= CallerFrom && strings.IndexFunc(text, notOfANumber) < 0 {
		q.whole = number
	}
	return q
}

// notOfANumber says that the rune is in no telephone number, however it is written.
func notOfANumber(r rune) bool {
	return !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune("+-()", fold1(r)) && !strings.ContainsRune("（）", r)
}

func readPart(word string) (p part, some bool) {
	terms := termsOf(word)
	p.latin = true
	for _, t := range terms {
		p.terms, p.latin = append(p.terms, t.text), p.latin && !t.alone
	}
	if len(terms) == 0 {
		return p, false
	}
	last := terms[len(terms)-1]
	p.stem = !last.alone && utf8.RuneCountInString(last.text) >= shortestStem
	return p, true
}

// Empty says that nothing is searched for.
func (q Query) Empty() bool { return len(q.parts) == 0 }

// match is the query in the index's language. Every term is quoted, and none holds a sign.
func (q Query) match() string {
	parts := make([]string, 0, len(q.parts))
	for _, p := range q.parts {
		parts = append(parts, p.match())
	}
	all := strings.Join(parts, " AND ")
	if q.whole != "" {
		return "(" + all + ") OR phone : " + quoted(q.whole) + " *" + inside(q.whole)
	}
	return all
}

// match is the part in the index's language. What has a sign in it may be a telephone number
// or a VIN that was typed in groups; digits may stand inside of a telephone number.
func (p part) match() string {
	text := quoted(p.terms...)
	if p.stem {
		text += " *"
	}
	if together := p.together(); together != "" {
		text += " OR {phone vin} : " + quoted(together) + " *"
	}
	return "(" + text + inside(strings.Join(p.terms, "")) + ")"
}

// inside is the alternative that the digits stand inside of a telephone number; "" where they
// are none, or too few.
func inside(number string) string {
	if !isRun(number) {
		return ""
	}
	return " OR phone : " + quoted(insideMark+number) + " *"
}

// together are the terms of a number that was typed in groups; "" where it is none.
func (p part) together() string {
	if together := strings.Join(p.terms, ""); p.latin && len(p.terms) > 1 && len(together) >= CallerFrom {
		return together
	}
	return ""
}

// quoted is terms that follow one another. They are letters and digits (termsOf), or begin with
// insideMark.
func quoted(terms ...string) string { return `"` + strings.Join(terms, " ") + `"` }

// exact is the query for what has just this number, telephone number or VIN, or ends so; ""
// where the query can be none of them.
func (q Query) exact() string {
	if q.whole != "" {
		return "phone : " + quoted(q.whole)
	}
	if len(q.parts) != 1 || !q.parts[0].latin || !strings.ContainsAny(strings.Join(q.parts[0].terms, ""), "0123456789") {
		return ""
	}
	exact := "{number phone vin} : " + quoted(q.parts[0].terms...)
	if together := q.parts[0].together(); together != "" {
		exact += " OR {phone vin} : " + quoted(together)
	}
	return exact
}

// matches are the two parts of an answer in the index's language: what fits exactly, "" for
// nothing, and all else.
func (q Query) matches() (exact, rest string) {
	if exact = q.exact(); exact == "" {
		return "", q.match()
	}
	return exact, "(" + q.match() + ") NOT (" + exact + ")"
}

// Span is where a query fits a text, in bytes.
type Span struct{ From, To int }

// fits finds a part of the query in a text; false where it is not in it.
func (p part) fits(text string) (Span, bool) {
	terms := termsOf(text)
	for at := 0; at+len(p.terms) <= len(terms); at++ {
		if p.fitsAt(terms[at:]) {
			return Span{terms[at].from, terms[at+len(p.terms)-1].to}, true
		}
	}
	return Span{}, false
}

func (p part) fitsAt(terms []term) bool {
	last := len(p.terms) - 1
	for i, want := range p.terms {
		have := terms[i].text
		if have != want && (i != last || !p.stem || !strings.HasPrefix(have, want)) {
			return false
		}
	}
	return true
}

// fitsNumber finds a part in a telephone number or VIN, as the index does: its beginning, one of
// its ends, or inside of it where that is among what is indexed.
func (p part) fitsNumber(indexed string) bool {
	want := strings.Join(p.terms, "")
	for _, have := range strings.Fields(indexed) {
		if have == want || (p.stem || len(p.terms) > 1) && strings.HasPrefix(have, want) ||
			isRun(want) && strings.HasPrefix(have, insideMark+want) {
			return true
		}
	}
	return false
}

// IsOf says that what was typed is the beginning or the end of a telephone number.
func (q Query) IsOf(phone string) bool {
	for _, p := range q.everything() {
		if !p.fitsNumber(indexedPhone(phone)) {
			return false
		}
	}
	return !q.Empty()
}
