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
func (o Object) MarshalJSON() ([]byte, error) { return encode(o) }

// encode is json.Marshal without the escapes that are meant for HTML: the
// service does not make them.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	err := write(&buf, v)
	return buf.Bytes(), err
}

// write walks objects and lists of them itself: encoding/json reads again, at each
// level, what MarshalJSON has written.
func write(buf *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case Object:
		return v.write(buf)
	case []Object:
		if v != nil {
			return list(buf, v)
		}
	case []any:
		if v != nil {
			return list(buf, v)
		}
	}
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	buf.Truncate(buf.Len() - 1) // the line's end
	return nil
}

func (o Object) write(buf *bytes.Buffer) error {
	next := byte('{')
	for _, f := range o {
		if f.Value == nil {
			continue
		}
		buf.WriteByte(next)
		next = ','
		if err := write(buf, f.Key); err != nil {
			return err
		}
		buf.WriteByte(':')
		if err := write(buf, f.Value); err != nil {
			return err
		}
	}
	if next == '{' {
		buf.WriteByte('{')
	}
	buf.WriteByte('}')
	return nil
}

func list[T any](buf *bytes.Buffer, all []T) error {
	buf.WriteByte('[')
	for i, v := range all {
		if i > 0 {
			buf.WriteByte(',')
		}
		if err := write(buf, v); err != nil {
			return err
		}
	}
	buf.WriteByte(']')
	return nil
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
