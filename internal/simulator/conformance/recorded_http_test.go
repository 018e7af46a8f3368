package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/simulator/delays"
)

// exchange is one recorded request with the service's answer.
type exchange struct {
	Method   string
	URI      string `json:"Uri"`
	Response map[string]string
}

// oldPreview is the api-version of the first recordings. The simulator does not
// speak it, nor does the service any more; it had other bodies.
const oldPreview = "2022-04-07-preview"

// Every recorded answer of Call Automation is what the simulator answers to the
// same request: status, members, order, types, stable headers.
func TestRecordedAnswers(t *testing.T) {
	dir := recordings(t, "acs-http")
	files, err := filepath.Glob(filepath.Join(dir, "java-*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded answers: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var all struct{ NetworkCallRecords []exchange }
			if err := json.Unmarshal(raw, &all); err != nil {
				t.Fatal(err)
			}
			p := &player{ids: map[string]string{}}
			for _, x := range all.NetworkCallRecords {
				p.play(t, x)
			}
			if p.stage != nil {
				p.curtain(map[string]string{"created": p.ids["created"]})
				p.forgotten()
			}
		})
	}
}

// forgotten: a while after the end no leg can be terminated any more.
func (p *player) forgotten() {
	p.server.Clock().Advance(2 * time.Second)
	for _, id := range p.ids {
		if r := p.ask(http.MethodPost, "callConnections/"+id+":terminate", nil, nil); r.status != http.StatusNotFound {
			p.Errorf("terminate after the end: %d %s", r.status, r.body)
		}
	}
}

// player repeats recorded requests with the ids of here.
type player struct {
	*stage
	ids      map[string]string // recorded call connections and ours
	answered int
}

var recordedID = regexp.MustCompile(`callConnections/([0-9a-f-]{36})`)

// play repeats one request. Bodies were not recorded; they are those of the
// SDK's test, of which the names of the files tell.
func (p *player) play(t *testing.T, x exchange) {
	t.Helper()
	u, err := url.Parse(x.URI)
	if err != nil {
		t.Fatal(err)
	}
	path, calling := strings.CutPrefix(u.Path, "/calling/")
	version := u.Query().Get("api-version")
	if !calling { // identities are another service
		return
	}
	if version == oldPreview {
		t.Logf("skipped %s %s of %s: older than what the simulator speaks", x.Method, u.Path, version)
		return
	}
	if p.stage == nil {
		p.stage = newStage(t, version, delays.None)
	}
	if m := recordedID.FindStringSubmatch(path); m != nil {
		path = strings.Replace(path, m[1], p.ids[m[1]], 1)
	}
	header := http.Header{"X-Ms-Client-Request-Id": {uuid.NewString()}}
	if x.Response["Repeatability-Result"] != "" {
		header["Repeatability-Request-Id"] = []string{uuid.NewString()}
		header["Repeatability-First-Sent"] = []string{time.Now().UTC().Format(http.TimeFormat)}
	}
	got := p.ask(x.Method, path, p.body(path), header)
	what := x.Method + " " + path

	if want, err := strconv.Atoi(x.Response["StatusCode"]); err != nil || got.status != want {
		t.Fatalf("%s answered %d %s, recorded %d", what, got.status, got.body, want)
	}
	p.checkHeader(t, what, x.Response, got.header, header.Get("X-Ms-Client-Request-Id"))
	if recorded := x.Response["Body"]; recorded == "" {
		if len(got.body) != 0 {
			t.Errorf("%s has the body %s, recorded without", what, got.body)
		}
	} else {
		was, is := parse(t, []byte(recorded)), parse(t, got.body)
		for _, d := range differences(what, was, is) {
			t.Error(d)
		}
		if a, b := len(was.at("value").items), len(is.at("value").items); a != b {
			t.Errorf("%s lists %d participants, recorded %d", what, b, a)
		}
		if id := is.at("callConnectionId").text; id != "" {
			p.ids[was.at("callConnectionId").text] = id
			if strings.HasSuffix(path, "callConnections") {
				p.ids["created"] = id
			}
		}
		if chain := is.at("correlationId").text; chain != "" && got.header.Get("X-Microsoft-Skype-Chain-Id") != chain {
			t.Errorf("%s has the chain id %q for the correlationId %q", what, got.header.Get("X-Microsoft-Skype-Chain-Id"), chain)
		}
	}
	p.settle(path)
}

// body is the request of an operation. A third user is added and muted.
func (p *player) body(path string) any {
	switch {
	case path == "callConnections":
		return p.leg(object{"targets": []object{acsUser(bob)}, "source": object{"id": alice}}, "", nil)
	case strings.HasSuffix(path, ":answer"):
		return p.leg(object{"incomingCallContext": p.incoming(p.answered)}, "", nil)
	case strings.HasSuffix(path, "participants:add"):
		return object{"participantToAdd": acsUser(carol)}
	case strings.HasSuffix(path, "participants:mute"):
		return object{"targetParticipants": []object{acsUser(carol)}, "operationContext": "operationContext"}
	}
	return nil
}

// settle waits for what the recorded test waited for before its next request.
func (p *player) settle(path string) {
	switch {
	case strings.HasSuffix(path, ":answer"):
		p.answered++
		p.event("", "CallConnected", p.answered) // of the caller too
	case strings.HasSuffix(path, "participants:mute"):
		p.event(p.ids["created"], updated, 1)
	}
}

// checkHeader compares the headers whose values the service does not make up
// anew each time, and that those are there which it does.
func (p *player) checkHeader(t *testing.T, what string, recorded map[string]string, got http.Header, id string) {
	t.Helper()
	for name, value := range recorded {
		switch canonical := http.CanonicalHeaderKey(name); canonical {
		case "Statuscode", "Body", "Content-Length", "Date", "Retry-After": // the last is the recorder's own
		case "X-Ms-Client-Request-Id":
			if got.Get(name) != id {
				t.Errorf("%s has %s %q, not that of the request", what, name, got.Get(name))
			}
		case "X-Azure-Ref", "X-Microsoft-Skype-Chain-Id":
			if got.Get(name) == "" {
				t.Errorf("%s has no %s", what, name)
			}
		default:
			if got.Get(name) != value {
				t.Errorf("%s has %s %q, recorded %q", what, name, got.Get(name), value)
			}
		}
	}
	for _, name := range []string{"MS-CV", "Strict-Transport-Security", "api-supported-versions", "Repeatability-Result"} {
		if _, was := recorded[name]; !was && got.Get(name) != "" {
			t.Errorf("%s has %s, recorded without", what, name)
		}
	}
}
