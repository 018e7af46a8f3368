package admin

import (
	"context"
	"encoding/csv"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Usage is what a tenant's calls of one month come to, as the API shows it.
type Usage struct {
	Month      string    `json:"month" doc:"In which the calls started, UTC." example:"2026-11"`
	Tenant     tenant.ID `json:"tenant" doc:"The tenant whose calls they were." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	TenantName string    `json:"tenant_name,omitempty" doc:"What people call the tenant now." example:"Contoso Airlines"`
	Agents     int64     `json:"agents" doc:"How many different agents talked." example:"17"`
	Inbound    Traffic   `json:"inbound" doc:"Calls that a caller began."`
	Outbound   Traffic   `json:"outbound" doc:"Calls that began here, with an agent."`
	Guest      Traffic   `json:"guest" doc:"Calls of the provider's that we were a guest of: talk is how long, people are whom we added."`
}

// Traffic is what calls of one direction come to.
type Traffic struct {
	Calls     int64   `json:"calls" doc:"Whatever became of them." example:"1250"`
	Connected int64   `json:"connected" doc:"In which somebody talked." example:"1188"`
	TalkS     float64 `json:"talk_s" doc:"Seconds of talk." example:"286308.4"`
	Minutes   int64   `json:"minutes" doc:"Minutes of talk, each call's rounded up." example:"5360"`
	PeopleS   float64 `json:"people_s" doc:"Seconds that people from Teams were in the calls, each for himself: two at once count twice." example:"301200.1"`
}

func showUsage(u call.Usage) Usage {
	return Usage{Month: u.Month.String(), Tenant: u.Tenant, Agents: u.Agents, Inbound: showTraffic(u.Inbound), Outbound: showTraffic(u.Outbound), Guest: showTraffic(u.Guest)}
}

func showTraffic(t call.Traffic) Traffic {
	return Traffic{Calls: t.Calls, Connected: t.Connected, TalkS: seconds(t.Talk), Minutes: t.Minutes, PeopleS: seconds(t.People)}
}

type (
	UsageSpan struct {
		Tenant string `query:"tenant" maxLength:"64" doc:"Only of this tenant." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
		From   string `query:"from" maxLength:"7" doc:"The first month." example:"2026-01"`
		To     string `query:"to" maxLength:"7" doc:"The last month, itself included." example:"2026-11"`
	}
	usageQuery struct {
		UsageSpan
		PageQuery
	}
)

// span reads the months that are asked for.
func (q UsageSpan) span() (m call.Months, err error) {
	var p fault.Problems
	for _, end := range []struct {
		name, value string
		to          *call.Month
	}{{"from", q.From, &m.From}, {"to", q.To, &m.To}} {
		if end.value == "" {
			continue
		}
		if *end.to, err = call.ParseMonth(end.value); err != nil {
			p.Add(end.name, "must be a month such as 2026-11")
		}
	}
	if q.From != "" && q.To != "" && m.To.First().Before(m.From.First()) {
		p.Add("to", "must not be before from")
	}
	return m, inQuery(p.Err("query_invalid", "the query is not valid"))
}

// A row of usage is named by its month and its tenant.
func usageName(u call.Usage) string { return u.Month.String() + "/" + string(u.Tenant) }

func usageKey(name string) (*call.UsageKey, error) {
	month, of, _ := strings.Cut(name, "/")
	m, err := call.ParseMonth(month)
	if err != nil {
		return nil, err
	}
	id, err := tenant.ParseID(of)
	return &call.UsageKey{Month: m, Tenant: id}, err
}

func isUsageName(s string) bool {
	_, err := usageKey(s)
	return err == nil
}

func (s *server) listUsage(ctx context.Context, in *usageQuery) (*shown[Page[Usage]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	span, err := in.span()
	if err != nil {
		return nil, err
	}
	page, err := list[call.Usage, Usage]{
		name: "usage", valid: isUsageName, show: showUsage, last: usageName,
		fetch: func(after string, limit int) ([]call.Usage, error) {
			key, _ := usageKey(after) // isUsageName, or ""
			if after == "" {
				key = nil
			}
			return s.deps.Calls.ListUsage(ctx, of, span, key, limit)
		},
	}.page(in.PageQuery)
	return named(ctx, s, page, err, func(v *Usage) (tenant.ID, *string) { return v.Tenant, &v.TenantName })
}

// exportUsage writes what listUsage lists, with a column for each number.
func (s *server) exportUsage(ctx context.Context, in *UsageSpan) (*huma.StreamResponse, error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	span, err := in.span()
	if err != nil {
		return nil, err
	}
	first, err := s.deps.Calls.ListUsage(ctx, of, span, nil, provider.MaxPage)
	if err != nil {
		return nil, err
	}
	return s.csvFile(ctx, "usage.csv", func(w *csv.Writer) error { return s.writeUsage(ctx, w, of, span, first) }), nil
}

func (s *server) writeUsage(ctx context.Context, w *csv.Writer, of tenant.ID, span call.Months, page []call.Usage) error {
	head := []string{"month", "tenant", "tenant_name", "agents"}
	for _, direction := range []string{"inbound_", "outbound_", "guest_"} {
		for _, column := range []string{"calls", "connected", "talk_s", "minutes", "people_s"} {
			head = append(head, direction+column)
		}
	}
	_ = w.Write(head)
	for len(page) > 0 {
		ids := make([]tenant.ID, 0, len(page))
		for _, u := range page {
			ids = append(ids, u.Tenant)
		}
		names, err := s.deps.Tenants.TenantNames(ctx, callerOf(ctx).Tenant, ids)
		if err != nil {
			return err
		}
		for _, u := range page {
			row := []string{u.Month.String(), string(u.Tenant), cell(names[u.Tenant]), strconv.FormatInt(u.Agents, 10)}
			for _, t := range []Traffic{showTraffic(u.Inbound), showTraffic(u.Outbound), showTraffic(u.Guest)} {
				row = append(row, strconv.FormatInt(t.Calls, 10), strconv.FormatInt(t.Connected, 10), decimal(t.TalkS), strconv.FormatInt(t.Minutes, 10), decimal(t.PeopleS))
			}
			_ = w.Write(row)
		}
		last := page[len(page)-1]
		if page, err = s.deps.Calls.ListUsage(ctx, of, span, &call.UsageKey{Month: last.Month, Tenant: last.Tenant}, provider.MaxPage); err != nil {
			return err
		}
	}
	return nil
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
