package admin

import (
	"context"
	"encoding/json"
	"time"

	"tandem/internal/call"
	"tandem/internal/tenant"
)

// CDR is a call detail record as the API shows it.
type CDR struct {
	Call      call.ID        `json:"call" doc:"Id of the call." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091"`
	Direction string         `json:"direction" enum:"inbound,outbound,guest" doc:"Who began the call: a caller, or we, by calling an agent; guest: the provider, in Microsoft's cloud."`
	External  bool           `json:"external,omitempty" doc:"Whether the caller came over an SBC that is not ours, so that no leg of the call passes this installation." example:"false"`
	Tenant    tenant.ID      `json:"tenant" doc:"The tenant whose call it was." example:"0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21"`
	Peer      string         `json:"peer,omitempty" doc:"The peer that brought the caller." example:"contact-centre"`
	Caller    string         `json:"caller,omitempty" doc:"The caller's number, or anonymous." example:"+493098765432"`
	Called    string         `json:"called,omitempty" doc:"What was dialled." example:"+493012345678"`
	Number    string         `json:"number,omitempty" doc:"The tenant's number that the call went through." example:"+493012345678"`
	Agent     tenant.AgentID `json:"agent,omitempty" doc:"Who talked first." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Ending
	StartedAt   time.Time         `json:"started_at" doc:"When the call started." example:"2026-11-22T09:30:00Z"`
	Marks       Marks             `json:"marks" doc:"When the call reached what."`
	SetupS      float64           `json:"setup_s" doc:"Seconds from the caller's INVITE until both heard each other, or from the request for an outbound call to the answer, or until Microsoft let a guest in; 0 if that was not reached." example:"8.2"`
	TalkS       float64           `json:"talk_s" doc:"Seconds from then until it began to end." example:"241.5"`
	Attempts    []AttemptRecord   `json:"attempts" nullable:"false" doc:"Everyone who was rung, in order."`
	Recordings  []RecordingRecord `json:"recordings" nullable:"false" doc:"What was recorded, in order."`
	Transcript  *TranscriptRecord `json:"transcript,omitempty" doc:"What was transcribed."`
	ReleasedTo  string            `json:"released_to,omitempty" doc:"Name of the person whom the caller was transferred to." example:"Clara Barbosa"`
	Near        LegRecord         `json:"near" doc:"The SIP dialog with the peer."`
	Far         LegRecord         `json:"far" doc:"The SIP dialog with Microsoft."`
	Outlegs     []OutlegRecord    `json:"outlegs" nullable:"false" doc:"Telephones that Microsoft called through us, in order."`
	Connect     *ConnectTo        `json:"connect,omitempty" doc:"The call that we were a guest of."`
	Resource    string            `json:"resource,omitempty" doc:"The resource at which Microsoft had the call." example:"eu-0"`
	Connection  string            `json:"connection,omitempty" doc:"Microsoft's callConnectionId." example:"421f0b00-9a3c-4f5e-8d53-0f6a1d9f4c11"`
	ServerCall  string            `json:"server_call,omitempty" doc:"Microsoft's serverCallId." example:"aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29t"`
	Correlation string            `json:"correlation,omitempty" doc:"Microsoft's correlationId; its support asks for it." example:"f3f1d3c2-53a5-4b0f-9a4d-6b1d1b1c2a10"`
	Context     json.RawMessage   `json:"context,omitempty" doc:"As it was given with the call." example:"{\"ticket\":4711}"`
	Streaming   *Streaming        `json:"streaming,omitempty" doc:"The newest one, with what the bot found out."`
}

// TranscriptRecord says where the transcript is.
type TranscriptRecord struct {
	Phrases int    `json:"phrases" doc:"How many there were." example:"12"`
	URL     string `json:"url" doc:"Where they are, as long as they are kept." example:"/v1/calls/019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091/transcript"`
}

// AttemptRecord is one person's share in a call.
type AttemptRecord struct {
	Agent    tenant.AgentID `json:"agent,omitempty" doc:"Id of the agent." example:"8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"`
	Phone    string         `json:"phone_number,omitempty" doc:"Of a telephone: its number." example:"+493098765432"`
	ACSUser  string         `json:"acs_user,omitempty" doc:"Of an ACS user: the identity." example:"8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02"`
	Name     string         `json:"name,omitempty" doc:"What the person was called." example:"Adele Vance"`
	Outcome  string         `json:"outcome,omitempty" doc:"How it ended." example:"no_answer"`
	Code     int            `json:"code,omitempty" doc:"The code of Call Automation." example:"487"`
	SubCode  int            `json:"sub_code,omitempty" doc:"The sub-code of Call Automation." example:"10003"`
	Message  string         `json:"message,omitempty" doc:"Details for people."`
	RungAt   *time.Time     `json:"rung_at,omitempty" doc:"When Teams was asked to ring." example:"2026-11-22T09:30:01Z"`
	JoinedAt *time.Time     `json:"joined_at,omitempty" doc:"When the person accepted." example:"2026-11-22T09:30:08Z"`
	LeftAt   *time.Time     `json:"left_at,omitempty" doc:"When the person was gone." example:"2026-11-22T09:34:10Z"`
}

// RecordingRecord is what is kept of a recording.
type RecordingRecord struct {
	ID        call.RecordingID `json:"id" doc:"As in the recordings." example:"019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa"`
	State     string           `json:"state" enum:"ended,failed" doc:"failed: it never began."`
	RecordedS float64          `json:"recorded_s" doc:"How many seconds were recorded, without pauses." example:"42.5"`
	Outcome   string           `json:"outcome,omitempty" doc:"Why it failed." example:"not_allowed"`
	StartedAt *time.Time       `json:"started_at,omitempty" doc:"RFC 3339, UTC." example:"2026-11-22T09:30:10Z"`
	EndedAt   *time.Time       `json:"ended_at,omitempty" doc:"RFC 3339, UTC." example:"2026-11-22T09:34:10Z"`
}

func showRecordingRecord(r call.RecordingRecord) RecordingRecord {
	v := RecordingRecord{ID: r.ID, State: string(r.State), RecordedS: seconds(r.Recorded), StartedAt: at(r.StartedAt), EndedAt: at(r.EndedAt)}
	if r.State == call.RecordingFailed {
		v.Outcome = string(r.Outcome.Class)
	}
	return v
}

// LegRecord is what is kept of a leg.
type LegRecord struct {
	SIPCallID string `json:"sip_call_id,omitempty" doc:"Its Call-ID, to find it in traces." example:"a84b4c76e66710@pc33.example.com"`
	Status    int    `json:"status,omitempty" doc:"The SIP status that refused or ended it." example:"486"`
	Q850      int    `json:"q850,omitempty" doc:"The Q.850 cause." example:"16"`
	Text      string `json:"text,omitempty" doc:"The text that came with it." example:"Normal call clearing"`
	Media     Media  `json:"media" doc:"What the relay counted."`
}

// Media is what the relay counted on a leg.
type Media struct {
	PacketsIn  uint64 `json:"packets_in" doc:"RTP packets received." example:"12075"`
	PacketsOut uint64 `json:"packets_out" doc:"RTP packets sent." example:"12070"`
	Lost       uint64 `json:"lost" doc:"Gaps in what was received." example:"3"`
	JitterMS   int    `json:"jitter_ms" doc:"Interarrival jitter in milliseconds (RFC 3550)." example:"4"`

	LostThere uint64  `json:"lost_there" doc:"Packets sent that the other end reports as lost (RTCP)." example:"1"`
	RTTMS     int     `json:"rtt_ms,omitempty" doc:"Round trip between us and the other end in milliseconds (RTCP); absent if it was never told." example:"38"`
	MOS       float64 `json:"mos,omitempty" doc:"Mean opinion score of what was received, by loss, jitter and delay (ITU-T G.107): 4.4 at best, below 3.6 many complain; absent if less than a second was received." example:"4.37"`
	Keys      uint64  `json:"keys" doc:"Keys that were pressed there (RFC 4733)." example:"4"`
}

// OutlegRecord is a telephone that Microsoft called through us.
type OutlegRecord struct {
	LegRecord
	Peer   string    `json:"peer" doc:"The peer that dialled it." example:"carrier"`
	Number string    `json:"number" doc:"The number dialled." example:"+493098765432"`
	Caller string    `json:"caller" doc:"The number shown, or anonymous." example:"+493012345678"`
	At     time.Time `json:"at" doc:"When Microsoft called." example:"2026-11-22T09:31:00Z"`
}

func showCDR(r call.CDR) CDR {
	v := CDR{
		Call: r.Call, Direction: direction(r.Direction), External: r.External, Tenant: r.Tenant, Peer: r.Peer, Caller: r.Caller, Called: r.Called, Number: r.Number, Agent: r.Agent,
		Ending: showEnding(r.Termination), StartedAt: r.Call.StartedAt(), Marks: showMarks(r.Marks),
		SetupS: seconds(r.Setup), TalkS: seconds(r.Talk), Attempts: make([]AttemptRecord, 0, len(r.Attempts)),
		Recordings: each(r.Recordings, showRecordingRecord), ReleasedTo: r.ReleasedTo, Near: showLegRecord(r.Near), Far: showLegRecord(r.Far), Connect: showHost(r.Host), Resource: r.Resource, Connection: r.Connection, ServerCall: r.ServerCall,
		Correlation: r.Correlation, Context: r.Context,
	}
	if r.Phrases > 0 {
		v.Transcript = &TranscriptRecord{Phrases: r.Phrases, URL: transcriptOf(r.Call)}
	}
	if r.Stream != nil {
		k := showStreaming(*r.Stream)
		v.Streaming = &k
	}
	v.Outlegs = make([]OutlegRecord, 0, len(r.Outlegs))
	for _, o := range r.Outlegs {
		v.Outlegs = append(v.Outlegs, OutlegRecord{LegRecord: showLegRecord(o.LegRecord), Peer: o.Peer, Number: o.Number, Caller: o.Caller, At: o.At.UTC()})
	}
	for _, a := range r.Attempts {
		record := AttemptRecord{
			Agent: a.Agent, Name: a.Name, Outcome: string(a.Outcome.Class), Code: a.Outcome.Code, SubCode: a.Outcome.SubCode,
			Message: a.Outcome.Message, RungAt: at(a.Rung), JoinedAt: at(a.Joined), LeftAt: at(a.Left),
		}
		record.Phone, record.ACSUser = outside(a.Outside)
		v.Attempts = append(v.Attempts, record)
	}
	return v
}

func showLegRecord(l call.LegRecord) LegRecord {
	return LegRecord{
		SIPCallID: l.SIPCallID, Status: l.Status, Q850: l.Q850, Text: l.Text,
		Media: Media{
			PacketsIn: l.Media.PacketsIn, PacketsOut: l.Media.PacketsOut, Lost: l.Media.Lost, JitterMS: l.Media.JitterMS,
			LostThere: l.Media.LostThere, RTTMS: l.Media.RTTMS, MOS: l.Media.MOS, Keys: l.Media.Keys,
		},
	}
}

type (
	cdrsQuery struct {
		Narrowed
		Reason string `query:"reason" maxLength:"64" doc:"Only with this reason." example:"no_answer"`
	}
)

func (s *server) getCDR(ctx context.Context, in *CallPath) (*shown[CDR], error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return nil, unknownCall()
	}
	r, err := s.deps.Calls.CDR(ctx, callerOf(ctx).Tenant, id)
	if err != nil {
		return nil, err
	}
	return &shown[CDR]{showCDR(r)}, nil
}

func (s *server) listCDRs(ctx context.Context, in *cdrsQuery) (*shown[Page[CDR]], error) {
	of, err := callerOf(ctx).within(in.Tenant)
	if err != nil {
		return nil, err
	}
	return list[call.CDR, CDR]{
		name: "cdrs", valid: isCallID, show: showCDR,
		last: func(r call.CDR) string { return string(r.Call) },
		fetch: func(after string, limit int) ([]call.CDR, error) {
			q, err := in.query(after, limit)
			if err != nil {
				return nil, err
			}
			q.Reason = in.Reason
			return s.deps.Calls.ListCDRs(ctx, of, q)
		},
	}.page(in.PageQuery)
}
