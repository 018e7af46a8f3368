// Calls as a whole: made, answered, redirected, rejected, joined, transferred,
// ended.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
	Call, add, answer, client, connect, contact, dial, dialled, eventually, gone, inOrder, invite, isGUID, number, oid, open,
	phone, phoneDoes, phoneIs, phoneWill, raw, rawIds, rawOf, refused, result, ring, sim, talk, teams, user,
} from './world.mjs';

let app;
before(async () => { app = await open(); });
after(() => app.close());

const calls = (who) => sim('GET', `/users/${oid(who)}`).then((u) => u.calls);

describe('incoming', () => {
	test('an announced call says who calls whom', async () => {
		const from = number();
		const e = await ring(app, { from, headers: { 'X-MS-Custom-Order': '42' } });
		assert.deepEqual(e.from, { kind: 'phoneNumber', rawId: raw.phone(from), phoneNumber: { value: from } });
		assert.deepEqual(e.to, { kind: 'phoneNumber', rawId: raw.phone(contact), phoneNumber: { value: contact } });
		assert.equal(e.callerDisplayName, '');
		assert.equal(e.customContext.sipHeaders['X-MS-Custom-Order'], '42');
		assert.equal(e.subject, `/caller/${raw.phone(from)}/recipient/${raw.phone(contact)}`);
		assert.ok(e.serverCallId && e.incomingCallContext);
		isGUID(e.correlationId);
		await client.rejectCall(e.incomingCallContext);
	});

	test('answerCall', async () => {
		const announced = await ring(app);
		const box = app.callbacks();
		const before = new Call(await client.answerCall(announced.incomingCallContext, box.url, { operationContext: 'answer' }), box);
		isGUID(before.id);
		assert.equal(before.props.callConnectionState, 'unknown');
		assert.equal(before.props.serverCallId, announced.serverCallId);
		assert.equal(before.props.correlationId, announced.correlationId);
		assert.equal(before.props.callbackUri, box.url);
		assert.equal(rawOf(before.props.source), announced.from.rawId);
		assert.equal(before.props.answeredFor.phoneNumber, contact);

		const call = await before.connected();
		assert.equal(call.established.operationContext, 'answer');
		assert.equal(call.established.serverCallId, announced.serverCallId);
		assert.equal(call.established.correlationId, announced.correlationId);
		result(call.established, 200, 0);
		assert.deepEqual(rawIds(call.first.participants), [announced.from.rawId]);
		assert.equal(call.first.operationContext, undefined);
		assert.ok(Number.isInteger(call.first.sequenceNumber));

		const now = await call.connection.getCallConnectionProperties();
		assert.equal(now.callConnectionState, 'connected');
		assert.equal(now.callConnectionId, call.id);
		assert.equal(now.serverCallId, announced.serverCallId);

		await call.connection.hangUp(false);
		const ended = await call.until('CallDisconnected');
		assert.equal(ended.operationContext, 'answer');
		result(ended, 200, 7000);
		await gone(call);
	});

	test('answerCall by an identity of the resource', async () => {
		const me = user();
		const announced = await ring(app);
		const call = await answer(app, announced, {}, connect({ sourceIdentity: me }));
		assert.deepEqual(call.props.answeredby, me);
		await call.end();
	});

	test('the caller hangs up', async () => {
		const call = await talk(app);
		await sim('POST', `/calls/${call.id}/hangup`);
		result(await call.until('CallDisconnected'), 200, 540000);
		await gone(call);
	});

	for (const callRejectReason of [undefined, 'none', 'busy', 'forbidden']) {
		test(`rejectCall, reason ${callRejectReason}`, async () => {
			const from = number();
			const announced = await ring(app, { from });
			await client.rejectCall(announced.incomingCallContext, { callRejectReason });
			const left = await sim('GET', '/calls');
			assert.ok(!left.some((c) => c.from === from), 'the caller still waits');
		});
	}

	test('redirectCall to a Teams user', async () => {
		const from = number();
		const announced = await ring(app, { from });
		await client.redirectCall(announced.incomingCallContext, invite(teams('manuela')));
		await sim('POST', `/users/${oid('manuela')}/accept`);
		const [call] = await eventually('the redirected call', () => calls('manuela'), (list) => list.length === 1);
		assert.equal(call.from, from);
		await sim('POST', `/users/${oid('manuela')}/hangup`);
	});

	test('redirectCall to a phone number', async () => {
		const from = number();
		const announced = await ring(app, { from });
		const to = number();
		await client.redirectCall(announced.incomingCallContext, dialled(to));
		const all = await eventually('the redirected call', () => sim('GET', '/calls'),
			(list) => list.some((c) => c.participants.includes(raw.phone(from)) && c.participants.includes(raw.phone(to))));
		assert.ok(all);
		await phoneDoes(to, 'hangup');
	});

	test('redirectCall to an ACS user rings the application again', async () => {
		const who = user();
		const announced = await ring(app);
		await client.redirectCall(announced.incomingCallContext, invite(who));
		const again = await app.grid.until('IncomingCall', (e) => e.to.rawId === rawOf(who));
		assert.equal(again.from.rawId, announced.from.rawId);
		assert.equal(again.to.communicationUser.id, rawOf(who));
		const call = await answer(app, again);
		await call.end();
	});
});

describe('createCall', () => {
	test('to a Teams user', async () => {
		const call = await dial(app, invite(teams('ada'), { sourceDisplayName: 'Contoso' }), { operationContext: 'create' });
		isGUID(call.id);
		assert.equal(call.props.callConnectionState, 'connecting');
		assert.equal(call.props.serverCallId, undefined);
		assert.deepEqual(call.props.targetParticipants.map(rawOf), [raw.teams('ada')]);
		assert.equal(call.props.callbackUri, call.url);
		assert.match(call.props.source.communicationUserId, /^8:acs:/);
		isGUID(call.props.correlationId);

		await call.connected();
		assert.equal(call.established.operationContext, 'create');
		assert.equal(call.established.correlationId, call.props.correlationId);
		result(call.established, 200, 0);
		await eventually('the list', () => call.connection.listParticipants(), (l) => rawIds(l.values).includes(raw.teams('ada')));
		const now = await call.connection.getCallConnectionProperties();
		assert.equal(now.callConnectionState, 'connected');
		assert.ok(now.serverCallId);

		await call.connection.hangUp(true);
		const ended = await call.until('CallDisconnected');
		result(ended, 200);
		assert.equal(ended.operationContext, 'create');
		await gone(call);
	});

	test('to a phone number', async () => {
		const to = number();
		const call = await dial(app, dialled(to, { sourceDisplayName: 'Contoso' }), { operationContext: 'phone' });
		assert.equal(call.props.callConnectionState, 'connecting');
		assert.deepEqual(call.props.targetParticipants.map(rawOf), [raw.phone(to)]);
		assert.equal(call.props.sourceCallerIdNumber.phoneNumber, contact);
		await call.connected();
		assert.equal(call.established.operationContext, 'phone');
		const [there] = (await phoneIs(to)).calls;
		assert.deepEqual([there.state, there.with, there.shown], ['talking', contact, 'Contoso']);
		await phoneDoes(to, 'hangup');
		result(await call.until('CallDisconnected'), 200);
		await gone(call);
	});

	test('to an ACS user, who is the application itself', async () => {
		const who = user();
		const call = await dial(app, invite(who));
		const announced = await app.grid.until('IncomingCall', (e) => e.to.rawId === rawOf(who));
		assert.equal(announced.from.kind, 'communicationUser');
		assert.equal(announced.correlationId, call.props.correlationId);
		const leg = await answer(app, announced);
		await call.connected();
		assert.notEqual(leg.id, call.id);
		assert.equal(leg.established.correlationId, call.established.correlationId);
		// A call of two ends for both (facts/call-automation.md §6).
		await call.connection.hangUp(false);
		result(await call.until('CallDisconnected'), 200, 7000);
		result(await leg.until('CallDisconnected'), 200, [5001, 7000]);
		await gone(call);
		await gone(leg);
	});

	// CreateCallFailed and CallDisconnected come in either order; only the latter
	// has the operation context (facts/call-automation.md §11.4 #7).
	const fails = async (call, code, subCode) => {
		const [failed, ended] = await Promise.all([call.until('CreateCallFailed'), call.until('CallDisconnected')]);
		result(failed, code, subCode);
		result(ended, code, subCode);
		assert.equal(failed.operationContext, undefined);
		assert.equal(ended.operationContext, 'fails');
		assert.equal(call.box.count('CallConnected'), 0);
		await gone(call);
	};
	const options = { operationContext: 'fails' };

	test('a Teams user declines', async () => {
		await fails(await dial(app, invite(teams('dora')), options), [603, 487], [0, 10024]);
	});

	test('a Teams user has no client', async () => {
		await fails(await dial(app, invite(teams('otto')), options), 480, 10037);
	});

	test('a Teams user never answers', async () => {
		const call = await dial(app, invite(teams('nell')), options);
		await sim('POST', '/clock', { advance: '3m' });
		await fails(call, [487, 408]);
	});

	for (const [behaviour, codes] of Object.entries({ decline: [603], busy: [486] })) {
		test(`a phone: ${behaviour}`, async () => {
			const to = number();
			await phoneWill(to, behaviour);
			await fails(await dial(app, dialled(to), options), codes);
		});
	}

	test('an ACS user rejects', async () => {
		const who = user();
		const call = await dial(app, invite(who), options);
		const announced = await app.grid.until('IncomingCall', (e) => e.to.rawId === rawOf(who));
		await client.rejectCall(announced.incomingCallContext);
		await fails(call, 603, 0);
	});
});

test('createGroupCall', async () => {
	const to = number();
	const box = app.callbacks();
	const made = await client.createGroupCall([teams('ada'), phone(to)], box.url, {
		operationContext: 'group', sourceCallIdNumber: phone(contact), sourceDisplayName: 'Contoso',
	});
	const call = new Call(made, box);
	assert.equal(call.props.callConnectionState, 'connecting');
	assert.deepEqual(call.props.targetParticipants.map(rawOf).sort(), [raw.phone(to), raw.teams('ada')].sort());
	await call.connected();
	assert.equal(call.established.operationContext, 'group');
	await eventually('both', () => call.connection.listParticipants(),
		(l) => [raw.phone(to), raw.teams('ada')].every((id) => rawIds(l.values).includes(id)));
	// Without the application two are left, who go on.
	await call.connection.hangUp(false);
	await call.until('CallDisconnected');
	await gone(call);
	assert.equal((await calls('ada')).length, 1);
	await phoneDoes(to, 'hangup');
	await eventually('the end for ada', () => calls('ada'), (list) => list.length === 0);
});

describe('connectCall', () => {
	const join = async (locator, operationContext) => {
		const box = app.callbacks();
		return new Call(await client.connectCall(locator, box.url, { operationContext }), box);
	};

	test('by server call id', async () => {
		const call = await talk(app);
		const second = await join({ kind: 'serverCallLocator', id: call.props.serverCallId }, 'connect');
		await second.connected();
		assert.notEqual(second.id, call.id);
		assert.equal(second.established.operationContext, 'connect');
		assert.equal(second.established.serverCallId, call.established.serverCallId);
		assert.ok(rawIds((await second.connection.listParticipants()).values).includes(rawOf(call.caller)));
		await second.connection.hangUp(true);
		await Promise.all([second.until('CallDisconnected'), call.until('CallDisconnected')]);
	});

	for (const [kind, id] of [['groupCallLocator', randomUUID()], ['roomCallLocator', '99514392876150387']]) {
		test(`by ${kind}`, async () => {
			const first = await join({ kind, id }, 'first');
			const established = await first.until('CallConnected');
			assert.equal(established.operationContext, 'first');
			result(established, 200, 0);
			const second = await join({ kind, id }, 'second');
			assert.equal((await second.until('CallConnected')).serverCallId, established.serverCallId);
			await first.connection.hangUp(true);
			await Promise.all([first.until('CallDisconnected'), second.until('CallDisconnected')]);
		});
	}

	test('a call that is not there', async () => {
		const call = await talk(app);
		const id = call.props.serverCallId;
		await call.end();
		const box = app.callbacks();
		const attempt = client.connectCall({ kind: 'serverCallLocator', id }, box.url);
		// Whether the service refuses or fails later is not documented.
		const accepted = await attempt.then(() => true, () => false);
		if (accepted) result(await box.until('ConnectFailed'), [400, 404]);
		else await refused(attempt, 404, '8522');
	});
});

describe('transferCallToParticipant', () => {
	const transferred = async (call, target, options) => {
		const { operationContext } = await call.connection.transferCallToParticipant(target, { operationContext: 'transfer', ...options });
		assert.equal(operationContext, 'transfer');
		const accepted = await call.operation('CallTransferAccepted', 'transfer');
		result(accepted, 200, 0);
		assert.equal(accepted.transferTarget.rawId, rawOf(target));
		return accepted;
	};

	// over ends a call of which it is not documented what a transfer made of it.
	const over = (call) => call.connection.hangUp(true).catch((error) => assert.equal(error.code, '8522'));

	test('to a Teams user', async () => {
		const call = await talk(app);
		const accepted = await transferred(call, teams('ada'));
		assert.equal(accepted.transferee.rawId, rawOf(call.caller));
		inOrder(accepted, await call.until('CallDisconnected'));
		await gone(call);
		assert.equal((await calls('ada')).length, 1);
		await phoneDoes(call.caller.phoneNumber, 'hangup');
		await eventually('the end for ada', () => calls('ada'), (list) => list.length === 0);
	});

	test('to a phone number', async () => {
		const call = await talk(app);
		const to = number();
		inOrder(await transferred(call, phone(to), { sourceCallIdNumber: phone(contact) }), await call.until('CallDisconnected'));
		await gone(call);
		assert.equal((await phoneIs(to)).calls[0].state, 'talking');
		await phoneDoes(to, 'hangup');
		await eventually('the end for the caller', () => phoneIs(call.caller.phoneNumber), (p) => p.calls.length === 0);
	});

	test('of one in a group', async () => {
		const call = await talk(app);
		await add(call, teams('ada'));
		const to = number();
		const accepted = await transferred(call, phone(to), { transferee: call.caller, sourceCallIdNumber: phone(contact) });
		assert.equal(accepted.transferee.rawId, rawOf(call.caller));
		await phoneDoes(to, 'hangup');
		await over(call);
	});

	test('the target declines', async () => {
		const call = await talk(app);
		const { operationContext } = await call.connection.transferCallToParticipant(teams('dora'));
		isGUID(operationContext);
		const failed = await call.operation('CallTransferFailed', operationContext);
		result(failed, [603, 487], [0, 10024]);
		await over(call);
	});
});
