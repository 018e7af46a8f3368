package app

import (
	"context"
	"errors"
	"testing"
	"time"

	"tandem/internal/check"
	"tandem/internal/trunk"
)

// says is a resource at Microsoft of which only this is asked.
type says struct {
	check.Far
	has trunk.Routing
	err error
}

func (s *says) Routing(context.Context) (trunk.Routing, error) { return s.has, s.err }

// TestMicrosoftIsAskedOfOthersTrunks: and of those alone.
func TestMicrosoftIsAskedOfOthersTrunks(t *testing.T) {
	const theirs = "x0.eu.sbc.example.net"
	a := testApp(t, Options{Health: HealthPace{Hold: trunk.Hold{Worse: time.Nanosecond, Better: time.Nanosecond}}})
	registered(t, a.proofs)
	far := &says{has: trunk.Routing{Trunks: []trunk.Registered{
		{FQDN: "e0.eu.sbc.example.net", Health: &trunk.Health{Overall: "inactive"}}, {FQDN: theirs, Health: &trunk.Health{TLS: "ok", Ping: "ok", Overall: "active"}},
	}}}
	a.routings.Far = func(context.Context, trunk.ResourceID) (check.Far, error) { return far, nil }
	standing := func() trunk.Standing {
		t.Helper()
		if err := a.lookAtExternal(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, err := a.store.Standings(t.Context())
		if err != nil || len(all) != 1 || all[0].Name != theirs {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0]
	}
	if is := standing(); is.Held.Condition != trunk.Up || is.Signs.Microsoft == nil || is.Signs.Microsoft.Overall != "active" {
		t.Errorf("%+v", is)
	}
	far.has = trunk.Routing{}
	standing() // which has to last
	if is := standing(); is.Held.Condition != trunk.Down || is.Held.Reason.Code != "microsoft_missing" {
		t.Errorf("a trunk that Microsoft does not have: %+v", is)
	}
	far.err = errors.New("away")
	if before, is := standing().SeenAt, standing(); !is.SeenAt.Equal(before) {
		t.Errorf("told of at %v while nobody could be asked", is.SeenAt)
	}
}
