package sim

import (
	"tandem/internal/call"
	"tandem/internal/flow"
	"tandem/internal/tenant"
)

// expert is somebody whom flows transfer and redirect to.
const expert = "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"

func flowOf(n int) (flow.Document, error) {
	d, err := flow.Parse([]byte(flows[n]))
	if err == nil {
		err = d.Validate(flow.Known{})
	}
	to := call.Person{Endpoint: call.Endpoint{Kind: tenant.TeamsUser, ID: "expert"}, Name: "expert"}
	return d.Knowing(map[tenant.AgentID]call.Person{expert: to}), err
}

// flows treat customers: with keys, music, announcements, handovers that wait and such
// that do not, circles, transfers and redirects.
var flows = []string{
	`{"steps": [
		{"name": "menu", "ask": {"sounds": [{"text": "one or two"}], "retries": 1,
			"choices": [{"label": "one", "tone": "1", "next": "agents"}, {"label": "two", "tone": "2", "next": "queue"}], "no_input": "bye", "not_understood": "menu"}},
		{"name": "agents", "hand_over": {"music": [{"text": "la la"}], "nobody": "queue", "no_answer": "sorry"}},
		{"name": "queue", "hand_over": {"music": [{"text": "la la"}], "max_wait_s": 60, "ring_s": 15,
			"announce": {"every_s": 10, "sounds": [{"text": "please wait"}]}, "nobody": "bye", "no_answer": "bye", "timeout": "sorry"}},
		{"name": "sorry", "say": {"sounds": [{"text": "sorry"}], "next": "menu"}},
		{"name": "bye", "hang_up": {"sounds": [{"text": "bye"}]}}]}`,
	`{"steps": [
		{"name": "hello", "say": {"sounds": [{"text": "hello"}], "next": "agents"}},
		{"name": "agents", "hand_over": {"music": [{"text": "la la"}], "max_wait_s": 30, "nobody": "bye", "no_answer": "bye"}},
		{"name": "bye", "hang_up": {}}]}`,
	`{"steps": [
		{"name": "agents", "hand_over": {"music": [{"text": "la la"}], "nobody": "message", "no_answer": "message"}},
		{"name": "message", "voicemail": {"sounds": [{"text": "after the tone"}], "tone": [{"text": "beep"}], "max_s": 20, "next": "bye"}},
		{"name": "bye", "hang_up": {}}]}`,
	`{"steps": [
		{"name": "bot", "virtual_agent": {"bot": "` + string(simBot) + `", "max_s": 40, "handed_over": "agents", "ended": "again", "failed": "agents"}},
		{"name": "again", "ask": {"sounds": [{"text": "once more?"}], "choices": [{"label": "yes", "tone": "1", "next": "bot"}], "no_input": "bye", "not_understood": "bye"}},
		{"name": "agents", "hand_over": {"music": [{"text": "la la"}], "nobody": "bye", "no_answer": "bye"}},
		{"name": "bye", "hang_up": {}}]}`,
	`{"steps": [{"name": "bye", "hang_up": {"sounds": [{"text": "closed"}]}}]}`,
	`{"steps": [
		{"name": "hello", "say": {"sounds": [{"text": "hello"}], "next": "away"}},
		{"name": "away", "transfer": {"agent": "` + expert + `", "no_answer": "agents", "failed": "agents"}},
		{"name": "agents", "hand_over": {"music": [{"text": "la la"}], "nobody": "bye", "no_answer": "bye"}},
		{"name": "bye", "hang_up": {}}]}`,
	`{"steps": [
		{"name": "absent", "redirect": {"agent": "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e56", "failed": "away"}},
		{"name": "away", "redirect": {"agent": "` + expert + `", "failed": "bye"}},
		{"name": "bye", "hang_up": {}}]}`,
}
