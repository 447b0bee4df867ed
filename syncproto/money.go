package syncproto

import (
	"fmt"
	"strings"
)

// Fen is an amount of money: 1/100 of a CNY. There is no other type for money, and no
// floating point.
type Fen int64

// Yuan is one CNY.
const Yuan Fen = 100

// String writes the amount as people read it: ¥1,234.00, a minus before the sign.
func (f Fen) String() string {
	sign, n := "", uint64(f)
	if f < 0 {
		sign, n = "-", uint64(-(f+1))+1
	}
	whole := fmt.Sprintf("%d", n/100)
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return fmt.Sprintf("%s¥%s.%02d", sign, whole, n%100)
}

// ParseFen reads an amount in yuan as a person types it: "1200", "1,200.5", "￥１，２００．５０".
// Commas stand between thousands only: "1,00" may be 100 or 1.00, and is refused like more
// than two decimals, an empty text or anything beyond MaxAmount.
func ParseFen(text string) (Fen, error) {
	refuse := func(why string) (Fen, error) {
		return 0, &Problem{Code: CodeMalformed, Doing: "reading an amount of money", Detail: fmt.Sprintf("%q %s", text, why)}
	}
	s := strings.TrimSpace(text)
	s = strings.Map(narrow, strings.TrimPrefix(strings.TrimPrefix(s, "¥"), "￥"))
	whole, fraction, _ := strings.Cut(s, ".")
	whole, ok := withoutCommas(whole)
	switch {
	case !ok:
		return refuse("has a comma that does not stand between thousands")
	case whole == "" && fraction == "" || len(whole) > 12:
		return refuse("is not an amount")
	case len(fraction) > 2:
		return refuse("has more than two decimals")
	}
	var n int64
	for _, r := range whole + (fraction + "00")[:2] {
		if r < '0' || r > '9' {
			return refuse("is not an amount")
		}
		n = n*10 + int64(r-'0')
	}
	if Fen(n) > MaxAmount {
		return refuse("is more than " + MaxAmount.String())
	}
	return Fen(n), nil
}

// narrow is Narrow, with a Chinese stop for the point.
func narrow(r rune) rune {
	if r == '。' {
		return '.'
	}
	return Narrow(r)
}

// withoutCommas takes the commas out of whole yuan; false where one of them does not stand
// between thousands.
func withoutCommas(whole string) (string, bool) {
	groups := strings.Split(whole, ",")
	for i, group := range groups[1:] {
		if len(group) != 3 || i == 0 && (groups[0] == "" || len(groups[0]) > 3) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}
