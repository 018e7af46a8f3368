package portal

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"tandem/internal/fault"
	"tandem/internal/onboarding"
	"tandem/internal/tenant"
)

type (
	invitationView struct {
		State       tenant.InvitationState `json:"state"`
		Kind        tenant.InvitationKind  `json:"kind"`
		Step        tenant.Step            `json:"step,omitempty"`
		Tenant      named                  `json:"tenant"`
		Provider    named                  `json:"provider"`
		ExpiresAt   time.Time              `json:"expires_at"`
		Note        string                 `json:"note,omitempty"`
		UsedBy      string                 `json:"used_by,omitempty"`
		Bound       bool                   `json:"bound"`
		Permissions []permissionView       `json:"permissions"`
		Steps       []stepView             `json:"steps"`
	}
	stepView struct {
		ID      tenant.Step        `json:"id"`
		Needs   []tenant.AdminRole `json:"needs"`
		Minutes int                `json:"minutes"`
	}
	permissionView struct {
		Name    string `json:"name"`
		Why     string `json:"why"`
		Without string `json:"without"`
		Needed  bool   `json:"needed"`
	}
)

// invitation shows what a link is for, to whoever has it. Nobody guesses a word
// of 142 bits; that the guesses of one address are counted keeps the database
// out of it.
func (p *Portal) invitation(c *gin.Context) {
	from := address(c.Request)
	if p.looks.over(from) {
		p.fail(c, fault.Exhausted("rate_limited", "too many invitations that do not exist were asked for from here; wait a minute"))
		return
	}
	word := c.Param("word")
	var page onboarding.Page
	err := error(fault.NotFound("invitation_unknown", "there is no such invitation; look at the link again, or ask whoever sent it for a new one"))
	if len(word) <= maxWord {
		page, err = p.deps.Onboarding.Invitation(c.Request.Context(), word)
	}
	if err != nil {
		if fault.KindOf(err) == fault.KindNotFound {
			_ = p.looks.take(from)
		}
		p.fail(c, err)
		return
	}
	view := invitationView{
		State: page.State, Kind: page.Kind, Step: page.Step, Tenant: named{page.TenantName}, Provider: named{page.Provider},
		ExpiresAt: page.ExpiresAt.UTC(), Note: page.Note, UsedBy: page.UsedBy, Bound: page.Bound, Permissions: []permissionView{},
		Steps: []stepView{},
	}
	for _, x := range page.Permissions {
		view.Permissions = append(view.Permissions, permissionView(x))
	}
	for _, s := range page.Steps {
		view.Steps = append(view.Steps, stepView{s.Step, append([]tenant.AdminRole{}, s.Needs...), s.Minutes})
	}
	c.JSON(http.StatusOK, view)
}
