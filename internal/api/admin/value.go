package admin

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// made is the answer to a creation, shown the one that shows something.
type (
	made[T any] struct {
		Location string `header:"Location" doc:"The path of what was made."`
		Body     T
	}
	shown[T any] struct{ Body T }
	none         struct{}
)

// merge is a member of a merge patch (RFC 7396): absent, null or a value. Null
// is the zero value, for which the domain has its default.
type merge[T any] struct {
	set   bool
	value T
}

// UnmarshalJSON implements json.Unmarshaler; it is not called for what is absent.
func (m *merge[T]) UnmarshalJSON(b []byte) error {
	*m = merge[T]{set: true}
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	return json.Unmarshal(b, &m.value)
}

// Schema implements huma.SchemaProvider.
func (merge[T]) Schema(r huma.Registry) *huma.Schema {
	s := r.Schema(reflect.TypeFor[T](), true, "")
	s.Nullable = true
	return s
}

// into puts the value where it belongs, if there is one.
func (m merge[T]) into(to *T) {
	if m.set {
		*to = m.value
	}
}

// convert is into for a place of another type.
func convert[T, U any](m merge[T], to *U, f func(T) U) {
	if m.set {
		*to = f(m.value)
	}
}

// at is a moment, or nothing.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// seconds of a duration, to the millisecond.
func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }

func wholeSeconds(n int) time.Duration { return time.Duration(n) * time.Second }

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, x := range in {
		out[i] = string(x)
	}
	return out
}

func words[T ~string](in []string) []T {
	if len(in) == 0 {
		return nil
	}
	out := make([]T, len(in))
	for i, x := range in {
		out[i] = T(x)
	}
	return out
}

func statusText(status int) string { return strconv.Itoa(status) }
