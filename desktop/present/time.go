package present

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"redress/syncproto"
)

// when is a moment as people say it: 12:00 today, 明天 09:10, 11月25日 18:00.
func (s Scene) when(t syncproto.Instant) string {
	if t == 0 {
		return ""
	}
	at, now := t.Time(), s.Now.Time()
	clock := at.Format("15:04")
	switch days(now, at) {
	case 0:
		return clock
	case 1:
		return s.Words("time.tomorrowAt", "Time", clock)
	case -1:
		return s.Words("time.yesterdayAt", "Time", clock)
	}
	if at.Year() == now.Year() {
		return s.Words("time.dayAt", "Month", s.monthWord(at.Month()), "Day", at.Day(), "Time", clock)
	}
	return s.Words("time.dateAt", "Year", at.Year(), "Month", s.monthWord(at.Month()), "Day", at.Day(), "Time", clock)
}

// monthWord is a month as it stands in a date: 11 in Chinese, Nov in English.
func (s Scene) monthWord(m time.Month) string { return s.Words("month.name." + strconv.Itoa(int(m))) }

// moment is when to the second, for what is decided by seconds: 11:59:48, 昨天 23:00:00.
func (s Scene) moment(t syncproto.Instant) string {
	minute := t.Time().Format("15:04")
	return strings.Replace(s.when(t), minute, t.Time().Format("15:04:05"), 1)
}

// days is how many calendar days there are from one moment to another.
func days(from, to time.Time) int {
	noon := func(t time.Time) time.Time {
		y, m, d := t.Date()
		return time.Date(y, m, d, 12, 0, 0, 0, t.Location())
	}
	return int(noon(to).Sub(noon(from)).Hours() / 24)
}

// span is a length of time as short as it can be read: 45 秒, 0:32, 5:10, 2 天 3 小时.
func (s Scene) span(d syncproto.Span) string {
	d = abs(d)
	switch {
	case d < syncproto.Minute:
		return s.Words("time.seconds", "N", int64(d/syncproto.Second))
	case d < syncproto.Day:
		return fmt.Sprintf("%d:%02d", d/syncproto.Hour, d%syncproto.Hour/syncproto.Minute)
	case d%syncproto.Day < syncproto.Hour:
		return s.Words("time.days", "N", int64(d/syncproto.Day))
	}
	return s.Words("time.days", "N", int64(d/syncproto.Day)) + " " + s.Words("time.hours", "N", int64(d%syncproto.Day/syncproto.Hour))
}

// roughly is a length of time to the unit that matters: 45 秒, 12 分钟, 5 小时, 2 天 3 小时.
func (s Scene) roughly(d syncproto.Span) string {
	switch d = abs(d); {
	case d < syncproto.Minute || d >= syncproto.Day:
		return s.span(d)
	case d < syncproto.Hour:
		return s.Words("time.minutes", "N", int64(d/syncproto.Minute))
	}
	return s.Words("time.hours", "N", int64(d/syncproto.Hour))
}

// left is the time to a due instant: 还剩 1:50, or 超时 0:10 after it.
func (s Scene) left(due syncproto.Instant) string {
	if due >= s.Now {
		return s.Words("time.left", "Span", s.span(due.Sub(s.Now)))
	}
	return s.Words("time.over", "Span", s.span(s.Now.Sub(due)))
}

// length is how long a limit is, in the unit people know it by: 48 小时, 5 天, 30 分钟.
func (s Scene) length(d syncproto.Span) string {
	switch {
	case d >= 3*syncproto.Day && d%syncproto.Day == 0:
		return s.Words("time.days", "N", int64(d/syncproto.Day))
	case d >= syncproto.Hour && d%syncproto.Hour == 0:
		return s.Words("time.hours", "N", int64(d/syncproto.Hour))
	case d >= syncproto.Minute:
		return s.Words("time.minutes", "N", int64(d/syncproto.Minute))
	}
	return s.Words("time.seconds", "N", int64(d/syncproto.Second))
}
