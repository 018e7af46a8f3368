#!/usr/bin/env bash
# Ask the customer for digits and collect them; # ends the input.
. "$(dirname "$0")/lib.sh"

connect --quiet --press '42#' --press-after 8s
asked=$(api POST "/calls/$call/recognize" '{
	"sources": [{"text": "Please enter your customer number."}],
	"listen": {"input": "dtmf", "max_tones": 6, "stop_tones": "#", "initial_silence": 20, "interrupt_prompt": true}
}' | jq -r .id)
await "/calls/$call/operations/$asked" '.state == "done" and .recognized.tones == "42"' | jq '{kind, state, recognized}'
