// The judge himself: a callback with a forged token must not pass unnoticed, or
// the other files prove nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, sim, talk } from './world.mjs';

for (const [knob, complaint] of [
	['token.audience', /deepEqual|equal/],
	['token.expired', /exp/],
	['token.key', /signature|not published/],
]) {
	test(`${knob} is noticed`, async () => {
		const app = await open();
		await sim('POST', '/faults', { knob, scope: 'CallConnected', times: 1 });
		// The wait ends with the complaint; the simulator delivers again, as the
		// service does, and then with a good token.
		await assert.rejects(talk(app), complaint);
		const [what, ...more] = app.violations.splice(0);
		assert.match(what, /^POST \/callbacks\//);
		assert.deepEqual(more, []);
		await sim('POST', '/reset');
		await app.close();
	});
}

test('an event that does not come is missed', async () => {
	const app = await open();
	const call = await talk(app);
	await assert.rejects(call.box.until('CallDisconnected', undefined, 100), /no CallDisconnected/);
	await call.end();
	await app.close();
});
