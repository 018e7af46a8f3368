package graph

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Limits by application and tenant (§2.7).
const (
	identityWindow = 10 * time.Second
	presenceWindow = 30 * time.Second
	presenceLimit  = 1500
)

// unitLimit is how many resource units a tenant with so many users has in
// identityWindow.
func unitLimit(users int) int {
	switch {
	case users < 50:
		return 3500
	case users <= 500:
		return 5000
	}
	return 8000
}

// throttle counts what was used up.
type throttle struct {
	on   atomic.Bool
	mu   sync.Mutex
	used map[string]*window
}

type window struct {
	start time.Time
	units int
}

func (t *throttle) set(on bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.used = nil
	t.on.Store(on)
}

// take uses up units of a bucket. It returns how much of the limit is used then,
// and if that is too much how long until it is not.
func (t *throttle) take(bucket string, units, limit int, length time.Duration, now time.Time) (share float64, wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.used == nil {
		t.used = map[string]*window{}
	}
	w := t.used[bucket]
	if w == nil || now.Sub(w.start) >= length {
		w = &window{start: now}
		t.used[bucket] = w
	}
	w.units += units
	share = float64(w.units) / float64(limit)
	if w.units > limit {
		wait = length - now.Sub(w.start)
	}
	return share, wait
}

// units is what a request costs.
func units(r *request, cost int) int {
	q := r.URL.Query()
	if q.Has("$select") {
		cost--
	}
	if n, err := strconv.Atoi(q.Get("$top")); err == nil && n < 20 {
		cost--
	}
	return max(cost, 1)
}

// limit refuses a request that is too much, and sets the headers that tell about it.
func (s *Service) limit(r *request, f route) error {
	cost, limit, length, what := 1, presenceLimit, presenceWindow, "presence"
	if f.cost > 0 {
		cost, length, what = units(r, f.cost), identityWindow, "identity"
		r.header.Set("x-ms-resource-unit", strconv.Itoa(cost))
	}
	if !s.Throttling() || f.cost == 0 && f.work != communications {
		return nil
	}
	if f.cost > 0 {
		limit = unitLimit(s.Directory.Size(r.claims.Tenant))
	}
	share, wait := s.throttle.take(what+"/"+r.claims.AppID+"/"+r.claims.Tenant, cost, limit, length, s.now())
	if share >= 0.8 {
		r.header.Set("x-ms-throttle-limit-percentage", fmt.Sprintf("%.1f", min(share, 1.8)))
	}
	if wait == 0 {
		return nil
	}
	kind := "Read"
	if r.Method != http.MethodGet {
		kind = "ReadWrite"
	}
	r.header.Set("x-ms-throttle-scope", strings.Join([]string{"Tenant_Application", kind, r.claims.AppID, r.claims.Tenant}, "/"))
	r.header.Set("x-ms-throttle-information", what+" limit exceeded")
	r.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	return &problem{http.StatusTooManyRequests, "TooManyRequests", "Too many requests."}
}
