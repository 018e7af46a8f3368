package provider

import (
	"time"

	"tandem/internal/tenant"
)

// Reservation is the hold that the provider's own router has on an agent, until it
// asks for a call.
type Reservation struct {
	ID     tenant.ReservationID
	Tenant tenant.ID
	Agent  tenant.AgentID
	Until  time.Time
}
