package admin

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/internal/call"
	"tandem/internal/explain"
	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

// Verdict is whose fault an ending was, and what to do.
type Verdict struct {
	ID    string `json:"id" doc:"Of the row in the table of endings: stable, for texts of your own." example:"user_not_allowed"`
	Fault string `json:"fault" enum:"nobody,caller,agent,tenant,provider,peer,microsoft,tandem,unknown" doc:"Whose it was. tenant: its Teams admin. peer: the carrier or platform on the near side. Finer than the ending's own fault, which is told by the reason alone." example:"tenant"`
	What  string `json:"what" doc:"What happened, in one sentence." example:"The tenant's settings do not let our resource call this person."`
	Do    string `json:"do,omitempty" doc:"What to do about it; absent: nothing." example:"Check the person's Teams Phone licence, Enterprise Voice and federation policy (EnableAcsFederationAccess); the agent's readiness shows which is missing."`
	Known bool   `json:"known" doc:"Whether the table knows the codes of this ending. If not, what is said is general." example:"true"`
	Codes string `json:"codes,omitempty" doc:"As they came." example:"ACS 403/5223"`
}

// TimelineEntry is one thing that happened.
type TimelineEntry struct {
	At     time.Time `json:"at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:01.234Z"`
	Source string    `json:"source" enum:"sip,call_automation,roster,api,webhook,trail,engine" doc:"sip: a dialog of ours. call_automation: requests to Microsoft, and its callbacks. roster: who could take the call, by what presence. api: what was asked for. webhook: what was told. trail: who looked at it. engine: the rest."`
	From   string    `json:"from" enum:"provider,peer,tandem,microsoft_sip,call_automation" doc:"Whose message it is."`
	To     string    `json:"to" enum:"provider,peer,tandem,microsoft_sip,call_automation" doc:"Who got it; the same as from: nothing went anywhere."`
	Leg    string    `json:"leg,omitempty" doc:"near, far or the name of a telephone's." example:"far"`
	Kind   string    `json:"kind" doc:"Its name in the journal, or of the event." example:"agent_failed"`
	What   string    `json:"what" doc:"Its name on the wire, or in short." example:"AddParticipantFailed"`
	Detail []string  `json:"detail" nullable:"false" doc:"What there is to say about it."`
	Failed bool      `json:"failed" doc:"Whether something went wrong in it." example:"true"`
	// Message is of SIP.
	Message *SIPMessage     `json:"message,omitempty" doc:"The SIP message, if it is one that was kept."`
	Raw     json.RawMessage `json:"raw,omitempty" doc:"What is kept of it, without secrets." example:"{\"connection\":\"421f0b00-9a3c-4f5e-8d53-0f6a1d9f4c11\",\"outcome\":{\"class\":\"not_allowed\",\"code\":403,\"sub_code\":5223}}"`
}

// SIPMessage is one as it was on the wire.
type SIPMessage struct {
	Transport string `json:"transport" enum:"UDP,TCP,TLS" doc:"Of the connection."`
	Local     string `json:"local" doc:"Our address and port." example:"192.0.2.1:5060"`
	Remote    string `json:"remote" doc:"Theirs; a name and port, of what was sent to where a name server led." example:"192.0.2.7:5060"`
	StartLine string `json:"start_line" doc:"Its first line." example:"INVITE sip:+493012345678@example.net SIP/2.0"`
	CSeq      string `json:"cseq,omitempty" doc:"Number and method." example:"1 INVITE"`
	CallID    string `json:"call_id,omitempty" doc:"Of the dialog." example:"843817637684230@998sdasdh09"`
	FromTag   string `json:"from_tag,omitempty" doc:"Tag in From." example:"1928301774"`
	ToTag     string `json:"to_tag,omitempty" doc:"Tag in To; absent: there is none yet." example:"a6c85cf"`
	Reason    string `json:"reason,omitempty" doc:"Its Reason header (RFC 3326)." example:"Q.850;cause=16"`
	Body      string `json:"body,omitempty" doc:"Type of its body; absent: it has none." example:"application/sdp"`
	Again     bool   `json:"again" doc:"Whether it repeats one before, byte by byte." example:"false"`
	Text      string `json:"text" doc:"The whole, without keys and answers to challenges." example:"BYE sip:them@192.0.2.7 SIP/2.0\r\nContent-Length: 0\r\n\r\n"`
}

// SoundOverTime is what the sound of one end of a dialog was like.
type SoundOverTime struct {
	Leg    string       `json:"leg" doc:"near, far or the name of a telephone's." example:"near"`
	End    string       `json:"end" enum:"peer,microsoft" doc:"Whose end it is."`
	Points []SoundPoint `json:"points" nullable:"false" doc:"By time, one in 10 seconds and more seldom in long calls; the last is at the leg's end."`
}

// SoundPoint is what came since the point before, or since the sound began.
type SoundPoint struct {
	At        time.Time `json:"at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:11Z"`
	Packets   uint64    `json:"packets" doc:"RTP packets received." example:"500"`
	Lost      uint64    `json:"lost" doc:"Gaps in what was received." example:"3"`
	LostThere uint64    `json:"lost_there" doc:"Packets sent that the other end reports as lost (RTCP)." example:"1"`
	JitterMS  int       `json:"jitter_ms" doc:"Interarrival jitter in milliseconds (RFC 3550)." example:"4"`
	RTTMS     int       `json:"rtt_ms,omitempty" doc:"Round trip to that end in milliseconds (RTCP); absent: not known." example:"38"`
	R         float64   `json:"r,omitempty" doc:"Transmission rating of what was received (ITU-T G.107): 93.2 at best." example:"91.4"`
	MOS       float64   `json:"mos,omitempty" doc:"Mean opinion score of what was received: 4.4 at best, below 3.6 many complain; absent: too little came to tell." example:"4.37"`
}

// LegSound is what was counted on a leg.
type LegSound struct {
	Leg string `json:"leg" doc:"near, far or the name of a telephone's." example:"near"`
	Media
}

// ExplanationGap is something that the timeline does not have.
type ExplanationGap struct {
	Code string `json:"code" enum:"journal,webhooks,sip_messages,sip_messages_left_out,media_over_time" doc:"What."`
	Why  string `json:"why" doc:"And why." example:"What was told by webhook is kept for 30 days."`
}

// Explanation is one call explained.
type Explanation struct {
	Call       call.ID          `json:"call" doc:"Id of the call." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
	Tenant     tenant.ID        `json:"tenant" doc:"Whose call it is." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	TenantName string           `json:"tenant_name,omitempty" doc:"What people call the tenant now." example:"Contoso Airlines"`
	Phase      string           `json:"phase" enum:"requested,routing,connected,released,ending,ended" doc:"Where the call stands." example:"ended"`
	StartedAt  time.Time        `json:"started_at" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:00Z"`
	Verdict    *Verdict         `json:"verdict,omitempty" doc:"Absent as long as the call does not end."`
	Ending     *Ending          `json:"ending,omitempty" doc:"As the record has it."`
	Timeline   []TimelineEntry  `json:"timeline" nullable:"false" doc:"By time."`
	Sound      []LegSound       `json:"sound" nullable:"false" doc:"Of each leg, as it was at its end."`
	OverTime   []SoundOverTime  `json:"sound_over_time" nullable:"false" doc:"Of each end of each leg; empty: nothing of that is kept."`
	Missing    []ExplanationGap `json:"missing" nullable:"false" doc:"What is not kept, or not any more."`
	Masked     []string         `json:"masked" nullable:"false" enum:"numbers,words" doc:"What this key may not see: numbers are cut to three digits without cdrs.read; what was pressed or said is left out without recordings.download."`
}

func showVerdict(v *explain.Verdict) *Verdict {
	if v == nil {
		return nil
	}
	return &Verdict{ID: v.ID, Fault: string(v.Fault), What: v.What, Do: v.Do, Known: v.Known, Codes: v.Codes}
}

func showLine(l explain.Line) TimelineEntry {
	e := TimelineEntry{
		At: l.At, Source: string(l.Source), From: string(l.From), To: string(l.To), Leg: l.Leg, Kind: l.Kind, What: l.What,
		Detail: each(l.Detail, func(d string) string { return d }), Failed: l.Failed, Raw: l.Raw,
	}
	if m := l.Message; m != nil {
		e.Message = &SIPMessage{
			Transport: m.Transport, Local: m.Local, Remote: m.Remote, StartLine: m.StartLine, CSeq: m.CSeq, CallID: m.CallID, FromTag: m.FromTag, ToTag: m.ToTag,
			Reason: m.Reason, Body: m.Body, Again: m.Again, Text: m.Text,
		}
	}
	return e
}

func showSound(t call.Trace) SoundOverTime {
	end := "peer"
	if t.End == call.Far {
		end = "microsoft"
	}
	return SoundOverTime{string(t.Leg), end, each(t.Sound, func(p call.SoundPoint) SoundPoint {
		return SoundPoint{At: p.At.UTC(), Packets: p.Packets, Lost: p.Lost, LostThere: p.LostThere, JitterMS: p.JitterMS, RTTMS: p.RTTMS, R: p.R, MOS: p.MOS}
	})}
}

// explained is a call with all that is kept of it, as far as who asks may see it.
func (s *server) explained(ctx context.Context, in CallPath) (x explain.Explanation, masked []string, err error) {
	c, err := s.callOf(ctx, in)
	if err != nil {
		return x, nil, err
	}
	m, err := s.deps.Journals.Material(ctx, c.Tenant, c.ID)
	if err != nil {
		return x, nil, err
	}
	if m.Traces, err = s.withLive(ctx, c.ID, m.Traces); err != nil {
		return x, nil, err
	}
	masked = []string{}
	numbers, words := hides(ctx)
	if numbers {
		masked = append(masked, "numbers")
	}
	if words {
		masked = append(masked, "words")
	}
	return explain.Explain(c, m, s.cfg.Now()).Mask(numbers, words), masked, nil
}

// hides tells what who asks may not see.
func hides(ctx context.Context) (numbers, words bool) {
	return callerOf(ctx).Permits(provider.CDRsRead) != nil, callerOf(ctx).Permits(provider.RecordingsHear) != nil
}

// withLive adds what this process has of dialogs that are not over, or not written yet.
func (s *server) withLive(ctx context.Context, id call.ID, stored []call.Trace) ([]call.Trace, error) {
	live, err := s.deps.Legs.Traces(ctx, id)
	if err != nil && fault.CodeOf(err) != "no_leg" {
		return nil, err
	}
	for _, t := range live {
		written := slices.ContainsFunc(stored, func(k call.Trace) bool { return k.Leg == t.Leg && k.End == t.End && k.Began.Equal(t.Began) })
		if !written {
			stored = append(stored, t)
		}
	}
	return stored, nil
}

// exportMessages is a file of the SIP messages of a call.
func (s *server) exportMessages(ctx context.Context, in *CallPath) (*huma.StreamResponse, error) {
	c, err := s.callOf(ctx, *in)
	if err != nil {
		return nil, err
	}
	m, err := s.deps.Journals.Material(ctx, c.Tenant, c.ID)
	if err == nil {
		m.Traces, err = s.withLive(ctx, c.ID, m.Traces)
	}
	if err != nil {
		return nil, err
	}
	all := explain.Messages(m.Traces)
	if len(all) == 0 {
		return nil, fault.NotFound("no_messages", "no SIP messages of this call are kept: it has no leg here, or was more than 30 days ago, or the process that had its legs ended before it could write them")
	}
	numbers, words := hides(ctx)
	for i := range all {
		all[i] = explain.MaskMessage(all[i], numbers, words)
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		hc.SetHeader("Content-Type", "application/vnd.tcpdump.pcap")
		hc.SetHeader("Cache-Control", "private, no-store")
		hc.SetHeader("Content-Disposition", `attachment; filename="`+string(c.ID)+`.pcap"`)
		if _, err := hc.BodyWriter().Write(s.deps.Pcap(all)); err != nil { // who asked has gone
			s.log.InfoContext(ctx, "export broken off", "request", requestOf(ctx).id, "error", err)
		}
	}}, nil
}

func (s *server) getExplanation(ctx context.Context, in *CallPath) (*shown[Explanation], error) {
	x, masked, err := s.explained(ctx, *in)
	if err != nil {
		return nil, err
	}
	c := x.Call
	names, err := s.deps.Tenants.TenantNames(ctx, callerOf(ctx).Tenant, []tenant.ID{c.Tenant})
	if err != nil {
		return nil, err
	}
	v := Explanation{
		Call: c.ID, Tenant: c.Tenant, TenantName: names[c.Tenant], Phase: string(c.Phase), StartedAt: c.ID.StartedAt(), Verdict: showVerdict(x.Verdict),
		Timeline: each(x.Lines, showLine), Masked: masked,
		Sound: each(x.Figures(), func(f explain.Figures) LegSound {
			return LegSound{f.Leg, showLegRecord(call.LegRecord{Media: f.Media}).Media}
		}),
		OverTime: each(slices.DeleteFunc(slices.Clone(x.Traces), func(t call.Trace) bool { return len(t.Sound) == 0 }), showSound),
		Missing:  each(x.Missing, func(g explain.Gap) ExplanationGap { return ExplanationGap{g.Code, g.Why} }),
	}
	if c.Ending != nil {
		e := showEnding(*c.Ending)
		v.Ending = &e
	}
	return &shown[Explanation]{v}, nil
}

func (s *server) exportExplanation(ctx context.Context, in *CallPath) (*huma.StreamResponse, error) {
	x, _, err := s.explained(ctx, *in)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", "text/plain; charset=utf-8")
		c.SetHeader("Content-Disposition", `inline; filename="`+string(x.Call.ID)+`.txt"`)
		c.SetHeader("X-Content-Type-Options", "nosniff")
		c.SetHeader("Cache-Control", "private, no-store")
		if err := x.Text(c.BodyWriter()); err != nil { // who asked has gone
			s.log.InfoContext(ctx, "export broken off", "request", requestOf(ctx).id, "error", err)
		}
	}}, nil
}
