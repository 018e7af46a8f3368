package acs

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
)

// MediaOptions are the sockets that a call may have. They can be given only when it
// is answered or made, not later (facts/call-automation.md §6.1, §9).
type MediaOptions struct {
	Streaming     *StreamingOptions     `json:"mediaStreamingOptions,omitempty"`
	Transcription *TranscriptionOptions `json:"transcriptionOptions,omitempty"`
}

// StreamingOptions is the socket to the sound of a call.
type StreamingOptions struct {
	Transport     string `json:"transportType"`
	URL           string `json:"transportUrl"`
	Content       string `json:"contentType"`
	Channels      string `json:"audioChannelType"`
	Start         bool   `json:"startMediaStreaming"`
	Bidirectional bool   `json:"enableBidirectional"`
	Format        string `json:"audioFormat"`
	Tones         bool   `json:"enableDtmfTones"`
}

// TranscriptionOptions is the socket to the words of a call. Another language may be
// said when it starts.
type TranscriptionOptions struct {
	Transport    string `json:"transportType"`
	URL          string `json:"transportUrl"`
	Locale       string `json:"locale"`
	Start        bool   `json:"startTranscription"`
	Intermediate bool   `json:"enableIntermediateResults"`
}

// mediaOptions go with every call, whether it has to do with a bot or not: who asks
// for a stream in the middle of a call could not have it otherwise (405/8522), and
// what is not started stays inactive: no socket, no sound leaves Microsoft (§9).
// Mixed, because a bot talks with whoever is there; 16 kHz is what speech services
// take.
func (c *Connectivity) mediaOptions(res Resource, id call.ID) MediaOptions {
	url := c.keys.MediaURL(c.publicURL, res.ID, id)
	o := MediaOptions{Streaming: &StreamingOptions{
		Transport: "websocket", URL: url, Content: "audio", Channels: "mixed",
		Bidirectional: true, Format: "pcm16KMono", Tones: true,
	}}
	if res.CognitiveEndpoint != "" { // without speech there is nothing to transcribe with
		o.Transcription = &TranscriptionOptions{Transport: "websocket", URL: url, Locale: "en-US"}
	}
	return o
}

// StreamRequest is the body of requests to start and stop.
type StreamRequest struct {
	Context string `json:"operationContext,omitempty"`
}

// TranscribeRequest is the body of requests to start, and to change the language.
type TranscribeRequest struct {
	Locale  string `json:"locale,omitempty"`
	Context string `json:"operationContext,omitempty"`
}

// streamFailed reads the loss of a stream. What Microsoft could not reach is us.
func (d callback) streamFailed(details string) call.Event {
	e := call.OperationEnded{Op: opOf(d.Context), State: call.OperationFailed, Outcome: d.Result.outcome(call.ClassUnknown)}
	switch strings.ToLower(details) {
	case "streamconnectioninterrupted", "streamconnectionunsuccessful", "initialwebsocketconnectionfailed", "servicetimeout", "speechservicesconnectionerror":
		e.Outcome.Class = call.ClassMedia
	case "streamurlmissing", "badrequest", "authenticationfailure", "forbidden":
		e.Outcome.Class = call.ClassMisconfigured
	case "toomanyrequests":
		e.Outcome.Class = call.ClassThrottled
	}
	if details != "" {
		e.Outcome.Message = brief(details)
	}
	return e
}

const (
	connectionHeader = "x-ms-call-connection-id"
	// maxFrame is what a frame of Microsoft's may weigh: 20 ms of sound are below
	// two kilobytes, a phrase with its words some tens.
	maxFrame = 256 << 10
	// writeWithin is how long Microsoft may leave a frame of ours lying.
	writeWithin = 5 * time.Second
	// frameBytes is 20 ms, the size of Microsoft's own frames (§9).
	frameBytes = 640
)

// media lets a socket in whose path, token and connection are those of a call that
// awaits it. The token lives for a day (§9), so it alone would open every call of
// its resource.
func (h *Hooks) media(w http.ResponseWriter, r *http.Request) {
	resource := r.PathValue("resource")
	id, err := call.ParseID(r.PathValue("call"))
	if err != nil || h.cfg.Media == nil || !h.cfg.Keys.admits(r.PathValue("secret"), mediaText(resource, id)) {
		h.answer(w, doorMedia, wasBadSecret, http.StatusNotFound)
		return
	}
	res, ok := h.resource(w, r, doorMedia)
	if !ok || !h.verified(w, r, doorMedia, res, id) {
		return
	}
	serve, err := h.cfg.Media.Expect(r.Context(), bridge.Socket{Call: id, Resource: res.ID, Connection: r.Header.Get(connectionHeader)})
	switch fault.KindOf(err) {
	case fault.KindNone:
	case fault.KindNotFound:
		h.answer(w, doorMedia, wasLate, http.StatusNotFound)
		return
	case fault.KindForbidden:
		h.cfg.Logger.WarnContext(r.Context(), "socket refused", "resource", res.ID, "call", id, "error", err)
		h.answer(w, doorMedia, wasForeign, http.StatusForbidden)
		return
	default:
		h.fail(w, r, doorMedia, err)
		return
	}
	conn, err := websocket.Accept(w, r, nil) // answers what is no handshake; compression would cost more than it saves
	if err != nil {
		h.cfg.Metrics.delivery(doorMedia, wasBadBody)
		return
	}
	h.cfg.Metrics.delivery(doorMedia, wasTaken)
	l := newLine(conn)
	defer l.Close("")
	serve(l)
}

// line is a socket of Microsoft's.
type line struct {
	conn  *websocket.Conn
	in    []byte // of Hear
	pcm   []byte // of Hear
	out   []byte // of Say
	close sync.Once
}

var _ bridge.Line = (*line)(nil)

func newLine(conn *websocket.Conn) *line {
	conn.SetReadLimit(maxFrame)
	return &line{conn: conn}
}

// Hear implements bridge.Line.
func (l *line) Hear(ctx context.Context) (bridge.Heard, error) {
	kind, r, err := l.conn.Reader(ctx)
	if err == nil {
		l.in, err = readInto(l.in[:0], r)
	}
	if err != nil {
		if s := websocket.CloseStatus(err); s == websocket.StatusNormalClosure || s == websocket.StatusGoingAway {
			err = io.EOF
		}
		return bridge.Heard{}, err
	}
	if kind != websocket.MessageText {
		return bridge.Heard{}, nil
	}
	return l.decode(l.in), nil
}

// readInto appends all of r to a buffer that is used again.
func readInto(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, make([]byte, 2048)...)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// Say implements bridge.Line.
func (l *line) Say(ctx context.Context, pcm []byte) error {
	for len(pcm) > 0 {
		n := min(len(pcm), frameBytes)
		l.out = appendSound(l.out[:0], pcm[:n])
		if err := l.write(ctx, l.out); err != nil {
			return err
		}
		pcm = pcm[n:]
	}
	return nil
}

// Hush implements bridge.Line.
func (l *line) Hush(ctx context.Context) error { return l.write(ctx, stopFrame) }

func (l *line) write(ctx context.Context, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	return l.conn.Write(ctx, websocket.MessageText, text)
}

// Close implements bridge.Line.
func (l *line) Close(why string) {
	l.close.Do(func() {
		_ = l.conn.Close(websocket.StatusNormalClosure, why) // it may be gone already
	})
}

// Frames of ours are spelt as in Microsoft's samples; its SDKs spell them otherwise
// (§9).
const (
	soundHead = `{"kind":"AudioData","audioData":{"data":"`
	soundTail = `"}}`
)

var stopFrame = []byte(`{"kind":"StopAudio","stopAudio":{}}`)

// appendSound writes a frame of sound.
func appendSound(b, pcm []byte) []byte {
	b = append(b, soundHead...)
	b = base64.StdEncoding.AppendEncode(b, pcm)
	return append(b, soundTail...)
}

// frame is what Microsoft sends, as far as it is used.
type frame struct {
	Kind  string `json:"kind"`
	Audio struct {
		Data   string `json:"data"`
		Silent bool   `json:"silent"`
	} `json:"audioData"`
	DTMF struct {
		Data string `json:"data"`
	} `json:"dtmfData"`
	Words struct {
		Text       string  `json:"text"`
		Confidence float64 `json:"confidence"`
		Offset     int64   `json:"offset"` // 100 ns
		Duration   int64   `json:"duration"`
		Who        string  `json:"participantRawID"`
		Status     string  `json:"resultStatus"`
	} `json:"transcriptionData"`
}

const ticksPerMS = 10_000

// decode reads a frame. What is not understood is nothing, as an unknown event is.
func (l *line) decode(text []byte) bridge.Heard {
	if data, ok := soundOf(text); ok { // fifty a second
		if pcm, ok := l.pcmOf(data); ok {
			return bridge.Heard{Kind: bridge.HeardSound, PCM: pcm}
		}
	}
	var f frame
	if json.Unmarshal(text, &f) != nil {
		return bridge.Heard{}
	}
	switch strings.ToLower(f.Kind) {
	case "audiometadata":
		return bridge.Heard{Kind: bridge.SoundBegins}
	case "transcriptionmetadata":
		return bridge.Heard{Kind: bridge.WordsBegin}
	case "audiodata":
		if pcm, ok := l.pcmOf([]byte(f.Audio.Data)); ok {
			return bridge.Heard{Kind: bridge.HeardSound, PCM: pcm}
		}
	case "dtmfdata":
		if tone := strings.ToUpper(f.DTMF.Data); len(tone) == 1 && call.AreTones(tone) {
			return bridge.Heard{Kind: bridge.HeardTone, Tone: tone}
		}
	case "transcriptiondata":
		if w := f.Words; w.Text != "" {
			return bridge.Heard{Kind: bridge.HeardWords, Said: bridge.Said{
				Text: w.Text, Who: who(w.Who), Confidence: w.Confidence, OffsetMS: w.Offset / ticksPerMS, DurationMS: w.Duration / ticksPerMS,
				Final: strings.EqualFold(w.Status, "final"),
			}}
		}
	}
	return bridge.Heard{}
}

// who reads a raw id; whom it does not know is nobody.
func who(raw string) call.Endpoint {
	e, _ := Identifier{RawID: raw}.endpoint()
	return e
}

// pcmOf decodes whole samples into the line's own buffer.
func (l *line) pcmOf(data []byte) ([]byte, bool) {
	pcm, err := base64.StdEncoding.AppendDecode(l.pcm[:0], data)
	l.pcm = pcm
	return pcm, err == nil && len(pcm) > 0 && len(pcm)%2 == 0
}

// soundOf finds the data of a frame of sound that is spelt as the service does
// (§9). It saves most of the time of a JSON parser, which reads whatever is not
// spelt so. False: let it.
func soundOf(text []byte) ([]byte, bool) {
	if !bytes.HasPrefix(text, audioHead) {
		return nil, false
	}
	rest := text[len(audioHead):]
	for !bytes.HasPrefix(rest, audioMember) { // members before it: a text or a word each, without escapes
		end := bytes.IndexByte(rest, ',')
		if end < 0 || bytes.ContainsAny(rest[:end], `\{}[]`) || bytes.Count(rest[:end], quote)%2 != 0 {
			return nil, false
		}
		rest = rest[end+1:]
	}
	rest = rest[len(audioMember):]
	end := bytes.IndexByte(rest, '"')
	if end < 0 {
		return nil, false
	}
	switch string(rest[end+1:]) { // whether it is silence, or nothing
	case `}}`, `,"silent":false}}`, `,"silent":true}}`:
		return rest[:end], true
	}
	return nil, false
}

var (
	audioHead   = []byte(`{"kind":"AudioData","audioData":{`)
	audioMember = []byte(`"data":"`)
	quote       = []byte(`"`)
)
