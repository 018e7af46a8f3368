// Package evidence is the register of what the simulator imitates and how well
// that is known.
//
// Every package of the simulator declares its own rows and hands them over as
// slices; nothing registers itself. A Behaviour is one thing that the service
// does, marked with the best evidence there is. Where there is none, the
// behaviour is an Inference: a named switch with the values that it could have
// in reality, the first of which the simulator believes. A program that works
// only with the first value rests on a guess; Switches.FlipAll shows it.
//
// Markdown writes the register for readers.
package evidence
