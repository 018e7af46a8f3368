package admin_test

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

type bots struct{ shelf[tenant.Bot] }

func botTenant(b tenant.Bot) tenant.ID { return b.Tenant }

func (s *bots) CreateBot(_ context.Context, b tenant.Bot) (tenant.Bot, error) {
	b.ID, b.CreatedAt = cmp.Or(b.ID, tenant.BotID(uuid.NewString())), day
	return s.put(string(b.ID), b)
}
func (s *bots) Bot(_ context.Context, t tenant.ID, id tenant.BotID) (tenant.Bot, error) {
	return s.get(string(id), in(t, botTenant))
}
func (s *bots) ListBots(_ context.Context, t tenant.ID, after tenant.BotID, limit int) ([]tenant.Bot, error) {
	return s.list(string(after), limit, in(t, botTenant))
}
func (s *bots) ChangeBot(_ context.Context, t tenant.ID, id tenant.BotID, f func(tenant.Bot) (tenant.Bot, error)) (tenant.Bot, error) {
	return s.change(string(id), func(b tenant.Bot) bool { return b.Tenant == t }, f)
}
func (s *bots) DeleteBot(_ context.Context, t tenant.ID, id tenant.BotID) error {
	return s.drop(string(id), func(b tenant.Bot) bool { return b.Tenant == t })
}

const (
	contosoBot, fabrikamBot = "0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77", "1193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77"
)

func (w *world) furnishBots(t testing.TB) {
	t.Helper()
	for id, of := range map[tenant.BotID]tenant.ID{contosoBot: contoso, fabrikamBot: fabrikam} {
		if _, err := w.CreateBot(t.Context(), tenant.Bot{ID: id, Tenant: of, Name: "Helper", URL: "wss://bot.example.com/calls"}); err != nil {
			t.Fatal(err)
		}
	}
}

type botView struct {
	ID, Name, URL, Secret, Language string
	DTMFClears                      bool `json:"dtmf_clears"`
}

// TestBots: what is registered is shown, its secret once; the secret opens for the bot
// alone that it is sealed for.
func TestBots(t *testing.T) {
	w := newWorld(t)
	var b, again botView
	w.do(t, owner, "POST", "/v1/bots", `{"tenant":"`+contoso+`","name":" Flight status ","url":"wss://bot.example.com/x","language":"EN-gb","dtmf_clears":true}`).want(http.StatusCreated).into(&b)
	if b.Name != "Flight status" || b.Language != "en-GB" || !b.DTMFClears || !strings.HasPrefix(b.Secret, tenant.BotSecretPrefix) {
		t.Errorf("%+v", b)
	}
	kept, err := w.Bot(t.Context(), contoso, tenant.BotID(b.ID))
	if err != nil || strings.Contains(string(kept.Secret), b.Secret) || len(kept.Secret) == 0 {
		t.Errorf("%+v, %v", kept, err)
	}
	if w.do(t, contosoKey, "GET", "/v1/bots/"+b.ID, "").want(http.StatusOK).into(&again); again.Secret != "" || again.URL != b.URL {
		t.Errorf("%+v", again)
	}
	w.do(t, contosoKey, "POST", "/v1/bots/"+b.ID+"/rotate", "").want(http.StatusCreated).into(&again)
	if again.Secret == "" || again.Secret == b.Secret {
		t.Errorf("%+v", again)
	}
	w.do(t, contosoKey, "PATCH", "/v1/bots/"+b.ID, `{"name":"Flights","dtmf_clears":false}`).want(http.StatusOK).into(&again)
	if again.Name != "Flights" || again.DTMFClears || again.Language != "en-GB" {
		t.Errorf("%+v", again)
	}
	for body, path := range map[string]string{
		`{"tenant":"` + contoso + `","name":"x","url":"ws://bot.example.com"}`:               "body.url",
		`{"tenant":"` + contoso + `","name":"x","url":"https://bot.example.com"}`:            "body.url",
		`{"tenant":"` + contoso + `","name":"x","url":"wss://u:p@bot.example.com"}`:          "body.url",
		`{"tenant":"` + contoso + `","name":"x","url":"wss://b.example.com","language":"?"}`: "body.language",
		`{"tenant":"` + contoso + `","name":"","url":"wss://b.example.com"}`:                 "body.name",
	} {
		p := w.do(t, owner, "POST", "/v1/bots", body).problem(http.StatusUnprocessableEntity, "request_invalid")
		if len(p.Errors) != 1 || p.Errors[0].Location != path {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	// This installation is no developer's.
	w.do(t, owner, "POST", "/v1/bots", `{"tenant":"`+contoso+`","name":"x","url":"ws://127.0.0.1:9"}`).problem(http.StatusUnprocessableEntity, "bot_invalid")
	w.do(t, owner, "PATCH", "/v1/bots/"+b.ID, `{"url":"ws://127.0.0.1:9"}`).problem(http.StatusUnprocessableEntity, "bot_invalid")
	w.do(t, owner, "DELETE", "/v1/bots/"+b.ID, "").want(http.StatusNoContent)
	w.do(t, owner, "GET", "/v1/bots/"+b.ID, "").problem(http.StatusNotFound, "bot_unknown")
}

// TestStreaming: a call is streamed to a bot of its own tenant.
func TestStreaming(t *testing.T) {
	path := "/v1/calls/" + string(contosoCall) + "/streaming"
	w := newWorld(t)
	var k struct{ ID, State, Name string }
	w.do(t, owner, "POST", path, `{"action":"start","bot":"`+contosoBot+`","language":"en-GB","context":{"a": 1}}`).want(http.StatusAccepted).into(&k)
	e, ok := w.engine.commands[len(w.engine.commands)-1].(call.StreamAsked)
	if !ok || e.ID != k.ID || e.Bot != contosoBot || e.Name != "Helper" || e.Language != "en-GB" || string(e.Given) != `{"a":1}` || k.State != "starting" {
		t.Errorf("%+v, asked %+v", k, e)
	}
	w.do(t, owner, "POST", path, `{"action":"stop"}`).problem(http.StatusConflict, "call_state")
	w.all[0].Stream = &call.Stream{ID: k.ID, Bot: contosoBot, State: call.StreamRunning}
	w.do(t, owner, "POST", path, `{"action":"start","bot":"`+contosoBot+`"}`).problem(http.StatusConflict, "call_state")
	w.do(t, owner, "POST", path, `{"action":"stop"}`).want(http.StatusAccepted).into(&k)
	if _, ok := w.engine.commands[len(w.engine.commands)-1].(call.StreamStopAsked); !ok || k.State != "stopping" {
		t.Errorf("%+v", k)
	}
	w = newWorld(t)
	for body, code := range map[string]string{
		`{"action":"start","bot":"x"}`:                 "request_invalid",
		`{"action":"start"}`:                           "request_invalid",
		`{"action":"stop","bot":"` + contosoBot + `"}`: "request_invalid",
		`{"action":"start","bot":"` + contosoBot + `","context":"` + strings.Repeat("x", 4096) + `"}`: "request_invalid",
	} {
		w.do(t, owner, "POST", path, body).problem(http.StatusUnprocessableEntity, code)
	}
	w.do(t, owner, "POST", path, `{"action":"start","bot":"`+fabrikamBot+`"}`).problem(http.StatusNotFound, "bot_unknown")
}

// TestTranscriptions: what is asked for, and what is not.
func TestTranscriptions(t *testing.T) {
	path := "/v1/calls/" + string(contosoCall) + "/transcription"
	w := newWorld(t)
	last := func() call.TranscribeAsked {
		t.Helper()
		e, ok := w.engine.commands[len(w.engine.commands)-1].(call.TranscribeAsked)
		if !ok {
			t.Fatalf("%+v", w.engine.commands)
		}
		return e
	}
	var k struct{ ID, State, Locale string }
	w.do(t, owner, "POST", path, `{"action":"start"}`).want(http.StatusAccepted).into(&k)
	if e := last(); e.ID != k.ID || e.Locale != "en-US" || e.How != call.TranscribeStart || k.State != "starting" {
		t.Errorf("%+v, %+v", k, e)
	}
	w.do(t, owner, "POST", path, `{"action":"stop"}`).problem(http.StatusConflict, "call_state")
	w.all[0].Transcription = &call.Transcription{ID: k.ID, State: call.TranscriptionRunning, Locale: "en-US"}
	w.do(t, owner, "POST", path, `{"action":"start"}`).problem(http.StatusConflict, "call_state")
	w.do(t, owner, "POST", path, `{"action":"update","locale":"es-ES"}`).want(http.StatusAccepted).into(&k)
	if e := last(); e.How != call.TranscribeUpdate || e.Locale != "es-ES" || k.State != "running" || k.Locale != "en-US" {
		t.Errorf("%+v, %+v", k, e)
	}
	w.do(t, owner, "POST", path, `{"action":"stop"}`).want(http.StatusAccepted).into(&k)
	if e := last(); e.How != call.TranscribeStop || k.State != "stopping" {
		t.Errorf("%+v, %+v", k, e)
	}
	for _, body := range []string{`{"action":"update"}`, `{"action":"start","locale":"?"}`, `{"action":"stop","locale":"en-US"}`, `{"action":"sing"}`, `{}`} {
		w.do(t, owner, "POST", path, body).problem(http.StatusUnprocessableEntity, "request_invalid")
	}
}
