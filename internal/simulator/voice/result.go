package voice

import (
	"context"
	"fmt"

	"tandem/internal/simulator/events"
)

// Results of operations on media: the lists of event codes on Microsoft's pages
// on playing and recognising [D], facts/call-automation.md §7.
var (
	Completed        = events.Result{Code: 200, Message: "Action completed successfully."}
	MaxTones         = events.Result{Code: 200, SubCode: 8531, Message: "Action completed, max digits received."}
	StopTone         = events.Result{Code: 200, SubCode: 8514, Message: "Action completed as stop tone was detected."}
	Canceled         = events.Result{Code: 400, SubCode: 8508, Message: "Action failed, the operation was canceled."}
	InitialSilence   = events.Result{Code: 400, SubCode: 8510, Message: "Action failed, initial silence timeout reached."}
	InterToneTimeout = events.Result{Code: 400, SubCode: 8532, Message: "Action failed, inter-digit silence timeout reached."}
	PromptFailed     = events.Result{Code: 500, SubCode: 8511, Message: "Action failed, encountered failure while trying to play the prompt."}
	BadFormat        = events.Result{Code: 400, SubCode: 8535, Message: "Action failed, file format is invalid."}
	NotDownloaded    = events.Result{Code: 400, SubCode: 8536, Message: "Action failed, file could not be downloaded."}
	BadSpeechRequest = events.Result{Code: 400, SubCode: 8565, Message: "Action failed, bad request to Azure AI services. Check input parameters."}
	SpeechTimedOut   = events.Result{Code: 408, SubCode: 8565, Message: "Action failed, request to Azure AI services timed out."}
	Shutdown         = events.Result{Code: 500, SubCode: 8572, Message: "Action failed due to play service shutdown."}
	Internal         = events.Result{Code: 500, SubCode: 9999, Message: "Unknown internal server error"}
)

// Results whose subcode is documented, but whose code 400 or 200 and whose
// message are not; the messages follow the comments in Microsoft's .NET SDK [K],
// in the manner of the others [?].
var (
	EmptyText        = events.Result{Code: 400, SubCode: 8582, Message: "Action failed, play source text or ssml empty."}
	ToneMatched      = events.Result{Code: 200, SubCode: 8533, Message: "Action completed, DTMF option matched."}
	IncorrectTone    = events.Result{Code: 400, SubCode: 8534, Message: "Action failed, incorrect tone detected."}
	SpeechMatched    = events.Result{Code: 200, SubCode: 8545, Message: "Action completed, speech option matched."}
	SpeechRecognised = events.Result{Code: 200, SubCode: 8569, Message: "Action completed, speech was recognized."}
	SpeechNotMatched = events.Result{Code: 400, SubCode: 8547, Message: "Action failed, speech option not matched."}
	NotRecognised    = events.Result{Code: 400, SubCode: 8563, Message: "Action failed, speech not recognized."}
)

// Failure is every error of this package: what the application is told, and why.
type Failure struct {
	events.Result
	// Err is the cause, for the log; the application never sees it.
	Err error
}

func (f *Failure) Error() string {
	text := fmt.Sprintf("%d/%d %s", f.Code, f.SubCode, f.Message)
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

func (f *Failure) Unwrap() error { return f.Err }

// fail makes the error for the application of a cause in plain words.
func fail(r events.Result, format string, args ...any) error {
	return &Failure{Result: r, Err: fmt.Errorf(format, args...)}
}

// shutdown is the failure of work that was given up because its call ended
// (500/8572, facts/call-automation.md §7).
func shutdown(ctx context.Context) error {
	return &Failure{Result: Shutdown, Err: context.Cause(ctx)}
}
