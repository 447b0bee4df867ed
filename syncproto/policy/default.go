package policy

import "redress/syncproto"

// Default is the policy a new installation begins with: the values of the requirements,
// and of this project where these name none. The lists are the business's own words and
// data like all else, so they are Chinese.
func Default(number uint32) Body {
	return Body{
		Number:         number,
		ResponseLimit:  2 * syncproto.Hour,
		PromiseLimit:   24 * syncproto.Hour,
		WarnAt:         8000,
		MonthlyLimit:   6000 * syncproto.Yuan,
		HoldAfterDue:   30 * syncproto.Second,
		HoldAfterStart: 60 * syncproto.Second,
		OfflineUse:     14 * syncproto.Day,
		May:            defaultMay(),
		Channels: []string{
			"400热线", "车主微信群", "微信小程序", "微信公众号", "朋友圈", "APP在线客服", "电子邮件", "官网", "短信", "二维码",
			"车机", "语音信箱", "到店", "上门走访", "外拓活动", "抖音", "异业联盟", "微博及媒体", "在线客服与机器人", "外呼",
			"12345热线", "政府网站", "舆情监测", "新能源监控", "车联网", "服务站上报", "内部员工车辆",
		},
		Boards:     []string{"售前咨询", "产品使用", "售后咨询", "智能功能"},
		Types:      []string{"投诉", "咨询", "报修", "救援"},
		Categories: []string{"产品质量", "产品设计", "配件保障", "服务质量", "维修质量", "包修争议", "销售", "市场"},
		Reasons:    []string{"重复维修未解决", "配件长期缺货", "维修耗时过长", "服务过失致歉", "安全隐患排除", "客户关系维护", "政策范围内包修", "其他（请在备注中说明）"},
	}
}

// defaultMay is the table of requirements §1 as far as its commands exist.
func defaultMay() []Permission {
	return []Permission{
		{Command: syncproto.CommandDefineUnit, Roles: []Role{Administration}},
		{Command: syncproto.CommandDefinePerson, Roles: []Role{Administration}},
		{Command: syncproto.CommandEnrolDevice, Roles: []Role{Administration}},
		{Command: syncproto.CommandRekeyDevice, Roles: []Role{Administration}},
		{Command: syncproto.CommandIssuePolicy, Roles: []Role{Administration}},
		{Command: syncproto.CommandOpen, Roles: []Role{Seat, Manager}},
		{Command: syncproto.CommandContact, Roles: []Role{Seat, Manager}},
		{Command: syncproto.CommandPromise, Roles: []Role{Seat, Manager}},
		{Command: syncproto.CommandDispatch, Roles: []Role{Seat}},
		{Command: syncproto.CommandRespond, Roles: []Role{Liaison, Engineer}},
		{Command: syncproto.CommandNote, Roles: []Role{Seat, Manager}},
		{Command: syncproto.CommandAmend, Roles: []Role{Seat, Manager}},
		{Command: syncproto.CommandFileClaim, Roles: []Role{Seat, Manager}},
		{Command: syncproto.CommandApproveClaim, Roles: []Role{Manager}},
		{Command: syncproto.CommandRejectClaim, Roles: []Role{Manager}},
		{Command: syncproto.CommandApproveWarranty, Roles: []Role{Manager}},
		{Command: syncproto.CommandTakeGrant, Roles: []Role{Manager}},
	}
}

// Scaled is the policy for practice, in which an hour of the business lasts hour: every
// deadline and holding back shrinks alike. How long a replica may be used without the
// server is no deadline of the business and stays.
func Scaled(b Body, hour syncproto.Span) Body {
	scale := func(d syncproto.Span) syncproto.Span {
		// Milliseconds keep the product of two spans inside 64 bits.
		rest := d % syncproto.Hour / syncproto.Millisecond
		return d/syncproto.Hour*hour + rest*hour/(syncproto.Hour/syncproto.Millisecond)
	}
	b.ResponseLimit, b.PromiseLimit = scale(b.ResponseLimit), scale(b.PromiseLimit)
	b.HoldAfterDue, b.HoldAfterStart = scale(b.HoldAfterDue), scale(b.HoldAfterStart)
	return b
}
