package dev_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"tandem/internal/app"
	"tandem/internal/config"
	"tandem/internal/dev"
	"tandem/internal/provider"
	"tandem/internal/simulator"
	"tandem/internal/simulator/teams"
)

// cell is the product in three processes, each with a part of the work.
type cell struct {
	*stack
	front, edge, jobs *product
	as                func(node string, roles ...config.Role) *product
}

func startCell(t *testing.T) *cell {
	t.Helper()
	c := &cell{stack: start(t, dev.Options{WithoutProduct: true})}
	for _, addr := range []*string{&c.Config.SIP.Near.UDP, &c.Config.SIP.Near.TCP, &c.Config.SIP.Near.TLS} {
		*addr = unused(t, 1)
	}
	c.Config.SIP.Near.Advertise = "127.0.0.1"
	at := map[string]string{"front": unused(t, 1), "edge": unused(t, 1), "jobs": unused(t, 1)}
	c.as = func(node string, roles ...config.Role) *product {
		of := c.Config
		of.Node, of.Roles, of.HTTP.Listen = node, roles, at[node]
		return spawn(t, of)
	}
	c.front, c.jobs = c.as("front", config.RoleAPI, config.RoleBridge), c.as("jobs", config.RoleJobs)
	far, err := netip.ParseAddrPort(c.Config.SIP.Far.Listen)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Fill(t.Context(), c.front.API, int(far.Port())); err != nil {
		t.Fatal(err)
	}
	c.edge = c.as("edge", config.RoleSIP) // now, and it knows the peer from the beginning
	c.File.SIP = dev.FileSIP{UDP: c.edge.SIP.UDP.String(), Far: c.edge.SIP.Far.String()}
	for _, r := range []string{"tandem-eu", "tandem-us"} {
		if err := c.Sim.Subscribe(t.Context(), simulator.Subscription{Resource: r, URL: app.GridURL(c.Config, r)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range c.File.Tenants[0].Agents {
		if _, err := c.Sim.Users().Update(a.OID, does(teams.Accept)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// TestRoles: the API and Microsoft's doors, the SIP edge and the jobs are three processes.
func TestRoles(t *testing.T) {
	t.Parallel()
	c := startCell(t)
	agents := c.File.Tenants[0].Agents
	ended := make(chan string, 16)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e struct{ Data struct{ Call string } }
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			t.Error(err)
		}
		ended <- e.Data.Call
	}))
	t.Cleanup(hook.Close)
	if status := c.ask(t, "POST", "/webhooks", object{"url": hook.URL, "types": []string{string(provider.CallEnded)}}, nil); status != 201 {
		t.Fatalf("POST /webhooks: %d", status)
	}

	t.Run("each serves what is its own", func(t *testing.T) {
		for _, p := range []*product{c.edge, c.jobs} {
			for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/v1/calls": 404, "/": 404} {
				res, err := c.http.Get("http://" + p.API + path)
				if err != nil {
					t.Fatal(err)
				}
				_ = res.Body.Close()
				if res.StatusCode != want {
					t.Errorf("%s: %d, want %d", path, res.StatusCode, want)
				}
			}
		}
		if c.edge.Public != "" || c.jobs.Public != "" || c.front.SIP.UDP.IsValid() || c.jobs.SIP.UDP.IsValid() {
			t.Errorf("edge %+v, jobs %+v, front %+v", c.edge.Addrs, c.jobs.Addrs, c.front.Addrs)
		}
	})

	t.Run("a customer's call", func(t *testing.T) {
		id, customer := c.place(t, c.phone(t), agents[0])
		if status := c.ask(t, "GET", "/calls/"+string(id)+"/quality", nil, nil); status != 409 {
			t.Errorf("quality of a leg that is elsewhere: %d", status)
		}
		if status := c.ask(t, "POST", "/calls/"+string(id)+"/participants", object{"agent": agents[1].ID}, nil); status != 202 {
			t.Errorf("POST participants: %d", status)
		}
		eventually(t, "the second agent", soon, func() bool { return c.inside(t, string(id)) == 2 })
		if err := customer.Hangup(t.Context()); err != nil {
			t.Error(err)
		}
		c.recorded(t, id, soon).check(t, "completed", "caller_hung_up", "none")
		if got := <-ended; got != string(id) {
			t.Errorf("told that %s ended", got)
		}
	})

	t.Run("no telephone where there is no edge", func(t *testing.T) {
		id := c.callOut(t, outbound{Agent: agents[0].ID})
		eventually(t, "the agent", soon, func() bool { return c.phase(t, id) == "connected" })
		if status := c.ask(t, "POST", "/calls/"+string(id)+"/participants", object{"phone_number": "+4930555111"}, nil); status != 202 {
			t.Fatalf("POST participants: %d", status)
		}
		eventually(t, "the telephone failed, and why", soon, func() bool {
			var v struct {
				Participants []struct{ State, Outcome string }
			}
			return c.ask(t, "GET", "/calls/"+string(id), nil, &v) == 200 && len(v.Participants) == 2 &&
				v.Participants[1].State == "gone" && v.Participants[1].Outcome == "misconfigured"
		})
		if status := c.ask(t, "POST", "/calls/"+string(id)+"/terminate", nil, nil); status != 202 {
			t.Errorf("terminate: %d", status)
		}
		c.recorded(t, id, soon)
		<-ended
	})

	t.Run("a proof is made where the trunk is", func(t *testing.T) {
		var p struct{ ID, State, Node string }
		if status := c.ask(t, "POST", "/proofs", object{"trunk": c.Config.SIP.Far.Trunks[0].FQDN}, &p); status != 201 {
			t.Fatalf("POST /proofs: %d", status)
		}
		eventually(t, "the proof", 2*soon, func() bool {
			return c.ask(t, "GET", "/proofs/"+p.ID, nil, &p) == 200 && p.State == "made"
		})
		if p.Node != "edge" {
			t.Errorf("made at %q", p.Node)
		}
	})

	t.Run("the front is killed", func(t *testing.T) {
		id := c.callOut(t, outbound{Agent: agents[1].ID, MaxDuration: 3})
		eventually(t, "the agent", soon, func() bool { return c.phase(t, id) == "connected" })
		c.front.kill(t)
		eventually(t, "the call gone at Microsoft", 40*time.Second, func() bool { return len(c.calls(t)) == 0 })
		c.front = c.as("front", config.RoleAPI, config.RoleBridge)
		c.recorded(t, id, soon).check(t, "completed", "max_duration", "none")
	})
	for _, p := range []*product{c.front, c.edge, c.jobs} {
		p.stop(t)
	}
}

// inside counts who is in a call.
func (s *stack) inside(t *testing.T, id string) (n int) {
	t.Helper()
	var v struct{ Participants []struct{ State string } }
	if status := s.ask(t, "GET", "/calls/"+id, nil, &v); status != 200 {
		return 0
	}
	for _, p := range v.Participants {
		if p.State == "joined" {
			n++
		}
	}
	return n
}
