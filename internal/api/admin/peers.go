package admin

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"tandem/internal/fault"
	"tandem/internal/secret"
	"tandem/internal/trunk"
)

// Peer is a peer as the API shows it.
type Peer struct {
	ID              trunk.PeerID `json:"id" doc:"A UUID." example:"d1a1f7a4-70a4-4a53-8f0a-7d7a5b0f0c33"`
	Name            string       `json:"name" doc:"Unique; appears in call records." example:"contact-centre"`
	Auth            string       `json:"auth" enum:"digest,address,certificate" doc:"How the peer proves who it is." example:"digest"`
	Username        string       `json:"username,omitempty" doc:"Of auth digest." example:"contact-centre"`
	Password        string       `json:"password,omitempty" doc:"Only in the answer to the creation, if it was made here. It is never shown again." example:"0aZ4kQ9vT1sW7xY2bC5dE8fG"`
	Realm           string       `json:"realm,omitempty" doc:"The digest's realm." example:"tandem"`
	CertificateName string       `json:"certificate_name,omitempty" doc:"Of auth certificate: a DNS name in it." example:"sbc.contact-centre.example"`
	Fingerprints    []string     `json:"certificate_fingerprints,omitempty" doc:"Of auth certificate: the SHA-256 of those that it may show." example:"[\"0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\"]"`
	Addresses       []string     `json:"addresses" nullable:"false" doc:"Where the peer may come from; empty: anywhere." example:"[\"192.0.2.0/24\"]"`
	MaxCalls        int          `json:"max_calls" doc:"Calls at once; 0 is no limit." example:"100"`
	DialTo          string       `json:"dial_to,omitempty" doc:"Where telephones that are added to calls are dialled." example:"sip:sbc.carrier.example:5060;transport=tcp"`
	DialUsername    string       `json:"dial_username,omitempty" doc:"What the peer's challenges are answered with." example:"tandem"`
	DialRegions     []string     `json:"dial_regions,omitempty" doc:"Whose tenants' telephones it dials; absent: those of all regions." example:"[\"eu\"]"`
	Identity        string       `json:"identity" enum:"asserted,from" doc:"Whether the peer's P-Asserted-Identity, Diversion and History-Info are believed, or From alone." example:"asserted"`
	NumberRules     []NumberRule `json:"number_rules,omitempty" doc:"How the peer writes numbers." example:"[{\"applies_to\":\"called_in\",\"match\":\"00(.+)\",\"replace\":\"+$1\"}]"`
	PingSeconds     int          `json:"ping_seconds,omitempty" doc:"Seconds between OPTIONS to dial_to; absent: none." example:"30"`

	MaxCallsPerSecond int      `json:"max_calls_per_second,omitempty" doc:"Calls that it begins or is dialled for in a second; absent: the edge's setting." example:"10"`
	DialPrefixes      []string `json:"dial_prefixes,omitempty" doc:"Beginnings of the numbers that it is dialled for; absent: all." example:"[\"+49\"]"`

	CreatedAt time.Time  `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ChangedAt *time.Time `json:"changed_at,omitempty" doc:"When it was changed last." example:"2026-11-22T09:30:00Z"`
}

// NumberRule rewrites a number between how a peer writes it and E.164.
type NumberRule struct {
	AppliesTo string `json:"applies_to" enum:"called_in,caller_in,called_out,caller_out" doc:"The number that the peer calls, who it says calls, the number that is dialled at it, or who it is told calls." example:"called_in"`
	Match     string `json:"match" maxLength:"200" doc:"A regular expression (RE2) of the whole number; the first rule that matches counts." example:"00(\\d+)"`
	Replace   string `json:"replace" maxLength:"200" doc:"What it becomes; $1 is the first group." example:"+$1"`
}

func showRules(rules []trunk.NumberRule) []NumberRule {
	var all []NumberRule
	for _, r := range rules {
		all = append(all, NumberRule{AppliesTo: string(r.AppliesTo), Match: r.Match, Replace: r.Replace})
	}
	return all
}

func readRules(rules []NumberRule) []trunk.NumberRule {
	var all []trunk.NumberRule
	for _, r := range rules {
		all = append(all, trunk.NumberRule{AppliesTo: trunk.Applies(r.AppliesTo), Match: r.Match, Replace: r.Replace})
	}
	return all
}

func showPeer(p trunk.Peer) Peer {
	v := Peer{
		ID: p.ID, Name: p.Name, Auth: string(p.Auth), Username: p.Username, CertificateName: p.CertificateName, Fingerprints: p.CertificateFingerprints,
		Addresses: make([]string, 0, len(p.Addresses)), MaxCalls: p.MaxCalls, CreatedAt: p.CreatedAt.UTC(), ChangedAt: at(p.ChangedAt),
		DialTo: p.DialTo, DialUsername: p.DialUsername, DialRegions: texts(p.DialRegions),
		Identity: string(p.Identity), NumberRules: showRules(p.NumberRules), PingSeconds: p.PingSeconds,
		MaxCallsPerSecond: p.MaxCallsPerSecond, DialPrefixes: p.DialPrefixes,
	}
	if p.Auth == trunk.Digest {
		v.Realm = p.Realm
	}
	for _, a := range p.Addresses {
		v.Addresses = append(v.Addresses, a.String())
	}
	return v
}

// PeerCreate is a new peer.
type PeerCreate struct {
	Name            string   `json:"name" maxLength:"40" doc:"Unique: lower-case letters, digits and hyphens." example:"contact-centre"`
	Auth            string   `json:"auth,omitempty" enum:"digest,address,certificate" default:"digest" doc:"How the peer proves who it is: user name and password, where its packets come from, or its client certificate."`
	Username        string   `json:"username,omitempty" maxLength:"64" doc:"Of auth digest; unique." example:"contact-centre"`
	Password        string   `json:"password,omitempty" minLength:"12" maxLength:"128" writeOnly:"true" doc:"Of auth digest; without it one is made and shown, once."`
	CertificateName string   `json:"certificate_name,omitempty" maxLength:"253" doc:"Of auth certificate: a DNS name in it, which the roots of sip.near.roots have to vouch for." example:"sbc.contact-centre.example"`
	Fingerprints    []string `json:"certificate_fingerprints,omitempty" nullable:"false" maxItems:"8" doc:"Of auth certificate: the SHA-256 of those that it may show, as openssl x509 -fingerprint -sha256 prints it; nobody else has to vouch for them. With certificate_name both have to fit." example:"[\"0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\"]"`
	Addresses       []string `json:"addresses,omitempty" nullable:"false" maxItems:"64" doc:"Addresses or networks the peer may come from. The proof itself for auth address, a further condition for the others." example:"[\"192.0.2.0/24\"]"`
	MaxCalls        int      `json:"max_calls,omitempty" minimum:"0" maximum:"100000" doc:"Calls at once; 0 is no limit." example:"100"`
	DialTo          string   `json:"dial_to,omitempty" maxLength:"300" doc:"A SIP URI without a user at which the peer takes calls from us: telephones that are added to calls are dialled there." example:"sip:sbc.carrier.example:5060;transport=tcp"`
	DialUsername    string   `json:"dial_username,omitempty" maxLength:"64" doc:"What the peer's challenges are answered with." example:"tandem"`
	DialPassword    string   `json:"dial_password,omitempty" maxLength:"128" writeOnly:"true" doc:"Of dial_username; sealed and never shown."`
	DialRegions     []string `json:"dial_regions,omitempty" nullable:"false" maxItems:"64" doc:"Whose tenants' telephones it dials; without it those of all regions." example:"[\"eu\"]"`

	Identity    string       `json:"identity,omitempty" enum:"asserted,from" default:"asserted" doc:"Whether the peer's P-Asserted-Identity, Diversion and History-Info are believed, or From alone."`
	NumberRules []NumberRule `json:"number_rules,omitempty" nullable:"false" maxItems:"32" doc:"How the peer writes numbers, in order."`
	PingSeconds int          `json:"ping_seconds,omitempty" minimum:"0" maximum:"3600" doc:"Seconds between OPTIONS to dial_to, at least 5; 0: none. A target that does not answer is dialled last." example:"30"`

	MaxCallsPerSecond int      `json:"max_calls_per_second,omitempty" minimum:"0" maximum:"10000" doc:"Calls that it begins or is dialled for in a second, twice as many in a burst; beyond that 503. 0: the edge's setting." example:"10"`
	DialPrefixes      []string `json:"dial_prefixes,omitempty" nullable:"false" maxItems:"250" doc:"Beginnings of the E.164 numbers that it is dialled for; without it all. Other numbers another peer dials that may, or they are refused with 403." example:"[\"+49\"]"`
}

// peer has placeholders where sealed secrets go.
func (b *PeerCreate) peer(realm string) (trunk.Peer, error) {
	addresses, err := prefixes(b.Addresses)
	p := trunk.Peer{
		Name: b.Name, Auth: trunk.Auth(b.Auth), Username: b.Username, CertificateName: b.CertificateName, CertificateFingerprints: b.Fingerprints,
		Addresses: addresses, MaxCalls: b.MaxCalls,
		DialTo: b.DialTo, DialUsername: b.DialUsername, DialRegions: words[trunk.RegionID](b.DialRegions),
		Identity: trunk.Identity(b.Identity), NumberRules: readRules(b.NumberRules), PingSeconds: b.PingSeconds,
		MaxCallsPerSecond: b.MaxCallsPerSecond, DialPrefixes: b.DialPrefixes,
	}
	if b.DialPassword != "" {
		p.DialPassword = []byte{0}
	}
	if p.Auth == trunk.Digest {
		p.Realm, p.HA1MD5, p.HA1SHA256 = realm, []byte{0}, []byte{0}
	}
	return p.Normalize(), err
}

// Resolve implements huma.ResolverWithPath.
func (b *PeerCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	p, err := b.peer("realm")
	all := append(mistakes(at, err), mistakes(at, p.Validate())...)
	if b.Password != "" && p.Auth != trunk.Digest {
		all = append(all, &huma.ErrorDetail{Location: at.String() + ".password", Message: "is for auth digest only"})
	}
	return all
}

// prefixes reads networks; a single address is a network of one. What cannot be
// read stays in its place as the zero value.
func prefixes(in []string) ([]netip.Prefix, error) {
	var bad fault.Problems
	out := make([]netip.Prefix, len(in))
	for i, s := range in {
		s = strings.TrimSpace(s)
		p, err := netip.ParsePrefix(s)
		if a, single := netip.ParseAddr(s); single == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			bad.Add(fmt.Sprintf("addresses[%d]", i), "must be an address or a network such as 192.0.2.0/24 or 2001:db8::/64")
			continue
		}
		out[i] = p
	}
	return out, bad.Err("peer_invalid", "the peer is not valid")
}

// PeerChange is what can be changed of a peer.
type PeerChange struct {
	Name            merge[string]   `json:"name,omitempty" maxLength:"40" doc:"Unique: lower-case letters, digits and hyphens." example:"contact-centre"`
	Auth            merge[string]   `json:"auth,omitempty" enum:"digest,address,certificate" doc:"How the peer proves who it is." example:"digest"`
	Username        merge[string]   `json:"username,omitempty" maxLength:"64" doc:"Of auth digest; a new one needs the password, too." example:"contact-centre"`
	Password        string          `json:"password,omitempty" minLength:"12" maxLength:"128" writeOnly:"true" doc:"Of auth digest."`
	CertificateName merge[string]   `json:"certificate_name,omitempty" maxLength:"253" doc:"Of auth certificate: a DNS name in it." example:"sbc.contact-centre.example"`
	Fingerprints    merge[[]string] `json:"certificate_fingerprints,omitempty" maxItems:"8" doc:"Of auth certificate: the SHA-256 of those that it may show; all of them." example:"[\"0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\"]"`
	Addresses       merge[[]string] `json:"addresses,omitempty" maxItems:"64" doc:"Addresses or networks the peer may come from." example:"[\"192.0.2.0/24\"]"`
	MaxCalls        merge[int]      `json:"max_calls,omitempty" minimum:"0" maximum:"100000" doc:"Calls at once; 0 is no limit." example:"100"`
	DialTo          merge[string]   `json:"dial_to,omitempty" maxLength:"300" doc:"Where telephones that are added to calls are dialled; null: the peer takes no calls." example:"sip:sbc.carrier.example:5060;transport=tcp"`
	DialUsername    merge[string]   `json:"dial_username,omitempty" maxLength:"64" doc:"What the peer's challenges are answered with; a new one needs the password, too." example:"tandem"`
	DialPassword    string          `json:"dial_password,omitempty" maxLength:"128" writeOnly:"true" doc:"Of dial_username."`
	DialRegions     merge[[]string] `json:"dial_regions,omitempty" maxItems:"64" doc:"Whose tenants' telephones it dials." example:"[\"eu\"]"`

	Identity    merge[string]       `json:"identity,omitempty" enum:"asserted,from" doc:"Whether what the peer asserts of callers is believed, or From alone." example:"from"`
	NumberRules merge[[]NumberRule] `json:"number_rules,omitempty" maxItems:"32" doc:"How the peer writes numbers, in order; all of them." example:"[{\"applies_to\":\"called_in\",\"match\":\"00(.+)\",\"replace\":\"+$1\"}]"`
	PingSeconds merge[int]          `json:"ping_seconds,omitempty" minimum:"0" maximum:"3600" doc:"Seconds between OPTIONS to dial_to, at least 5; 0: none." example:"30"`

	MaxCallsPerSecond merge[int]      `json:"max_calls_per_second,omitempty" minimum:"0" maximum:"10000" doc:"Calls that it begins or is dialled for in a second; 0: the edge's setting." example:"10"`
	DialPrefixes      merge[[]string] `json:"dial_prefixes,omitempty" maxItems:"250" doc:"Beginnings of the E.164 numbers that it is dialled for; all of them." example:"[\"+49\"]"`
}

// Resolve implements huma.ResolverWithPath.
func (b *PeerChange) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	_, err := prefixes(b.Addresses.value)
	return mistakes(at, err)
}

type (
	peerCreate struct{ Body PeerCreate }
	// PeerPath names a peer.
	PeerPath struct {
		Peer string `path:"peer" maxLength:"64" doc:"Id of the peer." example:"d1a1f7a4-70a4-4a53-8f0a-7d7a5b0f0c33"`
	}
	peerChange struct {
		PeerPath
		Body PeerChange
	}
)

func (s *server) createPeer(ctx context.Context, in *peerCreate) (*made[Peer], error) {
	p, err := in.Body.peer(s.cfg.Realm)
	if err != nil {
		return nil, err
	}
	p.ID = trunk.PeerID(uuid.NewString())
	password, told := in.Body.Password, ""
	if p.Auth == trunk.Digest {
		if password == "" {
			told = string(secret.Token(""))
			password = told
		}
		s.sealPassword(&p, password)
	}
	if in.Body.DialPassword != "" {
		p.DialPassword = s.deps.Seal.Seal([]byte(in.Body.DialPassword), trunk.DialContext(p.ID))
	}
	if p, err = s.deps.Peers.CreatePeer(ctx, p); err != nil {
		return nil, err
	}
	concerns(ctx, "", p.Name)
	v := showPeer(p)
	v.Password = told
	return &made[Peer]{Location: "/v1/peers/" + string(p.ID), Body: v}, nil
}

// sealPassword keeps what a password is good for, and not itself.
func (s *server) sealPassword(p *trunk.Peer, password string) {
	p.Realm = s.cfg.Realm
	md5Hex, sha256Hex := trunk.HA1(p.Username, p.Realm, password)
	p.HA1MD5 = s.deps.Seal.Seal([]byte(md5Hex), trunk.HA1Context(p.ID))
	p.HA1SHA256 = s.deps.Seal.Seal([]byte(sha256Hex), trunk.HA1Context(p.ID))
}

func peerID(in PeerPath) (trunk.PeerID, error) {
	id, err := uuid.Parse(in.Peer)
	if err != nil || len(in.Peer) != 36 {
		return "", fault.NotFound("peer_unknown", "there is no such peer")
	}
	return trunk.PeerID(id.String()), nil
}

func (s *server) getPeer(ctx context.Context, in *PeerPath) (*shown[Peer], error) {
	id, err := peerID(*in)
	if err != nil {
		return nil, err
	}
	p, err := s.deps.Peers.Peer(ctx, id)
	if err != nil {
		return nil, err
	}
	return &shown[Peer]{showPeer(p)}, nil
}

func (s *server) listPeers(ctx context.Context, in *PageQuery) (*shown[Page[Peer]], error) {
	return list[trunk.Peer, Peer]{
		name: "peers", valid: isTenantID, show: showPeer,
		last: func(p trunk.Peer) string { return string(p.ID) },
		fetch: func(after string, limit int) ([]trunk.Peer, error) {
			return s.deps.Peers.ListPeers(ctx, trunk.PeerID(after), limit)
		},
	}.page(*in)
}

func (s *server) changePeer(ctx context.Context, in *peerChange) (*shown[Peer], error) {
	id, err := peerID(in.PeerPath)
	if err != nil {
		return nil, err
	}
	p, err := s.deps.Peers.ChangePeer(ctx, id, func(p trunk.Peer) (trunk.Peer, error) { return s.applyPeer(p, &in.Body) })
	if err != nil {
		return nil, err
	}
	concerns(ctx, "", p.Name)
	return &shown[Peer]{showPeer(p)}, nil
}

func (s *server) applyPeer(p trunk.Peer, b *PeerChange) (trunk.Peer, error) {
	before, dialled := p.Username, p.DialUsername
	b.DialTo.into(&p.DialTo)
	b.DialUsername.into(&p.DialUsername)
	convert(b.DialRegions, &p.DialRegions, words[trunk.RegionID])
	switch {
	case b.DialPassword != "":
		p.DialPassword = s.deps.Seal.Seal([]byte(b.DialPassword), trunk.DialContext(p.ID))
	case p.DialUsername != dialled: // what is kept belongs to the old name
		p.DialPassword = nil
	}
	b.Name.into(&p.Name)
	convert(b.Auth, &p.Auth, func(a string) trunk.Auth { return trunk.Auth(a) })
	b.Username.into(&p.Username)
	b.CertificateName.into(&p.CertificateName)
	b.Fingerprints.into(&p.CertificateFingerprints)
	b.MaxCalls.into(&p.MaxCalls)
	convert(b.Identity, &p.Identity, func(i string) trunk.Identity { return trunk.Identity(i) })
	convert(b.NumberRules, &p.NumberRules, readRules)
	b.PingSeconds.into(&p.PingSeconds)
	b.MaxCallsPerSecond.into(&p.MaxCallsPerSecond)
	b.DialPrefixes.into(&p.DialPrefixes)
	if b.Addresses.set {
		var err error
		if p.Addresses, err = prefixes(b.Addresses.value); err != nil {
			return p, err
		}
	}
	switch {
	case p.Auth != trunk.Digest:
		p.Realm, p.HA1MD5, p.HA1SHA256 = "", nil, nil
	case b.Password != "":
		s.sealPassword(&p, b.Password)
	case p.Username != before: // what is kept belongs to the old name
		p.HA1MD5, p.HA1SHA256 = nil, nil
	}
	p = p.Normalize()
	return p, p.Validate()
}

func (s *server) deletePeer(ctx context.Context, in *PeerPath) (*none, error) {
	id, err := peerID(*in)
	if err != nil {
		return nil, err
	}
	p, err := s.deps.Peers.Peer(ctx, id)
	if err != nil {
		return nil, err
	}
	concerns(ctx, "", p.Name)
	return nil, s.deps.Peers.DeletePeer(ctx, id)
}
