package onboarding

import (
	"tandem/internal/check"
	"tandem/internal/tenant"
)

// remedy is what a code means and what mends it. The texts are English; the code
// is what other catalogues are keyed by.
type remedy struct {
	problem string
	cure    tenant.Cure
}

var (
	consenters = tenant.StepConsent.Needs()
	callAdmins = tenant.StepFederation.Needs()
	teamAdmins = []tenant.AdminRole{tenant.TeamsAdministrator, tenant.TeamsCommunicationsAdministrator}
	globals    = []tenant.AdminRole{tenant.GlobalAdministrator}
)

// cureOf is the remedy of a code; of one that is not known, what to tell support.
func cureOf(code string) remedy {
	r, ok := remedies[code]
	if !ok {
		return remedy{
			"Something is not as expected (" + code + ").",
			tenant.Cure{Code: "tell_support", Text: "Try again, and tell support this code if it stays: " + code + "."},
		}
	}
	return r
}

// problemOf is the remedy as a step shows it.
func problemOf(code string) *Problem {
	r := cureOf(code)
	return &Problem{Code: code, Text: r.problem, Cure: r.cure}
}

func cure(code string, who []tenant.AdminRole, text string) tenant.Cure {
	return tenant.Cure{Code: code, Who: who, Text: text}
}

var remedies = map[string]remedy{
	// consent: what Entra says (codes of package entra)
	"consent_missing": {
		"Access is not granted, or it was taken back.",
		cure("grant_access", consenters, "Grant access on Microsoft's consent page."),
	},
	"permission_missing": {
		"Some of the permissions are not granted.",
		cure("grant_access", consenters, "Grant access again on Microsoft's consent page; it asks for everything that is missing."),
	},
	"app_disabled": {
		"The application is switched off in your organisation.",
		cure("enable_app", consenters, "In the Entra admin centre, under Enterprise applications, open the application and set \"Enabled for users to sign in\" to Yes."),
	},
	"policy_blocked": {
		"A policy of your organisation blocks the application.",
		cure("allow_app", globals, "In the Entra admin centre, look at Conditional Access for workload identities and at cross-tenant access, and except the application."),
	},
	"service_missing": {
		"Your organisation has no subscription for a Microsoft service that is needed.",
		cure("get_subscription", globals, "Check that Microsoft Teams and Microsoft Graph are part of your subscription."),
	},
	"entra_tenant_unknown": {
		"Microsoft knows no organisation with this id.",
		cure("tell_provider", nil, "Ask the provider to correct the directory (tenant) id."),
	},
	"entra_other_cloud": {
		"Your organisation lives in a national cloud of Microsoft, where ringing Teams users from outside is not offered.",
		cure("tell_provider", nil, "Talk to the provider; there is nothing you can switch on."),
	},
	"organisation_other": {
		"Microsoft answered for another organisation.",
		cure("tell_provider", nil, "Tell the provider; nothing was stored."),
	},
	"credential_rejected": {
		"The provider's own credential at Microsoft is not good. It is not your doing.",
		cure("wait_for_provider", nil, "The provider has to renew its credential; the check goes on by itself."),
	},
	"entra_unavailable": {
		"Microsoft does not answer at the moment.",
		cure("wait", nil, "Nothing to do; the check goes on by itself."),
	},
	"directory_throttled": {
		"Microsoft asks us to be slower.",
		cure("wait", nil, "Nothing to do; the check goes on by itself."),
	},
	"graph_unavailable": {
		"Microsoft does not answer at the moment.",
		cure("wait", nil, "Nothing to do; the check goes on by itself."),
	},
	"grant_doubtful": {
		"The last look spoke against it; it is being looked at again.",
		cure("wait", nil, "Nothing to do yet; if it is gone, this page says so within minutes."),
	},
	"consent_replicating": {
		"Microsoft is spreading the consent: mostly seconds, sometimes minutes.",
		cure("wait", nil, "Nothing to do; the check goes on by itself."),
	},

	// consent: what the redirect said
	"consent_declined": {
		"Access was not granted on Microsoft's page.",
		cure("grant_access", consenters, "Start again, or send the link to an admin who may decide it."),
	},
	"consent_needs_admin": {
		"Microsoft wants an admin with more rights to grant this.",
		cure("hand_over", consenters, "Send the link to a Global Administrator or Privileged Role Administrator."),
	},
	"consent_requested": {
		"A request was sent to your admins.",
		cure("approve_request", consenters, "An admin approves it in the Entra admin centre, under Admin consent requests."),
	},
	"consent_tenant_other": {
		"Access was granted for another organisation than the one that is set up here.",
		cure("grant_access", consenters, "Start again, and choose an account of your own organisation on Microsoft's page."),
	},
	"registration_wrong": {
		"The provider's application is not registered as it should be. It is not your doing.",
		cure("tell_provider", nil, "Tell the provider; its app registration asks for something Microsoft does not know."),
	},
	"consent_refused": {
		"Microsoft did not finish the consent.",
		cure("grant_access", consenters, "Start again; if it stays, tell support what Microsoft's page said."),
	},

	"person_unknown": {
		"There is no such person in your organisation's directory.",
		cure("pick_person", nil, "Pick somebody of your own organisation."),
	},

	// federation and test calls
	"federation_missing": {
		"Microsoft does not let the provider ring your Teams users.",
		cure("run_script", callAdmins, "Run the script of the step \"Allow calling\" in Teams PowerShell."),
	},
	"federation_waiting": {
		"Microsoft has not caught up with the script: mostly minutes, at most a day.",
		cure("wait", nil, "Nothing to do if the script ran without an error; the next try comes by itself."),
	},
	"federation_gone": {
		"A call was refused: the provider may have been taken off the list of those who may ring.",
		cure("run_script", callAdmins, "Run the script of the step \"Allow calling\" again; it only adds."),
	},
	// the cures of package check
	string(check.FederationSwitch): {
		"Teams does not let Azure Communication Services call your people.",
		cure("run_script", callAdmins, "Run the script of the step \"Allow calling\" in Teams PowerShell; it switches this on."),
	},
	string(check.FederationList): {
		"The provider is not on the list of those who may ring your people.",
		cure("run_script", callAdmins, "Run the script of the step \"Allow calling\" in Teams PowerShell; it adds the provider."),
	},
	string(check.FederationPolicy): {
		"Microsoft refused to ring this person: a policy forbids it, or the provider is not on the list.",
		tenant.Cure{
			Code: "allow_policy", Who: callAdmins,
			Text:    "Let the person's external access policy allow ACS federation; if everybody is refused, run the script of the step \"Allow calling\".",
			Command: "Set-CsExternalAccessPolicy -Identity Global -EnableAcsFederationAccess $true",
		},
	},
	string(check.Federation): {
		"Microsoft does not let the provider ring your Teams users.",
		cure("run_script", callAdmins, "Run the script of the step \"Allow calling\" in Teams PowerShell."),
	},
	string(check.Licence): {
		"Microsoft did not take the person as somebody who can be rung.",
		cure("check_licence", teamAdmins, "Check the Teams Phone licence and that Enterprise Voice is on; both are shown beside each person."),
	},
	string(check.AgentIdentity): {
		"The person is not of this organisation, or not a human's account.",
		cure("pick_person", nil, "Pick another person."),
	},
	string(check.SignIn): {
		"Nobody was signed in to Teams on desktop or web.",
		cure("open_teams", nil, "Open Teams on desktop or web, wait until it shows you as available, and try again; mobile alone is not supported by Microsoft."),
	},
	string(check.AgentBusy): {
		"The person is in another call of ours.",
		cure("try_later", nil, "Try again when the other call is over."),
	},
	string(check.ProviderAccess): {
		"The provider's resource may not do this. It is not your doing.",
		cure("tell_provider", nil, "Tell the provider: the resource's key, permissions or registration."),
	},
	string(check.Callbacks): {
		"Microsoft's word on the call did not reach us.",
		cure("tell_provider", nil, "Tell the provider: Microsoft has to reach its public address."),
	},
	string(check.TryAgain): {
		"The call ended in a way that proves nothing.",
		cure("try_again", nil, "Try again; if it stays, tell support the code."),
	},
	"no_resource": {
		"The provider has no resource in the home region that could ring.",
		cure("tell_provider", nil, "Tell the provider."),
	},
	"test_busy": {
		"The person was in another call.",
		cure("try_again", nil, "Ring again when that call is over."),
	},
	"test_unanswered": {
		"It rang, and nobody answered.",
		cure("try_again", nil, "Ring again and answer."),
	},

	// people
	"nobody_ready": {
		"None of the people can be rung yet.",
		cure("fix_people", teamAdmins, "Each person's row says what is missing; the script mends what PowerShell can mend."),
	},
	"account_missing": {
		"The account does not exist any more.",
		cure("pick_person", nil, "Take the person out, or restore the account in Entra."),
	},
	"account_disabled": {
		"The account is blocked from signing in.",
		cure("enable_account", globals, "In the Microsoft 365 admin centre, unblock sign-in for the person."),
	},
	"guest": {
		"The account is a guest's.",
		cure("pick_person", nil, "Pick a member of the organisation; Microsoft rings no guests."),
	},
	"resource_account": {
		"The account is a Teams app's, such as a queue or an attendant.",
		cure("pick_person", nil, "Pick a person; Microsoft rings no resource accounts in this way."),
	},
	"teams_licence_missing": {
		"The person has no Teams licence.",
		cure("assign_teams", globals, "In the Microsoft 365 admin centre, assign a licence with Microsoft Teams."),
	},
	"phone_licence_missing": {
		"The person has no Teams Phone licence.",
		cure("assign_teams_phone", globals, "In the Microsoft 365 admin centre, assign Teams Phone Standard or a plan that has it, such as Microsoft 365 E5."),
	},
	"licence_pending": {
		"The licence is assigned, and Teams has not caught up: up to 24 hours.",
		cure("wait", nil, "Nothing to do."),
	},
	"enterprise_voice_off": {
		"Enterprise Voice is off.",
		cure("enable_enterprise_voice", teamAdmins, "Switch Enterprise Voice on; a phone number is not needed."),
	},
}
