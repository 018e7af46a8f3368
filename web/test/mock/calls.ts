// Calls, and one of them explained: an agent whom the resource may not call.
import type { Call, Explanation, TimelineEntry } from "../../src/api/types.ts";

export const callId = "019ad3f0-1c00-7f00-8a4b-3c5d6e7f8091";

const start = Date.parse("2026-11-30T09:00:00Z");
const at = (ms: number) => new Date(start + ms).toISOString();

const results = ["completed", "unanswered", "failed", "abandoned", "cancelled"] as const;

/** Lists of calls show a few of their members. */
export function calls(tenant: string): Call[] {
  return Array.from({ length: 60 }, (_, i) => ({
    id: i ? `019ad3f0-1c${String(i).padStart(2, "0")}-7f00-8a4b-3c5d6e7f8091` : callId, direction: "inbound", tenant, tenant_name: "Contoso Airlines", phase: i === 3 ? "connected" : "ended", started_at: at(-i * 60_000),
    caller: i % 5 ? "+493098765432" : "anonymous", number: "+493012345678", ...(i === 3 ? {} : { ending: { result: i ? results[i % 5] : "failed", reason: i ? "caller_hung_up" : "not_allowed", by: "microsoft", fault: i ? "none" : "tenant" } }),
  })) as unknown as Call[];
}

type Lanes = [TimelineEntry["from"], TimelineEntry["to"]];
const line = (ms: number, source: TimelineEntry["source"], [from, to]: Lanes, what: string, detail: string[] = [], more: Partial<TimelineEntry> = {}): TimelineEntry => ({ at: at(ms), source, from, to, kind: what.toLowerCase(), what, detail, failed: false, raw: { what }, ...more });

const sip = (ms: number, way: Lanes, leg: string, start: string, cseq: string, body = "", more: Partial<TimelineEntry> = {}): TimelineEntry => {
  const far = leg === "far";
  const text = `${start}\r\nVia: SIP/2.0/${far ? "TLS" : "UDP"} 192.0.2.7:5060;branch=z9hG4bK74bf9\r\nFrom: <sip:+…432@192.0.2.7>;tag=9fxced76sl\r\nTo: <sip:+…678@192.0.2.1>\r\nCall-ID: a84b4c76e66710@pc33.example.com\r\nCSeq: ${cseq}\r\n${body ? "Content-Type: application/sdp\r\n" : ""}Content-Length: ${body.length}\r\n\r\n${body}`;
  return line(ms, "sip", way, start.startsWith("SIP/2.0 ") ? start.slice(8) : start.slice(0, start.indexOf(" ")), [`CSeq ${cseq}`, ...(body ? ["application/sdp"] : [])], {
    kind: "sip_message", leg, raw: undefined,
    message: { transport: far ? "TLS" : "UDP", local: "192.0.2.1:5060", remote: far ? "sip.pstnhub.microsoft.com:5061" : "192.0.2.7:5060", start_line: start, cseq, call_id: "a84b4c76e66710@pc33.example.com", from_tag: "9fxced76sl", again: false, text, ...(body ? { body: "application/sdp" } : {}) },
    ...more,
  });
};
const sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8 101\r\n";

export const explanation = (tenant: string): Explanation => ({
  call: callId, tenant, tenant_name: "Contoso Airlines", phase: "ended", started_at: at(0),
  verdict: {
    id: "user_not_allowed", fault: "tenant", known: true, codes: "ACS 403/5223", what: "The tenant's settings do not let our resource call this person.",
    do: "Check the person's Teams Phone licence, Enterprise Voice and federation policy (EnableAcsFederationAccess); the agent's readiness shows which is missing.",
  },
  ending: { result: "failed", reason: "not_allowed", by: "microsoft", fault: "tenant", acs_code: 403, acs_sub_code: 5223 },
  timeline: [
    sip(0, ["peer", "tandem"], "near", "INVITE sip:+…678@192.0.2.1 SIP/2.0", "1 INVITE", sdp),
    sip(0, ["tandem", "peer"], "near", "SIP/2.0 100 Trying", "1 INVITE"),
    line(0, "roster", ["tandem", "tandem"], "choose agent"),
    line(3, "roster", ["tandem", "tandem"], "Adele Vance chosen", ["Adele Vance is Available, 3 s old from graph", "Bob Babbage is Busy (InACall), 3 s old from graph"]),
    sip(4, ["tandem", "peer"], "near", "SIP/2.0 180 Ringing", "1 INVITE"),
    sip(5, ["tandem", "microsoft_sip"], "far", "INVITE sip:+…678@sip.pstnhub.microsoft.com SIP/2.0", "1 INVITE", sdp),
    sip(60, ["microsoft_sip", "tandem"], "far", "SIP/2.0 180 Ringing", "1 INVITE"),
    line(150, "call_automation", ["call_automation", "tandem"], "IncomingCall", ["resource eu-0"]),
    line(151, "call_automation", ["tandem", "call_automation"], "Answer"),
    line(230, "call_automation", ["call_automation", "tandem"], "Answer: 200"),
    line(320, "call_automation", ["call_automation", "tandem"], "CallConnected"),
    line(321, "call_automation", ["tandem", "call_automation"], "AddParticipant", ["for 20s"]),
    line(4000, "call_automation", ["call_automation", "tandem"], "AddParticipantFailed", ["not_allowed", "ACS 403/5223"], { failed: true, kind: "agent_failed", raw: { connection: "421f0b00-9a3c-4f5e-8d53-0f6a1d9f4c11", outcome: { class: "not_allowed", code: 403, sub_code: 5223 } } }),
    line(4001, "engine", ["tandem", "tandem"], "deadline passed"),
    sip(4020, ["tandem", "peer"], "near", "SIP/2.0 403 Forbidden", "1 INVITE", "", { failed: true }),
    sip(4060, ["microsoft_sip", "tandem"], "far", "BYE sip:192.0.2.1:5061 SIP/2.0", "2 BYE"),
    line(4200, "webhook", ["tandem", "provider"], "call.ended", ["webhook w1", "connection refused"], { failed: true }),
    line(5200, "webhook", ["tandem", "provider"], "call.ended", ["webhook w1", "204 after 12ms"]),
  ],
  sound: [
    { leg: "near", packets_in: 0, packets_out: 0, lost: 0, lost_there: 0, jitter_ms: 0, keys: 0 },
    { leg: "far", packets_in: 12075, packets_out: 12070, lost: 31, lost_there: 2, jitter_ms: 4, rtt_ms: 38, mos: 4.31, keys: 0 },
  ],
  sound_over_time: ["peer", "microsoft"].map((end) => ({
    leg: end === "peer" ? "near" : "far", end: end as "peer" | "microsoft",
    points: Array.from({ length: 13 }, (_, i) => ({
      at: at(10_000 * (i + 1)), packets: 500 - (i === 7 ? 60 : 0), lost: i === 7 ? 60 : i % 4, lost_there: i % 3, jitter_ms: 3 + (i % 5) + (i === 7 ? 36 : 0), rtt_ms: end === "peer" ? 0 : 34 + i, mos: i === 7 ? 2.86 : 4.2 + (i % 3) / 20,
    })),
  })),
  missing: [{ code: "sip_messages_left_out", why: "2 SIP messages had no room." }],
  masked: ["numbers"],
});
