package syncproto

// Narrow is a letter or sign in the form it has on a keyboard: an input method writes wide ones,
// which lie in the order of ASCII. Numbers are read alike in both.
func Narrow(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}
