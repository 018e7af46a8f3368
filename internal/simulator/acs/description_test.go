package acs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// schema is a part of Microsoft's API description (swagger 2.0).
type schema struct {
	Ref        string `json:"$ref"`
	Type       string
	Enum       []string
	Required   []string
	Properties map[string]schema
	Additional additional `json:"additionalProperties"`
	Items      *schema
	Minimum    *int
	Maximum    *int
	AllOf      []schema
}

// additional is a schema of all other members, or a flag that there may be some.
type additional struct{ *schema }

func (a *additional) UnmarshalJSON(text []byte) error {
	if text[0] != '{' {
		return nil
	}
	a.schema = &schema{}
	return json.Unmarshal(text, a.schema)
}

type described struct {
	Parameters []struct {
		Name, In string
		Required bool
		Schema   schema
	}
	Responses map[string]struct{ Schema *schema }
}

type description struct {
	Paths       map[string]map[string]described
	Definitions map[string]schema
}

// contractText reads a contract, if there are any: they are there only where
// the project is developed.
func contractText(name string) []byte {
	dir, err := os.Getwd()
	if err != nil {
		return nil
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "..", "shared", "contracts", name))
	if err != nil {
		return nil
	}
	return text
}

// api is the description, with the definitions of common.json; nil without it.
var api = sync.OnceValue(func() *description {
	var d, common description
	for name, into := range map[string]*description{"call-automation.json": &d, "common.json": &common} {
		content := contractText(name)
		if content == nil {
			return nil
		}
		if err := json.Unmarshal(content, into); err != nil {
			panic(name + ": " + err.Error())
		}
	}
	for name, s := range common.Definitions {
		d.Definitions[name] = s
	}
	return &d
})

func refName(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// resolve follows references and takes in what a definition inherits, and what
// the only kind of a discriminated one adds.
func (d *description) resolve(s schema) schema {
	if s.Ref != "" {
		name := refName(s.Ref)
		s = d.Definitions[name]
		if kind, only := map[string]string{"MediaStreamingOptions": "WebSocketMediaStreamingOptions", "TranscriptionOptions": "WebSocketTranscriptionOptions"}[name]; only {
			s = merge(s, d.Definitions[kind])
		}
	}
	for _, base := range s.AllOf {
		s = merge(s, d.resolve(base))
	}
	return s
}

func merge(a, b schema) schema {
	all := map[string]schema{}
	for _, from := range []map[string]schema{a.Properties, b.Properties} {
		for k, v := range from {
			all[k] = v
		}
	}
	a.Properties, a.Required = all, append(slices.Clone(a.Required), b.Required...)
	return a
}

// find returns the description of an operation by the path of its table row.
func (d *description) find(method, path string) (described, bool) {
	for p, methods := range d.Paths {
		if strings.NewReplacer("{callConnectionId}", "{id}", "{recordingId}", "{id}", "{participantRawId}", "{party}").Replace(p) == path {
			o, found := methods[strings.ToLower(method)]
			return o, found
		}
	}
	return described{}, false
}

// wrongs lists how a JSON value differs from its schema.
func (d *description) wrongs(at string, v any, s schema) (list []string) {
	if r := refName(s.Ref); r == "CommunicationIdentifierModel" {
		if o, is := v.(map[string]any); is && (o["kind"] == nil || o["rawId"] == nil) {
			list = append(list, at+": an identifier without kind and rawId")
		}
	}
	s = d.resolve(s)
	switch x := v.(type) {
	case map[string]any:
		if s.Properties == nil && s.Additional.schema == nil && s.Type != "object" {
			return append(list, at+" is an object")
		}
		for k, inner := range x {
			p, known := s.Properties[k]
			if !known && s.Additional.schema == nil {
				list = append(list, at+" has no "+k)
				continue
			}
			list = append(list, d.wrongs(at+"."+k, inner, p)...)
		}
		for _, r := range s.Required {
			if x[r] == nil {
				list = append(list, at+" lacks "+r)
			}
		}
	case []any:
		if s.Items == nil {
			return append(list, at+" is a list")
		}
		for i, inner := range x {
			list = append(list, d.wrongs(at+"["+strconv.Itoa(i)+"]", inner, *s.Items)...)
		}
	case string:
		if s.Type != "string" || len(s.Enum) > 0 && !slices.Contains(s.Enum, x) {
			list = append(list, at+" must not be "+x)
		}
	case bool:
		if s.Type != "boolean" {
			list = append(list, at+" is a flag")
		}
	case float64:
		if s.Type != "integer" && s.Type != "number" {
			list = append(list, at+" is a number")
		}
	case nil:
		list = append(list, at+" is null")
	}
	return list
}

// checkAnswer compares every answer of every test with the description.
func checkAnswer(t *testing.T, method, path string, status int, text []byte) {
	t.Helper()
	d := api()
	op, _, _, _ := match(method, path)
	if d == nil || op == nil || status == 501 {
		return
	}
	row, found := d.find(op.method, op.path)
	if !found {
		return // TestTable says so
	}
	answer, success := row.Responses[strconv.Itoa(status)]
	if !success {
		if status < 300 {
			t.Errorf("%s answers %d, which is not described", op.name, status)
		}
		answer = row.Responses["default"]
	}
	if answer.Schema == nil {
		if len(text) > 0 {
			t.Errorf("%s answers %d with a body: %s", op.name, status, text)
		}
		return
	}
	if status == 413 {
		return
	}
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Errorf("%s answers %d with %q: %v", op.name, status, text, err)
		return
	}
	for _, w := range d.wrongs(op.name, v, *answer.Schema) {
		t.Errorf("answer %d: %s in %s", status, w, text)
	}
}

// eventShapes are the lists of members of data, joined by spaces and without
// operationContext, that an event may have: as recorded, or else as the
// collected samples have them.
var eventShapes = sync.OnceValue(func() map[string][]string {
	shapes := map[string][]string{}
	take := func(text []byte) {
		var list []cloudEvent
		if json.Unmarshal(text, &list) == nil && len(list) > 0 {
			shapes[list[0].Type] = append(shapes[list[0].Type], members(list[0].Data))
		}
	}
	for _, name := range append([]string{"js-recording-with-call-connection-id"}, recordings...) {
		var bodies []json.RawMessage
		if json.Unmarshal(contractText("recorded/acs-events/"+name+".json"), &bodies) != nil {
			return nil
		}
		for _, b := range bodies {
			take(b)
		}
	}
	var samples struct {
		Events []struct{ Body json.RawMessage }
	}
	if json.Unmarshal(contractText("call-automation-event-samples.json"), &samples) != nil {
		return nil
	}
	recorded := make(map[string]bool)
	for name := range shapes {
		recorded[name] = true
	}
	for _, s := range samples.Events {
		var list []cloudEvent
		if json.Unmarshal(s.Body, &list) == nil && len(list) > 0 && !recorded[list[0].Type] {
			take(s.Body)
		}
	}
	return shapes
})

// members are the keys of an object in their order; failedPlaySourceIndex is
// there only when a source failed, eventSource in older versions only.
func members(object json.RawMessage) string {
	list := []string{}
	dec := json.NewDecoder(strings.NewReader(string(object)))
	if _, err := dec.Token(); err != nil {
		return ""
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return ""
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return ""
		}
		if !slices.Contains([]any{"operationContext", "failedPlaySourceIndex", "eventSource"}, any(key)) {
			list = append(list, key.(string))
		}
	}
	return strings.Join(list, " ")
}

// checkEvent compares every event of every test with recordings and samples.
func checkEvent(t *testing.T, text []byte) {
	shapes := eventShapes()
	if shapes == nil {
		return
	}
	var list []struct {
		Type, Source, Subject string
		Data                  json.RawMessage
	}
	if err := json.Unmarshal(text, &list); err != nil || len(list) != 1 {
		t.Errorf("%d events in %s: %v", len(list), text, err)
		return
	}
	e := list[0]
	var data struct{ Version, PublicEventType string }
	if err := json.Unmarshal(e.Data, &data); err != nil || data.PublicEventType != e.Type || e.Source != e.Subject {
		t.Errorf("%v in %s", err, text)
	}
	if data.Version != version {
		return // has another shape
	}
	known := shapes[e.Type]
	if len(known) == 0 {
		t.Errorf("no recording and no sample of %s", e.Type)
	} else if got := members(e.Data); !slices.Contains(known, got) {
		t.Errorf("%s has %s, want one of %v", e.Type, got, known)
	}
	if strings.Contains(string(e.Data), ":null") {
		t.Errorf("null in %s", e.Data)
	}
}
