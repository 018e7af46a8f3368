package dev_test

import (
	"path/filepath"
	"strings"
	"testing"

	"tandem/internal/app"
	"tandem/internal/check"
	"tandem/internal/config"
	"tandem/internal/dev"
	"tandem/internal/simulator/pki"
)

// TestDoctor looks at a stack that runs: nothing fails. Then one thing after the other
// is not as it should be, and is what the doctor finds.
func TestDoctor(t *testing.T) {
	t.Parallel()
	s := start(t, dev.Options{})
	good, problems, err := config.Read(dev.SettingsPath(filepath.Dir(s.File.Simulator.CAFile)), nil)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	r := app.Doctor(t.Context(), good, nil)
	seen := map[string]check.State{}
	for _, f := range r.Findings {
		seen[f.ID] = f.State
		if f.State == check.Fail {
			t.Errorf("%+v", f)
		}
	}
	for _, id := range []string{
		"settings", "database.version", "database.migrations", "clock.database", "clock.microsoft", "dns.trunk", "dns.proxy", "port", "rtp.range", "rtp.address",
		"certificate", "proxy.tls", "trunk.registered", "resource.routing", "resource.credential", "eventgrid.handshake", "entra.token",
	} {
		if seen[id] != check.OK {
			t.Errorf("%s is %q", id, seen[id])
		}
	}
	if seen["entra.publisher"] != check.NotChecked {
		t.Errorf("the publisher is %q though nobody may see it", seen["entra.publisher"])
	}

	var told check.Report
	if status := s.ask(t, "GET", "/doctor", nil, &told); status != 200 || !told.OK || len(told.Findings) != len(r.Findings) {
		t.Errorf("the API tells %d findings, and %d", len(told.Findings), status)
	}
	stranger, err := pki.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for what, row := range map[string]struct {
		change func(*config.Config)
		id     string
		found  string
	}{
		"secret":      {func(c *config.Config) { c.Microsoft.ClientSecret = "wrong" }, "entra.token", "own credential"},
		"application": {func(c *config.Config) { c.Microsoft.ClientID = "00000000-0000-4000-8000-000000000001" }, "entra.token", "no token"},
		"seal keys":   {func(c *config.Config) { c.SealKeys = "k9 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }, "resource.credential", "does not open"},
		"master key":  {func(c *config.Config) { c.MasterKey = "another one, which other processes do not have" }, "eventgrid.handshake", "404"},
		"public_url":  {func(c *config.Config) { c.HTTP.PublicURL = "https://127.0.0.1:1" }, "eventgrid.handshake", "cannot be reached"},
		"trunk":       {func(c *config.Config) { c.SIP.Far.Trunks[0].FQDN = "e9.eu.sbc.tandem.test" }, "trunk.registered", "no resource has it"},
		"its name":    {func(c *config.Config) { c.SIP.Far.Trunks[0].FQDN = "e9.eu.sbc.tandem.test" }, "dns.trunk", "no address"},
		"its key":     {func(c *config.Config) { c.SIP.Far.Trunks[0].FQDN = "e9.eu.sbc.tandem.test" }, "certificate.name", "it covers e0.eu"},
		"port":        {func(c *config.Config) { c.SIP.Far.Port = 5061 }, "trunk.registered", "listen at 5061"},
		"roots":       {func(c *config.Config) { c.SIP.Far.Roots = stranger.File() }, "proxy.tls", "no TLS"},
		"proxy":       {func(c *config.Config) { c.SIP.Far.Proxies[1] = "sip9.pstnhub.microsoft.com" }, "dns.proxy", "no address"},
		"database":    {func(c *config.Config) { c.DatabaseURL = "postgres://nobody@127.0.0.1:1/none" }, "database", "refused"},
		"listener":    {func(c *config.Config) { c.SIP.Near.UDP = "192.0.2.1:5060" }, "port", "not an address of this machine"},
	} {
		t.Run(what, func(t *testing.T) {
			bad := good
			bad.SIP.Far.Trunks = append([]config.Trunk(nil), good.SIP.Far.Trunks...)
			bad.SIP.Far.Proxies = append([]string(nil), good.SIP.Far.Proxies...)
			row.change(&bad)
			r := app.Doctor(t.Context(), bad, nil)
			for _, f := range r.Findings {
				if f.ID == row.id && f.State == check.Fail && strings.Contains(f.Found, row.found) && f.Fix != "" && !r.OK {
					return
				}
				if strings.Contains(f.Found+f.Fix, "/hooks/") {
					t.Errorf("a secret is told: %+v", f)
				}
			}
			t.Errorf("%s with %q is not among the failures: %+v", row.id, row.found, r.Findings)
		})
	}

	t.Run("stopped", func(t *testing.T) {
		bad := good
		bad.HTTP.Listen, bad.HTTP.PublicURL = "127.0.0.1:1", "https://127.0.0.1:1"
		for _, f := range app.Doctor(t.Context(), bad, nil).Findings {
			if f.ID == "eventgrid.handshake" && f.State != check.NotChecked {
				t.Errorf("%+v", f)
			}
		}
	})
}
