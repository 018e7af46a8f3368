package admin

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/api/problem"
	"tandem/internal/call"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// route is one operation. Whoever has its scope may use it; no scope means any
// key.
type route struct {
	method, path string
	id           string // operationId: stable, clients are generated from it
	scope        provider.Scope
	summary      string
	doc          string
	status       int
	showOnce     bool // the answer holds a secret that is told a single time
	bind         binding
}

const (
	get   = http.MethodGet
	post  = http.MethodPost
	put   = http.MethodPut
	patch = http.MethodPatch
	del   = http.MethodDelete

	ok       = http.StatusOK
	created  = http.StatusCreated
	accepted = http.StatusAccepted
	gone     = http.StatusNoContent
)

// routes is every route there is, in the order of the documentation. The second
// segment of a path is its tag.
func (s *server) routes() []route {
	return []route{
		{get, "/v1/me", "getMe", "", "Who am I?", "The key that was sent: whose it is and what it may do.", ok, false, on(s.me)},

		{post, "/v1/tenants", "createTenant", provider.TenantsWrite, "Create a tenant", "A tenant begins as invited; PATCH moves it on.", created, false, on(s.createTenant)},
		{get, "/v1/tenants", "listTenants", provider.TenantsRead, "List tenants", "By id, each with how it stands. Filters narrow together. A tenant's key sees its own.", ok, false, on(s.listTenants)},
		{get, "/v1/tenants/summary", "summariseTenants", provider.TenantsRead, "Summarise tenants", "How many are in which state and stand how, and the first of those at which the provider should look. A tenant's key sees its own.", ok, false, on(s.summariseTenants)},
		{get, "/v1/tenants/{tenant}", "getTenant", provider.TenantsRead, "Get a tenant", "", ok, false, on(s.getTenant)},
		{patch, "/v1/tenants/{tenant}", "changeTenant", provider.TenantsWrite, "Change a tenant", "The state moves along invited → onboarding → active ⇄ suspended. To offboarded it gets by offboardTenant only, because that deletes. Only an active tenant can be called.", ok, false, on(s.changeTenant)},
		{del, "/v1/tenants/{tenant}", "deleteTenant", provider.TenantsWrite, "Delete a tenant", "Only one that has no agents, numbers and calls; otherwise offboard it, because records outlive a contract.", gone, false, on(s.deleteTenant)},

		{post, "/v1/invitations", "invite", provider.TenantsWrite, "Invite organisations", "Makes up to 500 links for customers' admins, and the tenants if they do not exist yet; each row's result by itself. The same as CSV with a line that names the columns.", ok, false, on(s.invite)},
		{get, "/v1/invitations", "listInvitations", provider.TenantsRead, "List invitations", "By id. A tenant's key sees its own.", ok, false, on(s.listInvitations)},
		{del, "/v1/invitations/{invitation}", "revokeInvitation", provider.TenantsWrite, "Revoke an invitation", "At once and for good. Who came in by it stays.", gone, false, on(s.revokeInvitation)},

		{get, "/v1/tenants/{tenant}/onboarding", "getOnboarding", provider.OnboardingRead, "Get the onboarding", "The five steps with their evidence, as who asks sees them.", ok, false, on(s.track)},
		{get, "/v1/tenants/{tenant}/readiness", "getReadiness", provider.OnboardingRead, "Get the readiness", "Everything that has to be true before calls ring, in one document.", ok, false, on(s.readiness)},
		{get, "/v1/tenants/{tenant}/grants", "listGrants", provider.OnboardingRead, "List grants", "The ledger of what was granted, the newest row first. What holds is the newest of a kind and subject.", ok, false, on(s.listGrants)},
		{post, "/v1/tenants/{tenant}/consent", "askConsent", provider.OnboardingWrite, "Ask for consent", "Answers with the address of Microsoft's consent page. What the browser brings back proves nothing; the proof begins when it is back.", ok, false, on(s.askConsent)},
		{post, "/v1/tenants/{tenant}/consent/check", "checkConsent", provider.OnboardingWrite, "Check the consent", "Proves it now.", ok, false, on(s.checkConsent)},
		{post, "/v1/tenants/{tenant}/handover", "handOver", provider.OnboardingWrite, "Hand a step over", "Makes a link for an admin whose role the step needs.", ok, false, on(s.handOver)},
		{get, "/v1/tenants/{tenant}/federation", "getFederation", provider.OnboardingRead, "Get the federation", "The script for the tenant's Teams admin, and what is proved of each resource.", ok, false, on(s.getFederation)},
		{post, "/v1/tenants/{tenant}/federation/check", "checkFederation", provider.OnboardingWrite, "Check the federation", "Calls one person from each resource, and again while Microsoft has not caught up.", accepted, false, on(s.checkFederation)},
		{del, "/v1/tenants/{tenant}/federation/check", "cancelFederationCheck", provider.OnboardingWrite, "Cancel the check of the federation", "Nobody is called for it any more, and a call that rings is hung up. What was seen stays. Refused if none is under way.", ok, false, on(s.cancelFederationCheck)},
		{put, "/v1/tenants/{tenant}/federation/test-user", "nameTestUser", provider.OnboardingWrite, "Name a test user", "Lets a job ring this person within these hours, once a day at most, to see that calls still get through; sooner only to confirm a doubt. As long as people are called anyway it does not. Without a test user nobody is ever rung unasked.", ok, false, on(s.nameTestUser)},
		{del, "/v1/tenants/{tenant}/federation/test-user", "forgetTestUser", provider.OnboardingWrite, "Name no test user", "Nobody is rung unasked any more.", ok, false, on(s.forgetTestUser)},
		{get, "/v1/tenants/{tenant}/people", "searchPeople", provider.OnboardingRead, "Search people", "In the tenant's directory.", ok, false, on(s.searchPeople)},
		{get, "/v1/tenants/{tenant}/groups", "searchGroups", provider.OnboardingRead, "Search groups", "In the tenant's directory.", ok, false, on(s.searchGroups)},
		{get, "/v1/tenants/{tenant}/agent-groups", "listAgentGroups", provider.AgentsRead, "List groups of agents", "Whose members are agents, kept in step.", ok, false, on(s.listAgentGroups)},
		{post, "/v1/tenants/{tenant}/agent-groups", "addAgentGroup", provider.AgentsWrite, "Add a group of agents", "Its members become agents, now and later.", created, false, on(s.addAgentGroup)},
		{del, "/v1/tenants/{tenant}/agent-groups/{group}", "removeAgentGroup", provider.AgentsWrite, "Remove a group of agents", "And the agents that only it had made.", gone, false, on(s.removeAgentGroup)},
		{post, "/v1/tenants/{tenant}/agents", "addAgents", provider.AgentsWrite, "Add people as agents", "By their object ids; names come from the directory.", ok, false, on(s.addAgents)},
		{get, "/v1/tenants/{tenant}/agents", "listStandings", provider.AgentsRead, "List agents with their readiness", "By id.", ok, false, on(s.listStandings)},
		{post, "/v1/tenants/{tenant}/agents/check", "checkAgents", provider.AgentsWrite, "Check all agents", "Begins to look what is missing for each.", accepted, false, on(s.checkAgents)},
		{get, "/v1/tenants/{tenant}/agents/check", "getAgentCheck", provider.AgentsRead, "Get the progress of the check", "", ok, false, on(s.agentCheck)},
		{del, "/v1/tenants/{tenant}/agents/check", "cancelAgentCheck", provider.AgentsWrite, "Cancel the check", "What was seen stays.", ok, false, on(s.cancelAgentCheck)},
		{get, "/v1/tenants/{tenant}/agents/fixes", "getAgentFixes", provider.AgentsRead, "Get what mends the agents", "One script for everything that is missing.", ok, false, on(s.agentFixes)},
		{post, "/v1/tenants/{tenant}/test-calls", "makeTestCall", provider.OnboardingWrite, "Make a test call", "Rings one person from the home region's resource.", accepted, false, on(s.makeTestCall)},
		{get, "/v1/tenants/{tenant}/test-calls/{call}", "getTestCall", provider.OnboardingRead, "Get a test call", "How far it is.", ok, false, on(s.getTestCall)},
		{post, "/v1/tenants/{tenant}/test-calls/{call}/hangup", "hangUpTestCall", provider.OnboardingWrite, "Hang up a test call", "Before it ends by itself, whether it rings or talks. It must be a test call; others have actions of their own.", accepted, false, on(s.hangUpTestCall)},
		{get, "/v1/tenants/{tenant}/dialling", "getDialling", provider.TenantsRead, "Get the rules for dialling", "Which telephones may be added to the tenant's calls, and how many at once.", ok, false, on(s.getDialling)},
		{put, "/v1/tenants/{tenant}/dialling", "setDialling", provider.TenantsWrite, "Set the rules for dialling", "From the next call on. They protect the provider, who pays for what is dialled; so a tenant's key cannot change them.", ok, false, on(s.setDialling)},
		{post, "/v1/tenants/{tenant}/pause", "pauseTenant", provider.OnboardingWrite, "Stop all ringing", "At once: nobody else is rung, and new calls are refused.", ok, false, on(s.pauseTenant)},
		{post, "/v1/tenants/{tenant}/resume", "resumeTenant", provider.OnboardingWrite, "Let it ring again", "", ok, false, on(s.resumeTenant)},
		{post, "/v1/tenants/{tenant}/offboard", "offboardTenant", provider.TenantsWrite, "Offboard a tenant", "For good: what it has is deleted, but for the records of its calls and its audit trail. Answers with what is to be undone on its side.", ok, false, on(s.offboardTenant)},
		{get, "/v1/tenants/{tenant}/undo", "getUndo", provider.OnboardingRead, "Get what is to be undone", "On the tenant's side, so that nothing of us remains.", ok, false, on(s.getUndo)},

		{get, "/v1/tenants/{tenant}/availability", "getAvailability", provider.QueuesRead, "Get the availability of agents", "Who can take a call, and why not: what we know ourselves, and what Teams says, with its age. For some agents, a group, a queue, or all of the tenant.", ok, false, on(s.getAvailability)},
		{get, "/v1/tenants/{tenant}/availability/stream", "streamAvailability", provider.QueuesRead, "Stream the availability of agents", "Server-Sent Events: availability (an agent, as in the list) for each at first and then for whose state, presence or keeper changes; gone (one who is not looked at any more); trouble (what is wrong with what is known, empty when it is well again). Only those who are watched are looked at, every two seconds. A key, or a session, has ten streams open at most.", ok, false, on(s.streamAvailability)},
		{post, "/v1/tenants/{tenant}/reservations", "createReservation", provider.CallsWrite, "Reserve an agent", "Keeps an agent from all calls for some seconds, for a router of your own: ask for the call with the reservation. Exactly one gets an agent.", created, false, on(s.createReservation)},
		{del, "/v1/tenants/{tenant}/reservations/{reservation}", "deleteReservation", provider.CallsWrite, "Delete a reservation", "Lets the agent go. One that a call took over is not there any more.", gone, false, on(s.deleteReservation)},

		{post, "/v1/agents", "createAgent", provider.AgentsWrite, "Create an agent", "An agent is a person of a tenant who may be rung.", created, false, on(s.createAgent)},
		{get, "/v1/agents", "listAgents", provider.AgentsRead, "List agents", "By id.", ok, false, on(s.listAgents)},
		{get, "/v1/agents/{agent}", "getAgent", provider.AgentsRead, "Get an agent", "", ok, false, on(s.getAgent)},
		{patch, "/v1/agents/{agent}", "changeAgent", provider.AgentsWrite, "Change an agent", "", ok, false, on(s.changeAgent)},
		{del, "/v1/agents/{agent}", "deleteAgent", provider.AgentsWrite, "Delete an agent", "Refused while a number names the agent.", gone, false, on(s.deleteAgent)},

		{post, "/v1/agents/{agent}/pause", "pauseAgent", provider.AgentsWrite, "Take an agent out", "Not rung until resumed; from the next choice on.", ok, false, on(s.pauseAgent)},
		{post, "/v1/agents/{agent}/resume", "resumeAgent", provider.AgentsWrite, "Take an agent in again", "", ok, false, on(s.resumeAgent)},

		{post, "/v1/numbers", "createNumber", provider.NumbersWrite, "Create a number", "A call to the number rings the tenant's agents.", created, false, on(s.createNumber)},
		{get, "/v1/numbers", "listNumbers", provider.NumbersRead, "List numbers", "By number.", ok, false, on(s.listNumbers)},
		{get, "/v1/numbers/{number}", "getNumber", provider.NumbersRead, "Get a number", "", ok, false, on(s.getNumber)},
		{patch, "/v1/numbers/{number}", "changeNumber", provider.NumbersWrite, "Change a number", "For the next call; calls under way go on as they began.", ok, false, on(s.changeNumber)},
		{del, "/v1/numbers/{number}", "deleteNumber", provider.NumbersWrite, "Delete a number", "Calls under way go on.", gone, false, on(s.deleteNumber)},

		{post, "/v1/queues", "createQueue", provider.QueuesWrite, "Create a queue", "Agents plus how the next one is chosen, and how long callers wait.", created, false, on(s.createQueue)},
		{get, "/v1/queues", "listQueues", provider.QueuesRead, "List queues", "By id.", ok, false, on(s.listQueues)},
		{get, "/v1/queues/{queue}", "getQueue", provider.QueuesRead, "Get a queue", "", ok, false, on(s.getQueue)},
		{patch, "/v1/queues/{queue}", "changeQueue", provider.QueuesWrite, "Change a queue", "From the next choice on, also for calls that wait.", ok, false, on(s.changeQueue)},
		{del, "/v1/queues/{queue}", "deleteQueue", provider.QueuesWrite, "Delete a queue", "Refused while a number has it. Calls that wait in it end, or go on with what comes after it.", gone, false, on(s.deleteQueue)},

		{post, "/v1/prompts", "createPrompt", provider.PromptsWrite, "Upload a prompt", "Sound to play to callers. The body is a WAV file itself (PCM with 8 to 32 bits, floating point, A-law or µ-law; 8 to 48 kHz; mono or stereo; at most 25 MB and 10 minutes), whatever its content type is called. It is kept as Microsoft plays it: mono, 16 bits, 16 kHz.", created, false, on(s.createPrompt)},
		{get, "/v1/prompts", "listPrompts", provider.PromptsRead, "List prompts", "By id, without their sound.", ok, false, on(s.listPrompts)},
		{get, "/v1/prompts/{prompt}", "getPrompt", provider.PromptsRead, "Get a prompt", "", ok, false, on(s.getPrompt)},
		{get, "/v1/prompts/{prompt}/audio", "getPromptAudio", provider.PromptsRead, "Get the audio of a prompt", "The WAV file that is played; a part of it with Range.", ok, false, on(s.getPromptAudio)},
		{put, "/v1/prompts/{prompt}/audio", "replacePromptAudio", provider.PromptsWrite, "Replace the audio of a prompt", "By a file like one of a new prompt. Its address changes, so that nobody plays what he kept of the old one.", ok, false, on(s.replacePromptAudio)},
		{del, "/v1/prompts/{prompt}", "deletePrompt", provider.PromptsWrite, "Delete a prompt", "What has begun to play goes on if it was fetched.", gone, false, on(s.deletePrompt)},

		{post, "/v1/bots", "createBot", provider.FlowsWrite, "Register a bot", "A program of the tenant's that hears callers and speaks to them. For each call that is streamed to it we open a WebSocket; the protocol is in the README. The secret by which the bot knows us is shown in this answer and never again.", created, true, on(s.createBot)},
		{get, "/v1/bots", "listBots", provider.FlowsRead, "List bots", "By id.", ok, false, on(s.listBots)},
		{get, "/v1/bots/{bot}", "getBot", provider.FlowsRead, "Get a bot", "", ok, false, on(s.getBot)},
		{patch, "/v1/bots/{bot}", "changeBot", provider.FlowsWrite, "Change a bot", "From the next connection on.", ok, false, on(s.changeBot)},
		{post, "/v1/bots/{bot}/rotate", "rotateBot", provider.FlowsWrite, "Rotate the secret of a bot", "Makes a new secret, shown once. From the next connection on the old one is not sent any more.", created, true, on(s.rotateBot)},
		{del, "/v1/bots/{bot}", "deleteBot", provider.FlowsWrite, "Delete a bot", "Streams to it go on to their end; no other begins.", gone, false, on(s.deleteBot)},

		{post, "/v1/flows", "createFlow", provider.FlowsWrite, "Create a flow", "How callers are treated before a person: steps that greet, ask, look at the clock, and look for somebody. Everything that is wrong with it is told at once. A number gets it by its flow.", created, false, on(s.createFlow)},
		{get, "/v1/flows", "listFlows", provider.FlowsRead, "List flows", "By id, without their documents.", ok, false, on(s.listFlows)},
		{post, "/v1/flows/validate", "validateFlow", provider.FlowsRead, "Validate a flow", "Says what creating it would say, and keeps nothing.", ok, false, on(s.validateFlow)},
		{post, "/v1/flows/rehearse", "rehearseFlow", provider.FlowsRead, "Rehearse a flow", "A dry run without a call, on an imagined clock: what the caller would hear, and what happens next, by the code that treats real calls.", ok, false, on(s.rehearseFlow)},
		{get, "/v1/flows/{flow}", "getFlow", provider.FlowsRead, "Get a flow", "", ok, false, on(s.getFlow)},
		{post, "/v1/flows/{flow}/versions", "addFlowVersion", provider.FlowsWrite, "Add a version of a flow", "New calls get it when it is published.", created, false, on(s.addFlowVersion)},
		{get, "/v1/flows/{flow}/versions/{version}", "getFlowVersion", provider.FlowsRead, "Get a version of a flow", "With its document. Versions never change.", ok, false, on(s.getFlowVersion)},
		{post, "/v1/flows/{flow}/publish", "publishFlow", provider.FlowsWrite, "Publish a version of a flow", "For the next call, also an older one; calls under way go on as they began.", ok, false, on(s.publishFlow)},
		{del, "/v1/flows/{flow}", "deleteFlow", provider.FlowsWrite, "Delete a flow", "Only one that no number has. Calls under way go on.", gone, false, on(s.deleteFlow)},

		{post, "/v1/calls", "createCall", provider.CallsWrite, "Ask for a call", "Prepares a call and answers with the SIP address to send the caller to. The address is good for one accepted call and for a short time; it belongs to the first authenticated INVITE that shows it. An outbound call needs no caller: it calls one agent at once, whatever the presence says, with the person's forwarding and voicemail; its record says what became of it. With connect we become a guest of a call that the provider holds at Microsoft: refused at once if Microsoft does not let us in; people are added when it is connected.", created, false, on(s.createCall)},
		{get, "/v1/calls", "listCalls", provider.CallsRead, "List calls", "The newest first.", ok, false, on(s.listCalls)},
		{get, "/v1/calls/{call}", "getCall", provider.CallsRead, "Get a call", "As it stands at this moment.", ok, false, on(s.getCall)},
		{get, "/v1/calls/{call}/quality", "getCallQuality", provider.CallsRead, "Get the quality of a call", "Loss, jitter, round trip and score of each end of each leg that passes through us, so far. Asked of the process that has the legs; others answer 409. The record of the call has the same at its end.", ok, false, on(s.getQuality)},
		{get, "/v1/calls/{call}/explanation", "explainCall", provider.CallsRead, "Explain a call", "One timeline of what is kept of a call: SIP of its legs, requests to Microsoft and callbacks, who could take it and by what presence, what was asked for and what was told. When it has ended, with a verdict: whose fault it was, and what to do. Numbers are cut without cdrs.read, what was pressed or said is left out without recordings.download.", ok, false, on(s.getExplanation)},
		{get, "/v1/calls/{call}/explanation.txt", "exportExplanation", provider.CallsRead, "Export an explanation", "The same for people without a browser: plain text, with the messages as a ladder.", ok, false, on(s.exportExplanation)},
		{get, "/v1/calls/{call}/messages.pcap", "exportMessages", provider.CallsRead, "Export the SIP messages", "Those of both legs as a pcap file for Wireshark, each as a datagram: without keys and answers to challenges. Numbers are cut without cdrs.read, pressed keys are left out without recordings.download. Where the address that a name led to is not known, it is 0.0.0.0. Of RTP nothing is in it: a capture has that.", ok, false, on(s.exportMessages)},
		{post, "/v1/calls/{call}/capture", "captureCall", provider.CallsWrite, "Capture a call", "Keeps the SIP messages, RTP and RTCP of a running call in all its legs, also those that come, as a pcap file for Wireshark: as it is without SRTP and TLS, without keys and passwords, with numbers. Of RTP the headers are kept, unless sound is asked for. It is kept in the memory of the process that has the legs, which is the one to ask; others answer 409. It ends by itself, and is forgotten an hour after its end.", created, false, on(s.beginCapture)},
		{get, "/v1/calls/{call}/capture", "getCapture", provider.CallsRead, "Get a capture", "How it stands.", ok, false, on(s.getCapture)},
		{post, "/v1/calls/{call}/capture/stop", "stopCapture", provider.CallsWrite, "Stop a capture", "What it has is kept for an hour.", ok, false, on(s.endCapture)},
		{get, "/v1/calls/{call}/capture/content", "downloadCapture", provider.RecordingsHear, "Download a capture", "The pcap file as it is so far. Each request leaves a line in the audit trail.", ok, false, on(s.downloadCapture)},
		{del, "/v1/calls/{call}/capture", "deleteCapture", provider.CallsWrite, "Delete a capture", "Ends it if it runs, and forgets what it has.", gone, false, on(s.deleteCapture)},
		{post, "/v1/calls/{call}/participants", "addParticipant", provider.CallsWrite, "Add participants", "Rings one more, or several at once, for a connected call: agents, the next one of a queue, telephones and ACS users. In a queue the call waits until somebody of it joins. Microsoft calls a telephone through our trunk, and we dial it at a peer, as far as the tenant's rules for dialling let us. The answer says for each that it was asked for, or why not; the call shows what comes of it. A refusal of the only one is the answer itself.", accepted, false, on(s.addParticipants)},
		{del, "/v1/calls/{call}/participants/{participant}", "removeParticipant", provider.CallsWrite, "Remove a participant", "Takes a person out of the call, or stops ringing them; of a queue that was added, ends the wait.", accepted, false, on(s.removeParticipant)},
		{get, "/v1/calls/{call}/participants", "listParticipants", provider.CallsRead, "List participants", "Everyone who was rung, in order. The caller is none of them: the call has that. In a guest's call also whom its host has there.", ok, false, on(s.listParticipants)},
		{get, "/v1/calls/{call}/participants/{participant}", "getParticipant", provider.CallsRead, "Get a participant", "As it stands at this moment.", ok, false, on(s.getParticipant)},
		{post, "/v1/calls/{call}/participants/{participant}/hold", "holdParticipant", provider.CallsWrite, "Hold", "The participant neither hears nor is heard, with music if there is some. The caller is called customer.", accepted, false, on(s.hold)},
		{post, "/v1/calls/{call}/participants/{participant}/unhold", "unholdParticipant", provider.CallsWrite, "Unhold", "Ends a hold.", accepted, false, on(s.treat(call.Unhold))},
		{post, "/v1/calls/{call}/participants/{participant}/mute", "muteParticipant", provider.CallsWrite, "Mute", "The participant hears and is not heard. The caller is called customer.", accepted, false, on(s.treat(call.Mute))},
		{post, "/v1/calls/{call}/participants/{participant}/unmute", "unmuteParticipant", provider.CallsWrite, "Unmute", "Ends a mute.", accepted, false, on(s.treat(call.Unmute))},
		{post, "/v1/calls/{call}/play", "playToCall", provider.CallsWrite, "Play", "Plays files or text to everybody or to one.", accepted, false, on(s.play)},
		{post, "/v1/calls/{call}/recognize", "recognizeInCall", provider.CallsWrite, "Recognise", "Plays a prompt and listens for tones, words or one of some answers. What was heard is in the operation, and in the event call.operation_ended.", accepted, false, on(s.recognize)},
		{post, "/v1/calls/{call}/dtmf", "sendTones", provider.CallsWrite, "Send tones", "To the caller, or to somebody at a telephone.", accepted, false, on(s.sendDTMF)},
		{post, "/v1/calls/{call}/consult", "consult", provider.CallsWrite, "Consult", "Puts the caller on hold and brings one more in to talk with the others meanwhile. However it goes the caller comes back: merged, or when who was asked is gone again, did not come, or hangs up. If who asked leaves, the caller is with who was asked: a warm transfer.", accepted, false, on(s.consult)},
		{post, "/v1/calls/{call}/consult/merge", "mergeConsult", provider.CallsWrite, "Merge a consult", "Lets all of them talk.", accepted, false, on(s.endConsult(true))},
		{post, "/v1/calls/{call}/consult/cancel", "cancelConsult", provider.CallsWrite, "Cancel a consult", "Sends away who was asked, and then brings the caller back.", accepted, false, on(s.endConsult(false))},
		{post, "/v1/calls/{call}/streaming", "streamCall", provider.CallsWrite, "Stream to a bot", "Starts, or stops, to carry the sound of a call to a bot of the tenant and back, one at a time. The call shows what comes of it, and each change is an event call.streaming. What the bot asks for is in call.handover_requested; a flow with a virtual_agent acts on it by itself.", accepted, false, on(s.streamCall)},
		{post, "/v1/calls/{call}/move", "moveParticipants", provider.CallsWrite, "Move participants", "Takes people out of another call of the tenant into this one, without ringing them: agents with their reservation, ACS users, and telephones that were not called through our trunk. The caller of a call cannot be moved. The answer says for each that it was asked for, or why not; both calls show what comes of it, and who moved has left there with the outcome moved. A call that is left without anybody ends.", accepted, false, on(s.moveParticipants)},
		{post, "/v1/calls/{call}/transcription", "transcribeCall", provider.CallsWrite, "Transcribe", "Starts, changes or stops Microsoft's transcription of a call, one at a time. Each final phrase is an event call.transcript as it comes, with who said it, and is kept (GET …/transcript). Needs a resource with a cognitive endpoint.", accepted, false, on(s.transcribe)},
		{get, "/v1/calls/{call}/transcript", "getTranscript", provider.RecordingsHear, "Get a transcript", "What was said in a call while it was transcribed, in order, also after the call; kept as long as the tenant's recordings. Each request leaves a line in the audit trail.", ok, false, on(s.getTranscript)},
		{del, "/v1/calls/{call}/transcript", "deleteTranscript", provider.RecordingsWrite, "Delete a transcript", "What was said in a call so far, for good. The record goes on saying how many phrases there were.", gone, false, on(s.deleteTranscript)},
		{post, "/v1/calls/{call}/redirect", "redirectCall", provider.CallsWrite, "Redirect", "Has Microsoft ring this agent as if the caller had called directly, and steps aside: the call is released from its first word on. Best asked for before the caller's INVITE; a call that was taken at Microsoft is transferred instead.", accepted, false, on(s.redirect)},
		{post, "/v1/calls/{call}/reject", "rejectCall", provider.CallsWrite, "Reject", "Refuses the caller before anybody talked to them.", accepted, false, on(s.reject)},
		{post, "/v1/calls/{call}/transfer", "transferCall", provider.CallsWrite, "Transfer", "Hands the caller to another agent, blind. Once it is accepted the call is released: the caller talks on, and nothing can be done any more but to hang up. Refused by the agent, the call goes on as it was.", accepted, false, on(s.transfer)},
		{post, "/v1/calls/{call}/cancel-media", "cancelMedia", provider.CallsWrite, "Cancel media operations", "Ends whatever plays or listens.", accepted, false, on(s.cancelMedia)},
		{get, "/v1/calls/{call}/operations/{operation}", "getOperation", provider.CallsRead, "Get an operation", "Where it stands, and what was heard. The newest twenty that are over are kept as long as the call.", ok, false, on(s.getOperation)},
		{post, "/v1/calls/{call}/recording/start", "startRecording", provider.CallsWrite, "Start a recording", "Has Microsoft record the call, after the announcement if there is one. One at a time; another one may follow when it is over. It ends with the call, or when that is released.", accepted, false, on(s.startRecording)},
		{post, "/v1/calls/{call}/recording/pause", "pauseRecording", provider.CallsWrite, "Pause the recording", "What is said from then on is not in the file. Wait for the state paused, or the event recording.paused, before it matters.", accepted, false, on(s.changeRecording(call.RecordPause))},
		{post, "/v1/calls/{call}/recording/resume", "resumeRecording", provider.CallsWrite, "Resume the recording", "After a pause.", accepted, false, on(s.changeRecording(call.RecordResume))},
		{post, "/v1/calls/{call}/recording/stop", "stopRecording", provider.CallsWrite, "Stop the recording", "For good.", accepted, false, on(s.changeRecording(call.RecordStop))},
		{get, "/v1/calls/{call}/recording", "getCallRecording", provider.CallsRead, "Get the recording of a call", "The newest one, as it stands at this moment.", ok, false, on(s.getCallRecording)},
		{post, "/v1/calls/{call}/hangup", "hangUpCall", provider.CallsWrite, "Hang up", "Ends our part: the caller and everyone we brought. People who could talk on without us may. Of a call of the host's whose guest we are, we take out whom we added, and leave.", accepted, false, on(s.hangUp)},
		{post, "/v1/calls/{call}/terminate", "terminateCall", provider.CallsWrite, "Terminate", "Ends the call for everyone. Refused for a call that we are a guest of.", accepted, false, on(s.terminate)},

		{get, "/v1/doctor", "examineNode", provider.TrunksRead, "Examine the node", "Looks whether all that the process that is asked needs is there: settings, database, clock, DNS, ports, certificates, Microsoft's proxies, resources, Entra, and the way from public_url. It takes a few seconds and changes nothing. The same as tandem doctor on that machine.", ok, false, on(s.examine)},
		{get, "/v1/capabilities", "listCapabilities", provider.CallsRead, "List capabilities", "What can be done to whom in a call, as far as it is known of Microsoft, and why not.", ok, false, on(s.listCapabilities)},

		{get, "/v1/recordings", "listRecordings", provider.RecordingsRead, "List recordings", "The newest first.", ok, false, on(s.listRecordings)},
		{get, "/v1/recordings/{recording}", "getRecording", provider.RecordingsRead, "Get a recording", "", ok, false, on(s.getRecording)},
		{get, "/v1/recordings/{recording}/content", "downloadRecording", provider.RecordingsHear, "Download a recording", "One of its files; a part of it with Range. Its SHA-256 is the ETag. Each request leaves a line in the audit trail.", ok, false, on(s.downloadRecording)},
		{del, "/v1/recordings/{recording}", "deleteRecording", provider.RecordingsWrite, "Delete a recording", "With its files, for good. Refused while they are on their way.", gone, false, on(s.deleteRecording)},
		{get, "/v1/tenants/{tenant}/recording-settings", "getRecordingSettings", provider.RecordingsRead, "Get the recording settings", "How long the tenant's recordings are kept, and what is said before.", ok, false, on(s.getRecordingSettings)},
		{put, "/v1/tenants/{tenant}/recording-settings", "changeRecordingSettings", provider.RecordingsWrite, "Change the recording settings", "The announcement counts for the next recording, the retention for those that are there, too.", ok, false, on(s.changeRecordingSettings)},

		{get, "/v1/cdrs", "listCDRs", provider.CDRsRead, "List call detail records", "The newest first, by when the call started. A record is written once, when its call is over.", ok, false, on(s.listCDRs)},
		{get, "/v1/cdrs/{call}", "getCDR", provider.CDRsRead, "Get a call detail record", "", ok, false, on(s.getCDR)},

		{get, "/v1/usage", "listUsage", provider.CDRsRead, "List usage", "What a tenant's calls come to, by the month in which they started: the newest month first. A call counts when its record is written.", ok, false, on(s.listUsage)},
		{get, "/v1/usage.csv", "exportUsage", provider.CDRsRead, "Export usage", "All of it, or that of some months, as CSV (RFC 4180).", ok, false, on(s.exportUsage)},

		{post, "/v1/peers", "createPeer", provider.PeersWrite, "Create a peer", "A peer is a SIP neighbour on the near side: a platform or a carrier. Without a password one is made and shown, once.", created, true, on(s.createPeer)},
		{get, "/v1/peers", "listPeers", provider.PeersRead, "List peers", "By id.", ok, false, on(s.listPeers)},
		{get, "/v1/peers/{peer}", "getPeer", provider.PeersRead, "Get a peer", "", ok, false, on(s.getPeer)},
		{patch, "/v1/peers/{peer}", "changePeer", provider.PeersWrite, "Change a peer", "A new user name needs the password again, because what is kept of it belongs to the name.", ok, false, on(s.changePeer)},
		{del, "/v1/peers/{peer}", "deletePeer", provider.PeersWrite, "Delete a peer", "Its next request is refused; calls under way go on.", gone, false, on(s.deletePeer)},

		{get, "/v1/health", "getHealth", provider.TrunksRead, "Get the health of everything", "How all trunks and peers are and have been for 24 hours, with why and what to do. Changes are events: trunk.down, peer.up and others.", ok, false, on(s.getHealth)},

		{post, "/v1/regions", "createRegion", provider.TrunksWrite, "Create a region", "", created, false, on(s.createRegion)},
		{get, "/v1/regions", "listRegions", provider.TrunksRead, "List regions", "By id.", ok, false, on(s.listRegions)},
		{get, "/v1/regions/{region}", "getRegion", provider.TrunksRead, "Get a region", "", ok, false, on(s.getRegion)},

		{post, "/v1/resources", "createResource", provider.TrunksWrite, "Create a resource", "Makes an ACS resource of the provider known. Its access key is sealed and never shown again.", created, false, on(s.createResource)},
		{get, "/v1/resources", "listResources", provider.TrunksRead, "List resources", "By id.", ok, false, on(s.listResources)},
		{get, "/v1/resources/{resource}", "getResource", provider.TrunksRead, "Get a resource", "", ok, false, on(s.getResource)},
		{get, "/v1/resources/{resource}/routing", "getRouting", provider.TrunksRead, "Get the routing", "What the registry says that the resource shall have: a document that a plan takes.", ok, false, on(s.getRouting)},
		{get, "/v1/resources/{resource}/routing/observed", "observeRouting", provider.TrunksRead, "Look at the routing", "What Microsoft has now, with what it makes of the trunks and which domains are verified.", ok, false, on(s.observeRouting)},
		{post, "/v1/resources/{resource}/routing/import", "importRouting", provider.TrunksWrite, "Import the routing", "Makes the registry what Microsoft has. Patterns that cannot be checked here are kept. Answers with a plan that is in force already.", created, false, on(s.importRouting)},
		{get, "/v1/resources/{resource}/domains", "listDomains", provider.TrunksRead, "List the domains", "Those in which the resource may have trunks, and those that its newest plan needs. Microsoft verifies them by a TXT record, in the Azure portal: there is no API for that, so what people say that they have done is kept here.", ok, false, on(s.listDomains)},
		{put, "/v1/resources/{resource}/domains/{domain}", "markDomain", provider.TrunksWrite, "Say what was done about a domain", "Who says it, and when, is kept; plans tell it. It proves nothing: Microsoft does.", ok, false, on(s.markDomain)},

		{post, "/v1/trunks", "createTrunk", provider.TrunksWrite, "Create a trunk", "Makes an SBC known that is registered in a resource.", created, false, on(s.createTrunk)},
		{get, "/v1/trunks", "listTrunks", provider.TrunksRead, "List trunks", "By FQDN.", ok, false, on(s.listTrunks)},
		{get, "/v1/trunks/{fqdn}/health", "getTrunkHealth", provider.TrunksRead, "Get the health of a trunk", "How it is, why and since when, and how it was, by five minutes.", ok, false, on(s.getTrunkHealth)},
		{get, "/v1/trunks/{fqdn}", "getTrunk", provider.TrunksRead, "Get a trunk", "", ok, false, on(s.getTrunk)},
		{del, "/v1/trunks/{fqdn}", "deleteTrunk", provider.TrunksWrite, "Delete a trunk", "Only one that no route names. Microsoft keeps it until a plan without it is applied.", gone, false, on(s.deleteTrunk)},

		{get, "/v1/routes/{resource}", "getRoutes", provider.TrunksRead, "Get the routes of a resource", "In the order in which they are asked.", ok, false, on(s.getRoutes)},
		{put, "/v1/routes/{resource}", "setRoutes", provider.TrunksWrite, "Set the routes of a resource", "All of them, because their order counts. Microsoft has them when a plan is applied.", ok, false, on(s.setRoutes)},

		{post, "/v1/plans", "createPlan", provider.TrunksWrite, "Make a plan", "Compares what shall be with what Microsoft has now. Nothing is changed.", created, false, on(s.createPlan)},
		{get, "/v1/plans", "listPlans", provider.TrunksRead, "List plans", "The newest first: the history of a resource.", ok, false, on(s.listPlans)},
		{get, "/v1/plans/{plan}", "getPlan", provider.TrunksRead, "Get a plan", "", ok, false, on(s.getPlan)},
		{post, "/v1/plans/{plan}/apply", "applyPlan", provider.TrunksWrite, "Apply a plan", "By one request at Microsoft, if it still has what the plan was made for; otherwise it is refused, and nothing is done. One plan is applied to a resource at a time. Changes take Microsoft some minutes.", ok, false, on(s.applyPlan)},

		{post, "/v1/proofs", "createProof", provider.TrunksWrite, "Ask for a proof of a trunk", "The node that has the trunk makes it within a minute: it looks at its running edge, and starts a second one with the trunk's certificate and settings between a telephone and a Microsoft that it plays, for what cannot be had from the real one on demand. Calls under way notice nothing. The same as tandem proof run.", created, false, on(s.createProof)},
		{get, "/v1/proofs", "listProofs", provider.TrunksRead, "List proofs", "The newest first.", ok, false, on(s.listProofs)},
		{post, "/v1/proofs/keys", "renewProofKeys", provider.KeysWrite, "Make a new key for proofs", "A new key signs from now on. The old ones stay published at /.well-known/tandem-proof.json, and what they signed stays good.", created, false, on(s.renewProofKeys)},
		{get, "/v1/proofs/{proof}", "getProof", provider.TrunksRead, "Get a proof", "How far it is, and what it came to.", ok, false, on(s.getProof)},
		{get, "/v1/proofs/{proof}/report.json", "getProofReport", provider.TrunksRead, "Get the report of a proof", "The signed report for programs. Keep the file as it is: each byte is signed. The keys are at /.well-known/tandem-proof.json, for everybody.", ok, false, on(s.proofJSON)},
		{get, "/v1/proofs/{proof}/report.html", "getProofPage", provider.TrunksRead, "Get the report of a proof as a page", "The signed report for people, in one file.", ok, false, on(s.proofHTML)},

		{post, "/v1/webhooks", "createWebhook", provider.WebhooksWrite, "Create a webhook", "Events are sent to its URL as Standard Webhooks has it. The secret that signs them is shown in this answer and never again.", created, true, on(s.createWebhook)},
		{get, "/v1/webhooks", "listWebhooks", provider.WebhooksRead, "List webhooks", "By id. A tenant's key sees its own.", ok, false, on(s.listWebhooks)},
		{get, "/v1/webhooks/{webhook}", "getWebhook", provider.WebhooksRead, "Get a webhook", "", ok, false, on(s.getWebhook)},
		{patch, "/v1/webhooks/{webhook}", "changeWebhook", provider.WebhooksWrite, "Change a webhook", "Also what is on its way goes to the new URL.", ok, false, on(s.changeWebhook)},
		{del, "/v1/webhooks/{webhook}", "deleteWebhook", provider.WebhooksWrite, "Delete a webhook", "With its deliveries; the events stay.", gone, false, on(s.deleteWebhook)},
		{post, "/v1/webhooks/{webhook}/rotate", "rotateWebhook", provider.WebhooksWrite, "Rotate the secret", "Makes a new secret, shown once. For a day, or as asked, both sign.", created, true, on(s.rotateWebhook)},
		{get, "/v1/webhooks/{webhook}/deliveries", "listDeliveries", provider.WebhooksRead, "List deliveries", "What was to be sent, the newest first, with every attempt. Kept for 30 days.", ok, false, on(s.listDeliveries)},
		{post, "/v1/webhooks/{webhook}/replay", "replayWebhook", provider.WebhooksWrite, "Replay events", "Sends one event again, or all that were given up since a moment. They keep their ids.", accepted, false, on(s.replayWebhook)},
		{post, "/v1/webhooks/{webhook}/test", "testWebhook", provider.WebhooksWrite, "Test a webhook", "Sends one event of type webhook.test now and answers with what came back.", ok, false, on(s.testWebhook)},

		{get, "/v1/events", "listEvents", provider.EventsRead, "List events", "What happened, the newest first. Kept for 30 days.", ok, false, on(s.listEvents)},
		{get, "/v1/events/types", "listEventTypes", provider.EventsRead, "List the types of events", "That can happen, and that a webhook can ask for.", ok, false, on(s.listEventTypes)},
		{get, "/v1/events/stream", "streamEvents", provider.EventsRead, "Stream events", "Server-Sent Events: id, event (the type) and data (the event as in the list). Reconnect with Last-Event-ID and nothing is missed. A tenant's key, and its admin in a browser, follow their own tenant. A key, or a session, has ten open at most.", ok, false, on(s.streamEvents)},

		{get, "/v1/audit", "listAudit", provider.AuditRead, "List the audit trail", "Who did what, the newest first. With a key of the provider also what is about the installation as a whole.", ok, false, on(s.listAudit)},
		{get, "/v1/audit.csv", "exportAudit", provider.AuditRead, "Export the audit trail", "The whole of it as CSV (RFC 4180), the newest first.", ok, false, on(s.exportAudit)},

		{post, "/v1/keys", "createKey", provider.KeysWrite, "Create a key", "The key is shown in this answer and never again. Nobody can give a right he has not.", created, true, on(s.createKey)},
		{get, "/v1/keys", "listKeys", provider.KeysRead, "List keys", "By id, without their secrets.", ok, false, on(s.listKeys)},
		{get, "/v1/keys/scopes", "listScopes", provider.KeysRead, "List the scopes", "That a key can have.", ok, false, on(s.listScopes)},
		{get, "/v1/keys/{key}", "getKey", provider.KeysRead, "Get a key", "", ok, false, on(s.getKey)},
		{del, "/v1/keys/{key}", "revokeKey", provider.KeysWrite, "Revoke a key", "At once and for good. The key stays in the list.", gone, false, on(s.revokeKey)},
	}
}

// tags are the chapters of the documentation.
var tags = []struct{ name, doc string }{
	{"me", "Whose key is this?"},
	{"tenants", "Customer organisations, each with its own Microsoft 365."},
	{"invitations", "Links by which customers' admins begin."},
	{"agents", "People of a tenant whose Teams may be rung."},
	{"numbers", "E.164 numbers of a tenant and how calls to them are treated."},
	{"queues", "Agents for whom callers wait, and how the next one is chosen."},
	{"prompts", "Sound that tenants play to callers."},
	{"bots", "Programs that hear callers and speak to them."},
	{"flows", "How callers are treated before a person."},
	{"calls", "Customer conversations: ask for them, watch them, add people, end them."},
	{"doctor", "Whether all is there that a node needs."},
	{"capabilities", "What Microsoft allows in a call."},
	{"cdrs", "Call detail records: how each call ended, why, and whose fault it was."},
	{"usage", "What a tenant's calls come to, month by month."},
	{"recordings", "What was recorded of calls, and its files."},
	{"peers", "SIP neighbours on the near side."},
	{"health", "How trunks and peers are, and were."},
	{"regions", "Places: their resources, SIP edges and trunks."},
	{"resources", "ACS resources of the provider."},
	{"trunks", "SBCs registered in a resource."},
	{"routes", "Which numbers go to which trunks of a resource."},
	{"plans", "What is to be changed at Microsoft, to be read before it is applied; and the history."},
	{"proofs", "Signed reports that a trunk does what Microsoft and carriers need."},
	{"webhooks", "Endpoints to which events are sent, signed as Standard Webhooks has it and repeated for three days."},
	{"events", "What happened to tenants and their calls."},
	{"audit", "Who did what."},
	{"keys", "API keys of the provider and of tenants."},
}

// The ways to say who asks: a key, or the session of a browser, which needs its
// token for whatever is no GET.
const (
	securityName = "key"
	sessionName  = "session"
	csrfName     = "csrf"
)

func securityOf(r route) []map[string][]string {
	session := map[string][]string{sessionName: {}}
	if r.method != get {
		session[csrfName] = []string{}
	}
	return []map[string][]string{{securityName: scopesOf(r.scope)}, session}
}

// operation is a route as OpenAPI has it.
func (s *server) operation(r route) huma.Operation {
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Summary: r.summary, Description: r.doc,
		DefaultStatus: r.status, Tags: []string{strings.TrimSuffix(strings.Split(r.path, "/")[2], ".csv")},
		MaxBodyBytes: maxBody + 1, BodyReadTimeout: -1, // received has limited both
		Security:    securityOf(r),
		Middlewares: huma.Middlewares{s.authorize(r.scope)},
		Responses:   map[string]*huma.Response{},
	}
	for _, status := range refusals(r) {
		op.Responses[statusText(status)] = &huma.Response{Ref: "#/components/responses/" + statusText(status)}
	}
	if r.scope != "" {
		op.Description = strings.TrimSpace(op.Description + "\n\nScope: `" + string(r.scope) + "`.")
	}
	if r.method != get {
		if takesAudio(r.id) {
			op.MaxBodyBytes = tenant.MaxPromptUpload + 1
			op.Middlewares = append(op.Middlewares, s.fewUploads)
		}
		op.Middlewares = append(op.Middlewares, s.received(takesAudio(r.id)))
	}
	if r.method == post {
		op.Middlewares = append(op.Middlewares, s.once(r.showOnce))
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: idempotencyHeader, In: "header", Description: "A name of your choice: the same request with the same name is done once. Names are remembered for a day.",
			Schema: &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(maxIdempotencyKey)}, Example: "order-4711",
		})
	}
	if r.method != get && !leavesTrail(r.id) && !onlyLooks(r.id) {
		op.Middlewares = append(op.Middlewares, s.recorded(r))
	}
	if r.id == "invite" {
		op.Middlewares = append(op.Middlewares, s.asJSON)
	}
	return op
}

func scopesOf(s provider.Scope) []string {
	if s == "" {
		return []string{}
	}
	return []string{string(s)}
}

// refusalDocs says what a status means here.
var refusalDocs = map[int]string{
	http.StatusBadRequest:            "The body is not JSON.",
	http.StatusUnauthorized:          "No key or session, or not a good one.",
	http.StatusForbidden:             "The key or the person may not do this, or the tenant's state forbids it.",
	http.StatusNotFound:              "There is no such thing, or not for this key.",
	http.StatusConflict:              "Right in itself, but not in this state.",
	http.StatusRequestEntityTooLarge: "The body has more than 256 kB, or 25 MB where it is sound.",
	http.StatusUnprocessableEntity:   "Something in the request is wrong; errors lists everything.",
	http.StatusTooManyRequests:       "A limit is reached.",
	http.StatusInternalServerError:   "A defect here; request_id finds it in the log.",
	http.StatusServiceUnavailable:    "Something the installation needs is away; try again.",
}

// describeRefusals puts into the document what every operation refers to.
func (s *server) describeRefusals() {
	c := s.api.OpenAPI().Components
	shape := &huma.MediaType{Schema: c.Schemas.Schema(reflect.TypeFor[problem.Problem](), true, "")}
	c.Responses = map[string]*huma.Response{}
	for status, doc := range refusalDocs {
		res := &huma.Response{Description: doc, Content: map[string]*huma.MediaType{problem.Type: shape}}
		if problem.RetryAfter(status) {
			res.Headers = map[string]*huma.Param{"Retry-After": {Description: "Seconds to wait before trying again.", Schema: &huma.Schema{Type: huma.TypeInteger}}}
		}
		c.Responses[statusText(status)] = res
	}
	// Huma describes its own form of an error, which translate never lets out.
	delete(c.Schemas.Map(), "ErrorModel")
	delete(c.Schemas.Map(), "ErrorDetail")
}

// refusals are the problems that a route can answer with.
func refusals(r route) []int {
	all := []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}
	if r.method == post || r.method == patch || r.method == put {
		all = append(all, http.StatusBadRequest, http.StatusRequestEntityTooLarge)
	}
	if r.method != get || fromState(r.id) {
		all = append(all, http.StatusConflict)
	}
	if r.path != "/v1/me" {
		all = append(all, http.StatusNotFound)
	}
	slices.Sort(all)
	return all
}

// fromState tells of what is read, but only in some states, and is refused in others.
func fromState(id string) bool {
	switch id {
	case "getCallQuality", "getProofReport", "getProofPage", "searchPeople", "searchGroups", "getAgentFixes":
		return true
	}
	return false
}

// binding ties a handler to its operation.
type binding func(s *server, op huma.Operation)

// on makes a binding: what the handler returns as an error goes through refuse.
func on[I, O any](handle func(context.Context, *I) (*O, error)) binding {
	return func(s *server, op huma.Operation) {
		huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
			out, err := handle(ctx, in)
			if err != nil {
				return nil, s.refuse(ctx, err)
			}
			return out, nil
		})
	}
}
