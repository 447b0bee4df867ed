package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	stock "fyne.io/fyne/v2/theme"
)

// system is light where the system is light, and dark where it is dark.
type system struct{ look }

// System follows the system, also while the program runs.
func System() fyne.Theme { return system{look{light, stock.VariantLight}} }

// Color is that of the system's variant.
func (s system) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if variant == stock.VariantDark {
		return look{dark, stock.VariantDark}.Color(name, variant)
	}
	return s.look.Color(name, variant)
}
