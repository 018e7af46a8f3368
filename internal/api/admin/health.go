package admin

import (
	"context"
	"time"

	"tandem/internal/fault"
	"tandem/internal/proof"
	"tandem/internal/provider"
	"tandem/internal/trunk"
)

// HealthReport is how everything is that calls pass.
type HealthReport struct {
	At      time.Time      `json:"at" doc:"When it was so." example:"2026-12-01T09:00:00Z"`
	Regions []RegionHealth `json:"regions" nullable:"false" doc:"By id."`
	Trunks  []TrunkHealth  `json:"trunks" nullable:"false" doc:"Those of no resource, by FQDN: of Teams direct routing, or taken out by a plan."`
	Peers   []Health       `json:"peers" nullable:"false" doc:"Each as each node sees it; none for a key without peers.read."`
}

// RegionHealth is a region with its resources.
type RegionHealth struct {
	ID        trunk.RegionID   `json:"id" doc:"A short name." example:"eu"`
	Name      string           `json:"name" doc:"What people call it." example:"Europe"`
	Resources []ResourceHealth `json:"resources" nullable:"false" doc:"By id."`
}

// ResourceHealth is a resource with its trunks.
type ResourceHealth struct {
	ID     trunk.ResourceID `json:"id" doc:"A short name." example:"eu-1"`
	Plan   trunk.RevisionID `json:"plan,omitempty" doc:"The one that is in force; absent: none was ever applied or imported." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092"`
	State  string           `json:"state,omitempty" enum:"activating,active" doc:"Of that plan. activating: Microsoft does not say of every trunk yet that it is active, or OPTIONS both ways and a call have not shown yet that each of ours works."`
	Drift  []string         `json:"drift" nullable:"false" doc:"What would make it again what was applied last, as a plan shows it; empty: nobody has changed it at Microsoft past us." example:"[\"+ route all\"]"`
	Trunks []TrunkHealth    `json:"trunks" nullable:"false" doc:"By FQDN."`
}

// TrunkHealth is how a trunk is.
type TrunkHealth struct {
	Kind  string      `json:"kind" enum:"builtin,external" doc:"builtin: a SIP edge of ours; external: a third-party SBC, of which we cannot know much."`
	Port  int         `json:"port" doc:"Of TLS signalling." example:"5061"`
	Proof *TrunkProof `json:"proof,omitempty" doc:"The newest proof of it; absent: none was asked for yet."`
	// Of a third-party SBC that is all there is.
	Microsoft *MicrosoftHealth `json:"microsoft,omitempty" doc:"Of a third-party SBC: what Microsoft says of it, from which the condition follows; absent: it has not been asked yet."`
	Health
}

// MicrosoftHealth is what Microsoft says of a trunk, in its words; others than those listed may come.
type MicrosoftHealth struct {
	TLS     string `json:"tls,omitempty" doc:"unknown, ok, certExpiring or certExpired. Absent, as the rest: it does not have the trunk." example:"ok"`
	Ping    string `json:"ping,omitempty" doc:"Of OPTIONS: unknown, ok, expired or error." example:"ok"`
	Overall string `json:"overall,omitempty" doc:"unknown, active or inactive." example:"active"`
	Reason  string `json:"reason,omitempty" doc:"Of inactive: noRecentCalls, noRecentPings or noRecentCallsAndPings." example:"noRecentPings"`
}

// Health is how a trunk or a peer is, and why.
type Health struct {
	Name        string             `json:"name" doc:"FQDN of a trunk, name of a peer." example:"e0.eu.sbc.example.net"`
	Condition   string             `json:"condition" enum:"unknown,up,degraded,down" doc:"What is believed: what was seen for long enough that it is no flapping, 90 seconds for the worse and three minutes for the better. degraded: calls pass, but not all of them, or soon not any more."`
	Since       *time.Time         `json:"since,omitempty" doc:"Since when." example:"2026-12-01T08:00:00Z"`
	Reason      *HealthReason      `json:"reason,omitempty" doc:"Of everything that is not up."`
	Next        string             `json:"next,omitempty" enum:"up,degraded,down" doc:"What is seen now, and will be believed if it stays so."`
	NextSince   *time.Time         `json:"next_since,omitempty" doc:"Since when that is seen." example:"2026-12-01T08:59:00Z"`
	Node        string             `json:"node,omitempty" doc:"That has told of it." example:"sip-1"`
	SeenAt      *time.Time         `json:"seen_at,omitempty" doc:"When it did so last; it does every minute." example:"2026-12-01T08:59:48Z"`
	Options     []OptionsSent      `json:"options" nullable:"false" doc:"What OPTIONS of ours brought: from each of Microsoft's proxies, or from a peer."`
	HeardAt     *time.Time         `json:"heard_at,omitempty" doc:"When OPTIONS of Microsoft's came last." example:"2026-12-01T08:59:31Z"`
	Certificate *HealthCertificate `json:"certificate,omitempty" doc:"That the trunk shows."`
	DNS         *HealthReason      `json:"dns,omitempty" doc:"What is wrong with the trunk's name; absent: nothing."`
	LastCallAt  *time.Time         `json:"last_call_at,omitempty" doc:"When a call was answered last, either way." example:"2026-12-01T08:42:10Z"`
	Calls       int                `json:"calls" doc:"Begun within the last hour." example:"120"`
	Answered    int                `json:"answered" doc:"Answered within the last hour; with calls this is the answer-seizure ratio." example:"114"`
	Strip       []HealthStretch    `json:"strip" nullable:"false" doc:"The last 24 hours, without gaps."`
}

// HealthReason says why, and what to do.
type HealthReason struct {
	Code  string `json:"code" doc:"Stable." example:"proxies_silent"`
	Found string `json:"found" doc:"What there is." example:"none of Microsoft's proxies answers OPTIONS"`
	Cure  string `json:"cure" doc:"What to do." example:"open TCP 5061 from this machine to 52.112.0.0/14 and 52.120.0.0/14 in the firewall"`
}

// OptionsSent is what OPTIONS to one target brought.
type OptionsSent struct {
	Whom        string     `json:"whom" doc:"A proxy of Microsoft's, or the peer." example:"sip.pstnhub.microsoft.com"`
	At          *time.Time `json:"at,omitempty" doc:"When they were sent last." example:"2026-12-01T08:59:31Z"`
	AnsweredAt  *time.Time `json:"answered_at,omitempty" doc:"When they were answered last." example:"2026-12-01T08:59:31Z"`
	RoundTripMS float64    `json:"round_trip_ms,omitempty" doc:"Of that answer." example:"21.4"`
	Failure     string     `json:"failure,omitempty" enum:"name,connect,tls,silent,refused" doc:"Why the last ones have no good answer; absent: they have one."`
	Status      int        `json:"status,omitempty" doc:"Of the last answer." example:"200"`
	Error       string     `json:"error,omitempty" doc:"In technical words." example:"dial tcp 52.112.0.1:5061: connection refused"`
}

// HealthCertificate is one that a trunk shows.
type HealthCertificate struct {
	Names     []string      `json:"names" nullable:"false" doc:"That it covers." example:"[\"*.eu.sbc.example.net\"]"`
	Issuer    string        `json:"issuer" doc:"Who has signed it." example:"CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1"`
	ExpiresAt time.Time     `json:"expires_at" doc:"When it runs out." example:"2027-03-01T00:00:00Z"`
	Problem   *HealthReason `json:"problem,omitempty" doc:"What is wrong with it, or soon will be."`
}

// HealthStretch is a time in which a condition was the same.
type HealthStretch struct {
	From      time.Time `json:"from" doc:"When it begins." example:"2026-11-30T09:00:00Z"`
	To        time.Time `json:"to" doc:"When it ends." example:"2026-12-01T09:00:00Z"`
	Condition string    `json:"condition" enum:"unknown,up,degraded,down" doc:"The worst that was believed; unknown: nobody told."`
}

// HealthSample is how a trunk was during five minutes.
type HealthSample struct {
	At          time.Time `json:"at" doc:"When they begin." example:"2026-12-01T08:55:00Z"`
	Condition   string    `json:"condition" enum:"unknown,up,degraded,down" doc:"The worst that was believed."`
	Options     int64     `json:"options" doc:"OPTIONS of ours." example:"15"`
	Good        int64     `json:"good" doc:"Of those, answered as they should be." example:"15"`
	RoundTripMS float64   `json:"round_trip_ms,omitempty" doc:"The longest." example:"34.1"`
	Calls       int64     `json:"calls" doc:"Begun." example:"11"`
	Answered    int64     `json:"answered" doc:"Answered." example:"10"`
}

// TrunkHistory is how a trunk is and was.
type TrunkHistory struct {
	TrunkHealth
	Samples []HealthSample `json:"samples" nullable:"false" doc:"The oldest first; five minutes of which nobody told are missing."`
}

type trunkHealthQuery struct {
	FQDN  string `path:"fqdn" maxLength:"253" doc:"Name of the trunk." example:"e0.eu.sbc.example.net"`
	Hours int    `query:"hours" minimum:"1" maximum:"192" default:"24" doc:"How far back the samples go."`
}

// stripOf is how far back the strip goes.
const stripOf = 24 * time.Hour

func (s *server) getHealth(ctx context.Context, _ *none) (*shown[HealthReport], error) {
	now := s.cfg.Now().UTC()
	known, err := s.deps.Health.Standings(ctx)
	if err != nil {
		return nil, err
	}
	samples, err := s.deps.Health.Samples(ctx, now.Add(-stripOf))
	if err != nil {
		return nil, err
	}
	drifts, err := s.deps.Health.Drifts(ctx)
	if err != nil {
		return nil, err
	}
	proofs, err := s.deps.Proofs.NewestProofs(ctx)
	if err != nil {
		return nil, err
	}
	v := healthView{now: now, samples: map[sampleKey][]trunk.Sample{}, proofs: byTrunk(proofs)}
	for _, x := range samples {
		k := sampleKey{x.Of, x.Name, x.Node}
		v.samples[k] = append(v.samples[k], x)
	}
	trunks, peers := map[string]trunk.Standing{}, map[string][]trunk.Standing{}
	for _, h := range known {
		if h.Of == trunk.TrunkKind {
			trunks[h.Name] = h
		} else {
			peers[h.Name] = append(peers[h.Name], h)
		}
	}
	report := HealthReport{At: now, Peers: []Health{}}
	byResource, err := s.trunksHealth(ctx, v, trunks)
	if err != nil {
		return nil, err
	}
	report.Trunks = append([]TrunkHealth{}, byResource[""]...)
	if report.Regions, err = s.regionsHealth(ctx, byResource, drifts); err != nil {
		return nil, err
	}
	if callerOf(ctx).Permits(provider.PeersRead) == nil {
		report.Peers, err = s.peersHealth(ctx, v, peers)
	}
	return &shown[HealthReport]{report}, err
}

// trunksHealth are the trunks by their resource; "" has those of none.
func (s *server) trunksHealth(ctx context.Context, v healthView, known map[string]trunk.Standing) (map[trunk.ResourceID][]TrunkHealth, error) {
	trunks, err := pages(func(last trunk.Trunk, limit int) ([]trunk.Trunk, error) {
		return s.deps.Places.ListTrunks(ctx, last.FQDN, limit)
	})
	byResource := map[trunk.ResourceID][]TrunkHealth{}
	for _, t := range trunks {
		h, told := known[t.FQDN]
		byResource[t.Resource] = append(byResource[t.Resource], v.trunk(t, h, told))
	}
	return byResource, err
}

func (s *server) regionsHealth(ctx context.Context, byResource map[trunk.ResourceID][]TrunkHealth, drifts map[trunk.ResourceID][]string) ([]RegionHealth, error) {
	regions, err := pages(func(last trunk.Region, limit int) ([]trunk.Region, error) {
		return s.deps.Places.ListRegions(ctx, last.ID, limit)
	})
	if err != nil {
		return nil, err
	}
	resources, err := pages(func(last trunk.Resource, limit int) ([]trunk.Resource, error) {
		return s.deps.Places.ListResources(ctx, last.ID, limit)
	})
	if err != nil {
		return nil, err
	}
	byRegion := map[trunk.RegionID][]ResourceHealth{}
	for _, r := range resources {
		one := ResourceHealth{ID: r.ID, Drift: append([]string{}, drifts[r.ID]...), Trunks: append([]TrunkHealth{}, byResource[r.ID]...)}
		in, err := s.deps.Routings.InForce(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		one.Plan, one.State = in.ID, string(in.State)
		byRegion[r.Region] = append(byRegion[r.Region], one)
	}
	return each(regions, func(r trunk.Region) RegionHealth {
		return RegionHealth{ID: r.ID, Name: r.Name, Resources: append([]ResourceHealth{}, byRegion[r.ID]...)}
	}), nil
}

func (s *server) peersHealth(ctx context.Context, v healthView, known map[string][]trunk.Standing) ([]Health, error) {
	peers, err := pages(func(last trunk.Peer, limit int) ([]trunk.Peer, error) {
		return s.deps.Peers.ListPeers(ctx, last.ID, limit)
	})
	all := []Health{}
	for _, p := range peers {
		for _, h := range known[p.Name] {
			all = append(all, v.show(h))
		}
		if len(known[p.Name]) > 0 {
			continue
		}
		why := trunk.Reason{Code: "not_pinged", Found: "no OPTIONS are sent to the peer", Cure: "set ping_seconds of the peer, and dial_to if it takes calls"}
		if p.PingSeconds > 0 {
			why = trunk.Reason{Code: "node_never", Found: "no node has told of the peer yet", Cure: "wait a minute; if it stays so, see whether a SIP edge runs"}
		}
		all = append(all, v.show(trunk.Standing{Of: trunk.PeerKind, Name: p.Name, Held: trunk.Held{Condition: trunk.Unknown, Reason: why}}))
	}
	return all, err
}

func (s *server) getTrunkHealth(ctx context.Context, in *trunkHealthQuery) (*shown[TrunkHistory], error) {
	t, err := s.deps.Places.Trunk(ctx, in.FQDN)
	if err != nil {
		return nil, err
	}
	h, err := s.deps.Health.TrunkStanding(ctx, t.FQDN)
	told := err == nil
	if err != nil && fault.KindOf(err) != fault.KindNotFound {
		return nil, err
	}
	now := s.cfg.Now().UTC()
	from := now.Add(-time.Duration(in.Hours) * time.Hour)
	samples, err := s.deps.Health.SamplesOf(ctx, t.FQDN, now.Add(-max(stripOf, now.Sub(from))))
	if err != nil {
		return nil, err
	}
	proofs, err := s.deps.Proofs.ListProofs(ctx, t.FQDN, "", 1)
	if err != nil {
		return nil, err
	}
	v := healthView{now: now, samples: map[sampleKey][]trunk.Sample{{trunk.TrunkKind, t.FQDN, ""}: samples}, proofs: byTrunk(proofs)}
	history := TrunkHistory{TrunkHealth: v.trunk(t, h, told), Samples: []HealthSample{}}
	for _, x := range samples {
		if x.At.Before(from) {
			continue
		}
		history.Samples = append(history.Samples, HealthSample{
			At: x.At.UTC(), Condition: string(x.Worst), Options: x.Sent, Good: x.Good, RoundTripMS: milliseconds(x.RoundTrip), Calls: x.Calls, Answered: x.Answered,
		})
	}
	return &shown[TrunkHistory]{history}, nil
}

type sampleKey struct {
	of         trunk.Neighbour
	name, node string
}

// healthView shows what is known at a moment.
type healthView struct {
	now     time.Time
	samples map[sampleKey][]trunk.Sample // of the last [stripOf] at least
	proofs  map[string]proof.Kept        // the newest of each trunk that has one
}

func byTrunk(all []proof.Kept) map[string]proof.Kept {
	of := map[string]proof.Kept{}
	for _, k := range all {
		of[k.Trunk] = k
	}
	return of
}

// trunk shows a trunk, also one of which nobody has told.
func (v healthView) trunk(t trunk.Trunk, h trunk.Standing, told bool) TrunkHealth {
	if !told {
		h = trunk.Standing{Of: trunk.TrunkKind, Name: t.FQDN, Held: trunk.Held{Condition: trunk.Unknown}}
		h.Held.Reason = trunk.Reason{Code: "node_never", Found: "no node of ours has told of it", Cure: "start the node that has it in sip.far.trunks, or delete the trunk"}
		switch {
		case t.Kind == trunk.External && t.Resource == "":
			h.Held.Reason = trunk.Reason{
				Code: "no_resource", Found: "a third-party SBC of no resource, of which we have nobody to ask", Cure: "look in the Teams admin center; if it is for Azure Communication Services, name it in the document of a resource",
			}
		case t.Kind == trunk.External:
			h.Held.Reason = trunk.Reason{Code: "not_ours", Found: "a third-party SBC, of which only Microsoft can tell, and it has not been asked yet", Cure: "wait a minute; if it stays so, see whether a process has the role jobs"}
		}
	}
	is := TrunkHealth{Kind: string(t.Kind), Port: t.Port, Health: v.show(h)}
	if k, proved := v.proofs[t.FQDN]; proved {
		is.Proof = new(showTrunkProof(k))
	}
	if word := h.Signs.Microsoft; word != nil {
		is.Microsoft = &MicrosoftHealth{word.TLS, word.Ping, word.Overall, word.Reason}
	}
	return is
}

func (v healthView) show(h trunk.Standing) Health {
	s := h.Signs
	is := Health{
		Name: h.Name, Condition: string(h.Held.Condition), Since: at(h.Held.Since), Reason: showReason(h.Held.Reason),
		Next: string(h.Held.Next.Condition), NextSince: at(h.Held.NextSince), Node: s.Node, SeenAt: at(h.SeenAt), Options: []OptionsSent{}, HeardAt: at(s.Heard),
		DNS: showReason(s.Name), LastCallAt: at(s.LastCall), Calls: s.Calls, Answered: s.Answered, Strip: []HealthStretch{},
	}
	for _, a := range s.Asked {
		is.Options = append(is.Options, OptionsSent{
			Whom: a.Whom, At: at(a.At), AnsweredAt: at(a.Answered), RoundTripMS: milliseconds(a.RoundTrip), Failure: string(a.Failure), Status: a.Status, Error: a.Error,
		})
	}
	if c := s.Certificate; c != nil {
		problem := c.Broken
		if problem.Code == "" {
			problem = c.Warning
		}
		is.Certificate = &HealthCertificate{Names: append([]string{}, c.Names...), Issuer: c.Issuer, ExpiresAt: c.Expires.UTC(), Problem: showReason(problem)}
	}
	for _, x := range trunk.Strip(v.samples[sampleKey{h.Of, h.Name, h.Node}], v.now.Add(-stripOf), v.now) {
		is.Strip = append(is.Strip, HealthStretch{x.From.UTC(), x.To.UTC(), string(x.Condition)})
	}
	return is
}

func showReason(r trunk.Reason) *HealthReason {
	if r.Code == "" {
		return nil
	}
	return &HealthReason{r.Code, r.Found, r.Cure}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// pages reads a whole list, page by page; each begins behind the last one of the page before.
func pages[T any](fetch func(last T, limit int) ([]T, error)) ([]T, error) {
	var all []T
	var last T
	for {
		some, err := fetch(last, provider.MaxPage)
		if err != nil || len(some) == 0 {
			return all, err
		}
		all, last = append(all, some...), some[len(some)-1]
	}
}
