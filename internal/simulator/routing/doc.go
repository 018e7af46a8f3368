// Package routing is the SIP routing API of the simulated resources: the trunks and voice
// routes that are configured by GET and PATCH of /sip (facts/direct-routing.md §1), and what
// the SIP proxies make of them.
//
//	Service   one resource's HTTP API
//	Book      the configurations of all resources: what is stored, and what is in force
//	Patch     a merge patch (RFC 7396) held against the rules; pure
//	Control   /_sim/sip: the portal's part, above all the proof that one owns a domain
//
// What is stored is in force at once, or after the documented minutes if the simulator runs
// with delays. A change is a version with the time from which it holds; who looks a trunk or
// a route up gets the version of that moment, so nothing has to happen when the time comes.
//
// Number patterns are .NET's, so they are read by an engine that speaks that dialect: a
// pattern with a look-ahead works here as it does there.
package routing
