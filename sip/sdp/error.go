package sdp

import "fmt"

// Problem tells apart a body that is broken from one that cannot be served.
type Problem int

const (
	// Malformed is for bodies that violate the syntax: SIP 400.
	Malformed Problem = iota + 1
	// Unacceptable is for correct bodies that leave nothing to agree on: SIP 488.
	Unacceptable
)

func (p Problem) String() string {
	return [...]string{"", "malformed", "unacceptable"}[p]
}

// Error is the error of this package. What never contains keys and may be shown to the peer.
type Error struct {
	Problem Problem
	What    string
}

func (e *Error) Error() string { return "SDP " + e.Problem.String() + ": " + e.What }

func malformed(format string, args ...any) error {
	return &Error{Problem: Malformed, What: fmt.Sprintf(format, args...)}
}

func unacceptable(format string, args ...any) error {
	return &Error{Problem: Unacceptable, What: fmt.Sprintf(format, args...)}
}
