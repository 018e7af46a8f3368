package provider_test

import (
	"slices"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/provider"
)

const someUUID = "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"

func TestValidateKey(t *testing.T) {
	hash := make([]byte, 32)
	for name, c := range map[string]struct {
		key  provider.Key
		good bool
	}{
		"owner":    {provider.Key{Name: "owner", Scopes: []provider.Scope{provider.Everything}, Hash: hash}, true},
		"tenant's": {provider.Key{Name: "t", Tenant: someUUID, Scopes: provider.TenantScopes(), Hash: hash}, true},
		"tenant's with a right of the provider": {
			provider.Key{Name: "t", Tenant: someUUID, Scopes: []provider.Scope{provider.PeersRead}, Hash: hash}, false,
		},
		"tenant's with everything": {
			provider.Key{Name: "t", Tenant: someUUID, Scopes: []provider.Scope{provider.Everything}, Hash: hash}, false,
		},
		"unknown scope": {provider.Key{Name: "x", Scopes: []provider.Scope{"x.read"}, Hash: hash}, false},
		"twice":         {provider.Key{Name: "x", Scopes: []provider.Scope{"cdrs.read", "cdrs.read"}, Hash: hash}, false},
		"no scope":      {provider.Key{Name: "x", Hash: hash}, false},
		"no name":       {provider.Key{Scopes: []provider.Scope{"cdrs.read"}, Hash: hash}, false},
		"not hashed":    {provider.Key{Name: "x", Scopes: []provider.Scope{"cdrs.read"}, Hash: []byte("tdm_x")}, false},
		"odd tenant":    {provider.Key{Name: "x", Tenant: "t", Scopes: []provider.Scope{"cdrs.read"}, Hash: hash}, false},
	} {
		if err := c.key.Validate(); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScopesAreListedOnce(t *testing.T) {
	all := provider.Scopes()
	slices.Sort(all)
	if len(slices.Compact(all)) != len(provider.Scopes()) {
		t.Error("a scope is listed twice")
	}
}

func TestUsable(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		key  provider.Key
		code string
	}{
		"good":         {provider.Key{}, ""},
		"not yet over": {provider.Key{ExpiresAt: now.Add(time.Second)}, ""},
		"just over":    {provider.Key{ExpiresAt: now}, "key_expired"},
		"revoked":      {provider.Key{RevokedAt: now.Add(-time.Hour)}, "key_revoked"},
	} {
		if got := fault.CodeOf(c.key.Usable(now)); got != c.code {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestRights(t *testing.T) {
	reader := provider.Key{Tenant: someUUID, Scopes: []provider.Scope{provider.CDRsRead}}
	if err := reader.Permits(provider.CDRsRead); err != nil {
		t.Error(err)
	}
	if err := reader.Permits(provider.CallsRead); fault.KindOf(err) != fault.KindForbidden {
		t.Error(err)
	}
	if err := reader.Sees(someUUID); err != nil {
		t.Error(err)
	}
	if err := reader.Sees("another"); fault.KindOf(err) != fault.KindNotFound {
		t.Error(err)
	}
	hooks := provider.Key{Scopes: []provider.Scope{provider.WebhooksRead}}
	if err := hooks.Permits(provider.EventsRead); err != nil {
		t.Error(err)
	}
	follower := provider.Key{Scopes: []provider.Scope{provider.EventsRead}}
	if err := follower.Permits(provider.WebhooksRead); fault.KindOf(err) != fault.KindForbidden {
		t.Error(err)
	}
	owner := provider.Key{Scopes: []provider.Scope{provider.Everything}}
	if err := owner.Permits(provider.KeysWrite); err != nil {
		t.Error(err)
	}
	if err := owner.Sees("another"); err != nil {
		t.Error(err)
	}
}
