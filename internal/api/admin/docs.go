package admin

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// apiVersion is that of /v1: its first number rises with the path only.
const apiVersion = "1.0"

const about = `Run an installation of Tandem: its tenants and their people, the calls that reach them, and the records of those.

**Keys.** Send ` + "`Authorization: Bearer tdm_…`" + `. A key belongs to the provider or to one tenant. A tenant's key sees its tenant and nothing else: what belongs to others is answered 404.

**Problems.** Everything that is not a success is ` + "`application/problem+json`" + ` (RFC 9457). Switch on ` + "`code`" + `, which is stable; show ` + "`detail`" + ` to people. All that is wrong with a request is told at once, in ` + "`errors`" + `, each with its place. Names nobody knows are refused. 404: what the path or the body names is not there, or not yours. 409: not in this state, which ` + "`detail`" + ` says. 422: what was sent is wrong, or cannot be done to whom it names; the cure is named.

**Doing things once.** Send an ` + "`Idempotency-Key`" + ` with a POST. The same request with the same key gets the same answer, with ` + "`Idempotency-Replayed: true`" + `; another request with that key gets 409. A request that failed has done nothing and may be tried again with its key.

**Lists** come in pages: send ` + "`next`" + ` back as ` + "`cursor`" + ` until there is none.

**Changes** are merge patches (RFC 7396): absent members stay, null goes back to the default.

**Times** are RFC 3339 in UTC, **durations** are seconds, **numbers** are E.164 with their +.`

var (
	//go:embed docs.html
	docsPage string
	//go:embed docs.css
	docsStyle string
)

// exampleBodies are requests that say more than their required members would.
var exampleBodies = map[string]string{
	"invite":           `{"items":[{"name":"Contoso Airlines","home_region":"eu","note":"Adele Vance, IT"}]}`,
	"addAgents":        `{"oids":["c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"]}`,
	"createCall":       `{"tenant":"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21","agents":["8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"],"display_name":"Booking hotline","ring_timeout":20,"context":{"ticket":4711}}`,
	"createAgent":      `{"tenant":"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21","oid":"c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02","name":"Adele Vance"}`,
	"createNumber":     `{"tenant":"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21","e164":"+493012345678","agents":["8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"],"ring_timeout":20}`,
	"createPeer":       `{"name":"contact-centre","auth":"digest","username":"contact-centre","addresses":["192.0.2.0/24"],"max_calls":100,"number_rules":[{"applies_to":"called_in","match":"00(\\d+)","replace":"+$1"}]}`,
	"createResource":   `{"id":"eu-1","region":"eu","endpoint":"https://tandem-eu.germany.communication.azure.com/","immutable_id":"e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44","access_key":"bm90IGEga2V5LCBvbmx5IGFuIGV4YW1wbGU=","made_at":"2025-03-01T00:00:00Z"}`,
	"createFlow":       `{"tenant":"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21","name":"Sales line","document":{"steps":[{"name":"menu","ask":{"sounds":[{"text":"For sales press one."}],"choices":[{"label":"sales","tone":"1","next":"sales"}],"retries":1,"no_input":"sales","not_understood":"bye"}},{"name":"sales","hand_over":{"agents":["8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"],"music":[{"text":"One moment."}],"nobody":"bye","no_answer":"bye"}},{"name":"bye","hang_up":{"sounds":[{"text":"Please call again."}]}}]}}`,
	"validateFlow":     `{"tenant":"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21","document":{"steps":[{"name":"menu","ask":{"sounds":[{"text":"For sales press one."}],"choices":[{"label":"sales","tone":"1","next":"sales"}],"retries":1,"no_input":"sales","not_understood":"bye"}},{"name":"sales","hand_over":{"agents":["8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"],"music":[{"text":"One moment."}],"nobody":"bye","no_answer":"bye"}},{"name":"bye","hang_up":{"sounds":[{"text":"Please call again."}]}}]}}`,
	"rehearseFlow":     `{"tenant":"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21","document":{"steps":[{"name":"menu","ask":{"sounds":[{"text":"For sales press one."}],"choices":[{"label":"sales","tone":"1","next":"sales"}],"retries":1,"no_input":"sales","not_understood":"bye"}},{"name":"sales","hand_over":{"agents":["8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"],"music":[{"text":"One moment."}],"nobody":"bye","no_answer":"bye"}},{"name":"bye","hang_up":{"sounds":[{"text":"Please call again."}]}}]},"answers":[{"press":"1"}],"handovers":[{"brings":"answered","after_s":12}]}`,
	"createBot":        `{"tenant":"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21","name":"Flight status","url":"wss://bot.example.com/calls","language":"en-GB"}`,
	"streamCall":       `{"action":"start","bot":"0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77","context":{"ticket":4711}}`,
	"createTrunk":      `{"fqdn":"e0.eu.sbc.example.net","port":5061,"resource":"eu-1","kind":"builtin"}`,
	"createPlan":       `{"resource":"eu-1","reason":"Second edge node","document":{"trunks":[{"fqdn":"e0.eu.sbc.example.net","port":5061},{"fqdn":"e1.eu.sbc.example.net","port":5061}],"routes":[{"name":"all","pattern":"^\\+[1-9]\\d{3,14}$","trunks":["e0.eu.sbc.example.net","e1.eu.sbc.example.net"]}]}}`,
	"importRouting":    `{"reason":"Made in the portal until today"}`,
	"setRoutes":        `{"routes":[{"name":"all","pattern":"^\\+[1-9]\\d{3,14}$","trunks":["e0.sbc.example.net"]}]}`,
	"changeTenant":     `{"state":"active"}`,
	"changeAgent":      `{"name":"Adele Vance"}`,
	"changeNumber":     `{"ring_timeout":30,"display_name":null}`,
	"changePeer":       `{"max_calls":200}`,
	"recognizeInCall":  `{"sources":[{"text":"Please enter your customer number."}],"listen":{"input":"dtmf","max_tones":6,"stop_tones":"#"}}`,
	"consult":          `{"agent":"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55","display_name":"Second opinion, please","sources":[{"text":"One moment, please."}]}`,
	"moveParticipants": `{"from_call":"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092","participants":["4.0"]}`,
	"addParticipant":   `{"agent":"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55","display_name":"Second opinion, please"}`,
	"createQueue":      `{"tenant":"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21","name":"Sales","agents":["8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"],"wrap_up":15}`,
	"createWebhook":    `{"tenant":"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21","url":"https://platform.example.com/hooks/tandem","types":["call.ended"]}`,
	"changeWebhook":    `{"enabled":true}`,
	"rotateWebhook":    `{"keep_previous":86400}`,
	"replayWebhook":    `{"failed_since":"2026-11-22T09:30:00Z"}`,
}

// serveDescription adds /openapi.json and /docs, each made when it is first
// wanted.
func (s *server) serveDescription(g *gin.Engine) {
	s.addExamples()
	document, page := sync.OnceValue(s.document), sync.OnceValue(s.docs)
	g.GET("/openapi.json", func(c *gin.Context) { c.Data(http.StatusOK, "application/openapi+json", document()) })

	hash := sha256.Sum256([]byte(docsStyle))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	g.GET("/docs", func(c *gin.Context) {
		c.Header("Content-Security-Policy", policy)
		c.Header("X-Content-Type-Options", "nosniff")
		c.Header("Referrer-Policy", "no-referrer")
		c.Data(http.StatusOK, "text/html; charset=utf-8", page())
	})
}

// document is the OpenAPI document with its lines in a fixed order.
func (s *server) document() []byte {
	compact, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		panic(fmt.Errorf("describe the API: %w", err))
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		panic(fmt.Errorf("describe the API: %w", err))
	}
	out.WriteByte('\n')
	return out.Bytes()
}

// described finds the operation of a route in the document.
func (s *server) described(r route) *huma.Operation {
	p := s.api.OpenAPI().Paths[r.path]
	return map[string]*huma.Operation{get: p.Get, post: p.Post, put: p.Put, patch: p.Patch, del: p.Delete}[r.method]
}

func (s *server) addExamples() {
	for _, r := range s.routes() {
		op := s.described(r)
		if op.RequestBody == nil {
			continue
		}
		body := op.RequestBody.Content["application/json"]
		if body == nil { // sound
			continue
		}
		if text, ok := exampleBodies[r.id]; ok {
			body.Example = json.RawMessage(text)
			continue
		}
		schema := s.resolve(body.Schema)
		example := map[string]any{}
		for _, name := range schema.Required {
			example[name] = exampleOf(schema.Properties[name])
		}
		text, err := json.Marshal(example)
		if err != nil {
			panic(fmt.Errorf("an example of %s: %w", r.id, err))
		}
		body.Example = json.RawMessage(text)
	}
}

func (s *server) resolve(schema *huma.Schema) *huma.Schema {
	if schema.Ref != "" {
		return s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	return schema
}

func exampleOf(schema *huma.Schema) any {
	switch {
	case len(schema.Examples) > 0:
		return schema.Examples[0]
	case schema.Default != nil:
		return schema.Default
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	}
	return nil
}

// The page as the template sees it.
type (
	docsChapter struct {
		Name, Doc  string
		Operations []docsOperation
	}
	docsOperation struct {
		ID, Method, Path, Summary string
		Doc                       []string
		Parameters                []docsField
		Body                      *docsRef
		Answers                   []docsAnswer
		Curl                      string
	}
	docsField struct {
		Name, In, Type, Doc, Limits, Ref string
		Required                         bool
	}
	docsRef    struct{ Name string }
	docsAnswer struct{ Status, Doc, Ref string }
	docsSchema struct {
		Name   string
		Fields []docsField
	}
)

func (s *server) docs() []byte {
	var chapters []docsChapter
	for _, t := range tags {
		c := docsChapter{Name: t.name, Doc: t.doc}
		for _, r := range s.routes() {
			if op := s.described(r); op.Tags[0] == t.name {
				c.Operations = append(c.Operations, s.docsOperation(r, op))
			}
		}
		chapters = append(chapters, c)
	}
	var schemas []docsSchema
	all := s.api.OpenAPI().Components.Schemas.Map()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(name, "Page") { // lists of what is shown
			schemas = append(schemas, docsSchema{Name: name, Fields: docsFields(all[name])})
		}
	}
	var out bytes.Buffer
	err := template.Must(template.New("docs").Parse(docsPage)).Execute(&out, map[string]any{
		"Style": template.CSS(docsStyle), //nolint:gosec // our own file
		"About": paragraphs(about), "Chapters": chapters, "Schemas": schemas, "Version": apiVersion,
	})
	if err != nil {
		panic(fmt.Errorf("write the documentation: %w", err))
	}
	return out.Bytes()
}

func paragraphs(s string) []string {
	return strings.Split(strings.NewReplacer("**", "", "`", "").Replace(s), "\n\n")
}

func (s *server) docsOperation(r route, op *huma.Operation) docsOperation {
	o := docsOperation{ID: r.id, Method: r.method, Path: r.path, Summary: r.summary, Doc: paragraphs(op.Description)}
	for _, p := range op.Parameters {
		f := docsFieldOf(p.Name, p.Schema, p.Required)
		f.In = p.In
		if p.Description != "" {
			f.Doc = p.Description
		}
		o.Parameters = append(o.Parameters, f)
	}
	if op.RequestBody != nil && !takesAudio(r.id) {
		o.Body = &docsRef{Name: refName(op.RequestBody.Content["application/json"].Schema.Ref)}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		res := op.Responses[status]
		if res.Ref != "" {
			res = s.api.OpenAPI().Components.Responses[status]
		}
		a := docsAnswer{Status: status, Doc: res.Description}
		if body, ok := res.Content["application/json"]; ok {
			a.Ref = refName(body.Schema.Ref)
			if item, isPage := strings.CutPrefix(a.Ref, "Page"); isPage {
				a.Ref, a.Doc = item, "A page: items (see below) and next."
			}
		}
		o.Answers = append(o.Answers, a)
	}
	o.Curl = curl(r, op)
	return o
}

func docsFields(schema *huma.Schema) []docsField {
	var out []docsField
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		out = append(out, docsFieldOf(name, schema.Properties[name], slices.Contains(schema.Required, name)))
	}
	slices.SortStableFunc(out, func(a, b docsField) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return out
}

func docsFieldOf(name string, schema *huma.Schema, required bool) docsField {
	f := docsField{Name: name, Type: schema.Type, Doc: schema.Description, Required: required, Ref: refName(schema.Ref)}
	if schema.Format == "date-time" {
		f.Type = "time"
	}
	if schema.Items != nil {
		f.Type, f.Ref = "list of "+schema.Items.Type, refName(schema.Items.Ref)
	}
	if f.Type == "" {
		f.Type = "any JSON"
	}
	f.Limits = limits(schema)
	return f
}

// limits says in words what a schema allows.
func limits(s *huma.Schema) string {
	var all []string
	say := func(format string, v any) { all = append(all, fmt.Sprintf(format, v)) }
	if len(s.Enum) > 0 {
		one := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			one[i] = fmt.Sprint(e)
		}
		say("%s", strings.Join(one, " | "))
	}
	if s.Minimum != nil {
		say("from %v", *s.Minimum)
	}
	if s.Maximum != nil {
		say("to %v", *s.Maximum)
	}
	if s.MinLength != nil {
		say("at least %d characters", *s.MinLength)
	}
	if s.MaxLength != nil {
		say("at most %d characters", *s.MaxLength)
	}
	if s.MaxItems != nil {
		say("at most %d", *s.MaxItems)
	}
	if s.Default != nil {
		say("default %v", s.Default)
	}
	if s.Nullable {
		say("%s", "null: default")
	}
	return strings.Join(all, ", ")
}

func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// curl is the operation as a command. The base and the key are variables of the
// shell, so that an example can be used as it stands.
func curl(r route, op *huma.Operation) string {
	path := r.path
	query := url.Values{}
	for _, p := range op.Parameters {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", fmt.Sprint(exampleOf(p.Schema)))
		case p.In == "query" && takesAudio(r.id): // there is no other place for it
			query.Set(p.Name, fmt.Sprint(exampleOf(p.Schema)))
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var b strings.Builder
	b.WriteString("curl")
	if r.method != get {
		b.WriteString(" -X " + r.method)
	}
	fmt.Fprintf(&b, " \"$TANDEM%s\" \\\n  -H \"Authorization: Bearer $TANDEM_KEY\"", path)
	if r.method == post {
		b.WriteString(" \\\n  -H \"Idempotency-Key: $(uuidgen)\"")
	}
	switch {
	case takesAudio(r.id):
		b.WriteString(" \\\n  -H \"Content-Type: audio/wav\" \\\n  --data-binary @greeting.wav")
	case op.RequestBody != nil:
		fmt.Fprintf(&b, " \\\n  -H \"Content-Type: application/json\" \\\n  -d '%s'", op.RequestBody.Content["application/json"].Example)
	}
	return b.String()
}
