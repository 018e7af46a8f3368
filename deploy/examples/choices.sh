#!/usr/bin/env bash
# Let the customer choose, by a word or by a key.
. "$(dirname "$0")/lib.sh"

connect --quiet --press 2 --press-after 8s
asked=$(api POST "/calls/$call/recognize" '{
	"sources": [{"text": "For sales say sales or press one, for billing say billing or press two."}],
	"listen": {
		"input": "choices", "locale": "en-US", "initial_silence": 20, "interrupt_prompt": true,
		"choices": [
			{"label": "sales", "phrases": ["sales"], "tone": "1"},
			{"label": "billing", "phrases": ["billing", "invoice"], "tone": "2"}
		]
	}
}' | jq -r .id)
await "/calls/$call/operations/$asked" '.state == "done" and .recognized.choice == "billing"' | jq '{kind, state, recognized}'
