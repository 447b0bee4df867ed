package demo

import (
	"fmt"
	"strings"

	"redress/syncproto"
	"redress/syncproto/customer"
)

// caller is a customer with a car, who may call again.
type caller struct {
	id     syncproto.ID
	name   string
	title  string // 先生, 女士
	phone  string
	city   city
	car    customer.Car
	bought string // year and month
	km     int
	known  bool // has a file
}

// city is where a customer lives, and whose region that is.
type city struct{ name, region string }

var cities = []city{
	{"上海", east}, {"杭州", east}, {"南京", east}, {"苏州", east}, {"宁波", east}, {"合肥", east}, {"无锡", east},
	{"北京", north}, {"天津", north}, {"石家庄", north}, {"济南", north}, {"青岛", north}, {"太原", north},
	{"广州", south}, {"深圳", south}, {"东莞", south}, {"佛山", south}, {"厦门", south}, {"长沙", south},
	{"成都", west}, {"重庆", west}, {"昆明", west}, {"贵阳", west}, {"绵阳", west},
}

var families = strings.Split("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙史陶贺顾毛郝龚邵万覃武钱戴严莫孔向汤", "")

var (
	maleGiven   = strings.Fields("伟 强 磊 军 勇 杰 涛 明 超 建华 志强 建平 海波 俊杰 浩然 子轩 宇航 国栋 文斌 立群 永刚 晓东 志鹏 家豪 振宇 新民 鹏飞 宏伟 庆华 博文")
	femaleGiven = strings.Fields("芳 娜 敏 静 丽 艳 娟 霞 秀英 桂兰 晓燕 雪梅 丽华 婷婷 佳怡 梦琪 雨欣 欣怡 文静 慧敏 玉梅 思雨 海燕 春梅 美玲 淑珍 晓雯 若曦 倩倩 彩云")
	models      = []string{"诺川 C3", "诺川 C5", "诺川 X7", "诺川 X7 四驱版", "诺川 E5 纯电", "诺川 E7 纯电", "诺川 V8 旅行版"}
	modelCodes  = []string{"C3A", "C5B", "X7A", "X7D", "E5E", "E7E", "V8T"}
	prefixes    = []string{"130", "131", "133", "135", "136", "137", "138", "139", "150", "151", "152", "158", "159", "177", "180", "186", "188", "189"}
)

// returning is how many in a hundred tickets are of somebody who has called before.
const returning = 22

// caller is who calls: somebody new, or one who has a file.
func (w *world) caller(at syncproto.Instant) *caller {
	if len(w.callers) > 20 && w.in(returning) {
		c := w.callers[w.below(len(w.callers))]
		c.km += 60 + w.below(1500)
		return c
	}
	c := &caller{id: w.id(at), city: one(&w.chance, cities), title: "先生"}
	given := maleGiven
	if w.in(45) {
		c.title, given = "女士", femaleGiven
	}
	c.name = one(&w.chance, families) + one(&w.chance, given)
	c.phone = one(&w.chance, prefixes) + fmt.Sprintf("%08d", w.below(100_000_000))
	m := w.below(len(models))
	age := 1 + w.below(48) // months
	year, month := at.Time().Year(), int(at.Time().Month())-age
	for month < 1 {
		year, month = year-1, month+12
	}
	c.bought = fmt.Sprintf("%d年%d月", year, month)
	c.km = age*(700+w.below(1100)) + 30
	c.car = customer.Car{VIN: VIN(modelCodes[m], year, len(w.callers)+1), Model: models[m]}
	w.callers = append(w.callers, c)
	return c
}

// The signs of a VIN, and what each counts for the check digit (ISO 3779, GB 16735).
const vinSigns = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"

var (
	vinValues  = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9}
	vinWeights = []int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}
	// yearSigns are of 2010 and the years after it.
	yearSigns = "ABCDEFGHJKLMNPRSTVWXY123456789"
)

// VIN is a made-up VIN with its right check digit: of a car of a model's three signs, of
// the year, with a serial number.
func VIN(model string, year, serial int) string {
	sign := yearSigns[((year-2010)%len(yearSigns)+len(yearSigns))%len(yearSigns)]
	vin := []byte(fmt.Sprintf("LX9%s2B0%cN%06d", model, sign, serial%1_000_000))
	vin[8] = checkDigit(string(vin))
	return string(vin)
}

// checkDigit is the sign at the ninth place of a VIN.
func checkDigit(vin string) byte {
	sum := 0
	for i, weight := range vinWeights {
		sum += weight * vinValues[strings.IndexByte(vinSigns, vin[i])]
	}
	return "0123456789X"[sum%11]
}
