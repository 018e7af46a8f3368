package conformance_test

// story is how a recorded test of the SDK went, told to the simulator.
type story struct {
	// legs are the roles of the recording's legs in order of appearance: created,
	// answered, third, or stale for one of the test before.
	legs []string
	// target is the raw id of who is held.
	target string
	// unread is how many IncomingCall the recorded test did not wait for.
	unread int
	// curtain are events, as token has them, of the end of a call whose recording
	// stops before.
	curtain []string
	// tell does it, up to the last event of the recording, and returns the legs.
	tell func(*stage) map[string]string
}

type object = map[string]any

func rawID(id string) object { return object{"rawId": id} }

func acsUser(id string) object {
	return object{"rawId": id, "kind": "communicationUser", "communicationUser": object{"id": id}}
}

// pair makes the call that all recordings begin with: one ACS user calls another
// of the same resource, the same application answers. Contexts may be empty,
// options come beside what every create or answer has.
func (s *stage) pair(createContext, answerContext string, options ...object) map[string]string {
	s.Helper()
	created := s.create(createContext, options...)
	answered := s.answer(s.incoming(0), answerContext, options...)
	s.connected(created, answered)
	return map[string]string{"created": created, "answered": answered}
}

func (s *stage) create(context string, options ...object) string {
	s.Helper()
	return s.do("callConnections", s.leg(object{"targets": []object{acsUser(bob)}, "source": object{"id": alice}}, context, options)).at("callConnectionId").text
}

func (s *stage) answer(incoming, context string, options ...object) string {
	s.Helper()
	return s.do("callConnections:answer", s.leg(object{"incomingCallContext": incoming}, context, options)).at("callConnectionId").text
}

func (s *stage) leg(body object, context string, options []object) object {
	body["callbackUri"] = s.app.URL + "/callbacks"
	if context != "" {
		body["operationContext"] = context
	}
	for _, o := range options {
		for k, v := range o {
			body[k] = v
		}
	}
	return body
}

// connected waits until legs are told of the connection and of two people.
func (s *stage) connected(legs ...string) {
	s.Helper()
	for _, leg := range legs {
		s.event(leg, "CallConnected", 0)
		s.await("both in the list", 0, func(n *tree) bool {
			return n.at("data", "callConnectionId").text == leg && eventName(n) == updated && len(n.at("data", "participants").items) >= 2
		})
	}
}

// over waits for the end of legs.
func (s *stage) over(legs map[string]string) {
	s.Helper()
	for _, leg := range legs {
		s.event(leg, "CallDisconnected", 0)
	}
}

// end hangs up for everybody.
func (s *stage) end(legs map[string]string, by string) map[string]string {
	s.Helper()
	s.do("callConnections/"+legs[by]+":terminate", nil)
	s.over(legs)
	return legs
}

// curtain ends what the story has left, so that nothing can still be on its way
// when the callbacks are counted: the end is the last of a leg.
func (s *stage) curtain(legs map[string]string) {
	s.Helper()
	for _, leg := range legs {
		s.ask("POST", "callConnections/"+leg+":terminate", nil, nil) // 404 when it has ended
	}
	s.over(legs)
}

// third adds a third ACS user and answers for him.
func (s *stage) third(legs map[string]string, by, addContext, answerContext string) map[string]string {
	s.Helper()
	add := object{"participantToAdd": acsUser(carol)}
	if addContext != "" {
		add["operationContext"] = addContext
	}
	s.do("callConnections/"+legs[by]+"/participants:add", add)
	legs["third"] = s.answer(s.incoming(1), answerContext)
	s.connected(legs["third"])
	s.event(legs[by], "AddParticipantSucceeded", 0)
	for _, leg := range legs {
		s.await("three in the list", 0, func(n *tree) bool {
			return n.at("data", "callConnectionId").text == leg && len(n.at("data", "participants").items) == 3
		})
	}
	return legs
}

func (s *stage) file(name string) []object {
	return []object{{"kind": "file", "file": object{"uri": s.app.URL + "/" + name}}}
}

// socket are the options of a WebSocket that is opened later.
func (s *stage) socket(options object) object {
	options["transportUrl"], options["transportType"] = "wss"+s.app.URL[len("https"):]+"/socket", "websocket"
	return options
}

var (
	answeredFirst = []string{"answered", "created"}
	createdFirst  = []string{"created", "answered"}
)

// stories by the name of their recording.
var stories = map[string]story{
	"js-create-call-and-hangup-2024-06-15-preview": {legs: answeredFirst, tell: func(s *stage) map[string]string {
		return s.end(s.pair("operationContextCreateCall", "operationContextAnswerCall"), "created")
	}},
	"js-answer-with-custom-context-and-hangup": {legs: answeredFirst, tell: func(s *stage) map[string]string {
		return s.end(s.pair("operationContextCreateCall", "operationContextAnswerCall"), "answered")
	}},
	"js-reject-call": {legs: []string{"created"}, tell: func(s *stage) map[string]string {
		legs := map[string]string{"created": s.create("operationContextRejectCall")}
		s.do("callConnections:reject", object{"incomingCallContext": s.incoming(0)})
		s.event(legs["created"], "CreateCallFailed", 0)
		return legs
	}},
	"js-add-participant": {legs: []string{"answered", "created", "third"}, tell: func(s *stage) map[string]string {
		return s.third(s.pair("addParticipantsCreateCall", "addParticipantsAnswer"), "created", "addParticipants", "addParticipantsAnswer2")
	}},
	"js-mute-participant-2024-06-15-preview": {legs: []string{"answered", "created", "third"}, tell: func(s *stage) map[string]string {
		legs := s.third(s.pair("", ""), "created", "addParticipant", "")
		s.do("callConnections/"+legs["created"]+"/participants:mute", object{"targetParticipants": []object{acsUser(carol)}})
		return legs
	}},
	"js-cancel-add-participant": {legs: []string{"stale", "answered", "created"}, unread: 1, tell: func(s *stage) map[string]string {
		legs := s.pair("cancelAddCreateCall", "cancelAddCreateAnswer")
		added := s.do("callConnections/"+legs["created"]+"/participants:add", object{"participantToAdd": acsUser(carol)})
		s.incoming(1)
		s.do("callConnections/"+legs["created"]+"/participants:cancelAddParticipant", object{
			"invitationId": added.at("invitationId").text, "operationContext": "cancelOp",
		})
		s.event(legs["created"], "CancelAddParticipantSucceeded", 0)
		return legs
	}},
	"js-remove-participant-2023-10-03-preview": {legs: createdFirst, tell: func(s *stage) map[string]string {
		legs := s.pair("removeParticipantCreateCall", "removeParticipantsAnswer")
		s.do("callConnections/"+legs["created"]+"/participants:remove", object{"participantToRemove": acsUser(bob), "operationContext": "removeParticipants"})
		s.over(legs)
		return legs
	}},
	"js-hold-unhold-2024-06-15-preview": {legs: answeredFirst, target: bob, tell: func(s *stage) map[string]string {
		legs := s.pair("", "")
		path := "callConnections/" + legs["created"]
		s.do(path+":hold", object{"targetParticipant": acsUser(bob)})
		s.held(legs["created"], 1)
		s.do(path+":unhold", object{"targetParticipant": acsUser(bob)})
		s.do(path+":hold", object{"targetParticipant": acsUser(bob), "playSourceInfo": s.file("nowhere.wav")[0], "operationContext": "holdFailedContext"})
		s.event(legs["created"], "HoldFailed", 0)
		return s.end(legs, "created")
	}},
	"js-play-to-all-2024-06-15-preview": {legs: answeredFirst, tell: func(s *stage) map[string]string {
		legs := s.pair("playToAllCreateCall", "playToAllAnswer")
		s.do("callConnections/"+legs["created"]+":play", object{"playSources": s.file("prompt.wav"), "operationContext": "playToAllAudio"})
		s.event(legs["created"], "PlayCompleted", 0)
		return s.end(legs, "created")
	}},
	"js-play-to-target": {legs: answeredFirst, target: bob, tell: func(s *stage) map[string]string {
		legs := s.pair("playAudioCreateCall", "playAudioAnswer")
		s.do("callConnections/"+legs["created"]+":play", object{
			"playSources": s.file("prompt.wav"), "playTo": []object{rawID(bob)}, "operationContext": "playAudio",
		})
		s.event(legs["created"], "PlayCompleted", 0)
		return s.end(legs, "created")
	}},
	"js-play-wrong-source": {legs: answeredFirst, target: bob, tell: func(s *stage) map[string]string {
		legs := s.pair("playMultipleSourcesCreateCall", "playMultipleSourcesAnswerCall")
		s.do("callConnections/"+legs["created"]+":play", object{
			"playSources": s.file("broken.wav"), "playTo": []object{rawID(bob)}, "operationContext": "playFailContext",
		})
		s.event(legs["created"], "PlayFailed", 0)
		return s.end(legs, "created")
	}},
	// A call to a phone and one from a phone: in the recording they are one and
	// the same, looped through the telephone network.
	"js-dtmf-actions": {legs: createdFirst, tell: func(s *stage) map[string]string {
		const ours, theirs = "+18335550100", "+16475550101"
		number := object{"value": theirs}
		callee := object{"kind": "phoneNumber", "phoneNumber": number}
		legs := map[string]string{"created": s.create("", object{"targets": []object{callee}, "sourceCallerIdNumber": object{"value": ours}})}
		s.control("/incoming", object{"resource": immutableID, "from": ours, "to": theirs})
		legs["answered"] = s.answer(s.incoming(0), "", object{"answeredBy": object{"id": bob}})
		s.connected(legs["created"], legs["answered"])
		path := "callConnections/" + legs["created"]
		s.do(path+":startContinuousDtmfRecognition", object{"targetParticipant": callee, "operationContext": "ContinuousDtmfRecognitionStart"})
		s.do(path+":sendDtmfTones", object{"targetParticipant": callee, "tones": []string{"one", "pound"}, "operationContext": "ContinuousDtmfRecognitionSend"})
		s.event(legs["created"], "SendDtmfTonesCompleted", 0)
		s.do(path+":stopContinuousDtmfRecognition", object{"targetParticipant": callee, "operationContext": "ContinuousDtmfRecognitionStop"})
		s.event(legs["created"], "ContinuousDtmfRecognitionStopped", 0)
		s.do(path+":terminate", nil)
		s.control("/phones/"+ours+"/hangup", object{})
		s.over(legs)
		return legs
	}},
	"js-answer-media-streaming": {legs: answeredFirst, tell: func(s *stage) map[string]string {
		legs := s.pair("", "", object{"mediaStreamingOptions": s.socket(object{"audioChannelType": "mixed", "contentType": "audio"})})
		s.do("callConnections/"+legs["answered"]+":startMediaStreaming", object{})
		s.event(legs["answered"], "MediaStreamingStarted", 0)
		s.do("callConnections/"+legs["answered"]+":stopMediaStreaming", object{})
		s.event(legs["answered"], "MediaStreamingStopped", 0)
		return s.end(legs, "answered")
	}},
	"js-transcription-and-summary-failure": {
		legs: createdFirst,
		tell: func(s *stage) map[string]string {
			legs := s.pair("", "", object{"transcriptionOptions": s.socket(object{"locale": "en-US"})})
			s.do("callConnections/"+legs["answered"]+":startTranscription", object{"locale": "en-US", "operationContext": "startTranscriptionContext"})
			s.event(legs["answered"], "TranscriptionStarted", 0)
			s.do("callConnections/"+legs["answered"]+":summarizeCall", object{})
			s.event(legs["answered"], "TranscriptionCallSummaryUpdated", 1)
			return s.end(legs, "answered")
		},
	},
	"js-recording-with-call-connection-id": {
		legs:    answeredFirst,
		curtain: []string{"PlayFailed", "RecordingStateChanged(inactive)"},
		tell: func(s *stage) map[string]string {
			legs := s.pair("recordingCreateCall", "recordingAnswer")
			s.do("callConnections/"+legs["created"]+":play", object{
				"playSources": s.file("prompt.wav"), "playOptions": object{"loop": true}, "operationContext": "recordingPlay",
			})
			s.event(legs["created"], "PlayStarted", 0)
			s.do("recordings", object{"callConnectionId": legs["created"], "recordingStateCallbackUri": s.app.URL + "/callbacks"})
			s.event(legs["created"], "RecordingStateChanged", 1)
			return legs
		},
	},
}
