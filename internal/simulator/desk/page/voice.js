// The person's microphone and speaker: one WebRTC connection while it rings or a
// call is on, so that the first word is heard; the microphone is free otherwise.

const retryAfter = 1500; // ms

const settings = {
  get: (name) => localStorage.getItem(`desk.${name}`) !== "off",
  set: (name, on) => localStorage.setItem(`desk.${name}`, on ? "on" : "off"),
};

export class Voice {
  /** changed is called whenever phase or blocked changed. */
  constructor(oid, speaker, changed) {
    Object.assign(this, { oid, speaker, changed });
    this.on = settings.get("sound");
    this.clean = settings.get("clean");
    this.phase = this.on ? "idle" : "off";
    this.blocked = false; // the browser plays nothing before the person touched the page
    this.wanted = false;
    this.attempt = 0;
    this.retry = null;
    window.addEventListener("pagehide", () => this.#end());
    for (const touch of ["pointerdown", "keydown"]) window.addEventListener(touch, () => { if (this.blocked) this.#play(); });
  }

  /** Switches the sound, or its cleaning, and remembers that. */
  set(name, on) {
    settings.set(name === "clean" ? "clean" : "sound", on);
    this[name] = on;
    this.#end();
    this.#become(this.on ? "idle" : "off");
    this.#serve();
  }

  /** Connects anew, also when another tab has the sound. */
  again() {
    this.#end();
    this.#become("idle");
    this.#serve();
  }

  /** Follows the person's calls. */
  follow(user) {
    this.user = user;
    this.wanted = user.ringing.length + user.calls.length > 0;
    const call = user.calls.findLast((c) => !c.held) ?? user.calls.at(-1);
    this.silent = Boolean(call && (call.muted || call.held));
    this.#hush();
    if (this.id && user.voice === this.id) this.known = true;
    // Ids grow: a later voice took the sound, even if nobody told of ours in between; an
    // earlier one that was never overtaken by ours is old news.
    if (this.id && (user.voice > this.id || this.known && user.voice !== this.id)) {
      this.#end();
      if (user.voice) this.#become("elsewhere");
      else this.#later(); // the simulator lost it
    }
    this.#serve();
  }

  #become(phase) {
    this.phase = phase;
    this.changed();
  }

  #serve() {
    if (!this.on) return;
    if (!this.wanted) {
      if (this.phase !== "idle") {
        this.#end();
        this.#become("idle");
      }
    } else if (this.phase === "idle") {
      this.#start();
    }
  }

  #later() {
    this.#become("failed");
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      if (this.phase !== "failed") return;
      this.#become("idle");
      this.#serve();
    }, retryAfter);
  }

  #hush() {
    for (const track of this.microphone?.getTracks() ?? []) track.enabled = !this.silent;
  }

  async #start() {
    const attempt = ++this.attempt;
    const overtaken = () => attempt !== this.attempt;
    this.#become("asking");
    let microphone = null;
    try {
      microphone = await navigator.mediaDevices.getUserMedia({
        audio: { echoCancellation: this.clean, noiseSuppression: this.clean, autoGainControl: this.clean, channelCount: 1 },
      });
    } catch {
      // Refused, or there is none: the person listens.
    }
    if (overtaken()) {
      microphone?.getTracks().forEach((track) => track.stop());
      return;
    }
    this.microphone = microphone;
    this.#hush();
    this.#become("connecting");
    const pc = this.pc = new RTCPeerConnection();
    pc.ontrack = ({ track }) => {
      this.speaker.srcObject = new MediaStream([track]);
      this.#play();
    };
    pc.onconnectionstatechange = () => {
      if (overtaken()) return;
      if (pc.connectionState === "connected") this.#become(microphone ? "live" : "refused");
      if (pc.connectionState === "failed" || pc.connectionState === "closed") {
        this.#end();
        this.#later();
      }
    };
    try {
      if (microphone) pc.addTrack(microphone.getAudioTracks()[0], microphone);
      else pc.addTransceiver("audio", { direction: "recvonly" });
      await pc.setLocalDescription();
      const answer = await fetch(`/desk/${this.oid}/voice`, {
        method: "POST", headers: { "Content-Type": "application/sdp" }, body: pc.localDescription.sdp,
      });
      if (!answer.ok) throw new Error(answer.statusText);
      const location = answer.headers.get("Location");
      const sdp = await answer.text();
      if (overtaken()) {
        fetch(location, { method: "DELETE" });
        return;
      }
      this.location = location;
      this.id = location.split("/").pop();
      this.follow(this.user); // which may have told of a later voice by now
      if (overtaken()) return;
      await pc.setRemoteDescription({ type: "answer", sdp });
    } catch {
      if (overtaken()) return;
      this.#end();
      this.#later();
    }
  }

  async #play() {
    try {
      await this.speaker.play();
      this.blocked = false;
    } catch {
      this.blocked = this.speaker.srcObject !== null;
    }
    this.changed();
  }

  #end() {
    this.attempt++;
    clearTimeout(this.retry);
    if (this.location) fetch(this.location, { method: "DELETE", keepalive: true }).catch(() => {});
    this.pc?.close();
    this.microphone?.getTracks().forEach((track) => track.stop());
    this.speaker.srcObject = null;
    this.location = this.id = this.pc = this.microphone = undefined;
    this.known = this.blocked = false;
  }
}

/** A soft ring, as long as it is asked for; silent until the page was touched. */
export class Ringer {
  ring(on) {
    if (on === Boolean(this.timer)) return;
    clearInterval(this.timer);
    this.timer = null;
    if (!on) {
      this.context?.suspend();
      return;
    }
    this.context ??= new AudioContext();
    this.context.resume();
    this.#chime();
    this.timer = setInterval(() => this.#chime(), 2600);
  }

  #chime() {
    if (this.context.state !== "running") return;
    const start = this.context.currentTime;
    [523.25, 659.25, 783.99, 659.25].forEach((pitch, i) => {
      const [tone, volume] = [this.context.createOscillator(), this.context.createGain()];
      tone.frequency.value = pitch;
      const at = start + i * 0.18;
      volume.gain.setValueAtTime(0, at);
      volume.gain.linearRampToValueAtTime(0.08, at + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0005, at + 0.5);
      tone.connect(volume).connect(this.context.destination);
      tone.start(at);
      tone.stop(at + 0.55);
    });
  }
}
