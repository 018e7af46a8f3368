package config

import (
	"strings"
	"testing"
)

// TestChartSettings: what the Helm chart makes (deploy/checks renders it) is a complete
// configuration, once the four secrets are there.
func TestChartSettings(t *testing.T) {
	secret := write(t, "secret", strings.Repeat("k", 40))
	var env []string
	for _, name := range []string{"DATABASE_URL", "MASTER_KEY", "SEAL_KEYS", "MICROSOFT_CLIENT_SECRET"} {
		env = append(env, "TANDEM_"+name+"_FILE="+secret)
	}
	c, err := Load("../../deploy/checks/testdata/settings.yaml", env)
	if err != nil {
		t.Fatal(err)
	}
	if c.Node != "eu-e0" || c.SIP.Media.Advertise != "192.0.2.1" || c.SIP.Far.Trunks[0].FQDN != "e0.eu.sbc.example.net" || c.Log.Level != "debug" {
		t.Errorf("%+v", c)
	}
}
