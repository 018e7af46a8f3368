package admin

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// Webhook is a webhook as the API shows it.
type Webhook struct {
	ID             provider.WebhookID `json:"id" doc:"A UUID." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	Tenant         tenant.ID          `json:"tenant,omitempty" doc:"The tenant it belongs to; absent for one of the provider, which hears of all tenants." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	TenantName     string             `json:"tenant_name,omitempty" doc:"What people call the tenant; in lists only." example:"Contoso Airlines"`
	URL            string             `json:"url" doc:"Where events are sent." example:"https://platform.example.com/hooks/tandem"`
	Description    string             `json:"description,omitempty" doc:"What it is for." example:"call records to the CRM"`
	Types          []string           `json:"types" nullable:"false" doc:"The types of event that are sent; empty: all." example:"[\"call.ended\"]"`
	Enabled        bool               `json:"enabled" doc:"Whether anything is sent." example:"true"`
	DisabledReason string             `json:"disabled_reason,omitempty" enum:"asked,gone,failing" doc:"Why nothing is sent: it was asked for, the endpoint answered 410, or it failed for five days on end."`
	FailingSince   *time.Time         `json:"failing_since,omitempty" doc:"When the first of the failures was since the last success; absent: none." example:"2026-11-22T09:30:00Z"`
	Secret         string             `json:"secret,omitempty" doc:"What signs: only in the answers that make one, and never again." example:"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"`
	PreviousUntil  *time.Time         `json:"previous_secret_until,omitempty" doc:"Until when the secret before this one signs, too." example:"2026-11-23T09:30:00Z"`
	CreatedAt      time.Time          `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ChangedAt      *time.Time         `json:"changed_at,omitempty" doc:"When it was changed last." example:"2026-11-22T09:30:00Z"`
}

func (s *server) showWebhook(w provider.Webhook) Webhook {
	v := Webhook{
		ID: w.ID, Tenant: w.Tenant, URL: w.URL, Description: w.Description, Types: texts(w.Types), Enabled: w.Enabled,
		FailingSince: at(w.FailingSince), CreatedAt: w.CreatedAt.UTC(), ChangedAt: at(w.ChangedAt),
	}
	if !w.Enabled {
		v.DisabledReason = string(w.Disabled)
	}
	if w.PreviousUntil.After(s.cfg.Now()) {
		v.PreviousUntil = at(w.PreviousUntil)
	}
	return v
}

// WebhookCreate is a new webhook.
type WebhookCreate struct {
	Tenant      string   `json:"tenant,omitempty" maxLength:"36" doc:"Id of the tenant whose events alone shall be sent; without it the webhook is the provider's and hears of all, or, with a tenant's key, that tenant's." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	URL         string   `json:"url" minLength:"1" maxLength:"2048" doc:"Where events shall be sent: https, at a public address." example:"https://platform.example.com/hooks/tandem"`
	Description string   `json:"description,omitempty" maxLength:"256" doc:"What it is for." example:"call records to the CRM"`
	Types       []string `json:"types,omitempty" nullable:"false" maxItems:"32" doc:"The types of event to send; empty: all." example:"[\"call.ended\"]"`
}

func (b *WebhookCreate) webhook() provider.Webhook {
	return provider.Webhook{URL: b.URL, Description: b.Description, Types: words[provider.EventType](b.Types), Enabled: true}
}

// Resolve implements huma.ResolverWithPath.
func (b *WebhookCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.webhook().Validate())
}

// WebhookChange is what can be changed of a webhook.
type WebhookChange struct {
	URL         merge[string]   `json:"url,omitempty" maxLength:"2048" doc:"Where events shall be sent." example:"https://platform.example.com/hooks/tandem"`
	Description merge[string]   `json:"description,omitempty" maxLength:"256" doc:"What it is for." example:"call records to the CRM"`
	Types       merge[[]string] `json:"types,omitempty" maxItems:"32" doc:"The types of event to send; empty: all." example:"[\"call.ended\"]"`
	Enabled     merge[bool]     `json:"enabled,omitempty" doc:"Whether anything is sent. What happened while it was off is not sent later, but can be replayed." example:"true"`
}

// WebhookRotate says how long the old secret lives.
type WebhookRotate struct {
	KeepPrevious *int `json:"keep_previous,omitempty" minimum:"0" maximum:"604800" doc:"Seconds for which the old secret signs beside the new one; 0 if it leaked. Without it: a day." example:"86400"`
}

// WebhookReplay says what to send again.
type WebhookReplay struct {
	Event       string     `json:"event,omitempty" maxLength:"36" doc:"Id of one event, whether it was delivered, failed, or never for this webhook." example:"0193a5c0-8a10-7f00-8c00-1f8f5a0d7c21"`
	FailedSince *time.Time `json:"failed_since,omitempty" doc:"Everything that was given up at or after this moment, at most 10,000 events." example:"2026-11-22T09:30:00Z"`
}

// Resolve implements huma.ResolverWithPath.
func (b *WebhookReplay) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if (b.Event == "") == (b.FailedSince == nil) {
		return []error{&huma.ErrorDetail{Location: at.String(), Message: "must have either event or failed_since"}}
	}
	return nil
}

// WebhookReplayed says what will be sent again.
type WebhookReplayed struct {
	Asked int `json:"asked" doc:"How many events are on their way again." example:"12"`
}

// WebhookAttempt is one try to deliver.
type WebhookAttempt struct {
	At     time.Time `json:"at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	Status int       `json:"status,omitempty" doc:"The HTTP status of the answer; absent: there was none." example:"500"`
	Answer string    `json:"answer,omitempty" doc:"The first 1024 bytes of it." example:"upstream is away"`
	Error  string    `json:"error,omitempty" doc:"Why there was no answer." example:"no answer in time"`
	Took   float64   `json:"took" doc:"Seconds." example:"0.12"`
}

func showAttempt(a provider.Attempt) WebhookAttempt {
	return WebhookAttempt{At: a.At.UTC(), Status: a.Status, Answer: a.Answer, Error: a.Error, Took: seconds(a.Took)}
}

// WebhookDelivery is one event on its way to one webhook.
type WebhookDelivery struct {
	Event    provider.EventID `json:"event" doc:"Id of the event; webhook-id in every attempt." example:"0193a5c0-8a10-7f00-8c00-1f8f5a0d7c21"`
	Tenant   tenant.ID        `json:"tenant,omitempty" doc:"Whose event it is; absent: the provider's own." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	State    string           `json:"state" enum:"pending,delivered,failed" doc:"Failed is given up, and can be replayed."`
	Attempts []WebhookAttempt `json:"attempts" nullable:"false" doc:"The last fifty, the oldest first."`
	NextAt   *time.Time       `json:"next_attempt_at,omitempty" doc:"When a pending one is tried again." example:"2026-11-22T09:35:00Z"`
}

func showDelivery(d provider.Delivery) WebhookDelivery {
	v := WebhookDelivery{Event: d.Event, Tenant: provider.OfTenant(d.Tenant), State: string(d.State), Attempts: []WebhookAttempt{}}
	for _, a := range d.Attempts {
		v.Attempts = append(v.Attempts, showAttempt(a))
	}
	if d.State == provider.DeliveryPending {
		v.NextAt = at(d.NextAt)
	}
	return v
}

type (
	webhookCreate struct{ Body WebhookCreate }
	// WebhookPath names a webhook.
	WebhookPath struct {
		Webhook string `path:"webhook" maxLength:"64" doc:"Id of the webhook." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	}
	webhookChange struct {
		WebhookPath
		Body WebhookChange
	}
	webhookRotate struct {
		WebhookPath
		Body WebhookRotate
	}
	webhookReplay struct {
		WebhookPath
		Body WebhookReplay
	}
	webhookDeliveries struct {
		WebhookPath
		PageQuery
	}
)

// plainForbidden: http is for the machine of a developer.
func (s *server) plainForbidden(w provider.Webhook) error {
	if !w.Plain() || s.cfg.Development {
		return nil
	}
	return &fault.Error{Kind: fault.KindInvalid, Code: "webhook_invalid", Msg: "the webhook is not valid",
		Fields: []fault.Field{{Path: "url", Msg: "must be https; http is for development only"}}}
}

func (s *server) createWebhook(ctx context.Context, in *webhookCreate) (*made[Webhook], error) {
	w := in.Body.webhook()
	if err := s.plainForbidden(w); err != nil {
		return nil, err
	}
	of := callerOf(ctx).Tenant
	if in.Body.Tenant != "" {
		var err error
		if of, err = s.livingTenant(ctx, in.Body.Tenant); err != nil {
			return nil, notTheTenants(err, "tenant", "tenant_unknown")
		}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	w.ID, w.Tenant = provider.WebhookID(id.String()), of
	told := secret.Key(provider.WebhookSecretPrefix)
	w.Secret = s.deps.Seal.Seal([]byte(told), provider.WebhookContext(w.ID))
	if w, err = s.deps.Webhooks.CreateWebhook(ctx, w); err != nil {
		return nil, err
	}
	concerns(ctx, w.Tenant, w.Description)
	v := s.showWebhook(w)
	v.Secret = string(told)
	return &made[Webhook]{Location: "/v1/webhooks/" + string(w.ID), Body: v}, nil
}

func unknownWebhook() error {
	return fault.NotFound("webhook_unknown", "there is no such webhook")
}

func webhookID(in WebhookPath) (provider.WebhookID, error) {
	id, err := uuid.Parse(in.Webhook)
	if err != nil || len(in.Webhook) != 36 {
		return "", unknownWebhook()
	}
	return provider.WebhookID(id.String()), nil
}

// webhookOf finds a webhook that the caller sees: a tenant's key its own ones.
func (s *server) webhookOf(ctx context.Context, in WebhookPath) (provider.Webhook, error) {
	id, err := webhookID(in)
	if err != nil {
		return provider.Webhook{}, err
	}
	w, err := s.deps.Webhooks.Webhook(ctx, callerOf(ctx).Tenant, id)
	concerns(ctx, w.Tenant, w.Description)
	return w, err
}

func (s *server) getWebhook(ctx context.Context, in *WebhookPath) (*shown[Webhook], error) {
	w, err := s.webhookOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Webhook]{s.showWebhook(w)}, nil
}

func (s *server) listWebhooks(ctx context.Context, in *OfTenant) (*shown[Page[Webhook]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := list[provider.Webhook, Webhook]{
		name: "webhooks", valid: isTenantID, show: s.showWebhook,
		last: func(w provider.Webhook) string { return string(w.ID) },
		fetch: func(after string, limit int) ([]provider.Webhook, error) {
			return s.deps.Webhooks.ListWebhooks(ctx, of, provider.WebhookID(after), limit)
		},
	}.page(in.PageQuery)
	return named(ctx, s, page, err, func(v *Webhook) (tenant.ID, *string) { return v.Tenant, &v.TenantName })
}

func (s *server) changeWebhook(ctx context.Context, in *webhookChange) (*shown[Webhook], error) {
	id, err := webhookID(in.WebhookPath)
	if err != nil {
		return nil, err
	}
	w, err := s.deps.Webhooks.ChangeWebhook(ctx, callerOf(ctx).Tenant, id, func(w provider.Webhook) (provider.Webhook, error) {
		in.Body.URL.into(&w.URL)
		in.Body.Description.into(&w.Description)
		convert(in.Body.Types, &w.Types, words[provider.EventType])
		switch {
		case !in.Body.Enabled.set:
		case in.Body.Enabled.value: // what was is forgiven
			w.Enabled, w.Disabled, w.FailingSince = true, "", time.Time{}
		case w.Enabled:
			w.Enabled, w.Disabled = false, provider.DisabledAsked
		}
		if err := w.Validate(); err != nil {
			return w, err
		}
		return w, s.plainForbidden(w)
	})
	if err != nil {
		return nil, err
	}
	concerns(ctx, w.Tenant, w.Description)
	return &shown[Webhook]{s.showWebhook(w)}, nil
}

func (s *server) deleteWebhook(ctx context.Context, in *WebhookPath) (*none, error) {
	w, err := s.webhookOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Webhooks.DeleteWebhook(ctx, callerOf(ctx).Tenant, w.ID)
}

// keepPrevious is how long an old secret signs if nothing else is said.
const keepPrevious = 24 * time.Hour

func (s *server) rotateWebhook(ctx context.Context, in *webhookRotate) (*made[Webhook], error) {
	id, err := webhookID(in.WebhookPath)
	if err != nil {
		return nil, err
	}
	keep := keepPrevious
	if in.Body.KeepPrevious != nil {
		keep = wholeSeconds(*in.Body.KeepPrevious)
	}
	told := secret.Key(provider.WebhookSecretPrefix)
	w, err := s.deps.Webhooks.ChangeWebhook(ctx, callerOf(ctx).Tenant, id, func(w provider.Webhook) (provider.Webhook, error) {
		w.Previous, w.PreviousUntil = nil, time.Time{}
		if keep > 0 {
			w.Previous, w.PreviousUntil = w.Secret, s.cfg.Now().Add(keep)
		}
		w.Secret = s.deps.Seal.Seal([]byte(told), provider.WebhookContext(id))
		return w, nil
	})
	if err != nil {
		return nil, err
	}
	concerns(ctx, w.Tenant, w.Description)
	v := s.showWebhook(w)
	v.Secret = string(told)
	return &made[Webhook]{Location: "/v1/webhooks/" + string(w.ID), Body: v}, nil
}

func (s *server) listDeliveries(ctx context.Context, in *webhookDeliveries) (*shown[Page[WebhookDelivery]], error) {
	w, err := s.webhookOf(ctx, in.WebhookPath)
	if err != nil {
		return nil, err
	}
	return list[provider.Delivery, WebhookDelivery]{
		name: "deliveries", valid: isTenantID, show: showDelivery,
		last: func(d provider.Delivery) string { return string(d.Event) },
		fetch: func(before string, limit int) ([]provider.Delivery, error) {
			return s.deps.Webhooks.ListDeliveries(ctx, w.Tenant, w.ID, provider.EventID(before), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) replayWebhook(ctx context.Context, in *webhookReplay) (*shown[WebhookReplayed], error) {
	w, err := s.webhookOf(ctx, in.WebhookPath)
	if err != nil {
		return nil, err
	}
	if !w.Enabled {
		return nil, fault.Conflict("webhook_disabled", "the webhook is disabled: enable it first")
	}
	if in.Body.FailedSince != nil {
		n, err := s.deps.Deliveries.ReplayFailed(ctx, w.Tenant, w.ID, *in.Body.FailedSince)
		if err != nil {
			return nil, err
		}
		return &shown[WebhookReplayed]{WebhookReplayed{n}}, nil
	}
	// What a tenant's webhook may hear is that tenant's.
	event := provider.EventID(in.Body.Event)
	of, err := s.deps.Events.TenantOfEvent(ctx, w.Tenant, event)
	if err == nil {
		err = s.deps.Deliveries.ReplayEvent(ctx, provider.DeliveryKey{Tenant: of, Webhook: w.ID, Event: event})
	}
	if fault.KindOf(err) == fault.KindNotFound {
		return nil, &fault.Error{Kind: fault.KindInvalid, Code: "event_unknown", Msg: "there is no such event, or it is not kept any more",
			Fields: []fault.Field{{Path: "event", Msg: "there is no such event, or it is not kept any more"}}}
	}
	if err != nil {
		return nil, err
	}
	return &shown[WebhookReplayed]{WebhookReplayed{1}}, nil
}

func (s *server) testWebhook(ctx context.Context, in *WebhookPath) (*shown[WebhookAttempt], error) {
	w, err := s.webhookOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	a, err := s.deps.Deliveries.Test(ctx, w)
	if err != nil {
		return nil, err
	}
	return &shown[WebhookAttempt]{showAttempt(a)}, nil
}
