// Package fault is the one kind of error that crosses package borders.
//
// An error is classified where it arises, because only there is it known whose
// doing it is and whether trying again can help. Whoever handles it looks at
// the kind alone: internal/api turns kinds into HTTP statuses, sip into SIP
// statuses, bridge decides about retries. Msg may be shown to anybody, the
// wrapped error never.
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what an error means for whoever handles it.
type Kind string

const (
	KindNone            Kind = ""                // no error
	KindInvalid         Kind = "invalid"         // the request is wrong as such
	KindUnauthenticated Kind = "unauthenticated" // nobody knows who asks
	KindForbidden       Kind = "forbidden"       // he is known and may not
	KindNotFound        Kind = "not_found"
	KindConflict        Kind = "conflict"    // right in itself, but not in this state
	KindGone            Kind = "gone"        // was there, will not come back
	KindExhausted       Kind = "exhausted"   // a limit is reached
	KindUnavailable     Kind = "unavailable" // something needed is away: try again
	KindInternal        Kind = "internal"    // a defect of ours; everything unclassified
)

// Error is a classified error.
type Error struct {
	Kind   Kind
	Code   string  // stable, snake_case; clients may switch on it
	Msg    string  // for the person who asked; names the cure where there is one
	Fields []Field // of KindInvalid: everything that is wrong, at once
	Err    error   // for the log
}

// Field is one thing wrong with a request.
type Field struct {
	Path string // JSON path: "agents[2].oid"
	Msg  string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Msg)
	for i, f := range e.Fields {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		b.WriteString(sep + f.Path + ": " + f.Msg)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Because adds the cause, for the log.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

func Invalid(code, msg string) *Error { return &Error{Kind: KindInvalid, Code: code, Msg: msg} }
func Unauthenticated(code, msg string) *Error {
	return &Error{Kind: KindUnauthenticated, Code: code, Msg: msg}
}
func Forbidden(code, msg string) *Error   { return &Error{Kind: KindForbidden, Code: code, Msg: msg} }
func NotFound(code, msg string) *Error    { return &Error{Kind: KindNotFound, Code: code, Msg: msg} }
func Conflict(code, msg string) *Error    { return &Error{Kind: KindConflict, Code: code, Msg: msg} }
func Gone(code, msg string) *Error        { return &Error{Kind: KindGone, Code: code, Msg: msg} }
func Exhausted(code, msg string) *Error   { return &Error{Kind: KindExhausted, Code: code, Msg: msg} }
func Unavailable(code, msg string) *Error { return &Error{Kind: KindUnavailable, Code: code, Msg: msg} }
func Internal(code, msg string) *Error    { return &Error{Kind: KindInternal, Code: code, Msg: msg} }

// KindOf is the kind of the outermost classified error; KindInternal if there
// is none, KindNone for nil.
func KindOf(err error) Kind {
	if err == nil {
		return KindNone
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}

// CodeOf is its code; "internal" if there is none.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Code != "" {
		return e.Code
	}
	if err == nil {
		return ""
	}
	return "internal"
}

// Problems collects everything wrong with a request, so that it is told at once.
type Problems struct{ fields []Field }

// Add notes one problem.
func (p *Problems) Add(path, format string, args ...any) {
	p.fields = append(p.fields, Field{Path: path, Msg: fmt.Sprintf(format, args...)})
}

// Under takes over the problems of a part, below its path.
func (p *Problems) Under(path string, err error) {
	var e *Error
	if !errors.As(err, &e) {
		return
	}
	for _, f := range e.Fields {
		p.fields = append(p.fields, Field{Path: strings.Trim(path+"."+f.Path, "."), Msg: f.Msg})
	}
}

// Err is nil if there were none.
func (p *Problems) Err(code, msg string) error {
	if len(p.fields) == 0 {
		return nil
	}
	return &Error{Kind: KindInvalid, Code: code, Msg: msg, Fields: p.fields}
}
