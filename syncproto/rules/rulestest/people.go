package rulestest

import (
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// The people of the stories, with the units they belong to. Each works on one device.
var (
	CallCentre   = unit("呼叫中心")
	EastRegion   = unit("华东区")
	NorthRegion  = unit("华北区")
	ConnectedCar = unit("互联网车机部")
	Quality      = unit("品质保证部")
	Headquarters = unit("总部")

	Seat       = person("李静")
	OtherSeat  = person("孙丽")
	Manager    = person("王强")
	Substitute = person("赵敏") // the other manager of 华东区
	Northerner = person("周涛") // manager of 华北区
	Liaison    = person("陈伟") // of 互联网车机部
	Engineer   = person("林峰") // of 互联网车机部
	CarHead    = person("吴刚") // 部长 of 互联网车机部
	QualityMan = person("郑凯") // liaison of 品质保证部
	Office     = person("黄颖") // administration at headquarters
	VicePres   = person("钱勇") // 分管副总 of 互联网车机部
	Service    = person("何琳") // 服务部
	Leader     = person("郭毅") // 领导
)

func unit(name string) syncproto.ID   { return syncproto.Derive("unit " + name) }
func person(name string) syncproto.ID { return syncproto.Derive("person " + name) }

// DeviceOf is the device that a person works on, and its incarnation.
func DeviceOf(person syncproto.ID) (device, incarnation syncproto.ID) {
	return syncproto.Derive("device", person), syncproto.Derive("incarnation", person)
}

// Morning is 2026-11-23 09:00 in Shanghai, when the stories begin.
const Morning = syncproto.Instant(1_795_395_600_000_000)

// NewLog is a log in the morning with people, devices and the default policy.
func NewLog() *Log {
	l := &Log{Now: Morning, Careless: true}
	operate := func(kind syncproto.CommandKind, command any) {
		if r := l.Give(Given{Kind: kind, Command: command, Operator: "test"}); r.Outcome != syncproto.Accepted {
			panic(r)
		}
	}
	operate(syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(1)})
	for _, u := range []organisation.Unit{
		{Name: "呼叫中心", Kind: organisation.CallCentre}, {Name: "华东区", Kind: organisation.Region},
		{Name: "华北区", Kind: organisation.Region}, {Name: "互联网车机部", Kind: organisation.Department, Phone: "8021"},
		{Name: "品质保证部", Kind: organisation.Department}, {Name: "总部", Kind: organisation.Headquarters},
	} {
		operate(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: unit(u.Name), Unit: u})
	}
	for _, p := range []struct {
		name, login string
		unit        syncproto.ID
		role        policy.Role
	}{
		{"李静", "lijing", CallCentre, policy.Seat}, {"孙丽", "sunli", CallCentre, policy.Seat},
		{"王强", "wangqiang", EastRegion, policy.Manager}, {"赵敏", "zhaomin", EastRegion, policy.Manager},
		{"周涛", "zhoutao", NorthRegion, policy.Manager}, {"陈伟", "chenwei", ConnectedCar, policy.Liaison},
		{"林峰", "linfeng", ConnectedCar, policy.Engineer}, {"吴刚", "wugang", ConnectedCar, policy.Head},
		{"郑凯", "zhengkai", Quality, policy.Liaison}, {"黄颖", "huangying", Headquarters, policy.Administration},
		{"钱勇", "qianyong", ConnectedCar, policy.VicePresident}, {"何琳", "helin", Headquarters, policy.ServiceDesk},
		{"郭毅", "guoyi", Headquarters, policy.Leadership},
	} {
		id := person(p.name)
		operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: id, Person: organisation.Person{
			Name: p.name, Login: p.login, Roles: []policy.Role{p.role}, Units: []syncproto.ID{p.unit}}})
		device, incarnation := DeviceOf(id)
		operate(syncproto.CommandEnrolDevice, organisation.EnrolDevice{ID: device, Device: organisation.Device{
			Person: id, Name: p.name, Code: device.String()[:4], Key: make([]byte, 32), Incarnation: incarnation}})
	}
	l.Careless = false
	return l
}

// By completes a command with a person's device.
func By(person syncproto.ID, kind syncproto.CommandKind, command any) Given {
	g := Given{Kind: kind, Command: command, Person: person}
	g.Device, g.Incarnation = DeviceOf(person)
	return g
}

// Done completes a command with when it was done: at some moment in the interval.
func (g Given) Done(at syncproto.Instant, within syncproto.Interval) Given {
	g.At, g.Within = at, within
	return g
}

// Body is what a document of the log says; the zero value where it is not there.
func Body[T any](l *Log, ref syncproto.Ref) T {
	body, _ := decision.Body[T](l.Docs, ref)
	return body
}

// Codes are the codes of the result's findings.
func (r Result) Codes() []syncproto.Code {
	codes := make([]syncproto.Code, 0, len(r.Findings))
	for _, f := range r.Findings {
		codes = append(codes, f.Code)
	}
	return codes
}
