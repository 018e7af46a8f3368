package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// tree is JSON whose objects keep the order of their members, which is part of
// what is compared, and with duplicate members still there.
type tree struct {
	kind  string // object, array, string, number, bool or null
	keys  []string
	of    map[string]*tree
	items []*tree
	text  string // of a scalar, as it was written
}

func parse(t *testing.T, raw []byte) *tree {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	n, err := grow(dec)
	if err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return n
}

func grow(dec *json.Decoder) (*tree, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		return growInside(dec, v)
	case string:
		return &tree{kind: "string", text: v}, nil
	case json.Number:
		return &tree{kind: "number", text: v.String()}, nil
	case bool:
		return &tree{kind: "bool", text: fmt.Sprint(v)}, nil
	}
	return &tree{kind: "null"}, nil
}

func growInside(dec *json.Decoder, open json.Delim) (*tree, error) {
	n := &tree{kind: "array"}
	if open == '{' {
		n.kind, n.of = "object", map[string]*tree{}
	}
	for dec.More() {
		key := ""
		if n.of != nil {
			token, err := dec.Token()
			if err != nil {
				return nil, err
			}
			key, _ = token.(string)
		}
		item, err := grow(dec)
		if err != nil {
			return nil, err
		}
		if n.of == nil {
			n.items = append(n.items, item)
			continue
		}
		n.keys = append(n.keys, key)
		n.of[key] = item
	}
	_, err := dec.Token() // the closing one
	return n, err
}

// at follows members; what is not there is an empty tree.
func (n *tree) at(path ...string) *tree {
	for _, key := range path {
		if n = n.of[key]; n == nil {
			return &tree{}
		}
	}
	return n
}

// spoken are the members whose values the service makes up itself, so that they
// must be the recorded ones to the letter.
var spoken = []string{
	"type", "specversion", "datacontenttype", "publicEventType", "version", "operationContext", "code", "subCode", "message", "kind",
	"isMuted", "state", "recordingKind", "contentType", "failedPlaySourceIndex", "callerDisplayName", "sourceDisplayName", "callConnectionState",
	"mediaStreamingStatus", "mediaStreamingStatusDetails", "transcriptionStatus", "transcriptionStatusDetails",
}

var named = regexp.MustCompile(`8:acs:[0-9a-z_-]+`)

// differences are where a body is not made as the recorded one: other members,
// another order, another JSON type, another value of what the service says.
func differences(path string, recorded, body *tree) (list []string) {
	if recorded.kind != body.kind {
		return []string{fmt.Sprintf("%s is a %s, recorded as %s", path, body.kind, recorded.kind)}
	}
	switch recorded.kind {
	case "object":
		if !slices.Equal(recorded.keys, body.keys) {
			return []string{fmt.Sprintf("%s has the members %v, recorded %v", path, body.keys, recorded.keys)}
		}
		for _, key := range recorded.keys {
			list = append(list, differences(path+"."+key, recorded.of[key], body.of[key])...)
		}
	case "array":
		for i, item := range body.items {
			if len(recorded.items) == 0 {
				return []string{path + " was recorded empty"}
			}
			list = append(list, differences(fmt.Sprintf("%s[%d]", path, i), recorded.items[min(i, len(recorded.items)-1)], item)...)
		}
	default:
		key := path[strings.LastIndex(path, ".")+1:]
		was, is := named.ReplaceAllString(recorded.text, "8:acs:…"), named.ReplaceAllString(body.text, "8:acs:…")
		if slices.Contains(spoken, key) && was != is && recorded.text != "sanitized" && recorded.text != "REDACTED" {
			list = append(list, fmt.Sprintf("%s is %q, recorded as %q", path, body.text, recorded.text))
		}
	}
	return list
}
