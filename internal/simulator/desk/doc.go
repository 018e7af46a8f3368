// Package desk is how people and tests hold the simulator in their hands: the
// JSON interface /_sim, and the pages where a human plays the Teams users. /desk
// is the lobby, who rings first; /desk/{oid} is one user's Teams; /desk/phones are
// the telephones of package phones; /desk/misbehaviour sets faults and switches;
// /desk/admin/{tid} is the Teams admin centre of a tenant, with its PowerShell.
//
// The pages are an empty shell and an ES module that draws what /desk/events
// says: server-sent events with the whole state, sent when something changed
// (live.go). What is clicked or typed goes to /_sim. All of it is served from
// here under a policy that allows nothing else; requests that a browser sends for
// another site are refused.
//
// A browser allows six connections to one server, all tabs together, and a desk
// may well have more tabs than that. So one tab keeps the stream and tells the
// others (stream.js).
//
// The voice is WebRTC, offered and answered as in WHIP (RFC 9725): POST
// /desk/{oid}/voice takes an offer and gives the answer and, in Location, what to
// DELETE in the end (voice.go).
package desk
