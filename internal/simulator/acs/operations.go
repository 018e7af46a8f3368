package acs

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"

	"tandem/internal/simulator/events"
)

// kind is the JSON type that a request field must have.
type kind int

const (
	text kind = iota
	flag
	integer
	words      // a string out of field.words, compared without case
	object     // with field.of
	list       // of objects with field.of
	textList   // of strings; with field.words each is one of them
	textMap    // of strings
	party      // CommunicationIdentifierModel
	partyList  // of them, not empty if required
	numberOnly // a bare {"value": "+1…"}
	userOnly   // a bare {"id": "8:acs:…"}
)

// field is one member of a request body. Bounds hold for integers (value) and
// texts (length) and count only if max is set.
type field struct {
	name     string
	kind     kind
	required bool
	min, max int
	words    []string
	of       []field
}

// checkBody refuses what misses a required field, has one of another type or
// out of its range. Members that are not listed are ignored [?]
// (facts/call-automation.md §18).
func checkBody(body []byte, fields []field) error {
	if len(body) == 0 && !slices.ContainsFunc(fields, func(f field) bool { return f.required }) {
		return nil
	}
	var members map[string]any
	if json.Unmarshal(body, &members) != nil {
		return invalid("The request body is not valid JSON for this operation.")
	}
	return checkObject(members, fields)
}

func checkObject(members map[string]any, fields []field) error {
	for _, f := range fields {
		given := false
		for name, value := range members { // read without case later, so looked at without case
			if !strings.EqualFold(name, f.name) || value == nil || value == "" {
				continue
			}
			given = true
			if !f.fits(value) {
				return f.wrong()
			}
			if err := f.inside(value); err != nil {
				return err
			}
		}
		if f.required && !given {
			return invalid("The " + f.title() + " field is required.")
		}
	}
	return nil
}

// title is the field's name as Microsoft's messages spell it.
func (f field) title() string { return strings.ToUpper(f.name[:1]) + f.name[1:] }

func (f field) wrong() error { return invalid("The field " + f.title() + " is invalid.") }

// fits says whether a value has the type and the range of the field.
func (f field) fits(value any) bool {
	switch f.kind {
	case text:
		s, ok := value.(string)
		return ok && (f.max == 0 || len(s) >= f.min && len(s) <= f.max)
	case flag:
		_, ok := value.(bool)
		return ok
	case integer:
		n, ok := value.(float64)
		return ok && n == math.Trunc(n) && (f.max == 0 || n >= float64(f.min) && n <= float64(f.max))
	case words:
		s, ok := value.(string)
		return ok && f.knows(s)
	case textList:
		l, ok := value.([]any)
		return ok && (len(l) > 0 || !f.required) && (f.max == 0 || len(l) <= f.max) && !slices.ContainsFunc(l, func(v any) bool {
			s, isText := v.(string)
			return !isText || f.words != nil && !f.knows(s)
		})
	case textMap:
		m, ok := value.(map[string]any)
		if !ok {
			return false
		}
		for _, v := range m {
			if _, isText := v.(string); !isText {
				return false
			}
		}
		return true
	case list, partyList:
		l, ok := value.([]any)
		return ok && (len(l) > 0 || !f.required)
	}
	_, ok := value.(map[string]any)
	return ok
}

func (f field) knows(s string) bool {
	return slices.ContainsFunc(f.words, func(w string) bool { return strings.EqualFold(w, s) })
}

// inside checks the members of an object or of a list's objects. Identifiers
// of kinds that this simulator lacks are left to the operation.
func (f field) inside(value any) error {
	switch f.kind {
	case object:
		return checkObject(value.(map[string]any), f.of)
	case list:
		for _, v := range value.([]any) {
			members, ok := v.(map[string]any)
			if !ok {
				return f.wrong()
			}
			if err := checkObject(members, f.of); err != nil {
				return err
			}
		}
	case party:
		var m identifierModel
		if raw, _ := json.Marshal(value); json.Unmarshal(raw, &m) != nil {
			return f.wrong()
		}
		if slices.Contains([]string{"", kindPhone, kindTeams, kindUser}, m.Kind) {
			if _, err := m.parse(); err != nil {
				return invalid(err.Error() + ".")
			}
		}
	case numberOnly:
		if s, ok := value.(map[string]any)["value"].(string); !ok || !phone(s).valid() {
			return f.wrong()
		}
	case userOnly:
		if s, ok := value.(map[string]any)["id"].(string); !ok || !strings.HasPrefix(s, "8:acs:") {
			return f.wrong()
		}
	}
	return nil
}

// operation is one row of the API (facts/call-automation.md §6). TestTable
// compares the rows with the API description.
type operation struct {
	name   string
	method string
	path   string
	// repeatable operations take repeatability headers.
	repeatable bool
	status     int
	body       []field
	// events are what the operation can cause beside ParticipantsUpdated.
	events []string
	do     func(*Service, *exchange) (events.Object, error)
}

// Members that many requests have.
var (
	operationContext = field{name: "operationContext", kind: text}
	operationURI     = field{name: "operationCallbackUri", kind: text}
	callbackURI      = field{name: "callbackUri", kind: text, required: true}
	incomingContext  = field{name: "incomingCallContext", kind: text, required: true}
	callerID         = field{name: "sourceCallerIdNumber", kind: numberOnly}
	intelligence     = field{name: "callIntelligenceOptions", kind: object, of: []field{{name: "cognitiveServicesEndpoint", kind: text}}}
	targetParty      = field{name: "targetParticipant", kind: party, required: true}

	transport        = field{name: "transportType", kind: words, required: true, words: []string{"websocket"}}
	streamingOptions = field{name: "mediaStreamingOptions", kind: object, of: []field{
		transport,
		{name: "audioChannelType", kind: words, required: true, words: []string{"mixed", "unmixed"}},
		{name: "transportUrl", kind: text},
		{name: "contentType", kind: words, words: []string{"audio"}},
		{name: "startMediaStreaming", kind: flag},
		{name: "enableBidirectional", kind: flag},
		{name: "audioFormat", kind: words, words: []string{"pcm16KMono", "pcm24KMono"}},
		{name: "enableDtmfTones", kind: flag},
	}}
	transcriptionOptions = field{name: "transcriptionOptions", kind: object, of: []field{
		transport,
		{name: "locale", kind: text, required: true},
		{name: "transportUrl", kind: text},
		{name: "speechModelEndpointId", kind: text},
		{name: "startTranscription", kind: flag},
		{name: "enableIntermediateResults", kind: flag},
	}}
	customContextField = field{name: "customCallingContext", kind: object, of: []field{
		{name: "voipHeaders", kind: textMap}, {name: "sipHeaders", kind: textMap}, teamsPhoneDetails,
	}}
	teamsPhoneDetails = field{name: "teamsPhoneCallDetails", kind: object, of: []field{
		{name: "teamsPhoneCallerDetails", kind: object, of: []field{
			{name: "caller", kind: party, required: true}, {name: "name", kind: text, required: true}, {name: "phoneNumber", kind: text, required: true},
			{name: "recordId", kind: text}, {name: "screenPopUrl", kind: text}, {name: "isAuthenticated", kind: flag}, {name: "additionalCallerInformation", kind: textMap},
		}},
		{name: "teamsPhoneSourceDetails", kind: object, of: []field{
			{name: "source", kind: party, required: true}, {name: "language", kind: text, required: true}, {name: "status", kind: text, required: true},
			{name: "intendedTargets", kind: object},
		}},
		{name: "sessionId", kind: text}, {name: "intent", kind: text}, {name: "callTopic", kind: text}, {name: "callContext", kind: text},
		{name: "transcriptUrl", kind: text}, {name: "callSentiment", kind: text}, {name: "suggestedActions", kind: text},
	}}

	playSource = []field{
		{name: "kind", kind: words, required: true, words: []string{"file", "text", "ssml"}},
		{name: "playSourceCacheId", kind: text},
		{name: "file", kind: object, of: []field{{name: "uri", kind: text, required: true}}},
		{name: "text", kind: object, of: []field{
			{name: "text", kind: text, required: true}, {name: "sourceLocale", kind: text},
			{name: "voiceKind", kind: words, words: []string{"male", "female"}}, {name: "voiceName", kind: text}, {name: "customVoiceEndpointId", kind: text},
		}},
		{name: "ssml", kind: object, of: []field{{name: "ssmlText", kind: text, required: true}, {name: "customVoiceEndpointId", kind: text}}},
	}
	tones = strings.Fields("zero one two three four five six seven eight nine a b c d pound asterisk")

	recognizeOptions = field{name: "recognizeOptions", kind: object, required: true, of: []field{
		{name: "interruptPrompt", kind: flag},
		{name: "initialSilenceTimeoutInSeconds", kind: integer, max: 300},
		targetParty,
		{name: "speechLanguage", kind: text},
		{name: "speechRecognitionModelEndpointId", kind: text},
		{name: "dtmfOptions", kind: object, of: []field{
			{name: "interToneTimeoutInSeconds", kind: integer, min: 1, max: 60},
			{name: "maxTonesToCollect", kind: integer},
			{name: "stopTones", kind: textList, words: tones},
		}},
		{name: "choices", kind: list, of: []field{
			{name: "label", kind: text, required: true}, {name: "phrases", kind: textList, required: true}, {name: "tone", kind: words, words: tones},
		}},
		{name: "speechOptions", kind: object, of: []field{{name: "endSilenceTimeoutInMs", kind: integer}}},
	}}

	locator = field{name: "callLocator", kind: object, of: []field{
		{name: "groupCallId", kind: text}, {name: "serverCallId", kind: text}, {name: "roomId", kind: text},
		{name: "kind", kind: words, words: []string{"groupCallLocator", "serverCallLocator", "roomCallLocator"}},
	}}
)

// need makes a field required.
func need(f field) field {
	f.required = true
	return f
}

const (
	post = http.MethodPost
	root = "/calling/callConnections"
	one  = root + "/{id}"
)

// operations is the whole API of 2026-03-12. {id} is a callConnectionId or
// recordingId and {party} a raw id; a colon ends neither name nor segment.
var operations = []operation{
	{"create", post, root, true, http.StatusCreated, []field{
		{name: "targets", kind: partyList, required: true}, callerID, {name: "sourceDisplayName", kind: text}, {name: "source", kind: userOnly},
		operationContext, callbackURI, intelligence, streamingOptions, transcriptionOptions, {name: "teamsAppSource", kind: object},
	}, []string{"CallConnected", "CreateCallFailed", "CallDisconnected"}, (*Service).create},
	{"answer", post, root + ":answer", true, http.StatusOK, []field{
		incomingContext, callbackURI, operationContext, intelligence, {name: "answeredBy", kind: userOnly}, streamingOptions, transcriptionOptions,
	}, []string{"CallConnected", "AnswerFailed", "CallDisconnected"}, (*Service).answer},
	{"redirect", post, root + ":redirect", true, http.StatusNoContent, []field{
		incomingContext, {name: "target", kind: party, required: true},
	}, nil, (*Service).redirect},
	{"reject", post, root + ":reject", true, http.StatusNoContent, []field{
		incomingContext, {name: "callRejectReason", kind: words, words: []string{"none", "busy", "forbidden"}},
	}, nil, (*Service).reject},
	{"connect", post, root + ":connect", true, http.StatusOK, []field{
		need(locator), callbackURI, operationContext, intelligence, streamingOptions, transcriptionOptions,
	}, []string{"CallConnected", "ConnectFailed", "CallDisconnected"}, (*Service).connectTo},
	{"get_call", http.MethodGet, one, false, http.StatusOK, nil, nil, (*Service).getCall},
	{"hang_up", http.MethodDelete, one, false, http.StatusNoContent, nil, []string{"CallDisconnected"}, (*Service).hangUp},
	{"terminate", post, one + ":terminate", true, http.StatusNoContent, nil, []string{"CallDisconnected"}, (*Service).terminate},
	{"transfer", post, one + ":transferToParticipant", true, http.StatusAccepted, []field{
		targetParty, operationContext, {name: "transferee", kind: party}, operationURI, customContextField, callerID,
	}, []string{"CallTransferAccepted", "CallTransferFailed", "CallDisconnected"}, (*Service).transfer},

	{"add", post, one + "/participants:add", true, http.StatusAccepted, []field{
		callerID, {name: "sourceDisplayName", kind: text}, {name: "participantToAdd", kind: party, required: true},
		{name: "invitationTimeoutInSeconds", kind: integer, max: 180}, operationContext, operationURI, customContextField,
	}, []string{"AddParticipantSucceeded", "AddParticipantFailed"}, (*Service).add},
	{"cancel_add", post, one + "/participants:cancelAddParticipant", true, http.StatusAccepted, []field{
		{name: "invitationId", kind: text, required: true}, operationContext, operationURI,
	}, []string{"CancelAddParticipantSucceeded", "CancelAddParticipantFailed"}, (*Service).cancelAdd},
	{"remove", post, one + "/participants:remove", true, http.StatusAccepted, []field{
		{name: "participantToRemove", kind: party, required: true}, operationContext, operationURI,
	}, []string{"RemoveParticipantSucceeded", "RemoveParticipantFailed", "CallDisconnected"}, (*Service).remove},
	{"move", post, one + "/participants:moveHere", true, http.StatusAccepted, []field{
		{name: "targetParticipants", kind: partyList, required: true}, operationContext, operationURI, {name: "fromCall", kind: text, required: true},
	}, []string{"MoveParticipantSucceeded", "MoveParticipantFailed"}, (*Service).move},
	{"mute", post, one + "/participants:mute", true, http.StatusOK, []field{
		{name: "targetParticipants", kind: partyList, required: true}, operationContext,
	}, nil, (*Service).mute},
	{"list_participants", http.MethodGet, one + "/participants", false, http.StatusOK, nil, nil, (*Service).listParticipants},
	{"get_participant", http.MethodGet, one + "/participants/{party}", false, http.StatusOK, nil, nil, (*Service).getParticipant},

	{"play", post, one + ":play", false, http.StatusAccepted, []field{
		{name: "playSources", kind: list, required: true, of: playSource}, {name: "playTo", kind: partyList}, {name: "interruptCallMediaOperation", kind: flag},
		{name: "playOptions", kind: object, of: []field{{name: "loop", kind: flag, required: true}}}, operationContext, operationURI,
	}, []string{"PlayStarted", "PlayCompleted", "PlayFailed", "PlayCanceled"}, (*Service).play},
	{"recognize", post, one + ":recognize", false, http.StatusAccepted, []field{
		{name: "recognizeInputType", kind: words, required: true, words: []string{"dtmf", "speech", "speechOrDtmf", "choices"}},
		{name: "playPrompt", kind: object, of: playSource}, {name: "playPrompts", kind: list, of: playSource},
		{name: "interruptCallMediaOperation", kind: flag}, recognizeOptions, operationContext, operationURI,
	}, []string{"RecognizeCompleted", "RecognizeFailed", "RecognizeCanceled"}, (*Service).recognize},
	{"cancel_media", post, one + ":cancelAllMediaOperations", false, http.StatusAccepted, nil,
		[]string{"PlayCanceled", "RecognizeCanceled"}, (*Service).cancelMedia},
	{"start_tones", post, one + ":startContinuousDtmfRecognition", false, http.StatusOK, []field{targetParty, operationContext, operationURI},
		[]string{"ContinuousDtmfRecognitionToneReceived", "ContinuousDtmfRecognitionToneFailed"}, (*Service).startTones},
	{"stop_tones", post, one + ":stopContinuousDtmfRecognition", false, http.StatusOK, []field{targetParty, operationContext, operationURI},
		[]string{"ContinuousDtmfRecognitionStopped"}, (*Service).stopTones},
	{"send_tones", post, one + ":sendDtmfTones", true, http.StatusAccepted, []field{
		{name: "tones", kind: textList, required: true, words: tones, max: maxSentTones}, targetParty, operationContext, operationURI,
	}, []string{"SendDtmfTonesCompleted", "SendDtmfTonesFailed"}, (*Service).sendTones},
	{"hold", post, one + ":hold", false, http.StatusOK, []field{
		targetParty, {name: "playSourceInfo", kind: object, of: playSource}, operationContext, operationURI,
	}, []string{"HoldFailed"}, (*Service).hold},
	{"unhold", post, one + ":unhold", false, http.StatusOK, []field{targetParty, operationContext, operationURI}, nil, (*Service).unhold},
	{"start_streaming", post, one + ":startMediaStreaming", false, http.StatusAccepted, []field{operationURI, operationContext},
		[]string{"MediaStreamingStarted", "MediaStreamingFailed"}, (*Service).startStreaming},
	{"stop_streaming", post, one + ":stopMediaStreaming", false, http.StatusAccepted, []field{operationURI, operationContext},
		[]string{"MediaStreamingStopped", "MediaStreamingFailed"}, (*Service).stopStreaming},
	{"start_transcription", post, one + ":startTranscription", false, http.StatusAccepted, []field{
		{name: "locale", kind: text}, {name: "speechModelEndpointId", kind: text}, operationContext, operationURI,
	}, []string{"TranscriptionStarted", "TranscriptionFailed"}, (*Service).startTranscription},
	{"stop_transcription", post, one + ":stopTranscription", false, http.StatusAccepted, []field{operationContext, operationURI},
		[]string{"TranscriptionStopped", "TranscriptionFailed"}, (*Service).stopTranscription},
	{"update_transcription", post, one + ":updateTranscription", false, http.StatusAccepted, []field{
		// The documentation wants a locale, the description does not, so it may be left out (facts/call-automation.md §6).
		{name: "locale", kind: text}, {name: "speechModelEndpointId", kind: text}, operationContext, operationURI,
	}, []string{"TranscriptionUpdated", "TranscriptionFailed"}, (*Service).updateTranscription},

	{"start_recording", post, "/calling/recordings", true, http.StatusOK, []field{
		locator, {name: "callConnectionId", kind: text}, {name: "recordingStateCallbackUri", kind: text},
		{name: "recordingContentType", kind: words, words: []string{"audio", "audioVideo"}},
		{name: "recordingChannelType", kind: words, words: []string{"mixed", "unmixed"}},
		{name: "recordingFormatType", kind: words, words: []string{"wav", "mp3", "mp4"}},
		{name: "audioChannelParticipantOrdering", kind: partyList},
		{name: "channelAffinity", kind: list, of: []field{{name: "channel", kind: integer, max: 4}, {name: "participant", kind: party, required: true}}},
		{name: "pauseOnStart", kind: flag},
		{name: "externalStorage", kind: object, of: []field{
			{name: "recordingStorageKind", kind: words, required: true, words: []string{"azureCommunicationServices", "azureBlobStorage"}},
			{name: "recordingDestinationContainerUrl", kind: text},
		}},
	}, []string{"RecordingStateChanged", "StartRecordingFailed"}, (*Service).startRecording},
	{"get_recording", http.MethodGet, "/calling/recordings/{id}", false, http.StatusOK, nil, nil, (*Service).getRecording},
	{"stop_recording", http.MethodDelete, "/calling/recordings/{id}", false, http.StatusNoContent, nil, []string{"RecordingStateChanged"}, (*Service).stopRecording},
	{"pause_recording", post, "/calling/recordings/{id}:pause", false, http.StatusAccepted, nil, []string{"RecordingStateChanged"}, (*Service).pauseRecording},
	{"resume_recording", post, "/calling/recordings/{id}:resume", false, http.StatusAccepted, nil, []string{"RecordingStateChanged"}, (*Service).resumeRecording},
}

// previews are operations that only previews of the API have, and no
// description at hand; what they do was recorded.
var previews = []operation{
	{"summarize", post, one + ":summarizeCall", false, http.StatusAccepted, []field{operationContext, operationURI},
		[]string{"TranscriptionCallSummaryUpdated"}, (*Service).summarize},
}
