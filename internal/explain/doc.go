// Package explain tells what became of one call: whose fault its end was and what to do
// about it (the verdict), and what happened in which order (the timeline, with a ladder of
// the SIP and HTTP messages between peer, Tandem, Microsoft and the provider).
//
// # The verdict
//
// [Judge] looks a [call.Termination] up in a table (verdicts*.go) whose rows are data:
// what has to match, whose fault it was, what happened, what to do. The row with the most
// conditions that match wins; two rows never match equally well (a test sees to it). Each
// reason of package call has a row that asks for nothing but the reason, so there is always
// an answer; where the codes were not understood the verdict says so and shows them, rather
// than guess. A termination's own fault is coarse, because it is told when the call ends and
// by the reason alone; the verdict may be finer (a silent proxy is called Microsoft's there,
// and is mostly a firewall of the provider's).
//
// Sources: facts/call-automation.md §14 for the codes of Call Automation,
// facts/direct-routing.md §12 for SIP status and Q.850 cause of Microsoft's proxies, RFC 3398
// §7.2.4.1 for causes of carriers, and the texts of package sip for what our edge gives up.
//
// # The timeline
//
// [Explain] joins what the installation keeps of a call: events and actions of its journal,
// what was told by webhook, the lines of the trail, and its record. It invents nothing: a
// source that keeps nothing, or does not any more, is named in [Explanation.Missing]. SIP
// messages are those that the edges kept, each with its text; of a leg of which none are kept
// they are what the edge told the engine of: the first INVITE, what answers it, how the
// dialog ended.
package explain
