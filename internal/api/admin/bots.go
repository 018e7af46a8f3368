package admin

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/fault"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// Bot is a bot as the API shows it.
type Bot struct {
	ID         tenant.BotID `json:"id" doc:"A UUID." example:"0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77"`
	Tenant     tenant.ID    `json:"tenant" doc:"The tenant it belongs to." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Name       string       `json:"name" doc:"What people call it; unique in the tenant." example:"Flight status"`
	URL        string       `json:"url" doc:"Where we open a WebSocket for each call." example:"wss://bot.example.com/calls"`
	Language   string       `json:"language,omitempty" doc:"That it is told of calls for which nobody says another (BCP 47)." example:"en-GB"`
	DTMFClears bool         `json:"dtmf_clears" doc:"Whether a key that the caller presses ends what the bot says. Otherwise the bot alone decides when it is interrupted." example:"false"`
	Secret     string       `json:"secret,omitempty" doc:"Sent to the bot as a bearer token: only in the answers that make one, and never again." example:"tdb_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"`
	CreatedAt  time.Time    `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ChangedAt  *time.Time   `json:"changed_at,omitempty" doc:"When it was changed last." example:"2026-11-22T09:30:00Z"`
}

func showBot(b tenant.Bot) Bot {
	return Bot{
		ID: b.ID, Tenant: b.Tenant, Name: b.Name, URL: b.URL, Language: b.Language, DTMFClears: b.DTMFClears,
		CreatedAt: b.CreatedAt.UTC(), ChangedAt: at(b.ChangedAt),
	}
}

// BotCreate is a new bot.
type BotCreate struct {
	Tenant     string `json:"tenant,omitempty" maxLength:"36" doc:"Id of the tenant; a tenant's key may leave it out." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Name       string `json:"name" maxLength:"400" doc:"What people call it; unique in the tenant." example:"Flight status"`
	URL        string `json:"url" minLength:"1" maxLength:"2048" doc:"Where we open a WebSocket for each call: wss, at a public address." example:"wss://bot.example.com/calls"`
	Language   string `json:"language,omitempty" maxLength:"35" doc:"That it is told of calls for which nobody says another (BCP 47)." example:"en-GB"`
	DTMFClears bool   `json:"dtmf_clears,omitempty" default:"false" doc:"A key that the caller presses ends what the bot says, before the bot knows of it."`
}

func (b *BotCreate) bot() tenant.Bot {
	return tenant.Bot{Name: b.Name, URL: b.URL, Language: b.Language, DTMFClears: b.DTMFClears}.Normalize()
}

// Resolve implements huma.ResolverWithPath.
func (b *BotCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.bot().Validate())
}

// BotChange is what can be changed of a bot.
type BotChange struct {
	Name       merge[string] `json:"name,omitempty" maxLength:"400" doc:"What people call it; unique in the tenant." example:"Flight status"`
	URL        merge[string] `json:"url,omitempty" maxLength:"2048" doc:"Where we open a WebSocket for each call." example:"wss://bot.example.com/calls"`
	Language   merge[string] `json:"language,omitempty" maxLength:"35" doc:"That it is told of calls for which nobody says another; empty: none." example:"en-GB"`
	DTMFClears merge[bool]   `json:"dtmf_clears,omitempty" doc:"Whether a key that the caller presses ends what the bot says." example:"true"`
}

func (b *BotChange) apply(v tenant.Bot) tenant.Bot {
	b.Name.into(&v.Name)
	b.URL.into(&v.URL)
	b.Language.into(&v.Language)
	b.DTMFClears.into(&v.DTMFClears)
	return v.Normalize()
}

type (
	botCreate struct{ Body BotCreate }
	// BotPath names a bot.
	BotPath struct {
		Bot string `path:"bot" maxLength:"64" doc:"Id of the bot." example:"0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77"`
	}
	botChange struct {
		BotPath
		Body BotChange
	}
)

// plainBotForbidden: ws is for the machine of a developer.
func (s *server) plainBotForbidden(b tenant.Bot) error {
	if !b.Plain() || s.cfg.Development {
		return nil
	}
	return &fault.Error{Kind: fault.KindInvalid, Code: "bot_invalid", Msg: "the bot is not valid",
		Fields: []fault.Field{{Path: "url", Msg: "must be wss; ws is for development only"}}}
}

func (s *server) createBot(ctx context.Context, in *botCreate) (*made[Bot], error) {
	b := in.Body.bot()
	if err := s.plainBotForbidden(b); err != nil {
		return nil, err
	}
	var err error
	if b.Tenant, err = s.livingTenant(ctx, in.Body.Tenant); err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	b.ID = tenant.BotID(id.String())
	told := s.newBotSecret(&b)
	if b, err = s.deps.Bots.CreateBot(ctx, b); err != nil {
		return nil, err
	}
	concerns(ctx, b.Tenant, b.Name)
	v := showBot(b)
	v.Secret = told
	return &made[Bot]{Location: "/v1/bots/" + string(b.ID), Body: v}, nil
}

// newBotSecret gives a bot a secret and tells it.
func (s *server) newBotSecret(b *tenant.Bot) string {
	told := secret.Key(tenant.BotSecretPrefix)
	b.Secret = s.deps.Seal.Seal([]byte(told), tenant.BotContext(b.Tenant, b.ID))
	return string(told)
}

func (s *server) botOf(ctx context.Context, in BotPath) (tenant.Bot, error) {
	id, err := tenant.ParseBotID(in.Bot)
	if err != nil {
		return tenant.Bot{}, fault.NotFound("bot_unknown", "there is no such bot")
	}
	b, err := s.deps.Bots.Bot(ctx, callerOf(ctx).Tenant, id)
	concerns(ctx, b.Tenant, b.Name)
	return b, err
}

func (s *server) getBot(ctx context.Context, in *BotPath) (*shown[Bot], error) {
	b, err := s.botOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Bot]{showBot(b)}, nil
}

func (s *server) listBots(ctx context.Context, in *OfTenant) (*shown[Page[Bot]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	return list[tenant.Bot, Bot]{
		name: "bots", valid: isTenantID, show: showBot,
		last: func(b tenant.Bot) string { return string(b.ID) },
		fetch: func(after string, limit int) ([]tenant.Bot, error) {
			return s.deps.Bots.ListBots(ctx, of, tenant.BotID(after), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) changeBot(ctx context.Context, in *botChange) (*shown[Bot], error) {
	b, err := s.botOf(ctx, in.BotPath)
	if err != nil {
		return nil, err
	}
	b, err = s.deps.Bots.ChangeBot(ctx, b.Tenant, b.ID, func(b tenant.Bot) (tenant.Bot, error) {
		b = in.Body.apply(b)
		if err := b.Validate(); err != nil {
			return b, err
		}
		return b, s.plainBotForbidden(b)
	})
	if err != nil {
		return nil, err
	}
	return &shown[Bot]{showBot(b)}, nil
}

// rotateBot makes the old secret worthless for the next connection on.
func (s *server) rotateBot(ctx context.Context, in *BotPath) (*made[Bot], error) {
	b, err := s.botOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	var told string
	b, err = s.deps.Bots.ChangeBot(ctx, b.Tenant, b.ID, func(b tenant.Bot) (tenant.Bot, error) {
		told = s.newBotSecret(&b)
		return b, nil
	})
	if err != nil {
		return nil, err
	}
	v := showBot(b)
	v.Secret = told
	return &made[Bot]{Location: "/v1/bots/" + string(b.ID), Body: v}, nil
}

func (s *server) deleteBot(ctx context.Context, in *BotPath) (*none, error) {
	b, err := s.botOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Bots.DeleteBot(ctx, b.Tenant, b.ID)
}
