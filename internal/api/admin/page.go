package admin

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	"tandem/internal/fault"
	"tandem/internal/tenant"
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

// named fills in what the tenants of a page's things are called, by one question. of
// tells of a thing whose it is and where the name goes.
func named[V any](ctx context.Context, s *server, p *shown[Page[V]], err error, of func(*V) (tenant.ID, *string)) (*shown[Page[V]], error) {
	if err != nil {
		return nil, err
	}
	var ids []tenant.ID
	for i := range p.Body.Items {
		if id, _ := of(&p.Body.Items[i]); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return p, nil
	}
	names, err := s.deps.Tenants.TenantNames(ctx, callerOf(ctx).Tenant, ids)
	if err != nil {
		return nil, err
	}
	for i := range p.Body.Items {
		id, name := of(&p.Body.Items[i])
		*name = names[id]
	}
	return p, nil
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
