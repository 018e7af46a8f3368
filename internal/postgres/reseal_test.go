package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"tandem/internal/proof"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
	"tandem/internal/testkit"
	"tandem/internal/trunk"
)

func boxOf(t *testing.T, lines ...string) *secret.Box {
	t.Helper()
	box, err := secret.ReadKeys(strings.NewReader(strings.Join(lines, "")))
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// TestReseal: when another key seals, every value is sealed with it, and the old key is not
// needed any more. What nobody can open is named, and keeps nothing else from it.
func TestReseal(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	oldLine, newLine := secret.NewKeyLine("old"), secret.NewKeyLine("new")
	before, both, after := boxOf(t, oldLine), boxOf(t, newLine, oldLine), boxOf(t, newLine)
	owner, _ := twoTenants(t, s)
	id := func() string { return uuid.Must(uuid.NewV7()).String() }
	peer, hook, bot := trunk.PeerID(id()), provider.WebhookID(id()), tenant.BotID(id())
	for n, key := range [][]byte{[]byte("nobody can open it"), before.Seal([]byte("access"), trunk.AccessKeyContext("eu-1"))} {
		if _, err := s.CreateResource(ctx, trunk.Resource{
			ID: trunk.ResourceID(fmt.Sprintf("eu-%d", n)), Region: "eu", Endpoint: fmt.Sprintf("https://eu-%d.example/", n),
			ImmutableID: fmt.Sprintf("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f%d", n), AccessKey: key, MadeAt: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC),
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.CreatePeer(ctx, trunk.Peer{
		ID: peer, Name: "acme", Auth: trunk.Digest, Username: "acme", Realm: "r", HA1MD5: before.Seal([]byte("md5"), trunk.HA1Context(peer)),
		HA1SHA256: before.Seal([]byte("sha"), trunk.HA1Context(peer)), DialTo: "sip:192.0.2.1", DialUsername: "u", DialPassword: before.Seal([]byte("dial"), trunk.DialContext(peer)),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateWebhook(ctx, provider.Webhook{
		ID: hook, Tenant: owner.ID, URL: "https://example.com/hook", Enabled: true, Secret: before.Seal([]byte("hook"), provider.WebhookContext(hook)),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateBot(ctx, tenant.Bot{
		Tenant: owner.ID, ID: bot, Name: "b", URL: "wss://bot.example.com/x", Secret: before.Seal([]byte("bot"), tenant.BotContext(owner.ID, bot)),
	}); err != nil {
		t.Fatal(err)
	}
	seed, public := proof.NewKey(time.Now())
	if err := s.AddProofKey(ctx, proof.SigningKey{PublicKey: public, Seed: before.Seal(seed, proof.SealContext(public.ID))}, false); err != nil {
		t.Fatal(err)
	}

	const sealed = 7
	n, err := s.Reseal(ctx, both.Rotate)
	if n != sealed || err == nil || !strings.Contains(err.Error(), "resource.access_key of eu-0") || strings.Contains(err.Error(), "eu-1") {
		t.Errorf("%d were sealed anew, %v", n, err)
	}
	if n, _ := s.Reseal(ctx, after.Rotate); n != 0 {
		t.Errorf("%d were sealed anew the second time", n)
	}
	r, _ := s.Resource(ctx, "eu-1")
	p, _ := s.Peer(ctx, peer)
	w, _ := s.Webhook(ctx, "", hook)
	b, _ := s.Bot(ctx, owner.ID, bot)
	keys, _ := s.ProofKeys(ctx)
	for _, v := range []struct {
		value         []byte
		context, want string
	}{
		{r.AccessKey, trunk.AccessKeyContext("eu-1"), "access"}, {p.HA1MD5, trunk.HA1Context(peer), "md5"}, {p.HA1SHA256, trunk.HA1Context(peer), "sha"},
		{p.DialPassword, trunk.DialContext(peer), "dial"}, {w.Secret, provider.WebhookContext(hook), "hook"},
		{b.Secret, tenant.BotContext(owner.ID, bot), "bot"}, {keys[0].Seed, proof.SealContext(public.ID), string(seed)},
	} {
		if got, err := after.Open(v.value, v.context); err != nil || string(got) != v.want {
			t.Errorf("%s: %q, %v", v.context, got, err)
		}
	}
}

// TestSealedColumns fails for a column of bytes of which nobody said whether it is sealed;
// those that are belong into sealedColumns.
func TestSealedColumns(t *testing.T) {
	conn := connect(t, testkit.Postgres(t).Admin)
	found := strs(t, conn, `
		SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND data_type = 'bytea' AND table_name NOT LIKE 'river%' ORDER BY 1`)
	known := []string{
		// sealed for as long as they are there
		"bot.secret", "peer.dial_password", "peer.ha1_md5", "peer.ha1_sha256", "proof_key.seed", "resource.access_key", "webhook.previous", "webhook.secret",
		// sealed, and gone within hours
		"idempotency.answer", "journey.luggage", "session.person",
		// not sealed
		"api_key.hash", "attempt.hash", "idempotency.fingerprint", "invitation_lookup.hash", "journey.hash", "prompt_audio.data", "proof_key.public", "session.hash",
		"sip_token.hash", "trunk_proof.report_html", "trunk_proof.report_json",
	}
	for _, column := range found {
		if !slices.Contains(known, column) {
			t.Errorf("%s is in no list: say whether it is sealed", column)
		}
	}
}
