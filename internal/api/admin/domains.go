package admin

import (
	"context"
	"time"

	"tandem/internal/check"
	"tandem/internal/trunk"
)

// DomainDone says who has done something about a domain.
type DomainDone struct {
	By     string    `json:"by" doc:"Who says so, as in the audit trail." example:"user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"`
	ByName string    `json:"by_name,omitempty" doc:"What he was called then." example:"Adele Vance"`
	At     time.Time `json:"at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
}

// DomainMarked is what people say that they have done about a domain.
type DomainMarked struct {
	Name      string      `json:"name" doc:"A domain, or the whole name of a trunk." example:"eu.sbc.example.net"`
	TXT       string      `json:"txt,omitempty" doc:"What the portal wants the TXT record to say." example:"ms93847561"`
	Published *DomainDone `json:"published,omitempty" doc:"Who has put the TXT record into DNS."`
	Verified  *DomainDone `json:"verified,omitempty" doc:"Who has had the portal verify it."`
}

// TrunkDomain is a domain in which a resource has trunks, or shall have.
type TrunkDomain struct {
	DomainMarked
	State  string   `json:"state" enum:"open,published,claimed,verified" doc:"open: nobody has done anything. published: the TXT record is said to be in DNS. claimed: the portal is said to have verified it, and Microsoft does not list it as such yet. verified: Microsoft does."`
	Trunks []string `json:"trunks" nullable:"false" doc:"New ones that need it." example:"[\"e1.eu.sbc.example.net\"]"`
}

// TrunkDomains are those of a resource.
type TrunkDomains struct {
	Items []TrunkDomain `json:"items" nullable:"false" doc:"By name."`
}

// DomainMark is what a person says of a domain.
type DomainMark struct {
	TXT       *string `json:"txt,omitempty" maxLength:"255" doc:"What the portal wants the TXT record to say, for who puts it into DNS; without it what was said before." example:"ms93847561"`
	Published bool    `json:"published,omitempty" default:"false" doc:"The TXT record is in DNS." example:"true"`
	Verified  bool    `json:"verified,omitempty" default:"false" doc:"The portal has verified it."`
}

type domainMark struct {
	Resource string `path:"resource" maxLength:"64" doc:"Id of the resource." example:"eu-1"`
	Domain   string `path:"domain" maxLength:"253" doc:"The domain, or the whole name of a trunk." example:"eu.sbc.example.net"`
	Body     DomainMark
}

func showDone(d trunk.Done) *DomainDone {
	if d.At.IsZero() {
		return nil
	}
	return &DomainDone{By: d.By.ID, ByName: d.By.Name, At: d.At.UTC()}
}

func showMark(m trunk.DomainMark) DomainMarked {
	return DomainMarked{Name: m.Name, TXT: m.TXT, Published: showDone(m.Published), Verified: showDone(m.Verified)}
}

func showDomain(d trunk.DomainStanding) TrunkDomain {
	d.Mark.Name = d.Name // nobody may have marked it
	return TrunkDomain{DomainMarked: showMark(d.Mark), State: string(d.State), Trunks: append([]string{}, d.Trunks...)}
}

func (s *server) listDomains(ctx context.Context, in *resourcePath) (*shown[TrunkDomains], error) {
	all, err := s.deps.Routings.Domains(ctx, trunk.ResourceID(in.Resource))
	if err != nil {
		return nil, err
	}
	return &shown[TrunkDomains]{TrunkDomains{each(all, showDomain)}}, nil
}

func (s *server) markDomain(ctx context.Context, in *domainMark) (*shown[DomainMarked], error) {
	m, err := s.deps.Routings.MarkDomain(ctx, trunk.ResourceID(in.Resource), in.Domain, check.DomainStep{
		TXT: in.Body.TXT, Published: in.Body.Published, Verified: in.Body.Verified, By: byOf(ctx),
	})
	if err != nil {
		return nil, err
	}
	return &shown[DomainMarked]{showMark(m)}, nil
}
