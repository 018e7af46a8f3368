package sip

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/sip/dialog"
)

// Keys of log attributes.
const (
	keyCall        = "call"
	keyLeg         = "leg"
	keySIPCallID   = "sip_call_id"
	keyPeer        = "peer"
	keyTrunk       = "trunk"
	keyProxy       = "proxy"
	keyTarget      = "target"
	keyStatus      = "status"
	keyQ850        = "q850"
	keyBy          = "by"
	keyText        = "text"
	keyCause       = "cause"
	keySource      = "source"
	keyError       = "error"
	keyCorrelation = "microsoft_correlation" // x-i, of Microsoft's support
)

// lastDigits is what a log may show of a number.
func lastDigits(number string) string { return "…" + number[max(0, len(number)-3):] }

// quiet is the handler for the SIP stack's own loggers, which print whole messages
// (facts/feasibility.md §9): the text of a record goes through once a minute,
// its attributes never.
type quiet struct {
	log   *slog.Logger
	count prometheus.Counter
	state *quietState
}

type quietState struct {
	mu   sync.Mutex
	last map[string]time.Time
}

const quietFor = time.Minute

func newQuiet(log *slog.Logger, count prometheus.Counter) *slog.Logger {
	return slog.New(&quiet{log: log, count: count, state: &quietState{last: map[string]time.Time{}}})
}

func (q *quiet) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func (q *quiet) Handle(ctx context.Context, r slog.Record) error {
	q.count.Inc()
	q.state.mu.Lock()
	last, known := q.state.last[r.Message]
	show := (known || len(q.state.last) < 64) && r.Time.Sub(last) >= quietFor
	if show {
		q.state.last[r.Message] = r.Time
	}
	q.state.mu.Unlock()
	if show {
		q.log.Log(ctx, slog.LevelInfo, "the SIP stack complains", keyText, r.Message)
	}
	return nil
}

func (q *quiet) WithAttrs([]slog.Attr) slog.Handler { return q }
func (q *quiet) WithGroup(string) slog.Handler      { return q }

// lazily is a handler that formats the attributes of a logger when something is logged:
// each leg has a logger, and most legs have nothing to say.
type lazily struct {
	h     slog.Handler
	attrs []slog.Attr
}

func (l lazily) Enabled(ctx context.Context, level slog.Level) bool { return l.h.Enabled(ctx, level) }

func (l lazily) Handle(ctx context.Context, r slog.Record) error {
	return l.h.WithAttrs(l.attrs).Handle(ctx, r)
}

func (l lazily) WithAttrs(attrs []slog.Attr) slog.Handler {
	return lazily{l.h, append(l.attrs[:len(l.attrs):len(l.attrs)], attrs...)}
}

func (l lazily) WithGroup(name string) slog.Handler { return l.h.WithAttrs(l.attrs).WithGroup(name) }

// microsoftID is x-i in a Contact of Microsoft's: the id that their support wants to
// hear, and that also stands in Reason (facts/direct-routing.md §6.2).
func microsoftID(m headed) string {
	for _, contact := range dialog.List(m, "Contact", "m") {
		for part := range strings.SplitSeq(dialog.AddrSpec(contact), ";") {
			if id, ok := strings.CutPrefix(part, "x-i="); ok {
				return id
			}
		}
	}
	return ""
}

// microsoftHeaders are the X-MS headers of a message but those of customers, as they
// are logged (facts/direct-routing.md §11).
func microsoftHeaders(m interface{ Headers() []sipmsg.Header }) slog.Attr {
	var list []any
	for _, h := range m.Headers() {
		name := strings.ToLower(h.Name())
		if strings.HasPrefix(name, "x-ms-") && !strings.HasPrefix(name, "x-ms-custom-") {
			list = append(list, slog.String(h.Name(), h.Value()))
		}
	}
	return slog.Group("x_ms", list...)
}
