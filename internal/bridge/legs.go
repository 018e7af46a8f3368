package bridge

import (
	"time"

	"tandem/internal/call"
)

// LegQuality is what the sound of one end of a leg is like so far.
type LegQuality struct {
	Side  call.Side // near, far or a telephone's
	End   call.Side // whose sound it is: the peer's ([call.Near]) or Microsoft's ([call.Far])
	Media call.MediaStats
}

// Capture says what is kept of a running call.
type Capture struct {
	Sound bool          // what is said, and not only that it is
	For   time.Duration // until it ends by itself
}

// CaptureState is how a capture stands.
type CaptureState struct {
	Capture
	Began   time.Time
	Ended   time.Time // zero: it goes on
	Size    int       // bytes of the file
	Missing int       // packets that had no room in it
}
