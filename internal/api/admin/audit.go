package admin

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Who did what: each request that changed something leaves one line in the trail
// of its tenant, written here for all routes. The functions that find the thing
// of a path say whose it is and what it is called ([concerns]); what has no tenant goes to the provider's
// own trail. Work of package onboarding writes its own lines, which know more
// than a request can tell ([leavesTrail]).

// leavesTrail says of an operation that the work behind it writes the lines.
func leavesTrail(id string) bool {
	return slices.Contains([]string{
		"invite", "revokeInvitation", "askConsent", "checkConsent", "handOver", "checkFederation", "cancelFederationCheck", "nameTestUser", "forgetTestUser", "addAgents",
		"addAgentGroup", "removeAgentGroup", "pauseAgent", "resumeAgent", "checkAgents", "cancelAgentCheck", "makeTestCall", "hangUpTestCall", "pauseTenant",
		"resumeTenant", "offboardTenant",
	}, id)
}

// onlyLooks says of an operation that it changes nothing, although it is a POST.
func onlyLooks(id string) bool { return slices.Contains([]string{"validateFlow", "rehearseFlow"}, id) }

// concerns notes whose thing a request is about, and what people call it; "" if its
// id says that.
func concerns(ctx context.Context, t tenant.ID, called string) {
	r := requestOf(ctx)
	r.tenant, r.called = t, called
}

// recorded writes the line of a route that changes something.
func (s *server) recorded(r route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		g := humagin.Unwrap(ctx)
		sent := &copied{ReadCloser: g.Request.Body}
		g.Request.Body = sent
		next(ctx)
		if status := ctx.Status(); status < 200 || status > 299 {
			return
		}
		subject := g.Writer.Header().Get("Location")
		subject = subject[strings.LastIndex(subject, "/")+1:]
		for _, p := range g.Params { // the last one is the thing
			subject = p.Value
		}
		s.record(ctx.Context(), r.id, subject, changes(sent.bytes.Bytes()))
	}
}

// record writes a line. What it tells of is done: that the line is missing is a
// defect to be looked at, and no reason to say that it failed.
func (s *server) record(ctx context.Context, action, subject string, detail json.RawMessage) {
	d, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	r, by := requestOf(ctx), callerOf(ctx).actor
	e := provider.Entry{
		Tenant: r.tenant, Actor: by.ID, ActorName: by.Name, Action: action, Subject: subject, SubjectName: r.called, Detail: detail,
	}
	if err := s.deps.Audit.Audit(d, r.tenant, e); err != nil {
		s.log.ErrorContext(ctx, "audit line not written", "request", r.id, "action", action, "error", err)
	}
}

// maxDetail is the size of what a line repeats of a request, in bytes.
const maxDetail = 4 << 10

// untold are the members of bodies that a trail must not have: secrets, and what
// is the customer's own.
func untold() []string { return []string{"password", "access_key", "context", "url"} }

// changes is what a request asked for, without what must not be told.
func changes(body []byte) json.RawMessage {
	var members map[string]any
	if json.Unmarshal(body, &members) != nil || len(members) == 0 {
		return nil
	}
	for name := range members {
		if slices.Contains(untold(), name) {
			members[name] = "…"
		}
	}
	detail, err := json.Marshal(members)
	if err != nil || len(detail) > maxDetail {
		names := slices.Sorted(maps.Keys(members))
		detail, _ = json.Marshal(map[string]any{"members": names[:min(len(names), 32)]}) // strings can be encoded
	}
	return detail
}

// copied keeps what is read of a body, as far as a line may need it.
type copied struct {
	io.ReadCloser
	bytes bytes.Buffer
}

func (c *copied) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	if c.bytes.Len() <= maxBody {
		c.bytes.Write(b[:n])
	}
	return n, err
}

// AuditEntry is a line of the trail.
type AuditEntry struct {
	ID          int64           `json:"id" doc:"Rises with time." example:"4711"`
	At          time.Time       `json:"at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	Tenant      tenant.ID       `json:"tenant,omitempty" doc:"Whose trail it is in; absent: about the installation as a whole." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	TenantName  string          `json:"tenant_name,omitempty" doc:"What people call the tenant now; in lists only." example:"Contoso Airlines"`
	Actor       string          `json:"actor" doc:"Who did it: user:<object id in Entra>, key:<id of the API key>, or tandem for what happened by itself." example:"user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	ActorName   string          `json:"actor_name,omitempty" doc:"What the person, or the key, was called then; absent: nobody knew." example:"Adele Vance"`
	Action      string          `json:"action" doc:"What was done." example:"agent.pause"`
	Subject     string          `json:"subject,omitempty" doc:"To what: mostly an id." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	SubjectName string          `json:"subject_name,omitempty" doc:"What that was called then; absent: nobody knew, or the id says it." example:"Ben Walters"`
	Detail      json.RawMessage `json:"detail,omitempty" doc:"What changed; without secrets." example:"{\"name\":\"Adele Vance\"}"`
}

func showEntry(e provider.Entry) AuditEntry {
	return AuditEntry{
		ID: e.ID, At: e.At.UTC(), Tenant: e.Tenant, Actor: e.Actor, ActorName: e.ActorName, Action: e.Action, Subject: e.Subject,
		SubjectName: e.SubjectName, Detail: e.Detail,
	}
}

func isPlace(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && n > 0
}

func place(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // isPlace, or ""
	return n
}

func (s *server) listAudit(ctx context.Context, in *OfTenant) (*shown[Page[AuditEntry]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := list[provider.Entry, AuditEntry]{
		name: "audit", valid: isPlace, show: showEntry,
		last: func(e provider.Entry) string { return strconv.FormatInt(e.ID, 10) },
		fetch: func(before string, limit int) ([]provider.Entry, error) {
			return s.deps.Audit.ListAudit(ctx, of, place(before), limit)
		},
	}.page(in.PageQuery)
	return named(ctx, s, page, err, func(v *AuditEntry) (tenant.ID, *string) { return v.Tenant, &v.TenantName })
}

type auditExport struct {
	Tenant string `query:"tenant" maxLength:"64" doc:"Only of this tenant." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
}

// exportAudit writes the whole trail, page by page.
func (s *server) exportAudit(ctx context.Context, in *auditExport) (*huma.StreamResponse, error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	first, err := s.deps.Audit.ListAudit(ctx, of, 0, provider.MaxPage)
	if err != nil {
		return nil, err
	}
	return s.csvFile(ctx, "audit.csv", func(w *csv.Writer) error { return s.writeAudit(ctx, w, of, first) }), nil
}

func (s *server) writeAudit(ctx context.Context, w *csv.Writer, of tenant.ID, page []provider.Entry) error {
	_ = w.Write([]string{"id", "at", "tenant", "actor", "actor_name", "action", "subject", "subject_name", "detail"})
	for len(page) > 0 {
		for _, e := range page {
			_ = w.Write([]string{
				strconv.FormatInt(e.ID, 10), e.At.UTC().Format(time.RFC3339), string(e.Tenant), cell(e.Actor), cell(e.ActorName), cell(e.Action),
				cell(e.Subject), cell(e.SubjectName), cell(string(e.Detail)),
			})
		}
		var err error
		if page, err = s.deps.Audit.ListAudit(ctx, of, page[len(page)-1].ID, provider.MaxPage); err != nil {
			return err
		}
	}
	return nil
}
