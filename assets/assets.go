// Package assets holds what the product shows but does not compute: fonts, the
// icon and the words. It embeds files and does nothing else, so that everything
// a desk needs travels in its one binary; how the files were made stands beside
// them (fonts/FONTS.md).
package assets

import "embed"

// FontRegular and FontBold are static TrueType fonts of one weight each, of
// Noto Sans SC, with the characters of the standard table. Text on screen uses
// these and no font of the machine, so that it looks the same on every desk.
var (
	//go:embed fonts/NotoSansSC-Regular.ttf
	FontRegular []byte
	//go:embed fonts/NotoSansSC-Bold.ttf
	FontBold []byte
)

// Icon is the mark of the product, 256 pixels square.
//
//go:embed icon.png
var Icon []byte

// Words are the texts of the interface, one file a language (zh.json, en.json)
// in the format of go-i18n. Both files hold the same keys; zh.json is the
// original.
//
//go:embed words/*.json
var Words embed.FS
