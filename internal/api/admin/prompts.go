package admin

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"tandem/internal/audio"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// Prompt is a prompt as the API shows it.
type Prompt struct {
	ID        tenant.PromptID `json:"id" doc:"A UUID; not secret." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	Tenant    tenant.ID       `json:"tenant" doc:"The tenant it belongs to." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Name      string          `json:"name" doc:"What people call it; unique in the tenant." example:"Greeting"`
	Language  string          `json:"language,omitempty" doc:"Of what is said (BCP 47); absent: nobody said." example:"en-GB"`
	DurationS float64         `json:"duration_s" doc:"How long it plays, in seconds." example:"6.4"`
	Size      int64           `json:"size" doc:"Of the WAV file that is played, in bytes." example:"204844"`
	URL       string          `json:"url" doc:"Where Microsoft fetches the file, without a key: whoever has the address can do so. It changes with the audio." example:"https://tandem.example.net/prompts/0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77/1-q4Yd0Yt2R1cW9sJq2AkM4g.wav"`
	CreatedAt time.Time       `json:"created_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	ChangedAt *time.Time      `json:"changed_at,omitempty" doc:"When it was changed last." example:"2026-11-22T09:30:00Z"`
}

func (s *server) showPrompt(p tenant.Prompt) Prompt {
	return Prompt{
		ID: p.ID, Tenant: p.Tenant, Name: p.Name, Language: p.Language, DurationS: seconds(p.Duration), Size: p.Size, URL: s.deps.PromptURL(p),
		CreatedAt: p.CreatedAt.UTC(), ChangedAt: at(p.ChangedAt),
	}
}

type (
	promptCreate struct {
		Tenant   string `query:"tenant" maxLength:"36" doc:"Id of the tenant; a tenant's key may leave it out." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
		Name     string `query:"name" required:"true" maxLength:"100" doc:"What people call it; unique in the tenant." example:"Greeting"`
		Language string `query:"language" maxLength:"35" doc:"Of what is said: a language tag (BCP 47)." example:"en-GB"`
		RawBody  []byte `contentType:"audio/wav"`
		pcm      audio.PCM
	}
	// PromptPath names a prompt.
	PromptPath struct {
		Prompt string `path:"prompt" maxLength:"64" doc:"Id of the prompt." example:"0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"`
	}
	promptAudio struct {
		PromptPath
		RawBody []byte `contentType:"audio/wav"`
		pcm     audio.PCM
	}
	promptsQuery struct {
		OfTenant
		Name string `query:"name" maxLength:"100" doc:"Only what is called exactly so." example:"Greeting"`
	}
)

func (in *promptCreate) prompt() tenant.Prompt {
	return tenant.Prompt{Name: in.Name, Language: in.Language, Duration: in.pcm.Duration()}.Normalize()
}

// Resolve implements huma.Resolver.
func (in *promptCreate) Resolve(huma.Context) []error {
	all := heard(in.RawBody, &in.pcm)
	var f *fault.Error
	if errors.As(in.prompt().Validate(), &f) {
		for _, x := range f.Fields {
			all = append(all, &huma.ErrorDetail{Location: "query." + x.Path, Message: x.Msg})
		}
	}
	return all
}

// Resolve implements huma.Resolver.
func (in *promptAudio) Resolve(huma.Context) []error { return heard(in.RawBody, &in.pcm) }

// heard decodes what was sent.
func heard(file []byte, pcm *audio.PCM) (wrong []error) {
	var err error
	switch *pcm, err = audio.DecodeWAV(file, tenant.MaxPromptDuration); {
	case errors.Is(err, audio.ErrWAV):
		wrong = append(wrong, &huma.ErrorDetail{Location: "body", Message: err.Error() +
			"; send a WAV file, and nothing but the file: ffmpeg -i sound.mp3 sound.wav, curl --data-binary @sound.wav"})
	case err != nil:
		wrong = append(wrong, &huma.ErrorDetail{Location: "body", Message: err.Error()})
	}
	return wrong
}

const (
	// maxUploads are taken in at once: each needs some hundred megabytes of memory
	// while it lasts, which calls must not lack.
	maxUploads = 4
	// uploadWithin is the time that sound may take to arrive: for 25 MB over a line
	// of 2 Mbit/s.
	uploadWithin = 2 * time.Minute
)

// takesAudio says of an operation that its body is sound.
func takesAudio(id string) bool {
	return slices.Contains([]string{"createPrompt", "replacePromptAudio"}, id)
}

// fewUploads refuses an upload while there are many.
func (s *server) fewUploads(ctx huma.Context, next func(huma.Context)) {
	select {
	case s.uploads <- struct{}{}:
		defer func() { <-s.uploads }()
		next(ctx)
	default:
		err := fault.Exhausted("uploads_busy", "other prompts are being uploaded: try again in a moment")
		g := humagin.Unwrap(ctx)
		g.Header("Connection", "close") // what comes is not read
		s.refuse(ctx.Context(), err).Write(g.Writer)
	}
}

// converted is sound as Microsoft plays it. Ten minutes take a processor for some
// seconds, so it is done for one after the other: the rest is for calls.
func (s *server) converted(pcm audio.PCM) ([]byte, error) {
	s.converting.Lock()
	defer s.converting.Unlock()
	var wav bytes.Buffer
	err := audio.WriteWAV(&wav, audio.Resample(pcm, tenant.PromptRate))
	return wav.Bytes(), err
}

func (s *server) createPrompt(ctx context.Context, in *promptCreate) (*made[Prompt], error) {
	p := in.prompt()
	var err error
	if p.Tenant, err = s.livingTenant(ctx, in.Tenant); err != nil {
		return nil, inQuery(err)
	}
	wav, err := s.converted(in.pcm)
	if err != nil {
		return nil, err
	}
	if p, err = s.deps.Prompts.CreatePrompt(ctx, p, wav); err != nil {
		return nil, err
	}
	concerns(ctx, p.Tenant, p.Name)
	return &made[Prompt]{Location: "/v1/prompts/" + string(p.ID), Body: s.showPrompt(p)}, nil
}

func (s *server) promptOf(ctx context.Context, in PromptPath) (tenant.Prompt, error) {
	id, err := tenant.ParsePromptID(in.Prompt)
	if err != nil {
		return tenant.Prompt{}, fault.NotFound("prompt_unknown", "there is no such prompt")
	}
	p, err := s.deps.Prompts.Prompt(ctx, callerOf(ctx).Tenant, id)
	concerns(ctx, p.Tenant, p.Name)
	return p, err
}

func (s *server) getPrompt(ctx context.Context, in *PromptPath) (*shown[Prompt], error) {
	p, err := s.promptOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &shown[Prompt]{s.showPrompt(p)}, nil
}

func (s *server) listPrompts(ctx context.Context, in *promptsQuery) (*shown[Page[Prompt]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	return list[tenant.Prompt, Prompt]{
		name: "prompts", valid: isTenantID, show: s.showPrompt,
		last: func(p tenant.Prompt) string { return string(p.ID) },
		fetch: func(after string, limit int) ([]tenant.Prompt, error) {
			return s.deps.Prompts.ListPrompts(ctx, of, in.Name, tenant.PromptID(after), limit)
		},
	}.page(in.PageQuery)
}

func (s *server) getPromptAudio(ctx context.Context, in *PromptPath) (*huma.StreamResponse, error) {
	p, err := s.promptOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", "audio/wav")
		g := humagin.Unwrap(c)
		http.ServeContent(g.Writer, g.Request, "", p.ChangedAt, s.deps.Prompts.PromptAudio(ctx, p))
	}}, nil
}

func (s *server) replacePromptAudio(ctx context.Context, in *promptAudio) (*shown[Prompt], error) {
	p, err := s.promptOf(ctx, in.PromptPath)
	if err != nil {
		return nil, err
	}
	wav, err := s.converted(in.pcm)
	if err != nil {
		return nil, err
	}
	if p, err = s.deps.Prompts.ReplacePromptAudio(ctx, p.Tenant, p.ID, in.pcm.Duration(), wav); err != nil {
		return nil, err
	}
	return &shown[Prompt]{s.showPrompt(p)}, nil
}

func (s *server) deletePrompt(ctx context.Context, in *PromptPath) (*none, error) {
	p, err := s.promptOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Prompts.DeletePrompt(ctx, p.Tenant, p.ID)
}

// describeAudio tells what an answer is that is streamed.
func (s *server) describeAudio() {
	paths := s.api.OpenAPI().Paths
	file := paths["/v1/prompts"].Post.RequestBody.Content["audio/wav"]
	for path, content := range map[string]map[string]*huma.MediaType{
		"/v1/prompts/{prompt}/audio": {"audio/wav": file}, "/v1/recordings/{recording}/content": {"audio/wav": file, "audio/mpeg": file},
	} {
		answers := paths[path].Get.Responses
		answers["200"].Content = content
		answers["206"] = &huma.Response{Description: "The part that Range asks for.", Content: content}
		answers["416"] = &huma.Response{Description: "Range asks for what is not there."}
	}
}
