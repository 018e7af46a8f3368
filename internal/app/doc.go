// Package app wires the product: it is the only place that knows every part.
//
//	config ──▶ New ──▶ store, journal ─┐
//	                   entra, graph ───┼──▶ bridge ◀──▶ sip edge
//	                   acs ────────────┘      ▲
//	                   store, graph, bridge ──▶ onboarding ◀── admin API, portal
//	           Run ──▶ admin API and portal (http), doors for Microsoft (https), edge,
//	                   jobs, what onboarding has to do by itself
//
// A process does all of it, or what its roles say (package config). Two do without a SIP
// edge: one with the admin API and Microsoft's doors, and one with the jobs.
//
// [New] opens every socket and fails with the name of what is in the way; [Run]
// serves until its context ends, then drains: no new calls, those there are
// asked to end, then everything is closed in the reverse order.
package app
