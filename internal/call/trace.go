package call

import "time"

// Trace is what an edge kept of one dialog of a call: its SIP messages, and what its sound
// was like over time.
type Trace struct {
	Leg      Side         `json:"leg"`   // near, far or a telephone's
	End      Side         `json:"end"`   // who is at its other end: the peer ([Near]) or Microsoft ([Far])
	Began    time.Time    `json:"began"` // its first message
	Messages []SIPMessage `json:"messages"`
	Left     int          `json:"left,omitempty"` // messages that had no room
	Sound    []SoundPoint `json:"sound,omitempty"`
}

// SIPMessage is one message as it was on the wire, without keys and answers to challenges.
type SIPMessage struct {
	At        time.Time `json:"at"`
	Sent      bool      `json:"sent,omitempty"` // by us
	Again     bool      `json:"again,omitempty"`
	Transport string    `json:"transport"`
	Local     string    `json:"local"`  // address and port
	Remote    string    `json:"remote"` // the same; or a name and port, of what was sent to where a name server led
	Text      string    `json:"text"`
}

// SoundPoint is what came from the other end of a dialog since the point before, or since
// its sound began.
type SoundPoint struct {
	At        time.Time `json:"at"`
	Packets   uint64    `json:"packets"`
	Lost      uint64    `json:"lost,omitempty"`
	LostThere uint64    `json:"lost_there,omitempty"` // of what we sent, as that end reports
	JitterMS  int       `json:"jitter_ms,omitempty"`
	RTTMS     int       `json:"rtt_ms,omitempty"` // 0: not known
	R         float64   `json:"r,omitempty"`      // of the E-model (ITU-T G.107); 0 with MOS: too little came to tell
	MOS       float64   `json:"mos,omitempty"`
}
