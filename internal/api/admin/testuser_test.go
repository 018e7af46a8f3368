package admin_test

import (
	"net/http"
	"slices"
	"testing"

	"tandem/internal/api/admin"
)

func TestTestUser(t *testing.T) {
	w := newWorld(t)
	const own = "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a09"
	const path = "/v1/tenants/" + contoso + "/federation/test-user"
	hours := func(from, until, days string) string {
		return `{"oid":"` + own + `","zone":"Europe/Madrid","days":` + days + `,"from":"` + from + `","until":"` + until + `"}`
	}
	var f admin.Federation
	w.do(t, contosoKey, "PUT", path, hours("09:00", "24:00", `["fri","mon","sun"]`)).want(http.StatusOK).into(&f)
	if u := f.TestUser; u == nil || u.By != "key:k" || u.ByName != "contact centre" {
		t.Errorf("shown as %+v", u)
	}
	w.do(t, contosoKey, "DELETE", path, "").want(http.StatusOK)
	for _, want := range []string{"test user " + own + " [Sunday Monday Friday] Europe/Madrid 09:00-24:00", "no test user"} {
		if !slices.Contains(w.orders, want) {
			t.Errorf("%q is not in %q", want, w.orders)
		}
	}
	for _, body := range []string{
		hours("9:00", "17:00", `["mon"]`), hours("09:00", "24:01", `["mon"]`), hours("09:00", "", `["mon"]`),
		hours("09:00", "17:00", `[]`), hours("09:00", "17:00", `["monday"]`), hours("09:00", "17:00", `null`), `{}`,
	} {
		w.do(t, contosoKey, "PUT", path, body).problem(http.StatusUnprocessableEntity, "request_invalid")
	}
	w.do(t, fabrikamKey, "PUT", path, hours("09:00", "17:00", `["mon"]`)).problem(http.StatusNotFound, "tenant_unknown")
	w.do(t, fabrikamKey, "DELETE", path, "").problem(http.StatusNotFound, "tenant_unknown")
}
