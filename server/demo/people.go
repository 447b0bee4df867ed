package demo

import (
	"fmt"

	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// Unit is a unit of the demo's organisation.
type Unit struct {
	Name, Phone string
	Kind        organisation.UnitKind
}

// Person is somebody who works in it.
type Person struct {
	Login, Name, Phone string
	Role               policy.Role
	Units              []string
}

// The units by name, where something is done by the name of one.
const (
	callCentre = "呼叫中心"
	east       = "华东区"
	north      = "华北区"
	south      = "华南区"
	west       = "西南区"
	connected  = "互联网车机部"
	quality    = "质量保证部"
	parts      = "备件供应部"
	repairs    = "售后技术部"
	sales      = "销售管理部"
	stations   = "网点服务部"
	hq         = "总部服务部"
)

// Units are the units: a call centre, four regions, six departments and headquarters.
func Units() []Unit {
	return []Unit{
		{callCentre, "400-820-0001", organisation.CallCentre},
		{east, "021-5566-2001", organisation.Region},
		{north, "010-5566-2101", organisation.Region},
		{south, "020-5566-2201", organisation.Region},
		{west, "028-5566-2301", organisation.Region},
		{connected, "021-5566-3001", organisation.Department},
		{quality, "021-5566-3101", organisation.Department},
		{parts, "021-5566-3201", organisation.Department},
		{repairs, "021-5566-3301", organisation.Department},
		{sales, "021-5566-3401", organisation.Department},
		{stations, "021-5566-3501", organisation.Department},
		{hq, "021-5566-9001", organisation.Headquarters},
	}
}

// People are the people. 华东区 has two managers, as where one stands in for the other.
func People() []Person {
	at := func(units ...string) []string { return units }
	return []Person{
		{"seat", "王芳", "400-820-0001 转 12", policy.Seat, at(callCentre)},
		{"seat2", "赵静", "400-820-0001 转 15", policy.Seat, at(callCentre)},
		{"seat3", "何雨桐", "400-820-0001 转 16", policy.Seat, at(callCentre)},
		{"seat4", "郭磊", "400-820-0001 转 18", policy.Seat, at(callCentre)},
		{"seat5", "唐婷", "400-820-0001 转 21", policy.Seat, at(callCentre)},
		{"seat6", "许文博", "400-820-0001 转 23", policy.Seat, at(callCentre)},
		{"manager", "李强", "138-1700-2001", policy.Manager, at(east)},
		{"manager2", "孙倩", "138-1700-2002", policy.Manager, at(east)},
		{"manager3", "马志远", "138-1700-2101", policy.Manager, at(north)},
		{"manager4", "梁佩珊", "138-1700-2201", policy.Manager, at(south)},
		{"manager5", "罗勇", "138-1700-2301", policy.Manager, at(west)},
		{"liaison", "陈晨", "138-1700-3001", policy.Liaison, at(connected)},
		{"liaison2", "徐立新", "138-1700-3101", policy.Liaison, at(quality)},
		{"liaison3", "方敏", "138-1700-3201", policy.Liaison, at(parts)},
		{"liaison4", "曹军", "138-1700-3301", policy.Liaison, at(repairs)},
		{"liaison5", "叶晓彤", "138-1700-3401", policy.Liaison, at(sales)},
		{"liaison6", "丁海", "138-1700-3501", policy.Liaison, at(stations)},
		{"engineer", "蒋亦凡", "138-1700-3002", policy.Engineer, at(connected)},
		{"engineer2", "潘涛", "138-1700-3302", policy.Engineer, at(repairs)},
		{"head", "刘建国", "138-1700-3000", policy.Head, at(connected)},
		{"head2", "宋玉兰", "138-1700-3100", policy.Head, at(quality)},
		{"head3", "邓伟", "138-1700-3200", policy.Head, at(parts)},
		{"head4", "冯国庆", "138-1700-3300", policy.Head, at(repairs)},
		{"head5", "姚丽", "138-1700-3400", policy.Head, at(sales)},
		{"head6", "袁浩", "138-1700-3500", policy.Head, at(stations)},
		{"vp", "高远", "138-1700-3900", policy.VicePresident, at(connected, quality, repairs)},
		{"vp2", "秦岚", "138-1700-3901", policy.VicePresident, at(parts, sales, stations)},
		{"service", "胡静", "138-1700-9002", policy.ServiceDesk, at(hq)},
		{"service2", "白洁", "138-1700-9003", policy.ServiceDesk, at(hq)},
		{"leader", "沈立", "138-1700-9900", policy.Leadership, at(hq)},
		{"hq", "周敏", "138-1700-9001", policy.Administration, at(hq)},
	}
}

// Organisation is the units and people as a log has them.
type Organisation struct {
	units  map[string]syncproto.ID // by name
	people map[string]syncproto.ID // by log-in name
}

// Person is the id of a person by log-in name.
func (o Organisation) Person(login string) syncproto.ID { return o.people[login] }

// Found makes the organisation by an operator's commands.
func Found(give func(syncproto.CommandKind, any) error, newID func() syncproto.ID) (Organisation, error) {
	o := Organisation{units: map[string]syncproto.ID{}, people: map[string]syncproto.ID{}}
	for _, u := range Units() {
		o.units[u.Name] = newID()
		define := organisation.DefineUnit{ID: o.units[u.Name], Unit: organisation.Unit{Name: u.Name, Kind: u.Kind, Phone: u.Phone}}
		if err := give(syncproto.CommandDefineUnit, define); err != nil {
			return o, fmt.Errorf("making unit %s: %w", u.Name, err)
		}
	}
	for _, p := range People() {
		o.people[p.Login] = newID()
		define := organisation.DefinePerson{ID: o.people[p.Login], Person: organisation.Person{
			Name: p.Name, Login: p.Login, Phone: p.Phone, Roles: []policy.Role{p.Role}}}
		for _, u := range p.Units {
			define.Person.Units = append(define.Person.Units, o.units[u])
		}
		if err := give(syncproto.CommandDefinePerson, define); err != nil {
			return o, fmt.Errorf("making person %s: %w", p.Login, err)
		}
	}
	return o, nil
}
