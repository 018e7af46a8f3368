package config

import (
	"slices"
	"strings"
	"testing"
)

// TestChartSettings: what the Helm chart makes (deploy/checks renders it) are complete
// configurations, once the four secrets and the pod's name are there.
func TestChartSettings(t *testing.T) {
	secret := write(t, "secret", strings.Repeat("k", 40))
	env := []string{"TANDEM_NODE=eu-x"}
	for _, name := range []string{"DATABASE_URL", "MASTER_KEY", "SEAL_KEYS", "MICROSOFT_CLIENT_SECRET"} {
		env = append(env, "TANDEM_"+name+"_FILE="+secret)
	}
	for name, roles := range map[string][]Role{"eu-e0": {RoleAPI, RoleBridge, RoleSIP}, "eu-api": {RoleAPI, RoleBridge}, "eu-jobs": {RoleJobs}} {
		c, err := Load("../../deploy/checks/testdata/"+name+".yaml", env)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Equal(c.Roles, roles) {
			t.Errorf("%s: roles %q", name, c.Roles)
		}
		if c.Node != "eu-x" || c.Log.Level != "debug" ||
			c.Has(RoleSIP) && (c.SIP.Media.Advertise != "192.0.2.1" || c.SIP.Far.Trunks[0].FQDN != "e0.eu.sbc.example.net") {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
