package acs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/fault"
	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/routing"
	"tandem/internal/trunk"
)

// sipResource is a resource of the simulator with an empty configuration, and a client of it.
// before sees each request and may answer it itself.
func sipResource(t *testing.T, before func(http.ResponseWriter, *http.Request) bool) (*Client, *routing.Book) {
	t.Helper()
	switches, err := evidence.NewSwitches(evidence.Inferences())
	if err != nil {
		t.Fatal(err)
	}
	book := routing.NewBook(routing.Config{
		Clock: clock.New(), Switches: switches, Text: func(context.Context, string) ([]string, error) { return nil, nil },
	})
	t.Cleanup(book.Close)
	if err := book.Add("r", routing.Configuration{Domains: map[string]routing.Domain{"example.net": {Enabled: true}}}); err != nil {
		t.Fatal(err)
	}
	service := routing.NewService(book, "r", func(string) routing.Health {
		return routing.Health{TLS: "ok", Ping: "expired", Overall: "inactive", Reason: "noRecentPings"}
	})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.Header.Get("Authorization"), "HMAC-SHA256 ") {
			t.Error("not signed")
		}
		if before == nil || !before(w, r) {
			service.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := NewClient(srv.URL, base64.StdEncoding.EncodeToString([]byte("0123456789abcdef")), Config{HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	return c, book
}

func apply(t *testing.T, c *Client, desired trunk.Routing) trunk.Routing {
	t.Helper()
	has, err := c.Routing(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.PatchRouting(t.Context(), trunk.NewPlan(desired, has).Patch)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestRoutingIsReadAndPatched against the simulator's strict service.
func TestRoutingIsReadAndPatched(t *testing.T) {
	c, book := sipResource(t, nil)
	desired := trunk.Routing{
		Trunks: []trunk.Registered{{FQDN: "e0.example.net", Port: 5061}, {FQDN: "e1.example.net", Port: 5067}},
		Routes: []trunk.Route{
			{Name: "special", Pattern: `^\+(?!1)\d+$`, Trunks: []string{"e1.example.net", "e0.example.net"}, Description: "not the US", CallerIDOverride: "+4930123456"},
			{Name: "none", Pattern: "1"},
		},
	}.Normalize()
	if got := apply(t, c, desired); got.Fingerprint() != desired.Fingerprint() {
		t.Errorf("answered %+v", got)
	}
	has, err := c.Routing(t.Context())
	if err != nil || has.Fingerprint() != desired.Fingerprint() {
		t.Fatalf("%+v, %v", has, err)
	}
	if want := []trunk.Domain{{Name: "example.net", Enabled: true}}; !slices.Equal(has.Domains, want) {
		t.Errorf("domains %v", has.Domains)
	}
	if h := has.Trunks[0].Health; h == nil || *h != (trunk.Health{TLS: "ok", Ping: "expired", Overall: "inactive", Reason: "noRecentPings"}) {
		t.Errorf("health %v", h)
	}
	// A trunk goes together with the routes that name it; what is not planned stays.
	err = c.doIn(t.Context(), ofRouting, request{
		name: "test", method: http.MethodPatch, target: sipTarget,
		body: map[string]any{"trunks": map[string]any{"e0.example.net": map[string]any{"enabled": false, "privacyHeader": "ID"}}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	desired.Trunks[0].Port = 5062
	after := apply(t, c, trunk.Routing{Trunks: desired.Trunks[:1]})
	if len(after.Trunks) != 1 || len(after.Routes) != 0 || !after.Trunks[0].Disabled {
		t.Errorf("after %+v", after)
	}
	if stored, err := book.Stored("r"); err != nil || stored.Trunks["e0.example.net"].PrivacyHeader != "ID" || stored.Trunks["e0.example.net"].SIPSignalingPort != 5062 {
		t.Errorf("stored %+v, %v", stored, err)
	}
}

// TestRoutingRefusals: each inner code is classified and names its cure.
func TestRoutingRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		patch trunk.Patch
		says  string
	}{
		"nothing":      {trunk.Patch{}, "EmptyPatch"},
		"a name":       {trunk.Patch{Ports: map[string]int{"-1": 5061}}, "InvalidTrunkFqdn"},
		"a port":       {trunk.Patch{Ports: map[string]int{"e0.example.net": 0}}, "InvalidTrunkSipSignalingPort"},
		"no name":      {trunk.Patch{ReplaceRoutes: true, Routes: []trunk.Route{{Pattern: "1"}}}, "InvalidRouteName"},
		"no pattern":   {trunk.Patch{ReplaceRoutes: true, Routes: []trunk.Route{{Name: "a"}}}, "InvalidRouteNumberPattern"},
		"no trunk":     {trunk.Patch{ReplaceRoutes: true, Routes: []trunk.Route{{Name: "a", Pattern: "1", Trunks: []string{"x.example.net"}}}}, "MissingTrunk"},
		"twice":        {trunk.Patch{ReplaceRoutes: true, Routes: []trunk.Route{{Name: "a", Pattern: "1"}, {Name: "a", Pattern: "1"}}}, "DuplicatedRoute"},
		"other domain": {trunk.Patch{Ports: map[string]int{"e0.other.example": 5061}}, "is the domain of each new trunk verified"},
	} {
		client, _ := sipResource(t, nil)
		_, err := client.PatchRouting(t.Context(), c.patch)
		if fault.CodeOf(err) != "routing_refused" || fault.KindOf(err) != fault.KindConflict || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		var f *Failure
		if !errors.As(err, &f) || f.Status == 0 {
			t.Errorf("%s: Microsoft's answer is lost: %v", name, err)
		}
	}
}

func TestRoutingOutside(t *testing.T) {
	for status, code := range map[int]string{
		401: "routing_key_refused", 403: "routing_key_refused", 404: "routing_absent", 409: "routing_refused", 429: "acs_throttled", 500: "acs_unavailable",
	} {
		c, _ := sipResource(t, func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"error":{"code":"New","message":"Not seen before.","innererror":{"code":"Newer","message":"Nor this."}}}`))
			return true
		})
		if _, err := c.Routing(t.Context()); fault.CodeOf(err) != code {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// TestPlansAreTaken: the simulator makes of any plan's patch what was desired.
func TestPlansAreTaken(t *testing.T) {
	c, _ := sipResource(t, nil)
	names := []string{"e0.example.net", "e1.example.net", "e2.example.net"}
	rapid.Check(t, func(rt *rapid.T) {
		var desired trunk.Routing
		for _, fqdn := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID).Draw(rt, "trunks") {
			desired.Trunks = append(desired.Trunks, trunk.Registered{FQDN: fqdn, Port: rapid.IntRange(5061, 5062).Draw(rt, "port")})
		}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID).Draw(rt, "routes") {
			r := trunk.Route{Name: name, Pattern: rapid.SampledFrom([]string{`^\+49`, "."}).Draw(rt, "pattern")}
			for _, has := range desired.Trunks {
				if rapid.Bool().Draw(rt, "named") {
					r.Trunks = append(r.Trunks, has.FQDN)
				}
			}
			desired.Routes = append(desired.Routes, r)
		}
		has, err := c.Routing(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		p := trunk.NewPlan(desired, has)
		if p.Patch.Empty() {
			return
		}
		got, err := c.PatchRouting(t.Context(), p.Patch)
		if err != nil || got.Fingerprint() != desired.Normalize().Fingerprint() {
			rt.Fatalf("%v\nwanted %+v\ngot %+v", err, desired, got)
		}
	})
}

// TestRecordedRouting reads what the real service has answered.
func TestRecordedRouting(t *testing.T) {
	for file, says := range map[string]string{
		"js-siprouting-400-duplicated-route.json": "DuplicatedRoute",
		"js-siprouting-422-invalid-fqdn.json":     "InvalidTrunkFqdn",
		"js-siprouting-422-invalid-port.json":     "InvalidTrunkSipSignalingPort",
		"net-siprouting-get-trunk.json":           "",
	} {
		raw := contract(t, "recorded/acs-http/"+file)
		if raw == nil {
			t.Skip("no recordings here")
		}
		status, body := recordedAnswer(t, raw)
		c, _ := sipResource(t, func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(status)
			_, _ = w.Write(body)
			return true
		})
		got, err := c.Routing(t.Context())
		switch {
		case says == "" && (err != nil || len(got.Trunks) == 0):
			t.Errorf("%s: %+v, %v", file, got, err)
		case says != "" && (fault.CodeOf(err) != "routing_refused" || !strings.Contains(err.Error(), says+", ")):
			t.Errorf("%s: %v", file, err)
		}
	}
}

// recordedAnswer is the answer of a recording that says most: an error, else the longest.
func recordedAnswer(t *testing.T, raw []byte) (status int, body []byte) {
	t.Helper()
	for _, e := range parse[struct {
		Entries []struct {
			StatusCode   int
			ResponseBody json.RawMessage
		}
	}](t, raw).Entries {
		if e.StatusCode > status || e.StatusCode == status && len(e.ResponseBody) > len(body) {
			status, body = e.StatusCode, e.ResponseBody
		}
	}
	return status, body
}
