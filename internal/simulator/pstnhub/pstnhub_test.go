package pstnhub

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestKeepAliveAndIdle(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.IdleTimeout, c.KeepAlive = 300*time.Millisecond, 20*time.Millisecond })
	l := w.dial(0)
	l.send("\r\n\r\n")
	if m := l.next(); m != "\r\n" {
		t.Errorf("ping answered with %q", m)
	}
	_, leg := w.up(l)
	leg.Bye(16, "x")
	in := <-w.inbound
	in.send(okTo(in.expect("BYE ")))
	wait(t, "end of signalling", leg.over)
	if m := in.next() + in.next(); m != "\r\n\r\n" {
		t.Errorf("keep-alive %q", m)
	}
	if m := l.next(); m != "" {
		t.Errorf("got %q from an idle connection", m)
	}
	for range in.in { // pings until our connection is idle, too
	}
}

// TestRingingIsNotIdle: an INVITE without final response keeps its connection open in either direction (facts/direct-routing.md §4.3).
func TestRingingIsNotIdle(t *testing.T) {
	const idle = 200 * time.Millisecond
	w := newWorld(t, func(c *Config) { fast(c); c.IdleTimeout = idle })
	l := w.dial(0)
	w.newCall(l).invite()
	in := w.leg()
	b, result := w.calling(t.Context())
	select {
	case <-in.Ended():
		t.Fatal("the connection was closed")
	case <-time.After(3 * idle):
	}
	b.answer(result)
	in.Reject(480, 31, "x")
	l.expect("SIP/2.0 480 ")
	for _, l := range []*line{l, b.line} {
		if m := l.next(); m != "" {
			t.Errorf("got %q from an idle connection", m)
		}
	}
}

func TestBrokenFraming(t *testing.T) {
	w := newWorld(t, nil)
	for name, text := range map[string]string{
		"no version":       "OPTIONS sip:sip.pstnhub.microsoft.com\r\nContent-Length: 0\r\n\r\n",
		"no length":        "OPTIONS sip:sip.pstnhub.microsoft.com SIP/2.0\r\nMax-Forwards: 70\r\n\r\n",
		"two lengths":      "OPTIONS sip:sip.pstnhub.microsoft.com SIP/2.0\r\nContent-Length: 0\r\nl: 0\r\n\r\n",
		"negative length":  "OPTIONS sip:sip.pstnhub.microsoft.com SIP/2.0\r\nContent-Length: -1\r\n\r\n",
		"huge length":      "OPTIONS sip:sip.pstnhub.microsoft.com SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
		"no colon":         "OPTIONS sip:sip.pstnhub.microsoft.com SIP/2.0\r\nFrom\r\nContent-Length: 0\r\n\r\n",
		"endless header":   "OPTIONS sip:sip.pstnhub.microsoft.com SIP/2.0\r\nSubject: " + strings.Repeat("x", 70_000) + "\r\n\r\n",
		"http":             "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"bad status line":  "SIP/2.0 20 OK\r\nContent-Length: 0\r\n\r\n",
		"folded too early": "OPTIONS sip:sip.pstnhub.microsoft.com SIP/2.0\r\n x\r\nContent-Length: 0\r\n\r\n",
	} {
		before := w.proxies.Violations()["malformed"]
		l := w.dial(0)
		_, _ = l.conn.Write([]byte(text)) // the proxy may close before it has all
		if m := l.next(); m != "" {
			t.Errorf("%s answered with %q", name, m)
		}
		if w.proxies.Violations()["malformed"] != before+1 {
			t.Errorf("%s was not counted", name)
		}
	}
	l := w.dial(0)
	l.send(okTo(""))
	l.nothing()
	if v := w.proxies.Violations(); v["wrong-connection"] != 1 {
		t.Errorf("violations %v", v)
	}
}

func TestTLS(t *testing.T) {
	w := newWorld(t, nil)
	foreign := &authority{leaf: pki().leaf, key: pki().key, cert: &x509.Certificate{Subject: pkix.Name{CommonName: "Another CA"}}}
	tests := []struct {
		name   string
		change func(*tls.Config)
		ok     bool
	}{
		{"as it should be", func(*tls.Config) {}, true},
		{"serverAuth and clientAuth", func(c *tls.Config) {
			c.Certificates[0] = pki().issue(t, func(x *x509.Certificate) {
				x.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
			}, trunkName)
		}, true},
		{"name in CN only", func(c *tls.Config) {
			c.Certificates[0] = pki().issue(t, func(x *x509.Certificate) { x.Subject.CommonName = trunkName })
		}, true},
		{"no client certificate", func(c *tls.Config) { c.Certificates = nil }, false},
		{"expired", func(c *tls.Config) {
			c.Certificates[0] = pki().issue(t, func(x *x509.Certificate) { x.NotAfter = time.Now().Add(-time.Minute) }, trunkName)
		}, false},
		{"signed by somebody else", func(c *tls.Config) { c.Certificates[0] = foreign.issue(t, nil, trunkName) }, false},
		{"another purpose", func(c *tls.Config) {
			c.Certificates[0] = pki().issue(t, func(x *x509.Certificate) { x.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} }, trunkName)
		}, false},
		{"TLS 1.1", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, false},
		{"TLS 1.3 only", func(c *tls.Config) { c.MinVersion = tls.VersionTLS13 }, false},
		{"suite that Microsoft lacks", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}
		}, false},
		{"no server name", func(c *tls.Config) {
			c.ServerName, c.InsecureSkipVerify = "127.0.0.1", true // Go sends no SNI for an address; the proxy is to notice
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			config := w.clientTLS()
			tt.change(config)
			nc, err := tls.Dial("tcp", w.proxies.Addrs()[0], config)
			if err != nil {
				if tt.ok {
					t.Fatal(err)
				}
				return
			}
			l := newLine(t, nc)
			_, _ = nc.Write([]byte(options(trunkName)))
			if m := l.next(); (m != "") != tt.ok {
				t.Errorf("got %q", m)
			}
		})
	}
	w13 := newWorld(t, func(c *Config) { c.MaxTLS = tls.VersionTLS13 })
	l := w13.dial(0)
	if v := l.conn.(*tls.Conn).ConnectionState().Version; v != tls.VersionTLS13 {
		t.Errorf("version %x", v)
	}
}

func TestConfig(t *testing.T) {
	good := Config{Listen: []string{"127.0.0.1:0"}, Certificate: pki().issue(t, nil, "*"+domain), ClientRoots: pki().pool, Resource: func(string) (string, bool) { return "", false }}
	for name, change := range map[string]func(*Config){
		"no address":     func(c *Config) { c.Listen = nil },
		"four addresses": func(c *Config) { c.Listen = make([]string, 4) },
		"no certificate": func(c *Config) { c.Certificate = tls.Certificate{} },
		"no roots":       func(c *Config) { c.ClientRoots = nil },
		"no resource":    func(c *Config) { c.Resource = nil },
		"odd port":       func(c *Config) { c.PortMin, c.PortMax = 50001, 50010 },
		"address in use": func(c *Config) { c.Listen = []string{"127.0.0.1:0", "256.0.0.1:0"} },
	} {
		config := good
		change(&config)
		if p, err := New(config); err == nil {
			t.Errorf("%s: accepted", name)
			_ = p.Close()
		}
	}
	p, err := New(good)
	if err != nil {
		t.Fatal(err)
	}
	names := p.Names()
	if len(names) != 2 || names["sip.pstnhub.microsoft.com"].String() != p.Addrs()[0] || names["sip-du-a-eu.pstnhub.microsoft.com"].String() != p.Addrs()[0] {
		t.Errorf("names %v", names)
	}
	if err := errors.Join(p.Close(), p.Close()); err != nil {
		t.Error(err)
	}
}

func TestNobodyServesTheNumber(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.OnInvite = nil })
	l := w.dial(0)
	w.newCall(l).invite()
	like(t, value(l.expect("SIP/2.0 480"), "REASON"), `Q.850;cause=31;text="GUID;No callee endpoints were found."`)
}

func TestCloseWithCalls(t *testing.T) {
	begun, done := make(chan struct{}), make(chan struct{})
	w := newWorld(t, func(c *Config) {
		c.OnInvite = func(ctx context.Context, l *Leg) {
			close(begun)
			<-ctx.Done()
			<-l.Ended()
			close(done)
		}
	})
	w.newCall(w.dial(0)).invite()
	wait(t, "OnInvite", begun)
	if err := w.proxies.Close(); err != nil {
		t.Error(err)
	}
	wait(t, "end of OnInvite", done)
}
