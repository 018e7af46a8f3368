// What the service refuses, with status and code (facts/call-automation.md §3,
// §6, §8, §13).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { wav } from './sound.mjs';
import {
	add, addUser, answer, client, connect, dialled, endpoint, eventually, gone, inference, invite, number, open, phone, phoneDoes, refused, ring, signed, sim, talk,
	teams, user,
} from './world.mjs';

let app;
before(async () => { app = await open(); });
after(() => app.close());

const nowhere = 'http://127.0.0.1:9/callbacks';
const url = () => app.callbacks().url;

describe('requests', () => {
	test('a wrong key', async () => {
		const stranger = connect({ key: Buffer.from('not the key of this resource').toString('base64') });
		await refused(stranger.createCall(invite(teams('ada')), url()), 401, '7509');
		await refused(stranger.getCallConnection(randomUUID()).getCallConnectionProperties(), 401, '7509');
	});

	test('an unknown api-version', async () => {
		const old = connect({ apiVersion: '2024-11-15-preview' });
		await assert.rejects(old.getCallConnection(randomUUID()).getCallConnectionProperties(), (error) => {
			assert.equal(error.statusCode, 404);
			assert.match(error.message, /^No HTTP resource was found that matches the request URI/);
			return true;
		});
	});

	test('a path that is sent with bare colons', async () => {
		const call = await talk(app);
		const path = `calling/callConnections/${call.id}/participants/4:${call.caller.phoneNumber}`;
		const res = await signed('GET', `${endpoint.href}${path}?api-version=2026-03-12`);
		assert.equal(res.status, 200);
		assert.equal((await res.json()).identifier.rawId, `4:${call.caller.phoneNumber}`);
		await call.end();
	});

	test('headers of the answer', async () => {
		const id = randomUUID();
		const res = await signed('GET', `${endpoint.href}calling/callConnections/${randomUUID()}?api-version=2026-03-12`,
			{ headers: { 'x-ms-client-request-id': id } });
		assert.equal(res.status, 404);
		assert.equal(res.headers.get('content-type'), 'application/json; charset=utf-8');
		assert.equal(res.headers.get('x-ms-client-request-id'), id);
		assert.ok(res.headers.get('x-microsoft-skype-chain-id'));
		assert.ok(res.headers.get('x-azure-ref'));
		assert.deepEqual(await res.json(), { error: { code: '8522', message: 'Call not found.' } });
	});

	test('a request that is repeated is done once', async () => {
		const call = await talk(app);
		const body = JSON.stringify({ participantToAdd: { rawId: `8:orgid:${teams('ada').microsoftTeamsUserId}` }, operationContext: 'again' });
		const target = `${endpoint.href}calling/callConnections/${call.id}/participants:add?api-version=2026-03-12`;
		const headers = {
			'Content-Type': 'application/json', 'Repeatability-Request-ID': randomUUID(), 'Repeatability-First-Sent': new Date().toUTCString(),
		};
		const first = await signed('POST', target, { body, headers });
		const second = await signed('POST', target, { body, headers });
		assert.equal(first.status, 202);
		assert.equal(second.status, 202);
		assert.equal(first.headers.get('repeatability-result'), 'accepted');
		assert.deepEqual(await second.json(), await first.json());
		await call.operation('AddParticipantSucceeded', 'again');
		await call.end();
		assert.equal(call.box.count('AddParticipantSucceeded'), 1);
	});

	test('throttled', async () => {
		const call = await talk(app);
		await sim('POST', '/faults', { knob: 'http.status', scope: 'get_call', value: '429', times: 1 });
		await assert.rejects(call.connection.getCallConnectionProperties(), (error) => error.statusCode === 429);
		await sim('POST', '/faults', { knob: 'http.status', scope: 'get_call', value: '429', times: 1 });
		const patient = connect({ retryOptions: { maxRetries: 1 } });
		const now = await patient.getCallConnection(call.id).getCallConnectionProperties();
		assert.equal(now.callConnectionId, call.id);
		await call.end();
	});
});

describe('callback addresses', () => {
	test('plain http', async () => {
		const from = number();
		const announced = await ring(app, { from });
		await refused(client.answerCall(announced.incomingCallContext, nowhere), 400, '8523');
		await refused(client.createCall(invite(teams('ada')), nowhere), 400, '8523');
		await refused(client.createGroupCall([teams('ada'), teams('alan')], nowhere), 400, '8523');
		const call = await answer(app, announced);
		await refused(client.connectCall({ kind: 'serverCallLocator', id: call.props.serverCallId }, nowhere), 400, '8523');
		const own = { operationCallbackUrl: nowhere };
		await refused(call.connection.addParticipant(invite(teams('ada')), own), 400, '8523');
		await refused(call.connection.removeParticipant(phone(from), own), 400, '8523');
		await refused(call.connection.transferCallToParticipant(teams('ada'), own), 400, '8523');
		await refused(call.media.playToAll([{ kind: 'fileSource', url: app.file(wav(20)) }], own), 400, '8523');
		await call.end();
	});

	test('no address', async () => {
		const announced = await ring(app);
		await refused(client.answerCall(announced.incomingCallContext, ''), 400, '8523');
		await client.rejectCall(announced.incomingCallContext);
	});
});

describe('incomingCallContext', () => {
	test('unknown', () => refused(client.answerCall('eyJhbGciOiJSUzI1NiJ9.e30.', url()), 400, '8523'));

	test('used', async () => {
		const announced = await ring(app);
		const call = await answer(app, announced);
		if (await inference('context.single_use') === 'no') {
			const again = await client.answerCall(announced.incomingCallContext, call.url);
			assert.equal(again.callConnectionProperties.callConnectionId, call.id);
		} else {
			await refused(client.answerCall(announced.incomingCallContext, url()), [400, 404], '8522', '8523');
		}
		await refused(client.rejectCall(announced.incomingCallContext), [400, 404], '8522', '8523');
		await call.end();
		await refused(client.answerCall(announced.incomingCallContext, url()), 404, '8522');
	});

	test('of a caller who gave up', async () => {
		const announced = await ring(app);
		const [waiting] = (await sim('GET', '/calls')).filter((c) => c.correlation_id === announced.correlationId);
		await sim('POST', `/calls/${waiting.correlation_id}/hangup`);
		await eventually('the end of the call', () => sim('GET', '/calls'), (all) => !all.some((c) => c.correlation_id === announced.correlationId));
		await refused(client.answerCall(announced.incomingCallContext, url()), 404, '8522');
	});
});

describe('a call that is over', () => {
	const everything = (call, other) => {
		const c = call.connection;
		const target = call.caller;
		const file = { kind: 'fileSource', url: app.file(wav(20)) };
		return {
			getCallConnectionProperties: () => c.getCallConnectionProperties(),
			hangUp: () => c.hangUp(false),
			terminate: () => c.hangUp(true),
			transfer: () => c.transferCallToParticipant(teams('ada')),
			add: () => c.addParticipant(invite(teams('ada'))),
			cancel: () => c.cancelAddParticipantOperation(randomUUID()),
			remove: () => c.removeParticipant(target),
			move: () => c.moveParticipants([other.caller], other.id),
			mute: () => c.muteParticipant(user()),
			list: () => c.listParticipants(),
			get: () => c.getParticipant(target),
			play: () => call.media.play([file], [target]),
			playToAll: () => call.media.playToAll([file]),
			recognize: () => call.media.startRecognizing(target, { kind: 'callMediaRecognizeDtmfOptions', maxTonesToCollect: 1 }),
			cancelAll: () => call.media.cancelAllOperations(),
			startDtmf: () => call.media.startContinuousDtmfRecognition(target),
			stopDtmf: () => call.media.stopContinuousDtmfRecognition(target),
			sendDtmf: () => call.media.sendDtmfTones(['one'], target),
			hold: () => call.media.hold(target),
			unhold: () => call.media.unhold(target),
			startTranscription: () => call.media.startTranscription(),
			stopTranscription: () => call.media.stopTranscription(),
			updateTranscription: () => call.media.updateTranscription('en-US'),
			startStreaming: () => call.media.startMediaStreaming(),
			stopStreaming: () => call.media.stopMediaStreaming(),
			record: () => client.getCallRecording().start({ callConnectionId: call.id }),
		};
	};
	const all = async (call) => {
		const other = await talk(app);
		for (const [name, operation] of Object.entries(everything(call, other))) {
			await refused(operation(), 404, '8522').catch((error) => assert.fail(`${name}: ${error.message}`));
		}
		await other.end();
	};

	test('hung up: every operation is refused', async () => {
		const call = await talk(app);
		await call.end();
		await all(call);
	});

	test('transferred: every operation is refused', async () => {
		const call = await talk(app);
		await call.connection.transferCallToParticipant(teams('ada'));
		await call.until('CallTransferAccepted');
		await call.until('CallDisconnected');
		await all(call);
		await phoneDoes(call.caller.phoneNumber, 'hangup');
	});

	test('never there', async () => {
		const call = client.getCallConnection(randomUUID());
		await refused(call.getCallConnectionProperties(), 404, '8522');
		await refused(call.listParticipants(), 404, '8522');
	});
});

test('a call that rings: nothing can be done with it', async () => {
	const { callConnection } = await client.createCall(invite(teams('nell')), url());
	await refused(callConnection.addParticipant(invite(teams('ada'))), 400, '8501', '8585');
	await refused(callConnection.getCallMedia().playToAll([{ kind: 'fileSource', url: app.file(wav(20)) }]), 400, '8501', '8585');
	await callConnection.hangUp(true);
});

describe('participants', () => {
	test('mute is for ACS users', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		await refused(call.connection.muteParticipant(call.caller), [400, 405], '8523', '8520');
		await refused(call.connection.muteParticipant(teams('ada')), [400, 405], '8523', '8520');
		await call.end();
	});

	test('who is not in the call', async () => {
		const call = await talk(app);
		await refused(call.connection.getParticipant(teams('ada')), 404, '8522');
		await refused(call.connection.getParticipant(phone(number())), 404, '8522');
		await call.end();
	});

	test('identifiers that are none', async () => {
		const call = await talk(app);
		await refused(call.connection.addParticipant(invite({ microsoftTeamsUserId: 'ada@contoso.com' })), 400, '8523');
		await refused(call.connection.addParticipant(dialled('0800-flowers')), 400, '8523');
		await call.end();
	});

	test('a ring of more than three minutes', async () => {
		const call = await talk(app);
		await refused(call.connection.addParticipant(invite(teams('ada')), { invitationTimeoutInSeconds: 181 }), 400, '8523');
		await call.end();
	});

	test('a phone number without a caller id', async () => {
		const call = await talk(app);
		await refused(call.connection.addParticipant(invite(phone(number()))), 400, '8523');
		await refused(client.createCall(invite(phone(number())), url()), 400, '8523');
		await call.end();
	});

	test('users of another resource', async () => {
		const stranger = { communicationUserId: `8:acs:${randomUUID()}_${randomUUID()}` };
		const call = await talk(app);
		await refused(call.connection.addParticipant(invite(stranger)), [400, 403], '8523', '7603', '7602');
		await call.end();
	});
});

describe('media', () => {
	test('hold is not for Teams users', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		if (await inference('hold.teams') === 'allowed') {
			await call.media.hold(teams('ada'));
			await call.lists(teams('ada'), (p) => p.isOnHold);
		} else {
			await refused(call.media.hold(teams('ada')), 400, '8523');
		}
		await call.end();
	});

	test('DTMF is recognised from and sent to phones', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		const options = { kind: 'callMediaRecognizeDtmfOptions', maxTonesToCollect: 1 };
		await refused(call.media.startRecognizing(teams('ada'), options), [400, 405], '8523', '8520');
		await refused(call.media.sendDtmfTones(['one'], teams('ada')), [400, 405], '8523', '8520');
		await call.end();
	});

	test('text without a cognitive services endpoint', async () => {
		const call = await talk(app);
		const text = { kind: 'textSource', text: 'Good morning', voiceName: 'en-US-JennyNeural' };
		// 405/8522, 400/8567, or accepted and PlayFailed 8565 (facts/call-automation.md §7).
		const attempt = call.media.playToAll([text], { operationContext: 'text' });
		if (await attempt.then(() => true, () => false)) {
			const failed = await call.operation('PlayFailed', 'text');
			assert.equal(failed.resultInformation.subCode, 8565);
		} else {
			await assert.rejects(attempt, (error) => ['405/8522', '400/8567'].includes(`${error.statusCode}/${error.code}`));
		}
		await call.end();
	});

	test('timeouts out of range', async () => {
		const call = await talk(app);
		const dtmf = { kind: 'callMediaRecognizeDtmfOptions', maxTonesToCollect: 1 };
		await refused(call.media.startRecognizing(call.caller, { ...dtmf, initialSilenceTimeoutInSeconds: 301 }), 400, '8523');
		await refused(call.media.startRecognizing(call.caller, { ...dtmf, interToneTimeoutInSeconds: 61 }), 400, '8523');
		await refused(call.media.sendDtmfTones(Array(19).fill('one'), call.caller), 400, '8523');
		await call.end();
	});

	test('what may not run together', async () => {
		const call = await talk(app);
		const leg = await addUser(app, call);
		const file = { kind: 'fileSource', url: app.file(wav(2000)) };
		await call.media.play([file], [call.caller], { operationContext: 'running', loop: true });
		await call.operation('PlayStarted', 'running');
		await refused(call.media.play([file], [leg.user]), 412, '8583');
		await refused(call.media.sendDtmfTones(['one'], call.caller), 412, '8583');
		await refused(call.media.startContinuousDtmfRecognition(call.caller), 412, '8583');
		await call.media.cancelAllOperations();
		await call.operation('PlayCanceled', 'running');
		await call.end();
	});

	test('streaming and transcription that were not set up', async () => {
		const call = await talk(app);
		// Missing configuration is 405/8522 (facts/call-automation.md §3).
		await refused(call.media.startMediaStreaming(), [400, 405], '8522', '8523', '8500');
		await refused(call.media.startTranscription({ locale: 'en-US' }), [400, 405], '8522', '8523', '8500');
		await call.end();
	});
});

describe('recording', () => {
	const recording = client.getCallRecording();

	test('a recording that is not there', async () => {
		const id = Buffer.from(JSON.stringify({ PlatformEndpointId: randomUUID(), ResourceSpecificId: randomUUID() })).toString('base64url');
		await refused(recording.getState(id), 404, '8522');
		await refused(recording.pause(id), 404, '8522');
		await refused(recording.resume(id), 404, '8522');
		await refused(recording.stop(id), 404, '8522');
	});

	test('neither or both of locator and connection', async () => {
		const call = await talk(app);
		await refused(recording.start({}), 400, '8523');
		await refused(recording.start({
			callConnectionId: call.id, callLocator: { kind: 'serverCallLocator', id: call.props.serverCallId },
		}), 400, '8523');
		await call.end();
	});

	test('rooms, and unmixed video', async () => {
		const call = await talk(app);
		await refused(recording.start({ callLocator: { kind: 'roomCallLocator', id: '99514392876150387' } }), 400, '8523');
		await refused(recording.start({
			callConnectionId: call.id, recordingContent: 'audioVideo', recordingChannel: 'unmixed', recordingFormat: 'mp4',
		}), 400, '8523');
		await call.end();
	});

	test('twice', async () => {
		const call = await talk(app);
		const { recordingId } = await recording.start({ callConnectionId: call.id, recordingContent: 'audio', recordingFormat: 'wav' });
		await refused(recording.start({ callConnectionId: call.id, recordingContent: 'audio', recordingFormat: 'wav' }), 400, '8559', '8553');
		await recording.stop(recordingId);
		await call.end();
		await gone(call);
	});
});
