package admin

import (
	"encoding/base64"
	"strings"

	"tandem/internal/fault"
)

// PageQuery is how every list is walked.
type PageQuery struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
	Cursor string `query:"cursor" maxLength:"512" doc:"The next of the page before; without it the list begins."`
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false" doc:"In the order of the list."`
	Next  string `json:"next,omitempty" doc:"The cursor of the page that follows; absent on the last."`
}

// A cursor names the list and the last item shown. It is opaque, not secret,
// and gives no right: whoever asks is checked on each page.
func cursorOf(list, last string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + "\x00" + last))
}

func openCursor(list, cursor string) (after string, err error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err == nil {
		if of, last, ok := strings.Cut(string(raw), "\x00"); ok && of == list && last != "" {
			return last, nil
		}
	}
	return "", &fault.Error{Kind: fault.KindInvalid, Code: "cursor_invalid", Msg: "the cursor is not one of this list; begin again without it"}
}

// list is a list of T shown as V: fetch reads at most limit items behind the
// one named after.
type list[T, V any] struct {
	name  string
	valid func(after string) bool // a cursor is input: what it names must have the form of a name
	fetch func(after string, limit int) ([]T, error)
	last  func(T) string
	show  func(T) V
}

func (l list[T, V]) page(q PageQuery) (*shown[Page[V]], error) {
	after, err := openCursor(l.name, q.Cursor)
	if err == nil && after != "" && !l.valid(after) {
		_, err = openCursor(l.name, "!")
	}
	if err != nil {
		return nil, err
	}
	found, err := l.fetch(after, q.Limit+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	out := &shown[Page[V]]{Body: Page[V]{Items: make([]V, 0, min(len(found), q.Limit))}}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		out.Body.Next = cursorOf(l.name, l.last(found[q.Limit-1]))
	}
	for _, x := range found {
		out.Body.Items = append(out.Body.Items, l.show(x))
	}
	return out, nil
}
