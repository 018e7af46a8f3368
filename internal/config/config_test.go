package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// complete is the least that production needs.
func complete() []string {
	return []string{
		"TANDEM_DATABASE_URL=postgres://x", "TANDEM_MASTER_KEY=" + strings.Repeat("k", 40), "TANDEM_SEAL_KEYS=k1 abc",
		"TANDEM_HTTP_PUBLIC_URL=https://tandem.example.net", "TANDEM_HTTP_PUBLIC_CERT=c", "TANDEM_HTTP_PUBLIC_KEY=k",
		"TANDEM_SIP_MEDIA_ADVERTISE=192.0.2.1",
		"TANDEM_MICROSOFT_CLIENT_ID=app", "TANDEM_MICROSOFT_HOME_TENANT=t", "TANDEM_MICROSOFT_CLIENT_SECRET=s",
	}
}

const trunks = "sip:\n  far:\n    trunks:\n      - {fqdn: e0.eu.sbc.example.net, cert: c, key: k}\n"

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	yaml := write(t, "tandem.yaml", trunks+"  media:\n    lost_after: 5s\nlog: {level: debug}\n")
	secret := write(t, "secret", "from a file\n")
	env := append(complete()[:8], "TANDEM_MICROSOFT_CLIENT_SECRET_FILE="+secret, "TANDEM_MICROSOFT_HOME_TENANT=t",
		"TANDEM_LOG_LEVEL=warn", "TANDEM_SIP_FAR_PROXIES=a,b", "PATH=/bin", "TANDEM_TEST_DATABASE_URL=ignored")
	c, err := Load(yaml, env)
	if err != nil {
		t.Fatal(err)
	}
	if c.SIP.Media.LostAfter != 5*time.Second || c.Log.Level != "warn" || c.Microsoft.ClientSecret.Reveal() != "from a file" ||
		len(c.SIP.Far.Proxies) != 2 || c.SIP.Far.Trunks[0].FQDN != "e0.eu.sbc.example.net" || c.SIP.Near.UDP != ":5060" || c.Node == "" {
		t.Errorf("%+v", c)
	}
	if shown := fmt.Sprintf("%v %+v %#v", c, c, c.DatabaseURL); strings.Contains(shown, "postgres://x") || strings.Contains(shown, "from a file") {
		t.Error("a secret is shown")
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	yaml := write(t, "tandem.yaml", "htpp: {listen: x}\n")
	_, err := Load(yaml, []string{"TANDEM_HTTP_LISTEM=:1", "TANDEM_HTTP_LISTEN=nonsense", "TANDEM_SIP_FAR_TRUNKS=x"})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"database_url is missing", "master_key needs", "http.listen must be host:port", "htpp.listen", "TANDEM_HTTP_LISTEM is not a setting",
		"TANDEM_SIP_FAR_TRUNKS can only be given in the file", "sip.far.trunks is empty", "sip.media.advertise must be the address",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s\n%v", want, err)
		}
	}
}

func TestPortalURL(t *testing.T) {
	yaml := write(t, "tandem.yaml", trunks)
	for value, good := range map[string]bool{
		"https://portal.example.net": true, "https://portal.example.net:8443/": true, "http://localhost:8080": true, "http://127.0.0.1:1": true, "http://[::1]:1": true,
		"http://portal.example.net": false, "https://portal.example.net/x": false, "https://user@portal.example.net": false,
		"portal.example.net": false, "https://": false, "https://portal.example.net?x": false, "javascript:x": false, "http://localhost.example.net": false,
	} {
		c, err := Load(yaml, append(complete(), "TANDEM_HTTP_PORTAL_URL="+value))
		if (err == nil) != good || good && strings.HasSuffix(c.HTTP.PortalURL, "/") {
			t.Errorf("%s: %q %v", value, c.HTTP.PortalURL, err)
		}
	}
	c, err := Load(yaml, append(complete(), "TANDEM_HTTP_LISTEN=0.0.0.0:9000"))
	if err != nil || c.HTTP.PortalURL != "http://localhost:9000" || c.ProviderName == "" {
		t.Errorf("%+v %v", c.HTTP, err)
	}
}

func TestOneCredential(t *testing.T) {
	yaml := write(t, "tandem.yaml", trunks)
	for given, good := range map[string]bool{
		"": false, "CERTIFICATE=c": true, "ASSERTION=a": true, "CLIENT_SECRET=s": true, "CERTIFICATE=c ASSERTION=a": false, "CLIENT_SECRET=s CERTIFICATE=c": false,
	} {
		env := complete()[:9]
		for _, e := range strings.Fields(given) {
			env = append(env, "TANDEM_MICROSOFT_"+e)
		}
		if _, err := Load(yaml, env); (err == nil) != good {
			t.Errorf("%q: %v", given, err)
		}
	}
}

func TestProductionRefusesDevelopment(t *testing.T) {
	yaml := write(t, "tandem.yaml", trunks)
	rows := map[string]string{
		"TANDEM_MICROSOFT_AUTHORITY=https://127.0.0.1:8443/":     "microsoft.authority must be Microsoft's",
		"TANDEM_MICROSOFT_ISSUER=https://127.0.0.1:8443":         "microsoft.issuer must be Microsoft's",
		"TANDEM_MASTER_KEY=" + DevelopmentSecret + "-0123456789": "master_key is a development secret",
	}
	for env, want := range rows {
		_, err := Load(yaml, append(complete(), env))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", env, err)
		}
		if _, err := Load(yaml, append(complete(), env, "TANDEM_DEVELOPMENT=true")); err != nil {
			t.Errorf("refused in development too: %v", err)
		}
	}
}

// TestListeners: further listeners of peers are read, and each that cannot be is named.
func TestListeners(t *testing.T) {
	near := func(also string) string {
		return write(t, "tandem.yaml", trunks+"  near:\n    also:\n"+also)
	}
	c, err := Load(near("      - {udp: \"[::1]:5060\", advertise6: \"2001:db8::10\"}\n      - {tcp: \"127.0.0.2:5060\"}\n"), complete())
	if err != nil || len(c.SIP.Near.Also) != 2 || c.SIP.Near.Also[0].UDP != "[::1]:5060" || c.SIP.Near.Also[0].Advertise6 != "2001:db8::10" || c.SIP.Near.UDP != ":5060" {
		t.Errorf("%+v, %v", c.SIP.Near, err)
	}
	_, err = Load(near("      - {advertise: x}\n      - {udp: nonsense}\n      - {tls: \":5061\"}\n"), complete())
	for _, want := range []string{"sip.near.also[0] needs udp, tcp or tls", "sip.near.also[1].udp must be host:port", "sip.near.also[2].tls needs sip.near.cert"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s\n%v", want, err)
		}
	}
}
