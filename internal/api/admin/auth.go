package admin

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// caller is who asks: a key, or a person in a browser, who acts like one.
type caller struct {
	provider.Key
	token   string // what only the caller knows
	actor   onboarding.Actor
	session []byte                      // names a person's session; nil for a key
	again   func(context.Context) error // whether it is still good
}

type callerKey struct{}

// callerOf is whom authorize let in; handlers run behind it always.
func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// within is the tenant in which to look: a tenant's key sees its own only.
func (c caller) within(asked string) (tenant.ID, error) {
	if asked == "" {
		return c.Tenant, nil
	}
	id, err := tenant.ParseID(asked)
	if err != nil {
		return "", unknownTenant()
	}
	return id, c.Sees(id)
}

func unknownTenant() error { return fault.NotFound("tenant_unknown", "there is no such tenant") }

// authorize lets a request through whose key is good and has the scope.
func (s *server) authorize(scope provider.Scope) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c, err := s.identify(ctx.Context(), ctx.Header("Authorization"), humagin.Unwrap(ctx).Request)
		if err == nil && scope != "" {
			err = c.Permits(scope)
		}
		r := requestOf(ctx.Context())
		r.key = c.ID
		if err != nil {
			s.refuse(ctx.Context(), err).Write(humagin.Unwrap(ctx).Writer)
			return
		}
		next(huma.WithValue(ctx, callerKey{}, c))
	}
}

// identify finds out who asks: by a key, or, without one, by the session of a
// browser, which has looked after its own safety (CSRF) when it is known.
func (s *server) identify(ctx context.Context, authorization string, r *http.Request) (caller, error) {
	if authorization != "" {
		return s.keyHolder(ctx, authorization)
	}
	missing := fault.Unauthenticated("key_missing", "send an API key: Authorization: Bearer tdm_…")
	if s.deps.Session == nil {
		return caller{}, missing
	}
	v, err := s.deps.Session(r)
	if fault.CodeOf(err) == "session_missing" {
		return caller{}, missing.Because(err)
	}
	if err != nil {
		return caller{}, err
	}
	c := caller{Key: v.Key(), token: string(v.SessionHash), session: v.SessionHash}
	c.ID = provider.KeyID(v.OID) // in whose name requests are repeated
	c.actor = onboarding.Actor{ID: v.Actor(), Name: v.Name}
	if v.Tenant != "" { // an operator's object id is of another directory
		c.actor.OID, c.actor.Roles = v.OID, v.Roles
	}
	c.again = func(ctx context.Context) error {
		_, err := s.deps.Session(r.WithContext(ctx))
		return err
	}
	return c, nil
}

// keyHolder finds out whose key it is (RFC 6750 §2.1). A key that is no key and
// one that nobody has are told apart for nobody.
func (s *server) keyHolder(ctx context.Context, authorization string) (caller, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	unknown := fault.Unauthenticated("key_unknown", "this is not an API key of this installation")
	if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(token, provider.KeyPrefix) || len(token) > 128 {
		return caller{}, unknown
	}
	k, err := s.deps.Keys.KeyByHash(ctx, secret.Hash(token))
	if fault.KindOf(err) == fault.KindNotFound {
		return caller{}, unknown
	}
	if err != nil {
		return caller{}, err
	}
	again := func(ctx context.Context) error {
		_, err := s.keyHolder(ctx, authorization)
		return err
	}
	return caller{Key: k, token: token, actor: onboarding.Actor{ID: "key:" + string(k.ID), Name: k.Name}, again: again}, k.Usable(s.cfg.Now())
}

// Me is who asks.
type Me struct {
	Key       provider.KeyID `json:"key" doc:"Id of the key that was sent." example:"6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11"`
	Name      string         `json:"name" doc:"What the key is for." example:"contact centre, production"`
	Kind      string         `json:"kind" enum:"provider,tenant" doc:"Whose key it is."`
	Tenant    tenant.ID      `json:"tenant,omitempty" doc:"The one tenant that the key sees; absent for a key of the provider." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Scopes    []string       `json:"scopes" nullable:"false" doc:"What the key may do." example:"[\"calls.read\",\"calls.write\"]"`
	ExpiresAt *time.Time     `json:"expires_at,omitempty" doc:"When the key stops working; absent: never."`
}

func (s *server) me(ctx context.Context, _ *none) (*shown[Me], error) {
	k := callerOf(ctx).Key
	m := Me{Key: k.ID, Name: k.Name, Kind: "provider", Tenant: k.Tenant, Scopes: texts(k.Scopes), ExpiresAt: at(k.ExpiresAt)}
	if k.Tenant != "" {
		m.Kind = "tenant"
	}
	return &shown[Me]{m}, nil
}
