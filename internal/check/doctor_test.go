package check

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/fault"
	"tandem/internal/simulator/dns"
	"tandem/internal/simulator/pki"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

// want compares one finding: its id and state, a piece of what was found, and that
// everything that is not ok has a cure.
func want(t *testing.T, f Finding, id string, state State, found string) {
	t.Helper()
	if f.ID != id || f.State != state || !strings.Contains(f.Found, found) {
		t.Errorf("got %+v, want %s %s with %q", f, id, state, found)
	}
	if (f.Fix == "") != (f.State == OK) {
		t.Errorf("%s: fix %q of what is %s", f.ID, f.Fix, f.State)
	}
}

// only is the one finding of a list.
func only(t *testing.T, all []Finding) Finding {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("%d findings: %+v", len(all), all)
	}
	return all[0]
}

func TestExamine(t *testing.T) {
	release := make(chan struct{})
	finding := func(id string, s State) Finding { return Finding{ID: id, State: s, Found: "x", Fix: "y"} }
	all := []Examination{
		{ID: "slow", Subject: "one", Timeout: 20 * time.Millisecond, Run: func(context.Context) []Finding { <-release; return nil }},
		{ID: "heeds", Timeout: 20 * time.Millisecond, Run: func(ctx context.Context) []Finding { <-ctx.Done(); return []Finding{finding("heeds", Warn)} }},
		{ID: "two", Run: func(context.Context) []Finding { return []Finding{finding("two", OK), finding("two", Fail)} }},
	}
	r := Examine(t.Context(), all, time.Unix(1, 0))
	close(release)
	if r.OK || len(r.Findings) != 4 || r.Count(Fail) != 1 || r.Count(OK) != 1 {
		t.Fatalf("%+v", r)
	}
	want(t, r.Findings[0], "slow", NotChecked, "nothing was known after 20ms")
	if r.Findings[0].Subject != "one" || r.Findings[1].State != Warn || r.Findings[2].ID != "two" {
		t.Errorf("order or subject is lost: %+v", r.Findings)
	}
	if r := Examine(t.Context(), all[1:2], time.Now()); !r.OK {
		t.Error("a warning is a failure")
	}
	raw, err := json.Marshal(Examine(t.Context(), nil, time.Unix(1, 0).In(time.FixedZone("of this machine", 3600))))
	if err != nil || string(raw) != `{"at":"1970-01-01T00:00:01Z","ok":true,"findings":[]}` {
		t.Errorf("%s %v", raw, err)
	}
}

func TestClock(t *testing.T) {
	at := time.Date(2026, 12, 1, 12, 0, 0, 500e6, time.UTC)
	now := func() time.Time { return at }
	other := func(off time.Duration, err error) func(context.Context) (time.Time, error) {
		return func(context.Context) (time.Time, error) { return at.Add(off), err }
	}
	for _, row := range []struct {
		off   time.Duration
		state State
		found string
	}{
		{0, OK, "agrees"}, {time.Second, OK, "agrees"}, {5 * time.Second, Warn, "5s behind"}, {-5 * time.Second, Warn, "5s ahead of"},
		{2 * time.Minute, Fail, "2m0s behind"}, {-time.Hour, Fail, "1h0m0s ahead of"},
	} {
		want(t, Clock(t.Context(), "clock.database", "the database server", 0, now, other(row.off, nil)), "clock.database", row.state, row.found)
	}
	want(t, Clock(t.Context(), "clock.database", "x", 0, now, other(0, errors.New("no way"))), "clock.database", NotChecked, "no way")
	// What took long to come may have been read at any time meanwhile.
	slow := at
	lazy := func() time.Time { slow = slow.Add(4 * time.Second); return slow }
	want(t, Clock(t.Context(), "clock.database", "x", 0, lazy, other(5*time.Second, nil)), "clock.database", OK, "within 4s")
}

// TestHTTPDate: a server whose Date is an hour off, by a real connection.
func TestHTTPDate(t *testing.T) {
	off := time.Duration(0)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(s.Close)
	look := func() Finding {
		return Clock(t.Context(), "clock.microsoft", "Microsoft", time.Second, time.Now, HTTPDate(s.Client(), s.URL))
	}
	want(t, look(), "clock.microsoft", OK, "agrees")
	off = -time.Hour
	want(t, look(), "clock.microsoft", Fail, "ahead of that of Microsoft")
	s.Close()
	want(t, look(), "clock.microsoft", NotChecked, "could not be read")
}

func TestNames(t *testing.T) {
	server, err := dns.New(dns.Config{Listen: "127.0.0.1:0", Zones: []string{"sbc.example.net", "pstnhub.microsoft.com"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	ours := []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	server.Set("good.sbc.example.net", ours[0])
	server.Set("wrong.sbc.example.net", netip.MustParseAddr("198.51.100.7"))
	server.Set("two.sbc.example.net", ours[0], netip.MustParseAddr("198.51.100.7"))
	server.Fail("broken.sbc.example.net")
	server.Set("sip.pstnhub.microsoft.com", netip.MustParseAddr("52.114.75.24"))
	server.Set("sip2.pstnhub.microsoft.com", netip.MustParseAddr("127.0.0.2"))
	r := server.Resolver()
	for name, row := range map[string]struct {
		state State
		found string
	}{
		"good": {OK, "which is us"}, "wrong": {Fail, "leads to 198.51.100.7, which is neither"}, "two": {Fail, "2 addresses"},
		"missing": {Fail, "no address under this name"}, "broken": {Fail, "cannot be resolved"},
	} {
		want(t, TrunkName(t.Context(), r, name+".sbc.example.net", ours), "dns.trunk", row.state, row.found)
	}
	want(t, ProxyName(t.Context(), r, "sip.pstnhub.microsoft.com", false), "dns.proxy", OK, "52.114.75.24")
	want(t, ProxyName(t.Context(), r, "sip2.pstnhub.microsoft.com:5061", false), "dns.proxy", Fail, "not in Microsoft's networks")
	want(t, ProxyName(t.Context(), r, "sip2.pstnhub.microsoft.com:5061", true), "dns.proxy", OK, "127.0.0.2")
	want(t, ProxyName(t.Context(), r, "sip3.pstnhub.microsoft.com", true), "dns.proxy", Fail, "no address")
}

func TestListener(t *testing.T) {
	held := func(h Holder) func(string, int) Holder { return func(string, int) Holder { return h } }
	var lc net.ListenConfig
	tcp, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tcp.Close() }()
	udp, err := lc.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = udp.Close() }()
	look := func(network, address string, h func(string, int) Holder) Finding {
		return Listener(t.Context(), Port{Setting: "sip.near." + network, Network: network, Address: address}, h)
	}
	want(t, look("tcp", "127.0.0.1:0", nil), "port", OK, "the system chooses")
	want(t, look("tcp", tcp.Addr().String(), held(Holder{PID: 7, Name: "nginx"})), "port", Fail, "taken by nginx (process 7)")
	want(t, look("udp", udp.LocalAddr().String(), held(Holder{})), "port", Warn, "may not see")
	want(t, look("tcp", tcp.Addr().String(), FindHolder), "port", OK, "by Tandem itself") // this test
	want(t, look("udp", udp.LocalAddr().String(), FindHolder), "port", OK, "by Tandem itself")
	want(t, look("udp", "192.0.2.1:5060", nil), "port", Fail, "not an address of this machine")
	want(t, look("tcp", "127.0.0.1:nonsense", nil), "port", Fail, "cannot be opened")
	free := tcp.Addr().String()
	_ = tcp.Close()
	want(t, look("tcp", free, nil), "port", OK, "is free")
	_, port, _ := net.SplitHostPort(free)
	if n, _ := strconv.Atoi(port); FindHolder("tcp", n) != (Holder{}) {
		t.Error("a closed port has a holder")
	}
}

func TestRTP(t *testing.T) {
	r := RTP{Address: "127.0.0.1", Min: 16384, Max: 32767}
	found := r.Check(t.Context(), 32768, 60999)
	want(t, found[0], "rtp.range", OK, "4096 calls")
	want(t, found[1], "rtp.address", OK, "address of this machine")
	want(t, r.Check(t.Context(), 32000, 60999)[0], "rtp.range", Warn, "overlaps")
	want(t, r.Check(t.Context(), 0, 0)[0], "rtp.range", NotChecked, "does not tell")
	want(t, RTP{Address: "192.0.2.1", Min: 16384, Max: 32767}.Check(t.Context(), 32768, 60999)[1], "rtp.address", Fail, "no RTP can arrive")
	if low, high := EphemeralRange(); low < 1 || high <= low {
		t.Errorf("the kernel's range is %d-%d", low, high)
	}
}

func TestCertificate(t *testing.T) {
	ca, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	const name = "e0.eu.sbc.example.net"
	both := []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	issue := func(names []string, usages ...x509.ExtKeyUsage) tls.Certificate {
		c, err := ca.Issue(names, nil, usages...)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	good := issue([]string{name}, both...)
	expired, err := ca.Expired([]string{name}, both...)
	if err != nil {
		t.Fatal(err)
	}
	curve := selfSigned(t, name)
	stranger, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		what  string
		cert  tls.Certificate
		after time.Duration // from now
		id    string
		state State
		found string
	}{
		{"good", good, 0, "certificate", OK, "Tandem development CA"},
		{"wildcard", issue([]string{"*.eu.sbc.example.net"}, both...), 0, "certificate", OK, "covers the name"},
		{"two labels", issue([]string{"*.sbc.example.net"}, both...), 0, "certificate.name", Fail, "one label only"},
		{"other name", issue([]string{"e1.eu.sbc.example.net"}, both...), 0, "certificate.name", Fail, "it covers e1.eu"},
		{"expired", expired, 0, "certificate.validity", Fail, "ran out"},
		{"soon", good, 350 * 24 * time.Hour, "certificate.validity", Warn, "runs out in 1"},
		{"tomorrow", good, 364 * 24 * time.Hour, "certificate.validity", Fail, "hours"},
		{"too early", good, -24 * time.Hour, "certificate.validity", Fail, "is valid from"},
		{"servers only", issue([]string{name}, x509.ExtKeyUsageServerAuth), 0, "certificate.usage", Warn, "no extended key usage clientAuth"},
		{"clients only", issue([]string{name}, x509.ExtKeyUsageClientAuth), 0, "certificate.usage", Fail, "not one for servers"},
		{"leaf alone", tls.Certificate{Certificate: good.Certificate[:1], PrivateKey: good.PrivateKey, Leaf: good.Leaf}, 0, "certificate", OK, "1 certificates"},
	} {
		f := only(t, certificate(t, row.cert, name, ca).Check(time.Now().Add(row.after)))
		t.Log(row.what, f.Found)
		want(t, f, row.id, row.state, row.found)
	}
	c := certificate(t, good, name, stranger)
	want(t, only(t, c.Check(time.Now())), "certificate.chain", Fail, "issued by nobody")
	c = certificate(t, tls.Certificate{Certificate: good.Certificate[:1], PrivateKey: good.PrivateKey}, name, stranger)
	want(t, only(t, c.Check(time.Now())), "certificate.chain", Fail, "intermediates are missing")
	c.Roots = append(c.Roots, ca.Pool()) // any of them
	want(t, only(t, c.Check(time.Now())), "certificate", OK, "")
	c.Key = c.File
	want(t, only(t, c.Check(time.Now())), "certificate.file", Fail, "cannot be used")
	c.Key, c.File = c.File, filepath.Join(t.TempDir(), "none")
	want(t, only(t, c.Check(time.Now())), "certificate.file", Fail, "no such file")
	// A certificate of our own making is of no use to Microsoft, and neither is its key.
	found := Certificate{Name: name, Roots: []*x509.CertPool{ca.Pool()}, Trunk: true}.Judge([]*x509.Certificate{curve}, time.Now())
	if len(found) != 4 {
		t.Fatalf("%+v", found)
	}
	want(t, found[0], "certificate.key", Fail, "not RSA")
	want(t, found[1], "certificate.name", Fail, "common name only")
	want(t, found[2], "certificate.usage", Warn, "for servers only")
	want(t, found[3], "certificate.chain", Fail, "signed by itself")
}

func certificate(t *testing.T, cert tls.Certificate, name string, ca *pki.Authority) Certificate {
	t.Helper()
	c := Certificate{Name: name, File: filepath.Join(t.TempDir(), "c.pem"), Key: filepath.Join(t.TempDir(), "k.pem"), Roots: []*x509.CertPool{ca.Pool()}, Trunk: true}
	if err := pki.WriteFiles(cert, c.File, c.Key); err != nil {
		t.Fatal(err)
	}
	return c
}

// selfSigned has a key that Microsoft cannot use, and its name as common name only.
func selfSigned(t *testing.T, name string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestProxy speaks TLS with proxies that are as they should be, and as they should not.
func TestProxy(t *testing.T) {
	ca, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := pki.New()
	if err != nil {
		t.Fatal(err)
	}
	ours, err := ca.Issue([]string{"e0.eu.sbc.example.net"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ca.Loopback()
	if err != nil {
		t.Fatal(err)
	}
	var d net.Dialer
	look := func(address string, roots *x509.CertPool) Finding {
		return Proxy{Address: address, Dial: d.DialContext, TLS: &tls.Config{Certificates: []tls.Certificate{ours}, RootCAs: roots, MinVersion: tls.VersionTLS12}}.Check(t.Context())
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var clients atomic.Pointer[x509.CertPool]
		clients.Store(ca.Pool())
		address := accept(t, func() *tls.Config {
			return &tls.Config{Certificates: []tls.Certificate{theirs}, ClientCAs: clients.Load(), ClientAuth: tls.RequireAndVerifyClientCert, MaxVersion: version, MinVersion: tls.VersionTLS12}
		})
		want(t, look(address, ca.Pool()), "proxy.tls", OK, tls.VersionName(version))
		want(t, look(address, stranger.Pool()), "proxy.tls", Fail, "unknown authority")
		clients.Store(stranger.Pool()) // it does not like our certificate
		f := look(address, ca.Pool())
		if f.State != Fail {
			t.Errorf("%s: a refused certificate is %+v", tls.VersionName(version), f)
		}
	}
	dead, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = dead.Close()
	want(t, look(dead.Addr().String(), ca.Pool()), "proxy.tls", Fail, "no connection")
}

// accept shakes hands with whoever comes and keeps the connection until the other
// side closes it.
func accept(t *testing.T, c func() *tls.Config) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			conn := tls.Server(raw, c())
			_, _ = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return l.Addr().String()
}

func TestHandshake(t *testing.T) {
	answer := func(w http.ResponseWriter, code string) {
		_, _ = fmt.Fprintf(w, `{"validationResponse":%q}`, code)
	}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var events []struct {
			EventType string
			Data      struct{ ValidationCode string }
		}
		if json.NewDecoder(r.Body).Decode(&events) != nil || len(events) != 1 || events[0].EventType != "Microsoft.EventGrid.SubscriptionValidationEvent" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		switch r.URL.Path {
		case "/hooks/good":
			answer(w, events[0].Data.ValidationCode)
		case "/hooks/other":
			answer(w, "something else")
		case "/hooks/proxy":
			w.WriteHeader(http.StatusBadGateway)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	look := func(path string, running bool) Finding {
		return Door{Resource: "eu", URL: s.URL + "/hooks/" + path, Client: s.Client(), Running: running}.Handshake(t.Context())
	}
	want(t, look("good", true), "eventgrid.handshake", OK, "takes")
	want(t, look("good", false), "eventgrid.handshake", OK, "takes") // another node does
	want(t, look("unknown", true), "eventgrid.handshake", Fail, "404")
	want(t, look("other", true), "eventgrid.handshake", Fail, "not by Tandem")
	want(t, look("proxy", true), "eventgrid.handshake", Fail, "502")
	want(t, look("proxy", false), "eventgrid.handshake", NotChecked, "nothing of Tandem answers")
	want(t, Door{URL: s.URL + "/hooks/s3cret", Client: http.DefaultClient, Running: true}.Handshake(t.Context()), "eventgrid.handshake", Fail, "TLS with public_url fails")
	s.Close()
	f := look("s3cret", true)
	want(t, f, "eventgrid.handshake", Fail, "cannot be reached")
	if strings.Contains(f.Found, "s3cret") {
		t.Errorf("the secret of the address is told: %s", f.Found)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f := (Door{URL: s.URL + "/hooks/s3cret", Client: s.Client(), Running: true}).Handshake(ctx); f.State != Fail || strings.Contains(f.Found, "s3cret") {
		t.Errorf("%+v", f)
	}
}

func TestEvents(t *testing.T) {
	now := time.Now()
	want(t, Events("eu", now.Add(-time.Minute), now, nil), "eventgrid.events", OK, "1m0s ago")
	want(t, Events("eu", time.Time{}, now, nil), "eventgrid.events", NotChecked, "no event")
	want(t, Events("eu", time.Time{}, now, errors.New("away")), "eventgrid.events", NotChecked, "away")
}

func TestAccess(t *testing.T) {
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	old := trunk.Resource{ID: "eu", MadeAt: now.AddDate(-1, 0, 0)}
	want(t, Routing(old, now), "resource.routing", OK, "2028")
	want(t, Routing(old, now.AddDate(1, 6, 0)), "resource.routing", Warn, "days")
	want(t, Routing(old, now.AddDate(2, 0, 0)), "resource.routing", Fail, "ended")
	want(t, Routing(trunk.Resource{ID: "eu", MadeAt: now}, now), "resource.routing", Fail, "after 23 October 2026")

	ours := func(fqdn string, resource trunk.ResourceID, by tenant.Connectivity) trunk.Trunk {
		return trunk.Trunk{FQDN: fqdn, Port: 5061, Resource: resource, Kind: trunk.Builtin, Connectivity: by}
	}
	theirs := ours("x.b.c", "eu", trunk.ACSDirectRouting)
	theirs.Kind = trunk.External
	known := []trunk.Trunk{ours("a.b.c", "eu", trunk.ACSDirectRouting), ours("out.b.c", "", trunk.ACSDirectRouting), ours("t.b.c", "", trunk.TeamsDirectRouting), theirs}
	for _, c := range []struct {
		fqdn  string
		port  int
		by    tenant.Connectivity
		state State
		found string
	}{
		{"a.b.c", 5061, "", OK, "resource eu"},
		{"a.b.c", 5067, "", Fail, "registered with port 5061, and we listen at 5067"},
		{"a.b.c", 5061, trunk.TeamsDirectRouting, Fail, "is registered for acs_direct_routing"},
		{"t.b.c", 5061, trunk.TeamsDirectRouting, OK, "is a trunk of teams_direct_routing"},
		{"t.b.c", 5061, "", Fail, "is registered for teams_direct_routing"},
		{"out.b.c", 5061, "", Fail, "taken out of its resource"},
		{"x.b.c", 5061, "", Fail, "somebody else's"},
		{"z.b.c", 5061, "", Fail, "no resource has it"},
	} {
		want(t, Registered(c.fqdn, c.port, c.by, known), "trunk.registered", c.state, c.found)
	}

	want(t, Credential("eu", "h", 404, nil), "resource.credential", OK, "takes our signature")
	want(t, Credential("eu", "h", 401, nil), "resource.credential", Fail, "refuses our signature (401)")
	want(t, Credential("eu", "h", 0, fault.Unavailable("acs_unavailable", "nobody home")), "resource.credential", Fail, "does not answer")
	want(t, Credential("eu", "h", 0, errors.New("no key")), "resource.credential", Fail, "no request can be made")

	want(t, Token(nil), "entra.token", OK, "")
	cures := map[string]bool{}
	for _, code := range []string{"credential_rejected", "entra_unavailable", "consent_missing", "entra_refused"} {
		f := Token(fault.Forbidden(code, "no"))
		want(t, f, "entra.token", Fail, "no token")
		cures[f.Fix] = true
	}
	if len(cures) != 4 {
		t.Errorf("refusals share cures: %v", cures)
	}
	want(t, Publisher(true, true), "entra.publisher", OK, "verified")
	want(t, Publisher(false, true), "entra.publisher", Warn, "unverified")
	want(t, Publisher(false, false), "entra.publisher", NotChecked, "Application.Read.All")
}

func TestDatabase(t *testing.T) {
	role := Role{Name: "tandem_app", Exists: true, Usable: true}
	good := Database{Version: 150004, Schema: 107, Wanted: 107, Login: "tandem", Roles: []Role{role}}
	found := good.Check()
	want(t, found[0], "database.version", OK, "PostgreSQL 15.4")
	want(t, found[1], "database.migrations", OK, "107")
	want(t, found[2], "database.rights", OK, "tandem may act")
	for _, row := range []struct {
		change func(*Database)
		id     string
		state  State
		found  string
	}{
		{func(d *Database) { d.Version = 140010 }, "database.version", Fail, "14.10"},
		{func(d *Database) { d.Schema = 0 }, "database.migrations", Fail, "is at 0, this program needs 107"},
		{func(d *Database) { d.Schema = 108 }, "database.migrations", Fail, "newer than this program"},
		{func(d *Database) { d.Dirty = true }, "database.migrations", Fail, "cut off"},
		{func(d *Database) { d.Roles[0].Exists = false }, "database.rights", Fail, "no role tandem_app"},
		{func(d *Database) { d.Roles[0].Bypasses = true }, "database.rights", Fail, "sees past row level security"},
		{func(d *Database) { d.Roles[0].Owns = true }, "database.rights", Fail, "owns tables"},
		{func(d *Database) { d.Roles[0].Usable = false }, "database.rights", Fail, "may not act as tandem_app"},
		{func(d *Database) { d.Unguarded = []string{"cdr"} }, "database.rights", Fail, "cdr"},
		{func(d *Database) { d.Superuser = true }, "database.rights", Warn, "superuser"},
		{func(d *Database) { d.Err = errors.New("away") }, "database", Fail, "away"},
	} {
		d := good
		d.Roles = []Role{role}
		row.change(&d)
		for _, f := range d.Check() {
			if f.State != OK {
				want(t, f, row.id, row.state, row.found)
				row.id = ""
			}
		}
		if row.id != "" {
			t.Errorf("%s %s %q is not found", row.id, row.state, row.found)
		}
	}
}
