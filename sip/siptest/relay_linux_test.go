package siptest

import (
	"net/netip"
	"testing"
	"time"

	"tandem/internal/audio"
	"tandem/sip/media"
	"tandem/sip/sdp"
)

// The phone and the relay against each other: two lines, RTP on one side, SRTP on the other, speech both ways across the relay's switch from
// its own audio.
func TestThroughRelay(t *testing.T) {
	audio.TestShare(t)
	loopback := netip.MustParseAddr("127.0.0.1")
	relay, err := media.NewRelay(media.Config{Address: loopback})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
	}()
	session, err := relay.Open(media.PCMA)
	if err != nil {
		t.Fatal(err)
	}
	customer, agent := join(t, session.Near(), nil), join(t, session.Far(), &media.Crypto{Local: media.Key{1}, Remote: media.Key{2}})
	session.Tone(media.Near, media.Ringback)
	for customer.stats().Received < 5 || agent.stats().Received < 5 {
		wait := time.NewTimer(frame)
		<-wait.C
	}
	session.Bridge()
	late := audio.Lateness()
	customerSays, agentSays := start(audio.CustomerSpeech()), start(audio.AgentSpeech())
	customer.say(customerSays.Samples)
	agent.say(agentSays.Samples)
	customer.talk()
	agent.talk()
	wait(t, "the customer's speech", customer.spoken())
	wait(t, "the agent's speech", agent.spoken())
	gap := frame + late()          // where a phone was late, the relay had to put silence
	session.Hold(media.Near, true) // and back: the stream must stay one
	session.Hold(media.Near, false)
	received := agent.stats().Received
	for agent.stats().Received < received+5 {
		wait := time.NewTimer(frame)
		<-wait.C
	}
	for name, tc := range map[string]struct {
		l    *line
		sent audio.PCM
	}{"customer": {customer, agentSays}, "agent": {agent, customerSays}} {
		m := audio.Compare(tc.sent.Samples, tc.l.heard(), 8000)
		if m.Correlation < 0.98 || m.LongestGap > gap {
			t.Errorf("%s heard %+v, of gaps %v are the machine's", name, m, gap)
		}
		if s := tc.l.stats(); s.Lost != 0 || s.Duplicates != 0 || s.Sources != 1 || s.Undecodable != 0 {
			t.Errorf("%s: %+v", name, s)
		}
	}
	near, far := session.Stats()
	if near.Lost+far.Lost+near.Foreign+far.Foreign+far.AuthFailures != 0 {
		t.Errorf("near %+v, far %+v", near, far)
	}
}

// join connects a line and a stream of the relay with each other.
func join(t *testing.T, st *media.Stream, crypto *media.Crypto) *line {
	t.Helper()
	l, err := openLine(netip.MustParseAddr("127.0.0.1"), PCMA)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	at := func(port uint16) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port) }
	numbers := media.Numbers{Audio: 8, Events: 101}
	if err := st.Connect(at(l.port()), at(l.rtcpPort()), crypto, media.PayloadTypes{Receive: numbers, Send: numbers}); err != nil {
		t.Fatal(err)
	}
	s := sdp.Stream{Remote: st.Local(), Codec: sdp.PCMA, ReceivePayload: 8, SendEvents: 101, ReceiveEvents: 101, Direction: sdp.SendRecv}
	if crypto != nil {
		s.Secure, s.LocalKey, s.RemoteKey = true, sdp.Key(crypto.Remote), sdp.Key(crypto.Local)
	}
	if err := l.connect(s); err != nil {
		t.Fatal(err)
	}
	return l
}
