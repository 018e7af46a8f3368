// Package teams is the people: Teams users who are rung, accept, decline or let
// it ring, who speak and listen once they are in a call, mute, hold, press keys
// and pass calls on, and whose presence the simulated Graph shows. A person at a
// browser can speak for one of them: Voice.
//
// A Directory has one lock for all of its users; it is never held while an
// Invitation's functions or those of a Voice are called, so callers may ring,
// cancel and leave with their own locks held, and may take these locks when they
// are told of an outcome. The lock of a conference is taken inside it; the mixer
// calls nobody with that one held.
//
// Which code an unreachable Teams user gives is documented nowhere as a table
// for adding participants; outcome.go follows facts/call-automation.md §14.
package teams
