package admin

import (
	"context"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// Key is an API key as the API shows it.
type Key struct {
	ID         provider.KeyID `json:"id" doc:"A UUID; not secret." example:"6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11"`
	Tenant     tenant.ID      `json:"tenant,omitempty" doc:"The one tenant that the key sees; absent for a key of the provider." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	TenantName string         `json:"tenant_name,omitempty" doc:"What people call the tenant; in lists only." example:"Contoso Airlines"`
	Name       string         `json:"name" doc:"What the key is for." example:"contact centre, production"`
	Scopes     []string       `json:"scopes" nullable:"false" doc:"What the key may do." example:"[\"calls.read\",\"calls.write\"]"`
	Hint       string         `json:"hint" doc:"Its last letters, to tell keys apart." example:"x7Qp"`
	Secret     string         `json:"key,omitempty" doc:"The key itself: only in the answer to its creation, and never again." example:"tdm_3sVq8Yd0Yt2R1cW9sJq2AkM4"`
	ExpiresAt  *time.Time     `json:"expires_at,omitempty" doc:"When it stops working; absent: never." example:"2027-11-22T00:00:00Z"`
	RevokedAt  *time.Time     `json:"revoked_at,omitempty" doc:"When it was revoked." example:"2026-12-01T08:00:00Z"`
	LastUsedAt *time.Time     `json:"last_used_at,omitempty" doc:"When it was used last, to the minute." example:"2026-11-22T09:30:00Z"`
	CreatedAt  time.Time      `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
}

func showKey(k provider.Key) Key {
	return Key{
		ID: k.ID, Tenant: k.Tenant, Name: k.Name, Scopes: texts(k.Scopes), Hint: k.Hint,
		ExpiresAt: at(k.ExpiresAt), RevokedAt: at(k.RevokedAt), LastUsedAt: at(k.LastUsedAt), CreatedAt: k.CreatedAt.UTC(),
	}
}

// KeyCreate is a new key.
type KeyCreate struct {
	Name      string     `json:"name" minLength:"1" maxLength:"128" doc:"What the key is for." example:"contact centre, production"`
	Tenant    string     `json:"tenant,omitempty" maxLength:"36" doc:"Id of the tenant that alone the key shall see; without it the key is the provider's." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Scopes    []string   `json:"scopes" nullable:"false" minItems:"1" maxItems:"32" doc:"What the key may do; * is everything." example:"[\"calls.read\",\"calls.write\"]"`
	ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"When it shall stop working; without it: never." example:"2027-11-22T00:00:00Z"`
}

func (b *KeyCreate) key(token secret.String) provider.Key {
	k := provider.Key{
		Name: b.Name, Tenant: tenant.ID(b.Tenant), Scopes: words[provider.Scope](b.Scopes),
		Hash: secret.Hash(string(token)), Hint: string(token[max(0, len(token)-4):]),
	}
	if b.ExpiresAt != nil {
		k.ExpiresAt = b.ExpiresAt.UTC()
	}
	return k
}

// Resolve implements huma.ResolverWithPath.
func (b *KeyCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.key("").Validate())
}

type (
	keyCreate struct{ Body KeyCreate }
	// KeyPath names a key.
	KeyPath struct {
		Key string `path:"key" maxLength:"64" doc:"Id of the key." example:"6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11"`
	}
)

func (s *server) createKey(ctx context.Context, in *keyCreate) (*made[Key], error) {
	token := secret.Token(provider.KeyPrefix)
	k := in.Body.key(token)
	var p fault.Problems
	for _, scope := range k.Scopes {
		if callerOf(ctx).Permits(scope) != nil {
			p.Add("scopes", "the key that asks lacks %s itself", scope)
		}
	}
	if in.Body.ExpiresAt != nil && !k.ExpiresAt.After(s.cfg.Now()) {
		p.Add("expires_at", "must be in the future")
	}
	if err := p.Err("key_invalid", "the key is not valid"); err != nil {
		return nil, err
	}
	if k.Tenant != "" {
		t, err := tenant.ParseID(in.Body.Tenant)
		if err == nil {
			err = s.living(ctx, t)
		}
		if err != nil {
			return nil, notTheTenants(err, "tenant", "tenant_unknown")
		}
		k.Tenant = t
	}
	k, err := s.deps.Keys.CreateKey(ctx, k)
	if err != nil {
		return nil, err
	}
	concerns(ctx, k.Tenant, k.Name)
	v := showKey(k)
	v.Secret = string(token)
	return &made[Key]{Location: "/v1/keys/" + string(k.ID), Body: v}, nil
}

func keyID(in KeyPath) (provider.KeyID, error) {
	id, err := uuid.Parse(in.Key)
	if err != nil || len(in.Key) != 36 {
		return "", fault.NotFound("key_not_found", "there is no such key")
	}
	return provider.KeyID(id.String()), nil
}

func (s *server) getKey(ctx context.Context, in *KeyPath) (*shown[Key], error) {
	id, err := keyID(*in)
	if err != nil {
		return nil, err
	}
	k, err := s.deps.Keys.Key(ctx, id)
	if err != nil {
		return nil, err
	}
	return &shown[Key]{showKey(k)}, nil
}

func (s *server) listKeys(ctx context.Context, in *OfTenant) (*shown[Page[Key]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	page, err := list[provider.Key, Key]{
		name: "keys", valid: isTenantID, show: showKey,
		last: func(k provider.Key) string { return string(k.ID) },
		fetch: func(after string, limit int) ([]provider.Key, error) {
			return s.deps.Keys.ListKeys(ctx, of, provider.KeyID(after), limit)
		},
	}.page(in.PageQuery)
	return named(ctx, s, page, err, func(v *Key) (tenant.ID, *string) { return v.Tenant, &v.TenantName })
}

// KeyScope is a right that a key can have.
type KeyScope struct {
	Scope  string `json:"scope" doc:"As in the scopes of a key; * is everything." example:"calls.read"`
	Tenant bool   `json:"tenant" doc:"Whether a tenant's key can have it." example:"true"`
}

func (s *server) listScopes(context.Context, *none) (*shown[Page[KeyScope]], error) {
	return &shown[Page[KeyScope]]{Page[KeyScope]{Items: each(provider.Scopes(), func(x provider.Scope) KeyScope {
		return KeyScope{string(x), slices.Contains(provider.TenantScopes(), x)}
	})}}, nil
}

// revokeKey may be used by a key on itself.
func (s *server) revokeKey(ctx context.Context, in *KeyPath) (*none, error) {
	id, err := keyID(*in)
	if err != nil {
		return nil, err
	}
	k, err := s.deps.Keys.Key(ctx, id)
	if err != nil {
		return nil, err
	}
	concerns(ctx, k.Tenant, k.Name)
	return nil, s.deps.Keys.RevokeKey(ctx, id)
}
