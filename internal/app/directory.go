package app

import (
	"context"
	"slices"
	"sync"
	"time"

	"tandem/internal/api/admin"
	"tandem/internal/fault"
	"tandem/internal/microsoft/acs"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
	"tandem/sip/guard"
)

// directory tells the Microsoft adapter about resources and trunks. A call
// leaves through a trunk that is an identity of this node, because its media
// is here.
type directory struct {
	store *postgres.Store
	box   *secret.Box
	fqdns []string // of this node
	known *known
}

// resourceFor is how long a resource is taken to be what it was when it was read:
// every callback and every request of a call asks for one.
const resourceFor = time.Second

// known are resources that were read a moment ago. There are as many as the provider
// registered.
type known struct {
	mu  sync.Mutex
	all map[string]knownResource
}

type knownResource struct {
	acs.Resource
	read time.Time
}

// Resource implements acs.Resources.
func (d directory) Resource(ctx context.Context, id string) (acs.Resource, error) {
	now := time.Now()
	d.known.mu.Lock()
	k, ok := d.known.all[id]
	d.known.mu.Unlock()
	if ok && now.Sub(k.read) < resourceFor {
		return k.Resource, nil
	}
	r, err := d.readResource(ctx, id)
	if err != nil {
		return acs.Resource{}, err
	}
	d.known.mu.Lock()
	d.known.all[id] = knownResource{r, now}
	d.known.mu.Unlock()
	return r, nil
}

func (d directory) readResource(ctx context.Context, id string) (acs.Resource, error) {
	r, err := d.store.Resource(ctx, trunk.ResourceID(id))
	if err != nil {
		return acs.Resource{}, err
	}
	key, err := d.box.Open(r.AccessKey, trunk.AccessKeyContext(r.ID))
	if err != nil {
		return acs.Resource{}, fault.Internal("access_key_sealed", "the access key of resource "+id+" does not open with the keys of this installation").Because(err)
	}
	return acs.Resource{
		ID: id, Endpoint: r.Endpoint, AccessKey: string(key), ImmutableID: r.ImmutableID, CognitiveEndpoint: r.CognitiveEndpoint,
	}, nil
}

// Prompt implements acs.Directory.
func (d directory) Prompt(ctx context.Context, t tenant.ID, id tenant.PromptID) (tenant.Prompt, error) {
	return d.store.Prompt(ctx, t, id)
}

// Trunk implements acs.Directory.
func (d directory) Trunk(ctx context.Context, t tenant.ID, number string) (acs.Trunk, error) {
	owner, err := d.store.Tenant(ctx, t)
	if err != nil {
		return acs.Trunk{}, err
	}
	way, ok, err := d.way(ctx, owner)
	if err != nil {
		return acs.Trunk{}, err
	}
	if !ok {
		return acs.Trunk{}, fault.Conflict("no_trunk", "no trunk of region "+owner.HomeRegion+" is an identity of this node; see sip.far.trunks and POST /v1/trunks")
	}
	if number == "" {
		number = way.Resource.AnchorNumber
	}
	if number == "" {
		return acs.Trunk{}, fault.Conflict("no_anchor_number", "the resource of region "+owner.HomeRegion+" has no anchor number to call")
	}
	return acs.Trunk{Resource: string(way.Resource.ID), FQDN: way.Trunk.FQDN, Number: number}, nil
}

// way is how this node takes a tenant's calls to Microsoft; false if it cannot.
func (d directory) way(ctx context.Context, owner tenant.Tenant) (postgres.Way, bool, error) {
	ways, err := d.store.Ways(ctx, owner.ID, trunk.RegionID(owner.HomeRegion), trunk.Builtin)
	if err != nil {
		return postgres.Way{}, false, err
	}
	i := slices.IndexFunc(ways, func(w postgres.Way) bool { return slices.Contains(d.fqdns, w.Trunk.FQDN) })
	if i < 0 {
		return postgres.Way{}, false, nil
	}
	return ways[i], true, nil
}

// Usable implements acs.Directory. Without a name it is the resource that real
// calls of the tenant take, so that a test call tests what they need; where there
// is no trunk yet, the first resource of the region that the tenant may use.
func (d directory) Usable(ctx context.Context, t tenant.ID, named string) (string, error) {
	if named != "" {
		r, err := d.store.Resource(ctx, trunk.ResourceID(named))
		if fault.KindOf(err) == fault.KindNotFound || err == nil && r.OwnerTenant != "" && r.OwnerTenant != t {
			return "", &fault.Error{
				Kind: fault.KindInvalid, Code: "resource_unknown", Msg: "there is no such resource for the tenant",
				Fields: []fault.Field{{Path: "resource", Msg: "there is no such resource for the tenant"}},
			}
		}
		return named, err
	}
	owner, err := d.store.Tenant(ctx, t)
	if err != nil {
		return "", err
	}
	way, ok, err := d.way(ctx, owner)
	if ok || err != nil {
		return string(way.Resource.ID), err
	}
	r, err := d.store.ResourceOf(ctx, t, trunk.RegionID(owner.HomeRegion))
	if fault.KindOf(err) == fault.KindNotFound {
		return "", fault.Conflict("no_resource", "region "+owner.HomeRegion+" has no resource that the tenant may use; see POST /v1/resources")
	}
	return string(r.ID), err
}

// peers gives the SIP edge its neighbours.
type peers struct {
	store *postgres.Store
	box   *secret.Box
}

// Peers implements guard.Peers.
func (p peers) Peers(ctx context.Context) ([]guard.Peer, error) {
	var all []guard.Peer
	for after := trunk.PeerID(""); ; {
		page, err := p.store.ListPeers(ctx, after, provider.MaxPage)
		if err != nil {
			return nil, err
		}
		for _, one := range page {
			g, err := p.open(one)
			if err != nil {
				return nil, err
			}
			all = append(all, g)
			after = one.ID
		}
		if len(page) < provider.MaxPage {
			return all, nil
		}
	}
}

func (p peers) open(t trunk.Peer) (guard.Peer, error) {
	g := guard.Peer{
		Name: t.Name, Addresses: t.Addresses, MaxCalls: t.MaxCalls, DialTo: t.DialTo, DialUsername: t.DialUsername,
		FromOnly: t.Identity == trunk.FromOnly, Ping: time.Duration(t.PingSeconds) * time.Second, CertificateName: t.CertificateName, CertificateFingerprints: t.CertificateFingerprints,
		CallsPerSecond: t.MaxCallsPerSecond, Destinations: t.DialPrefixes,
	}
	var err error
	if g.Numbers, err = trunk.CompileNumbers(t.NumberRules); err != nil {
		return g, err
	}
	if len(t.DialPassword) > 0 {
		plain, err := p.box.Open(t.DialPassword, trunk.DialContext(t.ID))
		if err != nil {
			return g, fault.Internal("dial_password_sealed", "the password for calls to peer "+t.Name+" does not open with the keys of this installation").Because(err)
		}
		g.DialPassword = string(plain)
	}
	if t.Auth != trunk.Digest {
		return g, nil
	}
	g.Username = t.Username
	for _, h := range []struct {
		sealed []byte
		to     *string
	}{{t.HA1MD5, &g.MD5}, {t.HA1SHA256, &g.SHA256}} {
		if len(h.sealed) == 0 {
			continue
		}
		plain, err := p.box.Open(h.sealed, trunk.HA1Context(t.ID))
		if err != nil {
			return g, fault.Internal("ha1_sealed", "the digest of peer "+t.Name+" does not open with the keys of this installation").Because(err)
		}
		*h.to = string(plain)
	}
	return g, nil
}

// registry is the store as the API uses it: a changed peer counts at once, also
// at the edge, which keeps a list of its own.
type registry struct {
	*postgres.Store
	refresh func(context.Context)
}

// CreatePeer implements admin.Peers.
func (r registry) CreatePeer(ctx context.Context, p trunk.Peer) (trunk.Peer, error) {
	p, err := r.Store.CreatePeer(ctx, p)
	r.refresh(ctx)
	return p, err
}

// ChangePeer implements admin.Peers.
func (r registry) ChangePeer(ctx context.Context, id trunk.PeerID, change func(trunk.Peer) (trunk.Peer, error)) (trunk.Peer, error) {
	p, err := r.Store.ChangePeer(ctx, id, change)
	r.refresh(ctx)
	return p, err
}

// DeletePeer implements admin.Peers.
func (r registry) DeletePeer(ctx context.Context, id trunk.PeerID) error {
	err := r.Store.DeletePeer(ctx, id)
	r.refresh(ctx)
	return err
}

// once remembers answered requests for the API; bodies may hold secrets, so
// they are sealed for the key and name they belong to.
type once struct {
	store *postgres.Store
	box   *secret.Box
}

func onceContext(o admin.Once) string { return "idempotency/" + string(o.Key) + "/" + o.Name }

// Begin implements admin.Idempotency.
func (i once) Begin(ctx context.Context, o admin.Once) (*admin.Answer, error) {
	r, err := i.store.ClaimRequest(ctx, o.Key, o.Name, o.Fingerprint)
	if err != nil || r == nil {
		return nil, err
	}
	a := &admin.Answer{Status: r.Status, Location: r.Location}
	if r.Body != nil {
		if a.Body, err = i.box.Open(r.Body, onceContext(o)); err != nil {
			return nil, fault.Internal("answer_sealed", "the stored answer does not open").Because(err)
		}
	}
	return a, nil
}

// Finish implements admin.Idempotency.
func (i once) Finish(ctx context.Context, o admin.Once, a admin.Answer) error {
	r := postgres.Remembered{Status: a.Status, Location: a.Location}
	if a.Body != nil {
		r.Body = i.box.Seal(a.Body, onceContext(o))
	}
	return i.store.FinishRequest(ctx, o.Key, o.Name, r)
}

// Abandon implements admin.Idempotency.
func (i once) Abandon(ctx context.Context, o admin.Once) error {
	return i.store.AbandonRequest(ctx, o.Key, o.Name)
}

// housekeeping of the journal, while the app runs.
const (
	sweepEvery      = time.Hour
	partitionsAhead = 3 // months
)
