package gateway

import (
	"context"
	"net/http"

	"redress/syncproto"
)

// desks answers who watches over the offices: when each desk was heard last.
func (d *Door) desks(w http.ResponseWriter, r *http.Request) {
	serve(d, w, r, func(ctx context.Context, q syncproto.DesksRequest) (syncproto.DesksAnswer, string, error) {
		now := d.Clock()
		if err := d.Access.Watcher(ctx, now, q); err != nil {
			return syncproto.DesksAnswer{}, "", err
		}
		some, more := d.Sockets.Hub.Attendance.Desks(q.After, syncproto.MaxDesks)
		return syncproto.DesksAnswer{Time: now, Desks: some, More: more}, "", nil
	}, func(_ syncproto.DesksRequest, from string, now syncproto.Instant) syncproto.Span {
		return d.byWatcher.Take(from, now)
	})
}
