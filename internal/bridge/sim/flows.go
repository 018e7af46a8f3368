package sim

// flows treat customers: with keys, music, announcements, handovers that wait and such
// that do not, and circles.
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
	`{"steps": [{"name": "bye", "hang_up": {"sounds": [{"text": "closed"}]}}]}`,
}
