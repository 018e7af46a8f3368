package admin_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// engine notes what it is asked.
type engine struct {
	mu       sync.Mutex
	plans    []call.Plan
	placed   []call.Plan // outbound
	commands []call.Event
	askFunc  func(call.ID, call.Event) error
	reqFunc  func(context.Context) error
	watched  []bridge.Wanted
	known    call.Call // at hand
}

func (e *engine) Request(ctx context.Context, _ tenant.ID, p call.Plan) (call.ID, string, time.Time, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.reqFunc != nil {
		if err := e.reqFunc(ctx); err != nil {
			return "", "", time.Time{}, err
		}
	}
	e.plans = append(e.plans, p)
	id := call.NewID(day, [10]byte{9: byte(len(e.plans))})
	return id, fmt.Sprintf("token%d", len(e.plans)), day.Add(time.Minute), nil
}

func (e *engine) Place(_ context.Context, _ tenant.ID, p call.Plan) (call.ID, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p.Resource == "nowhere" {
		return "", &fault.Error{
			Kind: fault.KindInvalid, Code: "resource_unknown", Msg: "there is no such resource for the tenant",
			Fields: []fault.Field{{Path: "resource", Msg: "there is no such resource for the tenant"}},
		}
	}
	e.placed = append(e.placed, p)
	return call.NewID(day, [10]byte{9: byte(len(e.placed))}), nil
}

// Connect lets nobody into a call that is called nowhere.
func (e *engine) Connect(_ context.Context, _ tenant.ID, p call.Plan) (call.ID, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p.Host.ID == "nowhere" {
		return "", &fault.Error{
			Kind: fault.KindInvalid, Code: "host_call_unknown", Msg: "no such call", Fields: []fault.Field{{Path: "connect.id", Msg: "no such call"}},
		}
	}
	e.placed = append(e.placed, p)
	return call.NewID(day, [10]byte{9: byte(len(e.placed))}), nil
}

func (e *engine) Ask(_ context.Context, id call.ID, command call.Event) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.commands = append(e.commands, command)
	if e.askFunc != nil {
		return e.askFunc(id, command)
	}
	return nil
}

func (e *engine) Add(ctx context.Context, id call.ID, command call.AddAsked, _ *bridge.Foreseen) error {
	return e.Ask(ctx, id, command)
}

func (e *engine) Foresee(context.Context, tenant.ID, tenant.AgentID) *bridge.Foreseen { return nil }

func (e *engine) Known(call.ID) (call.Call, bool) { return e.known, e.known.ID != "" }
