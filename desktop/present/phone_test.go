package present

import "testing"

// What a seat types while somebody reads out a number. A doubt costs a look; a number that is
// doubted though it is good costs trust in the doubt.
func TestWhatCannotBeATelephoneNumberIsDoubted(t *testing.T) {
	for typed, doubted := range map[string]string{
		"": "", "13800138000": "", "138 0013 8000": "", "１３８００１３８０００": "", "+86 138-0013-8000": "", "8613800138000": "", "0086 13800138000": "",
		"010-55551234": "", "(021) 5555 1234": "", "0571-5551234": "", "0571-55551234": "", "021-55551234转802": "", "+86 21 5555 1234": "", "+86 10 5555 1234": "",
		"55551234": "", "5551234": "", "400-123-4567": "", "800 123 4567": "",
		"+49 30 901820": "", "+852 5555 1234": "", "001 212 555 0123": "", "13800138000、010-55551234": "",

		"12": "12", "1380013800": "1380013800", "138001380001": "138001380001", "12800138000": "12800138000", "010-5551234": "010-5551234",
		"张伟": "张伟", "abc": "abc", "13800138000a": "13800138000a", "13800138000、12": "12", "+49 1": "+49 1", "+1234567890123456": "+1234567890123456",
		// Letters that are longer or shorter in bytes when they are small, and what is no UTF-8.
		"ȺȺȺȺx8": "ȺȺȺȺx8", "İİİİ转8": "İİİİ转8", "\xff\xff#8": "\xff\xff#8",
		"021-55551234转８０２": "", "（０２１）５５５５１２３４＃８０２": "", "＋８６ 13800138000": "",
		"021-55551234转": "", "021-55551234转一": "021-55551234转一", "ext 5": "ext 5", "1": "1", "ȺȾ5x": "ȺȾ5x", "021-55551234EXT802": "", "+86 12": "+86 12", "00": "00",
	} {
		got := Scene{Words: func(_ string, args ...any) string { return args[1].(string) }}.PhoneDoubt(typed)
		if got != doubted {
			t.Errorf("%q: doubted is %q, want %q", typed, got, doubted)
		}
	}
}
