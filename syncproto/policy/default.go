package policy

import (
	"slices"

	"redress/syncproto"
)

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

		ResolutionLimit:     48 * syncproto.Hour,
		HeadLimit:           24 * syncproto.Hour,
		ResolutionBasis:     FromFirstContact,
		AgeingLimits:        []syncproto.Span{5 * syncproto.Day, 10 * syncproto.Day},
		RecipientResponse:   2 * syncproto.Hour,
		RecipientResolution: 24 * syncproto.Hour,
		RemindEvery:         4 * syncproto.Hour,
		Reminders:           3,
		DisputeLimit:        7 * syncproto.Day,
		ReopenGrace:         24 * syncproto.Hour,
		ShareTolerance:      1000,
		NextMonthFrom:       25,

		May: defaultMay(),
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
		{Command: syncproto.CommandRevokeDevice, Roles: []Role{Administration}},
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
		{Command: syncproto.CommandRejectClaim, Roles: []Role{Manager, ServiceDesk}},
		{Command: syncproto.CommandApproveWarranty, Roles: []Role{Manager}},
		{Command: syncproto.CommandTakeGrant, Roles: []Role{Manager}},
		{Command: syncproto.CommandProposeSolved, Roles: []Role{Liaison, Engineer}},
		{Command: syncproto.CommandAcceptProposal, Roles: []Role{Seat}},
		{Command: syncproto.CommandRefuseProposal, Roles: []Role{Seat}},
		{Command: syncproto.CommandFinalResponse, Roles: []Role{Seat}},
		{Command: syncproto.CommandClose, Roles: []Role{Seat}},
		{Command: syncproto.CommandReopen, Roles: []Role{Seat}},
		{Command: syncproto.CommandActOn, Roles: []Role{Head, VicePresident, ServiceDesk, Leadership}},
		{Command: syncproto.CommandDeEscalate, Roles: []Role{Head, VicePresident, ServiceDesk, Leadership}},
		{Command: syncproto.CommandDecideDispute, Roles: []Role{ServiceDesk}},
		{Command: syncproto.CommandAmendClaim, Roles: []Role{Seat, Manager}},
		{Command: syncproto.CommandSendBack, Roles: []Role{Manager}},
		{Command: syncproto.CommandRouteUp, Roles: []Role{Manager}},
		{Command: syncproto.CommandApproveAbove, Roles: []Role{ServiceDesk}},
		{Command: syncproto.CommandReverse, Roles: []Role{ServiceDesk}},
		{Command: syncproto.CommandReturnGrant, Roles: []Role{Manager}},
		{Command: syncproto.CommandMoveAuthority, Roles: []Role{Manager}},
		{Command: syncproto.CommandSetLimit, Roles: []Role{Administration}},
		{Command: syncproto.CommandWriteOff, Roles: []Role{Administration}},
	}
}

// Complete gives a policy from before a rule existed what the default says of that rule:
// its limits, and who may give its commands. What the policy does say stays.
func Complete(b Body) Body {
	standard := Default(b.Number)
	orElse := func(value *syncproto.Span, otherwise syncproto.Span) {
		if *value == 0 {
			*value = otherwise
		}
	}
	orElse(&b.ResolutionLimit, standard.ResolutionLimit)
	orElse(&b.HeadLimit, standard.HeadLimit)
	orElse(&b.RecipientResponse, standard.RecipientResponse)
	orElse(&b.RecipientResolution, standard.RecipientResolution)
	orElse(&b.DisputeLimit, standard.DisputeLimit)
	orElse(&b.ReopenGrace, standard.ReopenGrace)
	if b.ResolutionBasis == 0 {
		b.ResolutionBasis = standard.ResolutionBasis
	}
	if len(b.AgeingLimits) == 0 {
		b.AgeingLimits = standard.AgeingLimits
	}
	if b.RemindEvery == 0 {
		b.RemindEvery, b.Reminders = standard.RemindEvery, standard.Reminders
	}
	if b.ShareTolerance == 0 {
		b.ShareTolerance = standard.ShareTolerance
	}
	if b.NextMonthFrom == 0 {
		b.NextMonthFrom = standard.NextMonthFrom
	}
	for _, p := range standard.May {
		if !slices.ContainsFunc(b.May, func(there Permission) bool { return there.Command == p.Command }) {
			b.May = append(slices.Clone(b.May), p)
		}
	}
	return b
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
	b.ResolutionLimit, b.HeadLimit = scale(b.ResolutionLimit), scale(b.HeadLimit)
	b.RecipientResponse, b.RecipientResolution = scale(b.RecipientResponse), scale(b.RecipientResolution)
	b.RemindEvery, b.DisputeLimit, b.ReopenGrace = scale(b.RemindEvery), scale(b.DisputeLimit), scale(b.ReopenGrace)
	b.AgeingLimits = slices.Clone(b.AgeingLimits)
	for i := range b.AgeingLimits {
		b.AgeingLimits[i] = scale(b.AgeingLimits[i])
	}
	return b
}
