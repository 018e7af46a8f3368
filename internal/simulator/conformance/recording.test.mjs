// Recordings: made by the SDK; fetched by a signed request, because the SDK
// downloads from Microsoft's hosts only (facts/call-automation.md §10).
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hasTone, wav } from './sound.mjs';
import { add, client, endpoint, eventually, inOrder, isGUID, oid, open, signed, sim, talk, teams } from './world.mjs';

let app;
before(async () => { app = await open(); });
after(() => app.close());

const recording = client.getCallRecording();
const audio = { recordingContent: 'audio', recordingChannel: 'mixed', recordingFormat: 'wav' };

// start starts a recording whose states go to an address of their own.
async function start(options) {
	const states = app.callbacks();
	const { recordingId, recordingState, recordingKind } = await recording.start({
		...audio, recordingStateCallbackEndpointUrl: states.url, ...options,
	});
	assert.ok(recordingId);
	assert.equal(recordingState, options.pauseOnStart ? 'inactive' : 'active');
	assert.equal(recordingKind, 'azureCommunicationServices');
	return { id: recordingId, states };
}

const state = (states, wanted, after_ = -1) =>
	states.until('RecordingStateChanged', (e) => e.state === wanted && e.index > after_);

// file waits for Event Grid to say where the recording lies, which takes the
// service some minutes.
async function file(id) {
	await sim('POST', '/clock', { advance: '15m' });
	const event = await app.grid.until('RecordingFileStatusUpdated', (e) =>
		e.recordingStorageInfo.recordingChunks.length > 0 && e.subject.includes(id));
	const [chunk] = event.recordingStorageInfo.recordingChunks;
	return { event, chunk };
}

const fetched = (method, url, headers) => signed(method, url, { headers, host: endpoint.host, query: false });

test('start, getState, pause, resume, stop', async () => {
	const call = await talk(app);
	const { id, states } = await start({ callLocator: { kind: 'serverCallLocator', id: call.props.serverCallId } });
	// The form is recorded: two ids in JSON (facts/call-automation.md §10).
	const ids = JSON.parse(Buffer.from(id, 'base64url'));
	isGUID(ids.PlatformEndpointId);
	isGUID(ids.ResourceSpecificId);

	const active = await state(states, 'active');
	assert.equal(active.recordingId, id);
	assert.equal(active.recordingKind, 'azureCommunicationServices');
	assert.equal(active.operationContext, undefined);
	assert.ok(Date.parse(active.startDateTime) > 0);
	assert.equal(active.source, `calling/recordings/${call.props.serverCallId}/${id}/RecordingStateChanged`);
	assert.deepEqual(await recording.getState(id), { recordingId: id, recordingKind: 'azureCommunicationServices', recordingState: 'active' });

	await recording.pause(id);
	const paused = await state(states, 'inactive', active.index);
	assert.equal((await recording.getState(id)).recordingState, 'inactive');
	await recording.resume(id);
	const resumed = await state(states, 'active', paused.index);
	assert.equal((await recording.getState(id)).recordingState, 'active');
	await recording.stop(id);
	const stopped = await state(states, 'inactive', resumed.index);
	inOrder(active, paused, resumed, stopped);
	await call.end();
	assert.equal(call.box.count('RecordingStateChanged'), 0);
});

describe('the file', () => {
	test('mixed: metadata, whole, in part, deleted', async () => {
		const call = await talk(app);
		const { id, states } = await start({ callConnectionId: call.id });
		await state(states, 'active');
		await call.media.playToAll([{ kind: 'fileSource', url: app.file(wav(500)) }], { operationContext: 'tone' });
		await call.operation('PlayCompleted', 'tone');
		await recording.stop(id);
		const { event, chunk } = await file(id);
		assert.equal(event.recordingContentType.toLowerCase(), 'audio');
		assert.equal(event.recordingChannelType.toLowerCase(), 'mixed');
		assert.equal(event.recordingFormatType.toLowerCase(), 'wav');
		assert.ok(Date.parse(event.recordingStartTime) > 0);
		assert.ok(event.recordingDurationMs >= 400, `${event.recordingDurationMs} ms`);
		assert.ok(event.sessionEndReason);
		assert.equal(chunk.index, 0);
		for (const key of ['documentId', 'endReason', 'contentLocation', 'metadataLocation', 'deleteLocation']) {
			assert.ok(chunk[key], key);
		}

		const whole = await fetched('GET', chunk.contentLocation);
		assert.equal(whole.status, 200);
		const bytes = Buffer.from(await whole.arrayBuffer());
		assert.equal(bytes.toString('latin1', 0, 4), 'RIFF');
		assert.equal(bytes.readUInt16LE(22), 1, 'channels');
		assert.ok(hasTone(bytes), 'what was played is in the recording');
		const part = await fetched('GET', chunk.contentLocation, { Range: 'bytes=8-11' });
		assert.equal(part.status, 206);
		assert.equal(await part.text(), 'WAVE');
		const metadata = await fetched('GET', chunk.metadataLocation);
		assert.equal(metadata.status, 200);
		assert.ok(await metadata.json());
		assert.equal((await fetch(chunk.contentLocation)).status, 401, 'unsigned');

		assert.equal((await fetched('DELETE', chunk.deleteLocation)).status, 200);
		assert.equal((await fetched('GET', chunk.contentLocation)).status, 404);
		await call.end();
	});

	test('the SDK refuses the simulator\'s address', async () => {
		await assert.rejects(recording.downloadStreaming(`${endpoint.href}recording`));
	});

	test('unmixed, with channels for whom', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		const { id, states } = await start({
			callConnectionId: call.id, recordingChannel: 'unmixed',
			channelAffinity: [{ channel: 0, targetParticipant: call.caller }, { channel: 1, targetParticipant: teams('ada') }],
		});
		await state(states, 'active');
		await recording.stop(id);
		await state(states, 'inactive');
		const { event, chunk } = await file(id);
		assert.equal(event.recordingChannelType.toLowerCase(), 'unmixed');
		const whole = await fetched('GET', chunk.contentLocation);
		assert.ok(Buffer.from(await whole.arrayBuffer()).readUInt16LE(22) >= 2, 'channels');
		await call.end();
	});
});

test('people in Teams see that they are recorded, also those who come later', async () => {
	const call = await talk(app);
	await add(call, teams('ada'));
	const { id } = await start({ callConnectionId: call.id });
	const banner = async (name) => (await sim('GET', `/users/${oid(name)}`)).calls[0]?.recording;
	await eventually('the banner', () => banner('ada'), (shown) => shown);
	await add(call, teams('alan'));
	await eventually('the banner of who comes late', () => banner('alan'), (shown) => shown);
	await recording.stop(id);
	await eventually('no banner', () => banner('ada'), (shown) => shown === false);
	await call.end();
});

test('paused on start, ended by the end of the call', async () => {
	const call = await talk(app);
	const { id, states } = await start({ callConnectionId: call.id, pauseOnStart: true });
	assert.equal((await recording.getState(id)).recordingState, 'inactive');
	await recording.resume(id);
	const active = await state(states, 'active');
	await call.end();
	await state(states, 'inactive', active.index);
	await file(id);
});
