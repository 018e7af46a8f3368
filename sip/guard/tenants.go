package guard

import (
	"context"
	"strings"
	"sync"
	"time"
)

// Tenants hold each tenant to its calls in a second and at once, so that one whose number
// is flooded takes nothing from the others. It stands before everything that a call costs;
// whose a number is, is remembered for a while, nobody's too.
type Tenants struct {
	of    func(context.Context, string) (string, error) // nil: no limits
	most  int
	paced bool

	mu    sync.Mutex
	known map[string]owner // by number
	paces *Paces
	calls map[string]int // by tenant
}

type owner struct {
	tenant string // "": nobody
	until  time.Time
}

const (
	// ownerFor is how long it is remembered whose a number is. One that changes hands
	// counts as its former tenant's for so long, and nothing else.
	ownerFor  = time.Minute
	maxOwners = 1 << 16
)

// NewTenants has most calls at once, and perSecond, of a tenant; 0: any number. Of tells whose a
// number is, "" if nobody's.
func NewTenants(of func(context.Context, string) (string, error), most, perSecond int) *Tenants {
	if perSecond <= 0 && most <= 0 {
		of = nil
	}
	return &Tenants{of: of, most: most, paced: perSecond > 0, known: map[string]owner{}, paces: NewPaces(perSecond), calls: map[string]int{}}
}

// Enter counts a call to a number until it leaves. What is no number has a token of a call
// that was asked for, and counted, elsewhere.
func (t *Tenants) Enter(ctx context.Context, number string, now time.Time) (leave func(), refusal *Refusal) {
	if t.of == nil || !strings.HasPrefix(number, "+") {
		return func() {}, nil
	}
	who := t.owner(ctx, number, now)
	if who == "" {
		return func() {}, nil // the engine says what it thinks of it
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.most > 0 && t.calls[who] >= t.most {
		return nil, Later(CauseLimit, 5, "tenant_limit")
	}
	if t.paced && !t.paces.Take(who, now) {
		return nil, Later(CauseRate, 1, "tenant_rate")
	}
	t.calls[who]++
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.calls[who]--; t.calls[who] == 0 {
			delete(t.calls, who)
		}
	}, nil
}

// owner is whose a number is; "" if that cannot be found out.
func (t *Tenants) owner(ctx context.Context, number string, now time.Time) string {
	t.mu.Lock()
	o, ok := t.known[number]
	t.mu.Unlock()
	if ok && now.Before(o.until) {
		return o.tenant
	}
	who, err := t.of(ctx, number)
	if err != nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.known) >= maxOwners {
		clear(t.known) // they are asked for again, one by one
	}
	t.known[number] = owner{who, now.Add(ownerFor)}
	return who
}
