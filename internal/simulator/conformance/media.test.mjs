// What is heard and said: play, recognise, tones, hold, media streaming,
// transcription (facts/call-automation.md §7 to §9).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DtmfTone, createOutboundAudioData, createOutboundStopAudioData } from '@azure/communication-call-automation';
import { hasTone, heard, hears, wav } from './sound.mjs';
import {
	add, answer, dialled, eventually, inOrder, isGUID, number, open, phoneDoes, phoneIs, raw, rawOf, result, ring, talk, teams,
} from './world.mjs';

let app;
before(async () => { app = await open(); });
after(() => app.close());

// speaking is a call with what speech and transcription need.
const speaking = { callIntelligenceOptions: { cognitiveServicesEndpoint: 'https://speech.cognitiveservices.azure.com/' } };
const text = (words) => ({ kind: 'textSource', text: words, voiceName: 'en-US-JennyNeural', sourceLocale: 'en-US' });
const ssml = {
	kind: 'ssmlSource',
	ssmlText: '<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="en-US">' +
		'<voice name="en-US-JennyNeural">Good morning</voice></speak>',
};
const file = (milliseconds) => ({ kind: 'fileSource', url: app.file(wav(milliseconds)) });

// played waits for the start and the completion of a play, in this order.
async function played(call, operationContext) {
	const started = await call.operation('PlayStarted', operationContext);
	const completed = await call.operation('PlayCompleted', operationContext);
	inOrder(started, completed);
	result(started, 200, 0);
	result(completed, 200, 0);
	assert.equal(completed.resultInformation.message, 'Action completed successfully.');
	return [started, completed];
}

describe('play', () => {
	test('a file to all', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		await call.media.playToAll([file(300)], { operationContext: 'play' });
		await played(call, 'play');
		await hears('ada', call);
		await hears(call.caller.phoneNumber);
		await call.end();
	});

	test('several files to all', async () => {
		const call = await talk(app);
		await call.media.playToAll([file(60), file(60)], { operationContext: 'play' });
		await played(call, 'play');
		await call.end();
		assert.equal(call.box.count('PlayCompleted'), 1);
	});

	test('text and SSML to all', async () => {
		const call = await talk(app, speaking);
		await call.media.playToAll([text('Good morning')], { operationContext: 'text' });
		await played(call, 'text');
		await call.media.playToAll([ssml], { operationContext: 'ssml' });
		await played(call, 'ssml');
		await call.end();
	});

	test('to one, who is on hold meanwhile', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		await call.media.play([file(300)], [call.caller], { operationContext: 'play' });
		const held = await call.lists(call.caller, (p) => p.isOnHold);
		const [started, completed] = await played(call, 'play');
		const free = await call.until('ParticipantsUpdated', (e) => e.index > completed.index &&
			e.participants.some((p) => rawOf(p.identifier) === rawOf(call.caller) && !p.isOnHold));
		inOrder(held, started, completed, free);
		await hears(call.caller.phoneNumber);
		assert.ok(!hasTone(await heard('ada', call)), 'ada hears what is for the caller');
		await call.end();
	});

	test('to a Teams user', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		await call.media.play([file(300)], [teams('ada')], { operationContext: 'play' });
		await played(call, 'play');
		await hears('ada', call);
		assert.ok(!hasTone(await heard(call.caller.phoneNumber)), 'the caller hears what is for ada');
		await call.end();
	});

	test('in a loop, until cancelAllOperations', async () => {
		const call = await talk(app);
		await call.media.playToAll([file(60)], { operationContext: 'loop', loop: true });
		await call.operation('PlayStarted', 'loop');
		await call.media.cancelAllOperations();
		result(await call.operation('PlayCanceled', 'loop'), 400, 8508);
		await call.end();
		assert.equal(call.box.count('PlayCompleted'), 0);
	});

	test('one interrupts another', async () => {
		const call = await talk(app);
		await call.media.playToAll([file(60)], { operationContext: 'first', loop: true });
		await call.operation('PlayStarted', 'first');
		await call.media.playToAll([file(60)], { operationContext: 'second', interruptCallMediaOperation: true });
		result(await call.operation('PlayCanceled', 'first'), 400, 8508);
		await played(call, 'second');
		await call.end();
	});

	test('one after another', async () => {
		const call = await talk(app);
		await call.media.playToAll([file(200)], { operationContext: 'first' });
		await call.media.playToAll([file(60)], { operationContext: 'second' });
		await Promise.all([played(call, 'first'), played(call, 'second')]);
		await call.end();
	});

	for (const [what, source, subCode, message] of [
		['a file that is no sound', () => ({ kind: 'fileSource', url: app.file(Buffer.from('no sound')) }), 8535, 'Action failed, file format is invalid.'],
		['a file that is not there', () => ({ kind: 'fileSource', url: `https://${app.host}/files/none.wav` }), 8536, 'Action failed, file could not be downloaded.'],
	]) {
		test(what, async () => {
			const call = await talk(app);
			await call.media.playToAll([source()], { operationContext: 'bad' });
			const failed = await call.operation('PlayFailed', 'bad');
			result(failed, 400, subCode);
			assert.equal(failed.resultInformation.message, message);
			assert.equal(failed.failedPlaySourceIndex, 0);
			await call.end();
		});
	}
});

describe('startRecognizing', () => {
	const dtmf = { kind: 'callMediaRecognizeDtmfOptions' };

	// recognised starts a recognition, lets the caller do something when the
	// prompt is over, and returns the completion.
	const recognised = async (call, options, act) => {
		const operationContext = randomUUID();
		await call.media.startRecognizing(call.caller, {
			initialSilenceTimeoutInSeconds: 10, ...options, operationContext,
		});
		await act();
		const completed = await call.operation('RecognizeCompleted', operationContext);
		assert.equal(completed.callConnectionId, call.id);
		return completed;
	};
	const press = (call, digits) => phoneDoes(call.caller.phoneNumber, 'press', { digits });
	const say = (call, words) => phoneDoes(call.caller.phoneNumber, 'say', { text: words });

	test('dtmf: as many tones as wanted', async () => {
		const call = await talk(app);
		const completed = await recognised(call, { ...dtmf, maxTonesToCollect: 3 }, () => press(call, '12#'));
		result(completed, 200, 8531);
		assert.equal(completed.recognitionType, 'dtmf');
		assert.deepEqual(completed.dtmfResult.tones, [DtmfTone.One, DtmfTone.Two, DtmfTone.Pound]);
		await call.end();
	});

	test('dtmf: up to the stop tone', async () => {
		const call = await talk(app);
		const completed = await recognised(call, { ...dtmf, maxTonesToCollect: 10, stopDtmfTones: [DtmfTone.Pound] }, () => press(call, '47#'));
		result(completed, 200, 8514);
		// Whether the stop tone is among them is not documented.
		assert.deepEqual(completed.dtmfResult.tones.slice(0, 2), [DtmfTone.Four, DtmfTone.Seven]);
		await call.end();
	});

	test('dtmf: a tone interrupts the prompt', async () => {
		const call = await talk(app);
		await call.media.startRecognizing(call.caller, {
			...dtmf, maxTonesToCollect: 1, playPrompt: file(10_000), interruptPrompt: true, operationContext: 'barge',
		});
		await press(call, '5');
		const completed = await call.operation('RecognizeCompleted', 'barge');
		assert.deepEqual(completed.dtmfResult.tones, [DtmfTone.Five]);
		await call.end();
	});

	test('dtmf: silence', async () => {
		const call = await talk(app);
		await call.media.startRecognizing(call.caller, {
			...dtmf, maxTonesToCollect: 1, playPrompt: file(60), initialSilenceTimeoutInSeconds: 1, operationContext: 'silence',
		});
		result(await call.operation('RecognizeFailed', 'silence'), 400, 8510);
		await call.end();
	});

	test('dtmf: a pause that is too long', async () => {
		const call = await talk(app);
		await call.media.startRecognizing(call.caller, {
			...dtmf, maxTonesToCollect: 4, interToneTimeoutInSeconds: 1, operationContext: 'pause',
		});
		await press(call, '1');
		result(await call.operation('RecognizeFailed', 'pause'), 400, 8532);
		await call.end();
	});

	test('dtmf: the prompt cannot be played', async () => {
		const call = await talk(app);
		await call.media.startRecognizing(call.caller, {
			...dtmf, maxTonesToCollect: 1, playPrompt: { kind: 'fileSource', url: app.file(Buffer.from('no sound')) }, operationContext: 'bad',
		});
		const failed = await call.operation('RecognizeFailed', 'bad');
		assert.ok([8511, 8535].includes(failed.resultInformation.subCode), `${failed.resultInformation.subCode}`);
		assert.equal(failed.failedPlaySourceIndex, 0);
		await call.end();
	});

	test('cancelled', async () => {
		const call = await talk(app);
		await call.media.startRecognizing(call.caller, { ...dtmf, maxTonesToCollect: 1, operationContext: 'cancel', initialSilenceTimeoutInSeconds: 60 });
		await call.media.cancelAllOperations();
		result(await call.operation('RecognizeCanceled', 'cancel'), 400, 8508);
		await call.end();
	});

	const choices = {
		kind: 'callMediaRecognizeChoiceOptions',
		speechLanguage: 'en-US',
		choices: [
			{ label: 'Sales', phrases: ['sales', 'buy something'], tone: DtmfTone.One },
			{ label: 'Support', phrases: ['support', 'help'], tone: DtmfTone.Two },
		],
	};

	test('choices, by voice', async () => {
		const call = await talk(app, speaking);
		const completed = await recognised(call, choices, () => say(call, 'I would like to buy something'));
		assert.equal(completed.resultInformation.code, 200);
		assert.equal(completed.recognitionType, 'choices');
		assert.equal(completed.choiceResult.label, 'Sales');
		assert.equal(completed.choiceResult.recognizedPhrase.toLowerCase(), 'buy something');
		await call.end();
	});

	test('choices, by a tone', async () => {
		const call = await talk(app, speaking);
		const completed = await recognised(call, choices, () => press(call, '2'));
		assert.equal(completed.recognitionType, 'choices');
		assert.equal(completed.choiceResult.label, 'Support');
		assert.ok(!completed.choiceResult.recognizedPhrase);
		await call.end();
	});

	test('speech', async () => {
		const call = await talk(app, speaking);
		const completed = await recognised(call, {
			kind: 'callMediaRecognizeSpeechOptions', endSilenceTimeoutInSeconds: 1, speechLanguage: 'en-US', playPrompt: text('Yes?'),
		}, () => say(call, 'My order has not come'));
		assert.equal(completed.recognitionType, 'speech');
		assert.match(completed.speechResult.speech, /my order has not come/i);
		assert.ok(completed.speechResult.confidence > 0);
		await call.end();
	});

	const either = { kind: 'callMediaRecognizeSpeechOrDtmfOptions', maxTonesToCollect: 2, endSilenceTimeoutInSeconds: 1, speechLanguage: 'en-US' };

	test('speech or dtmf: speech', async () => {
		const call = await talk(app, speaking);
		const completed = await recognised(call, either, () => say(call, 'An agent please'));
		assert.equal(completed.recognitionType, 'speech');
		assert.match(completed.speechResult.speech, /an agent please/i);
		await call.end();
	});

	test('speech or dtmf: dtmf', async () => {
		const call = await talk(app, speaking);
		const completed = await recognised(call, either, () => press(call, '90'));
		assert.equal(completed.recognitionType, 'dtmf');
		assert.deepEqual(completed.dtmfResult.tones, [DtmfTone.Nine, DtmfTone.Zero]);
		await call.end();
	});
});

describe('tones', () => {
	test('continuous recognition', async () => {
		const call = await talk(app);
		await call.media.startContinuousDtmfRecognition(call.caller, { operationContext: 'tones' });
		await phoneDoes(call.caller.phoneNumber, 'press', { digits: '5*' });
		const first = await call.operation('ContinuousDtmfRecognitionToneReceived', 'tones');
		const second = await call.operation('ContinuousDtmfRecognitionToneReceived', 'tones');
		assert.deepEqual([first.tone, second.tone], [DtmfTone.Five, DtmfTone.Asterisk]);
		assert.ok(second.sequenceId > first.sequenceId);
		await call.media.stopContinuousDtmfRecognition(call.caller, { operationContext: 'stop' });
		const stopped = await call.operation('ContinuousDtmfRecognitionStopped', 'stop');
		result(stopped, 200);
		await phoneDoes(call.caller.phoneNumber, 'press', { digits: '1' });
		await call.end();
		assert.equal(call.box.count('ContinuousDtmfRecognitionToneReceived'), 2);
	});

	test('sendDtmfTones', async () => {
		const call = await talk(app);
		const to = number();
		await add(call, dialled(to));
		const sent = await call.media.sendDtmfTones([DtmfTone.One, DtmfTone.Pound], dialled(to).targetParticipant, { operationContext: 'send' });
		assert.equal(sent.operationContext, 'send');
		result(await call.operation('SendDtmfTonesCompleted', 'send'), 200, 0);
		assert.equal((await phoneIs(to)).digits, '1#');
		assert.equal((await phoneIs(call.caller.phoneNumber)).digits, undefined);
		await call.end();
	});
});

describe('hold', () => {
	test('hold and unhold', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		await call.media.hold(call.caller, { operationContext: 'hold' });
		await call.lists(call.caller, (p) => p.isOnHold);
		assert.equal((await call.connection.getParticipant(call.caller)).isOnHold, true);
		const held = call.box.all.length;
		await call.media.unhold(call.caller, { operationContext: 'unhold' });
		await call.until('ParticipantsUpdated', (e) => e.index >= held &&
			e.participants.some((p) => rawOf(p.identifier) === rawOf(call.caller) && !p.isOnHold));
		assert.equal((await call.connection.getParticipant(call.caller)).isOnHold, false);
		await call.end();
		assert.equal(call.box.count('HoldFailed'), 0);
	});

	test('hold with music', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		await call.media.hold(call.caller, { playSource: file(200), operationContext: 'music' });
		await call.lists(call.caller, (p) => p.isOnHold);
		await hears(call.caller.phoneNumber);
		assert.ok(!hasTone(await heard('ada', call)), 'ada hears the music');
		await call.media.unhold(call.caller);
		await eventually('unheld', () => call.connection.getParticipant(call.caller), (p) => !p.isOnHold);
		await call.end();
	});

	test('music that is not there ends the hold', async () => {
		const call = await talk(app);
		await call.media.hold(call.caller, {
			playSource: { kind: 'fileSource', url: `https://${app.host}/files/none.wav` }, operationContext: 'music',
		});
		const failed = await call.operation('HoldFailed', 'music');
		result(failed, 400, 8536);
		await call.until('ParticipantsUpdated', (e) => e.index > failed.index && e.participants.every((p) => !p.isOnHold));
		await call.end();
	});
});

describe('media streaming', () => {
	// streamed answers a call with a stream that waits to be started.
	const streamed = async (more) => {
		const stream = app.stream();
		const call = await answer(app, await ring(app, { from: number() }), {
			mediaStreamingOptions: {
				transportType: 'websocket', transportUrl: stream.url, contentType: 'audio', audioChannelType: 'unmixed',
				startMediaStreaming: false, ...more,
			},
		});
		return { call, stream };
	};
	const started = async (call, stream) => {
		const [event, open] = await Promise.all([call.until('MediaStreamingStarted'), stream.until('open')]);
		assert.deepEqual(event.mediaStreamingUpdate,
			{ contentType: 'Audio', mediaStreamingStatus: 'mediaStreamingStarted', mediaStreamingStatusDetails: 'subscriptionStarted' });
		assert.equal(open.headers['x-ms-call-connection-id'], call.id);
		assert.equal(open.headers['x-ms-call-correlation-id'], call.props.correlationId);
		return open;
	};
	const caller = (call) => rawOf(call.props.source);
	const callerNumber = (call) => caller(call).slice('4:'.length);

	test('start and stop, unmixed', async () => {
		const { call, stream } = await streamed();
		const subscription = call.props.mediaStreamingSubscription;
		assert.ok(subscription.id);
		assert.equal(subscription.state, 'inactive');
		await call.media.startMediaStreaming({ operationContext: 'start' });
		await started(call, stream);
		const metadata = await stream.until('AudioMetadata');
		assert.deepEqual({ encoding: metadata.encoding, sampleRate: metadata.sampleRate, channels: metadata.channels },
			{ encoding: 'PCM', sampleRate: 16_000, channels: 1 });
		assert.equal(metadata.index, 1, 'the first frame');
		await phoneDoes(callerNumber(call), 'say', { text: 'Good morning' });
		const frame = await stream.until('AudioData', (f) => !f.isSilent);
		assert.equal(Buffer.from(frame.data, 'base64').length, 640);
		assert.equal(frame.participant.phoneNumber, callerNumber(call));
		assert.ok(!Number.isNaN(Date.parse(frame.timestamp)));
		const state = (await call.connection.getCallConnectionProperties()).mediaStreamingSubscription;
		assert.equal(state.state, 'active');
		await call.media.stopMediaStreaming({ operationContext: 'stop' });
		const stopped = await call.until('MediaStreamingStopped');
		assert.equal(stopped.mediaStreamingUpdate.mediaStreamingStatus, 'mediaStreamingStopped');
		assert.equal(stopped.mediaStreamingUpdate.mediaStreamingStatusDetails, 'subscriptionStopped');
		await call.end();
	});

	test('from the beginning, mixed, 24 kHz', async () => {
		const { call, stream } = await streamed({ startMediaStreaming: true, audioChannelType: 'mixed', audioFormat: 'pcm24KMono' });
		await started(call, stream);
		assert.equal((await stream.until('AudioMetadata')).sampleRate, 24_000);
		const frame = await stream.until('AudioData');
		assert.equal(Buffer.from(frame.data, 'base64').length, 960);
		assert.equal(frame.participant, undefined);
		await call.end();
		await stream.until('closed');
	});

	test('tones in the stream', async () => {
		const { call, stream } = await streamed({ startMediaStreaming: true, enableDtmfTones: true });
		await started(call, stream);
		await phoneDoes(callerNumber(call), 'press', { digits: '3' });
		assert.equal((await stream.until('DtmfData')).data, '3');
		await call.end();
	});

	test('in both directions', async () => {
		const { call, stream } = await streamed({ startMediaStreaming: true, enableBidirectional: true, audioChannelType: 'mixed' });
		const { socket } = await started(call, stream);
		await add(call, teams('ada'));
		// A second of sound by the SDK's own writer, in frames of 20 ms.
		const sound = wav(1000).subarray(44);
		for (let at = 0; at < sound.length; at += 640) {
			socket.send(createOutboundAudioData(sound.subarray(at, at + 640).toString('base64')));
		}
		await hears('ada', call);
		socket.send(createOutboundStopAudioData());
		await stream.until('AudioData');
		await call.end();
		await stream.until('closed');
	});

	test('an address where nobody answers', async () => {
		const call = await answer(app, await ring(app), {
			mediaStreamingOptions: {
				transportType: 'websocket', transportUrl: 'wss://127.0.0.1:9/', contentType: 'audio', audioChannelType: 'mixed', startMediaStreaming: true,
			},
		});
		const failed = await call.until('MediaStreamingFailed');
		assert.equal(failed.mediaStreamingUpdate.mediaStreamingStatus, 'mediaStreamingFailed');
		assert.ok(['initialWebSocketConnectionFailed', 'streamConnectionUnsuccessful'].includes(failed.mediaStreamingUpdate.mediaStreamingStatusDetails));
		await call.end();
	});
});

describe('transcription', () => {
	const transcribed = async (more) => {
		const stream = app.stream();
		const from = number();
		const call = await answer(app, await ring(app, { from }), {
			...speaking,
			transcriptionOptions: { transportType: 'websocket', transportUrl: stream.url, locale: 'en-US', startTranscription: false, ...more },
		});
		return { call, stream, from };
	};

	test('start, update, stop', async () => {
		const { call, stream, from } = await transcribed();
		assert.equal(call.props.transcriptionSubscription.state, 'inactive');
		await call.media.startTranscription({ locale: 'en-US', operationContext: 'start' });
		const [event, open] = await Promise.all([call.operation('TranscriptionStarted', 'start'), stream.until('open')]);
		assert.deepEqual(event.transcriptionUpdate, { transcriptionStatus: 'transcriptionStarted', transcriptionStatusDetails: 'subscriptionStarted' });
		assert.equal(open.headers['x-ms-call-connection-id'], call.id);
		const metadata = await stream.until('TranscriptionMetadata');
		assert.equal(metadata.locale.toLowerCase(), 'en-us');
		assert.equal(metadata.callConnectionId, call.id);
		assert.equal(metadata.correlationId, call.props.correlationId);
		isGUID(metadata.subscriptionId);

		await phoneDoes(from, 'say', { text: 'Good morning' });
		const data = await stream.until('TranscriptionData', (d) => d.resultState.toLowerCase() === 'final');
		assert.match(data.text, /good morning/i);
		assert.equal(data.format, 'display');
		assert.equal(rawOf(data.participant), raw.phone(from));
		assert.ok(data.confidence > 0 && data.confidence <= 1);
		assert.ok(data.durationInTicks > 0);
		assert.deepEqual(data.words.map((w) => w.text.toLowerCase()), ['good', 'morning']);
		assert.ok(data.words[1].offsetInTicks > data.words[0].offsetInTicks);

		await call.media.updateTranscription('es-ES', { operationContext: 'update' });
		const updated = await call.operation('TranscriptionUpdated', 'update');
		assert.equal(updated.transcriptionUpdate.transcriptionStatusDetails, 'transcriptionLocaleUpdated');
		const state = (await call.connection.getCallConnectionProperties()).transcriptionSubscription;
		assert.equal(state.state, 'active');
		assert.equal(state.locale.toLowerCase(), 'es-es');

		await call.media.stopTranscription({ operationContext: 'stop' });
		const stopped = await call.operation('TranscriptionStopped', 'stop');
		assert.deepEqual(stopped.transcriptionUpdate, { transcriptionStatus: 'transcriptionStopped', transcriptionStatusDetails: 'subscriptionStopped' });
		await call.end();
	});

	test('who comes later is transcribed too', async () => {
		const { call, stream } = await transcribed({ startTranscription: true });
		await stream.until('TranscriptionMetadata');
		const to = number();
		await add(call, dialled(to));
		await phoneDoes(to, 'say', { text: 'This is the agent' });
		const data = await stream.until('TranscriptionData', (d) => rawOf(d.participant) === raw.phone(to));
		assert.match(data.text, /this is the agent/i);
		await call.end();
	});

	test('from the beginning, with intermediate results', async () => {
		const { call, stream, from } = await transcribed({ startTranscription: true, enableIntermediateResults: true });
		await call.until('TranscriptionStarted');
		await stream.until('TranscriptionMetadata');
		await phoneDoes(from, 'say', { text: 'I am calling about an order that I made last week' });
		const [intermediate, final] = await Promise.all([
			stream.until('TranscriptionData', (d) => d.resultState.toLowerCase() === 'intermediate'),
			stream.until('TranscriptionData', (d) => d.resultState.toLowerCase() === 'final'),
		]);
		inOrder(intermediate, final);
		await call.end();
		await stream.until('closed');
	});
});
