// Made by npm run api. Do not edit.

export interface paths {
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List agents
         * @description By id.
         *
         *     Scope: `agents.read`.
         */
        get: operations["listAgents"];
        put?: never;
        /**
         * Create an agent
         * @description An agent is a person of a tenant who may be rung.
         *
         *     Scope: `agents.write`.
         */
        post: operations["createAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an agent
         * @description Scope: `agents.read`.
         */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        /**
         * Delete an agent
         * @description Refused while a number names the agent.
         *
         *     Scope: `agents.write`.
         */
        delete: operations["deleteAgent"];
        options?: never;
        head?: never;
        /**
         * Change an agent
         * @description Scope: `agents.write`.
         */
        patch: operations["changeAgent"];
        trace?: never;
    };
    "/v1/agents/{agent}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take an agent out
         * @description Not rung until resumed; from the next choice on.
         *
         *     Scope: `agents.write`.
         */
        post: operations["pauseAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{agent}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take an agent in again
         * @description Scope: `agents.write`.
         */
        post: operations["resumeAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the audit trail
         * @description Who did what, the newest first. With a key of the provider also what is about the installation as a whole.
         *
         *     Scope: `audit.read`.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the audit trail
         * @description The whole of it as CSV (RFC 4180), the newest first.
         *
         *     Scope: `audit.read`.
         */
        get: operations["exportAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bots": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List bots
         * @description By id.
         *
         *     Scope: `flows.read`.
         */
        get: operations["listBots"];
        put?: never;
        /**
         * Register a bot
         * @description A program of the tenant's that hears callers and speaks to them. For each call that is streamed to it we open a WebSocket; the protocol is in the README. The secret by which the bot knows us is shown in this answer and never again.
         *
         *     Scope: `flows.write`.
         */
        post: operations["createBot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/bots/{bot}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a bot
         * @description Scope: `flows.read`.
         */
        get: operations["getBot"];
        put?: never;
        post?: never;
        /**
         * Delete a bot
         * @description Streams to it go on to their end; no other begins.
         *
         *     Scope: `flows.write`.
         */
        delete: operations["deleteBot"];
        options?: never;
        head?: never;
        /**
         * Change a bot
         * @description From the next connection on.
         *
         *     Scope: `flows.write`.
         */
        patch: operations["changeBot"];
        trace?: never;
    };
    "/v1/bots/{bot}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the secret of a bot
         * @description Makes a new secret, shown once. From the next connection on the old one is not sent any more.
         *
         *     Scope: `flows.write`.
         */
        post: operations["rotateBot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List calls
         * @description The newest first.
         *
         *     Scope: `calls.read`.
         */
        get: operations["listCalls"];
        put?: never;
        /**
         * Ask for a call
         * @description Prepares a call and answers with the SIP address to send the caller to. The address is good for one accepted call and for a short time; it belongs to the first authenticated INVITE that shows it. An outbound call needs no caller: it calls one agent at once, whatever the presence says, with the person's forwarding and voicemail; its record says what became of it. With connect we become a guest of a call that the provider holds at Microsoft: refused at once if Microsoft does not let us in; people are added when it is connected.
         *
         *     Scope: `calls.write`.
         */
        post: operations["createCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a call
         * @description As it stands at this moment.
         *
         *     Scope: `calls.read`.
         */
        get: operations["getCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/cancel-media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel media operations
         * @description Ends whatever plays or listens.
         *
         *     Scope: `calls.write`.
         */
        post: operations["cancelMedia"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/capture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a capture
         * @description How it stands.
         *
         *     Scope: `calls.read`.
         */
        get: operations["getCapture"];
        put?: never;
        /**
         * Capture a call
         * @description Keeps the SIP messages, RTP and RTCP of a running call in all its legs, also those that come, as a pcap file for Wireshark: as it is without SRTP and TLS, without keys and passwords, with numbers. Of RTP the headers are kept, unless sound is asked for. It is kept in the memory of the process that has the legs, which is the one to ask; others answer 409. It ends by itself, and is forgotten an hour after its end.
         *
         *     Scope: `calls.write`.
         */
        post: operations["captureCall"];
        /**
         * Delete a capture
         * @description Ends it if it runs, and forgets what it has.
         *
         *     Scope: `calls.write`.
         */
        delete: operations["deleteCapture"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/capture/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a capture
         * @description The pcap file as it is so far. Each request leaves a line in the audit trail.
         *
         *     Scope: `recordings.download`.
         */
        get: operations["downloadCapture"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/capture/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a capture
         * @description What it has is kept for an hour.
         *
         *     Scope: `calls.write`.
         */
        post: operations["stopCapture"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/consult": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Consult
         * @description Puts the caller on hold and brings one more in to talk with the others meanwhile. However it goes the caller comes back: merged, or when who was asked is gone again, did not come, or hangs up. If who asked leaves, the caller is with who was asked: a warm transfer.
         *
         *     Scope: `calls.write`.
         */
        post: operations["consult"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/consult/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a consult
         * @description Sends away who was asked, and then brings the caller back.
         *
         *     Scope: `calls.write`.
         */
        post: operations["cancelConsult"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/consult/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Merge a consult
         * @description Lets all of them talk.
         *
         *     Scope: `calls.write`.
         */
        post: operations["mergeConsult"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/dtmf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send tones
         * @description To the caller, or to somebody at a telephone.
         *
         *     Scope: `calls.write`.
         */
        post: operations["sendTones"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/explanation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain a call
         * @description One timeline of what is kept of a call: SIP of its legs, requests to Microsoft and callbacks, who could take it and by what presence, what was asked for and what was told. When it has ended, with a verdict: whose fault it was, and what to do. Numbers are cut without cdrs.read, what was pressed or said is left out without recordings.download.
         *
         *     Scope: `calls.read`.
         */
        get: operations["explainCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/explanation.txt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export an explanation
         * @description The same for people without a browser: plain text, with the messages as a ladder.
         *
         *     Scope: `calls.read`.
         */
        get: operations["exportExplanation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/hangup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hang up
         * @description Ends our part: the caller and everyone we brought. People who could talk on without us may. Of a call of the host's whose guest we are, we take out whom we added, and leave.
         *
         *     Scope: `calls.write`.
         */
        post: operations["hangUpCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/messages.pcap": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the SIP messages
         * @description Those of both legs as a pcap file for Wireshark, each as a datagram: without keys and answers to challenges. Numbers are cut without cdrs.read, pressed keys are left out without recordings.download. Where the address that a name led to is not known, it is 0.0.0.0. Of RTP nothing is in it: a capture has that.
         *
         *     Scope: `calls.read`.
         */
        get: operations["exportMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/move": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Move participants
         * @description Takes people out of another call of the tenant into this one, without ringing them: agents with their reservation, ACS users, and telephones that were not called through our trunk. The caller of a call cannot be moved. The answer says for each that it was asked for, or why not; both calls show what comes of it, and who moved has left there with the outcome moved. A call that is left without anybody ends.
         *
         *     Scope: `calls.write`.
         */
        post: operations["moveParticipants"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/operations/{operation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an operation
         * @description Where it stands, and what was heard. The newest twenty that are over are kept as long as the call.
         *
         *     Scope: `calls.read`.
         */
        get: operations["getOperation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/participants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List participants
         * @description Everyone who was rung, in order. The caller is none of them: the call has that. In a guest's call also whom its host has there.
         *
         *     Scope: `calls.read`.
         */
        get: operations["listParticipants"];
        put?: never;
        /**
         * Add participants
         * @description Rings one more, or several at once, for a connected call: agents, the next one of a queue, telephones and ACS users. In a queue the call waits until somebody of it joins. Microsoft calls a telephone through our trunk, and we dial it at a peer, as far as the tenant's rules for dialling let us. The answer says for each that it was asked for, or why not; the call shows what comes of it. A refusal of the only one is the answer itself.
         *
         *     Scope: `calls.write`.
         */
        post: operations["addParticipant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/participants/{participant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a participant
         * @description As it stands at this moment.
         *
         *     Scope: `calls.read`.
         */
        get: operations["getParticipant"];
        put?: never;
        post?: never;
        /**
         * Remove a participant
         * @description Takes a person out of the call, or stops ringing them; of a queue that was added, ends the wait.
         *
         *     Scope: `calls.write`.
         */
        delete: operations["removeParticipant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/participants/{participant}/hold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hold
         * @description The participant neither hears nor is heard, with music if there is some. The caller is called customer.
         *
         *     Scope: `calls.write`.
         */
        post: operations["holdParticipant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/participants/{participant}/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mute
         * @description The participant hears and is not heard. The caller is called customer.
         *
         *     Scope: `calls.write`.
         */
        post: operations["muteParticipant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/participants/{participant}/unhold": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unhold
         * @description Ends a hold.
         *
         *     Scope: `calls.write`.
         */
        post: operations["unholdParticipant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/participants/{participant}/unmute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Unmute
         * @description Ends a mute.
         *
         *     Scope: `calls.write`.
         */
        post: operations["unmuteParticipant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/play": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Play
         * @description Plays files or text to everybody or to one.
         *
         *     Scope: `calls.write`.
         */
        post: operations["playToCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/quality": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the quality of a call
         * @description Loss, jitter, round trip and score of each end of each leg that passes through us, so far. Asked of the process that has the legs; others answer 409. The record of the call has the same at its end.
         *
         *     Scope: `calls.read`.
         */
        get: operations["getCallQuality"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/recognize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Recognise
         * @description Plays a prompt and listens for tones, words or one of some answers. What was heard is in the operation, and in the event call.operation_ended.
         *
         *     Scope: `calls.write`.
         */
        post: operations["recognizeInCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the recording of a call
         * @description The newest one, as it stands at this moment.
         *
         *     Scope: `calls.read`.
         */
        get: operations["getCallRecording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/recording/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause the recording
         * @description What is said from then on is not in the file. Wait for the state paused, or the event recording.paused, before it matters.
         *
         *     Scope: `calls.write`.
         */
        post: operations["pauseRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/recording/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume the recording
         * @description After a pause.
         *
         *     Scope: `calls.write`.
         */
        post: operations["resumeRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/recording/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a recording
         * @description Has Microsoft record the call, after the announcement if there is one. One at a time; another one may follow when it is over. It ends with the call, or when that is released.
         *
         *     Scope: `calls.write`.
         */
        post: operations["startRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/recording/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop the recording
         * @description For good.
         *
         *     Scope: `calls.write`.
         */
        post: operations["stopRecording"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/redirect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Redirect
         * @description Has Microsoft ring this agent as if the caller had called directly, and steps aside: the call is released from its first word on. Best asked for before the caller's INVITE; a call that was taken at Microsoft is transferred instead.
         *
         *     Scope: `calls.write`.
         */
        post: operations["redirectCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reject
         * @description Refuses the caller before anybody talked to them.
         *
         *     Scope: `calls.write`.
         */
        post: operations["rejectCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/streaming": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stream to a bot
         * @description Starts, or stops, to carry the sound of a call to a bot of the tenant and back, one at a time. The call shows what comes of it, and each change is an event call.streaming. What the bot asks for is in call.handover_requested; a flow with a virtual_agent acts on it by itself.
         *
         *     Scope: `calls.write`.
         */
        post: operations["streamCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/terminate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Terminate
         * @description Ends the call for everyone. Refused for a call that we are a guest of.
         *
         *     Scope: `calls.write`.
         */
        post: operations["terminateCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/transcript": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a transcript
         * @description What was said in a call while it was transcribed, in order, also after the call; kept as long as the tenant's recordings. Each request leaves a line in the audit trail.
         *
         *     Scope: `recordings.download`.
         */
        get: operations["getTranscript"];
        put?: never;
        post?: never;
        /**
         * Delete a transcript
         * @description What was said in a call so far, for good. The record goes on saying how many phrases there were.
         *
         *     Scope: `recordings.write`.
         */
        delete: operations["deleteTranscript"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/transcription": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Transcribe
         * @description Starts, changes or stops Microsoft's transcription of a call, one at a time. Each final phrase is an event call.transcript as it comes, with who said it, and is kept (GET …/transcript). Needs a resource with a cognitive endpoint.
         *
         *     Scope: `calls.write`.
         */
        post: operations["transcribeCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/calls/{call}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Transfer
         * @description Hands the caller to another agent, blind. Once it is accepted the call is released: the caller talks on, and nothing can be done any more but to hang up. Refused by the agent, the call goes on as it was.
         *
         *     Scope: `calls.write`.
         */
        post: operations["transferCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/capabilities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List capabilities
         * @description What can be done to whom in a call, as far as it is known of Microsoft, and why not.
         *
         *     Scope: `calls.read`.
         */
        get: operations["listCapabilities"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cdrs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List call detail records
         * @description The newest first, by when the call started. A record is written once, when its call is over.
         *
         *     Scope: `cdrs.read`.
         */
        get: operations["listCDRs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/cdrs/{call}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a call detail record
         * @description Scope: `cdrs.read`.
         */
        get: operations["getCDR"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Examine the node
         * @description Looks whether all that the process that is asked needs is there: settings, database, clock, DNS, ports, certificates, Microsoft's proxies, resources, Entra, and the way from public_url. It takes a few seconds and changes nothing. The same as tandem doctor on that machine.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["examineNode"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List events
         * @description What happened, the newest first. Kept for 30 days.
         *
         *     Scope: `events.read`.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream events
         * @description Server-Sent Events: id, event (the type) and data (the event as in the list). Reconnect with Last-Event-ID and nothing is missed. A tenant's key, and its admin in a browser, follow their own tenant. A key, or a session, has ten open at most.
         *
         *     Scope: `events.read`.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the types of events
         * @description That can happen, and that a webhook can ask for.
         *
         *     Scope: `events.read`.
         */
        get: operations["listEventTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List flows
         * @description By id, without their documents.
         *
         *     Scope: `flows.read`.
         */
        get: operations["listFlows"];
        put?: never;
        /**
         * Create a flow
         * @description How callers are treated before a person: steps that greet, ask, look at the clock, and look for somebody. Everything that is wrong with it is told at once. A number gets it by its flow.
         *
         *     Scope: `flows.write`.
         */
        post: operations["createFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/rehearse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rehearse a flow
         * @description A dry run without a call, on an imagined clock: what the caller would hear, and what happens next, by the code that treats real calls.
         *
         *     Scope: `flows.read`.
         */
        post: operations["rehearseFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Validate a flow
         * @description Says what creating it would say, and keeps nothing.
         *
         *     Scope: `flows.read`.
         */
        post: operations["validateFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{flow}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a flow
         * @description Scope: `flows.read`.
         */
        get: operations["getFlow"];
        put?: never;
        post?: never;
        /**
         * Delete a flow
         * @description Only one that no number has. Calls under way go on.
         *
         *     Scope: `flows.write`.
         */
        delete: operations["deleteFlow"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{flow}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Publish a version of a flow
         * @description For the next call, also an older one; calls under way go on as they began.
         *
         *     Scope: `flows.write`.
         */
        post: operations["publishFlow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{flow}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Add a version of a flow
         * @description New calls get it when it is published.
         *
         *     Scope: `flows.write`.
         */
        post: operations["addFlowVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/flows/{flow}/versions/{version}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a version of a flow
         * @description With its document. Versions never change.
         *
         *     Scope: `flows.read`.
         */
        get: operations["getFlowVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the health of everything
         * @description How all trunks and peers are and have been for 24 hours, with why and what to do. Changes are events: trunk.down, peer.up and others.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List invitations
         * @description By id. A tenant's key sees its own.
         *
         *     Scope: `tenants.read`.
         */
        get: operations["listInvitations"];
        put?: never;
        /**
         * Invite organisations
         * @description Makes up to 500 links for customers' admins, and the tenants if they do not exist yet; each row's result by itself. The same as CSV with a line that names the columns.
         *
         *     Scope: `tenants.write`.
         */
        post: operations["invite"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an invitation
         * @description At once and for good. Who came in by it stays.
         *
         *     Scope: `tenants.write`.
         */
        delete: operations["revokeInvitation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description By id, without their secrets.
         *
         *     Scope: `keys.read`.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create a key
         * @description The key is shown in this answer and never again. Nobody can give a right he has not.
         *
         *     Scope: `keys.write`.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/scopes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the scopes
         * @description That a key can have.
         *
         *     Scope: `keys.read`.
         */
        get: operations["listScopes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a key
         * @description Scope: `keys.read`.
         */
        get: operations["getKey"];
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description At once and for good. The key stays in the list.
         *
         *     Scope: `keys.write`.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who am I?
         * @description The key that was sent: whose it is and what it may do.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/numbers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List numbers
         * @description By number.
         *
         *     Scope: `numbers.read`.
         */
        get: operations["listNumbers"];
        put?: never;
        /**
         * Create a number
         * @description A call to the number rings the tenant's agents.
         *
         *     Scope: `numbers.write`.
         */
        post: operations["createNumber"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/numbers/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a number
         * @description Scope: `numbers.read`.
         */
        get: operations["getNumber"];
        put?: never;
        post?: never;
        /**
         * Delete a number
         * @description Calls under way go on.
         *
         *     Scope: `numbers.write`.
         */
        delete: operations["deleteNumber"];
        options?: never;
        head?: never;
        /**
         * Change a number
         * @description For the next call; calls under way go on as they began.
         *
         *     Scope: `numbers.write`.
         */
        patch: operations["changeNumber"];
        trace?: never;
    };
    "/v1/peers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List peers
         * @description By id.
         *
         *     Scope: `peers.read`.
         */
        get: operations["listPeers"];
        put?: never;
        /**
         * Create a peer
         * @description A peer is a SIP neighbour on the near side: a platform or a carrier. Without a password one is made and shown, once.
         *
         *     Scope: `peers.write`.
         */
        post: operations["createPeer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peers/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a peer
         * @description Scope: `peers.read`.
         */
        get: operations["getPeer"];
        put?: never;
        post?: never;
        /**
         * Delete a peer
         * @description Its next request is refused; calls under way go on.
         *
         *     Scope: `peers.write`.
         */
        delete: operations["deletePeer"];
        options?: never;
        head?: never;
        /**
         * Change a peer
         * @description A new user name needs the password again, because what is kept of it belongs to the name.
         *
         *     Scope: `peers.write`.
         */
        patch: operations["changePeer"];
        trace?: never;
    };
    "/v1/plans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List plans
         * @description The newest first: the history of a resource.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["listPlans"];
        put?: never;
        /**
         * Make a plan
         * @description Compares what shall be with what Microsoft has now. Nothing is changed.
         *
         *     Scope: `trunks.write`.
         */
        post: operations["createPlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{plan}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a plan
         * @description Scope: `trunks.read`.
         */
        get: operations["getPlan"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/plans/{plan}/apply": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Apply a plan
         * @description By one request at Microsoft, if it still has what the plan was made for; otherwise it is refused, and nothing is done. One plan is applied to a resource at a time. Changes take Microsoft some minutes.
         *
         *     Scope: `trunks.write`.
         */
        post: operations["applyPlan"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List prompts
         * @description By id, without their sound.
         *
         *     Scope: `prompts.read`.
         */
        get: operations["listPrompts"];
        put?: never;
        /**
         * Upload a prompt
         * @description Sound to play to callers. The body is a WAV file itself (PCM with 8 to 32 bits, floating point, A-law or µ-law; 8 to 48 kHz; mono or stereo; at most 25 MB and 10 minutes), whatever its content type is called. It is kept as Microsoft plays it: mono, 16 bits, 16 kHz.
         *
         *     Scope: `prompts.write`.
         */
        post: operations["createPrompt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a prompt
         * @description Scope: `prompts.read`.
         */
        get: operations["getPrompt"];
        put?: never;
        post?: never;
        /**
         * Delete a prompt
         * @description What has begun to play goes on if it was fetched.
         *
         *     Scope: `prompts.write`.
         */
        delete: operations["deletePrompt"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/prompts/{prompt}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the audio of a prompt
         * @description The WAV file that is played; a part of it with Range.
         *
         *     Scope: `prompts.read`.
         */
        get: operations["getPromptAudio"];
        /**
         * Replace the audio of a prompt
         * @description By a file like one of a new prompt. Its address changes, so that nobody plays what he kept of the old one.
         *
         *     Scope: `prompts.write`.
         */
        put: operations["replacePromptAudio"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/proofs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List proofs
         * @description The newest first.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["listProofs"];
        put?: never;
        /**
         * Ask for a proof of a trunk
         * @description The node that has the trunk makes it within a minute: it looks at its running edge, and starts a second one with the trunk's certificate and settings between a telephone and a Microsoft that it plays, for what cannot be had from the real one on demand. Calls under way notice nothing. The same as tandem proof run.
         *
         *     Scope: `trunks.write`.
         */
        post: operations["createProof"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/proofs/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new key for proofs
         * @description A new key signs from now on. The old ones stay published at /.well-known/tandem-proof.json, and what they signed stays good.
         *
         *     Scope: `keys.write`.
         */
        post: operations["renewProofKeys"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/proofs/{proof}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a proof
         * @description How far it is, and what it came to.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["getProof"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/proofs/{proof}/report.html": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the report of a proof as a page
         * @description The signed report for people, in one file.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["getProofPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/proofs/{proof}/report.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the report of a proof
         * @description The signed report for programs. Keep the file as it is: each byte is signed. The keys are at /.well-known/tandem-proof.json, for everybody.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["getProofReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List queues
         * @description By id.
         *
         *     Scope: `queues.read`.
         */
        get: operations["listQueues"];
        put?: never;
        /**
         * Create a queue
         * @description Agents plus how the next one is chosen, and how long callers wait.
         *
         *     Scope: `queues.write`.
         */
        post: operations["createQueue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/queues/{queue}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a queue
         * @description Scope: `queues.read`.
         */
        get: operations["getQueue"];
        put?: never;
        post?: never;
        /**
         * Delete a queue
         * @description Refused while a number has it. Calls that wait in it end, or go on with what comes after it.
         *
         *     Scope: `queues.write`.
         */
        delete: operations["deleteQueue"];
        options?: never;
        head?: never;
        /**
         * Change a queue
         * @description From the next choice on, also for calls that wait.
         *
         *     Scope: `queues.write`.
         */
        patch: operations["changeQueue"];
        trace?: never;
    };
    "/v1/recordings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List recordings
         * @description The newest first.
         *
         *     Scope: `recordings.read`.
         */
        get: operations["listRecordings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recordings/{recording}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a recording
         * @description Scope: `recordings.read`.
         */
        get: operations["getRecording"];
        put?: never;
        post?: never;
        /**
         * Delete a recording
         * @description With its files, for good. Refused while they are on their way.
         *
         *     Scope: `recordings.write`.
         */
        delete: operations["deleteRecording"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recordings/{recording}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a recording
         * @description One of its files; a part of it with Range. Its SHA-256 is the ETag. Each request leaves a line in the audit trail.
         *
         *     Scope: `recordings.download`.
         */
        get: operations["downloadRecording"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/regions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List regions
         * @description By id.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["listRegions"];
        put?: never;
        /**
         * Create a region
         * @description Scope: `trunks.write`.
         */
        post: operations["createRegion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/regions/{region}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a region
         * @description Scope: `trunks.read`.
         */
        get: operations["getRegion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List resources
         * @description By id.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["listResources"];
        put?: never;
        /**
         * Create a resource
         * @description Makes an ACS resource of the provider known. Its access key is sealed and never shown again.
         *
         *     Scope: `trunks.write`.
         */
        post: operations["createResource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a resource
         * @description Scope: `trunks.read`.
         */
        get: operations["getResource"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}/domains": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the domains
         * @description Those in which the resource may have trunks, and those that its newest plan needs. Microsoft verifies them by a TXT record, in the Azure portal: there is no API for that, so what people say that they have done is kept here.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["listDomains"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}/domains/{domain}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Say what was done about a domain
         * @description Who says it, and when, is kept; plans tell it. It proves nothing: Microsoft does.
         *
         *     Scope: `trunks.write`.
         */
        put: operations["markDomain"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}/routing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the routing
         * @description What the registry says that the resource shall have: a document that a plan takes.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["getRouting"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}/routing/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import the routing
         * @description Makes the registry what Microsoft has. Patterns that cannot be checked here are kept. Answers with a plan that is in force already.
         *
         *     Scope: `trunks.write`.
         */
        post: operations["importRouting"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/resources/{resource}/routing/observed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at the routing
         * @description What Microsoft has now, with what it makes of the trunks and which domains are verified.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["observeRouting"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/routes/{resource}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the routes of a resource
         * @description In the order in which they are asked.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["getRoutes"];
        /**
         * Set the routes of a resource
         * @description All of them, because their order counts. Microsoft has them when a plan is applied.
         *
         *     Scope: `trunks.write`.
         */
        put: operations["setRoutes"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List tenants
         * @description By id, each with how it stands. Filters narrow together. A tenant's key sees its own.
         *
         *     Scope: `tenants.read`.
         */
        get: operations["listTenants"];
        put?: never;
        /**
         * Create a tenant
         * @description A tenant begins as invited; PATCH moves it on.
         *
         *     Scope: `tenants.write`.
         */
        post: operations["createTenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Summarise tenants
         * @description How many are in which state and stand how, and the first of those at which the provider should look. A tenant's key sees its own.
         *
         *     Scope: `tenants.read`.
         */
        get: operations["summariseTenants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a tenant
         * @description Scope: `tenants.read`.
         */
        get: operations["getTenant"];
        put?: never;
        post?: never;
        /**
         * Delete a tenant
         * @description Only one that has no agents, numbers and calls; otherwise offboard it, because records outlive a contract.
         *
         *     Scope: `tenants.write`.
         */
        delete: operations["deleteTenant"];
        options?: never;
        head?: never;
        /**
         * Change a tenant
         * @description The state moves along invited → onboarding → active ⇄ suspended. To offboarded it gets by offboardTenant only, because that deletes. Only an active tenant can be called.
         *
         *     Scope: `tenants.write`.
         */
        patch: operations["changeTenant"];
        trace?: never;
    };
    "/v1/tenants/{tenant}/agent-groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List groups of agents
         * @description Whose members are agents, kept in step.
         *
         *     Scope: `agents.read`.
         */
        get: operations["listAgentGroups"];
        put?: never;
        /**
         * Add a group of agents
         * @description Its members become agents, now and later.
         *
         *     Scope: `agents.write`.
         */
        post: operations["addAgentGroup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/agent-groups/{group}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove a group of agents
         * @description And the agents that only it had made.
         *
         *     Scope: `agents.write`.
         */
        delete: operations["removeAgentGroup"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List agents with their readiness
         * @description By id.
         *
         *     Scope: `agents.read`.
         */
        get: operations["listStandings"];
        put?: never;
        /**
         * Add people as agents
         * @description By their object ids; names come from the directory.
         *
         *     Scope: `agents.write`.
         */
        post: operations["addAgents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/agents/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the progress of the check
         * @description Scope: `agents.read`.
         */
        get: operations["getAgentCheck"];
        put?: never;
        /**
         * Check all agents
         * @description Begins to look what is missing for each.
         *
         *     Scope: `agents.write`.
         */
        post: operations["checkAgents"];
        /**
         * Cancel the check
         * @description What was seen stays.
         *
         *     Scope: `agents.write`.
         */
        delete: operations["cancelAgentCheck"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/agents/fixes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get what mends the agents
         * @description One script for everything that is missing.
         *
         *     Scope: `agents.read`.
         */
        get: operations["getAgentFixes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/availability": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the availability of agents
         * @description Who can take a call, and why not: what we know ourselves, and what Teams says, with its age. For some agents, a group, a queue, or all of the tenant.
         *
         *     Scope: `queues.read`.
         */
        get: operations["getAvailability"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/availability/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream the availability of agents
         * @description Server-Sent Events: availability (an agent, as in the list) for each at first and then for whose state, presence or keeper changes; gone (one who is not looked at any more); trouble (what is wrong with what is known, empty when it is well again). Only those who are watched are looked at, every two seconds. A key, or a session, has ten streams open at most.
         *
         *     Scope: `queues.read`.
         */
        get: operations["streamAvailability"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/consent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for consent
         * @description Answers with the address of Microsoft's consent page. What the browser brings back proves nothing; the proof begins when it is back.
         *
         *     Scope: `onboarding.write`.
         */
        post: operations["askConsent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/consent/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check the consent
         * @description Proves it now.
         *
         *     Scope: `onboarding.write`.
         */
        post: operations["checkConsent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/dialling": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the rules for dialling
         * @description Which telephones may be added to the tenant's calls, and how many at once.
         *
         *     Scope: `tenants.read`.
         */
        get: operations["getDialling"];
        /**
         * Set the rules for dialling
         * @description From the next call on. They protect the provider, who pays for what is dialled; so a tenant's key cannot change them.
         *
         *     Scope: `tenants.write`.
         */
        put: operations["setDialling"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/federation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the federation
         * @description The script for the tenant's Teams admin, and what is proved of each resource.
         *
         *     Scope: `onboarding.read`.
         */
        get: operations["getFederation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/federation/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check the federation
         * @description Calls one person from each resource, and again while Microsoft has not caught up.
         *
         *     Scope: `onboarding.write`.
         */
        post: operations["checkFederation"];
        /**
         * Cancel the check of the federation
         * @description Nobody is called for it any more, and a call that rings is hung up. What was seen stays. Refused if none is under way.
         *
         *     Scope: `onboarding.write`.
         */
        delete: operations["cancelFederationCheck"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/federation/test-user": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Name a test user
         * @description Lets a job ring this person within these hours, once a day at most, to see that calls still get through; sooner only to confirm a doubt. As long as people are called anyway it does not. Without a test user nobody is ever rung unasked.
         *
         *     Scope: `onboarding.write`.
         */
        put: operations["nameTestUser"];
        post?: never;
        /**
         * Name no test user
         * @description Nobody is rung unasked any more.
         *
         *     Scope: `onboarding.write`.
         */
        delete: operations["forgetTestUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List grants
         * @description The ledger of what was granted, the newest row first. What holds is the newest of a kind and subject.
         *
         *     Scope: `onboarding.read`.
         */
        get: operations["listGrants"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search groups
         * @description In the tenant's directory.
         *
         *     Scope: `onboarding.read`.
         */
        get: operations["searchGroups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/handover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand a step over
         * @description Makes a link for an admin whose role the step needs.
         *
         *     Scope: `onboarding.write`.
         */
        post: operations["handOver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/offboard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Offboard a tenant
         * @description For good: what it has is deleted, but for the records of its calls and its audit trail. Answers with what is to be undone on its side.
         *
         *     Scope: `tenants.write`.
         */
        post: operations["offboardTenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/onboarding": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the onboarding
         * @description The five steps with their evidence, as who asks sees them.
         *
         *     Scope: `onboarding.read`.
         */
        get: operations["getOnboarding"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop all ringing
         * @description At once: nobody else is rung, and new calls are refused.
         *
         *     Scope: `onboarding.write`.
         */
        post: operations["pauseTenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/people": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search people
         * @description In the tenant's directory.
         *
         *     Scope: `onboarding.read`.
         */
        get: operations["searchPeople"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/readiness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the readiness
         * @description Everything that has to be true before calls ring, in one document.
         *
         *     Scope: `onboarding.read`.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/recording-settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the recording settings
         * @description How long the tenant's recordings are kept, and what is said before.
         *
         *     Scope: `recordings.read`.
         */
        get: operations["getRecordingSettings"];
        /**
         * Change the recording settings
         * @description The announcement counts for the next recording, the retention for those that are there, too.
         *
         *     Scope: `recordings.write`.
         */
        put: operations["changeRecordingSettings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/reservations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reserve an agent
         * @description Keeps an agent from all calls for some seconds, for a router of your own: ask for the call with the reservation. Exactly one gets an agent.
         *
         *     Scope: `calls.write`.
         */
        post: operations["createReservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/reservations/{reservation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a reservation
         * @description Lets the agent go. One that a call took over is not there any more.
         *
         *     Scope: `calls.write`.
         */
        delete: operations["deleteReservation"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let it ring again
         * @description Scope: `onboarding.write`.
         */
        post: operations["resumeTenant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/test-calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a test call
         * @description Rings one person from the home region's resource.
         *
         *     Scope: `onboarding.write`.
         */
        post: operations["makeTestCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/test-calls/{call}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a test call
         * @description How far it is.
         *
         *     Scope: `onboarding.read`.
         */
        get: operations["getTestCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/test-calls/{call}/hangup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hang up a test call
         * @description Before it ends by itself, whether it rings or talks. It must be a test call; others have actions of their own.
         *
         *     Scope: `onboarding.write`.
         */
        post: operations["hangUpTestCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tenants/{tenant}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get what is to be undone
         * @description On the tenant's side, so that nothing of us remains.
         *
         *     Scope: `onboarding.read`.
         */
        get: operations["getUndo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trunks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List trunks
         * @description By FQDN.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["listTrunks"];
        put?: never;
        /**
         * Create a trunk
         * @description Makes an SBC known that is registered in a resource.
         *
         *     Scope: `trunks.write`.
         */
        post: operations["createTrunk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trunks/{fqdn}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a trunk
         * @description Scope: `trunks.read`.
         */
        get: operations["getTrunk"];
        put?: never;
        post?: never;
        /**
         * Delete a trunk
         * @description Only one that no route names. Microsoft keeps it until a plan without it is applied.
         *
         *     Scope: `trunks.write`.
         */
        delete: operations["deleteTrunk"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trunks/{fqdn}/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the health of a trunk
         * @description How it is, why and since when, and how it was, by five minutes.
         *
         *     Scope: `trunks.read`.
         */
        get: operations["getTrunkHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List usage
         * @description What a tenant's calls come to, by the month in which they started: the newest month first. A call counts when its record is written.
         *
         *     Scope: `cdrs.read`.
         */
        get: operations["listUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export usage
         * @description All of it, or that of some months, as CSV (RFC 4180).
         *
         *     Scope: `cdrs.read`.
         */
        get: operations["exportUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List webhooks
         * @description By id. A tenant's key sees its own.
         *
         *     Scope: `webhooks.read`.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Create a webhook
         * @description Events are sent to its URL as Standard Webhooks has it. The secret that signs them is shown in this answer and never again.
         *
         *     Scope: `webhooks.write`.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhook}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a webhook
         * @description Scope: `webhooks.read`.
         */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Delete a webhook
         * @description With its deliveries; the events stay.
         *
         *     Scope: `webhooks.write`.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change a webhook
         * @description Also what is on its way goes to the new URL.
         *
         *     Scope: `webhooks.write`.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/v1/webhooks/{webhook}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries
         * @description What was to be sent, the newest first, with every attempt. Kept for 30 days.
         *
         *     Scope: `webhooks.read`.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhook}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replay events
         * @description Sends one event again, or all that were given up since a moment. They keep their ids.
         *
         *     Scope: `webhooks.write`.
         */
        post: operations["replayWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhook}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the secret
         * @description Makes a new secret, shown once. For a day, or as asked, both sign.
         *
         *     Scope: `webhooks.write`.
         */
        post: operations["rotateWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{webhook}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Test a webhook
         * @description Sends one event of type webhook.test now and answers with what came back.
         *
         *     Scope: `webhooks.write`.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AddProblem: {
            /**
             * @description Stable.
             * @example agent_not_ready
             */
            code: string;
            /**
             * @description For people, with what helps.
             * @example Teams does not ring Ben: the licence is missing
             */
            detail: string;
        };
        Added: {
            /** @description In the order of the request. */
            items: components["schemas"]["AddedOne"][];
        };
        AddedOne: {
            /**
             * @description As it was asked for.
             * @example 8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02
             */
            acs_user?: string;
            /**
             * @description As it was asked for.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description Of the participant; absent if he was refused.
             * @example 0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21
             */
            id?: string;
            /**
             * @description As it was asked for.
             * @example +493098765432
             */
            phone_number?: string;
            /** @description Why this one is not rung. */
            problem?: components["schemas"]["AddProblem"];
            /**
             * @description As it was asked for.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
        };
        Agent: {
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description By what kind of address the person is rung.
             * @example teams_user
             * @enum {string}
             */
            endpoint: "teams_user" | "phone_number";
            /**
             * @description A UUID.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            id: string;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name: string;
            /**
             * @description The address: the object id in Entra of a teams_user, the E.164 number of a phone_number.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * Format: date-time
             * @description Since when an admin has taken the person out: not rung until resumed.
             * @example 2026-11-22T09:30:00Z
             */
            paused_at?: string;
            /**
             * @description Whether the person was picked, or is a member of a group that is kept in step.
             * @enum {string}
             */
            source: "single" | "group";
            /**
             * @description The tenant it belongs to.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
            /**
             * @description The account's name, for people.
             * @example adele@contoso.example
             */
            upn?: string;
        };
        AgentChange: {
            /**
             * @description By what kind of address the person is rung.
             * @example teams_user
             * @enum {string|null}
             */
            endpoint?: "teams_user" | "phone_number" | null;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name?: string | null;
            /**
             * @description The address.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid?: string | null;
        };
        AgentCounts: {
            /**
             * Format: int64
             * @description Something is.
             * @example 2
             */
            not_ready: number;
            /**
             * Format: int64
             * @description Taken out by an admin.
             * @example 0
             */
            paused: number;
            /**
             * Format: int64
             * @description Nothing is missing.
             * @example 37
             */
            ready: number;
            /**
             * Format: int64
             * @description All of them.
             * @example 40
             */
            total: number;
            /**
             * Format: int64
             * @description Nobody has looked yet.
             * @example 1
             */
            unchecked: number;
        };
        AgentCreate: {
            /**
             * @description By what kind of address the person is rung.
             * @default teams_user
             * @enum {string}
             */
            endpoint: "teams_user" | "phone_number";
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name: string;
            /**
             * @description The address: the object id in Entra of a teams_user, the E.164 number of a phone_number. Unique in the tenant.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        AgentGroup: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            added_at: string;
            /**
             * @description Who picked it.
             * @example Adele Vance
             */
            added_by?: string;
            /**
             * @description The object id in Entra.
             * @example d2b1f0de-34f1-4b53-8a3c-5f2f6f1f9a77
             */
            id: string;
            /**
             * Format: int64
             * @description At the last look.
             * @example 12
             */
            members: number;
            /**
             * @description What it is called.
             * @example Sales
             */
            name: string;
            /**
             * @description Why the last look failed.
             * @example group_unknown
             */
            sync_error?: string;
            /**
             * Format: date-time
             * @description When the agents were last in step with it.
             * @example 2026-11-22T09:30:00Z
             */
            synced_at?: string;
        };
        AgentStanding: {
            /**
             * Format: date-time
             * @description When somebody looked; absent: never.
             * @example 2026-11-22T09:30:00Z
             */
            checked_at?: string;
            /**
             * @description A UUID.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            id: string;
            /** @description What is needed. */
            items: components["schemas"]["Item"][];
            /**
             * Format: date-time
             * @description When Teams on desktop or web rang last; absent: never.
             * @example 2026-11-22T09:30:00Z
             */
            last_rang_at?: string;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name: string;
            /**
             * @description The object id in Entra.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * Format: date-time
             * @description Since when an admin has taken the person out.
             * @example 2026-11-22T09:30:00Z
             */
            paused_at?: string;
            /**
             * @description Whether nothing is missing.
             * @example true
             */
            ready: boolean;
            /**
             * @description Whether the person was picked, or is a member of a group.
             * @enum {string}
             */
            source: "single" | "group";
            /**
             * @description The account's name.
             * @example adele@contoso.example
             */
            upn?: string;
        };
        AgentsAdd: {
            /**
             * @description Their object ids in Entra.
             * @example [
             *       "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"
             *     ]
             */
            oids: string[];
        };
        AgentsAdded: {
            /**
             * Format: int64
             * @description Agents now who were not before.
             * @example 3
             */
            added: number;
            /** @description Who cannot be an agent. */
            refused: components["schemas"]["PersonRefused"][];
        };
        Announce: {
            /**
             * Format: int64
             * @description Seconds from one to the next.
             * @example 45
             */
            every_s: number;
            /**
             * @description What is said. {position} and {minutes} in a text are the place in the queue and the estimated wait; a sound with one that is not known is left out.
             * @example [
             *       {
             *         "locale": "en-US",
             *         "text": "You are number {position}."
             *       }
             *     ]
             */
            sounds: components["schemas"]["Sound"][];
        };
        Ask: {
            /**
             * @description The answers.
             * @example [
             *       {
             *         "label": "sales",
             *         "next": "sales",
             *         "tone": "1"
             *       }
             *     ]
             */
            choices: components["schemas"]["Choice"][];
            /**
             * @description Language of what is said.
             * @example en-US
             */
            locale?: string;
            /**
             * @description The step when nothing was pressed or said.
             * @example bye
             */
            no_input: string;
            /**
             * @description The step when it was none of the answers.
             * @example bye
             */
            not_understood: string;
            /**
             * Format: int64
             * @description How often it is asked again.
             * @example 1
             */
            retries?: number;
            /**
             * @description Said before it is asked again.
             * @example [
             *       {
             *         "text": "I did not get that."
             *       }
             *     ]
             */
            sorry?: components["schemas"]["Sound"][] | null;
            /**
             * @description The question; the first sound of an answer ends it.
             * @example [
             *       {
             *         "text": "For sales press one."
             *       }
             *     ]
             */
            sounds: components["schemas"]["Sound"][];
            /**
             * Format: int64
             * @description Seconds until the first sound of an answer; without it 5.
             * @example 5
             */
            wait_s?: number;
        };
        AttemptRecord: {
            /**
             * @description Of an ACS user: the identity.
             * @example 8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02
             */
            acs_user?: string;
            /**
             * @description Id of the agent.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * Format: int64
             * @description The code of Call Automation.
             * @example 487
             */
            code?: number;
            /**
             * Format: date-time
             * @description When the person accepted.
             * @example 2026-11-22T09:30:08Z
             */
            joined_at?: string;
            /**
             * Format: date-time
             * @description When the person was gone.
             * @example 2026-11-22T09:34:10Z
             */
            left_at?: string;
            /** @description Details for people. */
            message?: string;
            /**
             * @description What the person was called.
             * @example Adele Vance
             */
            name?: string;
            /**
             * @description How it ended.
             * @example no_answer
             */
            outcome?: string;
            /**
             * @description Of a telephone: its number.
             * @example +493098765432
             */
            phone_number?: string;
            /**
             * Format: date-time
             * @description When Teams was asked to ring.
             * @example 2026-11-22T09:30:01Z
             */
            rung_at?: string;
            /**
             * Format: int64
             * @description The sub-code of Call Automation.
             * @example 10003
             */
            sub_code?: number;
        };
        Attendance: {
            /** @description At most 650, as they are listed. */
            agents: components["schemas"]["Availability"][];
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            at: string;
            /**
             * @description What is wrong with what is known; then presence is older than it should be, or missing.
             * @example presence could not be read (graph_unavailable)
             */
            trouble?: string;
        };
        AuditEntry: {
            /**
             * @description What was done.
             * @example agent.pause
             */
            action: string;
            /**
             * @description Who did it: user:<object id in Entra>, key:<id of the API key>, or tandem for what happened by itself.
             * @example user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            actor: string;
            /**
             * @description What the person, or the key, was called then; absent: nobody knew.
             * @example Adele Vance
             */
            actor_name?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            at: string;
            /**
             * @description What changed; without secrets.
             * @example {
             *       "name": "Adele Vance"
             *     }
             */
            detail?: unknown;
            /**
             * Format: int64
             * @description Rises with time.
             * @example 4711
             */
            id: number;
            /**
             * @description To what: mostly an id.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            subject?: string;
            /**
             * @description What that was called then; absent: nobody knew, or the id says it.
             * @example Ben Walters
             */
            subject_name?: string;
            /**
             * @description Whose trail it is in; absent: about the installation as a whole.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
            /**
             * @description What people call the tenant now; in lists only.
             * @example Contoso Airlines
             */
            tenant_name?: string;
        };
        Availability: {
            /**
             * @description More exactly.
             * @example InACall
             */
            activity?: string;
            /**
             * Format: double
             * @description How old it is, in seconds; more than 30 are not believed.
             * @example 3
             */
            age_s?: number;
            /**
             * @description Id of the agent.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent: string;
            /**
             * Format: int64
             * @description Calls answered today (UTC).
             * @example 7
             */
            answered_today: number;
            /**
             * @description The call that has the agent.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            call?: string;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name: string;
            /**
             * @description What Teams says: Available, Busy and so on; absent: nothing is known.
             * @example Available
             */
            presence?: string;
            /**
             * @description The reservation that has the agent.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78
             */
            reservation?: string;
            /**
             * Format: date-time
             * @description Since when it is so, where we know it ourselves: taken since then, or free and resting since the end of the last call.
             * @example 2026-11-22T09:28:00Z
             */
            since?: string;
            /**
             * @description Who told us the presence.
             * @example graph
             */
            source?: string;
            /**
             * @description free: can be rung. unknown: can be rung, but nobody knows whether the person is there. unavailable: Teams says so. taken: a call or a reservation has the agent. resting: after a call of a queue. out: taken out by an admin, or not ready.
             * @enum {string}
             */
            state: "free" | "unknown" | "unavailable" | "taken" | "resting" | "out";
            /**
             * Format: date-time
             * @description The end of the reservation, or of the rest.
             * @example 2026-11-22T09:30:10Z
             */
            until?: string;
            /**
             * @description The same in one line for people.
             * @example Adele Vance is free: Available, 3 s old from graph
             */
            why: string;
        };
        Block: {
            /** @description Asks, and goes on by the answer. */
            ask?: components["schemas"]["Ask"];
            /** @description Looks for a person. */
            hand_over?: components["schemas"]["HandOver"];
            /** @description Ends the call. */
            hang_up?: components["schemas"]["HangUp"];
            /** @description Goes on by day and time. */
            hours?: components["schemas"]["Hours"];
            /**
             * @description What other steps call it.
             * @example greeting
             */
            name: string;
            /** @description Has Microsoft ring a person instead of us, before the caller is answered; only hours and redirect steps may lead to it. */
            redirect?: components["schemas"]["Redirect"];
            /** @description Plays something. */
            say?: components["schemas"]["Say"];
            /** @description Hands the caller to a person for good. */
            transfer?: components["schemas"]["Transfer"];
            /** @description Lets the caller talk with a bot. */
            virtual_agent?: components["schemas"]["VirtualAgent"];
            /** @description Records what the caller has to say. */
            voicemail?: components["schemas"]["Voicemail"];
        };
        Bot: {
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Whether a key that the caller presses ends what the bot says. Otherwise the bot alone decides when it is interrupted.
             * @example false
             */
            dtmf_clears: boolean;
            /**
             * @description A UUID.
             * @example 0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77
             */
            id: string;
            /**
             * @description That it is told of calls for which nobody says another (BCP 47).
             * @example en-GB
             */
            language?: string;
            /**
             * @description What people call it; unique in the tenant.
             * @example Flight status
             */
            name: string;
            /**
             * @description Sent to the bot as a bearer token: only in the answers that make one, and never again.
             * @example tdb_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
             */
            secret?: string;
            /**
             * @description The tenant it belongs to.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
            /**
             * @description Where we open a WebSocket for each call.
             * @example wss://bot.example.com/calls
             */
            url: string;
        };
        BotChange: {
            /**
             * @description Whether a key that the caller presses ends what the bot says.
             * @example true
             */
            dtmf_clears?: boolean | null;
            /**
             * @description That it is told of calls for which nobody says another; empty: none.
             * @example en-GB
             */
            language?: string | null;
            /**
             * @description What people call it; unique in the tenant.
             * @example Flight status
             */
            name?: string | null;
            /**
             * @description Where we open a WebSocket for each call.
             * @example wss://bot.example.com/calls
             */
            url?: string | null;
        };
        BotCreate: {
            /**
             * @description A key that the caller presses ends what the bot says, before the bot knows of it.
             * @default false
             */
            dtmf_clears: boolean;
            /**
             * @description That it is told of calls for which nobody says another (BCP 47).
             * @example en-GB
             */
            language?: string;
            /**
             * @description What people call it; unique in the tenant.
             * @example Flight status
             */
            name: string;
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
            /**
             * @description Where we open a WebSocket for each call: wss, at a public address.
             * @example wss://bot.example.com/calls
             */
            url: string;
        };
        BotHandover: {
            /**
             * @description One of these.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[] | null;
            /**
             * Format: date-time
             * @description When it asked; RFC 3339, UTC.
             */
            at: string;
            /**
             * @description What the person's Teams is to show.
             * @example Flight XY123, refund
             */
            display_name?: string;
            /**
             * @description The participant that came of it, the newest.
             * @example 0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21-handover-12
             */
            participant?: string;
            /**
             * @description Of this queue. Neither: whoever the flow, or you, choose.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
            /**
             * @description What comes of it, if the stream was started with whom the bot may hand over to; absent: it is only told.
             * @example seeking
             * @enum {string}
             */
            state?: "seeking" | "found" | "lost";
        };
        BotTargets: {
            /**
             * @description Ids of agents, rung one after the other until somebody joins; the bot may choose among them.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[] | null;
            /**
             * @description Id of a queue instead, whose next free agent is rung.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
        };
        CDR: {
            /**
             * Format: int64
             * @description The code of Call Automation.
             * @example 480
             */
            acs_code?: number;
            /**
             * Format: int64
             * @description The sub-code of Call Automation.
             * @example 10037
             */
            acs_sub_code?: number;
            /**
             * @description Who talked first.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /** @description Everyone who was rung, in order. */
            attempts: components["schemas"]["AttemptRecord"][];
            /**
             * @description Who ended it. host: whoever holds the call that we were a guest of.
             * @enum {string}
             */
            by: "caller" | "agent" | "provider" | "microsoft" | "tandem" | "host";
            /**
             * @description Id of the call.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            call: string;
            /**
             * @description What was dialled.
             * @example +493012345678
             */
            called?: string;
            /**
             * @description The caller's number, or anonymous.
             * @example +493098765432
             */
            caller?: string;
            /** @description The call that we were a guest of. */
            connect?: components["schemas"]["ConnectTo"];
            /**
             * @description Microsoft's callConnectionId.
             * @example 421f0b00-9a3c-4f5e-8d53-0f6a1d9f4c11
             */
            connection?: string;
            /**
             * @description As it was given with the call.
             * @example {
             *       "ticket": 4711
             *     }
             */
            context?: unknown;
            /**
             * @description Microsoft's correlationId; its support asks for it.
             * @example f3f1d3c2-53a5-4b0f-9a4d-6b1d1b1c2a10
             */
            correlation?: string;
            /**
             * @description Who began the call: a caller, or we, by calling an agent; guest: the provider, in Microsoft's cloud.
             * @enum {string}
             */
            direction: "inbound" | "outbound" | "guest";
            /**
             * @description Whether the caller came over an SBC that is not ours, so that no leg of the call passes this installation.
             * @example false
             */
            external?: boolean;
            /** @description The SIP dialog with Microsoft. */
            far: components["schemas"]["LegRecord"];
            /**
             * @description Whose fault it was.
             * @enum {string}
             */
            fault: "none" | "caller" | "tenant" | "provider" | "microsoft" | "tandem" | "undetermined";
            /** @description When the call reached what. */
            marks: components["schemas"]["Marks"];
            /**
             * @description Details for people.
             * @example Adele Vance is Busy
             */
            message?: string;
            /** @description The SIP dialog with the peer. */
            near: components["schemas"]["LegRecord"];
            /**
             * @description The tenant's number that the call went through.
             * @example +493012345678
             */
            number?: string;
            /** @description Telephones that Microsoft called through us, in order. */
            outlegs: components["schemas"]["OutlegRecord"][];
            /**
             * @description The peer that brought the caller.
             * @example contact-centre
             */
            peer?: string;
            /**
             * Format: int64
             * @description The Q.850 cause received.
             * @example 16
             */
            q850?: number;
            /**
             * @description Why, from a closed list.
             * @example agent_hung_up
             */
            reason: string;
            /** @description What was recorded, in order. */
            recordings: components["schemas"]["RecordingRecord"][];
            /**
             * @description Name of the person whom the caller was transferred to.
             * @example Clara Barbosa
             */
            released_to?: string;
            /**
             * @description The resource at which Microsoft had the call.
             * @example eu-0
             */
            resource?: string;
            /**
             * @description For statistics.
             * @example completed
             * @enum {string}
             */
            result: "completed" | "unanswered" | "abandoned" | "cancelled" | "failed";
            /**
             * @description Microsoft's serverCallId.
             * @example aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29t
             */
            server_call?: string;
            /**
             * Format: double
             * @description Seconds from the caller's INVITE until both heard each other, or from the request for an outbound call to the answer, or until Microsoft let a guest in; 0 if that was not reached.
             * @example 8.2
             */
            setup_s: number;
            /**
             * Format: int64
             * @description The SIP status received, if a leg was the cause.
             * @example 486
             */
            sip_status?: number;
            /**
             * Format: date-time
             * @description When the call started.
             * @example 2026-11-22T09:30:00Z
             */
            started_at: string;
            /** @description The newest one, with what the bot found out. */
            streaming?: components["schemas"]["Streaming"];
            /**
             * Format: double
             * @description Seconds from then until it began to end.
             * @example 241.5
             */
            talk_s: number;
            /**
             * @description The tenant whose call it was.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
            /** @description What was transcribed. */
            transcript?: components["schemas"]["TranscriptRecord"];
        };
        Call: {
            /**
             * @description Agents to ring, in this order; empty: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins, or as soon as somebody can be rung.
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /**
             * @description What was dialled; absent for a call that came with a SIP address of ours.
             * @example +493012345678
             */
            called?: string;
            /**
             * @description The caller's number, or anonymous.
             * @example +493098765432
             */
            caller?: string;
            /** @description The call that we are a guest of. */
            connect?: components["schemas"]["ConnectTo"];
            /** @description The newest one. */
            consult?: components["schemas"]["Consult"];
            /**
             * @description As it was given.
             * @example {
             *       "ticket": 4711
             *     }
             */
            context?: unknown;
            /** @description What was done to the caller. */
            customer: components["schemas"]["Treated"];
            /**
             * @description Who began the call: a caller, or we, by calling an agent; guest: the provider, in Microsoft's cloud.
             * @enum {string}
             */
            direction: "inbound" | "outbound" | "guest";
            /**
             * @description Shown to the person who is rung; absent: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /** @description Why the call ends or ended. */
            ending?: components["schemas"]["Ending"];
            /**
             * @description Whether the caller came over an SBC that is not ours, so that no leg of the call passes this installation.
             * @example false
             */
            external?: boolean;
            /** @description The SIP dialog with Microsoft. */
            far: components["schemas"]["LegView"];
            /** @description What treats the caller before a person. */
            flow?: components["schemas"]["CallFlow"];
            /**
             * @description What is heard on hold on our legs: melody, silence or the id of a prompt.
             * @example melody
             */
            hold_music?: string;
            /**
             * @description A UUID of version 7: ids rise with time.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            id: string;
            /** @description When the call reached what. */
            marks: components["schemas"]["Marks"];
            /**
             * Format: int64
             * @description How many seconds after the answer the call is ended.
             * @example 5
             */
            max_duration?: number;
            /** @description The SIP dialog with the peer. */
            near: components["schemas"]["LegView"];
            /**
             * @description The tenant's number that the call goes through.
             * @example +493012345678
             */
            number?: string;
            /** @description What is done with the sound of the call, and the newest that are over. */
            operations: components["schemas"]["Operation"][];
            /** @description Everyone who was rung, in order; in a guest's call also whom its host has there. */
            participants: components["schemas"]["Participant"][];
            /**
             * @description The peer that brought the caller.
             * @example contact-centre
             */
            peer?: string;
            /**
             * @description Where the call as a whole stands. released: the caller talks on without our control.
             * @example connected
             * @enum {string}
             */
            phase: "requested" | "routing" | "connected" | "released" | "ending" | "ended";
            /**
             * @description Name of the person whom the caller was transferred to.
             * @example Clara Barbosa
             */
            released_to?: string;
            /**
             * @description The resource at which Microsoft has the call.
             * @example eu-0
             */
            resource?: string;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 20
             */
            ring_timeout: number;
            /**
             * @description Microsoft's serverCallId, by which others can connect to the call.
             * @example aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29t
             */
            server_call?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            started_at: string;
            /** @description The newest one. */
            streaming?: components["schemas"]["Streaming"];
            /**
             * @description The tenant whose call it is.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
            /**
             * @description What people call the tenant; in lists only.
             * @example Contoso Airlines
             */
            tenant_name?: string;
            /** @description The newest one. */
            transcription?: components["schemas"]["Transcription"];
            /** @description How it stands in its queue; absent: it does not wait. */
            waiting?: components["schemas"]["Waiting"];
        };
        CallCreate: {
            /**
             * @description Id of the one agent to ring; instead of agents.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description Ids of agents to ring, in this order; without any: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins (a SIP failure otherwise), or as soon as somebody can be rung.
             * @default with_agent
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /** @description A call that the provider holds in a resource: we become a guest of it, add and take out people there, and leave. It is never ended by us. */
            connect?: components["schemas"]["ConnectTo"];
            /**
             * @description Any JSON of at most 4 kB; it comes back in the call and in its record.
             * @example {
             *       "ticket": 4711
             *     }
             */
            context?: unknown;
            /**
             * @description inbound: a caller is awaited at the SIP address in the answer. outbound: the one agent is called at once, without a caller; until playing is there, the person hears silence. guest: what connect names; may be left out then.
             * @default inbound
             * @enum {string}
             */
            direction: "inbound" | "outbound" | "guest";
            /**
             * @description Shown to the person who is rung; without it: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /**
             * @description Inbound: id of a flow that treats the caller before a person, in the version that is published now. The caller is answered at once then, and agents are those of a handover that names nobody.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05
             */
            flow?: string;
            /**
             * @description What the caller hears on hold, if nobody names music: melody, silence or the id of a prompt of the tenant's; without it what the tenant's setting says.
             * @example melody
             */
            hold_music?: string;
            /**
             * Format: int64
             * @description Outbound: how many seconds after the answer the call is ended for everybody; without it, it lasts until somebody hangs up. Connect: when we leave.
             * @example 5
             */
            max_duration?: number;
            /**
             * @description The tenant's number that the call goes through; without it the region's anchor number.
             * @example +493012345678
             */
            number?: string;
            /**
             * @description Id of a queue whose next free agent is rung, as long as its ring timeout says; instead of agents. While nobody is free the caller hears ringing, until the call's setup has lasted 110 seconds.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
            /**
             * @description Id of a reservation whose agent is rung, whatever the presence says; instead of agents.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78
             */
            reservation?: string;
            /**
             * @description Outbound: the resource that the call leaves from; connect: that the call is in. Without it the usual one of the tenant's home region.
             * @example eu-0
             */
            resource?: string;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @default 20
             */
            ring_timeout: number;
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        CallCreated: {
            /**
             * @description Agents to ring, in this order; empty: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins, or as soon as somebody can be rung.
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /**
             * @description Who begins the call; guest: it is the provider's.
             * @enum {string}
             */
            direction: "inbound" | "outbound" | "guest";
            /**
             * @description Shown to the person who is rung; absent: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /**
             * Format: date-time
             * @description Inbound: the INVITE must arrive before.
             * @example 2026-11-22T09:31:00Z
             */
            expires_at?: string;
            /**
             * @description A UUID of version 7: ids rise with time.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            id: string;
            /**
             * @description requested: the call waits for its INVITE. routing: the agent is about to be called, or Microsoft is about to let us in.
             * @enum {string}
             */
            phase: "requested" | "routing";
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 20
             */
            ring_timeout: number;
            /**
             * @description Inbound: send the caller's INVITE here, from one of your peers. Good for one accepted call; treat it as a secret until then.
             * @example sip:Yk3v0dYt0Yt2R1cW9sJq2A@sbc.example.net
             */
            sip_uri?: string;
            /**
             * @description The tenant whose agents are rung.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        CallFlow: {
            /**
             * @description Id of the flow.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05
             */
            flow: string;
            /** @description The newest search for a person. */
            handover?: components["schemas"]["CallHandover"];
            /**
             * Format: date-time
             * @description When the step began.
             * @example 2026-11-22T09:30:02Z
             */
            since?: string;
            /**
             * @description The newest step, by its name.
             * @example menu
             */
            step?: string;
            /**
             * Format: int64
             * @description The version that the call began with.
             * @example 1
             */
            version: number;
        };
        CallHandover: {
            /**
             * Format: int64
             * @description Estimated wait, in seconds.
             * @example 90
             */
            estimate_s?: number;
            /**
             * @description Why nobody came: nobody, no_answer, timeout or closed.
             * @example no_answer
             */
            loss?: string;
            /**
             * Format: int64
             * @description Place in the queue, 1 is next.
             * @example 2
             */
            position?: number;
            /**
             * @description Id of the queue.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e78
             */
            queue?: string;
            /**
             * @description seeking: somebody is looked for, or rung. waiting: nobody is free now.
             * @example waiting
             * @enum {string}
             */
            state: "seeking" | "waiting" | "found" | "lost" | "withdrawn";
        };
        CallQuality: {
            /** @description Two of each leg of ours: what comes from the peer, and what comes from Microsoft. */
            legs: components["schemas"]["LegQuality"][];
        };
        CallRecording: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            asked_at: string;
            /**
             * @description Whether speakers are kept apart.
             * @enum {string}
             */
            channels: "mixed" | "unmixed";
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            ended_at?: string;
            /**
             * @description Of the file.
             * @enum {string}
             */
            format: "wav" | "mp3";
            /**
             * @description A UUID.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa
             */
            id: string;
            /** @description Details for people. */
            message?: string;
            /**
             * @description Why it failed, or ended unasked, or could not be paused.
             * @example not_allowed
             */
            outcome?: string;
            /**
             * Format: double
             * @description How many seconds were recorded, without pauses.
             * @example 42.5
             */
            recorded_s: number;
            /** @description When it recorded. */
            spans: components["schemas"]["RecordingSpan"][];
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            started_at?: string;
            /**
             * @description Where it stands. pausing: still recorded, as far as is known.
             * @example recording
             * @enum {string}
             */
            state: "announcing" | "starting" | "recording" | "pausing" | "paused" | "resuming" | "stopping" | "ended" | "failed";
        };
        Capability: {
            /**
             * @description Over which way to Microsoft.
             * @example acs_direct_routing
             */
            connectivity: string;
            /**
             * @description Said of callers who came over an SBC that is not ours, where those differ from the row without this.
             * @example false
             */
            external?: boolean;
            /**
             * @description Said of calls that we are a guest of, where those differ from the row without this.
             * @example false
             */
            guest?: boolean;
            /**
             * @description microsoft: by one request of Call Automation. our_leg: in our own relay, for a caller on a trunk of ours.
             * @enum {string}
             */
            means?: "microsoft" | "our_leg";
            /**
             * @description As in the actions of a call.
             * @example mute
             */
            operation: string;
            /**
             * @description To whom.
             * @enum {string}
             */
            party: "everybody" | "customer" | "teams_user" | "phone_number" | "acs_user";
            /**
             * @description Whether it can be done.
             * @example true
             */
            possible: boolean;
            /**
             * @description Where that is known from.
             * @example call-automation.md §6.4
             */
            source: string;
            /**
             * @description What to know about it, or why it cannot be done.
             * @example Microsoft mutes ACS users only; a Teams user mutes himself
             */
            why?: string;
        };
        Capture: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-02T08:30:00Z
             */
            began_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-02T08:40:00Z
             */
            ended_at?: string;
            /**
             * Format: int64
             * @description Packets that had no room in it.
             * @example 0
             */
            missing: number;
            /**
             * Format: int64
             * @description Of the file so far, in bytes; 32 MB at most.
             * @example 81920
             */
            size: number;
            /**
             * @description Whether what is said is in it.
             * @example false
             */
            sound: boolean;
            /**
             * @description A capture that has ended is kept for an hour.
             * @enum {string}
             */
            state: "running" | "ended";
        };
        CaptureWanted: {
            /**
             * Format: int64
             * @description When it ends by itself.
             * @default 600
             */
            seconds: number;
            /**
             * @description Keep what is said, too. For that the key has to have recordings.download.
             * @default false
             */
            sound: boolean;
        };
        CheckProgress: {
            /**
             * @description Why it waits.
             * @example directory_throttled
             */
            code?: string;
            /**
             * Format: int64
             * @description How many are done.
             * @example 12
             */
            done: number;
            /**
             * Format: date-time
             * @description When the last one ended.
             * @example 2026-11-22T09:31:00Z
             */
            ended_at?: string;
            /**
             * Format: date-time
             * @description When it goes on, or begins again.
             * @example 2026-11-22T09:40:00Z
             */
            next_at?: string;
            /**
             * @description Whether it is under way.
             * @example false
             */
            running: boolean;
            /**
             * Format: date-time
             * @description Absent: never.
             * @example 2026-11-22T09:30:00Z
             */
            started_at?: string;
            /**
             * Format: int64
             * @description How many there are to look at.
             * @example 40
             */
            total: number;
        };
        Choice: {
            /**
             * @description What it is called in transcripts.
             * @example sales
             */
            label: string;
            /**
             * @description The step after it.
             * @example sales
             */
            next: string;
            /**
             * @description Words for it; with them speech is listened for, which needs a resource with a cognitive endpoint.
             * @example [
             *       "sales"
             *     ]
             */
            phrases?: string[] | null;
            /**
             * @description The key for it.
             * @example 1
             */
            tone?: string;
        };
        ConnectTo: {
            /**
             * @description Of the call, in the resource.
             * @example aHR0cHM6Ly9hcGkuZmxpZ2h0cHJveHkuc2t5cGUuY29t
             */
            id: string;
            /**
             * @description What the id is: Microsoft's serverCallId, the id of a group call, or of a room.
             * @enum {string}
             */
            kind: "server_call" | "group" | "room";
        };
        ConsentAddress: {
            /**
             * Format: date-time
             * @description By when the admin has to be back.
             * @example 2026-11-22T09:40:00Z
             */
            expires_at: string;
            /**
             * @description Of Microsoft's consent page; good for one way there and back.
             * @example https://login.microsoftonline.com/2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11/v2.0/adminconsent?client_id=…
             */
            url: string;
        };
        ConsentAsk: {
            /**
             * @description A path of the portal to come back to.
             * @example /tenant
             */
            return_to?: string;
        };
        Consult: {
            /**
             * @description Who is asked, if it is an ACS user.
             * @example 8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02
             */
            acs_user?: string;
            /**
             * @description Who is asked, if it is an agent.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            asked_at: string;
            /**
             * Format: date-time
             * @description When it came to its state; RFC 3339, UTC.
             */
            changed_at: string;
            /**
             * @description Also of the participant who is asked.
             * @example 0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21
             */
            id: string;
            /** @description Details for people. */
            message?: string;
            /**
             * @description Why it failed, or why the caller is still on hold.
             * @example no_answer
             */
            outcome?: string;
            /**
             * @description Who is asked, if it is a telephone.
             * @example +493012345678
             */
            phone_number?: string;
            /**
             * @description Who is asked, if it is the next one of a queue.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
            /**
             * @description What becomes of it. merged: all of them talk. handed_over: who asked left, and who was asked has the caller. cancelled: who was asked is gone again.
             * @enum {string}
             */
            result?: "merged" | "handed_over" | "cancelled" | "failed";
            /**
             * @description holding: the caller is put on hold, and nobody is rung before. returning: the caller is taken off hold.
             * @example talking
             * @enum {string}
             */
            state: "holding" | "ringing" | "talking" | "returning" | "over";
        };
        ConsultBody: {
            /**
             * @description An ACS user to ring instead, an identity of the call's own resource.
             * @example 8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02
             */
            acs_user?: string;
            /**
             * @description Id of the agent to ring.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description What a telephone shows: a number of the tenant. Without it the number that the call goes through, else the tenant's first.
             * @example +493012345678
             */
            caller_id?: string;
            /**
             * @description Shown while it rings; without it what the call has.
             * @example Second opinion, please
             */
            display_name?: string;
            /**
             * Format: int64
             * @description Of a queue: seconds to wait for somebody, ringing included; without it as long as the queue lets calls wait.
             * @example 120
             */
            max_wait?: number;
            /**
             * @description A telephone to ring instead, E.164.
             * @example +493098765432
             */
            phone_number?: string;
            /**
             * @description Id of a queue whose next free agent is rung instead, and on no answer the next one, until somebody joins. The call waits in it behind those that wait longer; the participant of the answer's id says at which place, and deleting it ends the wait. A call waits in one queue at a time.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
            /**
             * @description Id of a reservation that keeps the agent; then the person is rung whatever the presence says.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78
             */
            reservation?: string;
            /**
             * @description One: the caller's music, again and again. Without it silence.
             * @example [
             *       {
             *         "text": "One moment, please."
             *       }
             *     ]
             */
            sources?: components["schemas"]["Source"][] | null;
        };
        Cure: {
            /**
             * @description Stable; the web app has words for it.
             * @example assign_teams_phone
             */
            code: string;
            /**
             * @description PowerShell that does it; absent if it is a click.
             * @example Set-CsPhoneNumberAssignment …
             */
            command?: string;
            /**
             * @description What to do, in one sentence.
             * @example Assign a Teams Phone licence.
             */
            text: string;
            /**
             * @description The directory roles of which one is enough; empty: any admin.
             * @example [
             *       "teams_administrator"
             *     ]
             */
            who: string[];
        };
        DTMFBody: {
            /**
             * @description customer, or the id of a participant at a telephone.
             * @default customer
             */
            target: string;
            /**
             * @description 0-9, *, # and A-D.
             * @example 1234#
             */
            tones: string;
        };
        Dialling: {
            /**
             * Format: date-time
             * @description Absent: nobody made rules, these are the usual ones.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: int64
             * @description Telephones called at once, rung ones included.
             * @example 10
             */
            max_legs: number;
            /**
             * @description Name of the peer that dials them; absent: one that takes calls of the home region.
             * @example carrier
             */
            peer?: string;
            /**
             * @description Beginnings of the numbers that may be dialled; empty: the countries of the tenant's own numbers.
             * @example [
             *       "+49",
             *       "+4420"
             *     ]
             */
            prefixes: string[];
        };
        DiallingSet: {
            /**
             * Format: int64
             * @description Telephones called at once, rung ones included; 0: none.
             * @example 10
             */
            max_legs: number;
            /**
             * @description Name of a peer with dial_to; without it one that takes calls of the home region.
             * @example carrier
             */
            peer?: string;
            /**
             * @description Beginnings of the numbers that may be dialled, with the +; without it the countries of the tenant's own numbers. What costs more than an ordinary call is dialled only if a prefix names it.
             * @example [
             *       "+49",
             *       "+4420"
             *     ]
             */
            prefixes?: string[];
        };
        DirectoryGroup: {
            /**
             * @description The object id in Entra.
             * @example d2b1f0de-34f1-4b53-8a3c-5f2f6f1f9a77
             */
            id: string;
            /**
             * @description What it is called.
             * @example Sales
             */
            name: string;
        };
        Document: {
            /**
             * @description The first one is where a call begins.
             * @example [
             *       {
             *         "name": "greeting",
             *         "say": {
             *           "next": "bye",
             *           "sounds": [
             *             {
             *               "text": "Welcome."
             *             }
             *           ]
             *         }
             *       },
             *       {
             *         "hang_up": {},
             *         "name": "bye"
             *       }
             *     ]
             */
            steps: components["schemas"]["Block"][];
        };
        DomainDone: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            at: string;
            /**
             * @description Who says so, as in the audit trail.
             * @example user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            by: string;
            /**
             * @description What he was called then.
             * @example Adele Vance
             */
            by_name?: string;
        };
        DomainMark: {
            /**
             * @description The TXT record is in DNS.
             * @default false
             * @example true
             */
            published: boolean;
            /**
             * @description What the portal wants the TXT record to say, for who puts it into DNS; without it what was said before.
             * @example ms93847561
             */
            txt?: string;
            /**
             * @description The portal has verified it.
             * @default false
             */
            verified: boolean;
        };
        DomainMarked: {
            /**
             * @description A domain, or the whole name of a trunk.
             * @example eu.sbc.example.net
             */
            name: string;
            /** @description Who has put the TXT record into DNS. */
            published?: components["schemas"]["DomainDone"];
            /**
             * @description What the portal wants the TXT record to say.
             * @example ms93847561
             */
            txt?: string;
            /** @description Who has had the portal verify it. */
            verified?: components["schemas"]["DomainDone"];
        };
        Ending: {
            /**
             * Format: int64
             * @description The code of Call Automation.
             * @example 480
             */
            acs_code?: number;
            /**
             * Format: int64
             * @description The sub-code of Call Automation.
             * @example 10037
             */
            acs_sub_code?: number;
            /**
             * @description Who ended it. host: whoever holds the call that we were a guest of.
             * @enum {string}
             */
            by: "caller" | "agent" | "provider" | "microsoft" | "tandem" | "host";
            /**
             * @description Whose fault it was.
             * @enum {string}
             */
            fault: "none" | "caller" | "tenant" | "provider" | "microsoft" | "tandem" | "undetermined";
            /**
             * @description Details for people.
             * @example Adele Vance is Busy
             */
            message?: string;
            /**
             * Format: int64
             * @description The Q.850 cause received.
             * @example 16
             */
            q850?: number;
            /**
             * @description Why, from a closed list.
             * @example agent_hung_up
             */
            reason: string;
            /**
             * @description For statistics.
             * @example completed
             * @enum {string}
             */
            result: "completed" | "unanswered" | "abandoned" | "cancelled" | "failed";
            /**
             * Format: int64
             * @description The SIP status received, if a leg was the cause.
             * @example 486
             */
            sip_status?: number;
        };
        Event: {
            /**
             * Format: date-time
             * @description When; RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            at: string;
            /**
             * @description What there is to tell; its members are those of the type.
             * @example {
             *       "call": "0193a5c0-5b10-7f00-8c00-1f8f5a0d7c21",
             *       "result": "completed"
             *     }
             */
            data: unknown;
            /**
             * @description A UUID; webhook-id where the event is sent to a webhook.
             * @example 0193a5c0-8a10-7f00-8c00-1f8f5a0d7c21
             */
            id: string;
            /**
             * @description To whom it happened; absent: it is about what is the provider's, such as trunks.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
            /**
             * @description What the event tells.
             * @example call.ended
             */
            type: string;
        };
        EventKind: {
            /**
             * @description When such an event happens.
             * @example A call is over.
             */
            means: string;
            /**
             * @description As in the events, and in the types of a webhook.
             * @example call.ended
             */
            type: string;
        };
        Examination: {
            /**
             * Format: date-time
             * @description When it looked.
             * @example 2026-12-01T09:00:00Z
             */
            at: string;
            /** @description What was looked at, in order. */
            findings: components["schemas"]["Finding"][];
            /**
             * @description Nothing failed; there may be warnings.
             * @example false
             */
            ok: boolean;
        };
        Explanation: {
            /**
             * @description Id of the call.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            call: string;
            /** @description As the record has it. */
            ending?: components["schemas"]["Ending"];
            /** @description What this key may not see: numbers are cut to three digits without cdrs.read; what was pressed or said is left out without recordings.download. */
            masked: ("numbers" | "words")[];
            /** @description What is not kept, or not any more. */
            missing: components["schemas"]["ExplanationGap"][];
            /**
             * @description Where the call stands.
             * @example ended
             * @enum {string}
             */
            phase: "requested" | "routing" | "connected" | "released" | "ending" | "ended";
            /** @description Of each leg, as it was at its end. */
            sound: components["schemas"]["LegSound"][];
            /** @description Of each end of each leg; empty: nothing of that is kept. */
            sound_over_time: components["schemas"]["SoundOverTime"][];
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            started_at: string;
            /**
             * @description Whose call it is.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
            /**
             * @description What people call the tenant now.
             * @example Contoso Airlines
             */
            tenant_name?: string;
            /** @description By time. */
            timeline: components["schemas"]["TimelineEntry"][];
            /** @description Absent as long as the call does not end. */
            verdict?: components["schemas"]["Verdict"];
        };
        ExplanationGap: {
            /**
             * @description What.
             * @enum {string}
             */
            code: "journal" | "webhooks" | "sip_messages" | "sip_messages_left_out" | "media_over_time";
            /**
             * @description And why.
             * @example What was told by webhook is kept for 30 days.
             */
            why: string;
        };
        FederatedResource: {
            /**
             * Format: date-time
             * @description When it was seen last.
             * @example 2026-11-22T09:30:00Z
             */
            checked_at?: string;
            /**
             * @description Why it may not.
             * @example federation_missing
             */
            code?: string;
            /**
             * @description Whether it is of the tenant's home region; others stand by.
             * @example true
             */
            home: boolean;
            /**
             * @description Of the resource.
             * @example eu-1
             */
            id: string;
            /**
             * @description As the tenant's list has it.
             * @example e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44
             */
            immutable_id: string;
            /**
             * @description Where it is.
             * @example eu
             */
            region: string;
            /**
             * @description What is known; absent: nothing.
             * @enum {string}
             */
            state?: "claimed" | "proved" | "doubtful" | "missing" | "revoked";
        };
        Federation: {
            /** @description The script, explained. */
            lines: components["schemas"]["ScriptLine"][];
            /** @description The newest first. */
            proofs: components["schemas"]["FederationProof"][];
            /** @description All that may have to ring. */
            resources: components["schemas"]["FederatedResource"][];
            /**
             * @description Teams PowerShell for the tenant's Teams admin; it only adds.
             * @example Set-CsTeamsAcsFederationConfiguration …
             */
            script: string;
            /** @description Whom a job may ring; absent: nobody. */
            test_user?: components["schemas"]["TestUser"];
            /**
             * @description Takes it back.
             * @example Set-CsTeamsAcsFederationConfiguration …
             */
            undo: string;
            /**
             * @description The same, changing nothing.
             * @example Set-CsTeamsAcsFederationConfiguration … -WhatIf
             */
            what_if: string;
        };
        FederationAttempt: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            at: string;
            /**
             * @description Id of the call.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            call?: string;
            /**
             * Format: int64
             * @description Of Call Automation.
             * @example 403
             */
            code?: number;
            /** @description What Microsoft said. */
            message?: string;
            /**
             * Format: int64
             * @description Of Call Automation.
             * @example 7550
             */
            sub_code?: number;
            /**
             * @description authorised, not_yet, not_ready, inconclusive or cancelled; absent as long as the call goes on.
             * @example not_yet
             */
            verdict?: string;
        };
        FederationProof: {
            /** @description In their order. */
            attempts: components["schemas"]["FederationAttempt"][];
            /** @description What mends it. */
            cure?: components["schemas"]["Cure"];
            /**
             * Format: date-time
             * @description When it was over.
             * @example 2026-11-22T09:31:00Z
             */
            ended_at?: string;
            /**
             * @description A UUID.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77
             */
            id: string;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name: string;
            /**
             * Format: date-time
             * @description When the next attempt is due.
             * @example 2026-11-22T09:32:00Z
             */
            next_at?: string;
            /**
             * @description Whom it rings: the object id in Entra.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * @description Id of the resource.
             * @example eu-1
             */
            resource: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            started_at: string;
            /**
             * @description How it stands.
             * @enum {string}
             */
            state: "ringing" | "waiting" | "proved" | "failed";
            /**
             * @description Of the last attempt; cancelled: somebody stopped it.
             * @example not_yet
             */
            verdict?: string;
        };
        Finding: {
            /**
             * @description What to do about it; of everything that is not ok.
             * @example make an A record of e0.eu.sbc.example.net with the public address of this machine
             */
            fix?: string;
            /**
             * @description What there is, or why it could not be looked at.
             * @example there is no address under this name
             */
            found: string;
            /**
             * @description What was looked at; it does not change.
             * @example dns.trunk
             */
            id: string;
            /**
             * @description What the doctor thinks of it.
             * @example fail
             * @enum {string}
             */
            state: "ok" | "warn" | "fail" | "not-checked";
            /**
             * @description What it is about, where there are several.
             * @example e0.eu.sbc.example.net
             */
            subject?: string;
        };
        FixScript: {
            /**
             * @description PowerShell for everything that it can mend, with comments for the rest.
             * @example Connect-MicrosoftTeams …
             */
            script: string;
        };
        Flow: {
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description A UUID; not secret.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05
             */
            id: string;
            /**
             * @description What people call it; unique in the tenant.
             * @example Service line
             */
            name: string;
            /**
             * Format: int64
             * @description The newest version.
             * @example 2
             */
            newest: number;
            /**
             * Format: int64
             * @description The version that new calls get.
             * @example 1
             */
            published: number;
            /**
             * @description The tenant it belongs to.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        FlowCheck: {
            /**
             * @description What is looked at.
             * @example {
             *       "steps": [
             *         {
             *           "name": "greeting",
             *           "say": {
             *             "next": "bye",
             *             "sounds": [
             *               {
             *                 "text": "Welcome."
             *               }
             *             ]
             *           }
             *         },
             *         {
             *           "hang_up": {},
             *           "name": "bye"
             *         }
             *       ]
             *     }
             */
            document: components["schemas"]["Document"];
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        FlowChecked: {
            /**
             * Format: int64
             * @description How many there are.
             * @example 4
             */
            steps: number;
        };
        FlowCreate: {
            /**
             * @description Its first version, which new calls get at once.
             * @example {
             *       "steps": [
             *         {
             *           "name": "greeting",
             *           "say": {
             *             "next": "bye",
             *             "sounds": [
             *               {
             *                 "text": "Welcome."
             *               }
             *             ]
             *           }
             *         },
             *         {
             *           "hang_up": {},
             *           "name": "bye"
             *         }
             *       ]
             *     }
             */
            document: components["schemas"]["Document"];
            /**
             * @description What people call it; unique in the tenant.
             * @example Service line
             */
            name: string;
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        FlowPublish: {
            /**
             * Format: int64
             * @description What new calls get; calls under way go on as they began.
             * @example 1
             */
            version: number;
        };
        FlowRehearse: {
            /**
             * @description What the caller does at each question, in turn; after the last one nothing.
             * @example [
             *       {
             *         "press": "1"
             *       }
             *     ]
             */
            answers?: components["schemas"]["RehearsalAnswer"][] | null;
            /**
             * Format: date-time
             * @description When the call begins, RFC 3339; without it now.
             * @example 2026-11-23T10:00:00+01:00
             */
            at?: string;
            /**
             * @description What each conversation with a bot comes to, in turn; after the last one no bot can be reached.
             * @example [
             *       {
             *         "after_s": 40,
             *         "brings": "handed_over"
             *       }
             *     ]
             */
            bots?: components["schemas"]["RehearsalBot"][] | null;
            /**
             * @description What is looked at.
             * @example {
             *       "steps": [
             *         {
             *           "name": "greeting",
             *           "say": {
             *             "next": "bye",
             *             "sounds": [
             *               {
             *                 "text": "Welcome."
             *               }
             *             ]
             *           }
             *         },
             *         {
             *           "hang_up": {},
             *           "name": "bye"
             *         }
             *       ]
             *     }
             */
            document: components["schemas"]["Document"];
            /**
             * @description What each search for a person, or transfer, brings, in turn; after the last one nobody.
             * @example [
             *       {
             *         "after_s": 12,
             *         "brings": "answered"
             *       }
             *     ]
             */
            handovers?: components["schemas"]["RehearsalHandover"][] | null;
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        FlowVersion: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description What it does.
             * @example {
             *       "steps": [
             *         {
             *           "name": "greeting",
             *           "say": {
             *             "next": "bye",
             *             "sounds": [
             *               {
             *                 "text": "Welcome."
             *               }
             *             ]
             *           }
             *         },
             *         {
             *           "hang_up": {},
             *           "name": "bye"
             *         }
             *       ]
             *     }
             */
            document: components["schemas"]["Document"];
            /**
             * @description Id of the flow.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05
             */
            flow: string;
            /**
             * Format: int64
             * @description From 1.
             * @example 1
             */
            version: number;
        };
        FlowVersionAdd: {
            /**
             * @description What it does; new calls get it when it is published.
             * @example {
             *       "steps": [
             *         {
             *           "name": "greeting",
             *           "say": {
             *             "next": "bye",
             *             "sounds": [
             *               {
             *                 "text": "Welcome."
             *               }
             *             ]
             *           }
             *         },
             *         {
             *           "hang_up": {},
             *           "name": "bye"
             *         }
             *       ]
             *     }
             */
            document: components["schemas"]["Document"];
        };
        FoundAgentGroup: {
            /** @description The best first. */
            items: components["schemas"]["AgentGroup"][];
        };
        FoundDirectoryGroup: {
            /** @description The best first. */
            items: components["schemas"]["DirectoryGroup"][];
        };
        FoundPerson: {
            /** @description The best first. */
            items: components["schemas"]["Person"][];
        };
        Grant: {
            /**
             * Format: date-time
             * @description When it was seen.
             * @example 2026-11-22T09:30:00Z
             */
            at: string;
            /**
             * @description Who brought it about, as in the audit trail.
             * @example tandem
             */
            by: string;
            /**
             * @description What he, or the key, was called then.
             * @example Tandem
             */
            by_name?: string;
            /**
             * @description What looked.
             * @example consent_proof
             */
            check: string;
            /**
             * @description The reason of anything but proved.
             * @example consent_missing
             */
            code?: string;
            /**
             * @description What was seen.
             * @example {
             *       "status": 200
             *     }
             */
            evidence?: unknown;
            /**
             * Format: int64
             * @description Rises with time.
             * @example 4711
             */
            id: number;
            /**
             * @description What kind of permission.
             * @enum {string}
             */
            kind: "graph_consent" | "federation";
            /** @description For people. */
            message?: string;
            /**
             * @description What was known from then on.
             * @enum {string}
             */
            state: "claimed" | "proved" | "doubtful" | "missing" | "revoked";
            /**
             * @description The permission of Microsoft Graph, or the id of the resource.
             * @example Presence.Read.All
             */
            subject: string;
        };
        GroupAdd: {
            /**
             * @description The object id in Entra. Its members are agents from now on, later ones too.
             * @example d2b1f0de-34f1-4b53-8a3c-5f2f6f1f9a77
             */
            group: string;
        };
        HandOver: {
            /**
             * @description Ids of agents, rung in turn.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[] | null;
            /** @description Said while nobody is free. */
            announce?: components["schemas"]["Announce"];
            /**
             * @description The step when the queue is closed; without it the one of nobody.
             * @example bye
             */
            closed?: string;
            /**
             * @description Shown to who is rung; without it as of the number.
             * @example Sales
             */
            display_name?: string;
            /**
             * Format: int64
             * @description Seconds to wait for a person, ringing included; without it everybody is rung once at most, and nobody waited for.
             * @example 300
             */
            max_wait_s?: number;
            /**
             * @description Plays again and again meanwhile; it ends before a person is heard.
             * @example [
             *       {
             *         "prompt": "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"
             *       }
             *     ]
             */
            music?: components["schemas"]["Sound"][] | null;
            /**
             * @description The step when who was rung did not take it.
             * @example bye
             */
            no_answer: string;
            /**
             * @description The step when there was nobody to ring.
             * @example bye
             */
            nobody: string;
            /**
             * @description Id of a queue; instead of agents.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e78
             */
            queue?: string;
            /**
             * Format: int64
             * @description Seconds that one person's Teams rings; without it as of the queue, or of the number.
             * @example 20
             */
            ring_s?: number;
            /**
             * @description The step when it was waited long enough; without it the one of nobody.
             * @example bye
             */
            timeout?: string;
        };
        HandoverAsk: {
            /**
             * @description The step that needs another role.
             * @example consent
             * @enum {string}
             */
            step: "consent" | "federation";
        };
        HandoverLink: {
            /**
             * Format: date-time
             * @description When it stops working.
             * @example 2026-12-06T09:30:00Z
             */
            expires_at: string;
            /**
             * @description Whoever has it can begin; told once.
             * @example https://tandem.example.net/onboard/3sVq8Yd0Yt2R1cW9sJq2AkM4
             */
            link: string;
            /**
             * @description The directory roles of which the other one has to have one.
             * @example [
             *       "global_administrator"
             *     ]
             */
            needs: string[];
        };
        HangUp: {
            /**
             * @description Said before.
             * @example [
             *       {
             *         "text": "Goodbye."
             *       }
             *     ]
             */
            sounds?: components["schemas"]["Sound"][] | null;
        };
        Health: {
            /**
             * Format: int64
             * @description Answered within the last hour; with calls this is the answer-seizure ratio.
             * @example 114
             */
            answered: number;
            /**
             * Format: int64
             * @description Begun within the last hour.
             * @example 120
             */
            calls: number;
            /** @description That the trunk shows. */
            certificate?: components["schemas"]["HealthCertificate"];
            /**
             * @description What is believed: what was seen for long enough that it is no flapping, 90 seconds for the worse and three minutes for the better. degraded: calls pass, but not all of them, or soon not any more.
             * @enum {string}
             */
            condition: "unknown" | "up" | "degraded" | "down";
            /** @description What is wrong with the trunk's name; absent: nothing. */
            dns?: components["schemas"]["HealthReason"];
            /**
             * Format: date-time
             * @description When OPTIONS of Microsoft's came last.
             * @example 2026-12-01T08:59:31Z
             */
            heard_at?: string;
            /**
             * Format: date-time
             * @description When a call was answered last, either way.
             * @example 2026-12-01T08:42:10Z
             */
            last_call_at?: string;
            /**
             * @description FQDN of a trunk, name of a peer.
             * @example e0.eu.sbc.example.net
             */
            name: string;
            /**
             * @description What is seen now, and will be believed if it stays so.
             * @enum {string}
             */
            next?: "up" | "degraded" | "down";
            /**
             * Format: date-time
             * @description Since when that is seen.
             * @example 2026-12-01T08:59:00Z
             */
            next_since?: string;
            /**
             * @description That has told of it.
             * @example sip-1
             */
            node?: string;
            /** @description What OPTIONS of ours brought: from each of Microsoft's proxies, or from a peer. */
            options: components["schemas"]["OptionsSent"][];
            /** @description Of everything that is not up. */
            reason?: components["schemas"]["HealthReason"];
            /**
             * Format: date-time
             * @description When it did so last; it does every minute.
             * @example 2026-12-01T08:59:48Z
             */
            seen_at?: string;
            /**
             * Format: date-time
             * @description Since when.
             * @example 2026-12-01T08:00:00Z
             */
            since?: string;
            /** @description The last 24 hours, without gaps. */
            strip: components["schemas"]["HealthStretch"][];
        };
        HealthCertificate: {
            /**
             * Format: date-time
             * @description When it runs out.
             * @example 2027-03-01T00:00:00Z
             */
            expires_at: string;
            /**
             * @description Who has signed it.
             * @example CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1
             */
            issuer: string;
            /**
             * @description That it covers.
             * @example [
             *       "*.eu.sbc.example.net"
             *     ]
             */
            names: string[];
            /** @description What is wrong with it, or soon will be. */
            problem?: components["schemas"]["HealthReason"];
        };
        HealthReason: {
            /**
             * @description Stable.
             * @example proxies_silent
             */
            code: string;
            /**
             * @description What to do.
             * @example open TCP 5061 from this machine to 52.112.0.0/14 and 52.120.0.0/14 in the firewall
             */
            cure: string;
            /**
             * @description What there is.
             * @example none of Microsoft's proxies answers OPTIONS
             */
            found: string;
        };
        HealthReport: {
            /**
             * Format: date-time
             * @description When it was so.
             * @example 2026-12-01T09:00:00Z
             */
            at: string;
            /** @description Each as each node sees it; none for a key without peers.read. */
            peers: components["schemas"]["Health"][];
            /** @description By id. */
            regions: components["schemas"]["RegionHealth"][];
            /** @description Those of no resource, by FQDN: of Teams direct routing, or taken out by a plan. */
            trunks: components["schemas"]["TrunkHealth"][];
        };
        HealthSample: {
            /**
             * Format: int64
             * @description Answered.
             * @example 10
             */
            answered: number;
            /**
             * Format: date-time
             * @description When they begin.
             * @example 2026-12-01T08:55:00Z
             */
            at: string;
            /**
             * Format: int64
             * @description Begun.
             * @example 11
             */
            calls: number;
            /**
             * @description The worst that was believed.
             * @enum {string}
             */
            condition: "unknown" | "up" | "degraded" | "down";
            /**
             * Format: int64
             * @description Of those, answered as they should be.
             * @example 15
             */
            good: number;
            /**
             * Format: int64
             * @description OPTIONS of ours.
             * @example 15
             */
            options: number;
            /**
             * Format: double
             * @description The longest.
             * @example 34.1
             */
            round_trip_ms?: number;
        };
        HealthStretch: {
            /**
             * @description The worst that was believed; unknown: nobody told.
             * @enum {string}
             */
            condition: "unknown" | "up" | "degraded" | "down";
            /**
             * Format: date-time
             * @description When it begins.
             * @example 2026-11-30T09:00:00Z
             */
            from: string;
            /**
             * Format: date-time
             * @description When it ends.
             * @example 2026-12-01T09:00:00Z
             */
            to: string;
        };
        HoldBody: {
            /**
             * @description One: music that Microsoft plays, again and again. Without it a customer hears the hold music of the call from our own leg, others silence.
             * @example [
             *       {
             *         "file": "https://sounds.example.com/music.wav"
             *       }
             *     ]
             */
            sources?: components["schemas"]["Source"][] | null;
        };
        Hours: {
            /**
             * @description The step while it is not.
             * @example bye
             */
            closed: string;
            /**
             * @description Days on which it is closed.
             * @example [
             *       "2026-12-25"
             *     ]
             */
            holidays?: string[] | null;
            /**
             * @description The step while it is open.
             * @example menu
             */
            open: string;
            /**
             * @description When it is open.
             * @example [
             *       {
             *         "days": [
             *           "mon",
             *           "tue",
             *           "wed",
             *           "thu",
             *           "fri"
             *         ],
             *         "from": "09:00",
             *         "to": "17:30"
             *       }
             *     ]
             */
            weekly: components["schemas"]["Period"][];
            /**
             * @description Time zone, as IANA calls it.
             * @example Europe/Berlin
             */
            zone: string;
        };
        ImportAsked: {
            /**
             * @description For those who read the history.
             * @example Made in the portal until today
             */
            reason?: string;
        };
        Invitation: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Who made it, as in the audit trail.
             * @example key:6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11
             */
            created_by: string;
            /**
             * Format: date-time
             * @description When the link stops working.
             * @example 2026-12-06T09:30:00Z
             */
            expires_at: string;
            /**
             * @description A UUID; not secret.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77
             */
            id: string;
            /**
             * @description Whether the provider invites a customer, or one admin asks another.
             * @enum {string}
             */
            kind: "welcome" | "handover";
            /**
             * @description Whom it was meant for.
             * @example Adele Vance, IT
             */
            note?: string;
            /**
             * Format: date-time
             * @description When it was withdrawn.
             * @example 2026-11-23T09:30:00Z
             */
            revoked_at?: string;
            /**
             * @description What became of it.
             * @enum {string}
             */
            state: "open" | "used" | "revoked" | "expired";
            /**
             * @description Of a handover: what the other admin is asked to do.
             * @example consent
             */
            step?: string;
            /**
             * @description Who is invited.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
            /**
             * @description What people call the tenant; in lists only.
             * @example Contoso Airlines
             */
            tenant_name?: string;
            /**
             * Format: date-time
             * @description When an admin came in by it.
             * @example 2026-11-23T09:30:00Z
             */
            used_at?: string;
            /**
             * @description The admin's name.
             * @example Adele Vance
             */
            used_by?: string;
        };
        InvitationCreate: {
            /**
             * @description Its directory (tenant) id in Entra, if it is known: then only its own admins can use the link.
             * @example 2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11
             */
            entra_tenant_id?: string;
            /**
             * Format: int64
             * @description From 1 to 90; without it 14.
             * @example 14
             */
            expires_in_days?: number;
            /**
             * @description Id of the region where its data and its calls stay.
             * @example eu
             */
            home_region?: string;
            /**
             * @description What people call the new tenant.
             * @example Contoso Airlines
             */
            name?: string;
            /**
             * @description Whom the link is meant for.
             * @example Adele Vance, IT
             */
            note?: string;
            /**
             * @description Id of a tenant that exists; instead of the four members that make a new one.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        InvitationsCreate: {
            /** @description Each is done by itself: one that is refused keeps no other back. */
            items: components["schemas"]["InvitationCreate"][];
        };
        Invited: {
            /**
             * Format: date-time
             * @description When the link stops working.
             * @example 2026-12-06T09:30:00Z
             */
            expires_at?: string;
            /**
             * Format: int64
             * @description Its place in the request, from 0.
             * @example 0
             */
            index: number;
            /**
             * @description Id of the invitation; not secret.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77
             */
            invitation?: string;
            /**
             * @description For the customer's admin: whoever has it can begin. It is told in this answer and never again.
             * @example https://tandem.example.net/onboard/3sVq8Yd0Yt2R1cW9sJq2AkM4
             */
            link?: string;
            /** @description Why it was refused. */
            problem?: components["schemas"]["RowProblem"];
            /**
             * @description What became of it.
             * @enum {string}
             */
            state: "created" | "refused";
            /**
             * @description The tenant that is invited; also of one that was made before the invitation was refused.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        InvitedList: {
            /** @description In the order of the request. */
            items: components["schemas"]["Invited"][];
        };
        Item: {
            /**
             * @description What looked.
             * @example token
             */
            check?: string;
            /**
             * Format: date-time
             * @description When somebody looked last; absent: never.
             * @example 2026-11-22T09:30:00Z
             */
            checked_at?: string;
            /** @description What mends it. */
            cure?: components["schemas"]["Cure"];
            /**
             * @description What is needed.
             * @example permission
             */
            name: string;
            /**
             * @description What it saw.
             * @example the role is in the token
             */
            seen?: string;
            /**
             * @description What is known of it. waiting: done, and Microsoft has not caught up. unknown: nobody looked, or it cannot be known from outside. left_out: not there, and nothing that is in use needs it.
             * @enum {string}
             */
            state: "ok" | "failed" | "waiting" | "unknown" | "left_out";
            /**
             * @description Of what: the permission, the resource; absent if the name says all.
             * @example Presence.Read.All
             */
            subject?: string;
        };
        Key: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When it stops working; absent: never.
             * @example 2027-11-22T00:00:00Z
             */
            expires_at?: string;
            /**
             * @description Its last letters, to tell keys apart.
             * @example x7Qp
             */
            hint: string;
            /**
             * @description A UUID; not secret.
             * @example 6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11
             */
            id: string;
            /**
             * @description The key itself: only in the answer to its creation, and never again.
             * @example tdm_3sVq8Yd0Yt2R1cW9sJq2AkM4
             */
            key?: string;
            /**
             * Format: date-time
             * @description When it was used last, to the minute.
             * @example 2026-11-22T09:30:00Z
             */
            last_used_at?: string;
            /**
             * @description What the key is for.
             * @example contact centre, production
             */
            name: string;
            /**
             * Format: date-time
             * @description When it was revoked.
             * @example 2026-12-01T08:00:00Z
             */
            revoked_at?: string;
            /**
             * @description What the key may do.
             * @example [
             *       "calls.read",
             *       "calls.write"
             *     ]
             */
            scopes: string[];
            /**
             * @description The one tenant that the key sees; absent for a key of the provider.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
            /**
             * @description What people call the tenant; in lists only.
             * @example Contoso Airlines
             */
            tenant_name?: string;
        };
        KeyCreate: {
            /**
             * Format: date-time
             * @description When it shall stop working; without it: never.
             * @example 2027-11-22T00:00:00Z
             */
            expires_at?: string;
            /**
             * @description What the key is for.
             * @example contact centre, production
             */
            name: string;
            /**
             * @description What the key may do; * is everything.
             * @example [
             *       "calls.read",
             *       "calls.write"
             *     ]
             */
            scopes: string[];
            /**
             * @description Id of the tenant that alone the key shall see; without it the key is the provider's.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        KeyScope: {
            /**
             * @description As in the scopes of a key; * is everything.
             * @example calls.read
             */
            scope: string;
            /**
             * @description Whether a tenant's key can have it.
             * @example true
             */
            tenant: boolean;
        };
        LegQuality: {
            /**
             * @description Whose end of it.
             * @enum {string}
             */
            end: "peer" | "microsoft";
            /**
             * Format: int64
             * @description Of what comes, in milliseconds.
             * @example 4
             */
            jitter_ms: number;
            /**
             * Format: int64
             * @description Key presses that came.
             * @example 0
             */
            keys: number;
            /**
             * @description near: between caller and us. far: between us and Microsoft. Others: a telephone that was called through us.
             * @example near
             */
            leg: string;
            /**
             * Format: int64
             * @description Of what was sent to us, by the gaps in its numbers.
             * @example 3
             */
            lost: number;
            /**
             * Format: int64
             * @description Of what we sent, as that end reports (RTCP).
             * @example 1
             */
            lost_there: number;
            /**
             * Format: double
             * @description Of what comes, 1 to 4.5, by the E-model (ITU-T G.107); absent: too little came to tell.
             * @example 4.3
             */
            mos?: number;
            /**
             * Format: int64
             * @description That came from there.
             * @example 4711
             */
            packets_in: number;
            /**
             * Format: int64
             * @description That we sent there.
             * @example 4700
             */
            packets_out: number;
            /**
             * Format: int64
             * @description Round trip between us and that end in milliseconds, by RTCP; absent: not known yet.
             * @example 31
             */
            rtt_ms?: number;
        };
        LegRecord: {
            /** @description What the relay counted. */
            media: components["schemas"]["Media"];
            /**
             * Format: int64
             * @description The Q.850 cause.
             * @example 16
             */
            q850?: number;
            /**
             * @description Its Call-ID, to find it in traces.
             * @example a84b4c76e66710@pc33.example.com
             */
            sip_call_id?: string;
            /**
             * Format: int64
             * @description The SIP status that refused or ended it.
             * @example 486
             */
            status?: number;
            /**
             * @description The text that came with it.
             * @example Normal call clearing
             */
            text?: string;
        };
        LegSound: {
            /**
             * Format: int64
             * @description Interarrival jitter in milliseconds (RFC 3550).
             * @example 4
             */
            jitter_ms: number;
            /**
             * Format: int64
             * @description Keys that were pressed there (RFC 4733).
             * @example 4
             */
            keys: number;
            /**
             * @description near, far or the name of a telephone's.
             * @example near
             */
            leg: string;
            /**
             * Format: int64
             * @description Gaps in what was received.
             * @example 3
             */
            lost: number;
            /**
             * Format: int64
             * @description Packets sent that the other end reports as lost (RTCP).
             * @example 1
             */
            lost_there: number;
            /**
             * Format: double
             * @description Mean opinion score of what was received, by loss, jitter and delay (ITU-T G.107): 4.4 at best, below 3.6 many complain; absent if less than a second was received.
             * @example 4.37
             */
            mos?: number;
            /**
             * Format: int64
             * @description RTP packets received.
             * @example 12075
             */
            packets_in: number;
            /**
             * Format: int64
             * @description RTP packets sent.
             * @example 12070
             */
            packets_out: number;
            /**
             * Format: int64
             * @description Round trip between us and the other end in milliseconds (RTCP); absent if it was never told.
             * @example 38
             */
            rtt_ms?: number;
        };
        LegView: {
            /**
             * @description Its Call-ID, to find it in traces.
             * @example a84b4c76e66710@pc33.example.com
             */
            sip_call_id?: string;
            /**
             * @description Where the dialog stands.
             * @example up
             * @enum {string}
             */
            state: "none" | "offered" | "dialing" | "ringing" | "answering" | "up" | "ending" | "ended";
            /**
             * Format: int64
             * @description The SIP status that refused or ended it.
             * @example 486
             */
            status?: number;
        };
        Listen: {
            /**
             * @description The answers of the input choices.
             * @example [
             *       {
             *         "label": "sales",
             *         "phrases": [
             *           "sales"
             *         ],
             *         "tone": "1"
             *       }
             *     ]
             */
            choices?: components["schemas"]["ListenChoice"][] | null;
            /**
             * Format: double
             * @description Words: seconds of silence after the last one.
             * @example 1.5
             */
            end_silence?: number;
            /**
             * Format: int64
             * @description Seconds until the first sound.
             * @default 5
             */
            initial_silence: number;
            /**
             * @description Tones, words, both, or one of some answers.
             * @enum {string}
             */
            input: "dtmf" | "speech" | "speech_or_dtmf" | "choices";
            /**
             * Format: int64
             * @description Tones: seconds until the next one; without it 2.
             * @example 2
             */
            inter_tone_gap?: number;
            /**
             * @description The first sound ends the prompt.
             * @default false
             */
            interrupt_prompt: boolean;
            /**
             * @description Language of what is said.
             * @example en-US
             */
            locale?: string;
            /**
             * Format: int64
             * @description Tones: how many complete it; without it 1.
             * @example 4
             */
            max_tones?: number;
            /**
             * @description Tones: any of these completes it and is not among what was heard.
             * @example #
             */
            stop_tones?: string;
        };
        ListenChoice: {
            /**
             * @description Comes back if it is chosen.
             * @example sales
             */
            label: string;
            /**
             * @description Words that choose it.
             * @example [
             *       "sales",
             *       "buy something"
             *     ]
             */
            phrases: string[] | null;
            /**
             * @description A tone that chooses it as well.
             * @example 1
             */
            tone?: string;
        };
        Marks: {
            /**
             * Format: date-time
             * @description Microsoft confirmed that we did.
             */
            accepted?: string;
            /**
             * Format: date-time
             * @description Caller and person hear each other; outbound: the person answered.
             */
            connected?: string;
            /**
             * Format: date-time
             * @description The INVITE to Microsoft was sent.
             */
            dialed?: string;
            /**
             * Format: date-time
             * @description Everything was over.
             */
            ended?: string;
            /**
             * Format: date-time
             * @description Why it ends was decided: somebody hung up, for example.
             */
            ending?: string;
            /**
             * Format: date-time
             * @description Microsoft asked whether we take the call.
             */
            invited?: string;
            /**
             * Format: date-time
             * @description The first person accepted.
             */
            joined?: string;
            /**
             * Format: date-time
             * @description The caller's INVITE arrived.
             */
            offered?: string;
            /**
             * Format: date-time
             * @description The caller talks on without us.
             */
            released?: string;
            /**
             * Format: date-time
             * @description Asked for through the API.
             */
            requested?: string;
            /**
             * Format: date-time
             * @description The first person's Teams was asked to ring, or the person of an outbound call was called.
             */
            ringing?: string;
            /**
             * Format: date-time
             * @description The caller was answered, and is treated by a flow.
             */
            treated?: string;
        };
        Me: {
            /**
             * Format: date-time
             * @description When the key stops working; absent: never.
             */
            expires_at?: string;
            /**
             * @description Id of the key that was sent.
             * @example 6f0d2b57-3f0f-4b1e-9d5c-0a6c2f5f3c11
             */
            key: string;
            /**
             * @description Whose key it is.
             * @enum {string}
             */
            kind: "provider" | "tenant";
            /**
             * @description What the key is for.
             * @example contact centre, production
             */
            name: string;
            /**
             * @description What the key may do.
             * @example [
             *       "calls.read",
             *       "calls.write"
             *     ]
             */
            scopes: string[];
            /**
             * @description The one tenant that the key sees; absent for a key of the provider.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        Media: {
            /**
             * Format: int64
             * @description Interarrival jitter in milliseconds (RFC 3550).
             * @example 4
             */
            jitter_ms: number;
            /**
             * Format: int64
             * @description Keys that were pressed there (RFC 4733).
             * @example 4
             */
            keys: number;
            /**
             * Format: int64
             * @description Gaps in what was received.
             * @example 3
             */
            lost: number;
            /**
             * Format: int64
             * @description Packets sent that the other end reports as lost (RTCP).
             * @example 1
             */
            lost_there: number;
            /**
             * Format: double
             * @description Mean opinion score of what was received, by loss, jitter and delay (ITU-T G.107): 4.4 at best, below 3.6 many complain; absent if less than a second was received.
             * @example 4.37
             */
            mos?: number;
            /**
             * Format: int64
             * @description RTP packets received.
             * @example 12075
             */
            packets_in: number;
            /**
             * Format: int64
             * @description RTP packets sent.
             * @example 12070
             */
            packets_out: number;
            /**
             * Format: int64
             * @description Round trip between us and the other end in milliseconds (RTCP); absent if it was never told.
             * @example 38
             */
            rtt_ms?: number;
        };
        MicrosoftHealth: {
            /**
             * @description unknown, active or inactive.
             * @example active
             */
            overall?: string;
            /**
             * @description Of OPTIONS: unknown, ok, expired or error.
             * @example ok
             */
            ping?: string;
            /**
             * @description Of inactive: noRecentCalls, noRecentPings or noRecentCallsAndPings.
             * @example noRecentPings
             */
            reason?: string;
            /**
             * @description unknown, ok, certExpiring or certExpired. Absent, as the rest: it does not have the trunk.
             * @example ok
             */
            tls?: string;
        };
        Mistake: {
            /**
             * @description Where: body, query, path or header, then the path inside.
             * @example body.agents[2]
             */
            location: string;
            /**
             * @description What is wrong there.
             * @example must be an agent's id, a UUID in lower case
             */
            message: string;
        };
        MoveBody: {
            /**
             * @description Id of the call that they are in, of the same tenant and resource.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            from_call: string;
            /**
             * @description Ids of participants within that call.
             * @example [
             *       "4.0"
             *     ]
             */
            participants: string[];
        };
        Moving: {
            /** @description In the order of the request. */
            items: components["schemas"]["MovingOne"][];
        };
        MovingOne: {
            /**
             * @description Who it is, if it is an agent.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description Of the participant in the call that he moves to; absent if he was refused.
             * @example 0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21
             */
            id?: string;
            /**
             * @description As it was asked for: in the call that he comes from.
             * @example 4.0
             */
            participant: string;
            /** @description Why this one is not moved. */
            problem?: components["schemas"]["AddProblem"];
        };
        Number: {
            /**
             * @description Agents to ring, in this order; empty: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins, or as soon as somebody can be rung.
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * @description How the number reaches Microsoft.
             * @example acs_direct_routing
             * @enum {string}
             */
            connectivity: "acs_direct_routing";
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Shown to the person who is rung; absent: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /**
             * @description The number, with + and country code.
             * @example +493012345678
             */
            e164: string;
            /**
             * @description Id of the flow that treats callers before a person; absent: agents are rung at once.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05
             */
            flow?: string;
            /**
             * @description Id of the queue that callers wait in, instead of agents.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 20
             */
            ring_timeout: number;
            /**
             * @description The tenant it belongs to.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        NumberChange: {
            /**
             * @description Ids of agents to ring, in this order; empty: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[] | null;
            /**
             * @description When the caller's INVITE gets its 200.
             * @example with_agent
             * @enum {string|null}
             */
            answer_policy?: "with_agent" | "at_once" | null;
            /**
             * @description How the number reaches Microsoft.
             * @example acs_direct_routing
             * @enum {string|null}
             */
            connectivity?: "acs_direct_routing" | null;
            /**
             * @description Shown to the person who is rung; empty: the caller.
             * @example Booking hotline
             */
            display_name?: string | null;
            /**
             * @description Id of the flow that treats callers before a person; empty: none.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05
             */
            flow?: string | null;
            /**
             * @description Id of the queue that callers wait in, instead of agents and of a flow; empty: none.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string | null;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 30
             */
            ring_timeout?: number | null;
        };
        NumberCreate: {
            /**
             * @description Ids of agents to ring, in this order; without any: any agent of the tenant.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[];
            /**
             * @description When the caller's INVITE gets its 200: when a person joins (a SIP failure otherwise), or as soon as somebody can be rung.
             * @default with_agent
             * @enum {string}
             */
            answer_policy: "with_agent" | "at_once";
            /**
             * @description How the number reaches Microsoft; without it the usual way.
             * @default acs_direct_routing
             * @example acs_direct_routing
             * @enum {string}
             */
            connectivity: "acs_direct_routing";
            /**
             * @description Shown to the person who is rung; without it: the caller.
             * @example Booking hotline
             */
            display_name?: string;
            /**
             * @description The number, with + and country code, digits only. No two tenants have the same.
             * @example +493012345678
             */
            e164: string;
            /**
             * @description Id of the flow that treats callers before a person; they are answered at once then.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e05
             */
            flow?: string;
            /**
             * @description Id of a queue whose next free agent is rung, as long as its ring timeout says; instead of agents and of a flow. While nobody is free the caller hears ringing, until the call's setup has lasted 110 seconds; with music and for longer a flow can hand over to the queue.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @default 20
             */
            ring_timeout: number;
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        NumberRule: {
            /**
             * @description The number that the peer calls, who it says calls, the number that is dialled at it, or who it is told calls.
             * @example called_in
             * @enum {string}
             */
            applies_to: "called_in" | "caller_in" | "called_out" | "caller_out";
            /**
             * @description A regular expression (RE2) of the whole number; the first rule that matches counts.
             * @example 00(\d+)
             */
            match: string;
            /**
             * @description What it becomes; $1 is the first group.
             * @example +$1
             */
            replace: string;
        };
        ObservedDomain: {
            /**
             * @description A domain, or the whole name of a trunk.
             * @example eu.sbc.example.net
             */
            name: string;
            /**
             * @description Whether Microsoft says so. It is verified by a person, in the Azure portal.
             * @example true
             */
            verified: boolean;
        };
        ObservedRouting: {
            /** @description What can be planned. */
            document: components["schemas"]["RoutingDocument"];
            /** @description In which there may be trunks. */
            domains: components["schemas"]["ObservedDomain"][];
            /** @description How they are. */
            trunks: components["schemas"]["ObservedTrunk"][];
        };
        ObservedTrunk: {
            /**
             * @description Whether it was switched off in the Azure portal.
             * @example false
             */
            disabled: boolean;
            /**
             * @description The SBC's name.
             * @example e0.eu.sbc.example.net
             */
            fqdn: string;
            /**
             * @description In Microsoft's words: unknown, active, inactive.
             * @example active
             */
            overall?: string;
            /**
             * @description OPTIONS, in Microsoft's words: unknown, ok, expired, error.
             * @example ok
             */
            ping?: string;
            /**
             * @description Of inactive.
             * @example noRecentPings
             */
            reason?: string;
            /**
             * @description In Microsoft's words: unknown, ok, certExpiring, certExpired.
             * @example ok
             */
            tls?: string;
        };
        Operation: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            asked_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            ended_at?: string;
            /**
             * @description Within the call.
             * @example 0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21
             */
            id: string;
            /**
             * @description What was asked for.
             * @enum {string}
             */
            kind: "play" | "cancel_media" | "recognize" | "send_dtmf" | "hold" | "unhold" | "mute" | "unmute" | "transfer" | "start_streaming" | "stop_streaming" | "start_transcription" | "stop_transcription" | "update_transcription";
            /** @description Details for people. */
            message?: string;
            /**
             * @description How it ended: ended, cancelled, no_input, not_understood, misconfigured, gone, timeout, throttled or unknown.
             * @example no_input
             */
            outcome?: string;
            /** @description What was heard. */
            recognized?: components["schemas"]["Recognized"];
            /**
             * Format: date-time
             * @description Of what is played: when Microsoft told that it began; absent: it did not, or that word was lost. RFC 3339, UTC.
             */
            started_at?: string;
            /**
             * @description Where it stands.
             * @enum {string}
             */
            state: "asked" | "running" | "done" | "failed" | "cancelled";
            /**
             * @description customer, or a participant's id; without it everybody.
             * @example customer
             */
            target?: string;
        };
        OptionsSent: {
            /**
             * Format: date-time
             * @description When they were answered last.
             * @example 2026-12-01T08:59:31Z
             */
            answered_at?: string;
            /**
             * Format: date-time
             * @description When they were sent last.
             * @example 2026-12-01T08:59:31Z
             */
            at?: string;
            /**
             * @description In technical words.
             * @example dial tcp 52.112.0.1:5061: connection refused
             */
            error?: string;
            /**
             * @description Why the last ones have no good answer; absent: they have one.
             * @enum {string}
             */
            failure?: "name" | "connect" | "tls" | "silent" | "refused";
            /**
             * Format: double
             * @description Of that answer.
             * @example 21.4
             */
            round_trip_ms?: number;
            /**
             * Format: int64
             * @description Of the last answer.
             * @example 200
             */
            status?: number;
            /**
             * @description A proxy of Microsoft's, or the peer.
             * @example sip.pstnhub.microsoft.com
             */
            whom: string;
        };
        OutlegRecord: {
            /**
             * Format: date-time
             * @description When Microsoft called.
             * @example 2026-11-22T09:31:00Z
             */
            at: string;
            /**
             * @description The number shown, or anonymous.
             * @example +493012345678
             */
            caller: string;
            /** @description What the relay counted. */
            media: components["schemas"]["Media"];
            /**
             * @description The number dialled.
             * @example +493098765432
             */
            number: string;
            /**
             * @description The peer that dialled it.
             * @example carrier
             */
            peer: string;
            /**
             * Format: int64
             * @description The Q.850 cause.
             * @example 16
             */
            q850?: number;
            /**
             * @description Its Call-ID, to find it in traces.
             * @example a84b4c76e66710@pc33.example.com
             */
            sip_call_id?: string;
            /**
             * Format: int64
             * @description The SIP status that refused or ended it.
             * @example 486
             */
            status?: number;
            /**
             * @description The text that came with it.
             * @example Normal call clearing
             */
            text?: string;
        };
        PageAgent: {
            /** @description In the order of the list. */
            items: components["schemas"]["Agent"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageAgentStanding: {
            /** @description In the order of the list. */
            items: components["schemas"]["AgentStanding"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageAuditEntry: {
            /** @description In the order of the list. */
            items: components["schemas"]["AuditEntry"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageBot: {
            /** @description In the order of the list. */
            items: components["schemas"]["Bot"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageCDR: {
            /** @description In the order of the list. */
            items: components["schemas"]["CDR"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageCall: {
            /** @description In the order of the list. */
            items: components["schemas"]["Call"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageCapability: {
            /** @description In the order of the list. */
            items: components["schemas"]["Capability"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageEvent: {
            /** @description In the order of the list. */
            items: components["schemas"]["Event"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageEventKind: {
            /** @description In the order of the list. */
            items: components["schemas"]["EventKind"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageFlow: {
            /** @description In the order of the list. */
            items: components["schemas"]["Flow"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageGrant: {
            /** @description In the order of the list. */
            items: components["schemas"]["Grant"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageInvitation: {
            /** @description In the order of the list. */
            items: components["schemas"]["Invitation"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageKey: {
            /** @description In the order of the list. */
            items: components["schemas"]["Key"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageKeyScope: {
            /** @description In the order of the list. */
            items: components["schemas"]["KeyScope"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageNumber: {
            /** @description In the order of the list. */
            items: components["schemas"]["Number"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageParticipant: {
            /** @description In the order of the list. */
            items: components["schemas"]["Participant"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PagePeer: {
            /** @description In the order of the list. */
            items: components["schemas"]["Peer"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PagePhrase: {
            /** @description In the order of the list. */
            items: components["schemas"]["Phrase"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PagePlanSummary: {
            /** @description In the order of the list. */
            items: components["schemas"]["PlanSummary"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PagePrompt: {
            /** @description In the order of the list. */
            items: components["schemas"]["Prompt"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageQueue: {
            /** @description In the order of the list. */
            items: components["schemas"]["Queue"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageRecording: {
            /** @description In the order of the list. */
            items: components["schemas"]["Recording"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageRegion: {
            /** @description In the order of the list. */
            items: components["schemas"]["Region"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageResource: {
            /** @description In the order of the list. */
            items: components["schemas"]["Resource"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageTenantStanding: {
            /** @description In the order of the list. */
            items: components["schemas"]["TenantStanding"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageTrunk: {
            /** @description In the order of the list. */
            items: components["schemas"]["Trunk"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageTrunkProof: {
            /** @description In the order of the list. */
            items: components["schemas"]["TrunkProof"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageUsage: {
            /** @description In the order of the list. */
            items: components["schemas"]["Usage"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageWebhook: {
            /** @description In the order of the list. */
            items: components["schemas"]["Webhook"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        PageWebhookDelivery: {
            /** @description In the order of the list. */
            items: components["schemas"]["WebhookDelivery"][];
            /** @description The cursor of the page that follows; absent on the last. */
            next?: string;
        };
        Participant: {
            /**
             * @description Of an ACS user: the identity.
             * @example 8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02
             */
            acs_user?: string;
            /**
             * @description Id of the agent.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description Of somebody chosen from a queue that was added: the id of that addition. It names whoever came, too.
             * @example 0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21
             */
            asked_as?: string;
            /**
             * @description The call that the person was moved from, or was to be.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            from_call?: string;
            /**
             * @description On hold by us.
             * @example false
             */
            held: boolean;
            /**
             * @description Brought into the call by the host whose guest we are; stays there when we leave.
             * @example true
             */
            host?: boolean;
            /**
             * @description Within the call; one person rung twice is two participants.
             * @example 4.0
             */
            id: string;
            /**
             * @description Microsoft showed the person as muted when it was last looked, which is once a minute and after each mute.
             * @example false
             */
            is_muted: boolean;
            /**
             * @description Microsoft shows the person as on hold; also for the time of a sound that nobody else hears.
             * @example false
             */
            is_on_hold: boolean;
            /**
             * Format: date-time
             * @description When the person accepted.
             * @example 2026-11-22T09:30:08Z
             */
            joined_at?: string;
            /**
             * Format: date-time
             * @description When the person was gone.
             * @example 2026-11-22T09:34:10Z
             */
            left_at?: string;
            /**
             * @description Muted by us.
             * @example false
             */
            muted: boolean;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name?: string;
            /**
             * @description How it ended: ended, no_answer, declined, busy, unavailable, not_allowed, misconfigured, cancelled, media, timeout, throttled, unknown, moved or gone.
             * @example no_answer
             */
            outcome?: string;
            /**
             * @description Of a telephone: its number.
             * @example +493098765432
             */
            phone_number?: string;
            /**
             * @description The queue that the person was, is to be, or could not be chosen from.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
            /**
             * Format: date-time
             * @description When Teams was asked to ring.
             * @example 2026-11-22T09:30:01Z
             */
            rung_at?: string;
            /**
             * @description Where the person stands. asked: an agent, or one of a queue, who is being looked for. arriving, departing: on the way from or to another call.
             * @example joined
             * @enum {string}
             */
            state: "asked" | "reserved" | "inviting" | "ringing" | "joined" | "cancelling" | "removing" | "arriving" | "departing" | "gone";
            /**
             * @description Of a Teams user who is no agent: the Entra object id.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            teams_user?: string;
            /**
             * @description The call that the person was moved to, or was to be.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8093
             */
            to_call?: string;
            /** @description Of a queue that was added: how the call stands in it, while nobody of it is free. */
            waiting?: components["schemas"]["Waiting"];
            /**
             * @description What the choice was based on.
             * @example Adele Vance is free: Available, 3 s old from graph
             */
            why?: string;
        };
        ParticipantAdd: {
            /**
             * @description An ACS user to ring instead, an identity of the call's own resource.
             * @example 8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02
             */
            acs_user?: string;
            /**
             * @description Id of the agent to ring.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description What a telephone shows: a number of the tenant. Without it the number that the call goes through, else the tenant's first.
             * @example +493012345678
             */
            caller_id?: string;
            /**
             * @description Shown while it rings; without it what the call has.
             * @example Second opinion, please
             */
            display_name?: string;
            /**
             * Format: int64
             * @description Of a queue: seconds to wait for somebody, ringing included; without it as long as the queue lets calls wait.
             * @example 120
             */
            max_wait?: number;
            /**
             * @description A telephone to ring instead, E.164.
             * @example +493098765432
             */
            phone_number?: string;
            /**
             * @description Id of a queue whose next free agent is rung instead, and on no answer the next one, until somebody joins. The call waits in it behind those that wait longer; the participant of the answer's id says at which place, and deleting it ends the wait. A call waits in one queue at a time.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
            /**
             * @description Id of a reservation that keeps the agent; then the person is rung whatever the presence says.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78
             */
            reservation?: string;
        };
        ParticipantsAdd: {
            /**
             * @description An ACS user to ring instead, an identity of the call's own resource.
             * @example 8:acs:1f3a1f7a-70a4-4a53-8f0a-7d7a5b0f0c33_0000001f-53ab-4b53-8a3c-5f2f6f1f9a02
             */
            acs_user?: string;
            /**
             * @description Id of the agent to ring.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description What a telephone shows: a number of the tenant. Without it the number that the call goes through, else the tenant's first.
             * @example +493012345678
             */
            caller_id?: string;
            /**
             * @description Shown while it rings; without it what the call has.
             * @example Second opinion, please
             */
            display_name?: string;
            /**
             * Format: int64
             * @description Of a queue: seconds to wait for somebody, ringing included; without it as long as the queue lets calls wait.
             * @example 120
             */
            max_wait?: number;
            /**
             * @description Several at once instead, each with a result of its own.
             * @example [
             *       {
             *         "agent": "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *       }
             *     ]
             */
            participants?: components["schemas"]["ParticipantAdd"][];
            /**
             * @description A telephone to ring instead, E.164.
             * @example +493098765432
             */
            phone_number?: string;
            /**
             * @description Id of a queue whose next free agent is rung instead, and on no answer the next one, until somebody joins. The call waits in it behind those that wait longer; the participant of the answer's id says at which place, and deleting it ends the wait. A call waits in one queue at a time.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            queue?: string;
            /**
             * @description Id of a reservation that keeps the agent; then the person is rung whatever the presence says.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78
             */
            reservation?: string;
        };
        Peer: {
            /**
             * @description Where the peer may come from; empty: anywhere.
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            addresses: string[];
            /**
             * @description How the peer proves who it is.
             * @example digest
             * @enum {string}
             */
            auth: "digest" | "address" | "certificate";
            /**
             * @description Of auth certificate: the SHA-256 of those that it may show.
             * @example [
             *       "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
             *     ]
             */
            certificate_fingerprints?: string[] | null;
            /**
             * @description Of auth certificate: a DNS name in it.
             * @example sbc.contact-centre.example
             */
            certificate_name?: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Beginnings of the numbers that it is dialled for; absent: all.
             * @example [
             *       "+49"
             *     ]
             */
            dial_prefixes?: string[] | null;
            /**
             * @description Whose tenants' telephones it dials; absent: those of all regions.
             * @example [
             *       "eu"
             *     ]
             */
            dial_regions?: string[] | null;
            /**
             * @description Where telephones that are added to calls are dialled.
             * @example sip:sbc.carrier.example:5060;transport=tcp
             */
            dial_to?: string;
            /**
             * @description What the peer's challenges are answered with.
             * @example tandem
             */
            dial_username?: string;
            /**
             * @description A UUID.
             * @example d1a1f7a4-70a4-4a53-8f0a-7d7a5b0f0c33
             */
            id: string;
            /**
             * @description Whether the peer's P-Asserted-Identity, Diversion and History-Info are believed, or From alone.
             * @example asserted
             * @enum {string}
             */
            identity: "asserted" | "from";
            /**
             * Format: int64
             * @description Calls at once; 0 is no limit.
             * @example 100
             */
            max_calls: number;
            /**
             * Format: int64
             * @description Calls that it begins or is dialled for in a second; absent: the edge's setting.
             * @example 10
             */
            max_calls_per_second?: number;
            /**
             * @description Unique; appears in call records.
             * @example contact-centre
             */
            name: string;
            /**
             * @description How the peer writes numbers.
             * @example [
             *       {
             *         "applies_to": "called_in",
             *         "match": "00(.+)",
             *         "replace": "+$1"
             *       }
             *     ]
             */
            number_rules?: components["schemas"]["NumberRule"][] | null;
            /**
             * @description Only in the answer to the creation, if it was made here. It is never shown again.
             * @example 0aZ4kQ9vT1sW7xY2bC5dE8fG
             */
            password?: string;
            /**
             * Format: int64
             * @description Seconds between OPTIONS to dial_to; absent: none.
             * @example 30
             */
            ping_seconds?: number;
            /**
             * @description The digest's realm.
             * @example tandem
             */
            realm?: string;
            /**
             * @description Of auth digest.
             * @example contact-centre
             */
            username?: string;
        };
        PeerChange: {
            /**
             * @description Addresses or networks the peer may come from.
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            addresses?: string[] | null;
            /**
             * @description How the peer proves who it is.
             * @example digest
             * @enum {string|null}
             */
            auth?: "digest" | "address" | "certificate" | null;
            /**
             * @description Of auth certificate: the SHA-256 of those that it may show; all of them.
             * @example [
             *       "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
             *     ]
             */
            certificate_fingerprints?: string[] | null;
            /**
             * @description Of auth certificate: a DNS name in it.
             * @example sbc.contact-centre.example
             */
            certificate_name?: string | null;
            /** @description Of dial_username. */
            dial_password?: string;
            /**
             * @description Beginnings of the E.164 numbers that it is dialled for; all of them.
             * @example [
             *       "+49"
             *     ]
             */
            dial_prefixes?: string[] | null;
            /**
             * @description Whose tenants' telephones it dials.
             * @example [
             *       "eu"
             *     ]
             */
            dial_regions?: string[] | null;
            /**
             * @description Where telephones that are added to calls are dialled; null: the peer takes no calls.
             * @example sip:sbc.carrier.example:5060;transport=tcp
             */
            dial_to?: string | null;
            /**
             * @description What the peer's challenges are answered with; a new one needs the password, too.
             * @example tandem
             */
            dial_username?: string | null;
            /**
             * @description Whether what the peer asserts of callers is believed, or From alone.
             * @example from
             * @enum {string|null}
             */
            identity?: "asserted" | "from" | null;
            /**
             * Format: int64
             * @description Calls at once; 0 is no limit.
             * @example 100
             */
            max_calls?: number | null;
            /**
             * Format: int64
             * @description Calls that it begins or is dialled for in a second; 0: the edge's setting.
             * @example 10
             */
            max_calls_per_second?: number | null;
            /**
             * @description Unique: lower-case letters, digits and hyphens.
             * @example contact-centre
             */
            name?: string | null;
            /**
             * @description How the peer writes numbers, in order; all of them.
             * @example [
             *       {
             *         "applies_to": "called_in",
             *         "match": "00(.+)",
             *         "replace": "+$1"
             *       }
             *     ]
             */
            number_rules?: components["schemas"]["NumberRule"][] | null;
            /** @description Of auth digest. */
            password?: string;
            /**
             * Format: int64
             * @description Seconds between OPTIONS to dial_to, at least 5; 0: none.
             * @example 30
             */
            ping_seconds?: number | null;
            /**
             * @description Of auth digest; a new one needs the password, too.
             * @example contact-centre
             */
            username?: string | null;
        };
        PeerCreate: {
            /**
             * @description Addresses or networks the peer may come from. The proof itself for auth address, a further condition for the others.
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            addresses?: string[];
            /**
             * @description How the peer proves who it is: user name and password, where its packets come from, or its client certificate.
             * @default digest
             * @enum {string}
             */
            auth: "digest" | "address" | "certificate";
            /**
             * @description Of auth certificate: the SHA-256 of those that it may show, as openssl x509 -fingerprint -sha256 prints it; nobody else has to vouch for them. With certificate_name both have to fit.
             * @example [
             *       "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
             *     ]
             */
            certificate_fingerprints?: string[];
            /**
             * @description Of auth certificate: a DNS name in it, which the roots of sip.near.roots have to vouch for.
             * @example sbc.contact-centre.example
             */
            certificate_name?: string;
            /** @description Of dial_username; sealed and never shown. */
            dial_password?: string;
            /**
             * @description Beginnings of the E.164 numbers that it is dialled for; without it all. Other numbers another peer dials that may, or they are refused with 403.
             * @example [
             *       "+49"
             *     ]
             */
            dial_prefixes?: string[];
            /**
             * @description Whose tenants' telephones it dials; without it those of all regions.
             * @example [
             *       "eu"
             *     ]
             */
            dial_regions?: string[];
            /**
             * @description A SIP URI without a user at which the peer takes calls from us: telephones that are added to calls are dialled there.
             * @example sip:sbc.carrier.example:5060;transport=tcp
             */
            dial_to?: string;
            /**
             * @description What the peer's challenges are answered with.
             * @example tandem
             */
            dial_username?: string;
            /**
             * @description Whether the peer's P-Asserted-Identity, Diversion and History-Info are believed, or From alone.
             * @default asserted
             * @enum {string}
             */
            identity: "asserted" | "from";
            /**
             * Format: int64
             * @description Calls at once; 0 is no limit.
             * @example 100
             */
            max_calls?: number;
            /**
             * Format: int64
             * @description Calls that it begins or is dialled for in a second, twice as many in a burst; beyond that 503. 0: the edge's setting.
             * @example 10
             */
            max_calls_per_second?: number;
            /**
             * @description Unique: lower-case letters, digits and hyphens.
             * @example contact-centre
             */
            name: string;
            /** @description How the peer writes numbers, in order. */
            number_rules?: components["schemas"]["NumberRule"][];
            /** @description Of auth digest; without it one is made and shown, once. */
            password?: string;
            /**
             * Format: int64
             * @description Seconds between OPTIONS to dial_to, at least 5; 0: none. A target that does not answer is dialled last.
             * @example 30
             */
            ping_seconds?: number;
            /**
             * @description Of auth digest; unique.
             * @example contact-centre
             */
            username?: string;
        };
        Period: {
            /**
             * @description mon, tue, wed, thu, fri, sat, sun.
             * @example [
             *       "mon"
             *     ]
             */
            days: string[];
            /**
             * @description HH:MM.
             * @example 09:00
             */
            from: string;
            /**
             * @description HH:MM, up to 24:00.
             * @example 17:30
             */
            to: string;
        };
        Person: {
            /**
             * @description Id of the agent that the person is already.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent?: string;
            /**
             * @description Whether the person can be one.
             * @example true
             */
            can_be_agent: boolean;
            /**
             * @description As the directory has it.
             * @example Retail
             */
            department?: string;
            /**
             * @description As the directory has it.
             * @example Retail manager
             */
            job_title?: string;
            /**
             * @description What the person is called.
             * @example Adele Vance
             */
            name: string;
            /**
             * @description The object id in Entra.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * @description Why not: guest, resource_account, account_disabled, person_unknown.
             * @example guest
             */
            reason?: string;
            /**
             * @description The account's name.
             * @example adele@contoso.example
             */
            upn?: string;
        };
        PersonRefused: {
            /**
             * @description The object id in Entra.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * @description guest, resource_account, account_disabled, person_unknown.
             * @example guest
             */
            reason: string;
        };
        Phrase: {
            /**
             * Format: date-time
             * @description When it came, RFC 3339, UTC.
             * @example 2026-11-22T09:30:41Z
             */
            at: string;
            /**
             * Format: double
             * @description How sure Microsoft is, 0 to 1.
             * @example 0.93
             */
            confidence: number;
            /**
             * Format: double
             * @description Seconds that it took to say.
             * @example 2.1
             */
            duration_s: number;
            /**
             * Format: date-time
             * @description When it will be deleted; absent: when somebody does.
             * @example 2027-02-20T09:30:41Z
             */
            expires_at?: string;
            /**
             * @description Always true: what Microsoft still thinks about is not kept.
             * @example true
             */
            final: boolean;
            /**
             * @description What was listened for.
             * @example en-GB
             */
            locale: string;
            /**
             * @description What the participant is called.
             * @example Adele Vance
             */
            name?: string;
            /**
             * Format: int64
             * @description Orders the phrases of a call; not without gaps.
             * @example 41
             */
            number: number;
            /**
             * Format: double
             * @description Seconds from the beginning of the transcription.
             * @example 12.3
             */
            offset_s: number;
            /**
             * @description What was said.
             * @example I would like to change my booking.
             */
            text: string;
            /**
             * @description The transcription that it is of.
             * @example 0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21
             */
            transcription: string;
            /**
             * @description customer, or the participant's id; absent: not known.
             * @example customer
             */
            who?: string;
        };
        Plan: {
            /**
             * @description Who applied it.
             * @example user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            applier?: string;
            /**
             * @description What he was called then.
             * @example Adele Vance
             */
            applier_name?: string;
            /**
             * Format: date-time
             * @description When applying began.
             * @example 2026-11-22T09:31:00Z
             */
            applying_at?: string;
            /**
             * @description Who planned it, as in the audit trail.
             * @example user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            author: string;
            /**
             * @description What he was called then.
             * @example Adele Vance
             */
            author_name?: string;
            /**
             * @description Fingerprint of what Microsoft had; if it has another one when the plan is applied, that is refused.
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            base: string;
            /** @description In this order; all of them are one request. Empty: nothing is to be done. */
            changes: components["schemas"]["PlanChange"][];
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /** @description What shall be. */
            document: components["schemas"]["RoutingDocument"];
            /**
             * Format: date-time
             * @description When Microsoft had taken or refused it.
             * @example 2026-11-22T09:31:01Z
             */
            ended_at?: string;
            /**
             * @description Of failed: why, and what to do.
             * @example somebody has changed the resource at Microsoft since this was planned: plan again
             */
            error?: string;
            /**
             * @description A UUID; later ones are greater.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            id: string;
            /** @description What Microsoft takes, and a person should know all the same. */
            notes: components["schemas"]["PlanNote"][];
            /**
             * @description Why.
             * @example Second edge node
             */
            reason?: string;
            /**
             * @description Id of the resource.
             * @example eu-1
             */
            resource: string;
            /**
             * @description The plan whose document this one has.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            rolls_back_to?: string;
            /**
             * @description activating: Microsoft has it, but does not say of every trunk yet that it is active, or OPTIONS both ways and a call have not shown yet that each of ours works; replaced: a later one is in force.
             * @enum {string}
             */
            state: "planned" | "applying" | "failed" | "activating" | "active" | "replaced";
        };
        PlanChange: {
            /**
             * @description What is done.
             * @enum {string}
             */
            action: "add" | "change" | "remove" | "reorder";
            /**
             * @description What is changed.
             * @example [
             *       "port: 5061 → 5067"
             *     ]
             */
            lines: string[];
            /**
             * @description Of the trunk or route.
             * @example e0.eu.sbc.example.net
             */
            name?: string;
            /**
             * @description With what; routes: their order.
             * @enum {string}
             */
            of: "trunk" | "route" | "routes";
            /**
             * @description All of it, to be read.
             * @example ~ trunk e0.eu.sbc.example.net
             *         port: 5061 → 5067
             */
            text: string;
        };
        PlanCreate: {
            /** @description What shall be; without it, and without roll_back_to, what the registry has. */
            document?: components["schemas"]["RoutingDocument"];
            /**
             * @description For those who read the history.
             * @example Second edge node
             */
            reason?: string;
            /**
             * @description Id of the resource.
             * @example eu-1
             */
            resource: string;
            /**
             * @description Id of a plan whose document shall be in force again.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            roll_back_to?: string;
        };
        PlanNote: {
            /**
             * @description Stable.
             * @example routes_overlap
             */
            code: string;
            /**
             * @description The route or trunk.
             * @example Germany
             */
            subject?: string;
            /**
             * @description With the cure, where there is one.
             * @example no route names trunk e0.eu.sbc.example.net: it gets no calls from Microsoft
             */
            text: string;
        };
        PlanSummary: {
            /**
             * @description Who planned it.
             * @example user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            author: string;
            /**
             * @description What he was called then.
             * @example Adele Vance
             */
            author_name?: string;
            /**
             * Format: int64
             * @description How many.
             * @example 2
             */
            changes: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * Format: date-time
             * @description When Microsoft had taken or refused it.
             * @example 2026-11-22T09:31:01Z
             */
            ended_at?: string;
            /**
             * @description Of failed: why, and what to do.
             * @example somebody has changed the resource at Microsoft since this was planned: plan again
             */
            error?: string;
            /**
             * @description A UUID; later ones are greater.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            id: string;
            /**
             * @description Why.
             * @example Second edge node
             */
            reason?: string;
            /**
             * @description Id of the resource.
             * @example eu-1
             */
            resource: string;
            /**
             * @description The plan whose document this one has.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            rolls_back_to?: string;
            /**
             * @description As in the plan.
             * @enum {string}
             */
            state: "planned" | "applying" | "failed" | "activating" | "active" | "replaced";
        };
        PlannedTrunk: {
            /**
             * @description The SBC's name.
             * @example e0.eu.sbc.example.net
             */
            fqdn: string;
            /**
             * Format: int64
             * @description Of TLS signalling.
             * @default 5061
             */
            port: number;
        };
        PlayBody: {
            /**
             * @description Cancels what plays or listens; for what everybody hears.
             * @default false
             */
            interrupt: boolean;
            /**
             * @description Again and again until it is cancelled.
             * @default false
             */
            loop: boolean;
            /**
             * @description In turn.
             * @example [
             *       {
             *         "text": "One moment, please."
             *       }
             *     ]
             */
            sources: components["schemas"]["Source"][] | null;
            /**
             * @description customer, or a participant's id; without it everybody hears it. Who alone hears it does not hear the others meanwhile.
             * @example customer
             */
            target?: string;
        };
        Problem: {
            /**
             * @description What is wrong, for programs. Codes are stable.
             * @example agent_unknown
             */
            code: string;
            /**
             * @description What is wrong, for people.
             * @example there is no such agent
             */
            detail?: string;
            /** @description Everything wrong with the request, at once. */
            errors?: components["schemas"]["Mistake"][];
            /**
             * @description Names this request in the log of the installation.
             * @example 2YQH4D3KPXJ5V6WZC7BNA2TFRM
             */
            request_id?: string;
            /**
             * Format: int64
             * @description The HTTP status.
             * @example 404
             */
            status: number;
            /**
             * @description The HTTP status in words.
             * @example Not Found
             */
            title: string;
        };
        ProgressShown: {
            /** @description Of the look at all agents. */
            progress: components["schemas"]["CheckProgress"];
        };
        Prompt: {
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * Format: double
             * @description How long it plays, in seconds.
             * @example 6.4
             */
            duration_s: number;
            /**
             * @description A UUID; not secret.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77
             */
            id: string;
            /**
             * @description Of what is said (BCP 47); absent: nobody said.
             * @example en-GB
             */
            language?: string;
            /**
             * @description What people call it; unique in the tenant.
             * @example Greeting
             */
            name: string;
            /**
             * Format: int64
             * @description Of the WAV file that is played, in bytes.
             * @example 204844
             */
            size: number;
            /**
             * @description The tenant it belongs to.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
            /**
             * @description Where Microsoft fetches the file, without a key: whoever has the address can do so. It changes with the audio.
             * @example https://tandem.example.net/prompts/0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77/1-q4Yd0Yt2R1cW9sJq2AkM4g.wav
             */
            url: string;
        };
        ProofKey: {
            /**
             * @description RFC 8032.
             * @example Ed25519
             */
            algorithm: string;
            /**
             * @description The first 16 hex digits of the key's SHA-256.
             * @example 3f1c0a9b8d7e6f50
             */
            id: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-12-01T09:00:00Z
             */
            made_at: string;
            /**
             * @description 32 bytes.
             * @example 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
             */
            public: string;
            /**
             * Format: date-time
             * @description It signs nothing later; what it signed before stays good.
             * @example 2027-12-01T09:00:00Z
             */
            retired_at?: string;
        };
        ProofKeys: {
            /** @description The one that signs first. */
            keys: components["schemas"]["ProofKey"][];
        };
        Queue: {
            /**
             * @description Its members, as they are listed.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents: string[];
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Object id of a group in Entra whose members are agents; they are members behind those listed.
             * @example 5b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e59
             */
            group?: string;
            /** @description When it is open; absent: always. */
            hours?: components["schemas"]["QueueHours"];
            /**
             * @description A UUID.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e77
             */
            id: string;
            /**
             * Format: int64
             * @description How many calls may wait at once; more are turned away.
             * @example 100
             */
            max_length: number;
            /**
             * Format: int64
             * @description After so many seconds a call does not wait any more.
             * @example 600
             */
            max_wait: number;
            /**
             * @description What people call it; unique in the tenant.
             * @example Sales
             */
            name: string;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 20
             */
            ring_timeout: number;
            /**
             * @description Who of those who are free is rung first. longest_idle: whose last call ended first. in_order: as they are listed. round_robin: who was rung longest ago. least_busy: who answered the fewest calls today.
             * @enum {string}
             */
            strategy: "longest_idle" | "in_order" | "round_robin" | "least_busy";
            /**
             * @description The tenant it belongs to.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
            /**
             * Format: int64
             * @description For so many seconds after a call of the queue nobody rings its agent for one.
             * @example 15
             */
            wrap_up: number;
        };
        QueueChange: {
            /**
             * @description Ids of agents, its members: all of them.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[] | null;
            /**
             * @description Object id of a group in Entra whose members are agents; empty: none.
             * @example 5b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e59
             */
            group?: string | null;
            /** @description When it is open: all of it. */
            hours?: components["schemas"]["QueueHours"];
            /**
             * Format: int64
             * @description How many calls may wait at once.
             * @example 20
             */
            max_length?: number | null;
            /**
             * Format: int64
             * @description Seconds after which a call does not wait any more.
             * @example 300
             */
            max_wait?: number | null;
            /**
             * @description What people call it; unique in the tenant.
             * @example Sales
             */
            name?: string | null;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @example 30
             */
            ring_timeout?: number | null;
            /**
             * @description Who of those who are free is rung first.
             * @example round_robin
             * @enum {string|null}
             */
            strategy?: "longest_idle" | "in_order" | "round_robin" | "least_busy" | null;
            /**
             * Format: int64
             * @description Seconds after a call of the queue in which nobody rings its agent for one.
             * @example 15
             */
            wrap_up?: number | null;
        };
        QueueCreate: {
            /**
             * @description Ids of agents, its members.
             * @example [
             *       "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
             *     ]
             */
            agents?: string[];
            /**
             * @description Object id of a group in Entra whose members are agents of the tenant; they are members, too, now and later.
             * @example 5b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e59
             */
            group?: string;
            /** @description When it is open; without it always. */
            hours?: components["schemas"]["QueueHours"];
            /**
             * Format: int64
             * @description How many calls may wait at once.
             * @default 100
             */
            max_length: number;
            /**
             * Format: int64
             * @description Seconds after which a call does not wait any more.
             * @default 600
             */
            max_wait: number;
            /**
             * @description What people call it; unique in the tenant.
             * @example Sales
             */
            name: string;
            /**
             * Format: int64
             * @description How long one person's Teams rings, in seconds.
             * @default 20
             */
            ring_timeout: number;
            /**
             * @description Who of those who are free is rung first.
             * @default longest_idle
             * @enum {string}
             */
            strategy: "longest_idle" | "in_order" | "round_robin" | "least_busy";
            /**
             * @description Id of the tenant; a tenant's key may leave it out.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
            /**
             * Format: int64
             * @description Seconds after a call of the queue in which nobody rings its agent for one; without it none.
             * @example 15
             */
            wrap_up?: number;
        };
        QueueHours: {
            /**
             * @description Parts of the week; none: always.
             * @example [
             *       {
             *         "days": [
             *           "mon",
             *           "tue"
             *         ],
             *         "from": "09:00",
             *         "until": "17:00"
             *       }
             *     ]
             */
            open: components["schemas"]["QueueOpening"][];
            /**
             * @description Time zone of the hours: a name of the IANA database.
             * @example Europe/Madrid
             */
            zone?: string;
        };
        QueueOpening: {
            /**
             * @description Days of the week.
             * @example [
             *       "mon",
             *       "fri"
             *     ]
             */
            days: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
            /**
             * @description Of those days: the first minute.
             * @example 09:00
             */
            from: string;
            /**
             * @description Of those days: the first minute that is too late, 24:00 at the latest.
             * @example 17:00
             */
            until: string;
        };
        Readiness: {
            /** @description How many there are. */
            agents: components["schemas"]["AgentCounts"];
            /**
             * Format: date-time
             * @description When the oldest of the items was looked at.
             * @example 2026-11-22T09:30:00Z
             */
            checked_at?: string;
            /** @description What is needed: consent, each permission, each resource, people, a test call. */
            items: components["schemas"]["Item"][];
            /** @description Of the look at the agents. */
            progress: components["schemas"]["CheckProgress"];
            /**
             * @description How it stands, in one word.
             * @enum {string}
             */
            state: "ready" | "needs_you" | "needs_other" | "waiting" | "blocked" | "paused";
            /**
             * @description Whose it is.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        RecognizeBody: {
            /**
             * @description Cancels what plays or listens.
             * @default false
             */
            interrupt: boolean;
            listen: components["schemas"]["Listen"];
            /**
             * @description The prompt, played first.
             * @example [
             *       {
             *         "text": "Please enter your customer number."
             *       }
             *     ]
             */
            sources?: components["schemas"]["Source"][] | null;
            /**
             * @description Whom to listen to: customer, or the id of a participant at a telephone.
             * @default customer
             */
            target: string;
        };
        Recognized: {
            /**
             * @description The label.
             * @example sales
             */
            choice?: string;
            /**
             * Format: double
             * @description Of the speech service, 0 to 1.
             * @example 0.93
             */
            confidence?: number;
            /**
             * @description The words that chose it; absent if a tone did.
             * @example sales please
             */
            phrase?: string;
            /**
             * @description What was said.
             * @example I have a question about my invoice
             */
            speech?: string;
            /**
             * @description 0-9, *, # and A-D.
             * @example 42
             */
            tones?: string;
        };
        Recording: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:09Z
             */
            asked_at: string;
            /**
             * @description Id of the call.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            call: string;
            /**
             * @description Whether speakers are kept apart.
             * @enum {string}
             */
            channels: "mixed" | "unmixed";
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:34:10Z
             */
            ended_at?: string;
            /**
             * Format: date-time
             * @description When it will be deleted; absent: when somebody does.
             * @example 2027-02-20T09:34:10Z
             */
            expires_at?: string;
            /**
             * @description none: Microsoft has not said where its files are. ready: they are being fetched. stored: all are here. lost: at least one cannot be had any more.
             * @enum {string}
             */
            file: "none" | "ready" | "stored" | "lost";
            /** @description Mostly one; Microsoft cuts long recordings. */
            files: components["schemas"]["RecordingFile"][];
            /**
             * @description As it was asked for.
             * @enum {string}
             */
            format: "wav" | "mp3";
            /**
             * @description A UUID.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa
             */
            id: string;
            /** @description Details for people: why it failed, or why its files are lost. */
            message?: string;
            /**
             * @description Why it failed.
             * @example not_allowed
             */
            outcome?: string;
            /**
             * Format: double
             * @description How many seconds were recorded, without pauses.
             * @example 42.5
             */
            recorded_s: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC; absent: it never began.
             * @example 2026-11-22T09:30:10Z
             */
            started_at?: string;
            /**
             * @description Where it stood when something of it changed last.
             * @example ended
             * @enum {string}
             */
            state: "announcing" | "starting" | "recording" | "pausing" | "paused" | "resuming" | "stopping" | "ended" | "failed";
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:36:00Z
             */
            stored_at?: string;
            /**
             * @description The tenant whose call it was.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
        };
        RecordingFile: {
            /**
             * Format: int64
             * @description Counts from 0, in the order of time.
             * @example 0
             */
            index: number;
            /**
             * @description Of the file, in hexadecimal.
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            sha256?: string;
            /**
             * Format: int64
             * @description In bytes; absent until it is stored.
             * @example 1360044
             */
            size?: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:36:00Z
             */
            stored_at?: string;
            /**
             * @description Media type, as Microsoft gave it.
             * @example audio/wav
             */
            type?: string;
        };
        RecordingRecord: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:34:10Z
             */
            ended_at?: string;
            /**
             * @description As in the recordings.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f80aa
             */
            id: string;
            /**
             * @description Why it failed.
             * @example not_allowed
             */
            outcome?: string;
            /**
             * Format: double
             * @description How many seconds were recorded, without pauses.
             * @example 42.5
             */
            recorded_s: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:10Z
             */
            started_at?: string;
            /**
             * @description failed: it never began.
             * @enum {string}
             */
            state: "ended" | "failed";
        };
        RecordingSettings: {
            /**
             * @description Played to everybody before each recording that brings no announcement of its own.
             * @example [
             *       {
             *         "text": "This call is recorded."
             *       }
             *     ]
             */
            announcement?: components["schemas"]["Source"][] | null;
            /**
             * Format: int64
             * @description How many days after its end a recording is deleted, those that are there too; 0: when somebody does.
             * @default 90
             */
            retention_days: number;
        };
        RecordingSpan: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            from: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC; absent: it goes on.
             */
            to?: string;
        };
        RecordingStart: {
            /**
             * @description Played to everybody before; if it cannot be played to its end, nothing is recorded. Without it, what the tenant has set. People in Teams see a banner, callers hear only this.
             * @example [
             *       {
             *         "text": "This call is recorded."
             *       }
             *     ]
             */
            announcement?: components["schemas"]["Source"][] | null;
            /**
             * @description unmixed keeps up to five speakers in channels of their own, the caller in the first; for wav.
             * @default mixed
             * @enum {string}
             */
            channels: "mixed" | "unmixed";
            /**
             * @description Of the file.
             * @default wav
             * @enum {string}
             */
            format: "wav" | "mp3";
            /**
             * @description Begins paused: nothing is recorded until it is resumed.
             * @default false
             */
            paused: boolean;
        };
        Redirect: {
            /**
             * @description Id of the agent, who is rung with forwarding and voicemail.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent: string;
            /**
             * @description The step when the person cannot be rung: no agent any more, taken out, or not ready. Once Microsoft rings the person there is no way back.
             * @example bye
             */
            failed: string;
        };
        RedirectBody: {
            /**
             * @description Id of the agent whose Teams rings, with the person's forwarding and voicemail.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent: string;
        };
        Region: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description A short name.
             * @example eu
             */
            id: string;
            /**
             * @description What people call it.
             * @example Europe
             */
            name: string;
        };
        RegionCreate: {
            /**
             * @description A short name: lower-case letters, digits and hyphens.
             * @example eu
             */
            id: string;
            /**
             * @description What people call it.
             * @example Europe
             */
            name: string;
        };
        RegionHealth: {
            /**
             * @description A short name.
             * @example eu
             */
            id: string;
            /**
             * @description What people call it.
             * @example Europe
             */
            name: string;
            /** @description By id. */
            resources: components["schemas"]["ResourceHealth"][];
        };
        Rehearsal: {
            /** @description What happened, in order. */
            lines: components["schemas"]["RehearsalLine"][];
        };
        RehearsalAnswer: {
            /**
             * @description Keys.
             * @example 1
             */
            press?: string;
            /**
             * @description Words.
             * @example sales
             */
            say?: string;
        };
        RehearsalBot: {
            /**
             * Format: int64
             * @description After how many seconds.
             * @example 40
             */
            after_s?: number;
            /**
             * @description What comes of it.
             * @example handed_over
             * @enum {string}
             */
            brings: "handed_over" | "ended" | "failed";
            /**
             * @description What the bot wants to be shown to the person it asks for.
             * @example Flight XY123, refund
             */
            display_name?: string;
        };
        RehearsalHandover: {
            /**
             * Format: int64
             * @description Seconds until somebody answers.
             * @example 12
             */
            after_s?: number;
            /**
             * @description What comes of it.
             * @example answered
             * @enum {string}
             */
            brings: "answered" | "no_answer" | "nobody" | "closed";
            /**
             * Format: int64
             * @description Estimated wait, in seconds.
             * @example 90
             */
            estimate_s?: number;
            /**
             * Format: int64
             * @description Place in the queue; with it somebody is rung only after the seconds.
             * @example 2
             */
            position?: number;
        };
        RehearsalLine: {
            /**
             * Format: double
             * @description Seconds since the caller was answered.
             * @example 4
             */
            after_s: number;
            /**
             * @description The step of the flow.
             * @example menu
             */
            step: string;
            /**
             * @description What was heard, pressed or said; of an end, its reason.
             * @example 1
             */
            text?: string;
            /**
             * @description What happened: the step begins; the caller hears something, is asked something, answers, is recorded; talks with a bot, meets none, or the bot asks for a person; somebody is looked for, rung, answers; the caller goes to somebody for good; the call ends.
             * @example presses
             * @enum {string}
             */
            what: "enters" | "hears" | "asked" | "presses" | "says" | "silent" | "recorded" | "talks" | "no_bot" | "asks_for_person" | "seeks" | "rings" | "answered" | "released" | "ends";
        };
        RejectBody: {
            /**
             * @description none: 603 Decline. busy: 486. forbidden: 403.
             * @default none
             * @enum {string}
             */
            reason: "none" | "busy" | "forbidden";
        };
        ReportCertificate: {
            /**
             * @description Who has signed it.
             * @example CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1
             */
            issuer: string;
            /**
             * @description That it covers.
             * @example [
             *       "*.eu.sbc.example.net"
             *     ]
             */
            names: string[];
            /**
             * Format: date-time
             * @description When it runs out.
             * @example 2027-03-01T00:00:00Z
             */
            not_after: string;
            /**
             * @description Of the leaf, hex; empty: it could not be read.
             * @example 5f0c1b7de0a94b5a3a5d7c0f7a0e1c2b3d4e5f60718293a4b5c6d7e8f9011223
             */
            sha256: string;
            /**
             * @description Whom it names.
             * @example CN=*.eu.sbc.example.net
             */
            subject: string;
        };
        ReportFigure: {
            /**
             * @description What.
             * @example round trip
             */
            name: string;
            /**
             * @description None of a share or a code.
             * @example ms
             */
            unit?: string;
            /**
             * Format: double
             * @description How much.
             * @example 24
             */
            value: number;
        };
        ReportSignature: {
            /**
             * @description RFC 8032.
             * @example Ed25519
             */
            algorithm: string;
            /**
             * @description Id of the key, as at /.well-known/tandem-proof.json.
             * @example 3f1c0a9b8d7e6f50
             */
            key: string;
            /**
             * @description 64 bytes.
             * @example kQ7l0m5yJ3H0mX2v8r1p9s4t6u7w0y1z2a3b4c5d6e7f8g9h0i1j2k3l4m5n6o7p8q9r0s1t2u3v4w5x6y7z8A==
             */
            value: string;
        };
        Reservation: {
            /**
             * @description Whom it keeps.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent: string;
            /**
             * @description To be given when the call is asked for.
             * @example 0193a5c0-9f2e-7c3a-9b52-6a1f0c9d8e78
             */
            id: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:10Z
             */
            until: string;
        };
        ReservationCreate: {
            /**
             * @description Id of the agent to keep.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent: string;
            /**
             * Format: int64
             * @description How long, unless a call takes the agent before.
             * @default 10
             */
            seconds: number;
        };
        Resource: {
            /**
             * @description Called where a call has no number of its own.
             * @example +493012345600
             */
            anchor_number?: string;
            /**
             * @description Its AI service; without one Microsoft neither speaks nor listens in a call.
             * @example https://tandem-eu.cognitiveservices.azure.com/
             */
            cognitive_endpoint?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Whether Microsoft lets it have direct routing, which is closed to resources made since 2026-10-23.
             * @example true
             */
            direct_routing: boolean;
            /**
             * @description Its address.
             * @example https://tandem-eu.germany.communication.azure.com/
             */
            endpoint: string;
            /**
             * @description A short name.
             * @example eu-1
             */
            id: string;
            /**
             * @description Its immutable resource id, a UUID.
             * @example e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44
             */
            immutable_id: string;
            /**
             * Format: date-time
             * @description When it was made in Azure.
             * @example 2025-03-01T00:00:00Z
             */
            made_at: string;
            /**
             * @description The one tenant it is for; absent: shared by the tenants of the region.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            owner_tenant?: string;
            /**
             * @description Id of its region.
             * @example eu
             */
            region: string;
        };
        ResourceCreate: {
            /** @description One of its access keys, in base64. It is sealed and never shown. */
            access_key: string;
            /**
             * @description Called where a call has no number of its own.
             * @example +493012345600
             */
            anchor_number?: string;
            /**
             * @description Its AI service.
             * @example https://tandem-eu.cognitiveservices.azure.com/
             */
            cognitive_endpoint?: string;
            /**
             * @description Its address.
             * @example https://tandem-eu.germany.communication.azure.com/
             */
            endpoint: string;
            /**
             * @description A short name: lower-case letters, digits and hyphens.
             * @example eu-1
             */
            id: string;
            /**
             * @description Its immutable resource id, a UUID.
             * @example e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44
             */
            immutable_id: string;
            /**
             * Format: date-time
             * @description When it was made in Azure.
             * @example 2025-03-01T00:00:00Z
             */
            made_at: string;
            /**
             * @description Id of the one tenant it is for.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            owner_tenant?: string;
            /**
             * @description Id of its region.
             * @example eu
             */
            region: string;
        };
        ResourceHealth: {
            /**
             * @description What would make it again what was applied last, as a plan shows it; empty: nobody has changed it at Microsoft past us.
             * @example [
             *       "+ route all"
             *     ]
             */
            drift: string[];
            /**
             * @description A short name.
             * @example eu-1
             */
            id: string;
            /**
             * @description The one that is in force; absent: none was ever applied or imported.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            plan?: string;
            /**
             * @description Of that plan. activating: Microsoft does not say of every trunk yet that it is active, or OPTIONS both ways and a call have not shown yet that each of ours works.
             * @enum {string}
             */
            state?: "activating" | "active";
            /** @description By FQDN. */
            trunks: components["schemas"]["TrunkHealth"][];
        };
        RingPerson: {
            /**
             * @description What the person is called; without it as in the directory.
             * @example Adele Vance
             */
            name?: string;
            /**
             * @description The person's object id in Entra.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
        };
        RouteList: {
            /**
             * @description Id of the resource.
             * @example eu-1
             */
            resource: string;
            /** @description The first is asked first. */
            routes: components["schemas"]["VoiceRoute"][];
        };
        RoutesChange: {
            /**
             * @description The first is asked first.
             * @example [
             *       {
             *         "name": "all",
             *         "pattern": "^\\+[1-9]\\d{3,14}$",
             *         "trunks": []
             *       }
             *     ]
             */
            routes: components["schemas"]["VoiceRoute"][];
        };
        RoutingDocument: {
            /**
             * @description The first is asked first.
             * @example [
             *       {
             *         "name": "all",
             *         "pattern": "^\\+[1-9]\\d{3,14}$",
             *         "trunks": [
             *           "e0.eu.sbc.example.net"
             *         ]
             *       }
             *     ]
             */
            routes: components["schemas"]["VoiceRoute"][];
            /**
             * @description By name.
             * @example [
             *       {
             *         "fqdn": "e0.eu.sbc.example.net",
             *         "port": 5061
             *       }
             *     ]
             */
            trunks: components["schemas"]["PlannedTrunk"][];
        };
        RowProblem: {
            /**
             * @description What is wrong, for programs.
             * @example tenant_exists
             */
            code: string;
            /**
             * @description What is wrong, for people.
             * @example a tenant with this Entra tenant id exists already
             */
            detail: string;
            /** @description Everything wrong with the row. */
            errors?: components["schemas"]["Mistake"][];
        };
        SIPMessage: {
            /**
             * @description Whether it repeats one before, byte by byte.
             * @example false
             */
            again: boolean;
            /**
             * @description Type of its body; absent: it has none.
             * @example application/sdp
             */
            body?: string;
            /**
             * @description Of the dialog.
             * @example 843817637684230@998sdasdh09
             */
            call_id?: string;
            /**
             * @description Number and method.
             * @example 1 INVITE
             */
            cseq?: string;
            /**
             * @description Tag in From.
             * @example 1928301774
             */
            from_tag?: string;
            /**
             * @description Our address and port.
             * @example 192.0.2.1:5060
             */
            local: string;
            /**
             * @description Its Reason header (RFC 3326).
             * @example Q.850;cause=16
             */
            reason?: string;
            /**
             * @description Theirs; a name and port, of what was sent to where a name server led.
             * @example 192.0.2.7:5060
             */
            remote: string;
            /**
             * @description Its first line.
             * @example INVITE sip:+493012345678@example.net SIP/2.0
             */
            start_line: string;
            /**
             * @description The whole, without keys and answers to challenges.
             * @example BYE sip:them@192.0.2.7 SIP/2.0
             *     Content-Length: 0
             */
            text: string;
            /**
             * @description Tag in To; absent: there is none yet.
             * @example a6c85cf
             */
            to_tag?: string;
            /**
             * @description Of the connection.
             * @enum {string}
             */
            transport: "UDP" | "TCP" | "TLS";
        };
        Say: {
            /**
             * @description The step after it.
             * @example menu
             */
            next: string;
            /**
             * @description In turn.
             * @example [
             *       {
             *         "text": "Welcome."
             *       }
             *     ]
             */
            sounds: components["schemas"]["Sound"][];
        };
        ScriptLine: {
            /**
             * @description Stable; the web app has words for it.
             * @example read_list
             */
            code?: string;
            /**
             * @description What it does.
             * @example adds the resource to those that may call
             */
            means?: string;
            /**
             * @description One or more lines of the script.
             * @example $list += $resource
             */
            text: string;
        };
        SignedReport: {
            /** @description What is signed, byte for byte. */
            report: components["schemas"]["TrunkReport"];
            /** @description Over the bytes of report. */
            signature: components["schemas"]["ReportSignature"];
        };
        Sound: {
            /**
             * @description Language of text.
             * @example en-US
             */
            locale?: string;
            /**
             * @description Id of a prompt of the tenant's.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77
             */
            prompt?: string;
            /**
             * @description The same with marks.
             * @example <speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">Welcome.</speak>
             */
            ssml?: string;
            /**
             * @description Said by Microsoft's speech; needs a resource with a cognitive endpoint.
             * @example Welcome.
             */
            text?: string;
            /**
             * @description Voice of text, as the speech service calls it.
             * @example en-US-AvaNeural
             */
            voice?: string;
        };
        SoundOverTime: {
            /**
             * @description Whose end it is.
             * @enum {string}
             */
            end: "peer" | "microsoft";
            /**
             * @description near, far or the name of a telephone's.
             * @example near
             */
            leg: string;
            /** @description By time, one in 10 seconds and more seldom in long calls; the last is at the leg's end. */
            points: components["schemas"]["SoundPoint"][];
        };
        SoundPoint: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:11Z
             */
            at: string;
            /**
             * Format: int64
             * @description Interarrival jitter in milliseconds (RFC 3550).
             * @example 4
             */
            jitter_ms: number;
            /**
             * Format: int64
             * @description Gaps in what was received.
             * @example 3
             */
            lost: number;
            /**
             * Format: int64
             * @description Packets sent that the other end reports as lost (RTCP).
             * @example 1
             */
            lost_there: number;
            /**
             * Format: double
             * @description Mean opinion score of what was received: 4.4 at best, below 3.6 many complain; absent: too little came to tell.
             * @example 4.37
             */
            mos?: number;
            /**
             * Format: int64
             * @description RTP packets received.
             * @example 500
             */
            packets: number;
            /**
             * Format: double
             * @description Transmission rating of what was received (ITU-T G.107): 93.2 at best.
             * @example 91.4
             */
            r?: number;
            /**
             * Format: int64
             * @description Round trip to that end in milliseconds (RTCP); absent: not known.
             * @example 38
             */
            rtt_ms?: number;
        };
        Source: {
            /**
             * @description Https address of WAV (PCM, 16 bit, 16 kHz, mono) or MP3, which Microsoft fetches.
             * @example https://sounds.example.com/welcome.wav
             */
            file?: string;
            /**
             * @description Language of text.
             * @example en-US
             */
            locale?: string;
            /**
             * @description Id of a prompt of the tenant's.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77
             */
            prompt?: string;
            /**
             * @description The same with marks.
             * @example <speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">One moment.</speak>
             */
            ssml?: string;
            /**
             * @description Said by Microsoft's speech; needs a resource with a cognitive endpoint.
             * @example One moment, please.
             */
            text?: string;
            /**
             * @description Voice of text, as the speech service calls it.
             * @example en-US-AvaNeural
             */
            voice?: string;
        };
        Standing: {
            /** @description How many there are. */
            agents: components["schemas"]["AgentCounts"];
            /**
             * @description Whether the provider should look: of an active tenant not everything holds, or it is the provider's turn.
             * @example false
             */
            attention: boolean;
            /**
             * Format: date-time
             * @description Since when something does not hold any more that was proved of an active tenant; absent: all of it holds.
             * @example 2026-11-22T09:30:00Z
             */
            drift_since?: string;
            /**
             * @description The directory roles of which one is enough for the step; empty: any admin.
             * @example [
             *       "global_administrator"
             *     ]
             */
            needs: string[];
            /**
             * @description Code of what keeps the step from being done, as in the onboarding; absent: nobody has done it yet.
             * @example consent_declined
             */
            problem?: string;
            /**
             * Format: date-time
             * @description Since when state and step are what they are.
             * @example 2026-11-22T09:30:00Z
             */
            since: string;
            /**
             * @description As of the readiness. waiting: it goes on by itself. blocked: suspended or offboarded.
             * @example needs_other
             * @enum {string}
             */
            state: "ready" | "needs_other" | "waiting" | "blocked" | "paused";
            /**
             * @description The step of the onboarding that is next, or that is waited for; absent: none.
             * @example consent
             * @enum {string}
             */
            step?: "sign_in" | "consent" | "federation" | "people" | "test_call";
            /**
             * @description Who has to do something; absent: nobody.
             * @example tenant
             * @enum {string}
             */
            turn?: "tenant" | "provider";
        };
        StepProblem: {
            /**
             * @description Stable.
             * @example consent_missing
             */
            code: string;
            /** @description What mends it. */
            cure?: components["schemas"]["Cure"];
            /**
             * @description For people.
             * @example No admin has consented yet.
             */
            text: string;
        };
        StepView: {
            /**
             * @description The admin who did it.
             * @example Adele Vance
             */
            by?: string;
            /**
             * Format: date-time
             * @description When it was looked at last.
             * @example 2026-11-22T09:40:00Z
             */
            checked_at?: string;
            /** @description What was seen. */
            evidence: components["schemas"]["Item"][];
            /**
             * @description Which one.
             * @enum {string}
             */
            id: "sign_in" | "consent" | "federation" | "people" | "test_call";
            /**
             * Format: int64
             * @description What it takes a person, without waiting.
             * @example 5
             */
            minutes: number;
            /** @description The directory roles of which one is enough; empty: any admin. */
            needs: string[];
            /**
             * Format: date-time
             * @description When it was looked at first.
             * @example 2026-11-22T09:30:00Z
             */
            opened_at?: string;
            /** @description What keeps it from being done. */
            problem?: components["schemas"]["StepProblem"];
            /**
             * Format: date-time
             * @description When it was proved first.
             * @example 2026-11-22T09:31:00Z
             */
            proved_at?: string;
            /**
             * @description next is the one thing to do now.
             * @enum {string}
             */
            state: "done" | "next" | "open" | "waiting" | "failed";
            /**
             * @description Whether who asks has such a role. A key has none.
             * @example false
             */
            viewer_can: boolean;
        };
        Streaming: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            asked_at: string;
            /**
             * @description Id of the bot.
             * @example 0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77
             */
            bot: string;
            /**
             * @description What the bot told last.
             * @example {
             *       "flight": "XY123"
             *     }
             */
            context?: unknown;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            ended_at?: string;
            /** @description That the bot asked for, the newest. */
            handover?: components["schemas"]["BotHandover"];
            /**
             * @description Within the call; also of the operation that starts it.
             * @example 0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21
             */
            id: string;
            /** @description Details for people. */
            message?: string;
            /**
             * @description Of the bot, when it was asked for; absent if a flow did.
             * @example Flight status
             */
            name?: string;
            /**
             * @description Why it ended or failed. unavailable: the bot cannot be reached.
             * @example unavailable
             */
            outcome?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            started_at?: string;
            /**
             * @description Where it stands. running: call and bot hear each other.
             * @example running
             * @enum {string}
             */
            state: "starting" | "running" | "stopping" | "ended" | "failed";
        };
        StreamingBody: {
            /**
             * @description What to do.
             * @enum {string}
             */
            action: "start" | "stop";
            /**
             * @description To start: id of the bot, one of the tenant's.
             * @example 0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77
             */
            bot?: string;
            /**
             * @description To start: any JSON of at most 4 kB that the bot is told; without it that of the call.
             * @example {
             *       "ticket": 4711
             *     }
             */
            context?: unknown;
            /** @description To start: whom the bot may hand a connected call over to. When it asks, they are rung, and when somebody joins the bot leaves. Without it you are told, and do what is right. */
            handover?: components["schemas"]["BotTargets"];
            /**
             * @description To start: that the bot is told; without it the bot's own.
             * @example en-GB
             */
            language?: string;
        };
        Tenant: {
            /**
             * Format: date-time
             * @description When an admin of its Entra tenant signed in first.
             * @example 2026-11-22T09:30:00Z
             */
            bound_at?: string;
            /**
             * @description The admin's name.
             * @example Adele Vance
             */
            bound_by?: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Its directory (tenant) id in Entra, a UUID; absent until an admin of it signed in.
             * @example 2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11
             */
            entra_tenant_id?: string;
            /**
             * @description What is heard on hold in its calls, if nobody names music: melody (a quiet tune of ours), silence, or the id of a prompt of the tenant's, of which two minutes are played again and again.
             * @example melody
             */
            hold_music: string;
            /**
             * @description Id of the region where its data and its calls stay.
             * @example eu
             */
            home_region: string;
            /**
             * @description A UUID.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            id: string;
            /**
             * @description What people call it.
             * @example Contoso Airlines
             */
            name: string;
            /**
             * Format: date-time
             * @description Since when all ringing is stopped; absent: it is not.
             * @example 2026-11-22T09:30:00Z
             */
            paused_at?: string;
            /**
             * @description Who stopped it.
             * @example Adele Vance
             */
            paused_by?: string;
            /**
             * @description Where it stands; only an active tenant can be called.
             * @example active
             * @enum {string}
             */
            state: "invited" | "onboarding" | "active" | "suspended" | "offboarded";
        };
        TenantChange: {
            /**
             * @description What is heard on hold in its calls: melody, silence or the id of a prompt of the tenant's. Calls that have begun keep theirs.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77
             */
            hold_music?: string | null;
            /**
             * @description What people call it.
             * @example Contoso Airlines
             */
            name?: string | null;
            /**
             * @description Where it is to stand.
             * @example active
             * @enum {string|null}
             */
            state?: "invited" | "onboarding" | "active" | "suspended" | "offboarded" | null;
        };
        TenantCreate: {
            /**
             * @description Its directory (tenant) id in Entra, a UUID. No two tenants have the same. It can be left out: the admin who signs in by the invitation brings it.
             * @example 2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11
             */
            entra_tenant_id?: string;
            /**
             * @description Id of the region where its data and its calls stay; it cannot be changed.
             * @example eu
             */
            home_region: string;
            /**
             * @description What people call it.
             * @example Contoso Airlines
             */
            name: string;
        };
        TenantStanding: {
            /**
             * Format: date-time
             * @description When an admin of its Entra tenant signed in first.
             * @example 2026-11-22T09:30:00Z
             */
            bound_at?: string;
            /**
             * @description The admin's name.
             * @example Adele Vance
             */
            bound_by?: string;
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description Its directory (tenant) id in Entra, a UUID; absent until an admin of it signed in.
             * @example 2f1c0e8a-6a5d-4a0b-9d1c-7b7e0a9a4d11
             */
            entra_tenant_id?: string;
            /**
             * @description What is heard on hold in its calls, if nobody names music: melody (a quiet tune of ours), silence, or the id of a prompt of the tenant's, of which two minutes are played again and again.
             * @example melody
             */
            hold_music: string;
            /**
             * @description Id of the region where its data and its calls stay.
             * @example eu
             */
            home_region: string;
            /**
             * @description A UUID.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            id: string;
            /**
             * @description What people call it.
             * @example Contoso Airlines
             */
            name: string;
            /**
             * Format: date-time
             * @description Since when all ringing is stopped; absent: it is not.
             * @example 2026-11-22T09:30:00Z
             */
            paused_at?: string;
            /**
             * @description Who stopped it.
             * @example Adele Vance
             */
            paused_by?: string;
            /** @description How it stands; absent for the first minutes after an update that brought this. */
            standing?: components["schemas"]["Standing"];
            /**
             * @description Where it stands; only an active tenant can be called.
             * @example active
             * @enum {string}
             */
            state: "invited" | "onboarding" | "active" | "suspended" | "offboarded";
        };
        TenantSummary: {
            /**
             * Format: int64
             * @description At how many the provider should look.
             * @example 5
             */
            attention: number;
            /**
             * Format: int64
             * @description Of how many active ones something does not hold any more.
             * @example 2
             */
            drift: number;
            /** @description The first of those at which the provider should look; all of them are listed by attention=true. */
            needy: components["schemas"]["TenantStanding"][];
            /** @description How many stand how. */
            standings: components["schemas"]["TenantsByStanding"];
            /** @description How many are in which state. */
            states: components["schemas"]["TenantsByState"];
            /**
             * Format: int64
             * @description All of them.
             * @example 1043
             */
            total: number;
        };
        TenantsByStanding: {
            /**
             * Format: int64
             * @description Suspended or offboarded.
             * @example 43
             */
            blocked: number;
            /**
             * Format: int64
             * @description Somebody has to do something.
             * @example 20
             */
            needs_other: number;
            /**
             * Format: int64
             * @description An admin stopped all ringing.
             * @example 1
             */
            paused: number;
            /**
             * Format: int64
             * @description Everything is proved.
             * @example 970
             */
            ready: number;
            /**
             * Format: int64
             * @description Not known for the first minutes after an update that brought this.
             * @example 0
             */
            unjudged: number;
            /**
             * Format: int64
             * @description It goes on by itself.
             * @example 4
             */
            waiting: number;
        };
        TenantsByState: {
            /**
             * Format: int64
             * @description Can be called.
             * @example 981
             */
            active: number;
            /**
             * Format: int64
             * @description Its admins have done nothing yet.
             * @example 12
             */
            invited: number;
            /**
             * Format: int64
             * @description Never again.
             * @example 40
             */
            offboarded: number;
            /**
             * Format: int64
             * @description Its admins are at it.
             * @example 7
             */
            onboarding: number;
            /**
             * Format: int64
             * @description For now not.
             * @example 3
             */
            suspended: number;
        };
        TestCall: {
            /** @description What mends it. */
            cure?: components["schemas"]["Cure"];
            /**
             * @description Whether it is over.
             * @example true
             */
            over: boolean;
            /** @description In their order. */
            steps: components["schemas"]["TestCallStep"][];
            /**
             * @description authorised, not_yet, not_ready or inconclusive, as soon as it is certain: an answer decides before the call is over.
             * @example authorised
             */
            verdict?: string;
        };
        TestCallMade: {
            /**
             * @description Its id.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091
             */
            call: string;
        };
        TestCallStep: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            at: string;
            /**
             * Format: int64
             * @description Of Call Automation, of an end.
             * @example 480
             */
            code?: number;
            /** @description What Microsoft said. */
            message?: string;
            /**
             * @description How far it was.
             * @enum {string}
             */
            state: "placed" | "ringing" | "answered" | "ended";
            /**
             * Format: int64
             * @description Of Call Automation, of an end.
             * @example 10037
             */
            sub_code?: number;
        };
        TestUser: {
            /**
             * @description Who named him, as in the audit trail.
             * @example user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            by: string;
            /**
             * @description What the person, or the key, was called then; absent: nobody knew.
             * @example Adele Vance
             */
            by_name?: string;
            /**
             * @description Days of the week.
             * @example [
             *       "mon",
             *       "fri"
             *     ]
             */
            days: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
            /**
             * @description Of those days: the first minute.
             * @example 09:00
             */
            from: string;
            /**
             * @description What the person is called; without it as in the directory.
             * @example Adele Vance
             */
            name?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            named_at: string;
            /**
             * Format: date-time
             * @description When we look next whether a ring is needed; calls of people's own put it off.
             * @example 2026-11-23T09:30:00Z
             */
            next_at?: string;
            /**
             * @description The person's object id in Entra.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * Format: date-time
             * @description When he was last rung by ourselves.
             * @example 2026-11-22T09:30:00Z
             */
            rung_at?: string;
            /**
             * @description Of those days: the first minute that is too late, 24:00 at the latest.
             * @example 17:00
             */
            until: string;
            /**
             * @description Time zone of the hours: a name of the IANA database.
             * @example Europe/Madrid
             */
            zone: string;
        };
        TestUserHours: {
            /**
             * @description Days of the week.
             * @example [
             *       "mon",
             *       "fri"
             *     ]
             */
            days: ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
            /**
             * @description Of those days: the first minute.
             * @example 09:00
             */
            from: string;
            /**
             * @description What the person is called; without it as in the directory.
             * @example Adele Vance
             */
            name?: string;
            /**
             * @description The person's object id in Entra.
             * @example c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            oid: string;
            /**
             * @description Of those days: the first minute that is too late, 24:00 at the latest.
             * @example 17:00
             */
            until: string;
            /**
             * @description Time zone of the hours: a name of the IANA database.
             * @example Europe/Madrid
             */
            zone: string;
        };
        TimelineEntry: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:01.234Z
             */
            at: string;
            /** @description What there is to say about it. */
            detail: string[];
            /**
             * @description Whether something went wrong in it.
             * @example true
             */
            failed: boolean;
            /**
             * @description Whose message it is.
             * @enum {string}
             */
            from: "provider" | "peer" | "tandem" | "microsoft_sip" | "call_automation";
            /**
             * @description Its name in the journal, or of the event.
             * @example agent_failed
             */
            kind: string;
            /**
             * @description near, far or the name of a telephone's.
             * @example far
             */
            leg?: string;
            /** @description The SIP message, if it is one that was kept. */
            message?: components["schemas"]["SIPMessage"];
            /**
             * @description What is kept of it, without secrets.
             * @example {
             *       "connection": "421f0b00-9a3c-4f5e-8d53-0f6a1d9f4c11",
             *       "outcome": {
             *         "class": "not_allowed",
             *         "code": 403,
             *         "sub_code": 5223
             *       }
             *     }
             */
            raw?: unknown;
            /**
             * @description sip: a dialog of ours. call_automation: requests to Microsoft, and its callbacks. roster: who could take the call, by what presence. api: what was asked for. webhook: what was told. trail: who looked at it. engine: the rest.
             * @enum {string}
             */
            source: "sip" | "call_automation" | "roster" | "api" | "webhook" | "trail" | "engine";
            /**
             * @description Who got it; the same as from: nothing went anywhere.
             * @enum {string}
             */
            to: "provider" | "peer" | "tandem" | "microsoft_sip" | "call_automation";
            /**
             * @description Its name on the wire, or in short.
             * @example AddParticipantFailed
             */
            what: string;
        };
        Track: {
            /**
             * @description The step to take now; absent: none.
             * @enum {string}
             */
            next?: "sign_in" | "consent" | "federation" | "people" | "test_call";
            /**
             * @description How it stands, in one word.
             * @enum {string}
             */
            state: "ready" | "needs_you" | "needs_other" | "waiting" | "blocked" | "paused";
            /** @description The five steps in their order. */
            steps: components["schemas"]["StepView"][];
            /** @description Whose it is. */
            tenant: components["schemas"]["Tenant"];
        };
        Traffic: {
            /**
             * Format: int64
             * @description Whatever became of them.
             * @example 1250
             */
            calls: number;
            /**
             * Format: int64
             * @description In which somebody talked.
             * @example 1188
             */
            connected: number;
            /**
             * Format: int64
             * @description Minutes of talk, each call's rounded up.
             * @example 5360
             */
            minutes: number;
            /**
             * Format: double
             * @description Seconds that people from Teams were in the calls, each for himself: two at once count twice.
             * @example 301200.1
             */
            people_s: number;
            /**
             * Format: double
             * @description Seconds of talk.
             * @example 286308.4
             */
            talk_s: number;
        };
        TranscriptRecord: {
            /**
             * Format: int64
             * @description How many there were.
             * @example 12
             */
            phrases: number;
            /**
             * @description Where they are, as long as they are kept.
             * @example /v1/calls/019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8091/transcript
             */
            url: string;
        };
        Transcription: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            asked_at: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             */
            ended_at?: string;
            /**
             * @description Within the call; also of the operation that starts it.
             * @example 0f5c1f9e-8c7b-4a53-8f0e-1f8f5a0d7c21
             */
            id: string;
            /**
             * @description Of what is listened for.
             * @example en-GB
             */
            locale: string;
            /** @description Details for people. */
            message?: string;
            /**
             * @description Why it ended or failed. misconfigured: the resource has no speech service.
             * @example misconfigured
             */
            outcome?: string;
            /**
             * Format: int64
             * @description How many came; each was an event call.transcript, and is in the transcript.
             * @example 12
             */
            phrases: number;
            /**
             * @description Where it stands.
             * @example running
             * @enum {string}
             */
            state: "starting" | "running" | "stopping" | "ended" | "failed";
        };
        TranscriptionBody: {
            /**
             * @description What to do. update: listen for another language.
             * @example start
             * @enum {string}
             */
            action: "start" | "stop" | "update";
            /**
             * @description Of what is said; to start, without it en-US.
             * @example en-GB
             */
            locale?: string;
        };
        Transfer: {
            /**
             * @description Id of the agent.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent: string;
            /**
             * @description The step when the person cannot be rung: no agent any more, taken out, not ready, or refused by Microsoft.
             * @example bye
             */
            failed: string;
            /**
             * @description The step when the person does not take it; without it the one of failed.
             * @example bye
             */
            no_answer?: string;
        };
        TransferBody: {
            /**
             * @description Id of the agent whose Teams rings, whatever the presence says; with the person's forwarding and voicemail.
             * @example 8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55
             */
            agent: string;
            /**
             * @description Who is transferred.
             * @default customer
             * @example customer
             */
            target: string;
        };
        Treated: {
            /**
             * @description On hold by us.
             * @example false
             */
            held: boolean;
            /**
             * @description Microsoft showed the person as muted when it was last looked, which is once a minute and after each mute.
             * @example false
             */
            is_muted: boolean;
            /**
             * @description Microsoft shows the person as on hold; also for the time of a sound that nobody else hears.
             * @example false
             */
            is_on_hold: boolean;
            /**
             * @description Muted by us.
             * @example false
             */
            muted: boolean;
        };
        Trunk: {
            /**
             * @description How Microsoft knows the name: in a resource, or in Teams, never in both.
             * @example acs_direct_routing
             */
            connectivity: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description The SBC's name.
             * @example e0.eu.sbc.example.net
             */
            fqdn: string;
            /**
             * @description builtin: a SIP edge of ours, which Microsoft does not certify; external: a third-party SBC.
             * @enum {string}
             */
            kind: "builtin" | "external";
            /**
             * Format: int64
             * @description Of TLS signalling.
             * @example 5061
             */
            port: number;
            /**
             * @description Id of the resource it is registered in; absent of a trunk of Teams', and of one of ours that a plan took out of its resource.
             * @example eu-1
             */
            resource?: string;
        };
        TrunkCreate: {
            /**
             * @description How Microsoft knows the name; without it as a trunk of a resource. One of Teams' is kept so that no routing document takes its name.
             * @example acs_direct_routing
             */
            connectivity?: string;
            /**
             * @description The SBC's name.
             * @example e0.eu.sbc.example.net
             */
            fqdn: string;
            /**
             * @description Whose SBC it is.
             * @default builtin
             * @enum {string}
             */
            kind: "builtin" | "external";
            /**
             * Format: int64
             * @description Of TLS signalling.
             * @default 5061
             */
            port: number;
            /**
             * @description Id of the resource it is registered in; needed unless it is a trunk of Teams'.
             * @example eu-1
             */
            resource?: string;
        };
        TrunkDomain: {
            /**
             * @description A domain, or the whole name of a trunk.
             * @example eu.sbc.example.net
             */
            name: string;
            /** @description Who has put the TXT record into DNS. */
            published?: components["schemas"]["DomainDone"];
            /**
             * @description open: nobody has done anything. published: the TXT record is said to be in DNS. claimed: the portal is said to have verified it, and Microsoft does not list it as such yet. verified: Microsoft does.
             * @enum {string}
             */
            state: "open" | "published" | "claimed" | "verified";
            /**
             * @description New ones that need it.
             * @example [
             *       "e1.eu.sbc.example.net"
             *     ]
             */
            trunks: string[];
            /**
             * @description What the portal wants the TXT record to say.
             * @example ms93847561
             */
            txt?: string;
            /** @description Who has had the portal verify it. */
            verified?: components["schemas"]["DomainDone"];
        };
        TrunkDomains: {
            /** @description By name. */
            items: components["schemas"]["TrunkDomain"][];
        };
        TrunkHealth: {
            /**
             * Format: int64
             * @description Answered within the last hour; with calls this is the answer-seizure ratio.
             * @example 114
             */
            answered: number;
            /**
             * Format: int64
             * @description Begun within the last hour.
             * @example 120
             */
            calls: number;
            /** @description That the trunk shows. */
            certificate?: components["schemas"]["HealthCertificate"];
            /**
             * @description What is believed: what was seen for long enough that it is no flapping, 90 seconds for the worse and three minutes for the better. degraded: calls pass, but not all of them, or soon not any more.
             * @enum {string}
             */
            condition: "unknown" | "up" | "degraded" | "down";
            /** @description What is wrong with the trunk's name; absent: nothing. */
            dns?: components["schemas"]["HealthReason"];
            /**
             * Format: date-time
             * @description When OPTIONS of Microsoft's came last.
             * @example 2026-12-01T08:59:31Z
             */
            heard_at?: string;
            /**
             * @description builtin: a SIP edge of ours; external: a third-party SBC, of which we cannot know much.
             * @enum {string}
             */
            kind: "builtin" | "external";
            /**
             * Format: date-time
             * @description When a call was answered last, either way.
             * @example 2026-12-01T08:42:10Z
             */
            last_call_at?: string;
            /** @description Of a third-party SBC: what Microsoft says of it, from which the condition follows; absent: it has not been asked yet. */
            microsoft?: components["schemas"]["MicrosoftHealth"];
            /**
             * @description FQDN of a trunk, name of a peer.
             * @example e0.eu.sbc.example.net
             */
            name: string;
            /**
             * @description What is seen now, and will be believed if it stays so.
             * @enum {string}
             */
            next?: "up" | "degraded" | "down";
            /**
             * Format: date-time
             * @description Since when that is seen.
             * @example 2026-12-01T08:59:00Z
             */
            next_since?: string;
            /**
             * @description That has told of it.
             * @example sip-1
             */
            node?: string;
            /** @description What OPTIONS of ours brought: from each of Microsoft's proxies, or from a peer. */
            options: components["schemas"]["OptionsSent"][];
            /**
             * Format: int64
             * @description Of TLS signalling.
             * @example 5061
             */
            port: number;
            /** @description The newest proof of it; absent: none was asked for yet. */
            proof?: components["schemas"]["TrunkProof"];
            /** @description Of everything that is not up. */
            reason?: components["schemas"]["HealthReason"];
            /**
             * Format: date-time
             * @description When it did so last; it does every minute.
             * @example 2026-12-01T08:59:48Z
             */
            seen_at?: string;
            /**
             * Format: date-time
             * @description Since when.
             * @example 2026-12-01T08:00:00Z
             */
            since?: string;
            /** @description The last 24 hours, without gaps. */
            strip: components["schemas"]["HealthStretch"][];
        };
        TrunkHistory: {
            /**
             * Format: int64
             * @description Answered within the last hour; with calls this is the answer-seizure ratio.
             * @example 114
             */
            answered: number;
            /**
             * Format: int64
             * @description Begun within the last hour.
             * @example 120
             */
            calls: number;
            /** @description That the trunk shows. */
            certificate?: components["schemas"]["HealthCertificate"];
            /**
             * @description What is believed: what was seen for long enough that it is no flapping, 90 seconds for the worse and three minutes for the better. degraded: calls pass, but not all of them, or soon not any more.
             * @enum {string}
             */
            condition: "unknown" | "up" | "degraded" | "down";
            /** @description What is wrong with the trunk's name; absent: nothing. */
            dns?: components["schemas"]["HealthReason"];
            /**
             * Format: date-time
             * @description When OPTIONS of Microsoft's came last.
             * @example 2026-12-01T08:59:31Z
             */
            heard_at?: string;
            /**
             * @description builtin: a SIP edge of ours; external: a third-party SBC, of which we cannot know much.
             * @enum {string}
             */
            kind: "builtin" | "external";
            /**
             * Format: date-time
             * @description When a call was answered last, either way.
             * @example 2026-12-01T08:42:10Z
             */
            last_call_at?: string;
            /** @description Of a third-party SBC: what Microsoft says of it, from which the condition follows; absent: it has not been asked yet. */
            microsoft?: components["schemas"]["MicrosoftHealth"];
            /**
             * @description FQDN of a trunk, name of a peer.
             * @example e0.eu.sbc.example.net
             */
            name: string;
            /**
             * @description What is seen now, and will be believed if it stays so.
             * @enum {string}
             */
            next?: "up" | "degraded" | "down";
            /**
             * Format: date-time
             * @description Since when that is seen.
             * @example 2026-12-01T08:59:00Z
             */
            next_since?: string;
            /**
             * @description That has told of it.
             * @example sip-1
             */
            node?: string;
            /** @description What OPTIONS of ours brought: from each of Microsoft's proxies, or from a peer. */
            options: components["schemas"]["OptionsSent"][];
            /**
             * Format: int64
             * @description Of TLS signalling.
             * @example 5061
             */
            port: number;
            /** @description The newest proof of it; absent: none was asked for yet. */
            proof?: components["schemas"]["TrunkProof"];
            /** @description Of everything that is not up. */
            reason?: components["schemas"]["HealthReason"];
            /** @description The oldest first; five minutes of which nobody told are missing. */
            samples: components["schemas"]["HealthSample"][];
            /**
             * Format: date-time
             * @description When it did so last; it does every minute.
             * @example 2026-12-01T08:59:48Z
             */
            seen_at?: string;
            /**
             * Format: date-time
             * @description Since when.
             * @example 2026-12-01T08:00:00Z
             */
            since?: string;
            /** @description The last 24 hours, without gaps. */
            strip: components["schemas"]["HealthStretch"][];
        };
        TrunkProof: {
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-12-01T09:30:00Z
             */
            asked_at: string;
            /**
             * @description Who asked for it, as in the audit trail; absent: the schedule.
             * @example user:c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02
             */
            asker?: string;
            /**
             * @description What he was called then.
             * @example Adele Vance
             */
            asker_name?: string;
            /**
             * Format: date-time
             * @description Of made and broken.
             * @example 2026-12-01T09:30:25Z
             */
            ended_at?: string;
            /**
             * @description Of broken.
             * @example no node that runs has the trunk
             */
            error?: string;
            /**
             * Format: int64
             * @description Checks that failed.
             * @example 0
             */
            failed: number;
            /**
             * @description A UUID; later ones are greater.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            id: string;
            /**
             * @description That makes it.
             * @example edge-1
             */
            node?: string;
            /**
             * Format: int64
             * @description Checks that could not be made.
             * @example 1
             */
            not_shown: number;
            /**
             * Format: int64
             * @description Checks that passed.
             * @example 20
             */
            passed: number;
            /**
             * @description Of made. partly: what was shown is good, and something was not shown.
             * @enum {string}
             */
            result?: "passed" | "partly" | "failed";
            /**
             * @description waiting: for the node that has the trunk; made: there is a report, whatever it says; broken: there is none, and error says why.
             * @enum {string}
             */
            state: "waiting" | "running" | "made" | "broken";
            /**
             * @description FQDN.
             * @example e0.eu.sbc.example.net
             */
            trunk: string;
        };
        TrunkProofCreate: {
            /**
             * @description FQDN of a trunk of an edge of ours.
             * @example e0.eu.sbc.example.net
             */
            trunk: string;
        };
        TrunkReport: {
            /**
             * Format: date-time
             * @description When it began. RFC 3339, UTC.
             * @example 2026-12-01T09:30:02Z
             */
            at: string;
            /** @description That the trunk shows. */
            certificate: components["schemas"]["ReportCertificate"];
            /** @description All that there are, in a fixed order. */
            checks: components["schemas"]["TrunkReportCheck"][];
            /**
             * @description Of the proof.
             * @example 019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092
             */
            id: string;
            /**
             * @description That made it.
             * @example edge-1
             */
            node: string;
            /**
             * Format: int64
             * @description Of TLS signalling.
             * @example 5061
             */
            port: number;
            /**
             * @description That the node runs.
             * @example tandem v1.4.0
             */
            program: string;
            /**
             * @description As customers read it.
             * @example Northwind Telecom
             */
            provider: string;
            /**
             * @description partly: what was shown is good, and something was not shown.
             * @enum {string}
             */
            result: "passed" | "partly" | "failed";
            /**
             * Format: int64
             * @description Milliseconds.
             * @example 24180
             */
            took_ms: number;
            /**
             * @description FQDN.
             * @example e0.eu.sbc.example.net
             */
            trunk: string;
            /**
             * Format: int64
             * @description Of this form.
             * @example 1
             */
            version: number;
        };
        TrunkReportCheck: {
            /**
             * @description Of what was found, where id and state do not tell. It does not change.
             * @example no_call
             */
            code?: string;
            /**
             * @description Lines of what went over the wire.
             * @example [
             *       "INVITE sip:e0.eu.sbc.example.net SIP/2.0"
             *     ]
             */
            evidence: string[];
            /** @description What was measured. */
            figures: components["schemas"]["ReportFigure"][];
            /**
             * @description What to do; of everything that has not passed.
             * @example run tandem doctor on the node
             */
            fix?: string;
            /**
             * @description What there is.
             * @example held for 1 s, and the sound came back after 24 ms
             */
            found: string;
            /**
             * @description It does not change.
             * @example bench.hold
             */
            id: string;
            /**
             * @description Why a trunk has to.
             * @example Microsoft holds with inactive, and nothing else may be sent to it meanwhile; the sound comes back.
             */
            need: string;
            /**
             * @description not-shown: found says why; it is neither good nor bad.
             * @enum {string}
             */
            state: "passed" | "failed" | "not-shown";
            /**
             * @description What was looked at.
             * @example Hold and resume
             */
            title: string;
            /**
             * Format: int64
             * @description Milliseconds.
             * @example 1540
             */
            took_ms: number;
            /**
             * @description live: seen at the running edge; bench: at one that was started for the proof, with the same certificate and settings, between a telephone and a Microsoft that the proof plays.
             * @enum {string}
             */
            way: "live" | "bench";
        };
        Undo: {
            /**
             * @description Teams PowerShell that takes the provider's resources off the list.
             * @example Set-CsTeamsAcsFederationConfiguration …
             */
            script: string;
            /** @description Everything there is to undo. */
            steps: components["schemas"]["UndoStep"][];
        };
        UndoStep: {
            /**
             * @description Stable.
             * @example enterprise_app
             */
            code: string;
            /**
             * @description PowerShell that does it.
             * @example Remove-MgServicePrincipal …
             */
            command?: string;
            /**
             * @description What to do.
             * @example Delete the enterprise application.
             */
            text: string;
            /** @description The directory roles of which one is enough. */
            who: string[];
        };
        Usage: {
            /**
             * Format: int64
             * @description How many different agents talked.
             * @example 17
             */
            agents: number;
            /** @description Calls of the provider's that we were a guest of: talk is how long, people are whom we added. */
            guest: components["schemas"]["Traffic"];
            /** @description Calls that a caller began. */
            inbound: components["schemas"]["Traffic"];
            /**
             * @description In which the calls started, UTC.
             * @example 2026-11
             */
            month: string;
            /** @description Calls that began here, with an agent. */
            outbound: components["schemas"]["Traffic"];
            /**
             * @description The tenant whose calls they were.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant: string;
            /**
             * @description What people call the tenant now.
             * @example Contoso Airlines
             */
            tenant_name?: string;
        };
        Verdict: {
            /**
             * @description As they came.
             * @example ACS 403/5223
             */
            codes?: string;
            /**
             * @description What to do about it; absent: nothing.
             * @example Check the person's Teams Phone licence, Enterprise Voice and federation policy (EnableAcsFederationAccess); the agent's readiness shows which is missing.
             */
            do?: string;
            /**
             * @description Whose it was. tenant: its Teams admin. peer: the carrier or platform on the near side. Finer than the ending's own fault, which is told by the reason alone.
             * @example tenant
             * @enum {string}
             */
            fault: "nobody" | "caller" | "agent" | "tenant" | "provider" | "peer" | "microsoft" | "tandem" | "unknown";
            /**
             * @description Of the row in the table of endings: stable, for texts of your own.
             * @example user_not_allowed
             */
            id: string;
            /**
             * @description Whether the table knows the codes of this ending. If not, what is said is general.
             * @example true
             */
            known: boolean;
            /**
             * @description What happened, in one sentence.
             * @example The tenant's settings do not let our resource call this person.
             */
            what: string;
        };
        VirtualAgent: {
            /**
             * @description Id of a bot of the tenant's.
             * @example 0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77
             */
            bot: string;
            /**
             * @description The step when the bot left, or it was long enough.
             * @example bye
             */
            ended: string;
            /**
             * @description The step when the bot could not be reached, or was lost.
             * @example menu
             */
            failed: string;
            /**
             * @description The step when the bot asks for a person; a hand_over is what it leads to. If the bot says to whom, that counts.
             * @example sales
             */
            handed_over: string;
            /**
             * @description That the bot is told; without it the bot's own.
             * @example en-GB
             */
            language?: string;
            /**
             * Format: int64
             * @description The longest conversation, in seconds; without it 600.
             * @example 600
             */
            max_s?: number;
        };
        VoiceRoute: {
            /**
             * @description Whom the called sees.
             * @example +493012345600
             */
            caller_id_override?: string;
            /**
             * @description For people.
             * @example Calls to Germany
             */
            description?: string;
            /**
             * @description Unique in its resource.
             * @example Germany
             */
            name: string;
            /**
             * @description A regular expression of the numbers. Microsoft reads it as .NET does; new ones must not have what cannot be checked here, look-around and back-references. It may match anywhere in a number unless it says ^ and $.
             * @example ^\+49\d{3,13}$
             */
            pattern: string;
            /**
             * @description Names of trunks of the resource. Which of them takes a call is Microsoft's choice; another one is tried if it fails. Use several routes for an order.
             * @example [
             *       "e0.eu.sbc.example.net"
             *     ]
             */
            trunks: string[];
        };
        Voicemail: {
            /**
             * Format: int64
             * @description The longest message, in seconds; without it 120.
             * @example 120
             */
            max_s?: number;
            /**
             * @description The step after it, also when it could not be recorded.
             * @example bye
             */
            next: string;
            /**
             * @description Asks for the message; it is not recorded.
             * @example [
             *       {
             *         "text": "Please leave a message, and press a key when you are done."
             *       }
             *     ]
             */
            sounds: components["schemas"]["Sound"][];
            /**
             * @description Played when recording has begun.
             * @example [
             *       {
             *         "prompt": "0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77"
             *       }
             *     ]
             */
            tone?: components["schemas"]["Sound"][] | null;
        };
        Waiting: {
            /**
             * Format: double
             * @description Seconds until somebody is free, by how long recent calls of the queue took; absent: nobody can say.
             * @example 90
             */
            estimate_s?: number;
            /**
             * Format: int64
             * @description 1: the next one.
             * @example 2
             */
            position?: number;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            since: string;
            /**
             * @description Why nobody was free when the call asked last, one line an agent.
             * @example [
             *       "Adele Vance is Busy (InACall), 3 s old from graph"
             *     ]
             */
            why?: string[] | null;
        };
        Webhook: {
            /**
             * Format: date-time
             * @description When it was changed last.
             * @example 2026-11-22T09:30:00Z
             */
            changed_at?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            created_at: string;
            /**
             * @description What it is for.
             * @example call records to the CRM
             */
            description?: string;
            /**
             * @description Why nothing is sent: it was asked for, the endpoint answered 410, or it failed for five days on end.
             * @enum {string}
             */
            disabled_reason?: "asked" | "gone" | "failing";
            /**
             * @description Whether anything is sent.
             * @example true
             */
            enabled: boolean;
            /**
             * Format: date-time
             * @description When the first of the failures was since the last success; absent: none.
             * @example 2026-11-22T09:30:00Z
             */
            failing_since?: string;
            /**
             * @description A UUID.
             * @example 0193a5c0-7d1e-7c3a-9b52-6a1f0c9d8e77
             */
            id: string;
            /**
             * Format: date-time
             * @description Until when the secret before this one signs, too.
             * @example 2026-11-23T09:30:00Z
             */
            previous_secret_until?: string;
            /**
             * @description What signs: only in the answers that make one, and never again.
             * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
             */
            secret?: string;
            /**
             * @description The tenant it belongs to; absent for one of the provider, which hears of all tenants.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
            /**
             * @description What people call the tenant; in lists only.
             * @example Contoso Airlines
             */
            tenant_name?: string;
            /**
             * @description The types of event that are sent; empty: all.
             * @example [
             *       "call.ended"
             *     ]
             */
            types: string[];
            /**
             * @description Where events are sent.
             * @example https://platform.example.com/hooks/tandem
             */
            url: string;
        };
        WebhookAttempt: {
            /**
             * @description The first 1024 bytes of it.
             * @example upstream is away
             */
            answer?: string;
            /**
             * Format: date-time
             * @description RFC 3339, UTC.
             * @example 2026-11-22T09:30:00Z
             */
            at: string;
            /**
             * @description Why there was no answer.
             * @example no answer in time
             */
            error?: string;
            /**
             * Format: int64
             * @description The HTTP status of the answer; absent: there was none.
             * @example 500
             */
            status?: number;
            /**
             * Format: double
             * @description Seconds.
             * @example 0.12
             */
            took: number;
        };
        WebhookChange: {
            /**
             * @description What it is for.
             * @example call records to the CRM
             */
            description?: string | null;
            /**
             * @description Whether anything is sent. What happened while it was off is not sent later, but can be replayed.
             * @example true
             */
            enabled?: boolean | null;
            /**
             * @description The types of event to send; empty: all.
             * @example [
             *       "call.ended"
             *     ]
             */
            types?: string[] | null;
            /**
             * @description Where events shall be sent.
             * @example https://platform.example.com/hooks/tandem
             */
            url?: string | null;
        };
        WebhookCreate: {
            /**
             * @description What it is for.
             * @example call records to the CRM
             */
            description?: string;
            /**
             * @description Id of the tenant whose events alone shall be sent; without it the webhook is the provider's and hears of all, or, with a tenant's key, that tenant's.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
            /**
             * @description The types of event to send; empty: all.
             * @example [
             *       "call.ended"
             *     ]
             */
            types?: string[];
            /**
             * @description Where events shall be sent: https, at a public address.
             * @example https://platform.example.com/hooks/tandem
             */
            url: string;
        };
        WebhookDelivery: {
            /** @description The last fifty, the oldest first. */
            attempts: components["schemas"]["WebhookAttempt"][];
            /**
             * @description Id of the event; webhook-id in every attempt.
             * @example 0193a5c0-8a10-7f00-8c00-1f8f5a0d7c21
             */
            event: string;
            /**
             * Format: date-time
             * @description When a pending one is tried again.
             * @example 2026-11-22T09:35:00Z
             */
            next_attempt_at?: string;
            /**
             * @description Failed is given up, and can be replayed.
             * @enum {string}
             */
            state: "pending" | "delivered" | "failed";
            /**
             * @description Whose event it is; absent: the provider's own.
             * @example 0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21
             */
            tenant?: string;
        };
        WebhookReplay: {
            /**
             * @description Id of one event, whether it was delivered, failed, or never for this webhook.
             * @example 0193a5c0-8a10-7f00-8c00-1f8f5a0d7c21
             */
            event?: string;
            /**
             * Format: date-time
             * @description Everything that was given up at or after this moment, at most 10,000 events.
             * @example 2026-11-22T09:30:00Z
             */
            failed_since?: string;
        };
        WebhookReplayed: {
            /**
             * Format: int64
             * @description How many events are on their way again.
             * @example 12
             */
            asked: number;
        };
        WebhookRotate: {
            /**
             * Format: int64
             * @description Seconds for which the old secret signs beside the new one; 0 if it leaked. Without it: a day.
             * @example 86400
             */
            keep_previous?: number;
        };
    };
    responses: {
        /** @description The body is not JSON. */
        400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No key or session, or not a good one. */
        401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The key or the person may not do this, or the tenant's state forbids it. */
        403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description There is no such thing, or not for this key. */
        404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Right in itself, but not in this state. */
        409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body has more than 256 kB, or 25 MB where it is sound. */
        413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something in the request is wrong; errors lists everything. */
        422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A limit is reached. */
        429: {
            headers: {
                /** @description Seconds to wait before trying again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A defect here; request_id finds it in the log. */
        500: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something the installation needs is away; try again. */
        503: {
            headers: {
                /** @description Seconds to wait before trying again. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAgents: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAgent"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createAgent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "oid": "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02",
                 *       "name": "Adele Vance"
                 *     }
                 */
                "application/json": components["schemas"]["AgentCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the agent. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the agent. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the agent. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Adele Vance"
                 *     }
                 */
                "application/json": components["schemas"]["AgentChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    pauseAgent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the agent. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    resumeAgent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the agent. */
                agent: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Agent"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAuditEntry"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    exportAudit: {
        parameters: {
            query?: {
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listBots: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageBot"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createBot: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "name": "Flight status",
                 *       "url": "wss://bot.example.com/calls",
                 *       "language": "en-GB"
                 *     }
                 */
                "application/json": components["schemas"]["BotCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getBot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the bot. */
                bot: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteBot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the bot. */
                bot: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeBot: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the bot. */
                bot: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["BotChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    rotateBot: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the bot. */
                bot: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Bot"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listCalls: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
                /** @description Only what started at this moment or later, RFC 3339. */
                from?: string;
                /** @description Only what started before this moment, RFC 3339. */
                to?: string;
                /** @description Only what ended like this. */
                result?: "completed" | "unanswered" | "abandoned" | "cancelled" | "failed";
                /** @description Only with this agent, by id. */
                agent?: string;
                /** @description Only through this number of the tenant. The + may be left out, because in a query it means a space. */
                number?: string;
                /** @description Only where the caller's, the dialled or the tenant's number ends with these digits. Needs from. */
                number_ending?: string;
                /** @description Only in this phase. */
                phase?: "requested" | "routing" | "connected" | "released" | "ending" | "ended";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCall"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "agents": [
                 *         "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *       ],
                 *       "display_name": "Booking hotline",
                 *       "ring_timeout": 20,
                 *       "context": {
                 *         "ticket": 4711
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["CallCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallCreated"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Call"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    cancelMedia: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getCapture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Capture"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    captureCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["CaptureWanted"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Capture"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteCapture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    downloadCapture: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    stopCapture: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Capture"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    consult: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agent": "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55",
                 *       "display_name": "Second opinion, please",
                 *       "sources": [
                 *         {
                 *           "text": "One moment, please."
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ConsultBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consult"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    cancelConsult: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    mergeConsult: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    sendTones: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tones": "1234#"
                 *     }
                 */
                "application/json": components["schemas"]["DTMFBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    explainCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Explanation"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    exportExplanation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    hangUpCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    exportMessages: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    moveParticipants: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "from_call": "019ab1c2-7d3e-7f00-8a4b-3c5d6e7f8092",
                 *       "participants": [
                 *         "4.0"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["MoveBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Moving"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getOperation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
                /** @description Id of the operation within the call. */
                operation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listParticipants: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageParticipant"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    addParticipant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agent": "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55",
                 *       "display_name": "Second opinion, please"
                 *     }
                 */
                "application/json": components["schemas"]["ParticipantsAdd"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Added"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getParticipant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
                /** @description Id of the participant within the call. */
                participant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Participant"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    removeParticipant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
                /** @description Id of the participant within the call. */
                participant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    holdParticipant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
                /** @description customer, or the id of a participant within the call. */
                participant: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["HoldBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    muteParticipant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
                /** @description customer, or the id of a participant within the call. */
                participant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    unholdParticipant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
                /** @description customer, or the id of a participant within the call. */
                participant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    unmuteParticipant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
                /** @description customer, or the id of a participant within the call. */
                participant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    playToCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sources": [
                 *         {
                 *           "text": "One moment, please."
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["PlayBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getCallQuality: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallQuality"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    recognizeInCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sources": [
                 *         {
                 *           "text": "Please enter your customer number."
                 *         }
                 *       ],
                 *       "listen": {
                 *         "input": "dtmf",
                 *         "max_tones": 6,
                 *         "stop_tones": "#"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["RecognizeBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getCallRecording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallRecording"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    pauseRecording: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    resumeRecording: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    startRecording: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["RecordingStart"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallRecording"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    stopRecording: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    redirectCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agent": "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *     }
                 */
                "application/json": components["schemas"]["RedirectBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    rejectCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["RejectBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    streamCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "action": "start",
                 *       "bot": "0193a5c0-b07a-7c3a-9b52-6a1f0c9d8e77",
                 *       "context": {
                 *         "ticket": 4711
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["StreamingBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Streaming"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    terminateCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTranscript: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePhrase"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteTranscript: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    transcribeCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "action": "start"
                 *     }
                 */
                "application/json": components["schemas"]["TranscriptionBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transcription"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    transferCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agent": "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *     }
                 */
                "application/json": components["schemas"]["TransferBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listCapabilities: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCapability"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listCDRs: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
                /** @description Only what started at this moment or later, RFC 3339. */
                from?: string;
                /** @description Only what started before this moment, RFC 3339. */
                to?: string;
                /** @description Only what ended like this. */
                result?: "completed" | "unanswered" | "abandoned" | "cancelled" | "failed";
                /** @description Only with this agent, by id. */
                agent?: string;
                /** @description Only through this number of the tenant. The + may be left out, because in a query it means a space. */
                number?: string;
                /** @description Only where the caller's, the dialled or the tenant's number ends with these digits. Needs from. */
                number_ending?: string;
                /** @description Only with this reason. */
                reason?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageCDR"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getCDR: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CDR"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    examineNode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Examination"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
                /** @description Only of this type. */
                type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageEvent"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: {
                /** @description The id of the last event that was received; the stream goes on behind it. If that is not kept any more, it begins with the oldest there is. Without it, it begins now. */
                "Last-Event-ID"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listEventTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageEventKind"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listFlows: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageFlow"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "name": "Sales line",
                 *       "document": {
                 *         "steps": [
                 *           {
                 *             "name": "menu",
                 *             "ask": {
                 *               "sounds": [
                 *                 {
                 *                   "text": "For sales press one."
                 *                 }
                 *               ],
                 *               "choices": [
                 *                 {
                 *                   "label": "sales",
                 *                   "tone": "1",
                 *                   "next": "sales"
                 *                 }
                 *               ],
                 *               "retries": 1,
                 *               "no_input": "sales",
                 *               "not_understood": "bye"
                 *             }
                 *           },
                 *           {
                 *             "name": "sales",
                 *             "hand_over": {
                 *               "agents": [
                 *                 "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *               ],
                 *               "music": [
                 *                 {
                 *                   "text": "One moment."
                 *                 }
                 *               ],
                 *               "nobody": "bye",
                 *               "no_answer": "bye"
                 *             }
                 *           },
                 *           {
                 *             "name": "bye",
                 *             "hang_up": {
                 *               "sounds": [
                 *                 {
                 *                   "text": "Please call again."
                 *                 }
                 *               ]
                 *             }
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["FlowCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    rehearseFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "document": {
                 *         "steps": [
                 *           {
                 *             "name": "menu",
                 *             "ask": {
                 *               "sounds": [
                 *                 {
                 *                   "text": "For sales press one."
                 *                 }
                 *               ],
                 *               "choices": [
                 *                 {
                 *                   "label": "sales",
                 *                   "tone": "1",
                 *                   "next": "sales"
                 *                 }
                 *               ],
                 *               "retries": 1,
                 *               "no_input": "sales",
                 *               "not_understood": "bye"
                 *             }
                 *           },
                 *           {
                 *             "name": "sales",
                 *             "hand_over": {
                 *               "agents": [
                 *                 "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *               ],
                 *               "music": [
                 *                 {
                 *                   "text": "One moment."
                 *                 }
                 *               ],
                 *               "nobody": "bye",
                 *               "no_answer": "bye"
                 *             }
                 *           },
                 *           {
                 *             "name": "bye",
                 *             "hang_up": {
                 *               "sounds": [
                 *                 {
                 *                   "text": "Please call again."
                 *                 }
                 *               ]
                 *             }
                 *           }
                 *         ]
                 *       },
                 *       "answers": [
                 *         {
                 *           "press": "1"
                 *         }
                 *       ],
                 *       "handovers": [
                 *         {
                 *           "brings": "answered",
                 *           "after_s": 12
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["FlowRehearse"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Rehearsal"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    validateFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "document": {
                 *         "steps": [
                 *           {
                 *             "name": "menu",
                 *             "ask": {
                 *               "sounds": [
                 *                 {
                 *                   "text": "For sales press one."
                 *                 }
                 *               ],
                 *               "choices": [
                 *                 {
                 *                   "label": "sales",
                 *                   "tone": "1",
                 *                   "next": "sales"
                 *                 }
                 *               ],
                 *               "retries": 1,
                 *               "no_input": "sales",
                 *               "not_understood": "bye"
                 *             }
                 *           },
                 *           {
                 *             "name": "sales",
                 *             "hand_over": {
                 *               "agents": [
                 *                 "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *               ],
                 *               "music": [
                 *                 {
                 *                   "text": "One moment."
                 *                 }
                 *               ],
                 *               "nobody": "bye",
                 *               "no_answer": "bye"
                 *             }
                 *           },
                 *           {
                 *             "name": "bye",
                 *             "hang_up": {
                 *               "sounds": [
                 *                 {
                 *                   "text": "Please call again."
                 *                 }
                 *               ]
                 *             }
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["FlowCheck"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowChecked"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getFlow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the flow. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteFlow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the flow. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    publishFlow: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the flow. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "version": 1
                 *     }
                 */
                "application/json": components["schemas"]["FlowPublish"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    addFlowVersion: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the flow. */
                flow: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "document": {
                 *         "steps": [
                 *           {
                 *             "name": "greeting",
                 *             "say": {
                 *               "next": "bye",
                 *               "sounds": [
                 *                 {
                 *                   "text": "Welcome."
                 *                 }
                 *               ]
                 *             }
                 *           },
                 *           {
                 *             "hang_up": {},
                 *             "name": "bye"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["FlowVersionAdd"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Flow"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getFlowVersion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the flow. */
                flow: string;
                /** @description From 1. */
                version: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FlowVersion"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthReport"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listInvitations: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageInvitation"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    invite: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "items": [
                 *         {
                 *           "name": "Contoso Airlines",
                 *           "home_region": "eu",
                 *           "note": "Adele Vance, IT"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["InvitationsCreate"];
                /**
                 * @example name,home_region,note
                 *     Contoso Airlines,eu,"Adele Vance, IT"
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InvitedList"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    revokeInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the invitation. */
                invitation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageKey"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "contact centre, production",
                 *       "scopes": [
                 *         "calls.read",
                 *         "calls.write"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["KeyCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listScopes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageKeyScope"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the key. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the key. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listNumbers: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageNumber"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createNumber: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "e164": "+493012345678",
                 *       "agents": [
                 *         "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *       ],
                 *       "ring_timeout": 20
                 *     }
                 */
                "application/json": components["schemas"]["NumberCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getNumber: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The number, with +. */
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteNumber: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The number, with +. */
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeNumber: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The number, with +. */
                number: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "ring_timeout": 30,
                 *       "display_name": null
                 *     }
                 */
                "application/json": components["schemas"]["NumberChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Number"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listPeers: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePeer"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createPeer: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "contact-centre",
                 *       "auth": "digest",
                 *       "username": "contact-centre",
                 *       "addresses": [
                 *         "192.0.2.0/24"
                 *       ],
                 *       "max_calls": 100,
                 *       "number_rules": [
                 *         {
                 *           "applies_to": "called_in",
                 *           "match": "00(\\d+)",
                 *           "replace": "+$1"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["PeerCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Peer"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getPeer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the peer. */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Peer"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deletePeer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the peer. */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changePeer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the peer. */
                peer: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "max_calls": 200
                 *     }
                 */
                "application/json": components["schemas"]["PeerChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Peer"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listPlans: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only those of this resource. */
                resource?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePlanSummary"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createPlan: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "resource": "eu-1",
                 *       "reason": "Second edge node",
                 *       "document": {
                 *         "trunks": [
                 *           {
                 *             "fqdn": "e0.eu.sbc.example.net",
                 *             "port": 5061
                 *           },
                 *           {
                 *             "fqdn": "e1.eu.sbc.example.net",
                 *             "port": 5061
                 *           }
                 *         ],
                 *         "routes": [
                 *           {
                 *             "name": "all",
                 *             "pattern": "^\\+[1-9]\\d{3,14}$",
                 *             "trunks": [
                 *               "e0.eu.sbc.example.net",
                 *               "e1.eu.sbc.example.net"
                 *             ]
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PlanCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getPlan: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the plan. */
                plan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    applyPlan: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the plan. */
                plan: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listPrompts: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
                /** @description Only what is called exactly so. */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PagePrompt"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createPrompt: {
        parameters: {
            query: {
                /** @description Id of the tenant; a tenant's key may leave it out. */
                tenant?: string;
                /** @description What people call it; unique in the tenant. */
                name: string;
                /** @description Of what is said: a language tag (BCP 47). */
                language?: string;
            };
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "audio/wav": string;
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getPrompt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the prompt. */
                prompt: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deletePrompt: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the prompt. */
                prompt: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getPromptAudio: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the prompt. */
                prompt: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/wav": string;
                };
            };
            /** @description The part that Range asks for. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/wav": string;
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description Range asks for what is not there. */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    replacePromptAudio: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the prompt. */
                prompt: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "audio/wav": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Prompt"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listProofs: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only those of this trunk. */
                trunk?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTrunkProof"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createProof: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "trunk": "e0.eu.sbc.example.net"
                 *     }
                 */
                "application/json": components["schemas"]["TrunkProofCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkProof"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    renewProofKeys: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProofKeys"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getProof: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the proof. */
                proof: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkProof"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getProofPage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the proof. */
                proof: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getProofReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the proof. */
                proof: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignedReport"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listQueues: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageQueue"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createQueue: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "name": "Sales",
                 *       "agents": [
                 *         "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *       ],
                 *       "wrap_up": 15
                 *     }
                 */
                "application/json": components["schemas"]["QueueCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getQueue: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the queue. */
                queue: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteQueue: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the queue. */
                queue: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeQueue: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the queue. */
                queue: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["QueueChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queue"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listRecordings: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
                /** @description Only of this call. */
                call?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageRecording"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getRecording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the recording. */
                recording: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recording"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteRecording: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the recording. */
                recording: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    downloadRecording: {
        parameters: {
            query?: {
                /** @description Which of its files. */
                index?: number;
            };
            header?: never;
            path: {
                /** @description Id of the recording. */
                recording: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/mpeg": string;
                    "audio/wav": string;
                };
            };
            /** @description The part that Range asks for. */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/mpeg": string;
                    "audio/wav": string;
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            /** @description Range asks for what is not there. */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listRegions: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageRegion"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createRegion: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "eu",
                 *       "name": "Europe"
                 *     }
                 */
                "application/json": components["schemas"]["RegionCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Region"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getRegion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the region. */
                region: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Region"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listResources: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageResource"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createResource: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "eu-1",
                 *       "region": "eu",
                 *       "endpoint": "https://tandem-eu.germany.communication.azure.com/",
                 *       "immutable_id": "e9c1f8d2-2b49-4a53-8a2c-0a4b1f3f5d44",
                 *       "access_key": "bm90IGEga2V5LCBvbmx5IGFuIGV4YW1wbGU=",
                 *       "made_at": "2025-03-01T00:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["ResourceCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getResource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the resource. */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Resource"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listDomains: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the resource. */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkDomains"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    markDomain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the resource. */
                resource: string;
                /** @description The domain, or the whole name of a trunk. */
                domain: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["DomainMark"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DomainMarked"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getRouting: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the resource. */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RoutingDocument"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    importRouting: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the resource. */
                resource: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "reason": "Made in the portal until today"
                 *     }
                 */
                "application/json": components["schemas"]["ImportAsked"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    observeRouting: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the resource. */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ObservedRouting"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getRoutes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the resource. */
                resource: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RouteList"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    setRoutes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the resource. */
                resource: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "routes": [
                 *         {
                 *           "name": "all",
                 *           "pattern": "^\\+[1-9]\\d{3,14}$",
                 *           "trunks": [
                 *             "e0.sbc.example.net"
                 *           ]
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["RoutesChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RouteList"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listTenants: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only whose name, id or Entra tenant id has a word that begins so, for each word of this; in any case. */
                q?: string;
                /** @description Only in one of these states. */
                state?: ("invited" | "onboarding" | "active" | "suspended" | "offboarded")[] | null;
                /** @description Only who stands in one of these ways. */
                standing?: ("ready" | "needs_other" | "waiting" | "blocked" | "paused")[] | null;
                /** @description Only at whom the provider should look, or need not. */
                attention?: "true" | "false";
                /** @description Only of whom something does not hold any more, or all of it. */
                drift?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTenantStanding"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createTenant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "home_region": "eu",
                 *       "name": "Contoso Airlines"
                 *     }
                 */
                "application/json": components["schemas"]["TenantCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    summariseTenants: {
        parameters: {
            query?: {
                /** @description How many of those at which the provider should look. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TenantSummary"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteTenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeTenant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "state": "active"
                 *     }
                 */
                "application/json": components["schemas"]["TenantChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listAgentGroups: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundAgentGroup"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    addAgentGroup: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "group": "d2b1f0de-34f1-4b53-8a3c-5f2f6f1f9a77"
                 *     }
                 */
                "application/json": components["schemas"]["GroupAdd"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentGroup"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    removeAgentGroup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
                /** @description The group's object id in Entra. */
                group: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listStandings: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only who is ready, or who was looked at and is not. */
                ready?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageAgentStanding"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    addAgents: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "oids": [
                 *         "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["AgentsAdd"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AgentsAdded"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getAgentCheck: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProgressShown"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    checkAgents: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProgressShown"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    cancelAgentCheck: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProgressShown"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getAgentFixes: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FixScript"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getAvailability: {
        parameters: {
            query?: {
                /** @description Ids of agents, with commas between them. */
                agents?: string[] | null;
                /** @description The agents who are members of this group of Entra. */
                group?: string;
                /** @description The members of this queue. */
                queue?: string;
            };
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Attendance"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    streamAvailability: {
        parameters: {
            query?: {
                /** @description Ids of agents, with commas between them. */
                agents?: string[] | null;
                /** @description The agents who are members of this group of Entra. */
                group?: string;
                /** @description The members of this queue. */
                queue?: string;
            };
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    askConsent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["ConsentAsk"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentAddress"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    checkConsent: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Track"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getDialling: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dialling"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    setDialling: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "max_legs": 10
                 *     }
                 */
                "application/json": components["schemas"]["DiallingSet"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dialling"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getFederation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Federation"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    checkFederation: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "oid": "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"
                 *     }
                 */
                "application/json": components["schemas"]["RingPerson"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Federation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    cancelFederationCheck: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Federation"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    nameTestUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "days": [
                 *         "mon",
                 *         "fri"
                 *       ],
                 *       "from": "09:00",
                 *       "oid": "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02",
                 *       "until": "17:00",
                 *       "zone": "Europe/Madrid"
                 *     }
                 */
                "application/json": components["schemas"]["TestUserHours"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Federation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    forgetTestUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Federation"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listGrants: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageGrant"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    searchGroups: {
        parameters: {
            query?: {
                /** @description The beginning of a name or an address. */
                search?: string;
                /** @description How many at most. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundDirectoryGroup"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    handOver: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "step": "consent"
                 *     }
                 */
                "application/json": components["schemas"]["HandoverAsk"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HandoverLink"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    offboardTenant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Undo"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getOnboarding: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Track"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    pauseTenant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    searchPeople: {
        parameters: {
            query?: {
                /** @description The beginning of a name or an address. */
                search?: string;
                /** @description How many at most. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundPerson"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getRecordingSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingSettings"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeRecordingSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "retention_days": 90
                 *     }
                 */
                "application/json": components["schemas"]["RecordingSettings"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordingSettings"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createReservation: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "agent": "8b6d8a1c-5e0f-4a39-9a52-9d3d3c0b7e55"
                 *     }
                 */
                "application/json": components["schemas"]["ReservationCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reservation"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteReservation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
                /** @description Id of the reservation. */
                reservation: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    resumeTenant: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Tenant"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    makeTestCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "oid": "c7f1f0de-34f1-4b53-8a3c-5f2f6f1f9a02"
                 *     }
                 */
                "application/json": components["schemas"]["RingPerson"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestCallMade"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTestCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestCall"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    hangUpTestCall: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the tenant. */
                tenant: string;
                /** @description Id of the call. */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getUndo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the tenant. */
                tenant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Undo"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listTrunks: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageTrunk"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createTrunk: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "fqdn": "e0.eu.sbc.example.net",
                 *       "port": 5061,
                 *       "resource": "eu-1",
                 *       "kind": "builtin"
                 *     }
                 */
                "application/json": components["schemas"]["TrunkCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTrunk: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the trunk. */
                fqdn: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trunk"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteTrunk: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Name of the trunk. */
                fqdn: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getTrunkHealth: {
        parameters: {
            query?: {
                /** @description How far back the samples go. */
                hours?: number;
            };
            header?: never;
            path: {
                /** @description Name of the trunk. */
                fqdn: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrunkHistory"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listUsage: {
        parameters: {
            query?: {
                /** @description Only of this tenant. */
                tenant?: string;
                /** @description The first month. */
                from?: string;
                /** @description The last month, itself included. */
                to?: string;
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageUsage"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    exportUsage: {
        parameters: {
            query?: {
                /** @description Only of this tenant. */
                tenant?: string;
                /** @description The first month. */
                from?: string;
                /** @description The last month, itself included. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
                /** @description Only of this tenant. */
                tenant?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageWebhook"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tenant": "0b0f7f3e-9c4e-4a53-8f0e-1f8f5a0d7c21",
                 *       "url": "https://platform.example.com/hooks/tandem",
                 *       "types": [
                 *         "call.ended"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["WebhookCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the webhook. */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the webhook. */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the webhook. */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "enabled": true
                 *     }
                 */
                "application/json": components["schemas"]["WebhookChange"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description How many at most. */
                limit?: number;
                /** @description The next of the page before; without it the list begins. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the webhook. */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PageWebhookDelivery"];
                };
            };
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    replayWebhook: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the webhook. */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "failed_since": "2026-11-22T09:30:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["WebhookReplay"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookReplayed"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    rotateWebhook: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the webhook. */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "keep_previous": 86400
                 *     }
                 */
                "application/json": components["schemas"]["WebhookRotate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A name of your choice: the same request with the same name is done once. Names are remembered for a day.
                 * @example order-4711
                 */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description Id of the webhook. */
                webhook: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookAttempt"];
                };
            };
            400: components["responses"]["400"];
            401: components["responses"]["401"];
            403: components["responses"]["403"];
            404: components["responses"]["404"];
            409: components["responses"]["409"];
            413: components["responses"]["413"];
            422: components["responses"]["422"];
            429: components["responses"]["429"];
            500: components["responses"]["500"];
            503: components["responses"]["503"];
        };
    };
}
