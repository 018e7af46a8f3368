// Package sim runs the real call, roster and bridge code on a virtual clock
// against a simulated network, Microsoft and journal, single-threaded and
// driven by one seed. Between any two writes to the journal a process can be
// killed; callbacks are lost, doubled, delayed and reordered; requests fail
// before or after they took effect; the journal goes away for a while.
//
// After every task the invariants are checked (invariants.go). A failing seed
// replays exactly: go test ./internal/bridge/sim -run TestSeeds -seed N -v prints
// the story of the run.
package sim
