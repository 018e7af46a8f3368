package admin

import (
	"bytes"
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/provider"
)

// LegQuality is what the sound of one end of a leg is like so far.
type LegQuality struct {
	Leg        string  `json:"leg" doc:"near: between caller and us. far: between us and Microsoft. Others: a telephone that was called through us." example:"near"`
	End        string  `json:"end" enum:"peer,microsoft" doc:"Whose end of it."`
	PacketsIn  uint64  `json:"packets_in" doc:"That came from there." example:"4711"`
	PacketsOut uint64  `json:"packets_out" doc:"That we sent there." example:"4700"`
	Lost       uint64  `json:"lost" doc:"Of what was sent to us, by the gaps in its numbers." example:"3"`
	LostThere  uint64  `json:"lost_there" doc:"Of what we sent, as that end reports (RTCP)." example:"1"`
	JitterMS   int     `json:"jitter_ms" doc:"Of what comes, in milliseconds." example:"4"`
	RTTMS      int     `json:"rtt_ms,omitempty" doc:"Round trip between us and that end in milliseconds, by RTCP; absent: not known yet." example:"31"`
	MOS        float64 `json:"mos,omitempty" doc:"Of what comes, 1 to 4.5, by the E-model (ITU-T G.107); absent: too little came to tell." example:"4.3"`
	Keys       uint64  `json:"keys" doc:"Key presses that came." example:"0"`
}

// CallQuality is that of a running call.
type CallQuality struct {
	Legs []LegQuality `json:"legs" nullable:"false" doc:"Two of each leg of ours: what comes from the peer, and what comes from Microsoft."`
}

// CaptureWanted is what is to be kept of a running call.
type CaptureWanted struct {
	Sound   bool `json:"sound,omitempty" default:"false" doc:"Keep what is said, too. For that the key has to have recordings.download."`
	Seconds int  `json:"seconds,omitempty" minimum:"1" maximum:"3600" default:"600" doc:"When it ends by itself."`
}

// Capture is how a capture stands.
type Capture struct {
	State   string     `json:"state" enum:"running,ended" doc:"A capture that has ended is kept for an hour."`
	Sound   bool       `json:"sound" doc:"Whether what is said is in it." example:"false"`
	BeganAt time.Time  `json:"began_at" doc:"RFC 3339, UTC." example:"2026-11-02T08:30:00Z"`
	EndedAt *time.Time `json:"ended_at,omitempty" doc:"RFC 3339, UTC." example:"2026-11-02T08:40:00Z"`
	Size    int        `json:"size" doc:"Of the file so far, in bytes; 32 MB at most." example:"81920"`
	Missing int        `json:"missing" doc:"Packets that had no room in it." example:"0"`
}

func showCapture(s bridge.CaptureState) Capture {
	c := Capture{State: "running", Sound: s.Sound, BeganAt: s.Began.UTC(), EndedAt: at(s.Ended), Size: s.Size, Missing: s.Missing}
	if c.EndedAt != nil {
		c.State = "ended"
	}
	return c
}

type captureAsk struct {
	CallPath
	Body *CaptureWanted
}

// elsewhere says why legs that a call has are not found: they do not move, and only their
// own process has their sound.
func elsewhere(c call.Call, err error) error {
	if fault.CodeOf(err) != "no_leg" {
		return err
	}
	if c.Over() {
		return fault.Conflict("call_state", "the call is over")
	}
	return fault.Conflict("no_leg_here", "no leg of this call is at the process that was asked: it has none, or another process of the installation has them; ask that one")
}

func (s *server) getQuality(ctx context.Context, in *CallPath) (*shown[CallQuality], error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	legs, err := s.deps.Legs.Quality(ctx, c.ID)
	if err != nil {
		return nil, elsewhere(c, err)
	}
	return &shown[CallQuality]{CallQuality{Legs: each(legs, func(l bridge.LegQuality) LegQuality {
		end := "peer"
		if l.End == call.Far {
			end = "microsoft"
		}
		m := l.Media
		return LegQuality{
			Leg: string(l.Side), End: end, PacketsIn: m.PacketsIn, PacketsOut: m.PacketsOut, Lost: m.Lost, LostThere: m.LostThere,
			JitterMS: m.JitterMS, RTTMS: m.RTTMS, MOS: m.MOS, Keys: m.Keys,
		}
	})}}, nil
}

func (s *server) beginCapture(ctx context.Context, in *captureAsk) (*made[Capture], error) {
	c, err := s.callOf(ctx, in.CallPath)
	if err != nil {
		return nil, err
	}
	want := bridge.Capture{For: 10 * time.Minute}
	if in.Body != nil {
		want = bridge.Capture{Sound: in.Body.Sound, For: wholeSeconds(in.Body.Seconds)}
	}
	if want.Sound {
		if err := callerOf(ctx).Permits(provider.RecordingsHear); err != nil {
			return nil, err
		}
	}
	state, err := s.deps.Legs.Capture(ctx, c.ID, want)
	if err != nil {
		return nil, elsewhere(c, err)
	}
	return &made[Capture]{Location: "/v1/calls/" + string(c.ID) + "/capture", Body: showCapture(state)}, nil
}

func (s *server) endCapture(ctx context.Context, in *CallPath) (*shown[Capture], error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	state, err := s.deps.Legs.EndCapture(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return &shown[Capture]{showCapture(state)}, nil
}

func (s *server) getCapture(ctx context.Context, in *CallPath) (*shown[Capture], error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	state, _, err := s.deps.Legs.Captured(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return &shown[Capture]{showCapture(state)}, nil
}

func (s *server) downloadCapture(ctx context.Context, in *CallPath) (*huma.StreamResponse, error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	state, pcap, err := s.deps.Legs.Captured(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	return s.download(ctx, downloaded{
		action: "downloadCapture", subject: string(c.ID), detail: map[string]any{"sound": state.Sound, "size": len(pcap)},
		name: string(c.ID) + ".pcap", kind: "application/vnd.tcpdump.pcap",
	}, inMemory{bytes.NewReader(pcap)}), nil
}

func (s *server) deleteCapture(ctx context.Context, in *CallPath) (*none, error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Legs.DropCapture(ctx, c.ID)
}
