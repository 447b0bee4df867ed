package assets

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/image/font/sfnt"
)

func fonts(t *testing.T) map[string]*sfnt.Font {
	t.Helper()
	parsed := map[string]*sfnt.Font{}
	for name, data := range map[string][]byte{"regular": FontRegular, "bold": FontBold} {
		f, err := sfnt.Parse(data)
		if err != nil {
			t.Fatalf("parsing the %s font: %v", name, err)
		}
		parsed[name] = f
	}
	return parsed
}

// missing are the characters that the font would draw as boxes.
func missing(f *sfnt.Font, text string) string {
	var without []rune
	for _, r := range text {
		if unicode.IsSpace(r) {
			continue
		}
		if i, err := f.GlyphIndex(nil, r); (err != nil || i == 0) && !slices.Contains(without, r) {
			without = append(without, r)
		}
	}
	return string(without)
}

func TestTheFontsHoldTheStandardTableAndTheSigns(t *testing.T) {
	signs, err := os.ReadFile("fonts/signs.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range fonts(t) {
		han := 0
		for r := rune(0x3400); r <= 0x2ffff; r++ {
			if !unicode.Is(unicode.Han, r) {
				continue
			}
			if i, err := f.GlyphIndex(nil, r); err == nil && i != 0 {
				han++
			}
		}
		if han < 8105 {
			t.Errorf("%s holds %d characters, fewer than the table", name, han)
		}
		// Names that older character sets lack, and what every page shows.
		text := "诉达镕喆堃䶮㛃 ，。、；：？！“”‘’（）《》【】—…￥¥ ABCabc0123456789 ＡＢ１２" + string(signs)
		if without := missing(f, text); without != "" {
			t.Errorf("%s lacks %q", name, without)
		}
	}
}

var field = regexp.MustCompile(`{{[^}]*}}`)

func words(t *testing.T, language string) map[string]string {
	t.Helper()
	data, err := Words.ReadFile("words/" + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var w map[string]string
	if err := json.Unmarshal(data, &w); err != nil {
		t.Fatalf("words/%s.json: %v", language, err)
	}
	return w
}

func TestBothLanguagesHoldTheSameWords(t *testing.T) {
	zh, en := words(t, "zh"), words(t, "en")
	for _, key := range slices.Sorted(maps.Keys(zh)) {
		if _, ok := en[key]; !ok {
			t.Errorf("%s has no English", key)
			continue
		}
		fields := func(text string) []string {
			found := field.FindAllString(text, -1)
			slices.Sort(found)
			return found
		}
		if a, b := fields(zh[key]), fields(en[key]); !slices.Equal(a, b) {
			t.Errorf("%s: Chinese fills in %v, English %v", key, a, b)
		}
		if strings.TrimSpace(zh[key]) == "" || strings.TrimSpace(en[key]) == "" {
			t.Errorf("%s is empty", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(en)) {
		if _, ok := zh[key]; !ok {
			t.Errorf("%s has no Chinese", key)
		}
	}
}

func TestTheFontsHoldEveryWord(t *testing.T) {
	for _, language := range []string{"zh", "en"} {
		for key, text := range words(t, language) {
			for name, f := range fonts(t) {
				if without := missing(f, text); without != "" {
					t.Errorf("%s %s: %s lacks %q", language, key, name, without)
				}
			}
		}
	}
}

// In Chinese a comma between Chinese characters is a Chinese comma.
func TestChineseWordsHaveChinesePunctuation(t *testing.T) {
	half := regexp.MustCompile(`\p{Han}[,;:?!]|[,;:?!]\p{Han}|\p{Han}\.$`)
	for key, text := range words(t, "zh") {
		if found := half.FindString(text); found != "" {
			t.Errorf("%s: half-width punctuation in %q", key, found)
		}
	}
}
