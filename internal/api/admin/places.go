package admin

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// Region is a region as the API shows it.
type Region struct {
	ID        trunk.RegionID `json:"id" doc:"A short name." example:"eu"`
	Name      string         `json:"name" doc:"What people call it." example:"Europe"`
	CreatedAt time.Time      `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
}

// RegionCreate is a new region.
type RegionCreate struct {
	ID   string `json:"id" maxLength:"40" doc:"A short name: lower-case letters, digits and hyphens." example:"eu"`
	Name string `json:"name" maxLength:"128" doc:"What people call it." example:"Europe"`
}

func (b *RegionCreate) region() trunk.Region {
	return trunk.Region{ID: trunk.RegionID(b.ID), Name: b.Name}
}

// Resolve implements huma.ResolverWithPath.
func (b *RegionCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.region().Validate())
}

// Resource is an ACS resource as the API shows it.
type Resource struct {
	ID                trunk.ResourceID `json:"id" doc:"A short name." example:"eu-1"`
	Region            trunk.RegionID   `json:"region" doc:"Id of its region." example:"eu"`
	Endpoint          string           `json:"endpoint" doc:"Its address." example:"https://tandem-eu.germany.communication.azure.com/"`
	ImmutableID       string           `json:"immutable_id" doc:"Its immutable resource id, a UUID." example:"e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44"`
	OwnerTenant       tenant.ID        `json:"owner_tenant,omitempty" doc:"The one tenant it is for; absent: shared by the tenants of the region." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	MadeAt            time.Time        `json:"made_at" doc:"When it was made in Azure." example:"2025-03-01T00:00:00Z"`
	DirectRouting     bool             `json:"direct_routing" doc:"Whether Microsoft lets it have direct routing, which is closed to resources made since 2026-10-23." example:"true"`
	CognitiveEndpoint string           `json:"cognitive_endpoint,omitempty" doc:"Its AI service; without one Microsoft neither speaks nor listens in a call." example:"https://tandem-eu.cognitiveservices.azure.com/"`
	AnchorNumber      string           `json:"anchor_number,omitempty" doc:"Called where a call has no number of its own." example:"+493012345600"`
	CreatedAt         time.Time        `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
}

// ResourceCreate makes a resource known.
type ResourceCreate struct {
	ID                string    `json:"id" maxLength:"40" doc:"A short name: lower-case letters, digits and hyphens." example:"eu-1"`
	Region            string    `json:"region" maxLength:"40" doc:"Id of its region." example:"eu"`
	Endpoint          string    `json:"endpoint" maxLength:"256" doc:"Its address." example:"https://tandem-eu.germany.communication.azure.com/"`
	ImmutableID       string    `json:"immutable_id" maxLength:"36" doc:"Its immutable resource id, a UUID." example:"e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44"`
	AccessKey         string    `json:"access_key" maxLength:"512" writeOnly:"true" doc:"One of its access keys, in base64. It is sealed and never shown."`
	OwnerTenant       string    `json:"owner_tenant,omitempty" maxLength:"36" doc:"Id of the one tenant it is for." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	MadeAt            time.Time `json:"made_at" doc:"When it was made in Azure." example:"2025-03-01T00:00:00Z"`
	CognitiveEndpoint string    `json:"cognitive_endpoint,omitempty" maxLength:"256" doc:"Its AI service." example:"https://tandem-eu.cognitiveservices.azure.com/"`
	AnchorNumber      string    `json:"anchor_number,omitempty" maxLength:"16" doc:"Called where a call has no number of its own." example:"+493012345600"`
}

func (b *ResourceCreate) resource(sealed []byte) trunk.Resource {
	return trunk.Resource{
		ID: trunk.ResourceID(b.ID), Region: trunk.RegionID(b.Region), Endpoint: b.Endpoint, ImmutableID: b.ImmutableID, AccessKey: sealed,
		OwnerTenant: tenant.ID(b.OwnerTenant), MadeAt: b.MadeAt.UTC(), CognitiveEndpoint: b.CognitiveEndpoint, AnchorNumber: b.AnchorNumber,
	}.Normalize()
}

// Resolve implements huma.ResolverWithPath.
func (b *ResourceCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	var p fault.Problems
	trunk.CheckAccessKey(&p, "access_key", b.AccessKey)
	all := mistakes(at, p.Err("resource_invalid", "the resource is not valid"))
	return append(all, mistakes(at, b.resource([]byte{0}).Validate())...)
}

func showResource(r trunk.Resource) Resource {
	return Resource{
		ID: r.ID, Region: r.Region, Endpoint: r.Endpoint, ImmutableID: r.ImmutableID, OwnerTenant: r.OwnerTenant, MadeAt: r.MadeAt.UTC(),
		DirectRouting: r.DirectRouting(), CognitiveEndpoint: r.CognitiveEndpoint, AnchorNumber: r.AnchorNumber, CreatedAt: r.CreatedAt.UTC(),
	}
}

// Trunk is a trunk as the API shows it.
type Trunk struct {
	FQDN     string           `json:"fqdn" doc:"The SBC's name." example:"e0.eu.sbc.example.net"`
	Port     int              `json:"port" doc:"Of TLS signalling." example:"5061"`
	Resource trunk.ResourceID `json:"resource,omitempty" doc:"Id of the resource it is registered in; absent of a trunk of Teams', and of one of ours that a plan took out of its resource." example:"eu-1"`
	Kind     string           `json:"kind" enum:"builtin,external" doc:"builtin: a SIP edge of ours, which Microsoft does not certify; external: a third-party SBC."`

	Connectivity string    `json:"connectivity" doc:"How Microsoft knows the name: in a resource, or in Teams, never in both."`
	CreatedAt    time.Time `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
}

// TrunkCreate makes a trunk known.
type TrunkCreate struct {
	FQDN     string `json:"fqdn" maxLength:"253" doc:"The SBC's name." example:"e0.eu.sbc.example.net"`
	Port     int    `json:"port,omitempty" minimum:"1" maximum:"65535" default:"5061" doc:"Of TLS signalling."`
	Resource string `json:"resource,omitempty" maxLength:"40" doc:"Id of the resource it is registered in; needed unless it is a trunk of Teams'." example:"eu-1"`
	Kind     string `json:"kind,omitempty" enum:"builtin,external" default:"builtin" doc:"Whose SBC it is."`

	Connectivity string `json:"connectivity,omitempty" maxLength:"64" doc:"How Microsoft knows the name; without it as a trunk of a resource. One of Teams' is kept so that no routing document takes its name."`
}

func (b *TrunkCreate) trunk() trunk.Trunk {
	return trunk.Trunk{FQDN: b.FQDN, Port: b.Port, Resource: trunk.ResourceID(b.Resource), Kind: trunk.Kind(b.Kind), Connectivity: tenant.Connectivity(b.Connectivity)}.Normalize()
}

// Resolve implements huma.ResolverWithPath.
func (b *TrunkCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return mistakes(at, b.trunk().Validate())
}

func showRegion(r trunk.Region) Region {
	return Region{ID: r.ID, Name: r.Name, CreatedAt: r.CreatedAt.UTC()}
}

func showTrunk(t trunk.Trunk) Trunk {
	return Trunk{FQDN: t.FQDN, Port: t.Port, Resource: t.Resource, Kind: string(t.Kind), Connectivity: string(t.Connectivity), CreatedAt: t.CreatedAt.UTC()}
}

type (
	regionCreate   struct{ Body RegionCreate }
	resourceCreate struct{ Body ResourceCreate }
	trunkCreate    struct{ Body TrunkCreate }
	regionPath     struct {
		Region string `path:"region" maxLength:"64" doc:"Id of the region." example:"eu"`
	}
	resourcePath struct {
		Resource string `path:"resource" maxLength:"64" doc:"Id of the resource." example:"eu-1"`
	}
	trunkPath struct {
		FQDN string `path:"fqdn" maxLength:"253" doc:"Name of the trunk." example:"e0.eu.sbc.example.net"`
	}
)

func (s *server) createRegion(ctx context.Context, in *regionCreate) (*made[Region], error) {
	r, err := s.deps.Places.CreateRegion(ctx, in.Body.region())
	if err != nil {
		return nil, err
	}
	return &made[Region]{Location: "/v1/regions/" + string(r.ID), Body: showRegion(r)}, nil
}

func (s *server) getRegion(ctx context.Context, in *regionPath) (*shown[Region], error) {
	r, err := s.deps.Places.Region(ctx, trunk.RegionID(in.Region))
	if err != nil {
		return nil, err
	}
	return &shown[Region]{showRegion(r)}, nil
}

// anyName is what a cursor over names chosen by the provider may hold; it is
// compared with and nothing else.
func anyName(s string) bool { return len(s) <= 253 }

func (s *server) listRegions(ctx context.Context, in *PageQuery) (*shown[Page[Region]], error) {
	return list[trunk.Region, Region]{
		name: "regions", valid: anyName, show: showRegion,
		last: func(r trunk.Region) string { return string(r.ID) },
		fetch: func(after string, limit int) ([]trunk.Region, error) {
			return s.deps.Places.ListRegions(ctx, trunk.RegionID(after), limit)
		},
	}.page(*in)
}

func (s *server) createResource(ctx context.Context, in *resourceCreate) (*made[Resource], error) {
	sealed := s.deps.Seal.Seal([]byte(in.Body.AccessKey), trunk.AccessKeyContext(trunk.ResourceID(in.Body.ID)))
	r, err := s.deps.Places.CreateResource(ctx, in.Body.resource(sealed))
	if err != nil {
		return nil, err
	}
	return &made[Resource]{Location: "/v1/resources/" + string(r.ID), Body: showResource(r)}, nil
}

func (s *server) getResource(ctx context.Context, in *resourcePath) (*shown[Resource], error) {
	r, err := s.deps.Places.Resource(ctx, trunk.ResourceID(in.Resource))
	if err != nil {
		return nil, err
	}
	return &shown[Resource]{showResource(r)}, nil
}

func (s *server) listResources(ctx context.Context, in *PageQuery) (*shown[Page[Resource]], error) {
	return list[trunk.Resource, Resource]{
		name: "resources", valid: anyName, show: showResource,
		last: func(r trunk.Resource) string { return string(r.ID) },
		fetch: func(after string, limit int) ([]trunk.Resource, error) {
			return s.deps.Places.ListResources(ctx, trunk.ResourceID(after), limit)
		},
	}.page(*in)
}

func (s *server) createTrunk(ctx context.Context, in *trunkCreate) (*made[Trunk], error) {
	t, err := s.deps.Places.CreateTrunk(ctx, in.Body.trunk())
	if err != nil {
		return nil, err
	}
	return &made[Trunk]{Location: "/v1/trunks/" + t.FQDN, Body: showTrunk(t)}, nil
}

func (s *server) getTrunk(ctx context.Context, in *trunkPath) (*shown[Trunk], error) {
	t, err := s.deps.Places.Trunk(ctx, in.FQDN)
	if err != nil {
		return nil, err
	}
	return &shown[Trunk]{showTrunk(t)}, nil
}

func (s *server) listTrunks(ctx context.Context, in *PageQuery) (*shown[Page[Trunk]], error) {
	return list[trunk.Trunk, Trunk]{
		name: "trunks", valid: anyName, show: showTrunk,
		last: func(t trunk.Trunk) string { return t.FQDN },
		fetch: func(after string, limit int) ([]trunk.Trunk, error) {
			return s.deps.Places.ListTrunks(ctx, after, limit)
		},
	}.page(*in)
}
