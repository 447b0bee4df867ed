package present

import (
	"context"
	"slices"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// How much is shown of who calls, and how many tickets are looked at for it.
const (
	MaxCallers       = 3
	MaxCallerTickets = 3
	callerWindow     = 60
)

// Caller is a customer with a car, as earlier tickets on this desk know them.
type Caller struct {
	Name  string
	Phone string // the number that was typed, whole; else the first
	VIN   string
	Model string
	// Region and Station are those of the newest ticket: where the customer is at home.
	Region  syncproto.ID
	Station string
	// Open are the tickets that are not closed, newest first; Others says how many more there
	// are, and Closed how many are closed.
	Open   []CallerTicket
	Others string
	Closed string

	phones []string
	newest syncproto.Instant
	open   int
	closed int
}

// CallerTicket is an open ticket of a caller.
type CallerTicket struct {
	Ticket  syncproto.ID
	Number  string
	Subject string
	Urgency Urgency
	Left    string
}

// Text is the caller in lines.
func (c Caller) Text() []string {
	lines := []string{line(c.Name, c.Phone, c.VIN, c.Model, c.Closed)}
	for _, t := range c.Open {
		lines = append(lines, line(t.Number, t.Subject, t.Left))
	}
	if c.Others != "" {
		lines = append(lines, c.Others)
	}
	return lines
}

// Recognises says that enough of a telephone number or VIN is typed to tell of a caller.
func Recognises(typed string) bool {
	return len([]rune(strings.Join(strings.Fields(typed), ""))) >= replica.CallerFrom
}

// Callers are whoever a telephone number or a VIN may be of, as far as it is typed, those
// heard of last first; at most MaxCallers. Nothing is asked of the server.
func (d Desk) Callers(ctx context.Context, at syncproto.Reading, typed string) ([]Caller, error) {
	found, err := d.Replica.Callers(ctx, typed, callerWindow)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	causes, err := d.startedOn(ctx, rowsOf(found))
	if err != nil {
		return nil, err
	}
	return d.Scene(at).callers(found, typed, causes), nil
}

func (s Scene) callers(found []replica.Found, typed string, causes map[syncproto.ID]onItsWay) []Caller {
	var callers []Caller
	for _, f := range found {
		body, is := f.Body.(ticket.Body)
		if !is {
			continue
		}
		at := slices.IndexFunc(callers, func(c Caller) bool {
			return c.Name == f.Known.Name && c.VIN == f.Known.VIN && slices.Equal(c.phones, f.Known.Phones)
		})
		if at < 0 {
			if len(callers) == MaxCallers {
				continue
			}
			at = len(callers)
			callers = append(callers, Caller{Name: f.Known.Name, Phone: likeliest(f.Known.Phones, typed), VIN: f.Known.VIN, Model: f.Known.Model, phones: f.Known.Phones})
		}
		c := &callers[at]
		if c.Region.IsZero() || body.FirstContact > c.newest {
			c.Region, c.Station, c.newest = body.Region, body.Station, body.FirstContact
		}
		if !body.IsOpen() {
			c.closed++
			continue
		}
		if c.open++; len(c.Open) < MaxCallerTickets {
			row := s.row(f.Row, body, causes)
			c.Open = append(c.Open, CallerTicket{Ticket: f.Ref.ID, Number: body.Number, Subject: body.Subject, Urgency: row.Urgency, Left: row.Left})
		}
	}
	for i := range callers {
		c := &callers[i]
		if more := c.open - len(c.Open); more > 0 {
			c.Others = s.Words("caller.others", "N", more)
		}
		if c.closed > 0 {
			c.Closed = s.Words("caller.closed", "N", c.closed)
		}
	}
	return callers
}

// likeliest is the number of a customer that was typed, or begun; else the first.
func likeliest(phones []string, typed string) string {
	query := replica.ReadQuery(typed)
	for _, phone := range phones {
		if query.IsOf(phone) {
			return phone
		}
	}
	if len(phones) > 0 {
		return phones[0]
	}
	return ""
}
