package events

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Field is one member of an Object.
type Field struct {
	Key   string
	Value any
}

// Object is a JSON object whose members keep their order. Members with a nil
// Value are left out.
type Object []Field

// MarshalJSON writes the members in order.
func (o Object) MarshalJSON() ([]byte, error) {
	var buf bytes.Buffer
	buf.WriteByte('{')
	first := true
	for _, f := range o {
		if f.Value == nil {
			continue
		}
		if !first {
			buf.WriteByte(',')
		}
		first = false
		key, err := json.Marshal(f.Key)
		if err != nil {
			return nil, err
		}
		value, err := encode(f.Value)
		if err != nil {
			return nil, err
		}
		buf.Write(key)
		buf.WriteByte(':')
		buf.Write(value)
	}
	buf.WriteByte('}')
	return buf.Bytes(), nil
}

// encode is json.Marshal without the escapes that are meant for HTML: the
// service does not make them.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// Optional returns s as a member's value, or nil when it is empty: the service
// leaves out what it does not know, it never sends null or "".
func Optional(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Timestamp writes t as callbacks carry it: UTC as +00:00, never Z, up to
// seven digits of fraction with trailing zeros cut (facts/observed-events.md §2).
func Timestamp(t time.Time) string {
	text := t.UTC().Format("2006-01-02T15:04:05.0000000")
	return strings.TrimRight(strings.TrimRight(text, "0"), ".") + "+00:00"
}

// GridTimestamp is Event Grid's form: seven digits and Z.
func GridTimestamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.0000000Z")
}
