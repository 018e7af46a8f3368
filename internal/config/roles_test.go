package config

import (
	"slices"
	"strings"
	"testing"
)

// TestRoles: what a process needs follows from what it does.
func TestRoles(t *testing.T) {
	with, without := write(t, "with.yaml", trunks), write(t, "without.yaml", "{}")
	rows := []struct {
		roles, file string
		more        []string
		want        string // of the error; "": none
	}{
		{"", with, nil, ""},
		{"", without, nil, "sip.far.trunks is empty"},
		{"sip", with, []string{"TANDEM_HTTP_PUBLIC_CERT="}, ""},
		{"sip", without, nil, "sip.far.trunks is empty"},
		{"bridge", without, []string{"TANDEM_HTTP_PUBLIC_CERT="}, "http.public_cert and"},
		{"jobs", without, []string{"TANDEM_HTTP_PUBLIC_CERT=", "TANDEM_SIP_MEDIA_ADVERTISE="}, ""},
		{"api", without, []string{"TANDEM_SIP_NEAR_ADVERTISE=sip.example.net"}, "roles has api without bridge"},
		{"api,bridge", without, nil, "sip.near.advertise is missing"},
		{"api,bridge", without, []string{"TANDEM_SIP_NEAR_ADVERTISE=sip.example.net"}, ""},
		{"edge", without, nil, `roles has "edge", which is none: they are ["api" "bridge" "sip" "jobs"]`},
	}
	for _, row := range rows {
		env := complete()
		for _, given := range row.more {
			name, _, _ := strings.Cut(given, "=")
			env = append(slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") }), given)
		}
		if row.roles != "" {
			env = append(env, "TANDEM_ROLES="+row.roles)
		}
		c, err := Load(row.file, env)
		switch {
		case row.want == "" && err != nil, row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
			t.Errorf("%q %q: %v, want %q", row.roles, row.more, err, row.want)
		case err == nil && row.roles != "" && len(c.Roles) != strings.Count(row.roles, ",")+1, err == nil && row.roles == "" && len(c.Roles) != 4:
			t.Errorf("%q: %q", row.roles, c.Roles)
		}
	}
}
