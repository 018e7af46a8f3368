package bridge

import (
	"context"

	"tandem/internal/call"
)

// Line is a socket that Microsoft opened to the sound, or to the words, of a call.
// Hear is for one goroutine, the others for one more.
type Line interface {
	// Hear waits for what comes next. What it returns is good until it is called
	// again. io.EOF: Microsoft closed in peace; any other error: it is lost.
	Hear(ctx context.Context) (Heard, error)
	// Say sends sound, of any length, in the form of [Heard].PCM. It waits when
	// Microsoft does not take it.
	Say(ctx context.Context, pcm []byte) error
	// Hush drops what was said and not heard yet.
	Hush(ctx context.Context) error
	// Close ends the socket. It may be called from anywhere, and again.
	Close(why string)
}

// Heard is one thing of a [Line]: the member that is set says what.
type Heard struct {
	Kind HeardKind
	PCM  []byte // sound: 16 kHz, mono, 16 bits, little-endian
	Tone string // one of 0-9, *, #, A-D
	Said Said
}

// HeardKind says what was heard.
type HeardKind int

// The kinds.
const (
	HeardNothing HeardKind = iota // a frame of no interest
	HeardSound                    // PCM
	HeardTone                     // Tone
	HeardWords                    // Said
	SoundBegins                   // the first of a line that carries sound
	WordsBegin                    // the first of a line that carries words
)

// Said is a piece of what somebody said.
type Said struct {
	Text       string
	Who        call.Endpoint // zero: not known
	Confidence float64
	OffsetMS   int64 // since the transcription began
	DurationMS int64
	Final      bool // no better version of it will come
}

// Media takes the sockets that Microsoft opens.
type Media interface {
	// Expect says whether a socket for a connection of a call is awaited, and gives
	// what serves it until it ends. fault.NotFound, fault.Forbidden.
	Expect(ctx context.Context, s Socket) (serve func(Line), err error)
}

// Socket is a socket about to be opened.
type Socket struct {
	Call       call.ID
	Resource   string
	Connection string
}
