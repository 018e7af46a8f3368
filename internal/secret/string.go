package secret

import "log/slog"

// String is a secret in memory. Formatting, logging and encoding show that
// there is one, never what it is; string(s) tells.
type String string

// redacted is shown in place of a secret.
const redacted = "[redacted]"

func (s String) shown() string {
	if s == "" {
		return ""
	}
	return redacted
}

// String implements fmt.Stringer.
func (s String) String() string { return s.shown() }

// GoString implements fmt.GoStringer, for %#v.
func (s String) GoString() string { return `secret.String("` + s.shown() + `")` }

// LogValue implements slog.LogValuer.
func (s String) LogValue() slog.Value { return slog.StringValue(s.shown()) }

// MarshalText implements encoding.TextMarshaler; encoding/json uses it, too.
func (s String) MarshalText() ([]byte, error) { return []byte(s.shown()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *String) UnmarshalText(b []byte) error {
	*s = String(b)
	return nil
}
