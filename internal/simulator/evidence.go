package simulator

import (
	"slices"

	"tandem/internal/simulator/acs"
	"tandem/internal/simulator/delays"
	"tandem/internal/simulator/desk"
	"tandem/internal/simulator/dns"
	"tandem/internal/simulator/entra"
	"tandem/internal/simulator/events"
	"tandem/internal/simulator/evidence"
	"tandem/internal/simulator/graph"
	"tandem/internal/simulator/identity"
	"tandem/internal/simulator/phones"
	"tandem/internal/simulator/pstnhub"
	"tandem/internal/simulator/routing"
	"tandem/internal/simulator/stream"
	"tandem/internal/simulator/teams"
	"tandem/internal/simulator/voice"
)

// Evidence returns what all parts imitate and how well that is known.
func Evidence() []evidence.Behaviour {
	return slices.Concat(
		acs.Evidence(), events.Evidence(), voice.Evidence(), stream.Evidence(), identity.Evidence(),
		teams.Evidence(), desk.Evidence(), phones.Evidence(), pstnhub.Evidence(), routing.Evidence(), dns.Evidence(), entra.Evidence(), graph.Evidence(), delays.Evidence(),
	)
}

// Gaps returns what is not imitated. "501" is an answer that says so, is logged
// as an error and counted at /_sim/unhandled.
func Gaps() []evidence.Gap {
	const automation, sip, entraID = "Call Automation", "SIP proxies", "Entra ID"
	return []evidence.Gap{
		{Area: automation, What: "Recording to a blob container of one's own", Instead: "501."},
		{Area: automation, What: "Teams Phone extensibility (teamsAppSource, teamsExtensionUser)", Instead: "403/7600 at create; the identifiers are 400."},
		{Area: automation, What: "Call summaries of previews where something was said, sentiment, PII redaction", Instead: "501; their members in other requests are ignored."},
		{Area: automation, What: "Real voices, languages and speech recognition of Azure AI", Instead: "A local synthesiser or tones, and words scripted by /_sim/say."},
		{Area: automation, What: "Video", Instead: "Recordings of audioVideo hold sound alone."},
		{Area: automation, What: "Limits of rate", Instead: "None; the fault http.status (429) sets them."},
		{Area: "Communication Services", What: "SMS, chat, e-mail, rooms, phone numbers, job router", Instead: "501."},
		{Area: "Communication Services", What: "The calling SDK: clients of communication users", Instead: "A call to such a user is an IncomingCall event that an application answers."},
		{Area: "Communication users", What: "Token exchange for Teams users", Instead: "501."},
		{Area: "Event Grid", What: "The management API, filters but the presence of members, batches, delivery with Entra tokens", Instead: "Subscriptions are flags or POST /_sim/subscriptions."},
		{Area: "Teams", What: "Call queues, voicemail, forwarding, delegates, meetings, several devices", Instead: "A user has presence, one kind of client and what he does when rung."},
		{Area: sip, What: "SILK, G.729, comfort noise, ICE, DTLS, media bypass", Instead: "G.711 and G.722 over SRTP with SDES."},
		{Area: sip, What: "REFER from an SBC", Instead: "405."},
		{Area: entraID, What: "Passwords, multi-factor authentication, staying signed in, guests, single-tenant apps", Instead: "Whoever is picked is signed in; AADSTS codes are buttons of the page."},
		{Area: entraID, What: "Implicit and hybrid flows, device code, on-behalf-of, userinfo, v1.0 endpoints, continuous access evaluation", Instead: "The documented refusal, or 404."},
		{Area: "Graph", What: "Everything but organisation, users, licences, groups, Teams user configurations, presence and batches of these", Instead: "501."},
		{Area: "Graph", What: "Change notifications, delta queries, beta, delegated tokens, eventual consistency", Instead: "501; a token without roles is refused; what changed is seen at once."},
	}
}
