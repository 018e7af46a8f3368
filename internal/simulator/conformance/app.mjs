// The application: where Event Grid, the callbacks and the WebSockets of the
// simulator arrive. Every token is verified and every callback goes through the
// SDK's parser; whatever is wrong with one fails the test that waits, and the
// whole file at the end.
import assert from 'node:assert/strict';
import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { StreamingData, parseCallAutomationEvent } from '@azure/communication-call-automation';
import { WebSocketServer } from 'ws';

const env = process.env;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const prefix = 'Microsoft.Communication.';

// patience is how long a test waits for what must come, in milliseconds.
const patience = 15_000;

// Mailbox keeps what arrived at one address, in the order of arrival.
export class Mailbox {
	constructor(url) {
		this.url = url;
		this.all = [];
		this.waiting = new Set();
	}

	deliver(item) {
		item.index = this.all.length;
		this.all.push(item);
		for (const look of this.waiting) look();
	}

	// fail ends every wait.
	fail(error) {
		for (const look of this.waiting) look(error);
	}

	// until returns the first item of that kind that satisfies the predicate and
	// was not returned before, as soon as it is there.
	until(kind, predicate = () => true, milliseconds = patience) {
		return new Promise((resolve, reject) => {
			const look = (error) => {
				const found = this.all.find((e) => !e.taken && e.kind === kind && predicate(e));
				if (!found && !error) return;
				clearTimeout(deadline);
				this.waiting.delete(look);
				if (!found) return reject(error);
				found.taken = true;
				resolve(found);
			};
			const deadline = setTimeout(
				() => look(new Error(`no ${kind} that was expected came; what came: ${this.story()}`)),
				milliseconds,
			);
			this.waiting.add(look);
			look();
		});
	}

	// count says how many of a kind arrived so far.
	count(kind) {
		return this.all.filter((e) => e.kind === kind).length;
	}

	story() {
		const one = (e) => {
			const r = e.resultInformation;
			return r && r.code !== 200 ? `${e.kind} ${r.code}/${r.subCode} ${r.message}` : e.kind;
		};
		return this.all.map(one).join(', ') || 'nothing';
	}
}

// verifyToken checks a bearer token as Microsoft documents it: signature by the
// published key, iss, aud, exp, nbf. seconds is the life it may have at most.
async function verifyToken(authorization, seconds) {
	assert.match(authorization ?? '', /^Bearer /, 'bearer token');
	const [head, body, signature] = authorization.slice('Bearer '.length).split('.');
	const part = (text) => JSON.parse(Buffer.from(text, 'base64url'));
	const header = part(head);
	const claims = part(body);
	assert.equal(header.alg, 'RS256');
	const get = async (url) => {
		const res = await fetch(url);
		assert.equal(res.status, 200, url);
		return res.json();
	};
	const configuration = await get(env.MSIM_CONFIGURATION);
	assert.equal(configuration.issuer, env.MSIM_ISSUER);
	const { keys } = await get(configuration.jwks_uri);
	const jwk = keys.find((k) => k.kid === header.kid);
	assert.ok(jwk, `key ${header.kid} is not published`);
	const key = createPublicKey({ key: jwk, format: 'jwk' });
	assert.ok(verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')), 'signature');
	const now = Date.now() / 1000;
	assert.equal(claims.iss, configuration.issuer);
	assert.equal(claims.aud, env.MSIM_IMMUTABLE_ID);
	assert.ok(claims.exp > now && claims.exp <= now + seconds + 5, 'exp');
	assert.ok(claims.nbf === undefined || claims.nbf <= now + 5, 'nbf');
}

// parseCallback checks the envelope (facts/call-automation.md §11.1) and lets
// the SDK parse the event. Types that the SDK does not know are kept as they
// are, for clients must ignore them.
function parseCallback(text) {
	const batch = JSON.parse(text);
	assert.ok(Array.isArray(batch) && batch.length === 1, 'array of one event');
	const [raw] = batch;
	assert.match(raw.id, guid);
	assert.equal(raw.specversion, '1.0');
	assert.equal(raw.datacontenttype, 'application/json');
	assert.match(raw.source, /^calling\/(callConnections|recordings)\//);
	assert.equal(raw.subject, raw.source);
	assert.match(raw.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?\+00:00$/);
	assert.equal(raw.data.publicEventType, raw.type);
	assert.equal(typeof raw.data.version, 'string');
	for (const id of ['callConnectionId', 'serverCallId', 'correlationId']) {
		assert.ok(raw.data[id], `${raw.type}: ${id}`);
	}
	assert.ok(!Object.values(raw.data).includes(null), `${raw.type}: a value is null`);
	const result = raw.data.resultInformation;
	assert.ok(Number.isInteger(result?.code) && Number.isInteger(result.subCode), `${raw.type}: resultInformation`);
	const about = { time: raw.time, source: raw.source };
	try {
		return { ...about, ...parseCallAutomationEvent(structuredClone(batch)) };
	} catch (error) {
		if (!(error instanceof TypeError && /Unknown Call Automation Event type/.test(error.message))) throw error;
		return { ...about, ...raw.data, kind: raw.type.slice(prefix.length) };
	}
}

export class App {
	grid = new Mailbox();
	violations = [];
	#boxes = new Map();
	#files = new Map();
	#server;
	#sockets = new WebSocketServer({ noServer: true });

	static async start() {
		const app = new App();
		app.#server = https.createServer(
			{ cert: readFileSync(env.APP_CERT), key: readFileSync(env.APP_KEY) },
			(req, res) => app.#receive(req, res),
		);
		app.#server.on('upgrade', (req, socket, head) => app.#upgrade(req, socket, head));
		await new Promise((resolve) => app.#server.listen(0, '127.0.0.1', resolve));
		app.host = `127.0.0.1:${app.#server.address().port}`;
		return app;
	}

	async close() {
		for (const socket of this.#sockets.clients) socket.terminate();
		this.#server.closeAllConnections();
		await new Promise((resolve) => this.#server.close(resolve));
		assert.deepEqual(this.violations, []);
	}

	// callbacks makes an address for callbacks, stream one for a WebSocket.
	callbacks() {
		return this.#box('https', 'callbacks');
	}

	stream() {
		return this.#box('wss', 'stream');
	}

	// file serves bytes and returns their address.
	file(bytes, type = 'audio/wav') {
		const path = `/files/${randomUUID()}.wav`;
		this.#files.set(path, { bytes, type });
		return `https://${this.host}${path}`;
	}

	#box(scheme, kind) {
		const path = `/${kind}/${randomUUID()}`;
		const box = new Mailbox(`${scheme}://${this.host}${path}`);
		this.#boxes.set(path, box);
		return box;
	}

	#violation(where, error) {
		this.violations.push(`${where}: ${error.message}`);
		this.grid.fail(error);
		for (const box of this.#boxes.values()) box.fail(error);
	}

	async #receive(req, res) {
		try {
			const chunks = [];
			for await (const chunk of req) chunks.push(chunk);
			const file = this.#files.get(req.url);
			if (file && req.method === 'GET') {
				res.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.bytes.length }).end(file.bytes);
				return;
			}
			if (req.method === 'GET' && req.url.startsWith('/files/')) {
				res.writeHead(404).end();
				return;
			}
			assert.equal(req.method, 'POST');
			const text = Buffer.concat(chunks).toString();
			if (req.url === '/grid') {
				this.#event(req, res, JSON.parse(text));
				return;
			}
			const box = this.#boxes.get(req.url);
			assert.ok(box, `nobody listens at ${req.url}`);
			assert.match(req.headers['content-type'], /^application\/(cloudevents-batch\+)?json/);
			await verifyToken(req.headers.authorization, 300);
			box.deliver(parseCallback(text));
			res.writeHead(200).end();
		} catch (error) {
			this.#violation(`${req.method} ${req.url}`, error);
			res.writeHead(500).end();
		}
	}

	// Event Grid's own schema (facts/call-automation.md §12).
	#event(req, res, batch) {
		assert.ok(Array.isArray(batch));
		if (req.headers['aeg-event-type'] === 'SubscriptionValidation') {
			assert.equal(batch[0].eventType, 'Microsoft.EventGrid.SubscriptionValidationEvent');
			const text = JSON.stringify({ validationResponse: batch[0].data.validationCode });
			res.writeHead(200, { 'Content-Type': 'application/json' }).end(text);
			return;
		}
		assert.equal(req.headers['aeg-event-type'], 'Notification');
		for (const e of batch) {
			for (const key of ['id', 'topic', 'subject', 'data', 'eventType', 'dataVersion', 'metadataVersion', 'eventTime']) {
				assert.ok(key in e, `Event Grid's ${key}`);
			}
			assert.equal(e.topic.toLowerCase(), env.MSIM_TOPIC.toLowerCase());
			assert.ok(e.eventType.startsWith(prefix), e.eventType);
			this.grid.deliver({ ...e.data, kind: e.eventType.slice(prefix.length), subject: e.subject });
		}
		res.writeHead(200).end();
	}

	// A WebSocket of media streaming or transcription: its mailbox first gets an
	// item of kind "open" with the request's headers and the socket, then the
	// frames as the SDK parses them, at last "closed".
	async #upgrade(req, socket, head) {
		try {
			const box = this.#boxes.get(req.url);
			assert.ok(box, `nobody listens at ${req.url}`);
			await verifyToken(req.headers.authorization, 24 * 3600);
			this.#sockets.handleUpgrade(req, socket, head, (ws) => {
				box.deliver({ kind: 'open', headers: req.headers, socket: ws });
				ws.on('message', (data, binary) => this.#frame(box, data, binary));
				ws.on('close', () => box.deliver({ kind: 'closed' }));
				ws.on('error', (error) => this.#violation(req.url, error));
			});
		} catch (error) {
			this.#violation(`upgrade ${req.url}`, error);
			socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
		}
	}

	#frame(box, data, binary) {
		try {
			assert.ok(!binary, 'text frame');
			const frame = StreamingData.parse(data.toString());
			box.deliver({ ...frame, kind: StreamingData.getStreamingKind() });
		} catch (error) {
			this.#violation('frame', error);
		}
	}
}
