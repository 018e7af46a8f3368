package dev_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tandem/internal/app"
	"tandem/internal/dev"
	"tandem/internal/provider"
	"tandem/internal/simulator/pstnhub"
	"tandem/internal/trunk"
	"tandem/sip/siptest"
)

// trunkHealth is how the trunk of a stack is, as the API says.
type trunkHealth struct {
	Name, Condition, Node string
	Reason                struct{ Code, Cure string }
	HeardAt               *time.Time `json:"heard_at"`
	LastCallAt            *time.Time `json:"last_call_at"`
	Calls, Answered       int
	Options               []struct{ Failure string }
	Certificate           *struct{ Problem *struct{ Code string } }
	Strip                 []struct{ Condition string }
}

func (s *stack) trunkHealth(t *testing.T) trunkHealth {
	t.Helper()
	var all struct {
		Regions []struct {
			Resources []struct{ Trunks []trunkHealth }
		}
	}
	s.ask(t, "GET", "/health", nil, &all)
	for _, region := range all.Regions {
		for _, resource := range region.Resources {
			for _, one := range resource.Trunks {
				if one.Name == s.Config.SIP.Far.Trunks[0].FQDN {
					return one
				}
			}
		}
	}
	t.Fatalf("there is no trunk of ours in %+v", all)
	return trunkHealth{}
}

// TestTrunkHealth: a trunk works, and a call shows it; then no proxy of Microsoft's answers
// any more, of which the provider's webhook hears.
func TestTrunkHealth(t *testing.T) {
	t.Parallel()
	s := start(t, dev.Options{Health: app.HealthPace{Ping: 200 * time.Millisecond, Look: 100 * time.Millisecond, Hold: trunk.Hold{Worse: time.Second, Better: time.Second / 10}}})
	heard := make(chan provider.ConditionData, 16)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e struct {
			Type   provider.EventType
			Tenant string
			Data   provider.ConditionData
		}
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil || e.Tenant != "" || string(e.Type) != "trunk."+e.Data.Condition {
			t.Errorf("%+v, %v", e, err)
		}
		if e.Data.Name == s.Config.SIP.Far.Trunks[0].FQDN { // the other region's is told of too
			heard <- e.Data
		}
	}))
	t.Cleanup(hook.Close)
	if status := s.ask(t, "POST", "/webhooks", map[string]any{"url": hook.URL, "types": []string{"trunk.down"}}, nil); status != 201 {
		t.Fatalf("POST /webhooks: %d", status)
	}

	is := trunkHealth{}
	eventually(t, "OPTIONS both ways", 2*soon, func() bool {
		is = s.trunkHealth(t)
		return is.Condition == "up" && is.HeardAt != nil
	})
	if is.Node != s.Config.Node || len(is.Options) != 3 || is.Certificate == nil || is.Certificate.Problem != nil || is.LastCallAt != nil || is.Strip[len(is.Strip)-1].Condition != "up" {
		t.Errorf("%+v", is)
	}
	asked := s.request(t, s.File.Tenants[0].Agents[0])
	c, err := s.phone(t).Call(t.Context(), asked.SIPURI, siptest.CallOptions{From: "+4930123456"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Answered(t.Context()); err != nil {
		t.Fatal(err)
	}

	if err := s.Sim.Proxies().SetFault(pstnhub.FaultSilent, "sip,sip2,sip3"); err != nil {
		t.Fatal(err)
	}
	down := <-heard
	// Where the proxies fall silent one after the other, it was degraded first.
	if down.Condition != "down" || down.Was != "up" && down.Was != "degraded" || down.Code != "proxies_silent" || down.Cure == "" || down.Name != is.Name || down.Node != is.Node {
		t.Errorf("%+v", down)
	}
	if is = s.trunkHealth(t); is.Condition != "down" || is.Reason.Code != down.Code || is.LastCallAt == nil || is.Calls != 1 || is.Answered != 1 || is.Options[0].Failure != "silent" || is.Strip[len(is.Strip)-1].Condition != "down" {
		t.Errorf("%+v", is)
	}
}
