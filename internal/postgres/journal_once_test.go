package postgres_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/tenant"
)

// TestCreateOnce: a call that is opened again by its name is the first one, however
// many ask at once and whatever has become of it; another tenant's is another.
func TestCreateOnce(t *testing.T) {
	r := newRig(t)
	o := life("n1", 1)
	create := func(in tenant.ID, once string) (call.Call, bridge.Lease, error) {
		c := newCall(in)
		c.Plan.Once = once
		s := offered(c)
		l, err := r.Create(t.Context(), bridge.Opening{Step: s, Owner: &o})
		return s.After, l, err
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	var first call.Call
	var lease bridge.Lease
	var others []call.ID
	for range 8 {
		wg.Go(func() {
			c, l, err := create(r.t1, "check")
			mu.Lock()
			defer mu.Unlock()
			if before := (*bridge.Before)(nil); errors.As(err, &before) {
				others = append(others, before.Call)
			} else if err != nil || first.ID != "" {
				t.Errorf("created %s beside %s: %v", c.ID, first.ID, err)
			} else {
				first, lease = c, l
			}
		})
	}
	wg.Wait()
	if len(others) != 7 || slices.ContainsFunc(others, func(id call.ID) bool { return id != first.ID }) {
		t.Errorf("%s, and told of %v", first.ID, others)
	}
	r.commit(t, lease, ending(first))
	_, _, err := create(r.t1, "check")
	if before := (*bridge.Before)(nil); !errors.As(err, &before) || before.Call != first.ID {
		t.Errorf("when it is over: %v", err)
	}
	for _, c := range []struct {
		in   tenant.ID
		once string
	}{{r.t2, "check"}, {r.t1, "another"}, {r.t1, ""}, {r.t1, ""}} {
		if _, _, err := create(c.in, c.once); err != nil {
			t.Errorf("%q: %v", c.once, err)
		}
	}
}
