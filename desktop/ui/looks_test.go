package ui

import (
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// Three pages in English and dark, as drawn.
func TestEnglishAndDarkAsDrawn(t *testing.T) {
	english := wordsOf(t, "en")
	for name, golden := range map[string]string{"ticket": "ticket", "escalated": "work", "my month": "month"} {
		named(t, name).play(t, []variant{
			{english, theme.Light(), []float32{100}}, {wordsOf(t, "zh"), theme.Dark(), []float32{100}},
		}, func(s *screen, v variant, _ float32) {
			suffix := "-english"
			if dark(v.look) {
				suffix = "-dark"
			}
			s.golden(golden + suffix)
		})
	}
}

// dark says whether a theme is the dark one.
func dark(look fyne.Theme) bool {
	return look.Color("foreground", 0) == theme.Dark().Color("foreground", 0)
}

// written is every text that a window shows, with what is only in tips and lists left out.
func written(o fyne.CanvasObject) (texts []string) {
	if !o.Visible() {
		return nil
	}
	switch o := o.(type) {
	case *prose:
		return []string{o.text}
	case *canvas.Text:
		return []string{o.Text}
	case *fyne.Container:
		for _, inner := range o.Objects {
			texts = append(texts, written(inner)...)
		}
	case fyne.Widget:
		for _, inner := range test.WidgetRenderer(o).Objects() {
			texts = append(texts, written(inner)...)
		}
	}
	return texts
}

// data are what people wrote and what the policy and the organisation are called: it stands
// on an English page as it is.
var data = []string{
	strings.Repeat("远", syncproto.MaxShortText), strings.Repeat("远", syncproto.MaxProgram),
	// what stood on the screen, in its language, when a command was given
	"主题 · 由“远程车空失败”改为“远程车控失败”", "K7MQ-00001 · 特别理赔 · ¥900.00 · 补贴 900 · 客户关系维护 · 批准后剩余 ¥5,100.00", "24 小时内专员回电", "专员回电",
	// what is searched for, and who was found
	"座椅异响", "欧阳静", "服务站反映要换网关，备件月底到货，届时联系客户进站更换", "更换网关期间的代步车", "客户已等两周",
	// people and units
	"张敏", "王强", "赵刚", "李雷", "周敏", "吴萍", "孙伟", "郑华", "张伟", "华东区", "呼叫中心", "互联网车机部", "总部", "平板",
	// lists of the policy
	"400热线", "客户关系维护", "投诉", "产品质量", "智能功能",
	// what was said in a test
	"远程车控失败", "远程车空失败", "远程控车失败", "中控屏黑屏", "更换中控屏补贴", "更换中控屏总成", "误工补偿", "补贴", "请查后台日志",
	"手机应用提示“车辆不在线”，车就停在楼下。", "远行", "已重置后台令牌，请客户重新登录应用后再试一次。", "旺季", "已远程升级", "已回电", "客户试过，可以了",
	// each language is called by its own name
	"中文", "语言",
	// what is searched for: last, as it is a part of others
	"张", "龙", "异响",
}

// TestNoChineseIsLeftOnAnEnglishPage, of whatever is not data; and no word is missing.
func TestNoChineseIsLeftOnAnEnglishPage(t *testing.T) {
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			asked := map[string]bool{}
			english := wordsOf(t, "en")
			words := func(key string, args ...any) string {
				text := english(key, args...)
				// Words that need not be there are asked for by what may follow a key.
				if text == "" && !strings.HasPrefix(key, "next.") && !strings.HasPrefix(key, "line.trouble.") && !strings.HasPrefix(key, "code.") {
					asked[key] = true
				}
				return text
			}
			c.play(t, []variant{{words, theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
				texts := append(written(s.face()), s.Title())
				for _, text := range texts {
					rest := text
					for _, d := range data {
						rest = strings.ReplaceAll(rest, d, "")
					}
					if strings.ContainsFunc(rest, func(r rune) bool {
						return unicode.Is(unicode.Han, r) || strings.ContainsRune("，。：；？！（）、", r)
					}) {
						t.Errorf("%q is left of %q", rest, text)
					}
					if strings.Contains(text, "{{") {
						t.Errorf("%q has an empty field", text)
					}
				}
			})
			for key := range asked {
				t.Errorf("there is no English for %s", key)
			}
		})
	}
}
