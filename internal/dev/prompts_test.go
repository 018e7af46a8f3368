package dev_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tandem/internal/audio"
	"tandem/internal/simulator/voice"
)

// uploaded is what these tests read of a prompt.
type uploaded struct {
	ID, URL string
}

// upload sends sound, in stereo, to a path of the API.
func (s *stack) upload(t *testing.T, method, path string, pcm audio.PCM) (p uploaded) {
	t.Helper()
	var file bytes.Buffer
	if err := audio.WriteChannels(&file, pcm.Rate, [][]int16{pcm.Samples, pcm.Samples}); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.File.API.URL+path, &file)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.File.API.Key)
	req.Header.Set("Content-Type", "audio/wav")
	res, err := s.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(&p); err != nil || p.ID == "" {
		t.Fatalf("%s %s: %d %v", method, path, res.StatusCode, err)
	}
	return p
}

// TestPrompts: what a tenant uploads is what Microsoft fetches, without a key, by
// https, and only by the address of the sound as it is.
func TestPrompts(t *testing.T) {
	t.Parallel()
	f := newFlows(t)
	client := f.microsoft(t)
	plays := func(url string, said audio.PCM) {
		t.Helper()
		pcm, err := voice.Fetch(t.Context(), client, url)
		if err != nil {
			t.Fatal(err)
		}
		if m := audio.Compare(audio.Resample(said, pcm.Rate).Samples, pcm.Samples, pcm.Rate); m.Correlation < 0.99 || m.LongestGap > 0 {
			t.Errorf("Microsoft would play something else: %+v", m)
		}
	}
	gone := func(url string) {
		t.Helper()
		var failed *voice.Failure
		if _, err := voice.Fetch(t.Context(), client, url); !errors.As(err, &failed) || failed.Result != voice.NotDownloaded || !strings.Contains(err.Error(), "404") {
			t.Errorf("it can still be fetched, or fails otherwise: %v", err)
		}
	}

	first := f.upload(t, "POST", "/prompts?name=Greeting&language=en-US&tenant="+f.File.Tenants[0].ID, audio.Resample(audio.AgentSpeech(), 44100))
	secret := func(p uploaded) string { return p.URL[strings.LastIndexByte(p.URL, '-'):] }
	t.Cleanup(func() { f.log.keeps(t, map[string]string{"the secret of an address": secret(first)}) })
	if !strings.HasPrefix(first.URL, f.Config.HTTP.PublicURL+"/prompts/"+first.ID+"/") {
		t.Errorf("the address is %s", first.URL)
	}
	plays(first.URL, audio.AgentSpeech())
	res, err := f.http.Get(f.File.Portal + strings.TrimPrefix(first.URL, f.Config.HTTP.PublicURL))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.Header.Get("Content-Type") == "audio/wav" {
		t.Error("the portal's listener serves it, too")
	}

	second := f.upload(t, "PUT", "/prompts/"+first.ID+"/audio", audio.CustomerSpeech())
	if second.URL == first.URL {
		t.Error("other sound has the same address")
	}
	plays(second.URL, audio.CustomerSpeech())
	gone(first.URL)
	gone(strings.Replace(second.URL, secret(second), secret(first), 1))
	if status := f.ask(t, "DELETE", "/prompts/"+first.ID, nil, nil); status != 204 {
		t.Errorf("delete: %d", status)
	}
	gone(second.URL)
}
