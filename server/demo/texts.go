package demo

import (
	"fmt"
	"strconv"
	"strings"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// topic is a kind of problem, and what people say about it.
type topic struct {
	board      string
	types      []string
	category   string
	department string // that solves it

	subjects, problems, demands, answers, solutions []string
}

// channels are how customers come, the hotline first of all.
var channels = newChannels()

func newChannels() []string {
	all := []string{"车主微信群", "微信小程序", "微信公众号", "APP在线客服", "电子邮件", "官网", "车机", "到店", "抖音", "微博及媒体",
		"在线客服与机器人", "12345热线", "舆情监测", "新能源监控", "服务站上报", "内部员工车辆"}
	for range 24 {
		all = append(all, "400热线")
	}
	return append(all, "APP在线客服", "微信小程序", "APP在线客服")
}

// reasons are those of the default policy that fit.
var reasons = map[claim.Kind][]string{
	claim.Goodwill: {"重复维修未解决", "配件长期缺货", "维修耗时过长", "服务过失致歉", "安全隐患排除", "客户关系维护"},
	claim.Warranty: {"政策范围内包修", "政策范围内包修", "安全隐患排除"},
}

// open is what the seat types.
func (t *topic) open(l *life, _ syncproto.Instant) ticket.Open {
	problem := l.below(len(t.problems))
	subject := problem + len(t.problems)*l.below(len(t.subjects)/len(t.problems))
	l.words = map[string]string{"诉求": one(&l.chance, t.demands)}
	open := ticket.Open{Channel: one(&l.chance, channels), Board: t.board, Type: one(&l.chance, t.types), Category: t.category,
		Subject: l.say(t.subjects[subject]), Description: l.say(t.problems[problem]), Demand: l.words["诉求"], Station: l.station}
	if open.Type == "救援" {
		open.Channel = "400热线"
	}
	if l.world.in(12) {
		open.Station = "" // the customer has not been to one
	}
	return open
}

// What stands for {…} where it is not the caller's, the car's or a number.
var choices = map[string][]string{
	"远程": {"开空调", "解锁", "寻车", "启动", "查看电量"},
	"时":  {"今天早上", "昨天晚上", "中午", "上午 9 点", "下午 3 点", "周末"},
	"地点": {"小区地下车库", "公司露天停车场", "机场停车楼", "高速服务区", "环城高速出口附近", "商场地库"},
	"场景": {"倒车", "下雨天", "高速行驶", "冷车启动", "低速过减速带", "开空调", "等红灯", "急加速"},
	"配件": {"前大灯总成", "前保险杠", "变速箱阀体", "车门玻璃升降器", "空调压缩机", "左前减振器", "雷达探头", "尾门电机", "转向节"},
	"故障": {"过减速带时底盘异响", "刹车时方向盘抖动", "空调不制冷", "发动机故障灯亮", "转向时有咯噔声", "变速箱低速顿挫", "天窗关不严"},
	"漆面": {"引擎盖漆面起泡", "车门下沿生锈", "内饰面板开裂", "座椅皮面起皱"},
	"承诺": {"终身免费保养", "赠送三次基础保养", "赠送行车记录仪", "赠送两年车联网流量", "免费贴膜"},
	"功能": {"蓝牙钥匙授权", "自动启停的关闭", "座椅记忆", "预约充电", "儿童锁", "氛围灯的关闭", "车道保持灵敏度"},
	"能耗": {"百公里油耗 11 升多", "满电只能跑 260 公里", "冬天续航掉一半", "怠速油耗偏高"},
	"顿挫": {"二挡升三挡顿挫", "松油门有拖拽感", "起步发冲", "倒挡挂入有冲击"},
	"漏水": {"副驾驶脚下有水", "后备箱进水", "天窗边缘渗水"},
	"活动": {"置换补贴活动", "老带新活动", "国庆团购", "试驾有礼"},
	"姓":  {"王", "李", "张", "刘", "陈"},
}

// say fills a template with what is this ticket's own.
func (l *life) say(template string) string {
	var text strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		text.WriteString(before)
		if !found {
			return text.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		text.WriteString(l.word(name))
		template = after
	}
}

// word is what stands for a name in the texts of this ticket: the same from the first call
// to the last, but for dates that are still to come.
func (l *life) word(name string) string {
	if name == "日后" {
		return date(l.now.Add(syncproto.Span(1+l.below(4)) * syncproto.Day))
	}
	if word, said := l.words[name]; said {
		return word
	}
	l.words[name] = l.choose(name)
	return l.words[name]
}

func (l *life) choose(name string) string {
	c := l.caller
	switch name {
	case "车":
		return c.car.Model
	case "里程":
		return strconv.Itoa(c.km)
	case "购":
		return c.bought
	case "城":
		return c.city.name
	case "店":
		return l.station
	case "称":
		return string([]rune(c.name)[:1]) + c.title
	case "日":
		return date(l.now.Add(-syncproto.Span(13+l.below(20)) * syncproto.Day))
	case "次":
		return strconv.Itoa(2 + l.below(3))
	case "天":
		return strconv.Itoa(3 + l.below(8))
	case "分":
		return strconv.Itoa(5 * (4 + l.below(12)))
	case "元":
		return strconv.Itoa(100 * (2 + l.below(18)))
	}
	return one(&l.chance, choices[name])
}

func date(at syncproto.Instant) string {
	t := at.Time()
	return fmt.Sprintf("%d月%d日", int(t.Month()), t.Day())
}
