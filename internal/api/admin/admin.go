package admin

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"tandem/internal/call"
	"tandem/internal/check"
	"tandem/internal/onboarding"
	"tandem/internal/provider"
	"tandem/internal/secret"
	"tandem/internal/tenant"
)

// Deps is what the API is made of.
type Deps struct {
	Doctor  func(context.Context) check.Report // of this process and its machine
	Keys    Keys
	Tenants Tenants
	Agents  Agents
	Numbers Numbers
	Prompts Prompts
	Bots    Bots
	Flows   Flows
	Queues  Queues
	// Reservations keep agents for who asks for calls.
	Reservations Reservations
	Peers        Peers
	Dialling     DialRules
	Places       Places
	Routings     Routings
	Health       Conditions
	Proofs       Proofs
	Calls        Calls
	Journals     Journals
	Webhooks     Webhooks
	Deliveries   Deliveries
	Events       Events
	Engine       Engine
	Legs         Legs
	// Pcap makes a file for Wireshark of SIP messages.
	Pcap        func([]call.SIPMessage) []byte
	Idempotency Idempotency
	Audit       Audit
	Ledger      Ledger
	Onboarding  Onboarding
	Recordings  Recordings
	Transcripts Transcripts
	// RecordingFiles has what was said in them.
	RecordingFiles RecordingFiles
	// PromptURL is where Microsoft fetches the sound of a prompt as it is now.
	PromptURL func(tenant.Prompt) string
	// Consent makes the address of Entra's consent page for a tenant, good for one
	// way there and back to a path of the portal; session is of the person who
	// asks, nil for a key.
	Consent func(ctx context.Context, t tenant.Tenant, by onboarding.Actor, session []byte, returnTo string) (url string, expires time.Time, err error)
	// Session says which person a request without a key comes from, and refuses
	// what another site made the browser send: fault.Unauthenticated with the code
	// session_missing if it has no session at all. Nil: keys only.
	Session func(r *http.Request) (provider.Visitor, error)
	Seal    *secret.Box  // seals digest secrets and access keys
	Metrics http.Handler // at /metrics; nil: none
	Logger  *slog.Logger
	// Ready tells what is away; nothing if all is well. It must return soon. Nil:
	// always ready.
	Ready func(ctx context.Context) []Away
}

// Config is what can be set about it.
type Config struct {
	Realm string // of the digest that peers use
	// Connectivities are the ways to Microsoft this installation has; the first is
	// that of a number which names none.
	Connectivities []tenant.Connectivity
	// SIPURI is where a call of a region is to be sent with its token:
	// sip:TOKEN@host.
	SIPURI func(region, token string) string
	// Development permits webhooks by http to this machine.
	Development bool
	// Now is the time; time.Now if nil.
	Now func() time.Time
}

type server struct {
	deps Deps
	cfg  Config
	log  *slog.Logger
	api  huma.API

	uploads    chan struct{} // one for each that is under way
	converting sync.Mutex
	streams    streams
}

// maxBody is the size of a body in bytes, but for sound. Nothing else needs a
// tenth of it.
const maxBody = 256 << 10

// New makes the handler of the whole listener: the API, its description, and
// the probes.
func New(deps Deps, cfg Config) http.Handler {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &server{deps: deps, cfg: cfg, log: deps.Logger, uploads: make(chan struct{}, maxUploads)}

	// Gin has one mode a process; the others write to standard output, which is not ours.
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.HandleMethodNotAllowed = true
	g.RedirectTrailingSlash = false
	g.Use(s.observed)
	g.NoRoute(s.noRoute)
	g.NoMethod(s.noMethod)

	s.api = humagin.New(g, s.description())
	for _, r := range s.routes() {
		r.bind(s, s.operation(r))
	}
	s.describeRefusals()
	s.describeCSV()
	s.describeAudio()
	s.describeReports()
	s.fillConnectivities()
	s.serveDescription(g)
	s.serveProbes(g)
	s.serveProofKeys(g)
	return g
}

// description is the frame of the OpenAPI document; routes fill it.
func (s *server) description() huma.Config {
	c := huma.DefaultConfig("Tandem admin API", apiVersion)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", "" // served by docs.go
	c.CreateHooks = nil                                   // they add $schema members
	c.RejectUnknownQueryParameters = true
	c.Transformers = []huma.Transformer{s.translate}
	c.Info.Description = about
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Servers = []*huma.Server{{URL: "/", Description: "where this document came from"}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		securityName: {Type: "http", Scheme: "bearer", BearerFormat: "tdm_…", Description: "An API key of the provider, or of one tenant."},
		sessionName: {
			Type: "apiKey", In: "cookie", Name: "__Host-tandem",
			Description: "A person who signed in with Microsoft through the portal: an admin of one tenant, or an operator of the provider. Over plain http on this machine the cookie is called tandem.",
		},
		csrfName: {Type: "apiKey", In: "header", Name: "X-CSRF-Token", Description: "The token of the session, from GET /portal/session."},
	}
	for _, t := range tags {
		c.Tags = append(c.Tags, &huma.Tag{Name: t.name, Description: t.doc})
	}
	return c
}
