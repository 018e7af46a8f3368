package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tandem/internal/simulator"
	"tandem/internal/simulator/evidence"
)

// Every recorded exchange with the SIP routing API, asked again, has the recorded answer.
// What a recording begins with was put there by the SDK's test before it, here by us.
func TestRecordedRouting(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(recordings(t, "acs-http"), "*siprouting*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings of the SIP routing API: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var all struct {
				Entries []struct {
					RequestURI      string `json:"RequestUri"`
					RequestMethod   string
					RequestBody     json.RawMessage
					StatusCode      int
					ResponseHeaders map[string]string
					ResponseBody    json.RawMessage
				}
			}
			if err := json.Unmarshal(raw, &all); err != nil {
				t.Fatal(err)
			}
			s := newStageOf(t, "2023-03-01", simulator.Config{Inferences: map[string]string{evidence.TrunkDomain: "accepted"}})
			s.have(all.Entries[len(all.Entries)-1].ResponseBody)
			for _, e := range all.Entries {
				u, err := url.Parse(e.RequestURI)
				if err != nil {
					t.Fatal(err)
				}
				got := s.signed(e.RequestMethod, u.RequestURI(), content(e.RequestBody), mergePatch)
				what := e.RequestMethod + " " + string(e.RequestBody)
				if got.status != e.StatusCode {
					t.Fatalf("%s: %d %s, recorded %d", what, got.status, got.body, e.StatusCode)
				}
				for _, d := range differences(what, parse(t, e.ResponseBody), parse(t, got.body)) {
					t.Error(d)
				}
				if was, is := values(t, e.ResponseBody), values(t, got.body); !reflect.DeepEqual(was, is) {
					t.Errorf("%s: %v, recorded %v", what, is, was)
				}
				for name, was := range e.ResponseHeaders {
					is := got.header.Get(name)
					switch name {
					case "Content-Type", "Strict-Transport-Security", "X-Cache":
						if is != was {
							t.Errorf("%s: %s is %q, recorded %q", what, name, is, was)
						}
					case "MS-CV", "X-Azure-Ref", "X-Processing-Time":
						if is == "" {
							t.Errorf("%s: no %s", what, name)
						}
					}
				}
			}
		})
	}
}

// have gives a resource the trunks of a recorded answer.
func (s *stage) have(recorded json.RawMessage) {
	s.Helper()
	var wanted struct {
		Trunks map[string]any `json:"trunks"`
	}
	if err := json.Unmarshal(recorded, &wanted); err != nil {
		s.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{"trunks": wanted.Trunks})
	if err != nil {
		s.Fatal(err)
	}
	if len(wanted.Trunks) == 0 {
		return
	}
	if got := s.signed(http.MethodPatch, "/sip?api-version=2023-03-01", body, mergePatch); got.status != http.StatusOK {
		s.Fatalf("%s: %d %s", body, got.status, got.body)
	}
}

var mergePatch = http.Header{"Content-Type": {"application/merge-patch+json"}}

// content is what was sent: nothing was recorded as null.
func content(recorded json.RawMessage) []byte {
	if string(recorded) == "null" {
		return nil
	}
	return recorded
}

func values(t *testing.T, raw []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}
