package theme

import (
	"encoding/json"
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	stock "fyne.io/fyne/v2/theme"
	"golang.org/x/image/font/sfnt"

	"redress/assets"
)

const legible = 4.5 // WCAG 2 AA for text of any size

// Everything that text is written in, and everything it may be written on.
var (
	inks = []fyne.ThemeColorName{
		stock.ColorNameForeground, stock.ColorNamePlaceHolder, stock.ColorNameDisabled, stock.ColorNameHyperlink,
		stock.ColorNamePrimary, stock.ColorNameError, stock.ColorNameWarning, stock.ColorNameSuccess, ColorQuiet,
	}
	grounds = []fyne.ThemeColorName{
		stock.ColorNameBackground, stock.ColorNameInputBackground, stock.ColorNameMenuBackground,
		stock.ColorNameOverlayBackground, stock.ColorNameHeaderBackground, ColorPanel, ColorSelected,
	}
	pairs = [][2]fyne.ThemeColorName{
		{stock.ColorNameForegroundOnPrimary, stock.ColorNamePrimary},
		{stock.ColorNameForegroundOnError, stock.ColorNameError},
		{stock.ColorNameForegroundOnWarning, stock.ColorNameWarning},
		{stock.ColorNameForegroundOnSuccess, stock.ColorNameSuccess},
		{stock.ColorNameForeground, stock.ColorNameButton},
		{ColorQuiet, stock.ColorNameButton}, // the key on a button
		{stock.ColorNameDisabled, stock.ColorNameDisabledButton},
	}
)

func TestEveryTextIsLegible(t *testing.T) {
	for name, th := range map[string]fyne.Theme{"light": Light(), "dark": Dark(), "the system's": System()} {
		at := func(n fyne.ThemeColorName) color.NRGBA {
			return color.NRGBAModel.Convert(th.Color(n, stock.VariantLight)).(color.NRGBA)
		}
		all := append([]fyne.ThemeColorName(nil), inks...)
		for _, r := range Roles {
			all = append(all, r.Color())
		}
		for _, ink := range all {
			for _, ground := range grounds {
				for _, over := range []fyne.ThemeColorName{"", stock.ColorNameHover} {
					under := at(ground)
					if over != "" {
						under = laid(at(over), under)
					}
					if c := contrast(at(ink), under); c < legible {
						t.Errorf("%s: %s on %s %s is %.2f : 1", name, ink, ground, over, c)
					}
				}
			}
		}
		for _, p := range pairs {
			if c := contrast(at(p[0]), at(p[1])); c < legible {
				t.Errorf("%s: %s on %s is %.2f : 1", name, p[0], p[1], c)
			}
		}
		// A picked row lies on the selection, and a choice with the focus on the focus.
		for _, veil := range []fyne.ThemeColorName{stock.ColorNameSelection, stock.ColorNameFocus} {
			for _, ground := range grounds {
				for _, ink := range all {
					row := ground == stock.ColorNameBackground || ground == ColorPanel || ground == stock.ColorNameInputBackground
					if !row && ink != stock.ColorNameForeground {
						continue
					}
					if c := contrast(at(ink), laid(at(veil), at(ground))); c < legible {
						t.Errorf("%s: %s on %s over %s is %.2f : 1", name, ink, veil, ground, c)
					}
				}
			}
		}
	}
}

func TestARoleHasAColourASignAndAWordOfItsOwn(t *testing.T) {
	data, err := assets.Words.ReadFile("words/zh.json")
	if err != nil {
		t.Fatal(err)
	}
	var words map[string]string
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	f, err := sfnt.Parse(assets.FontRegular)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]Role{}
	for _, r := range Roles {
		for _, p := range []palette{light, dark} {
			if _, ok := p[r.Color()]; !ok {
				t.Errorf("%s has no colour in one of the themes", r)
			}
		}
		if words[r.WordKey()] == "" {
			t.Errorf("%s has no word %s", r, r.WordKey())
		}
		runes := []rune(r.Sign())
		if len(runes) != 1 {
			t.Errorf("%s has the sign %q, not one character", r, r.Sign())
			continue
		}
		if other, taken := seen[r.Sign()]; taken {
			t.Errorf("%s and %s share the sign %s", r, other, r.Sign())
		}
		seen[r.Sign()] = r
		if i, err := f.GlyphIndex(nil, runes[0]); err != nil || i == 0 {
			t.Errorf("the font does not hold %s of %s", r.Sign(), r)
		}
	}
}

func TestOneFontForAllText(t *testing.T) {
	th := Light()
	for _, style := range []fyne.TextStyle{{}, {Italic: true}, {Monospace: true}, {Underline: true}} {
		if got := th.Font(style).Name(); got != "NotoSansSC-Regular.ttf" {
			t.Errorf("%+v is written in %s", style, got)
		}
		style.Bold = true
		if got := th.Font(style).Name(); got != "NotoSansSC-Bold.ttf" {
			t.Errorf("%+v is written in %s", style, got)
		}
	}
}

func TestEveryColourAndSizeOfFyneHasAValue(t *testing.T) {
	for _, th := range []fyne.Theme{Light(), Dark()} {
		if s := th.Size(stock.SizeNameText); s < 14 || s > 15 {
			t.Errorf("body text is %v", s)
		}
		if th.Icon(stock.IconNameSearch) == nil || th.Color(stock.ColorNameInputBorder, 0) == nil {
			t.Error("an icon or colour is missing")
		}
	}
}

// laid is the colour that a see-through one makes of the ground.
func laid(top, ground color.NRGBA) color.NRGBA {
	a := float64(top.A) / 255
	mix := func(t, g uint8) uint8 { return uint8(math.Round(float64(t)*a + float64(g)*(1-a))) }
	return color.NRGBA{R: mix(top.R, ground.R), G: mix(top.G, ground.G), B: mix(top.B, ground.B), A: 255}
}

// contrast is that of WCAG 2.
func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
