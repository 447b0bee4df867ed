// Package ime is the text field of the product. Every field that takes text is
// made here, because a stock Fyne entry loses text that people have committed
// when they write Chinese, and nobody would know why.
//
// # What it promises
//
//  1. While an input method composes, no key alters text that is already there:
//     not Backspace or Delete, not Enter, not an arrow, not Ctrl+A or Ctrl+V.
//     Enter that commits a composition adds no line and submits nothing, Escape
//     that abandons one closes nothing, Tab that chooses a candidate leaves no
//     field.
//  2. Keys take effect in the order in which they were pressed, also when the
//     window answers late.
//  3. No rune is ever withheld. Where the guard is wrong it costs one press of
//     a key, never a character. The limit of a field alone refuses runes, and
//     says so.
//  4. Without an input method everything is as in a stock entry, but that Tab
//     always moves on, and that shortcuts which mean nothing to a text field
//     reach the window.
//
// # What was seen
//
// Fyne has no interface to input methods. What reaches a focused widget was
// recorded in a real window (Fyne 2.8.1, GLFW 3.4, X11, fcitx5 5.0.21), one
// frame being 16 ms; "key" is TypedKey, "rune" TypedRune:
//
//	typing hello and Backspace, all at    composing tousu, then space
//	once, fcitx5 running but off            0 key T    17 key O   34 key U
//	  0 key H                              50 key S    67 key U
//	  0 key E … 1 key O                   484 key Space
//	  1 rune h                            500 rune 投   501 rune 诉
//	 15 key BackSpace (deletes the h!)
//	 31 rune e   81 rune l                composing nihao, then Enter
//	115 rune l  147 rune o                  0 key N … 67 key O
//	so a stock entry reads "ello"         484 key Return
//	                                      500 rune n … 500 rune o
//
//	composing nihao, Backspace twice      composing nihao, Escape
//	  0 key N … 67 key O                    0 key N … 67 key O
//	482 key BackSpace (deletes 诉)        500 key Escape, and no rune
//	498 key BackSpace (deletes 投)
//
// From this the guard follows:
//
//   - The key comes at once and always; the rune comes later, after a round trip
//     to the input method, one every second frame, and keys that print nothing
//     take their turn in it (Ctrl+A, a: eight frames). So a key without a rune
//     means little at first, and after a silence of some frames it means that
//     the key went into a composition.
//   - Runes of one commit come together, with nothing between them.
//   - Nothing at all tells whether Backspace went to the input method.
//   - A key struck twice within a millisecond is one key with two runes: GLFW
//     takes the second for an echo. A rune without a key must disturb nothing.
//
// A key that acts on text already there therefore waits as long as keys before
// it are without answer. If their own runes come, it acts in its turn. If other
// runes come, that was a commit and it was part of it. If there is silence,
// there is a composition and it belongs to that; the guard keeps account of the
// letters in it, so that the Backspace after the last letter is for the text
// again. Non-ASCII runes, Escape and the loss of focus end a composition.
//
// A silence may as well be a machine that lags, with an input method that is off. So the
// guard remembers what it left to the composition; where the letters' own runes come after
// all, in their order and not all at once with an Enter behind them, there was none, and the
// keys behind them act in their turn: of what is typed ahead no Tab is lost, and nothing
// goes into another field than it was meant for. Digits open no composition: a key behind
// them waits two seconds for their runes.
//
// On Windows GLFW withholds the keys that an input method takes, so nothing is
// ever pending and the guard never acts; there the candidate window is put
// beside the cursor instead (Fyne leaves it in the corner of the screen). On
// macOS key and rune come in one call; that was read in GLFW, not tried.
//
// # Passwords
//
// While a password field has the focus, Windows keeps the input method out of the window. X11
// cannot be asked to: GLFW makes one input context for each window, has every key pass through
// it, and gives nobody a handle to it. Nor can the letters be made of the keys, which tell
// neither the keyboard's layout nor Caps Lock. There OnComposing tells the page, which says
// beside the field that the keys do not go in.
//
// # What it cannot know
//
// An input method that throws a composition away without a word, after a click
// on its panel or Shift, leaves letters on the account: as many Backspaces do
// nothing, or until Escape, or until anything else is written. An input method
// that commits by itself in the middle of a word (Wubi's fifth key) leaves one
// letter off the account. The window needs a UTF-8 locale that the C library
// knows: in any other, Xlib drops Chinese commits before Fyne sees them. And the
// letters being composed are shown by the input method at the edge of the
// window, not in the field: GLFW asks X11 for no more.
//
// # How it is tried
//
// The guard is a pure value that is told keys, runes and frames, and its tests
// are lines of those. The real thing, with fcitx5 on a display of its own:
//
//	go test -tags "migrated_fynedo realwindow" ./desktop/ui/ime
//
// With IME_PICTURE=file.png it leaves a picture.
package ime
