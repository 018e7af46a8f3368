package admin_test

import (
	"encoding/csv"
	"net/http"
	"slices"
	"testing"
	"time"

	"tandem/internal/call"
	"tandem/internal/fault"
)

func TestUsage(t *testing.T) {
	w := newWorld(t)
	// What a spreadsheet would take for a formula, and what has to be quoted.
	w.do(t, owner, "PATCH", "/v1/tenants/"+contoso, `{"name":"=Contoso, \"Airlines\""}`).want(http.StatusOK)
	var page struct {
		Items []struct {
			Month, Tenant string
			Agents        int64
			Inbound       struct {
				Calls, Minutes int64
			}
		}
		Next string
	}
	var tenants []string
	for cursor := ""; ; cursor = "&cursor=" + page.Next {
		page.Next = ""
		w.do(t, owner, "GET", "/v1/usage?limit=1&from=2026-01"+cursor, "").want(http.StatusOK).into(&page)
		if len(page.Items) != 1 || page.Items[0].Inbound.Calls != 1 {
			t.Fatalf("%+v", page)
		}
		tenants = append(tenants, page.Items[0].Tenant)
		if page.Next == "" {
			break
		}
	}
	if len(tenants) != 2 || tenants[0] <= tenants[1] {
		t.Errorf("%v", tenants)
	}
	if want := (call.Months{From: call.Month{Year: 2026, Month: time.January}}); !slices.Equal(w.spans, []call.Months{want, want}) {
		t.Errorf("asked for %v", w.spans)
	}

	a := w.do(t, owner, "GET", "/v1/usage.csv?tenant="+contoso, "").want(http.StatusOK)
	rows, err := csv.NewReader(a.Body).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[0]) != 19 || rows[0][4] != "inbound_calls" || rows[1][1] != contoso || rows[1][2] != `'=Contoso, "Airlines"` || rows[1][4] != "1" || rows[1][9] != "0" {
		t.Errorf("%v, %v", rows, err)
	}
	a = w.do(t, contosoKey, "GET", "/v1/usage.csv", "").want(http.StatusOK)
	if rows, err := csv.NewReader(a.Body).ReadAll(); err != nil || len(rows) != 2 || rows[1][1] != contoso {
		t.Errorf("a tenant sees %v, %v", rows, err)
	}
}

func TestUsageThatCannotBe(t *testing.T) {
	w := newWorld(t)
	for query, fields := range map[string][]string{
		"from=2026":               {"query.from"},
		"from=2026-13&to=x":       {"query.from", "query.to"},
		"from=2026-11&to=2026-10": {"query.to"},
	} {
		for _, path := range []string{"/v1/usage?", "/v1/usage.csv?"} {
			p := w.do(t, owner, "GET", path+query, "").problem(http.StatusUnprocessableEntity, "query_invalid")
			var got []string
			for _, e := range p.Errors {
				got = append(got, e.Location)
			}
			if !slices.Equal(got, fields) {
				t.Errorf("%s%s: %v", path, query, got)
			}
		}
	}
	w.do(t, owner, "GET", "/v1/usage?cursor=eA", "").problem(http.StatusUnprocessableEntity, "cursor_invalid")
	w.calls.failure = fault.Unavailable("database_away", "the database does not answer")
	w.do(t, owner, "GET", "/v1/usage.csv", "").want(http.StatusServiceUnavailable)
}
