// Sound: what the simulator is given to play, and whether somebody heard it.
import assert from 'node:assert/strict';
import { eventually, oid } from './world.mjs';

// pitch is the tone of every file that is played here, in Hz.
const pitch = 440;

// wav makes a WAV file as the service takes it: 16 kHz, mono, 16 bits.
export function wav(milliseconds, rate = 16_000) {
	const samples = (rate * milliseconds) / 1000;
	const file = Buffer.alloc(44 + 2 * samples);
	file.write('RIFF', 0);
	file.writeUInt32LE(36 + 2 * samples, 4);
	file.write('WAVEfmt ', 8);
	file.writeUInt32LE(16, 16);
	file.writeUInt16LE(1, 20);
	file.writeUInt16LE(1, 22);
	file.writeUInt32LE(rate, 24);
	file.writeUInt32LE(2 * rate, 28);
	file.writeUInt16LE(2, 32);
	file.writeUInt16LE(16, 34);
	file.write('data', 36);
	file.writeUInt32LE(2 * samples, 40);
	for (let i = 0; i < samples; i++) {
		file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * pitch * i) / rate)), 44 + 2 * i);
	}
	return file;
}

// hasTone says whether a WAV file has at least a tenth of a second of the tone:
// a window in which it makes most of the energy. Any rate and any number of
// channels; only the first is listened to.
export function hasTone(file) {
	const view = Buffer.from(file);
	assert.equal(view.toString('latin1', 0, 4), 'RIFF');
	const channels = view.readUInt16LE(22);
	const rate = view.readUInt32LE(24);
	const start = view.indexOf('data') + 8;
	const count = Math.floor((view.length - start) / 2 / channels);
	const window = rate / 10;
	for (let from = 0; from + window <= count; from += window / 2) {
		let energy = 0;
		let cosine = 0;
		let sine = 0;
		for (let i = from; i < from + window; i++) {
			const sample = view.readInt16LE(start + 2 * channels * i);
			const angle = (2 * Math.PI * pitch * i) / rate;
			energy += sample * sample;
			cosine += sample * Math.cos(angle);
			sine += sample * Math.sin(angle);
		}
		const inTone = (2 * (cosine * cosine + sine * sine)) / window;
		if (energy / window > 1e5 && inTone > 0.8 * energy) return true;
	}
	return false;
}

// heard is what somebody has heard in a call, as a WAV file; nothing before the
// first sound of all. Phones are known by their number, people by their name; a
// phone has one call at a time.
export async function heard(who, call) {
	const path = who.startsWith('+')
		? `phones/${encodeURIComponent(who)}/heard`
		: `users/${oid(who)}/heard?call=${call.id}`;
	const res = await fetch(`${process.env.MSIM_CONTROL}/${path}`);
	if (res.status === 404) return undefined;
	assert.equal(res.status, 200);
	return res.arrayBuffer();
}

// hears waits until somebody has heard the tone.
export const hears = (who, call) => eventually(`${who} hears the tone`, async () => {
	const file = await heard(who, call);
	return file !== undefined && hasTone(file);
}, (yes) => yes);
