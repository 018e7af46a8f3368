package bot

import (
	"io"
	"testing"
	"time"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
)

// TestWords: final phrases are handed on in turn, others are not, and the same door
// tells words from sound.
func TestWords(t *testing.T) {
	w := newWorld(t)
	w.set(func() {
		w.c.Stream, w.c.Transcription = nil, &call.Transcription{ID: "w", State: call.TranscriptionRunning}
	})
	open := func(first bridge.HeardKind) (*line, chan struct{}) {
		t.Helper()
		serve, err := w.s.Expect(t.Context(), bridge.Socket{Call: "c", Resource: "eu-0", Connection: "conn"})
		if err != nil {
			t.Fatal(err)
		}
		l, done := newLine(), make(chan struct{})
		go func() { defer close(done); serve(l) }()
		l.heard <- bridge.Heard{Kind: first}
		return l, done
	}
	_, done := open(bridge.SoundBegins) // that nobody asked for
	next(t, done)

	l, done := open(bridge.WordsBegin)
	anna := call.Endpoint{Kind: tenant.TeamsUser, ID: "anna"}
	l.heard <- bridge.Heard{Kind: bridge.HeardWords, Said: bridge.Said{Text: "hel", Who: anna}}
	l.heard <- bridge.Heard{Kind: bridge.HeardWords, Said: bridge.Said{Text: "hello", Who: anna, Confidence: .9, OffsetMS: 260, DurationMS: 370, Final: true}}
	l.heard <- bridge.Heard{Kind: bridge.HeardWords, Said: bridge.Said{Text: "again", Final: true}}
	want1 := call.Transcribed{Transcription: "w", Who: anna, Text: "hello", Confidence: .9, Offset: 260 * time.Millisecond, Duration: 370 * time.Millisecond}
	if e := want[call.Transcribed](t, w.events); e != want1 {
		t.Errorf("%+v", e)
	}
	if e := want[call.Transcribed](t, w.events); e.Text != "again" {
		t.Errorf("%+v", e)
	}
	l.lost <- io.EOF
	next(t, done)
	next(t, l.closed)

	w.set(func() { w.over = fault.NotFound("call_over", "the call is over") })
	l, done = open(bridge.WordsBegin)
	l.heard <- bridge.Heard{Kind: bridge.HeardWords, Said: bridge.Said{Text: "late", Final: true}}
	next(t, done)
	next(t, l.closed)
}
