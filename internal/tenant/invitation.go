package tenant

import (
	"time"

	"tandem/internal/fault"
)

// InvitationID names an invitation: a UUID in lower case. It is not secret; the
// word in the link is, and only its hash is kept.
type InvitationID string

// InvitationKind says what an invitation is for.
type InvitationKind string

const (
	Welcome  InvitationKind = "welcome"  // the provider invites a customer's admin
	Handover InvitationKind = "handover" // one admin asks another whose role a step needs
)

// How long a link is good for.
const (
	InvitationLasts    = 14 * 24 * time.Hour // by default
	MaxInvitationLasts = 90 * 24 * time.Hour
)

// Invitation is a link to the onboarding of one tenant. Its page can be read as
// long as the link is open and by whoever has it; it is used up by the first
// admin who signs in with it.
type Invitation struct {
	ID        InvitationID
	Tenant    ID
	Kind      InvitationKind
	Step      Step   // of a handover: what the other admin is asked to do
	Note      string // whom it was meant for, in the words of who made it
	CreatedBy string // as in the audit trail
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time // zero: not revoked
	UsedAt    time.Time // zero: not used
	UsedBy    string    // the admin's name
}

// InvitationState is what became of an invitation.
type InvitationState string

const (
	InvitationOpen    InvitationState = "open"
	InvitationUsed    InvitationState = "used"
	InvitationRevoked InvitationState = "revoked"
	InvitationExpired InvitationState = "expired"
)

// State is what the invitation is at a moment.
func (i Invitation) State(now time.Time) InvitationState {
	switch {
	case !i.RevokedAt.IsZero():
		return InvitationRevoked
	case !i.UsedAt.IsZero():
		return InvitationUsed
	case !now.Before(i.ExpiresAt):
		return InvitationExpired
	}
	return InvitationOpen
}

// Usable says whether an admin may come in by it: fault.Gone with the state in
// its code if not.
func (i Invitation) Usable(now time.Time) error {
	switch i.State(now) {
	case InvitationRevoked:
		return fault.Gone("invitation_revoked", "this invitation was withdrawn; ask whoever sent it for a new one")
	case InvitationUsed:
		return fault.Gone("invitation_used", "this invitation was used by "+i.UsedBy+"; sign in, or ask for a new one")
	case InvitationExpired:
		return fault.Gone("invitation_expired", "this invitation has expired; ask whoever sent it for a new one")
	case InvitationOpen:
	}
	return nil
}

// Validate reports everything wrong with a new invitation.
func (i Invitation) Validate(now time.Time) error {
	var p fault.Problems
	if i.Kind != Welcome && i.Kind != Handover {
		p.Add("kind", "must be one of %s", listed([]InvitationKind{Welcome, Handover}))
	}
	if i.Note != "" && !showable(i.Note) {
		p.Add("note", "must be printable text of at most %d characters, without spaces at its ends", maxName)
	}
	if d := i.ExpiresAt.Sub(now); d <= 0 || d > MaxInvitationLasts {
		p.Add("expires_at", "must be in the future, at most %d days away", int(MaxInvitationLasts.Hours()/24))
	}
	return p.Err("invitation_invalid", "the invitation is not valid")
}
