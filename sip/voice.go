package sip

import (
	"slices"
	"sync"

	"tandem/internal/call"
	"tandem/sip/media"
	"tandem/sip/sdp"
)

// voice is the media session of a call, closed with its last leg, and what the legs
// have to agree on. Between the laws of G.711 the relay converts; G.722 goes through only,
// so it is spoken on both sides or on none.
type voice struct {
	session *media.Session // of a call out it may change once, before the peer is called: see over6; guarded by Edge.mu

	mu      sync.Mutex
	users   int
	offered []sdp.Codec // by the near side, of those that are carried, in its order
	noise   bool        // the near side may do with comfort noise
	near    sdp.Codec   // that the near side has; zero: it was not told yet
	far     sdp.Codec   // the same of the far side
	open    bool        // the far side was offered G.722 and has not answered yet
	waiting func()      // runs when it has, or will not
}

func isG711(c sdp.Codec) bool { return c.Same(sdp.PCMA) || c.Same(sdp.PCMU) }

// common are the codecs of an offer that the relay carries; both laws if there is one.
func common(offered []sdp.Codec) []sdp.Codec {
	var list []sdp.Codec
	for _, ours := range []sdp.Codec{sdp.PCMA, sdp.PCMU, sdp.G722} {
		if i := slices.IndexFunc(offered, ours.Same); i >= 0 {
			list = append(list, offered[i])
		}
	}
	slices.SortFunc(list, func(a, b sdp.Codec) int { return slices.IndexFunc(offered, a.Same) - slices.IndexFunc(offered, b.Same) })
	return list
}

// withLaws are codecs with the law that is missing, since either can be had of the other.
// Their payload types are the static ones: they are for an offer of ours.
func withLaws(codecs []sdp.Codec) []sdp.Codec {
	var list []sdp.Codec
	add := func(c sdp.Codec) {
		if !slices.ContainsFunc(list, c.Same) {
			list = append(list, c)
		}
	}
	for _, ours := range codecs {
		for _, c := range []sdp.Codec{sdp.PCMA, sdp.PCMU, sdp.G722} {
			if c.Same(ours) {
				add(c)
			}
		}
	}
	if slices.ContainsFunc(list, isG711) {
		add(sdp.PCMA)
		add(sdp.PCMU)
	}
	return list
}

// alike are the codecs that can be spoken on one side if c is on the other.
func alike(c sdp.Codec) []sdp.Codec {
	if c.Same(sdp.G722) {
		return []sdp.Codec{sdp.G722}
	}
	return withLaws([]sdp.Codec{c})
}

// first is the codec of G.711 that the near side likes best; G.722 if it has nothing else.
func (a *voice) first() sdp.Codec {
	if i := slices.IndexFunc(a.offered, isG711); i >= 0 {
		return a.offered[i]
	}
	return a.offered[0]
}

// forFar are the codecs to offer Microsoft.
func (a *voice) forFar() []sdp.Codec {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.near.Name != "" {
		return alike(a.near)
	}
	list := withLaws(a.offered)
	a.open = slices.ContainsFunc(list, sdp.G722.Same)
	return list
}

// fromFar takes the codec of the far side; zero if it will have none.
func (a *voice) fromFar(c sdp.Codec) {
	a.mu.Lock()
	a.far, a.open = c, false
	wake := a.waiting
	a.waiting = nil
	a.mu.Unlock()
	if wake != nil {
		wake()
	}
}

// settle decides on the codec of the near side, which is about to be answered. While the
// far side may still choose G.722 it is too early for that: then it reports false, and
// wake runs when it is not any more.
func (a *voice) settle(wake func()) (sdp.Codec, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.near.Name != "":
	case a.open:
		a.waiting = wake
		return sdp.Codec{}, false
	case a.far.Name != "" && slices.ContainsFunc(a.offered, a.far.Same):
		a.near = a.far
	default:
		a.near = a.first()
	}
	return a.near, true
}

// decide settles the near side's codec if nothing is under way with the far side: an
// engine that has the customer answered at once means at once.
func (a *voice) decide() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.near.Name == "" && a.far.Name == "" && !a.open {
		a.near = a.first()
	}
}

func (a *voice) use() *voice {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.users++
	return a
}

func (a *voice) release() {
	a.mu.Lock()
	a.users--
	last := a.users == 0
	a.mu.Unlock()
	if last {
		a.session.Close()
	}
}

func mediaSide(s call.Side) media.Side {
	if s == call.Near {
		return media.Near
	}
	return media.Far
}

func callSide(s media.Side) call.Side {
	if s == media.Near {
		return call.Near
	}
	return call.Far
}

// mediaCodec is a codec in the relay's words.
func mediaCodec(c sdp.Codec) media.Codec {
	switch {
	case c.Same(sdp.PCMU):
		return media.PCMU
	case c.Same(sdp.G722):
		return media.G722
	}
	return media.PCMA
}

// connect points a stream at what was negotiated. A peer that names no address, which
// is an old way to hold, is left where it was.
func connect(st *media.Stream, s sdp.Stream) error {
	if s.Remote.Addr().IsUnspecified() {
		st.SetDirection(media.Direction(s.Direction))
		return nil
	}
	var crypto *media.Crypto
	if s.Secure {
		crypto = &media.Crypto{Local: media.Key(s.LocalKey), Remote: media.Key(s.RemoteKey), RemoteMKI: s.RemoteMKI}
	}
	st.Use(mediaCodec(s.Codec))
	err := st.Connect(s.Remote, s.RemoteRTCP, crypto, media.PayloadTypes{
		Receive: media.Numbers{Audio: s.ReceivePayload, Events: s.ReceiveEvents, Noise: s.ReceiveNoise},
		Send:    media.Numbers{Audio: s.Codec.PayloadType, Events: s.SendEvents, Noise: s.SendNoise},
	})
	if err == nil {
		st.SetDirection(media.Direction(s.Direction))
		if s.NamesRTCP {
			st.WantsReports()
		}
	}
	return err
}

// localMedia is our end of a stream for SDP.
func localMedia(st *media.Stream) sdp.Local {
	a := st.Local()
	return sdp.Local{Address: a.Addr(), Port: a.Port(), RTCPPort: a.Port() + 1, Direction: sdp.SendRecv, Key: sdp.NewKey()}
}
