package routing

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const stable = "2023-03-01"

func anything(string, map[string]Domain) error { return nil }

// before has two trunks, of which a route names one.
func before() Configuration {
	return Configuration{
		Trunks: map[string]Trunk{"a.sbc.test": {SIPSignalingPort: 5061}, "b.sbc.test": {SIPSignalingPort: 5062}},
		Routes: []Route{{Name: "all", NumberPattern: `^\+`, Trunks: []string{"a.sbc.test"}}},
	}
}

func routes(list ...string) string { return `{"routes":[` + strings.Join(list, ",") + `]}` }

func TestPatchRefuses(t *testing.T) {
	many := make([]string, 0, maxTrunks)
	for i := range maxTrunks - 1 {
		many = append(many, fmt.Sprintf(`"t%d.sbc.test":{"sipSignalingPort":5061}`, i))
	}
	for name, c := range map[string]struct{ body, code string }{
		"nothing":                 {`{}`, "EmptyPatch"},
		"no trunks":               {`{"trunks":{}}`, "EmptyPatch"},
		"domains, to the stable":  {`{"domains":{"sbc.test":{"enabled":true}}}`, "EmptyPatch"},
		"a label alone":           {`{"trunks":{"-1":{"sipSignalingPort":8239}}}`, "InvalidTrunkFqdn"},
		"underscore":              {`{"trunks":{"a_b.sbc.test":{"sipSignalingPort":5061}}}`, "InvalidTrunkFqdn"},
		"Microsoft's own":         {`{"trunks":{"a.contoso.onmicrosoft.com":{"sipSignalingPort":5061}}}`, "InvalidTrunkFqdn"},
		"too long":                {`{"trunks":{"` + strings.Repeat("a.", 124) + `aa":{"sipSignalingPort":5061}}}`, "InvalidTrunkFqdn"},
		"port 0":                  {`{"trunks":{"c.sbc.test":{"sipSignalingPort":0}}}`, "InvalidTrunkSipSignalingPort"},
		"no port":                 {`{"trunks":{"c.sbc.test":{}}}`, "InvalidTrunkSipSignalingPort"},
		"port too high":           {`{"trunks":{"a.sbc.test":{"sipSignalingPort":65536}}}`, "InvalidTrunkSipSignalingPort"},
		"used by a route":         {`{"trunks":{"a.sbc.test":null}}`, "MissingTrunk"},
		"unknown trunk":           {routes(`{"name":"x","numberPattern":"1","trunks":["nobody.sbc.test"]}`), "MissingTrunk"},
		"no name":                 {routes(`{"name":"","numberPattern":"1"}`), "InvalidRouteName"},
		"no pattern":              {routes(`{"name":"x","numberPattern":""}`), "InvalidRouteNumberPattern"},
		"pattern does not end":    {routes(`{"name":"x","numberPattern":"(1"}`), "InvalidRouteNumberPattern"},
		"pattern too long":        {routes(`{"name":"x","numberPattern":"` + strings.Repeat("1", maxText+1) + `"}`), "InvalidRouteNumberPattern"},
		"twice":                   {routes(`{"name":"x","numberPattern":"1"}`, `{"name":"x","numberPattern":"2"}`), "DuplicatedRoute"},
		"too many":                {`{"trunks":{` + strings.Join(many, ",") + `}}`, ""},
		"no object":               {`[]`, "InvalidRequest"},
		"one bad among good ones": {`{"trunks":{"c.sbc.test":{"sipSignalingPort":5061},"-":{"sipSignalingPort":5061}}}`, "InvalidTrunkFqdn"},
	} {
		t.Run(name, func(t *testing.T) {
			old := before()
			got, err := Patch(old, []byte(c.body), stable, anything)
			var r Refusal
			if !errors.As(err, &r) || r.Code != c.code {
				t.Fatalf("%v, want %q", err, c.code)
			}
			if !reflect.DeepEqual(old, before()) || got.Trunks["c.sbc.test"] != (Trunk{}) {
				t.Errorf("something was changed: %+v", got)
			}
		})
	}
}

func TestPatch(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"a trunk more": {
			`{"trunks":{"C.sbc.test":{"sipSignalingPort":5063}}}`,
			`{"trunks":{"a.sbc.test":{"sipSignalingPort":5061},"b.sbc.test":{"sipSignalingPort":5062},"c.sbc.test":{"sipSignalingPort":5063}},"routes":[{"name":"all","numberPattern":"^\\+","trunks":["a.sbc.test"]}]}`,
		},
		"the trunk of a route, with the route": {
			`{"trunks":{"a.sbc.test":null},"routes":[{"name":"all","numberPattern":"^\\+(?!1)","trunks":["b.sbc.test"],"description":"x"}]}`,
			`{"trunks":{"b.sbc.test":{"sipSignalingPort":5062}},"routes":[{"description":"x","name":"all","numberPattern":"^\\+(?!1)","trunks":["b.sbc.test"]}]}`,
		},
		"unknown trunk deleted": {
			`{"trunks":{"nobody.sbc.test":null},"routes":[]}`,
			`{"trunks":{"a.sbc.test":{"sipSignalingPort":5061},"b.sbc.test":{"sipSignalingPort":5062}},"routes":[]}`,
		},
		"route without trunks": {
			`{"routes":[{"name":"x","numberPattern":"^+[1-9][0-9]{3,23}$"}]}`,
			`{"trunks":{"a.sbc.test":{"sipSignalingPort":5061},"b.sbc.test":{"sipSignalingPort":5062}},"routes":[{"name":"x","numberPattern":"^+[1-9][0-9]{3,23}$","trunks":[]}]}`,
		},
		"members of the preview, to the stable": {
			`{"trunks":{"b.sbc.test":{"enabled":false,"sipSignalingPort":1}},"routes":[]}`,
			`{"trunks":{"a.sbc.test":{"sipSignalingPort":5061},"b.sbc.test":{"sipSignalingPort":1}},"routes":[]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Patch(before(), []byte(c.body), stable, anything)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(got.seenBy(stable))
			if err != nil || string(raw) != c.want {
				t.Errorf("%s\nwant %s (%v)", raw, c.want, err)
			}
		})
	}
}

// The domains of the preview.
func TestDomains(t *testing.T) {
	c, err := Patch(before(), []byte(`{"domains":{"sbc.test":{"enabled":true}},"trunks":{"b.sbc.test":{"enabled":false}}}`), newestPreview, anything)
	if err != nil || !c.Domains["sbc.test"].Enabled || c.Trunks["b.sbc.test"].on() {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := Patch(c, []byte(`{"domains":{"sbc.test":null}}`), newestPreview, anything); err == nil {
		t.Error("a domain with trunks was deleted")
	}
	if c, err = Patch(c, []byte(`{"domains":{"sbc.test":null},"trunks":{"a.sbc.test":null,"b.sbc.test":null},"routes":[]}`), newestPreview, anything); err != nil || len(c.Domains) != 0 {
		t.Errorf("domain and trunks at once: %+v, %v", c, err)
	}
}

// TestPatchIsWhole: whatever is asked for, what is stored keeps the rules.
func TestPatchIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := before()
		for range rapid.IntRange(1, 8).Draw(t, "patches") {
			fqdn := rapid.SampledFrom([]string{"a.sbc.test", "b.sbc.test", "c.sbc.test", "-1"}).Draw(t, "fqdn")
			body := map[string]any{"trunks": map[string]any{fqdn: rapid.SampledFrom([]any{nil, map[string]int{"sipSignalingPort": 5061}, map[string]int{"sipSignalingPort": 0}}).Draw(t, "trunk")}}
			if rapid.Bool().Draw(t, "with routes") {
				body["routes"] = []map[string]any{{"name": rapid.SampledFrom([]string{"", "x"}).Draw(t, "name"), "numberPattern": "1", "trunks": []string{fqdn}}}
			}
			raw, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			next, err := Patch(c, raw, stable, anything)
			if err == nil {
				c = next
			}
			if err := c.check(); err != nil {
				t.Fatalf("after %s: %v", raw, err)
			}
		}
	})
}

func FuzzPatch(f *testing.F) {
	f.Add([]byte(`{"trunks":{"a.sbc.test":null},"routes":[{"name":"x","numberPattern":"^\\+(?!1)","trunks":["b.sbc.test"]}]}`), stable)
	f.Add([]byte(`{"domains":{"sbc.test":null}}`), newestPreview)
	f.Add([]byte(`{"trunks":null,"routes":null}`), stable)
	f.Fuzz(func(t *testing.T, body []byte, version string) {
		old := before()
		c, err := Patch(old, body, version, anything)
		if !reflect.DeepEqual(old, before()) {
			t.Error("what was stored has changed")
		}
		if err == nil && c.check() != nil {
			t.Errorf("taken, and wrong: %+v", c)
		}
	})
}
