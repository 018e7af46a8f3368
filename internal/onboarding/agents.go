package onboarding

import (
	"context"
	"fmt"
	"strings"

	"tandem/internal/check"
	"tandem/internal/tenant"
)

// The preconditions of an agent, in the order in which they are mended.
const (
	itemAccount  = "account"
	itemTeams    = "teams_licence"
	itemPhone    = "phone_licence"
	itemVoice    = "enterprise_voice"
	itemPresence = "presence"
	itemPolicy   = "policy"
)

// verdict is what a look at a person means (facts/entra-graph-teams.md §2.5).
// Presence never makes somebody unready, for it is a moment's; neither does what
// cannot be read. The policy cannot be seen from outside: only a call tells, so
// the item of was is kept.
func verdict(seen Sight, was tenant.Standing) tenant.Standing {
	st := tenant.Standing{Tenant: was.Tenant, Agent: was.Agent, CheckedAt: seen.At, LastRangAt: was.LastRangAt}
	add := func(name, looked string, state tenant.ItemState, saw, code string) {
		i := tenant.Item{Name: name, State: state, CheckedAt: seen.At, Check: looked, Seen: saw}
		if code != "" {
			i.Cure = cureOf(code).cure
			i.Cure.Command = strings.ReplaceAll(i.Cure.Command, "\n", " ")
		}
		st.Items = append(st.Items, i)
	}
	if reason := seen.unfit(); reason != "" {
		if reason == "person_unknown" {
			reason = "account_missing"
		}
		add(itemAccount, "graph users", tenant.ItemFailed, cureOf(reason).problem, reason)
		if !seen.Found {
			return st
		}
	} else {
		add(itemAccount, "graph users", tenant.ItemOK, "an enabled account of a member", "")
	}
	plan := func(name, what string, p Plan, missing string) {
		looked := "graph licenseDetails"
		switch p {
		case PlanActive:
			add(name, looked, tenant.ItemOK, what+" is active", "")
		case PlanPending:
			add(name, looked, tenant.ItemWaiting, what+" is assigned, and not active yet", "licence_pending")
		case PlanMissing:
			add(name, looked, tenant.ItemFailed, what+" is not assigned", missing)
		default:
			add(name, looked, tenant.ItemUnknown, "could not be read", "")
		}
	}
	plan(itemTeams, "Microsoft Teams", seen.Teams, "teams_licence_missing")
	if seen.TeamsPhone == PlanActive && seen.PhoneSystem != nil && !*seen.PhoneSystem {
		add(itemPhone, "graph userConfigurations", tenant.ItemWaiting, "assigned, but Teams does not list PhoneSystem yet", "licence_pending")
	} else {
		plan(itemPhone, "Teams Phone", seen.TeamsPhone, "phone_licence_missing")
	}
	switch {
	case seen.EnterpriseVoice == nil:
		add(itemVoice, "graph userConfigurations", tenant.ItemUnknown, "could not be read", "")
	case *seen.EnterpriseVoice:
		add(itemVoice, "graph userConfigurations", tenant.ItemOK, "Enterprise Voice is on", "")
	default:
		add(itemVoice, "graph userConfigurations", tenant.ItemFailed, "Enterprise Voice is off", "enterprise_voice_off")
		st.Items[len(st.Items)-1].Cure.Command = enableVoice(seen.Person)
	}
	switch seen.Presence {
	case "", "PresenceUnknown":
		add(itemPresence, "graph presence", tenant.ItemUnknown, "could not be read", "")
	case "Offline":
		add(itemPresence, "graph presence", tenant.ItemWaiting, "signed in nowhere", string(check.SignIn))
	default:
		add(itemPresence, "graph presence", tenant.ItemOK, seen.Presence+": signed in on desktop or web; mobile alone is not supported by Microsoft", "")
	}
	st.Items = append(st.Items, policyOf(was))
	st.Ready = ready(st.Items)
	return st
}

// ready: nothing has failed.
func ready(items []tenant.Item) bool {
	for _, i := range items {
		if i.State == tenant.ItemFailed {
			return false
		}
	}
	return len(items) > 0
}

func policyOf(was tenant.Standing) tenant.Item {
	for _, i := range was.Items {
		if i.Name == itemPolicy {
			return i
		}
	}
	return tenant.Item{Name: itemPolicy, State: tenant.ItemUnknown, Seen: "cannot be seen from outside; a call tells"}
}

// enableVoice is the cmdlet that switches Enterprise Voice on; no number is
// needed (facts/entra-graph-teams.md §3.4).
func enableVoice(p Person) string {
	who := p.UPN
	if who == "" {
		who = p.OID
	}
	return "Set-CsPhoneNumberAssignment -Identity " + quoted(who) + " -EnterpriseVoiceEnabled $true"
}

// FixScript is PowerShell for everything that it can mend, and comments for the
// rest, of all agents who are not ready.
func (s *Service) FixScript(ctx context.Context, id tenant.ID) (string, error) {
	t, err := s.bound(ctx, id)
	if err != nil {
		return "", err
	}
	no := false
	var voice, policy, rest []string
	for after := tenant.AgentID(""); ; {
		page, err := s.Store.ListStandings(ctx, id, &no, after, pageOfAgents)
		if err != nil {
			return "", err
		}
		for _, a := range page {
			who := a.Name + " (" + a.UPN + ")"
			for _, i := range a.Standing.Items {
				switch {
				case i.State != tenant.ItemFailed:
				case i.Name == itemVoice:
					voice = append(voice, comment(who), enableVoice(Person{OID: a.OID, UPN: a.UPN}))
				case i.Name == itemPolicy:
					policy = append(policy, comment(who+": "+cureOf(string(check.FederationPolicy)).problem))
				default:
					rest = append(rest, comment(who+": "+i.Seen+". "+i.Cure.Text))
				}
			}
			after = a.ID
		}
		if len(page) < pageOfAgents {
			break
		}
	}
	if len(voice)+len(policy)+len(rest) == 0 {
		return comment("Nothing to mend: nobody who was looked at lacks anything.") + "\n", nil
	}
	lines := []string{
		comment("What is missing for the people of " + t.Name + ", as seen by " + s.ProviderName + "."),
		"Connect-MicrosoftTeams -TenantId " + quoted(t.EntraTenantID) + " | Out-Null",
	}
	lines = section(lines, "Enterprise Voice", voice)
	if len(policy) > 0 {
		policy = append(policy, comment("Look at the policies first: Get-CsExternalAccessPolicy | Format-Table Identity,EnableAcsFederationAccess"),
			comment(cureOf(string(check.FederationPolicy)).cure.Command))
	}
	lines = section(lines, "External access policy", policy)
	lines = section(lines, "By hand, in the Microsoft 365 admin centre", rest)
	return strings.Join(lines, "\n") + "\n", nil
}

func section(lines []string, title string, more []string) []string {
	if len(more) == 0 {
		return lines
	}
	return append(append(lines, "", comment(fmt.Sprintf("--- %s", title))), more...)
}
