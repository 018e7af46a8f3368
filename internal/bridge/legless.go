package bridge

import (
	"context"
	"encoding/json"

	"tandem/internal/call"
	"tandem/internal/fault"
)

// legless is the edge of a process that has none. Its calls have no legs of ours:
// the numbers of customers are called through trunks, and a trunk leads Microsoft to
// processes with an edge, which have calls of their own only.
type legless struct{}

var errLegless = fault.Conflict("no_edge", "the process that runs this call has no SIP edge (roles), so no telephone can come to it: "+
	"place such calls at a process with the role sip")

func (legless) Ring(context.Context, call.ID) error                             { return errLegless }
func (legless) Answer(context.Context, call.ID) error                           { return errLegless }
func (legless) Dial(context.Context, call.ID, FarCall) error                    { return errLegless }
func (legless) ConnectMedia(context.Context, call.ID) error                     { return errLegless }
func (legless) Mute(context.Context, call.ID, bool) error                       { return errLegless }
func (legless) Music(context.Context, call.ID, call.Side, Music) error          { return errLegless }
func (legless) Hold(context.Context, call.ID, bool) error                       { return errLegless }
func (legless) DialOut(context.Context, call.ID, call.DialOut) error            { return errLegless }
func (legless) HangUp(context.Context, call.ID, call.HangUpLeg) error           { return errLegless }
func (legless) Bury(context.Context, call.ID, call.Side, json.RawMessage) error { return errLegless }

func (b *Bridge) legless() bool {
	_, none := b.edge.(legless)
	return none
}
