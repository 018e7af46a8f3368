// Trunks and voice routes, by the client of the official SDK (facts/direct-routing.md §1).
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { SipRoutingClient } from '@azure/communication-phone-numbers';
import { endpoint, signed, sim } from './world.mjs';

const env = process.env;
const client = new SipRoutingClient(`endpoint=${env.MSIM_ENDPOINT};accesskey=${env.MSIM_ACCESS_KEY}`, {
	allowInsecureConnection: true, retryOptions: { maxRetries: 0 },
});

const trunk = (fqdn, sipSignalingPort = 5061) => ({ fqdn, sipSignalingPort });
const everything = '^\\+[1-9][0-9]{3,23}$';

async function all(pages) {
	const list = [];
	for await (const item of pages) list.push(item);
	return list;
}

const fqdns = async () => (await all(client.listTrunks())).map((t) => t.fqdn).sort();

// refused expects the outer code of every refusal and the inner one.
async function refused(promise, status, inner) {
	await assert.rejects(promise, (error) => {
		assert.equal(error.statusCode, status);
		assert.equal(error.code, 'UnprocessableConfiguration');
		assert.equal(error.details.error.innerError?.code, inner);
		return true;
	});
}

// own proves a domain as an administrator does, in the portal and with a name server.
async function own(domain) {
	const body = { resource: env.MSIM_IMMUTABLE_ID, domain };
	const { txt } = await sim('POST', '/sip/domains', body);
	await sim('PUT', `/dns/${domain}`, { txt: [txt] });
	await sim('POST', '/sip/domains/verify', body);
}

beforeEach(async () => {
	await sim('POST', '/reset');
	await client.setRoutes([]);
	await client.setTrunks([]);
	await own('sbc.contoso.test');
});

describe('trunks', () => {
	test('none', async () => {
		assert.deepEqual(await all(client.listTrunks()), []);
		assert.deepEqual(await all(client.listRoutes()), []);
	});

	test('set, got, changed, deleted', async () => {
		const set = await client.setTrunk(trunk('one.sbc.contoso.test'));
		assert.deepEqual(set, trunk('one.sbc.contoso.test'));
		await client.setTrunk(trunk('two.sbc.contoso.test', 5062));
		await client.setTrunk(trunk('one.sbc.contoso.test', 6061));
		assert.deepEqual(await client.getTrunk('one.sbc.contoso.test'), trunk('one.sbc.contoso.test', 6061));
		assert.deepEqual(await fqdns(), ['one.sbc.contoso.test', 'two.sbc.contoso.test']);
		await client.deleteTrunk('one.sbc.contoso.test');
		await assert.rejects(client.getTrunk('one.sbc.contoso.test'), { code: 'NotFound' });
	});

	test('set as a whole: what is not named goes', async () => {
		await client.setTrunk(trunk('one.sbc.contoso.test'));
		await client.setTrunks([trunk('two.sbc.contoso.test'), trunk('three.sbc.contoso.test')]);
		assert.deepEqual(await fqdns(), ['three.sbc.contoso.test', 'two.sbc.contoso.test']);
		await client.setTrunks([]);
		assert.deepEqual(await fqdns(), []);
	});

	test('refused', async () => {
		await refused(client.setTrunk(trunk('-1', 8239)), 422, 'InvalidTrunkFqdn');
		await refused(client.setTrunk(trunk('one.sbc.contoso.test', 0)), 422, 'InvalidTrunkSipSignalingPort');
		await client.deleteTrunk('nobody.sbc.contoso.test');
	});

	test('of a domain that nobody proved', async () => {
		await refused(client.setTrunk(trunk('one.sbc.fabrikam.test')), 422, undefined);
		await own('one.sbc.fabrikam.test'); // the whole name will do
		await client.setTrunk(trunk('one.sbc.fabrikam.test'));
		await refused(client.setTrunk(trunk('two.sbc.fabrikam.test')), 422, undefined);
		await sim('PUT', '/inferences', { 'sip.domain': 'accepted' });
		await client.setTrunk(trunk('two.sbc.fabrikam.test'));
	});
});

describe('routes', () => {
	const route = (name, trunks = [], numberPattern = everything) => ({ name, description: `about ${name}`, numberPattern, trunks });

	test('set, in order', async () => {
		await client.setTrunks([trunk('one.sbc.contoso.test'), trunk('two.sbc.contoso.test')]);
		const wanted = [route('emergency', ['two.sbc.contoso.test'], '^\\+?(112|911)$'), route('all', ['one.sbc.contoso.test', 'two.sbc.contoso.test'])];
		assert.deepEqual(await client.setRoutes(wanted), wanted);
		assert.deepEqual(await all(client.listRoutes()), wanted);
		await client.setRoutes([wanted[1]]);
		assert.deepEqual(await all(client.listRoutes()), [wanted[1]]);
	});

	test('one without trunks reads back with an empty list', async () => {
		await client.setRoutes([{ name: 'nowhere', numberPattern: everything }]);
		assert.deepEqual((await all(client.listRoutes()))[0].trunks, []);
	});

	test('refused', async () => {
		await refused(client.setRoutes([route('x', ['nobody.sbc.contoso.test'])]), 422, 'MissingTrunk');
		await refused(client.setRoutes([route('')]), 422, 'InvalidRouteName');
		await refused(client.setRoutes([route('x', [], '')]), 422, 'InvalidRouteNumberPattern');
		await refused(client.setRoutes([route('x'), route('x')]), 400, 'DuplicatedRoute');
	});

	test('a trunk that a route names cannot be deleted', async () => {
		await client.setTrunk(trunk('one.sbc.contoso.test'));
		await client.setRoutes([route('all', ['one.sbc.contoso.test'])]);
		await refused(client.deleteTrunk('one.sbc.contoso.test'), 422, 'MissingTrunk');
		await client.setRoutes([]);
		await client.deleteTrunk('one.sbc.contoso.test');
	});
});

test('the preview, which no official client speaks: health, domains, numbers tried', async () => {
	await client.setTrunk(trunk('one.sbc.contoso.test'));
	const at = (path) => `${endpoint.href}${path}api-version=2024-11-15-preview`;
	const got = await (await signed('GET', at('sip?expand=trunks/health&'))).json();
	assert.deepEqual(got.trunks['one.sbc.contoso.test'], {
		sipSignalingPort: 5061, enabled: true, health: { tls: { status: 'unknown' }, ping: { status: 'unknown' }, overall: { status: 'unknown' } },
	});
	const tried = await signed('POST', at('sip:testRoutesWithNumber?targetPhoneNumber=%2B493012345&'), { body: JSON.stringify({
		trunks: { 'x.sbc.test': { sipSignalingPort: 5061 } },
		routes: [{ name: 'abroad', numberPattern: '^\\+(?!49)', trunks: [] }, { name: 'all', numberPattern: everything, trunks: ['x.sbc.test'] }],
	}) });
	assert.deepEqual((await tried.json()).matchingRoutes.map((r) => r.name), ['all']);
});
