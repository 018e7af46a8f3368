// The SDK's client, the people around the simulator, and what tests do again
// and again.
import assert from 'node:assert/strict';
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { CallAutomationClient } from '@azure/communication-call-automation';
import { App } from './app.mjs';

const env = process.env;

export const contact = '+493023125000'; // the contact centre's number
export const raw = {
	phone: (number) => `4:${number}`,
	teams: (name) => `8:orgid:${oid(name)}`,
};

// oid is the Entra object id of a person; conformance_test.go says who is there.
export function oid(name) {
	const id = JSON.parse(env.MSIM_USERS)[name];
	assert.ok(id, `no user ${name}`);
	return id;
}

// connect makes a client of the SDK. Plain http is what the simulator's
// resources speak on loopback.
export function connect({ key = env.MSIM_ACCESS_KEY, ...options } = {}) {
	return new CallAutomationClient(`endpoint=${env.MSIM_ENDPOINT};accesskey=${key}`, {
		allowInsecureConnection: true,
		retryOptions: { maxRetries: 0 },
		...options,
	});
}

export const client = connect();

// open starts the application and subscribes it to the resource's events.
export async function open() {
	const app = await App.start();
	await sim('POST', '/subscriptions', {
		resource: env.MSIM_RESOURCE, url: `https://${app.host}/grid`, types: ['IncomingCall', 'RecordingFileStatusUpdated'],
	});
	if (env.MSIM_TURN_INFERENCES) await sim('PUT', '/inferences', { flip: true });
	return app;
}

// Identifiers. Every test calls with numbers and ids of its own.
let serial = 0;
export const number = () => `+4930901${String(800000 + ++serial)}`;
export const phone = (value) => ({ phoneNumber: value });
export const teams = (name) => ({ microsoftTeamsUserId: oid(name) });
export const user = () => ({ communicationUserId: `8:acs:${env.MSIM_IMMUTABLE_ID}_${randomUUID()}` });
export const invite = (target, more = {}) => ({ targetParticipant: target, ...more });
// dialled is an invitation of a phone number, which needs a caller id.
export const dialled = (value, more = {}) => invite(phone(value), { sourceCallIdNumber: phone(contact), ...more });

export const rawOf = (identifier) => {
	if (identifier.rawId) return identifier.rawId;
	if (identifier.phoneNumber) return raw.phone(identifier.phoneNumber);
	if (identifier.microsoftTeamsUserId) return `8:orgid:${identifier.microsoftTeamsUserId}`;
	return identifier.communicationUserId;
};
export const rawIds = (participants) => participants.map((p) => rawOf(p.identifier)).sort();

// sim asks the simulator's control interface.
export async function sim(method, path, body) {
	const res = await fetch(env.MSIM_CONTROL + path, {
		method,
		headers: { 'Content-Type': 'application/json' },
		body: body === undefined ? undefined : JSON.stringify(body),
	});
	const text = await res.text();
	assert.ok(res.ok, `${method} /_sim${path}: ${res.status} ${text}`);
	return text ? JSON.parse(text) : undefined;
}

// inference is what the simulator decides where the fact sheets only infer; a
// run of the tests has every decision turned around.
export const inference = async (name) => {
	const found = (await sim('GET', '/inferences')).find((i) => i.name === name);
	assert.ok(found, `no inference ${name}`);
	return found.value;
};

export const phoneIs = (value) => sim('GET', `/phones/${encodeURIComponent(value)}`);
export const phoneDoes = (value, what, body) => sim('POST', `/phones/${encodeURIComponent(value)}/${what}`, body ?? {});
export const phoneWill = (value, behaviour) => sim('PUT', `/phones/${encodeURIComponent(value)}`, { behaviour });

// eventually asks again until the answer is as wanted; for states that nothing
// announces.
export async function eventually(what, ask, wanted) {
	const deadline = Date.now() + 10_000;
	for (;;) {
		const answer = await ask();
		if (wanted(answer)) return answer;
		assert.ok(Date.now() < deadline, `${what}: still ${JSON.stringify(answer)}`);
	}
}

// Call is one leg of the application: the SDK's connection and its mailbox.
export class Call {
	constructor(result, box) {
		this.props = result.callConnectionProperties;
		this.connection = result.callConnection;
		this.media = this.connection.getCallMedia();
		this.id = this.props.callConnectionId;
		this.box = box;
		this.url = box.url;
	}

	until(kind, predicate) {
		return this.box.until(kind, predicate);
	}

	// connected waits for the two events that establish a leg, in either order
	// (facts/call-automation.md §11.4 #1).
	async connected() {
		[this.established, this.first] = await Promise.all([
			this.until('CallConnected'),
			this.until('ParticipantsUpdated', (e) => e.participants.length > 0),
		]);
		assert.equal(this.established.callConnectionId, this.id);
		return this;
	}

	// operation waits for the event that answers the operation with that context.
	operation(kind, operationContext) {
		return this.until(kind, (e) => e.operationContext === operationContext);
	}

	// lists waits for an update with that participant as the predicate wants it.
	lists(identifier, predicate = () => true) {
		const wanted = rawOf(identifier);
		return this.until('ParticipantsUpdated', (e) =>
			e.participants.some((p) => rawOf(p.identifier) === wanted && predicate(p)));
	}

	// without waits for an update that does not show the participant.
	without(identifier) {
		const gone = rawOf(identifier);
		return this.until('ParticipantsUpdated', (e) => !rawIds(e.participants).includes(gone));
	}

	async end() {
		await this.connection.hangUp(true);
		return this.until('CallDisconnected');
	}
}

// ring lets a phone call the contact centre and returns what Event Grid says.
export async function ring(app, { from = number(), to = contact, headers } = {}) {
	await sim('POST', '/incoming', { resource: env.MSIM_RESOURCE, from, to, headers });
	return app.grid.until('IncomingCall', (e) => e.from.rawId === raw.phone(from));
}

// answer takes an announced call.
export async function answer(app, announced, options, with_ = client) {
	const box = app.callbacks();
	const call = new Call(await with_.answerCall(announced.incomingCallContext, box.url, options), box);
	return call.connected();
}

// talk is ring and answer: the usual beginning. The caller's number is in caller.
export async function talk(app, options) {
	const from = number();
	const call = await answer(app, await ring(app, { from }), options);
	call.caller = phone(from);
	return call;
}

// dial creates a call that is expected to be taken.
export async function dial(app, target, options) {
	const box = app.callbacks();
	return new Call(await client.createCall(target, box.url, options), box);
}

// add brings somebody into the call who accepts at once.
export async function add(call, target) {
	const operationContext = randomUUID();
	await call.connection.addParticipant(target.targetParticipant ? target : invite(target), { operationContext });
	return call.operation('AddParticipantSucceeded', operationContext);
}

// addUser brings an ACS user into the call, for whom the application answers;
// it returns that user's leg.
export async function addUser(app, call, who = user()) {
	const operationContext = randomUUID();
	await call.connection.addParticipant(invite(who), { operationContext });
	const announced = await app.grid.until('IncomingCall', (e) => e.to.rawId === rawOf(who));
	const leg = await answer(app, announced);
	await call.operation('AddParticipantSucceeded', operationContext);
	leg.user = who;
	leg.announced = announced;
	return leg;
}

// result asserts a result's code and subcode; code may be a list, for what is
// only inferred.
export function result(event, code, subCode) {
	const r = event.resultInformation;
	assert.ok([code].flat().includes(r.code) && (subCode === undefined || [subCode].flat().includes(r.subCode)),
		`${event.kind}: ${r.code}/${r.subCode} ${r.message}, want ${code}/${subCode}`);
}

// inOrder asserts that the events arrived in the order given.
export function inOrder(...events) {
	for (let i = 1; i < events.length; i++) {
		assert.ok(events[i - 1].index < events[i].index, `${events[i - 1].kind} comes before ${events[i].kind}`);
	}
}

// refused asserts the HTTP status and one of the codes with which the service
// refuses an operation.
export async function refused(operation, status, ...codes) {
	await assert.rejects(operation, (error) => {
		assert.ok([status].flat().includes(error.statusCode) && codes.includes(error.code),
			`${error.statusCode}/${error.code} ${error.message}, want ${status}/${codes.join(' or ')}`);
		assert.ok(error.message, 'a message');
		return true;
	});
}

// gone asserts that the call is over for the application.
export const gone = (call) => refused(call.connection.getCallConnectionProperties(), 404, '8522');

export const isGUID = (text) => assert.match(text, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

// signed sends a request that the SDK cannot make, signed as
// facts/call-automation.md §2.1 says. For a recording the connection goes to
// the storage's host while the resource's host and the path alone are signed.
export async function signed(method, url, { body = '', headers = {}, host, query = true } = {}) {
	const target = new URL(url);
	const hash = createHash('sha256').update(body).digest('base64');
	const date = new Date().toUTCString();
	const path = target.pathname + (query ? target.search : '');
	const text = `${method}\n${path}\n${date};${host ?? target.host};${hash}`;
	const signature = createHmac('sha256', Buffer.from(env.MSIM_ACCESS_KEY, 'base64')).update(text).digest('base64');
	return fetch(url, {
		method,
		body: body || undefined,
		headers: {
			...headers,
			...(host ? { 'x-ms-host': host } : {}),
			'x-ms-date': date,
			'x-ms-content-sha256': hash,
			Authorization: `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`,
		},
	});
}

export const endpoint = new URL(env.MSIM_ENDPOINT);
