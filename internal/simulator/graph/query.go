package graph

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Types of properties, as far as comparing goes.
const (
	text = iota
	boolean
	guid
)

// property is a member of an entity.
type property struct {
	name    string
	kind    int
	filters bool // can stand in $filter
	// members are those of a list of objects, for any.
	members map[string]property
}

// schema is a kind of entity: its properties, which of them come without
// $select, which can be searched (true: tokenised) and sorted by.
type schema struct {
	name       string // microsoft.graph.user
	properties map[string]property
	defaults   []string
	search     map[string]bool
	sorts      []string
	// real are properties of the real one that are not imitated: 501.
	real []string
	// top is the page size without $top, most the largest that can be asked for.
	top, most int
	// directory objects have advanced queries.
	directory bool
}

func (s *schema) find(name string) (property, bool) {
	for n, p := range s.properties {
		if strings.EqualFold(n, name) {
			p.name = n
			return p, true
		}
	}
	return property{}, false
}

// problem is a refusal.
type problem struct {
	status  int
	code    string
	message string
}

func (p *problem) Error() string { return p.message }

func badRequest(format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, "Request_BadRequest", fmt.Sprintf(format, args...)}
}

func unsupportedQuery(format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, "Request_UnsupportedQuery", fmt.Sprintf(format, args...)}
}

// query is what a request asks of a collection, or of one entity.
type query struct {
	*schema
	selects []string
	matches []predicate
	count   bool
	sort    string
	down    bool
	top     int
	offset  int
	uses    []string // properties that the answer depends on or shows
	values  url.Values
}

// The query options; whatever else begins with a dollar is refused.
const (
	optSelect, optSearch, optFilter, optCount, optTop, optOrder, optToken = "$select", "$search", "$filter", "$count", "$top", "$orderby", "$skiptoken"
)

// parse reads the query options of a request; cast says that the path has an
// OData cast, which is an advanced query.
func (s *schema) parse(r *http.Request, collection, cast bool) (query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return query{}, badRequest("The query string is malformed.")
	}
	q := query{schema: s, top: s.top, values: values, selects: s.defaults}
	for name, given := range values {
		known := slices.Contains([]string{optSelect, optSearch, optFilter, optCount, optTop, optOrder, optToken}, name)
		switch {
		case !strings.HasPrefix(name, "$"):
		case name == "$skip":
			return q, badRequest("'$skip' is not supported by the service.")
		case name == "$expand", name == "$format":
			return q, &problem{http.StatusNotImplemented, "notImplemented", "The simulator does not know " + name + "."}
		case !known, len(given) > 1, !collection && name != optSelect:
			return q, badRequest("The query specified in the URI is not valid: query option '%s'.", name)
		}
	}
	eventual := strings.EqualFold(r.Header.Get("ConsistencyLevel"), "eventual")
	if err := errors.Join(q.readSelect(), q.readPage()); err != nil {
		return q, firstOf(err)
	}
	return q, q.readConditions(eventual, cast)
}

// firstOf is the first of several errors: one is what a client gets.
func firstOf(err error) error {
	if joined, several := err.(interface{ Unwrap() []error }); several {
		return joined.Unwrap()[0]
	}
	return err
}

func (q *query) readSelect() error {
	list, given := q.values[optSelect]
	if !given {
		q.uses = slices.Clone(q.defaults)
		return nil
	}
	q.selects = nil
	for name := range strings.SplitSeq(list[0], ",") {
		name = strings.TrimSpace(name)
		prop, known := q.find(name)
		if known {
			q.selects = append(q.selects, prop.name)
			q.uses = append(q.uses, prop.name)
			continue
		}
		if slices.ContainsFunc(q.real, func(real string) bool { return strings.EqualFold(real, name) }) {
			return &problem{http.StatusNotImplemented, "notImplemented", "The property '" + name + "' cannot be selected here."}
		}
		return &problem{http.StatusBadRequest, "BadRequest", "Parsing OData Select and Expand failed: Could not find a property named '" + name + "' on type '" + q.name + "'."}
	}
	return nil
}

func (q *query) readPage() error {
	if given, found := q.values[optTop]; found {
		n, err := strconv.Atoi(given[0])
		if err != nil || n < 1 || n > q.most {
			return badRequest("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", given[0], q.most)
		}
		q.top = n
	}
	if given, found := q.values[optCount]; found {
		var err error
		if q.count, err = strconv.ParseBool(given[0]); err != nil || given[0] != "true" && given[0] != "false" {
			return badRequest("Invalid value '%s' for $count query option found.", given[0])
		}
	}
	if given, found := q.values[optToken]; found {
		raw, err := base64.RawURLEncoding.DecodeString(given[0])
		rest, ours := strings.CutPrefix(string(raw), "page:")
		if q.offset, _ = strconv.Atoi(rest); err != nil || !ours || q.offset < 0 {
			return &problem{http.StatusBadRequest, "Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."}
		}
	}
	given, found := q.values[optOrder]
	if !found {
		return nil
	}
	name, direction, _ := strings.Cut(strings.TrimSpace(given[0]), " ")
	prop, known := q.find(name)
	switch {
	case !known:
		return badRequest("Could not find a property named '%s' on type '%s'.", name, q.name)
	case !slices.Contains(q.sorts, prop.name), direction != "" && direction != "asc" && direction != "desc":
		return unsupportedQuery("Sorting not supported for current query.")
	}
	q.sort, q.down = prop.name, direction == "desc"
	return nil
}

// readConditions reads $search and $filter and applies the rules of advanced
// queries, on every page.
func (q *query) readConditions(eventual, cast bool) error {
	if text, given := q.values[optSearch]; given {
		if q.search == nil {
			return unsupportedQuery("$search is not supported for this request.")
		}
		if !eventual {
			return unsupportedQuery("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
		}
		matches, err := parseSearch(text[0], q.search)
		if err != nil {
			return badRequest("%s", err)
		}
		q.matches = append(q.matches, matches)
	}
	advanced := cast || q.directory && q.sort != "" && q.values.Has(optFilter)
	if text, given := q.values[optFilter]; given {
		f, err := parseFilter(text[0], q.find)
		if refused := unsupported(""); errors.As(err, &refused) {
			return unsupportedQuery("%s", err)
		} else if err != nil {
			return &problem{http.StatusBadRequest, "BadRequest", err.Error()}
		}
		advanced = advanced || q.directory && f.advanced
		q.matches, q.uses = append(q.matches, f.matches), append(q.uses, f.uses...)
	}
	switch {
	case q.count && q.directory && !eventual:
		return badRequest("$count is not currently supported.")
	case advanced && (!eventual || !q.count):
		return unsupportedQuery("Operator or cast not supported without $count=true and the header 'ConsistencyLevel: eventual'.")
	}
	return nil
}

// page picks from a list what the query asks for; get returns a property of one.
// more tells whether there is another page.
func page[T any](q query, list []T, get func(T, string) any) (picked []T, total int, more bool) {
	kept := make([]T, 0, len(list))
	for _, one := range list {
		if !slices.ContainsFunc(q.matches, func(m predicate) bool { return !m(func(name string) any { return get(one, name) }) }) {
			kept = append(kept, one)
		}
	}
	if q.sort != "" {
		slices.SortStableFunc(kept, func(a, b T) int {
			n := strings.Compare(strings.ToLower(textOf(get(a, q.sort))), strings.ToLower(textOf(get(b, q.sort))))
			if q.down {
				return -n
			}
			return n
		})
	}
	start := min(q.offset, len(kept))
	end := min(start+q.top, len(kept))
	return kept[start:end], len(kept), end < len(kept)
}

// nextLink is the address of the page that begins at offset. What was asked for
// is in it; the header ConsistencyLevel is not.
func (q query) nextLink(origin, path string, offset int) string {
	values := url.Values{}
	for name, given := range q.values {
		values[name] = given
	}
	values.Set(optToken, base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "page:%d", offset)))
	return origin + path + "?" + strings.ReplaceAll(values.Encode(), "%24", "$")
}

// show is an entity with the members that were selected; id is always among them.
func (q query) show(get func(string) any) map[string]any {
	shown := map[string]any{}
	for _, name := range q.selects {
		shown[name] = get(name)
	}
	return shown
}
