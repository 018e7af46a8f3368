package admin_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// TestPagesAreTheList: whatever the size of the pages, and whatever comes and
// goes between them, what was there all the time is shown exactly once and in
// order.
func TestPagesAreTheList(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		ids := rapid.SliceOfNDistinct(rapid.IntRange(1, 1<<20), 0, 30, rapid.ID[int]).Draw(rt, "agents")
		limit := rapid.IntRange(1, 12).Draw(rt, "limit")
		name := func(n int) tenant.AgentID { return tenant.AgentID(fmt.Sprintf("%08x-0000-4000-8000-000000000000", n)) }
		clear(w.agents.things)
		var want []string
		for _, n := range ids {
			if _, err := w.CreateAgent(t.Context(), tenant.Agent{ID: name(n), Tenant: contoso}); err != nil {
				rt.Fatal(err)
			}
			want = append(want, string(name(n)))
		}
		slices.Sort(want)
		var got []string
		cursor := ""
		for pages := 0; ; pages++ {
			var page struct {
				Items []struct{ ID string }
				Next  string
			}
			w.do(t, owner, "GET", fmt.Sprintf("/v1/agents?limit=%d&cursor=%s", limit, url.QueryEscape(cursor)), "").want(http.StatusOK).into(&page)
			if len(page.Items) > limit || page.Next != "" && len(page.Items) != limit || pages > len(ids) {
				rt.Fatalf("a page of %d, next %q", len(page.Items), page.Next)
			}
			for _, x := range page.Items {
				got = append(got, x.ID)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
			// Gone after it was shown; so is the cursor's own place.
			gone := rapid.SampledFrom(got).Draw(rt, "gone")
			_ = w.DeleteAgent(t.Context(), contoso, tenant.AgentID(gone)) // perhaps gone before
		}
		if !slices.Equal(got, want) {
			rt.Fatalf("got %v\nwant %v", got, want)
		}
	})
}

func TestNewestFirst(t *testing.T) {
	w := newWorld(t)
	w.all = nil
	for i := range 5 {
		w.all = append(w.all, call.New(call.NewID(day, [10]byte{byte(i + 1)}), contoso, call.Plan{}))
	}
	var page struct {
		Items []struct{ ID string }
		Next  string
	}
	w.do(t, contosoKey, "GET", "/v1/calls?limit=2", "").want(200).into(&page)
	first := slices.Clone(page.Items)
	w.do(t, contosoKey, "GET", "/v1/calls?limit=200&cursor="+page.Next, "").want(200).into(&page)
	if len(first) != 2 || len(page.Items) != 5-2 || first[0].ID != string(w.all[4].ID) || page.Items[2].ID != string(w.all[0].ID) {
		t.Errorf("%v %v", first, page)
	}
	if q := w.asked[len(w.asked)-1]; q.Limit != 201 || q.After != first[1].ID {
		t.Errorf("asked %+v", q)
	}
}

// TestCursorOfAnotherList is refused, as is one that somebody made up.
func TestCursorOfAnotherList(t *testing.T) {
	w := newWorld(t)
	var page struct{ Next string }
	w.do(t, owner, "GET", "/v1/agents?limit=1", "").want(200).into(&page)
	w.do(t, owner, "GET", "/v1/tenants?cursor="+page.Next, "").problem(422, "cursor_invalid")
	w.do(t, owner, "GET", "/v1/calls?cursor=Y2FsbHMAeA", "").problem(422, "cursor_invalid") // "calls", then "x"
	w.do(t, owner, "GET", "/v1/agents?cursor=%00", "").problem(422, "cursor_invalid")
}

func TestFilters(t *testing.T) {
	w := newWorld(t)
	const filters = "from=2026-11-22T00:00:00%2B01:00&to=2026-11-23T00:00:00Z&result=completed&agent=" + adele + "&number=+493012345678"
	w.do(t, owner, "GET", "/v1/calls?phase=connected&"+filters, "").want(200)
	w.do(t, owner, "GET", "/v1/cdrs?reason=declined&"+filters, "").want(200)
	for i, q := range w.asked {
		if q.From.UTC().Hour() != 23 || q.To.Day() != 23 || q.Result != "completed" || q.Agent != adele || q.Number != theirNumber || q.Limit != 51 {
			t.Errorf("asked %+v", q)
		}
		if i == 0 && q.Phase != "connected" || i == 1 && q.Reason != "declined" {
			t.Errorf("asked %+v", q)
		}
	}
	w.do(t, owner, "GET", "/v1/calls?phase=begun", "").problem(422, "request_invalid")
}
