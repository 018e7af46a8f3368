package sip

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tandem/internal/call"
)

// Numbers of two tenants.
const (
	secondNumber = "+493023125001"
	othersNumber = "+493023126000"
)

// withTenants has two tenants, and counts how often it was asked whose a number is.
func withTenants(asked *atomic.Int32, change func(*Config)) func(*Config) {
	return func(c *Config) {
		c.TenantOf = func(_ context.Context, n string) (string, error) {
			asked.Add(1)
			return map[string]string{number: "t1", secondNumber: "t1", othersNumber: "t2"}[n], nil
		}
		change(c)
	}
}

func tenantRate(t *testing.T) {
	var asked atomic.Int32
	r := newRig(t, withTenants(&asked, func(c *Config) { c.TenantCallsPerSecond = 1 }))
	refused := ""
	for n := 0; n < 20 && refused == ""; n++ { // faster than one a second
		p := newRaw(t, r)
		p.invite(number, fmt.Sprintf("rate-%d", n), "", plainSDP)
		eventually(t, func() bool { // taken, or refused
			if m := p.receive(5 * time.Millisecond); m != "" && !strings.HasPrefix(m, "SIP/2.0 1") && !slices.Contains(p.finals, m) {
				refused = m
			}
			select {
			case <-r.engine.offers:
				return true
			default:
				return refused != ""
			}
		})
	}
	if !strings.HasPrefix(refused, "SIP/2.0 503") || field(refused, "Retry-After") != "1" || !strings.Contains(field(refused, "Reason"), "tenant_rate") {
		t.Errorf("got %s", refused)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times whose the number is", n)
	}
}

func tenantCalls(t *testing.T) {
	var asked atomic.Int32
	r := newRig(t, withTenants(&asked, func(c *Config) { c.TenantCalls = 1 }))
	newRaw(t, r).invite(number, "one", "", plainSDP)
	next(t, "offer", r.engine.offers)
	r.refusedFor(t, newRaw(t, r), "two", "tenant_limit")
	if len(r.engine.taken) != 1 {
		t.Error("the engine was asked about the second")
	}
	r.hangUp("call-1", call.Near, 480, 31, "test")
	r.ended(call.Near)
	<-r.edge.dialogsGone()
	newRaw(t, r).invite(number, "three", "", plainSDP)
	next(t, "offer after the end of the first", r.engine.offers)
}

func tenantsApart(t *testing.T) {
	var asked atomic.Int32
	r := newRig(t, withTenants(&asked, func(c *Config) { c.TenantCalls = 1 }))
	for n, c := range []struct {
		called string
		taken  bool
	}{{number, true}, {secondNumber, false}, {othersNumber, true}, {othersNumber, false}, {"+4999", true}, {"+4999", true}, {"a-token", true}, {"a-token", true}} {
		p := newRaw(t, r)
		p.invite(c.called, fmt.Sprintf("apart-%d", n), "", plainSDP)
		if c.taken {
			next(t, "offer", r.engine.offers)
		} else if status, m := p.final(); status != 503 {
			t.Errorf("%s: %s", c.called, m)
		}
	}
}
