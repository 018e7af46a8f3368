package identity

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"tandem/internal/simulator/clock"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/pki"
	"tandem/internal/simulator/signing"
)

func TestMain(m *testing.M) {
	pki.Recycle()
	goleak.VerifyTestMain(m)
}

const resource = "b9614373-fd0b-480c-8fd2-cb58b70eab9f"

func newService(t *testing.T) *Service {
	t.Helper()
	keys, err := signing.New()
	if err != nil {
		t.Fatal(err)
	}
	c := clock.New()
	t.Cleanup(c.Close)
	return New(Config{ImmutableID: strings.ToUpper(resource), Keys: keys, Clock: c})
}

// ask sends a request; the path has its api-version if it names none.
func ask(s *Service, method, path, body string) *httptest.ResponseRecorder {
	if !strings.Contains(path, "?") {
		path += "?api-version=2022-10-01"
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("x-ms-client-request-id", "me")
	s.ServeHTTP(w, r)
	return w
}

// TestCreateAsRecorded has the shape of the recorded answer: 101 bytes with an id
// of two GUIDs.
func TestCreateAsRecorded(t *testing.T) {
	s := newService(t)
	w := ask(s, "POST", "/identities", "")
	body := strings.TrimSpace(w.Body.String())
	if w.Code != http.StatusCreated || !regexp.MustCompile(`^\{"identity":\{"id":"8:acs:`+resource+`_[0-9a-f-]{36}"\}\}$`).MatchString(body) {
		t.Errorf("%d %s", w.Code, body)
	}
	if len(body) != 101 {
		t.Errorf("%d bytes, recorded were 101: %s", len(body), body)
	}
	for name, want := range map[string]string{
		"Request-Context": "appId=", "X-Cache": "CONFIG_NOCACHE", "Content-Type": "application/json; charset=utf-8", "x-ms-client-request-id": "me",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if !strings.Contains(w.Header().Get("api-supported-versions"), "2023-10-01") {
		t.Error(w.Header())
	}
}

func TestTokens(t *testing.T) {
	s := newService(t)
	var created struct {
		Identity    struct{ ID string }
		AccessToken struct {
			Token     string
			ExpiresOn time.Time
		}
	}
	w := ask(s, "POST", "/identities", `{"createTokenWithScopes":["voip","chat"],"expiresInMinutes":60}`)
	if err := json.Unmarshal(w.Body.Bytes(), &created); err != nil || w.Code != http.StatusCreated {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	var claims struct {
		SkypeID string `json:"skypeid"`
		Expires int64  `json:"exp"`
		Scope   string `json:"acsScope"`
	}
	if err := s.Keys.Verify(created.AccessToken.Token, &claims); err != nil {
		t.Fatal(err)
	}
	if "8:"+claims.SkypeID != created.Identity.ID || claims.Expires != created.AccessToken.ExpiresOn.Unix() || claims.Scope != "voip,chat" {
		t.Errorf("claims %+v of %+v", claims, created)
	}
	if left := time.Until(created.AccessToken.ExpiresOn); left > time.Hour || left < 59*time.Minute {
		t.Errorf("good for %s", left)
	}

	// As the SDKs write it: the id in one escaped segment.
	path := "/identities/" + url.PathEscape(created.Identity.ID)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", path + "/:issueAccessToken", `{"scopes":["voip"]}`, http.StatusOK},
		{"POST", strings.ReplaceAll(path, ":", "%3A") + "/:issueAccessToken", `{"scopes":["voip"]}`, http.StatusOK},
		{"POST", path + "/:issueAccessToken", `{"scopes":["voip"],"expiresInMinutes":1440}`, http.StatusOK},
		{"POST", path + "/:issueAccessToken", `{"scopes":["voip"],"expiresInMinutes":59}`, http.StatusBadRequest},
		{"POST", path + "/:issueAccessToken", `{"scopes":["voip"],"expiresInMinutes":1441}`, http.StatusBadRequest},
		{"POST", path + "/:issueAccessToken", `{"scopes":["sing"]}`, http.StatusBadRequest},
		{"POST", path + "/:issueAccessToken", `{}`, http.StatusBadRequest},
		{"POST", path + "/:issueAccessToken", `{`, http.StatusBadRequest},
		{"POST", "/identities", `{"createTokenWithScopes":["sing"]}`, http.StatusBadRequest},
		{"POST", "/identities", `{`, http.StatusBadRequest},
		{"POST", "/identities?api-version=new", ``, http.StatusBadRequest},
		{"POST", "/identities?x=y", ``, http.StatusBadRequest},
		{"POST", "/identities?api-version=2021-10-31-preview", ``, http.StatusCreated},
		{"POST", path + "/:revokeAccessTokens", ``, http.StatusNoContent},
		{"DELETE", "/identities/8:acs:" + uuid.NewString() + "_" + uuid.NewString(), ``, http.StatusBadRequest},
		{"DELETE", "/identities/8:acs:" + resource + "_", ``, http.StatusBadRequest},
		{"POST", "/identities/8:orgid:x/:revokeAccessTokens", ``, http.StatusBadRequest},
		{"DELETE", path + "?api-version=new", ``, http.StatusBadRequest}, // and does nothing
		{"DELETE", path, ``, http.StatusNoContent},
		{"DELETE", "/identities/" + strings.ToUpper(created.Identity.ID), ``, http.StatusNotFound},
		{"DELETE", path, ``, http.StatusNotFound},
		{"POST", path + "/:issueAccessToken", `{"scopes":["voip"]}`, http.StatusNotFound},
	} {
		w := ask(s, c.method, c.path, c.body)
		if w.Code != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.method, c.path, c.body, w.Code, w.Body, c.status)
		}
		if c.status >= http.StatusBadRequest && !strings.HasPrefix(w.Body.String(), `{"error":{"code":"`) {
			t.Errorf("%s %s: %s", c.method, c.path, w.Body)
		}
	}
}

// TestDeletionsAreBounded forgets the oldest.
func TestDeletionsAreBounded(t *testing.T) {
	s := newService(t)
	for i := range keptDeletions + 1 {
		ask(s, "DELETE", "/identities/"+ID(resource, fmt.Sprint(i)), "")
	}
	if len(s.deleted) != keptDeletions || s.deleted[0] != ID(resource, "1") {
		t.Errorf("%d, first %s", len(s.deleted), s.deleted[0])
	}
}

func TestServes(t *testing.T) {
	s := newService(t)
	for _, c := range []struct {
		method, target string
		want           bool
	}{
		{"POST", "/identities", true},
		{"DELETE", "/identities/8%3Aacs%3Ax", true},
		{"GET", "/identities", false},
		{"POST", "/identities/x/:exchange", false},
		{"POST", "/calling/callConnections:answer", false},
		{"GET", "/calling//x", false},
	} {
		if got := s.Serves(httptest.NewRequest(c.method, c.target, nil)); got != c.want {
			t.Errorf("%s %s: %t", c.method, c.target, got)
		}
	}
}

func TestEvidence(t *testing.T) {
	if err := evidence.Markdown(io.Discard, Evidence(), nil); err != nil {
		t.Error(err)
	}
}
