package signing

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

func TestRotationKeepsThePreviousKey(t *testing.T) {
	k, err := New()
	if err != nil {
		t.Fatal(err)
	}
	sign := func() string {
		t.Helper()
		token, err := k.Sign(map[string]any{"aud": "me"})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	verify := func(token string) error {
		claims := map[string]any{}
		return k.Verify(token, &claims)
	}
	first := sign()
	if err := k.Rotate(); err != nil {
		t.Fatal(err)
	}
	second := sign()
	if verify(first) != nil || verify(second) != nil {
		t.Error("a token made before or after one rotation must verify")
	}
	if err := k.Rotate(); err != nil {
		t.Fatal(err)
	}
	if verify(first) == nil {
		t.Error("a token of two rotations ago must not verify")
	}
	alien, err := k.SignUnpublished(map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	if verify(alien) == nil {
		t.Error("an unpublished key verified")
	}

	rec := httptest.NewRecorder()
	k.ServeHTTP(rec, nil)
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(rec.Body.Bytes(), &set); err != nil || len(set.Keys) != 2 {
		t.Fatalf("key set: %v, %d keys", err, len(set.Keys))
	}
	for _, key := range set.Keys {
		if !key.IsPublic() || key.KeyID == "" {
			t.Error("the key set shows a private or nameless key")
		}
	}
}
