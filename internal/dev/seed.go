package dev

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"tandem/internal/simulator"
)

// peerName is the account of the demo's contact centre.
const peerName = "ccaas"

// page is a list of the API.
type page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// list reads a whole list of the API.
func list[T any](ctx context.Context, c *client, path string) ([]T, error) {
	var all []T
	for next := ""; ; {
		var p page[T]
		if err := c.do(ctx, "GET", path+"?limit=200&cursor="+url.QueryEscape(next), nil, &p); err != nil {
			return nil, err
		}
		all = append(all, p.Items...)
		if p.Next == "" {
			return all, nil
		}
		next = p.Next
	}
}

type apiTenant struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	EntraTenantID string `json:"entra_tenant_id"`
}

type apiAgent struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant"`
	OID    string `json:"oid"`
	Name   string `json:"name"`
}

// seed puts the demo provider's data in through the API, and finds what an
// earlier start put in.
func seed(ctx context.Context, c *client, s secrets, resources []simulator.Running, farPort int) ([]FileTenant, error) {
	if err := seedPlaces(ctx, c, resources, farPort); err != nil {
		return nil, err
	}
	peers, err := list[struct {
		Name string `json:"name"`
	}](ctx, c, "/peers")
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(peers, func(p struct {
		Name string `json:"name"`
	}) bool {
		return p.Name == peerName
	}) {
		if err := c.do(ctx, "POST", "/peers", map[string]any{
			"name": peerName, "auth": "digest", "username": peerName, "password": s.PeerPassword,
		}, nil); err != nil {
			return nil, err
		}
	}
	known, err := list[apiTenant](ctx, c, "/tenants")
	if err != nil {
		return nil, err
	}
	var all []FileTenant
	for _, o := range cast() {
		i := slices.IndexFunc(known, func(t apiTenant) bool { return t.EntraTenantID == o.entra() })
		if i < 0 {
			if err := seedTenant(ctx, c, o); err != nil {
				return nil, err
			}
		}
	}
	if known, err = list[apiTenant](ctx, c, "/tenants"); err != nil {
		return nil, err
	}
	agents, err := list[apiAgent](ctx, c, "/agents")
	if err != nil {
		return nil, err
	}
	for _, o := range cast() {
		i := slices.IndexFunc(known, func(t apiTenant) bool { return t.EntraTenantID == o.entra() })
		f := FileTenant{ID: known[i].ID, EntraTenantID: o.entra(), Name: o.name, Number: o.number}
		for _, p := range o.people { // in the order of the cast
			j := slices.IndexFunc(agents, func(a apiAgent) bool { return a.Tenant == f.ID && a.OID == o.oid(p) })
			if j >= 0 {
				f.Agents = append(f.Agents, FileAgent{ID: agents[j].ID, OID: agents[j].OID, Name: agents[j].Name})
			}
		}
		all = append(all, f)
	}
	return all, nil
}

// speech is the resources' speech service. The simulator speaks and listens by
// itself, but like Microsoft only for who names one.
const speech = "https://speech.tandem.test/"

// seedPlaces makes regions, resources and trunks known. The simulator's ports
// may differ at each start, which the API has no word for, so a directory keeps
// its resources' addresses (see listen in stack.go).
func seedPlaces(ctx context.Context, c *client, resources []simulator.Running, farPort int) error {
	known, err := list[struct {
		ID string `json:"id"`
	}](ctx, c, "/regions")
	if err != nil {
		return err
	}
	if len(known) > 0 {
		return nil
	}
	for i, r := range regions {
		if err := c.do(ctx, "POST", "/regions", map[string]any{"id": r.name, "name": r.title}, nil); err != nil {
			return err
		}
		if err := c.do(ctx, "POST", "/resources", map[string]any{
			"id": r.resource, "region": r.name, "endpoint": resources[i].Endpoint, "immutable_id": resources[i].ImmutableID,
			"access_key": resources[i].AccessKey, "anchor_number": r.anchor, "cognitive_endpoint": speech,
			"made_at": time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC), // before direct routing was closed
		}, nil); err != nil {
			return err
		}
		if err := c.do(ctx, "POST", "/trunks", map[string]any{
			"fqdn": r.trunk, "port": farPort, "resource": r.resource, "kind": "builtin",
		}, nil); err != nil {
			return err
		}
		// The routes are at Microsoft already.
		if err := c.do(ctx, "POST", "/resources/"+r.resource+"/routing/import", map[string]any{"reason": "what the simulator begins with"}, nil); err != nil {
			return err
		}
	}
	return nil
}

func seedTenant(ctx context.Context, c *client, o organisation) error {
	var t apiTenant
	if err := c.do(ctx, "POST", "/tenants", map[string]any{
		"name": o.name, "entra_tenant_id": o.entra(), "home_region": o.region,
	}, &t); err != nil {
		return err
	}
	for _, state := range []string{"onboarding", "active"} {
		if err := c.do(ctx, "PATCH", "/tenants/"+t.ID, map[string]any{"state": state}, nil); err != nil {
			return err
		}
	}
	for _, p := range o.people {
		if err := c.do(ctx, "POST", "/agents", map[string]any{"tenant": t.ID, "oid": o.oid(p), "name": p.name}, nil); err != nil {
			return fmt.Errorf("agent %s: %w", p.name, err)
		}
	}
	return c.do(ctx, "POST", "/numbers", map[string]any{
		"tenant": t.ID, "e164": o.number, "display_name": o.display, "ring_timeout": 15,
	}, nil)
}
