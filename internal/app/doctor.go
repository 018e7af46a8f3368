package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tandem/internal/bridge"
	"tandem/internal/check"
	"tandem/internal/config"
	"tandem/internal/microsoft/acs"
	"tandem/internal/microsoft/entra"
	"tandem/internal/postgres"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
	"tandem/sip/identity"
)

// Doctor looks at everything that a configuration names, from this machine and
// without changing anything. Problems are what is wrong with the configuration itself;
// what depends on such a setting is looked at as far as it goes. It takes a few
// seconds, the slowest examination counts.
func Doctor(ctx context.Context, cfg config.Config, problems []string) check.Report {
	d := &doctor{cfg: cfg, now: time.Now}
	var wrong error
	if d.client, wrong = outgoing(cfg.Microsoft); wrong != nil {
		problems = append(problems, wrong.Error())
		d.client, _ = outgoing(config.Microsoft{}) // nothing in it can be wrong
	}
	defer d.client.CloseIdleConnections()
	d.running = d.isRunning(ctx)
	d.register(ctx)
	defer d.close()
	all := []check.Examination{{ID: "settings", Run: func(context.Context) []check.Finding { return settings(problems) }}}
	all = append(all, d.database()...)
	all = append(all, d.clocks()...)
	all = append(all, d.names()...)
	all = append(all, d.ports()...)
	all = append(all, d.certificates()...)
	all = append(all, d.resources()...)
	all = append(all, d.entra()...)
	return check.Examine(ctx, all, d.now())
}

// doctor is one round.
type doctor struct {
	cfg       config.Config
	now       func() time.Time
	client    *http.Client
	running   bool // the product answers on this machine
	store     *postgres.Store
	box       *secret.Box
	known     []trunk.Resource
	trunks    []trunk.Trunk
	registry  error // why they are not known
	sealError error
}

func settings(problems []string) []check.Finding {
	if len(problems) == 0 {
		return []check.Finding{{ID: "settings", State: check.OK, Found: "the configuration is complete and makes sense"}}
	}
	var all []check.Finding
	for _, p := range problems {
		name, what, _ := strings.Cut(p, " ")
		all = append(all, check.Finding{ID: "settings", Subject: name, State: check.Fail, Found: what, Fix: "correct it in the configuration file or the environment (" + variable(name) + ")"})
	}
	return all
}

// variable is the name of a setting in the environment; see package config.
func variable(setting string) string {
	if strings.HasPrefix(setting, "TANDEM_") {
		return setting
	}
	setting, _, _ = strings.Cut(setting, "[")
	return "TANDEM_" + strings.ToUpper(strings.ReplaceAll(setting, ".", "_"))
}

const lookFor = 3 * time.Second // what all else waits for

// isRunning asks the health probe of the process on this machine.
func (d *doctor) isRunning(ctx context.Context) bool {
	host, port, err := net.SplitHostPort(d.cfg.HTTP.Listen)
	if err != nil {
		return false
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return false
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil && resp.StatusCode == http.StatusOK
}

// register reads the resources and trunks, as the product does.
func (d *doctor) register(ctx context.Context) {
	d.box, d.sealError = secret.ReadKeys(strings.NewReader(d.cfg.SealKeys.Reveal()))
	if d.cfg.DatabaseURL == "" {
		d.registry = errors.New("database_url is missing")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	if d.store, d.registry = postgres.Open(ctx, postgres.Config{DSN: d.cfg.DatabaseURL.Reveal(), Connections: 2, Timeout: lookFor}); d.registry != nil {
		return
	}
	if d.known, d.registry = d.store.ListResources(ctx, "", provider.MaxPage); d.registry == nil {
		d.trunks, d.registry = d.store.ListTrunks(ctx, "", provider.MaxPage)
	}
}

func (d *doctor) close() {
	if d.store != nil {
		d.store.Close()
	}
}

// simple is an examination with one finding.
func simple(id, subject string, run func(context.Context) check.Finding) check.Examination {
	return check.Examination{ID: id, Subject: subject, Run: func(ctx context.Context) []check.Finding { return []check.Finding{run(ctx)} }}
}

// unasked is a finding about something that needs what is not there.
func unasked(id, subject, why, fix string) check.Examination {
	return simple(id, subject, func(context.Context) check.Finding {
		return check.Finding{ID: id, Subject: subject, State: check.NotChecked, Found: why, Fix: fix}
	})
}

func (d *doctor) database() []check.Examination {
	dsn := d.cfg.DatabaseURL.Reveal()
	if dsn == "" {
		return []check.Examination{unasked("database", "", "there is no address of a database", "set database_url")}
	}
	return []check.Examination{{ID: "database", Run: func(ctx context.Context) []check.Finding { return postgres.Look(ctx, dsn).Check() }}}
}

func (d *doctor) clocks() []check.Examination {
	dsn := d.cfg.DatabaseURL.Reveal()
	return []check.Examination{
		simple("clock.database", "", func(ctx context.Context) check.Finding {
			return check.Clock(ctx, "clock.database", "the database server", 0, d.now, func(ctx context.Context) (time.Time, error) {
				if dsn == "" {
					return time.Time{}, errors.New("database_url is missing")
				}
				return postgres.Clock(ctx, dsn)
			})
		}),
		simple("clock.microsoft", "", func(ctx context.Context) check.Finding {
			return check.Clock(ctx, "clock.microsoft", "Microsoft", time.Second, d.now, check.HTTPDate(d.client, d.cfg.Microsoft.Authority))
		}),
	}
}

func (d *doctor) resolver() *net.Resolver {
	if r := farResolver(d.cfg.SIP.Far.DNS); r != nil {
		return r
	}
	return net.DefaultResolver
}

func (d *doctor) names() []check.Examination {
	var all []check.Examination
	if !d.cfg.Has(config.RoleSIP) {
		return nil
	}
	ours := d.addresses()
	r := d.resolver()
	for _, t := range d.cfg.SIP.Far.Trunks {
		all = append(all, simple("dns.trunk", t.FQDN, func(ctx context.Context) check.Finding { return check.TrunkName(ctx, r, t.FQDN, ours) }))
	}
	for _, p := range d.cfg.SIP.Far.Proxies {
		all = append(all, simple("dns.proxy", p, func(ctx context.Context) check.Finding {
			return check.ProxyName(ctx, r, p, d.cfg.SIP.Far.DNS != "")
		}))
	}
	return all
}

// addresses are those under which this machine is known: its own and what it says it has.
func (d *doctor) addresses() []netip.Addr {
	var all []netip.Addr
	add := func(text string) {
		if a, err := netip.ParseAddr(text); err == nil && !a.IsUnspecified() {
			all = append(all, a.Unmap())
		}
	}
	add(d.cfg.SIP.Media.Advertise)
	add(d.cfg.SIP.Media.Advertise6)
	own, _ := net.InterfaceAddrs()
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok {
			add(n.IP.String())
		}
	}
	return all
}

func (d *doctor) ports() []check.Examination {
	s := d.cfg.SIP
	wanted := []check.Port{{Setting: "http.listen", Network: "tcp", Address: d.cfg.HTTP.Listen}}
	if d.cfg.Has(config.RoleBridge) {
		wanted = append(wanted, check.Port{Setting: "http.public_listen", Network: "tcp", Address: d.cfg.HTTP.PublicListen})
	}
	if d.cfg.Has(config.RoleSIP) {
		wanted = append(wanted, sipPorts(s)...)
	}
	var all []check.Examination
	for _, p := range wanted {
		if p.Address != "" {
			all = append(all, simple("port", p.Setting, func(ctx context.Context) check.Finding { return check.Listener(ctx, p, check.FindHolder) }))
		}
	}
	if !d.cfg.Has(config.RoleSIP) {
		return all
	}
	return append(all, check.Examination{ID: "rtp.range", Run: func(ctx context.Context) []check.Finding {
		low, high := check.EphemeralRange()
		return check.RTP{Address: s.Media.Address, Min: s.Media.PortMin, Max: s.Media.PortMax}.Check(ctx, low, high)
	}})
}

// sipPorts are those of an edge.
func sipPorts(s config.SIP) []check.Port {
	all := []check.Port{
		{Setting: "sip.near.udp", Network: "udp", Address: s.Near.UDP}, {Setting: "sip.near.tcp", Network: "tcp", Address: s.Near.TCP},
		{Setting: "sip.near.tls", Network: "tcp", Address: s.Near.TLS}, {Setting: "sip.far.listen", Network: "tcp", Address: s.Far.Listen},
	}
	for i, l := range s.Near.Also {
		at := fmt.Sprintf("sip.near.also[%d]", i)
		all = append(all, check.Port{Setting: at + ".udp", Network: "udp", Address: l.UDP}, check.Port{Setting: at + ".tcp", Network: "tcp", Address: l.TCP}, check.Port{Setting: at + ".tls", Network: "tcp", Address: l.TLS})
	}
	return all
}

func (d *doctor) certificates() []check.Examination {
	all := []check.Examination{}
	pools := trunkRoots(d.cfg)
	judge := func(c check.Certificate) {
		all = append(all, check.Examination{ID: "certificate", Subject: c.Name, Run: func(context.Context) []check.Finding { return c.Check(d.now()) }})
	}
	for _, t := range d.cfg.SIP.Far.Trunks {
		judge(check.Certificate{Name: t.FQDN, File: t.Cert, Key: t.Key, Roots: pools, Trunk: true})
	}
	if u, err := url.Parse(d.cfg.HTTP.PublicURL); d.cfg.Has(config.RoleBridge) && err == nil && u.Hostname() != "" {
		judge(check.Certificate{Name: u.Hostname(), File: d.cfg.HTTP.PublicCert, Key: d.cfg.HTTP.PublicKey, Roots: pools})
	}
	return append(all, d.proxies()...)
}

// trunkRoots are those by which our own certificates are judged: in development also its own.
func trunkRoots(c config.Config) []*x509.CertPool {
	pools := []*x509.CertPool{nil} // the system's
	if c.Development {
		for _, file := range []string{c.SIP.Far.Roots, c.Microsoft.Roots} {
			if pool, err := roots(file); file != "" && err == nil {
				pools = append(pools, pool)
			}
		}
	}
	return pools
}

// proxies are spoken to as the first trunk; what differs between trunks is in their
// certificates.
func (d *doctor) proxies() []check.Examination {
	far := d.cfg.SIP.Far
	if len(far.Trunks) == 0 {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(far.Trunks[0].Cert, far.Trunks[0].Key)
	var pool *x509.CertPool
	if err == nil && far.Roots != "" {
		if pool, err = roots(far.Roots); err != nil {
			err = fmt.Errorf("sip.far.roots: %w", err)
		}
	}
	if err != nil {
		return []check.Examination{unasked("proxy.tls", "", "no TLS without certificate and roots: "+err.Error(), "see the findings about the certificate of the trunk")}
	}
	dialer := &net.Dialer{Resolver: d.resolver()}
	var all []check.Examination
	for _, address := range far.Proxies {
		if _, _, err := net.SplitHostPort(address); err != nil {
			address = net.JoinHostPort(address, "5061")
		}
		p := check.Proxy{Address: address, TLS: identity.Trunk{FQDN: far.Trunks[0].FQDN, Certificate: cert}.Client(pool), Dial: dialer.DialContext}
		all = append(all, simple("proxy.tls", address, p.Check))
	}
	return all
}

// farPort is the port at which Microsoft is to find this node.
func (d *doctor) farPort() int {
	if d.cfg.SIP.Far.Port != 0 {
		return d.cfg.SIP.Far.Port
	}
	_, port, _ := net.SplitHostPort(d.cfg.SIP.Far.Listen)
	n, _ := strconv.Atoi(port)
	return n
}

func (d *doctor) resources() []check.Examination {
	if d.registry != nil {
		return []check.Examination{unasked("resource.credential", "", "the registered resources are not known: "+d.registry.Error(), "see the findings about the database")}
	}
	var all []check.Examination
	for _, t := range d.cfg.SIP.Far.Trunks {
		all = append(all, simple("trunk.registered", t.FQDN, func(context.Context) check.Finding {
			return check.Registered(t.FQDN, d.farPort(), tenant.Connectivity(t.Connectivity), d.trunks)
		}))
	}
	if len(d.known) == 0 {
		return append(all, unasked("resource.credential", "", "no resource is registered", "POST /v1/resources with its endpoint, immutable id and access key"))
	}
	for _, r := range d.known {
		id := string(r.ID)
		all = append(all,
			simple("resource.routing", id, func(context.Context) check.Finding { return check.Routing(r, d.now()) }),
			simple("resource.credential", id, func(ctx context.Context) check.Finding { return d.credential(ctx, r) }),
			simple("eventgrid.handshake", id, func(ctx context.Context) check.Finding {
				return check.Door{Resource: id, URL: GridURL(d.cfg, id), Client: d.client, Running: d.running}.Handshake(ctx)
			}),
			simple("eventgrid.events", id, func(ctx context.Context) check.Finding {
				last, err := d.store.Engine().LastSeen(ctx, id)
				return check.Events(id, last, d.now(), err)
			}),
		)
	}
	return all
}

// credential has a request signed and sent that changes nothing: it asks for a call
// that does not exist.
func (d *doctor) credential(ctx context.Context, r trunk.Resource) check.Finding {
	host := hostOfURL(r.Endpoint)
	if d.sealError != nil {
		return check.Credential(string(r.ID), host, 0, fmt.Errorf("seal_keys: %w", d.sealError))
	}
	key, err := d.box.Open(r.AccessKey, trunk.AccessKeyContext(r.ID))
	if err != nil {
		return check.Credential(string(r.ID), host, 0, errors.New("the access key does not open with seal_keys; were they changed?"))
	}
	c, err := acs.NewClient(r.Endpoint, string(key), acs.Config{HTTP: d.client})
	if err != nil {
		return check.Credential(string(r.ID), host, 0, err)
	}
	_, err = c.Get(ctx, uuid.NewString())
	var refused *bridge.Refused
	if errors.As(err, &refused) {
		return check.Credential(string(r.ID), host, refused.Outcome.Code, nil)
	}
	return check.Credential(string(r.ID), host, 0, err)
}

func hostOfURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	return u.Host
}

func (d *doctor) entra() []check.Examination {
	m := d.cfg.Microsoft
	c, err := entraConfig(m, d.client)
	c.Roles = nil // our own directory has granted nothing to itself
	var tokens *entra.Tokens
	if err == nil {
		tokens, err = entra.New(c)
	}
	if err != nil {
		return []check.Examination{unasked("entra.token", "", "no token can be asked for: "+err.Error(), "correct the settings of microsoft")}
	}
	return []check.Examination{{ID: "entra.token", Timeout: 10 * time.Second, Run: func(ctx context.Context) []check.Finding {
		token, err := tokens.Token(ctx, m.HomeTenant, c.GraphScope)
		if err != nil {
			return []check.Finding{check.Token(err)}
		}
		verified, known := d.publisher(ctx, token)
		return []check.Finding{check.Token(nil), check.Publisher(verified, known)}
	}}}
}

// publisher asks Graph for our own registration.
func (d *doctor) publisher(ctx context.Context, token string) (verified, known bool) {
	u := strings.TrimSuffix(d.cfg.Microsoft.Graph, "/") + "/v1.0/applications(appId='" + url.PathEscape(d.cfg.Microsoft.ClientID) + "')?$select=verifiedPublisher"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return false, false
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := d.client.Do(req)
	if err != nil {
		return false, false
	}
	defer func() { _ = resp.Body.Close() }()
	var is struct {
		Publisher struct {
			ID string `json:"verifiedPublisherId"`
		} `json:"verifiedPublisher"`
	}
	if resp.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(resp.Body, 64<<10)).Decode(&is) != nil {
		return false, false
	}
	return is.Publisher.ID != "", true
}
