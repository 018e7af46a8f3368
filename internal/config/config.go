// Package config is everything that can be set about `tandem serve`.
//
// [Config] is the documentation: each field has its meaning, its default and
// the name it has in the YAML file. In the environment the name is TANDEM_ and
// the path in capitals, joined by underscores (sip.near.udp is
// TANDEM_SIP_NEAR_UDP), and wins over the file. A [Secret] may also be given as
// a file whose path is in the same name followed by _FILE. Unknown names are
// errors, because they are mostly misspelt, and all problems are reported at
// once.
package config

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Secret is a value that is never shown.
type Secret string

const redacted = "[redacted]"

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Reveal gives the value to whoever must use it.
func (s Secret) Reveal() string { return string(s) }

// Config is the configuration of one process.
type Config struct {
	// Node is the stable name of this process; it must be unique in the cell and
	// the same after a restart. Default: the host name.
	Node string `koanf:"node"`
	// Roles are what this process does. Default: all.
	Roles []Role `koanf:"roles"`
	// Development permits the simulator's authority and development secrets. Never in production.
	Development bool `koanf:"development"`

	DatabaseURL Secret `koanf:"database_url"` // postgres://…; the user must be able to SET ROLE tandem_app and tandem_operator
	MasterKey   Secret `koanf:"master_key"`   // 32 bytes or more of random text; signs nonces, hook addresses and the portal's forms
	SealKeys    Secret `koanf:"seal_keys"`    // lines "id base64(32 bytes)"; the first seals, all open

	// ProviderName is what customers' admins read as the name of who invites them.
	// Default: "Your provider".
	ProviderName string `koanf:"provider_name"`

	HTTP       HTTP       `koanf:"http"`
	SIP        SIP        `koanf:"sip"`
	Microsoft  Microsoft  `koanf:"microsoft"`
	Webhooks   Webhooks   `koanf:"webhooks"`
	Bots       Bots       `koanf:"bots"`
	Recordings Recordings `koanf:"recordings"`
	Rechecks   Rechecks   `koanf:"rechecks"`
	Proofs     Proofs     `koanf:"proofs"`
	Log        Log        `koanf:"log"`
}

// HTTP is where the API listens, and the doors for Microsoft.
type HTTP struct {
	Listen string `koanf:"listen"` // admin API, portal, docs, health, metrics; default 127.0.0.1:8080; put TLS in front of it
	// PortalURL is the base under which browsers reach Listen, without a path:
	// https, or http on a loopback host. <portal_url>/portal/signed-in and
	// <portal_url>/portal/consented are the redirect URIs of the app registration.
	// Default: http://localhost and the port of Listen.
	PortalURL string `koanf:"portal_url"`
	// PublicURL is the https base under which Microsoft reaches us; PublicListen
	// where that arrives, with PublicCert and PublicKey (PEM files).
	PublicURL    string `koanf:"public_url"`
	PublicListen string `koanf:"public_listen"` // default :8453
	PublicCert   string `koanf:"public_cert"`
	PublicKey    string `koanf:"public_key"`
}

// SIP is the edge of this node.
type SIP struct {
	Near  Near  `koanf:"near"`
	Far   Far   `koanf:"far"`
	Media Media `koanf:"media"`
	Guard Guard `koanf:"guard"`
	// Realm of the digest; default tandem.
	Realm string `koanf:"realm"`
	// DigestSHA256 also offers SHA-256 (RFC 8760). Off by default: softphones on
	// libre 1.1, such as Debian's baresip, give up on a challenge they do not know.
	DigestSHA256 bool `koanf:"digest_sha256"`
}

// Guard keeps out who has no business with the edge; see package sip/guard. Zeros mean the defaults.
type Guard struct {
	Silent            bool          `koanf:"silent"`              // addresses that no peer may use get no answer, instead of one 403 a minute
	BanAfter          int           `koanf:"ban_after"`           // wrong digests of an address within five minutes; default 10
	BanFor            time.Duration `koanf:"ban_for"`             // default 5m
	RequestsPerSecond int           `koanf:"requests_per_second"` // of an address that no peer names and that has proved nothing yet; default 50, -1: no limit
	CallsPerSecond    int           `koanf:"calls_per_second"`    // of each peer, in both directions together; default 0: no limit
	// TenantCallsPerSecond and TenantCalls hold back each tenant, in calls to its numbers that
	// begin in a second and that there are at once at this node; default 0: no limit. Calls asked for through the API are not among them.
	TenantCallsPerSecond int `koanf:"tenant_calls_per_second"`
	TenantCalls          int `koanf:"tenant_calls"`
	MaxPending           int `koanf:"max_pending"` // calls that wait to be taken, before more are refused with 503; default 1000
}

// Near is the side of providers and carriers. An empty listener is off.
type Near struct {
	UDP        string `koanf:"udp"`        // default :5060
	TCP        string `koanf:"tcp"`        // default :5060
	TLS        string `koanf:"tls"`        // off unless cert and key are set
	Cert       string `koanf:"cert"`       // PEM file
	Key        string `koanf:"key"`        // PEM file
	Roots      string `koanf:"roots"`      // PEM file of the roots that certificates of peers may have, whom we call over TLS or who call us with a client certificate; default: the system's
	Advertise  string `koanf:"advertise"`  // host in our Contact and in the URIs handed out; default: the listening address. Without the role sip: a name of the edges
	Advertise6 string `koanf:"advertise6"` // the same for peers that speak IPv6; default: advertise if it is a name, else the local address
	// Also are listeners beside these, each with a host of its own in Contact and Via, such
	// as a second UDP address, or one of IPv6 beside one of IPv4. Cert, key and roots are the same.
	Also []Listener `koanf:"also"`
}

// Listener is a further address of the near side; an empty transport is off.
type Listener struct {
	UDP        string `koanf:"udp"`
	TCP        string `koanf:"tcp"`
	TLS        string `koanf:"tls"`
	Advertise  string `koanf:"advertise"` // as of the near side
	Advertise6 string `koanf:"advertise6"`
}

// Far is Microsoft's side.
type Far struct {
	Listen  string   `koanf:"listen"`  // TLS listener for Microsoft's requests; default :5061
	Port    int      `koanf:"port"`    // the trunk's registered port if it differs from the listener's
	Trunks  []Trunk  `koanf:"trunks"`  // the identities of this node
	Proxies []string `koanf:"proxies"` // default: Microsoft's three, in order
	Refers  bool     `koanf:"refers"`  // REFER is in our Allow, and Microsoft has us carry out its transfers; default: it transfers inside its network
	Roots   string   `koanf:"roots"`   // PEM file of the roots that Microsoft's certificates may have; default: the system's
	DNS     string   `koanf:"dns"`     // host:port of a DNS server, for development; default: the system's
}

// Trunk is one SBC name of this node.
type Trunk struct {
	FQDN string `koanf:"fqdn"`
	Cert string `koanf:"cert"` // PEM file: leaf and intermediates, RSA (facts/direct-routing.md §2.3)
	Key  string `koanf:"key"`
	// Connectivity is how Microsoft knows the name, in the words of a number's; default: as an
	// ACS resource's. A name below another of the same is a tenant's, of a carrier's trunk.
	Connectivity string `koanf:"connectivity"`
}

// Media is where RTP goes.
type Media struct {
	Address    string        `koanf:"address"`    // to bind; default 0.0.0.0
	Advertise  string        `koanf:"advertise"`  // in SDP; default: address
	Address6   string        `koanf:"address6"`   // to bind for peers that speak IPv6; default: none does
	Advertise6 string        `koanf:"advertise6"` // the same in SDP; default: address6
	PortMin    int           `koanf:"port_min"`   // default 16384
	PortMax    int           `koanf:"port_max"`   // default 32767: below the kernel's ephemeral range
	LostAfter  time.Duration `koanf:"lost_after"` // without RTP and RTCP of a side it is asked whether it is there, and the call ended if not; default 60s
}

// Microsoft is how we are known there.
type Microsoft struct {
	ClientID   string `koanf:"client_id"`   // of the provider's multi-tenant app registration
	HomeTenant string `koanf:"home_tenant"` // directory that app lives in
	// Exactly one of these three proves to Entra that it is us, the last with
	// nothing secret to store (facts/entra-graph-teams.md §1.3).
	ClientSecret Secret `koanf:"client_secret"` // ends after two years at most, for all tenants at once
	Certificate  string `koanf:"certificate"`   // PEM file: certificate and its RSA key, not encrypted
	Assertion    string `koanf:"assertion"`     // file in which the platform keeps a federated token (workload identity)
	Authority    string `koanf:"authority"`     // default https://login.microsoftonline.com/
	Graph        string `koanf:"graph"`         // default https://graph.microsoft.com/
	// Issuer and Keys of the tokens that Call Automation's callbacks carry.
	Issuer string `koanf:"issuer"` // default https://acscallautomation.communication.azure.com
	Keys   string `koanf:"keys"`   // default …/calling/keys
	Roots  string `koanf:"roots"`  // PEM file of additional roots for the above, for development
}

// Webhooks is where events may be sent.
type Webhooks struct {
	// Networks that are not public and may be reached nonetheless, such as
	// 10.1.0.0/16, by webhooks of the provider; those of tenants reach public
	// addresses only.
	Networks []string `koanf:"networks"`
}

// Bots are programs that hear and speak in calls.
type Bots struct {
	// Networks that are not public and in which bots may be reached nonetheless, such
	// as 10.2.0.0/16. Whoever may register bots, a tenant's key too, reaches them.
	Networks []string `koanf:"networks"`
}

// Recordings is where the files of recorded calls are kept. How long, each tenant
// says.
type Recordings struct {
	// Store is file:///directory, s3://bucket?region=… or azblob://container
	// (gocloud.dev/blob); credentials come from the platform, as the SDKs of AWS and
	// Azure find them. All processes need the same one. Default:
	// file:///var/lib/tandem/recordings, which is made when it is missing.
	Store string `koanf:"store"`
	// Hosts from which recorded files are fetched, with a port if they have one, for
	// development. Default: Microsoft's.
	Hosts []string `koanf:"hosts"`
}

// Rechecks are the looks at what may change at Microsoft: each tenant's consent,
// and what its people have. All processes share them.
//
// A look mostly waits: six answers one after the other for a consent, two and more
// for people. With answers in 100 ms, 160 looks at once are enough for 100,000
// tenants of 50 people in ten minutes; BenchmarkRecheck tells what a machine can do.
// More people than that are a matter of Microsoft's: of one app registration Graph
// takes 13,000 requests a second, and each person needs two, so that 3.9 million
// people can be looked at in ten minutes, and no more however many processes there
// are (facts/entra-graph-teams.md §2.7). Beyond it Graph says when to go on, and
// everybody is looked at a little later.
type Rechecks struct {
	Every  time.Duration `koanf:"every"`   // the longest time between two looks at the same; default 10m
	AtOnce int           `koanf:"at_once"` // looks under way in this process, 1 to 200; default 160
}

// Proofs are signed reports that a trunk does what it has to; see package proof.
type Proofs struct {
	// Every is how often each trunk of an edge of ours is proved without being asked, such as
	// 24h; default 0: never.
	Every time.Duration `koanf:"every"`
}

// Log says what is written to stderr.
type Log struct {
	Level  string `koanf:"level"`  // debug, info (default), warn, error
	Format string `koanf:"format"` // json (default) or text
}

// Microsoft's own addresses (facts/call-automation.md §11.2, facts/direct-routing.md §2.1).
const (
	defaultAuthority = "https://login.microsoftonline.com/"
	defaultGraph     = "https://graph.microsoft.com/"
	defaultIssuer    = "https://acscallautomation.communication.azure.com"
)

// WithDefaults fills what was left empty.
func (c Config) WithDefaults(hostname string) Config {
	def := func(s *string, v string) {
		if *s == "" {
			*s = v
		}
	}
	def(&c.Node, hostname)
	if len(c.Roles) == 0 {
		c.Roles = Roles
	}
	def(&c.HTTP.Listen, "127.0.0.1:8080")
	def(&c.HTTP.PublicListen, ":8453")
	if _, port, err := net.SplitHostPort(c.HTTP.Listen); err == nil {
		def(&c.HTTP.PortalURL, "http://localhost:"+port)
	}
	c.HTTP.PortalURL = strings.TrimSuffix(c.HTTP.PortalURL, "/")
	def(&c.ProviderName, "Your provider")
	def(&c.SIP.Realm, "tandem")
	def(&c.SIP.Near.UDP, ":5060")
	def(&c.SIP.Near.TCP, ":5060")
	def(&c.SIP.Far.Listen, ":5061")
	if len(c.SIP.Far.Proxies) == 0 {
		c.SIP.Far.Proxies = []string{"sip.pstnhub.microsoft.com", "sip2.pstnhub.microsoft.com", "sip3.pstnhub.microsoft.com"}
	}
	def(&c.SIP.Media.Address, "0.0.0.0")
	def(&c.SIP.Media.Advertise, c.SIP.Media.Address)
	if c.SIP.Media.PortMin == 0 {
		c.SIP.Media.PortMin = 16384
	}
	if c.SIP.Media.PortMax == 0 {
		c.SIP.Media.PortMax = 32767
	}
	if c.SIP.Media.LostAfter == 0 {
		c.SIP.Media.LostAfter = time.Minute
	}
	def(&c.Microsoft.Authority, defaultAuthority)
	def(&c.Microsoft.Graph, defaultGraph)
	def(&c.Microsoft.Issuer, defaultIssuer)
	def(&c.Microsoft.Keys, c.Microsoft.Issuer+"/calling/keys")
	def(&c.Recordings.Store, "file:///var/lib/tandem/recordings")
	if c.Rechecks.Every == 0 {
		c.Rechecks.Every = 10 * time.Minute
	}
	if c.Rechecks.AtOnce == 0 {
		c.Rechecks.AtOnce = 160
	}
	def(&c.Log.Level, "info")
	def(&c.Log.Format, "json")
	return c
}

// DevelopmentSecret is part of every secret that `tandem dev` makes, so that
// none of them can slip into production.
const DevelopmentSecret = "tandem-development-only"

// Validate reports everything that is wrong, each with its cure.
func (c Config) Validate() error { return c.problems().err() }

func (c Config) problems() problems {
	var p problems
	p.need(c.Node != "", "node", "is missing: give each process a stable, unique name")
	p.need(c.DatabaseURL != "", "database_url", "is missing: postgres://user:password@host/database")
	p.need(len(c.MasterKey) >= 32, "master_key", "needs at least 32 characters; make one with: openssl rand -base64 48")
	p.need(c.SealKeys != "", "seal_keys", `is missing: lines of "id base64-of-32-bytes"; make one with: echo "k1 $(openssl rand -base64 32)"`)
	p.url("http.public_url", c.HTTP.PublicURL, "https")
	p.need(c.portalURL(), "http.portal_url", "must be the https base of the portal, without a path; http is only for localhost")
	p.need(len(c.ProviderName) <= 128 && strings.TrimSpace(c.ProviderName) == c.ProviderName, "provider_name", "must have at most 128 characters, without spaces at its ends")
	p.roles(c)
	p.need(!c.Has(RoleBridge) || c.HTTP.PublicCert != "" && c.HTTP.PublicKey != "", "http.public_cert", "and http.public_key are needed: Microsoft speaks https only")
	for name, addr := range map[string]string{
		"http.listen": c.HTTP.Listen, "http.public_listen": c.HTTP.PublicListen, "sip.near.udp": c.SIP.Near.UDP,
		"sip.near.tcp": c.SIP.Near.TCP, "sip.near.tls": c.SIP.Near.TLS, "sip.far.listen": c.SIP.Far.Listen,
	} {
		p.listener(name, addr)
	}
	for i, l := range c.SIP.Near.Also {
		at := fmt.Sprintf("sip.near.also[%d]", i)
		for name, addr := range map[string]string{".udp": l.UDP, ".tcp": l.TCP, ".tls": l.TLS} {
			p.listener(at+name, addr)
		}
		p.need(l.UDP != "" || l.TCP != "" || l.TLS != "", at, "needs udp, tcp or tls: the address to listen at")
		p.need(l.TLS == "" || c.SIP.Near.Cert != "" && c.SIP.Near.Key != "", at+".tls", "needs sip.near.cert and sip.near.key")
	}
	p.need(c.SIP.Near.TLS == "" || c.SIP.Near.Cert != "" && c.SIP.Near.Key != "", "sip.near.tls", "needs sip.near.cert and sip.near.key")
	p.need(!c.Has(RoleSIP) || len(c.SIP.Far.Trunks) > 0, "sip.far.trunks", "is empty: without a trunk identity no call reaches Microsoft")
	for i, t := range c.SIP.Far.Trunks {
		at := fmt.Sprintf("sip.far.trunks[%d]", i)
		p.need(strings.Count(t.FQDN, ".") >= 2 && t.FQDN == strings.ToLower(t.FQDN), at+".fqdn", "must be a host name of at least three labels in lower case")
		p.need(t.Cert != "" && t.Key != "", at+".cert", "and key are needed: Microsoft identifies us by the certificate")
	}
	m := c.SIP.Media
	for name, a := range map[string]string{"sip.media.address": m.Address, "sip.media.advertise": m.Advertise} {
		_, err := netip.ParseAddr(a)
		p.need(err == nil, name, "is not an IP address")
	}
	p.need(!c.Has(RoleSIP) || m.Advertise != "0.0.0.0" && m.Advertise != "::", "sip.media.advertise", "must be the address others send RTP to")
	for name, a := range map[string]string{"sip.media.address6": m.Address6, "sip.media.advertise6": m.Advertise6} {
		address, err := netip.ParseAddr(a)
		p.need(a == "" || err == nil && address.Is6() && !address.Is4In6(), name, "is not an IPv6 address")
	}
	p.need(m.Advertise6 == "" || m.Address6 != "", "sip.media.advertise6", "needs sip.media.address6")
	p.need(m.Address6 != "::" || m.Advertise6 != "" && m.Advertise6 != "::", "sip.media.advertise6", "must be the address others send RTP to")
	p.need(m.PortMin >= 1024 && m.PortMax <= 65535 && m.PortMin+4 <= m.PortMax, "sip.media.port_min", "and port_max must leave room between 1024 and 65535")
	p.need(c.Microsoft.ClientID != "" && c.Microsoft.HomeTenant != "", "microsoft.client_id",
		"and home_tenant are needed: they are the app registration with which admins sign in and presence is read")
	p.need(c.Microsoft.credentials() == 1, "microsoft.client_secret",
		"or certificate or assertion is needed, exactly one: the credential of the app registration")
	p.url("microsoft.authority", c.Microsoft.Authority, "https")
	p.url("microsoft.graph", c.Microsoft.Graph, "https")
	p.url("microsoft.issuer", c.Microsoft.Issuer, "https")
	p.url("microsoft.keys", c.Microsoft.Keys, "https")
	for i, n := range c.Webhooks.Networks {
		_, err := netip.ParsePrefix(n)
		p.need(err == nil, fmt.Sprintf("webhooks.networks[%d]", i), "must be a network such as 10.1.0.0/16")
	}
	for i, n := range c.Bots.Networks {
		_, err := netip.ParsePrefix(n)
		p.need(err == nil, fmt.Sprintf("bots.networks[%d]", i), "must be a network such as 10.2.0.0/16")
	}
	store, err := url.Parse(c.Recordings.Store)
	p.need(err == nil && slices.Contains([]string{"file", "s3", "azblob"}, store.Scheme) && store.Host+store.Path != "", "recordings.store",
		"must be file:///directory, s3://bucket or azblob://container")
	p.need(c.Development || len(c.Recordings.Hosts) == 0, "recordings.hosts", "must be Microsoft's in production; set development to use others")
	p.need(c.Rechecks.Every >= time.Minute, "rechecks.every", "must be a minute or more")
	p.need(c.Rechecks.AtOnce >= 1 && c.Rechecks.AtOnce <= 200, "rechecks.at_once", "must be from 1 to 200")
	p.need(c.Proofs.Every == 0 || c.Proofs.Every >= time.Hour, "proofs.every", "must be an hour or more, or 0: each proof occupies its node for half a minute")
	p.need(slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level), "log.level", "must be debug, info, warn or error")
	p.need(c.Log.Format == "json" || c.Log.Format == "text", "log.format", "must be json or text")
	if !c.Development {
		for name, s := range map[string]Secret{"master_key": c.MasterKey, "seal_keys": c.SealKeys, "microsoft.client_secret": c.Microsoft.ClientSecret} {
			p.need(!strings.Contains(string(s), DevelopmentSecret), name, "is a development secret; make one of your own")
		}
		p.need(c.Microsoft.Authority == defaultAuthority, "microsoft.authority", "must be Microsoft's in production; set development to use another")
		p.need(c.Microsoft.Issuer == defaultIssuer, "microsoft.issuer", "must be Microsoft's in production; set development to use another")
	}
	return p
}

// credentials counts the kinds that are given.
func (m Microsoft) credentials() (n int) {
	for _, given := range []bool{m.ClientSecret != "", m.Certificate != "", m.Assertion != ""} {
		if given {
			n++
		}
	}
	return n
}

// portalURL says whether the base is one that Entra takes for redirect URIs: https,
// or http on this machine.
func (c Config) portalURL() bool {
	u, err := url.Parse(c.HTTP.PortalURL)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return false
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip.IsLoopback())
}

// Key derives a key for one purpose from the master key.
func (c Config) Key(purpose string) [32]byte {
	return sha256.Sum256([]byte(purpose + "\x00" + string(c.MasterKey)))
}

type problems []string

func (p *problems) need(ok bool, name, msg string) {
	if !ok {
		*p = append(*p, name+" "+msg)
	}
}

func (p *problems) url(name, value, scheme string) {
	u, err := url.Parse(value)
	p.need(err == nil && u.Scheme == scheme && u.Host != "", name, "must be an "+scheme+" URL")
}

func (p *problems) listener(name, addr string) {
	if addr == "" {
		return
	}
	_, _, err := net.SplitHostPort(addr)
	p.need(err == nil, name, "must be host:port or :port")
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	slices.Sort(p)
	return fmt.Errorf("configuration:\n  %s", strings.Join(p, "\n  "))
}
