package events

// Callbacks, by type without prefix. Unless said otherwise they are in the API
// description (facts/call-automation.md §11.3) and go to the callback URI of the
// call; "own URI" marks those that go to the operationCallbackUri of the request
// when it has one.
const (
	// CallConnected: the application's leg stands, after create, answer or connect.
	CallConnected = "CallConnected"
	// CallDisconnected: the leg ended, however it did; the last event of it.
	CallDisconnected = "CallDisconnected"
	// CreateCallFailed: nobody answered a created call; follows its
	// CallDisconnected and has no operationContext [R].
	CreateCallFailed = "CreateCallFailed"
	// AnswerFailed: an accepted answer did not lead to a leg.
	AnswerFailed = "AnswerFailed"
	// ConnectFailed: an accepted connect did not lead to a leg.
	ConnectFailed = "ConnectFailed"
	// ParticipantsUpdated: the list of participants, or something about one,
	// changed; whole list every time. Also sent with nothing visibly changed [R].
	ParticipantsUpdated = "ParticipantsUpdated"

	// AddParticipantSucceeded: the invited one is in the call. Own URI.
	AddParticipantSucceeded = "AddParticipantSucceeded"
	// AddParticipantFailed: the invited one declined, was not there, was not
	// allowed, or did not answer in time. Own URI.
	AddParticipantFailed = "AddParticipantFailed"
	// CancelAddParticipantSucceeded: an invitation was taken back; 200/5300 [R]. Own URI.
	CancelAddParticipantSucceeded = "CancelAddParticipantSucceeded"
	// CancelAddParticipantFailed: there was no such invitation any more. Own URI.
	CancelAddParticipantFailed = "CancelAddParticipantFailed"
	// RemoveParticipantSucceeded: a participant was taken out. Own URI.
	RemoveParticipantSucceeded = "RemoveParticipantSucceeded"
	// RemoveParticipantFailed: the participant is not in the call. Own URI.
	RemoveParticipantFailed = "RemoveParticipantFailed"
	// MoveParticipantSucceeded: a participant came here from another call of the
	// same resource. Own URI. Since 2026-03-12.
	MoveParticipantSucceeded = "MoveParticipantSucceeded"
	// MoveParticipantFailed: it stays where it is. Own URI. Since 2026-03-12.
	MoveParticipantFailed = "MoveParticipantFailed"
	// CallTransferAccepted: the target took the call; CallDisconnected follows. Own URI.
	CallTransferAccepted = "CallTransferAccepted"
	// CallTransferFailed: the target did not take the call. Own URI.
	CallTransferFailed = "CallTransferFailed"

	// PlayStarted: the first source is heard; not sent when it cannot be
	// fetched or read [R]. Own URI.
	PlayStarted = "PlayStarted"
	// PlayCompleted: the last source was heard to its end. Own URI.
	PlayCompleted = "PlayCompleted"
	// PlayFailed: a source cannot be fetched or read, or the call ended. Own URI.
	PlayFailed = "PlayFailed"
	// PlayCanceled: cancelAllMediaOperations or an interruption. Own URI.
	PlayCanceled = "PlayCanceled"
	// PlayPaused: another prompt interrupts this one. Previews only [K].
	PlayPaused = "PlayPaused"
	// PlayResumed: the interrupted prompt goes on. Previews only [K].
	PlayResumed = "PlayResumed"
	// RecognizeCompleted: tones, speech or a choice were understood. Own URI.
	RecognizeCompleted = "RecognizeCompleted"
	// RecognizeFailed: silence, nothing understood, or the prompt failed. Own URI.
	RecognizeFailed = "RecognizeFailed"
	// RecognizeCanceled: cancelAllMediaOperations or an interruption. Own URI.
	RecognizeCanceled = "RecognizeCanceled"
	// ContinuousDtmfRecognitionToneReceived: one key was pressed.
	ContinuousDtmfRecognitionToneReceived = "ContinuousDtmfRecognitionToneReceived"
	// ContinuousDtmfRecognitionToneFailed: keys are not listened for any longer.
	ContinuousDtmfRecognitionToneFailed = "ContinuousDtmfRecognitionToneFailed"
	// ContinuousDtmfRecognitionStopped: the answer to the stop request. Own URI.
	ContinuousDtmfRecognitionStopped = "ContinuousDtmfRecognitionStopped"
	// SendDtmfTonesCompleted: all tones were sent. Own URI.
	SendDtmfTonesCompleted = "SendDtmfTonesCompleted"
	// SendDtmfTonesFailed: the tones were not sent, or not all. Own URI.
	SendDtmfTonesFailed = "SendDtmfTonesFailed"

	// HoldFailed: the music cannot be fetched; the hold is undone [R]. Own URI.
	HoldFailed = "HoldFailed"
	// HoldAudioStarted: music on hold is heard. Previews only [R].
	HoldAudioStarted = "HoldAudioStarted"
	// HoldAudioPaused: a play interrupts the music. Previews only [R].
	HoldAudioPaused = "HoldAudioPaused"
	// HoldAudioResumed: the music goes on after the play. Previews only [R].
	HoldAudioResumed = "HoldAudioResumed"
	// HoldAudioCompleted: the hold ended, with 400/8508. Previews only [R].
	HoldAudioCompleted = "HoldAudioCompleted"

	// MediaStreamingStarted: the WebSocket is open and audio flows.
	MediaStreamingStarted = "MediaStreamingStarted"
	// MediaStreamingStopped: stopped by request. Of the end of the call it is not told.
	MediaStreamingStopped = "MediaStreamingStopped"
	// MediaStreamingFailed: the WebSocket could not be opened or was lost.
	MediaStreamingFailed = "MediaStreamingFailed"
	// TranscriptionStarted: the WebSocket is open and speech is recognised.
	TranscriptionStarted = "TranscriptionStarted"
	// TranscriptionStopped: stopped by request. Of the end of the call it is not told.
	TranscriptionStopped = "TranscriptionStopped"
	// TranscriptionUpdated: the language was changed.
	TranscriptionUpdated = "TranscriptionUpdated"
	// TranscriptionFailed: the WebSocket or the recognition failed.
	TranscriptionFailed = "TranscriptionFailed"
	// TranscriptionCallSummaryUpdated: a summary is there, or cannot be made.
	// Previews only [R].
	TranscriptionCallSummaryUpdated = "TranscriptionCallSummaryUpdated"

	// RecordingStateChanged: a recording began, paused, went on or ended; once
	// inactive before the first active [R]. Goes to recordingStateCallbackUri,
	// from the recording's own source.
	RecordingStateChanged = "RecordingStateChanged"
	// StartRecordingFailed: an accepted start did not lead to a recording. Goes
	// to recordingStateCallbackUri.
	StartRecordingFailed = "StartRecordingFailed"
)

// Event Grid's events of calls (contracts/eventgrid-communication.json), which
// reach subscriptions and not callback URIs.
const (
	// IncomingCall: somebody calls a number or an identity of the resource; it
	// starts every call that is answered.
	IncomingCall = "IncomingCall"
	// RecordingFileStatusUpdated: the files of an ended recording can be fetched.
	RecordingFileStatusUpdated = "RecordingFileStatusUpdated"
	// CallStarted: a call with a VoIP user of the resource began.
	CallStarted = "CallStarted"
	// CallEnded: that call ended.
	CallEnded = "CallEnded"
	// CallParticipantAdded: a VoIP user of the resource joined a call.
	CallParticipantAdded = "CallParticipantAdded"
	// CallParticipantRemoved: a VoIP user of the resource left a call.
	CallParticipantRemoved = "CallParticipantRemoved"
)
