package audio

import (
	"bytes"
	_ "embed"
)

// The clips are synthetic speech, 8 kHz µ-law. They were made with espeak-ng 1.51 and sox 14.4, so:
//
//	espeak-ng -v en-gb -s 150 --stdout "$CUSTOMER" | sox -t wav - -r 8000 -c 1 -e mu-law speech/customer.wav norm -3
//	espeak-ng -v en-us+f3 -s 155 --stdout "$AGENT" | sox -t wav - -r 8000 -c 1 -e mu-law speech/agent.wav norm -3
//
// CUSTOMER: "Good morning. My flight to Lisbon was cancelled last night, and I would like to speak to somebody about another one."
// AGENT: "Hello, this is Adele at the service desk. Thank you for waiting, I can see your booking and will find a new seat for you."
var (
	//go:embed speech/customer.wav
	customerWAV []byte
	//go:embed speech/agent.wav
	agentWAV []byte
)

// CustomerSpeech is a clip of some seconds of a man's voice at 8 kHz, for the customer's end of a call. The caller owns the samples.
func CustomerSpeech() PCM { return embedded(customerWAV) }

// AgentSpeech is a clip of some seconds of a woman's voice at 8 kHz, for the agent's end of a call. The caller owns the samples.
func AgentSpeech() PCM { return embedded(agentWAV) }

func embedded(wav []byte) PCM {
	p, err := ReadWAV(bytes.NewReader(wav))
	if err != nil {
		panic("audio: embedded clip: " + err.Error()) // only a broken build can get here
	}
	return p
}
