// Package operator does at a terminal what the console does in a browser: it asks the admin
// API with a key, as any program of the provider could, and writes what it answers for
// people, or as it came.
//
// Refusals keep their kind: fault.Conflict is a state that somebody has to look at, and
// [ErrPending] tells a script that something is to be done.
package operator
