// Who is in a call: added, cancelled, removed, moved, muted, listed.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
	add, addUser, answer, client, contact, dialled, eventually, gone, inference, inOrder, invite, isGUID, number, oid, open, phone, phoneDoes,
	phoneIs, phoneWill, raw, rawIds, rawOf, result, ring, sim, talk, teams, user,
} from './world.mjs';

let app;
before(async () => { app = await open(); });
after(() => app.close());

describe('addParticipant', () => {
	test('a Teams user', async () => {
		const call = await talk(app);
		const added = await call.connection.addParticipant(
			invite(teams('ada'), { sourceDisplayName: 'Contoso queue' }),
			{ operationContext: 'add', invitationTimeoutInSeconds: 30 },
		);
		assert.equal(added.operationContext, 'add');
		isGUID(added.invitationId);
		assert.equal(rawOf(added.participant.identifier), raw.teams('ada'));
		assert.equal(added.participant.isMuted, false);
		const listed = await call.lists(teams('ada'), (p) => p.isMuted === false && p.isOnHold === false);
		const succeeded = await call.operation('AddParticipantSucceeded', 'add');
		inOrder(listed, succeeded);
		assert.equal(listed.time, succeeded.time);
		result(succeeded, 200, 0);
		assert.equal(rawOf(succeeded.participant), raw.teams('ada'));
		assert.ok(listed.sequenceNumber > call.first.sequenceNumber);
		await call.end();
	});

	test('what a Teams user sees', async () => {
		const call = await talk(app);
		await call.connection.addParticipant(invite(teams('manuela'), {
			sourceDisplayName: 'Contoso queue', customCallingContext: [{ kind: 'voip', key: 'order', value: '42' }],
		}));
		const [ringing] = (await sim('GET', `/users/${oid('manuela')}`)).ringing;
		assert.equal(ringing.display_name, 'Contoso queue');
		assert.equal(ringing.from, call.caller.phoneNumber);
		assert.deepEqual(ringing.voip_headers, { order: '42' });
		await sim('POST', `/users/${oid('manuela')}/accept`);
		const succeeded = await call.until('AddParticipantSucceeded');
		assert.equal(succeeded.operationContext, undefined);
		await sim('POST', `/users/${oid('manuela')}/hangup`);
		await call.without(teams('manuela'));
		await call.end();
	});

	test('events go to the operation\'s own address', async () => {
		const call = await talk(app);
		const own = app.callbacks();
		await call.connection.addParticipant(invite(teams('ada')), { operationContext: 'own', operationCallbackUrl: own.url });
		const succeeded = await own.until('AddParticipantSucceeded', (e) => e.operationContext === 'own');
		assert.equal(succeeded.callConnectionId, call.id);
		await call.lists(teams('ada'));
		await call.end();
		assert.equal(call.box.count('AddParticipantSucceeded'), 0);
		assert.deepEqual(own.all.map((e) => e.kind), ['AddParticipantSucceeded']);
	});

	test('a phone number', async () => {
		const call = await talk(app);
		const to = number();
		const added = await call.connection.addParticipant(
			dialled(to, { customCallingContext: [{ kind: 'sipuui', key: '', value: '42;encoding=hex' }, { kind: 'sipx', key: 'order', value: '42' }] }),
			{ operationContext: 'phone' },
		);
		assert.equal(rawOf(added.participant.identifier), raw.phone(to));
		const listed = await call.lists(phone(to));
		const succeeded = await call.operation('AddParticipantSucceeded', 'phone');
		inOrder(listed, succeeded);
		result(succeeded, 200, 0);
		assert.equal(succeeded.participant.phoneNumber, to);
		const [there] = (await phoneIs(to)).calls;
		assert.equal(there.with, contact);
		assert.equal(there.headers['X-MS-Custom-order'], '42');
		assert.equal(there.headers['User-To-User'], '42;encoding=hex');
		await phoneDoes(to, 'hangup');
		await call.without(phone(to));
		await call.end();
	});

	test('an ACS user, for whom the application answers', async () => {
		const call = await talk(app);
		const leg = await addUser(app, call);
		assert.equal(leg.announced.correlationId, call.established.correlationId);
		assert.equal(leg.established.correlationId, call.established.correlationId);
		assert.notEqual(leg.id, call.id);
		await call.lists(leg.user);
		await leg.connection.hangUp(false);
		await leg.until('CallDisconnected');
		await call.without(leg.user);
		await call.end();
	});

	const failure = async (target, code, subCode, meanwhile = () => {}) => {
		const call = await talk(app);
		const { invitationId } = await call.connection.addParticipant(target, { operationContext: 'fails', invitationTimeoutInSeconds: 60 });
		isGUID(invitationId);
		await meanwhile();
		const failed = await call.operation('AddParticipantFailed', 'fails');
		result(failed, code, subCode);
		assert.equal(rawOf(failed.participant), rawOf(target.targetParticipant));
		assert.ok(failed.resultInformation.message.includes(rawOf(target.targetParticipant)), 'the message names whom');
		assert.ok(!rawIds((await call.connection.listParticipants()).values).includes(rawOf(target.targetParticipant)));
		assert.equal(call.box.count('AddParticipantSucceeded'), 0);
		await call.end();
	};

	test('a Teams user declines', () => failure(invite(teams('dora')), [603, 487], [0, 10024]));
	test('a Teams user does not answer', () =>
		failure(invite(teams('nell')), 487, 10004, () => sim('POST', '/clock', { advance: '61s' })));
	test('a Teams user has no client', () => failure(invite(teams('otto')), 480, 10037));
	test('a Teams user of a tenant that forbids it', () => failure(invite(teams('uma')), 403, 5223));
	test('a Teams user who is not there', () =>
		failure(invite({ microsoftTeamsUserId: '11111111-2222-4333-8444-555555555555' }), 480, 10037));
	test('a phone is busy', async () => {
		const to = number();
		await phoneWill(to, 'busy');
		await failure(dialled(to), 486, 560486);
	});
	test('a phone declines', async () => {
		const to = number();
		await phoneWill(to, 'decline');
		await failure(dialled(to), 603, [0, 560603]);
	});
});

describe('cancelAddParticipantOperation', () => {
	const cancelled = async (target) => {
		const call = await talk(app);
		const { invitationId } = await call.connection.addParticipant(target, { operationContext: 'add' });
		const answered = await call.connection.cancelAddParticipantOperation(invitationId, { operationContext: 'cancel' });
		assert.equal(answered.invitationId, invitationId);
		assert.equal(answered.operationContext, 'cancel');
		const succeeded = await call.operation('CancelAddParticipantSucceeded', 'cancel');
		assert.equal(succeeded.invitationId, invitationId);
		// Success in the shape of a failure (facts/observed-events.md §6).
		result(succeeded, 200, 5300);
		assert.match(succeeded.resultInformation.message, /^addParticipants failed for participant /);
		await call.end();
		const failed = await inference('cancel.failed_add') === 'both' ? 1 : 0;
		assert.equal(call.box.count('AddParticipantFailed'), failed);
	};

	test('of a Teams user', () => cancelled(invite(teams('nell'))));

	test('of a phone number', async () => {
		const to = number();
		await phoneWill(to, 'never');
		await cancelled(dialled(to));
	});

	test('too late', async () => {
		const call = await talk(app);
		const { invitationId } = await call.connection.addParticipant(invite(teams('ada')), { operationContext: 'add' });
		await call.operation('AddParticipantSucceeded', 'add');
		const { operationContext } = await call.connection.cancelAddParticipantOperation(invitationId);
		isGUID(operationContext);
		const failed = await call.operation('CancelAddParticipantFailed', operationContext);
		assert.equal(failed.invitationId, invitationId);
		assert.notEqual(failed.resultInformation.code, 200);
		await call.end();
	});
});

describe('removeParticipant', () => {
	test('a Teams user', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		const removed = await call.connection.removeParticipant(teams('ada'), { operationContext: 'remove' });
		assert.equal(removed.operationContext, 'remove');
		const succeeded = await call.operation('RemoveParticipantSucceeded', 'remove');
		result(succeeded, 200, 0);
		assert.equal(rawOf(succeeded.participant), raw.teams('ada'));
		await call.without(teams('ada'));
		await eventually('ada is out', () => sim('GET', `/users/${oid('ada')}`), (u) => u.calls.length === 0);
		await call.end();
	});

	test('the only other party ends the call', async () => {
		const call = await talk(app);
		const { operationContext } = await call.connection.removeParticipant(call.caller);
		isGUID(operationContext);
		inOrder(await call.operation('RemoveParticipantSucceeded', operationContext), await call.until('CallDisconnected'));
		await gone(call);
	});

	test('an ACS user hears it', async () => {
		const call = await talk(app);
		const leg = await addUser(app, call);
		await call.connection.removeParticipant(leg.user, { operationContext: 'remove' });
		await call.operation('RemoveParticipantSucceeded', 'remove');
		await leg.until('CallDisconnected');
		await gone(leg);
		await call.end();
	});

	test('who is not in the call', async () => {
		const call = await talk(app);
		await call.connection.removeParticipant(teams('ada'), { operationContext: 'remove' });
		const failed = await call.operation('RemoveParticipantFailed', 'remove');
		assert.notEqual(failed.resultInformation.code, 200);
		assert.equal(rawOf(failed.participant), raw.teams('ada'));
		await call.end();
	});
});

test('getParticipant and listParticipants', async () => {
	const call = await talk(app);
	await add(call, teams('ada'));
	const to = number();
	await add(call, dialled(to));
	const { values } = await call.connection.listParticipants();
	assert.deepEqual(rawIds(values), [rawOf(call.caller), raw.phone(to), raw.teams('ada')].sort());
	for (const p of values) {
		assert.equal(typeof p.isMuted, 'boolean');
		assert.equal(typeof p.isOnHold, 'boolean');
	}
	const caller = await call.connection.getParticipant(call.caller);
	assert.equal(caller.identifier.phoneNumber, call.caller.phoneNumber);
	const ada = await call.connection.getParticipant(teams('ada'));
	assert.equal(ada.identifier.microsoftTeamsUserId, oid('ada'));
	assert.equal(ada.identifier.cloud, 'public');
	assert.equal(ada.isMuted, false);
	await call.end();
});

test('moveParticipants', async () => {
	const call = await talk(app);
	const other = await talk(app);
	const moved = await call.connection.moveParticipants([other.caller], other.id, { operationContext: 'move' });
	assert.equal(moved.operationContext, 'move');
	assert.equal(moved.fromCall, other.id);
	assert.deepEqual(rawIds(moved.participants), [rawOf(other.caller)]);
	const succeeded = await call.operation('MoveParticipantSucceeded', 'move');
	result(succeeded, 200, 0);
	assert.equal(rawOf(succeeded.participant), rawOf(other.caller));
	assert.equal(succeeded.fromCall, other.id);
	await call.lists(other.caller);
	assert.deepEqual(rawIds((await call.connection.listParticipants()).values), [rawOf(call.caller), rawOf(other.caller)].sort());
	await call.end();
});

test('moveParticipants: somebody who is not in the other call', async () => {
	const call = await talk(app);
	const other = await talk(app);
	const { operationContext } = await call.connection.moveParticipants([teams('ada')], other.id);
	isGUID(operationContext);
	const failed = await call.operation('MoveParticipantFailed', operationContext);
	assert.notEqual(failed.resultInformation.code, 200);
	await other.end();
	await call.end();
});

test('muteParticipant: an ACS user', async () => {
	const call = await talk(app);
	const leg = await addUser(app, call);
	const before = call.box.all.length;
	const muted = await call.connection.muteParticipant(leg.user, { operationContext: 'mute' });
	assert.equal(muted.operationContext, 'mute');
	// An update follows, but was recorded without isMuted: only REST shows it
	// (facts/observed-events.md §5).
	await call.until('ParticipantsUpdated', (e) => e.index >= before);
	assert.equal((await call.connection.getParticipant(leg.user)).isMuted, true);
	assert.equal((await call.connection.getParticipant(call.caller)).isMuted, false);
	await call.end();
});

test('an ACS user calls nobody in particular: two legs of one application', async () => {
	const who = user();
	const call = await answer(app, await ring(app));
	const leg = await addUser(app, call, who);
	const { values } = await leg.connection.listParticipants();
	assert.ok(values.length >= 1);
	assert.ok(!rawIds(values).includes(undefined));
	await client.getCallConnection(call.id).hangUp(true);
	await Promise.all([call.until('CallDisconnected'), leg.until('CallDisconnected')]);
});
