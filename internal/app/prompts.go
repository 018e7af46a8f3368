package app

import (
	"context"

	"tandem/internal/microsoft/acs"
	"tandem/internal/postgres"
	"tandem/internal/tenant"
)

// prompts is what tenants play to callers, and where Microsoft fetches it.
type prompts struct {
	*postgres.Store
	keys acs.HookKeys
	base string // public_url
}

// URL is where the sound of a tenant's prompt is fetched; fault.NotFound. It is to
// be asked for when it is to be played: other sound has another address.
func (p prompts) URL(ctx context.Context, t tenant.ID, id tenant.PromptID) (string, error) {
	v, err := p.Prompt(ctx, t, id)
	if err != nil {
		return "", err
	}
	return p.at(v), nil
}

func (p prompts) at(v tenant.Prompt) string { return p.keys.PromptURL(p.base, v) }
