package acs

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Prompts keeps what Microsoft plays to callers.
type Prompts interface {
	// Prompt finds a prompt of a tenant, or, with "", of any; fault.NotFound.
	Prompt(ctx context.Context, in tenant.ID, id tenant.PromptID) (tenant.Prompt, error)
	// PromptAudio reads the WAV file of a prompt as far as it is wanted.
	PromptAudio(ctx context.Context, p tenant.Prompt) io.ReadSeeker
}

// keepFor is how long whoever fetched a prompt may play it without asking again:
// as long as he likes, because other sound has another address. It is nobody
// else's to keep (RFC 9111 §5.2.2.7, RFC 8246).
const keepFor = "private, max-age=31536000, immutable"

// prompt lets the sound of a prompt be fetched, whole or in part, by who has its
// address. Without the secret nobody learns whether there is such a prompt.
func (h *Hooks) prompt(w http.ResponseWriter, r *http.Request) {
	id, err := tenant.ParsePromptID(r.PathValue("prompt"))
	file, ok := strings.CutSuffix(r.PathValue("file"), ".wav")
	version, secret, _ := strings.Cut(file, "-")
	if err != nil || !ok || !h.cfg.Keys.admits(secret, promptText(id, version)) {
		h.answer(w, doorPrompts, wasBadSecret, http.StatusNotFound)
		return
	}
	p, err := h.cfg.Prompts.Prompt(r.Context(), "", id)
	switch {
	case fault.KindOf(err) == fault.KindNotFound || err == nil && strconv.Itoa(p.Version) != version:
		h.answer(w, doorPrompts, wasGone, http.StatusNotFound)
		return
	case err != nil:
		h.fail(w, r, doorPrompts, err)
		return
	}
	head := w.Header()
	head.Set("Content-Type", "audio/wav")
	head.Set("ETag", `"`+string(id)+"-"+version+`"`)
	head.Set("Cache-Control", keepFor)
	head.Set("X-Content-Type-Options", "nosniff")
	sound := &noted{ReadSeeker: h.cfg.Prompts.PromptAudio(r.Context(), p)}
	http.ServeContent(w, r, "", p.ChangedAt, sound)
	if sound.err != nil && r.Context().Err() == nil { // the answer has begun; that it is too short tells the rest
		h.cfg.Logger.WarnContext(r.Context(), "prompt broken off", "tenant", p.Tenant, "prompt", id, "error", sound.err)
		h.cfg.Metrics.delivery(doorPrompts, wasFailed)
		return
	}
	h.cfg.Metrics.delivery(doorPrompts, wasServed)
}

// noted remembers why reading ended before the end.
type noted struct {
	io.ReadSeeker
	err error
}

func (n *noted) Read(b []byte) (int, error) {
	got, err := n.ReadSeeker.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return got, err
}
