package admin

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tandem/internal/api/problem"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// InvitationsCreate is up to 500 organisations to invite.
type InvitationsCreate struct {
	Items []InvitationCreate `json:"items" nullable:"false" minItems:"1" maxItems:"500" doc:"Each is done by itself: one that is refused keeps no other back."`
}

// InvitationCreate is one of them. What is wrong with it is said of it alone, so
// the schema does not say it of the whole request.
type InvitationCreate struct {
	Tenant        string `json:"tenant,omitempty" doc:"Id of a tenant that exists; instead of the four members that make a new one." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Name          string `json:"name,omitempty" doc:"What people call the new tenant." example:"Contoso Airlines"`
	HomeRegion    string `json:"home_region,omitempty" doc:"Id of the region where its data and its calls stay." example:"eu"`
	EntraTenantID string `json:"entra_tenant_id,omitempty" doc:"Its directory (tenant) id in Entra, if it is known: then only its own admins can use the link." example:"2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11"`
	Note          string `json:"note,omitempty" doc:"Whom the link is meant for." example:"Adele Vance, IT"`
	ExpiresInDays int    `json:"expires_in_days,omitempty" doc:"From 1 to 90; without it 14." example:"14"`
}

// Invited is what became of one.
type Invited struct {
	Index      int                 `json:"index" doc:"Its place in the request, from 0." example:"0"`
	State      string              `json:"state" enum:"created,refused" doc:"What became of it."`
	Tenant     tenant.ID           `json:"tenant,omitempty" doc:"The tenant that is invited; also of one that was made before the invitation was refused." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Invitation tenant.InvitationID `json:"invitation,omitempty" doc:"Id of the invitation; not secret." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	Link       string              `json:"link,omitempty" doc:"For the customer's admin: whoever has it can begin. It is told in this answer and never again." example:"https://tandem.example.net/onboard/3sVq8Yd0Yt2R1cW9sJq2AkM4"`
	ExpiresAt  *time.Time          `json:"expires_at,omitempty" doc:"When the link stops working." example:"2026-12-06T09:30:00Z"`
	Problem    *RowProblem         `json:"problem,omitempty" doc:"Why it was refused."`
}

// RowProblem is a problem of one row.
type RowProblem struct {
	Code   string            `json:"code" doc:"What is wrong, for programs." example:"tenant_exists"`
	Detail string            `json:"detail" doc:"What is wrong, for people." example:"a tenant with this Entra tenant id exists already"`
	Errors []problem.Mistake `json:"errors,omitempty" nullable:"false" doc:"Everything wrong with the row."`
}

// InvitedList is what became of all.
type InvitedList struct {
	Items []Invited `json:"items" nullable:"false" doc:"In the order of the request."`
}

// Invitation is an invitation as the API shows it; its link is told once.
type Invitation struct {
	ID         tenant.InvitationID `json:"id" doc:"A UUID; not secret." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	Tenant     tenant.ID           `json:"tenant" doc:"Who is invited." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	TenantName string              `json:"tenant_name,omitempty" doc:"What people call the tenant; in lists only." example:"Contoso Airlines"`
	Kind       string              `json:"kind" enum:"welcome,handover" doc:"Whether the provider invites a customer, or one admin asks another."`
	Step       string              `json:"step,omitempty" doc:"Of a handover: what the other admin is asked to do." example:"consent"`
	State      string              `json:"state" enum:"open,used,revoked,expired" doc:"What became of it."`
	Note       string              `json:"note,omitempty" doc:"Whom it was meant for." example:"Adele Vance, IT"`
	CreatedBy  string              `json:"created_by" doc:"Who made it, as in the audit trail." example:"key:6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11"`
	CreatedAt  time.Time           `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ExpiresAt  time.Time           `json:"expires_at" doc:"When the link stops working." example:"2026-12-06T09:30:00Z"`
	RevokedAt  *time.Time          `json:"revoked_at,omitempty" doc:"When it was withdrawn." example:"2026-11-23T09:30:00Z"`
	UsedAt     *time.Time          `json:"used_at,omitempty" doc:"When an admin came in by it." example:"2026-11-23T09:30:00Z"`
	UsedBy     string              `json:"used_by,omitempty" doc:"The admin's name." example:"Adele Vance"`
}

func (s *server) showInvitation(i tenant.Invitation) Invitation {
	return Invitation{
		ID: i.ID, Tenant: i.Tenant, Kind: string(i.Kind), Step: string(i.Step), State: string(i.State(s.cfg.Now())), Note: i.Note,
		CreatedBy: i.CreatedBy, CreatedAt: i.CreatedAt.UTC(), ExpiresAt: i.ExpiresAt.UTC(), RevokedAt: at(i.RevokedAt),
		UsedAt: at(i.UsedAt), UsedBy: i.UsedBy,
	}
}

type (
	invitationsCreate struct{ Body InvitationsCreate }
	// InvitationPath names an invitation.
	InvitationPath struct {
		Invitation string `path:"invitation" maxLength:"64" doc:"Id of the invitation." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	}
)

func (s *server) invite(ctx context.Context, in *invitationsCreate) (*shown[InvitedList], error) {
	out := &shown[InvitedList]{Body: InvitedList{Items: make([]Invited, 0, len(in.Body.Items))}}
	for i, item := range in.Body.Items {
		row := Invited{Index: i, State: "created"}
		made, link, err := s.inviteOne(ctx, item, &row.Tenant)
		switch kind := fault.KindOf(err); {
		case kind == fault.KindNone:
			row.Invitation, row.Link, row.ExpiresAt = made.ID, link, at(made.ExpiresAt)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		default:
			p := s.refuse(ctx, err)
			row.State, row.Problem = "refused", &RowProblem{Code: p.Code, Detail: p.Detail}
			for _, m := range p.Errors {
				m.Location = fmt.Sprintf("body.items[%d]%s", i, strings.TrimPrefix(m.Location, "body"))
				row.Problem.Errors = append(row.Problem.Errors, m)
			}
		}
		out.Body.Items = append(out.Body.Items, row)
	}
	return out, nil
}

func (s *server) inviteOne(ctx context.Context, b InvitationCreate, of *tenant.ID) (made tenant.Invitation, link string, err error) {
	now := s.cfg.Now()
	i := tenant.Invitation{Kind: tenant.Welcome, Note: strings.TrimSpace(b.Note), CreatedAt: now, ExpiresAt: now.Add(tenant.InvitationLasts)}
	if b.ExpiresInDays != 0 {
		i.ExpiresAt = now.Add(time.Duration(b.ExpiresInDays) * 24 * time.Hour)
	}
	var p fault.Problems
	if most := int(tenant.MaxInvitationLasts.Hours() / 24); b.ExpiresInDays < 0 || b.ExpiresInDays > most {
		p.Add("expires_in_days", "must be from 1 to %d", most)
	} else {
		p.Under("", i.Validate(now))
	}
	t := tenant.Tenant{Name: b.Name, EntraTenantID: b.EntraTenantID, HomeRegion: b.HomeRegion, State: tenant.Invited}.Normalize()
	switch {
	case b.Tenant == "":
		p.Under("", t.Validate())
	case b.Name != "" || b.HomeRegion != "" || b.EntraTenantID != "":
		p.Add("tenant", "name an existing tenant, or describe a new one, not both")
	}
	if err := p.Err("invitation_invalid", "the invitation is not valid"); err != nil {
		return made, "", err
	}
	if b.Tenant == "" {
		if t, err = s.deps.Tenants.CreateTenant(ctx, t); err == nil {
			concerns(ctx, t.ID, t.Name)
			s.record(ctx, "createTenant", string(t.ID), nil)
		}
	} else {
		t, err = s.tenantOf(ctx, TenantPath{Tenant: b.Tenant})
		err = notTheTenants(err, "tenant", "tenant_unknown")
	}
	if err != nil {
		return made, "", err
	}
	*of, i.Tenant = t.ID, t.ID
	return s.deps.Onboarding.Invite(ctx, callerOf(ctx).actor, i)
}

func (s *server) listInvitations(ctx context.Context, in *OfTenant) (*shown[Page[Invitation]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := list[tenant.Invitation, Invitation]{
		name: "invitations", valid: isTenantID, show: s.showInvitation,
		last: func(i tenant.Invitation) string { return string(i.ID) },
		fetch: func(after string, limit int) ([]tenant.Invitation, error) {
			return s.deps.Ledger.ListInvitations(ctx, of, tenant.InvitationID(after), limit)
		},
	}.page(in.PageQuery)
	return named(ctx, s, page, err, func(v *Invitation) (tenant.ID, *string) { return v.Tenant, &v.TenantName })
}

func (s *server) revokeInvitation(ctx context.Context, in *InvitationPath) (*none, error) {
	if !isTenantID(in.Invitation) {
		return nil, fault.NotFound("invitation_unknown", "there is no such invitation")
	}
	c := callerOf(ctx)
	i, err := s.deps.Ledger.Invitation(ctx, c.Tenant, tenant.InvitationID(strings.ToLower(in.Invitation)))
	if err != nil {
		return nil, err
	}
	_, err = s.deps.Onboarding.Revoke(ctx, c.actor, i.Tenant, i.ID)
	return nil, err
}

// invitationColumns are those of a CSV file, in any order.
func invitationColumns() []string {
	return []string{"tenant", "name", "home_region", "entra_tenant_id", "note", "expires_in_days"}
}

const csvType = "text/csv"

// asJSON lets a CSV file (RFC 4180) be sent where the list of invitations is
// wanted: it becomes the body that says the same.
func (s *server) asJSON(ctx huma.Context, next func(huma.Context)) {
	g := humagin.Unwrap(ctx)
	if kind, _, err := mime.ParseMediaType(g.GetHeader("Content-Type")); err != nil || kind != csvType {
		next(ctx)
		return
	}
	raw, err := io.ReadAll(g.Request.Body)
	var body []byte
	if err == nil {
		body, err = invitationsOf(raw)
	}
	if err != nil {
		s.refuse(ctx.Context(), err).Write(g.Writer)
		return
	}
	g.Request.Header.Set("Content-Type", "application/json")
	g.Request.Body = io.NopCloser(bytes.NewReader(body))
	next(ctx)
}

func invitationsOf(raw []byte) ([]byte, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xEF\xBB\xBF")) // some spreadsheets begin with it
	head, _, _ := bytes.Cut(raw, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(raw))
	if bytes.ContainsRune(head, ';') && !bytes.ContainsRune(head, ',') { // where the comma is in decimals
		r.Comma = ';'
	}
	invalid := func(detail string) error {
		return problem.New(http.StatusUnprocessableEntity, "csv_invalid", detail)
	}
	if !utf8.Valid(raw) {
		return nil, invalid("the file is not UTF-8; save it as \"CSV UTF-8\"")
	}
	columns, err := r.Read()
	if err != nil {
		return nil, invalid("a CSV file begins with a line that names its columns: " + strings.Join(invitationColumns(), ", "))
	}
	for i, c := range columns {
		columns[i] = strings.ToLower(strings.TrimSpace(c))
		if !slices.Contains(invitationColumns(), columns[i]) || slices.Contains(columns[:i], columns[i]) {
			return nil, invalid(fmt.Sprintf("column %d has no name of these, or one that is there twice: %s", i+1, strings.Join(invitationColumns(), ", ")))
		}
	}
	items := []map[string]any{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, invalid(fmt.Sprintf("line %d is not CSV of %d columns", len(items)+2, len(columns)))
		}
		item := map[string]any{}
		for i, v := range row {
			if v = strings.TrimSpace(v); v == "" {
				continue
			}
			item[columns[i]] = v
			if columns[i] == "expires_in_days" {
				days, err := strconv.Atoi(v)
				if err != nil {
					days = -1 // refused with its row
				}
				item[columns[i]] = days
			}
		}
		items = append(items, item)
	}
	return json.Marshal(map[string]any{"items": items})
}

// describeCSV tells of the other form of the body.
func (s *server) describeCSV() {
	content := s.api.OpenAPI().Paths["/v1/invitations"].Post.RequestBody.Content
	content[csvType] = &huma.MediaType{
		Schema:  &huma.Schema{Type: huma.TypeString, Description: "RFC 4180, with a first line that names the columns: " + strings.Join(invitationColumns(), ", ") + "."},
		Example: "name,home_region,note\r\nContoso Airlines,eu,\"Adele Vance, IT\"\r\n",
	}
}
