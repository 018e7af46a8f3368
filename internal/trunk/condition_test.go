package trunk_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tandem/internal/trunk"
)

var noon = time.Date(2026, time.December, 1, 12, 0, 0, 0, time.UTC)

func answered(whom string) trunk.Asked {
	return trunk.Asked{Whom: whom, At: noon, Answered: noon, Since: noon.Add(-time.Hour), RoundTrip: 20 * time.Millisecond}
}

func failed(whom string, f trunk.Failure, status int) trunk.Asked {
	return trunk.Asked{Whom: whom, At: noon, Answered: noon.Add(-time.Hour), Failure: f, Status: status, Error: "it failed"}
}

// TestJudge: what is known of a trunk or a peer, what that makes of it, and the code of the reason.
func TestJudge(t *testing.T) {
	good := &trunk.Shown{Expires: noon.Add(90 * 24 * time.Hour)}
	expired := &trunk.Shown{Expires: noon.Add(-time.Hour), Broken: trunk.Reason{Code: "certificate.validity", Found: "ran out", Cure: "renew it"}}
	soon := &trunk.Shown{Expires: noon.Add(20 * 24 * time.Hour), Warning: trunk.Reason{Code: "certificate.validity", Found: "runs out", Cure: "renew it"}}
	urgent := &trunk.Shown{Expires: noon.Add(48 * time.Hour), Warning: soon.Warning}
	all := []trunk.Asked{answered("sip"), answered("sip2"), answered("sip3")}
	none := func(f trunk.Failure, status int) []trunk.Asked {
		return []trunk.Asked{failed("sip", f, status), failed("sip2", f, status), failed("sip3", f, status)}
	}
	heard := noon.Add(-time.Minute)
	elsewhere := trunk.Reason{Code: "dns.trunk", Found: "leads elsewhere", Cure: "correct the A record"}
	for name, c := range map[string]struct {
		of    trunk.Neighbour
		signs trunk.Signs
		want  trunk.Condition
		code  string
	}{
		"all is well":                    {trunk.TrunkKind, trunk.Signs{Asked: all, Heard: heard, Certificate: good}, trunk.Up, ""},
		"just started":                   {trunk.TrunkKind, trunk.Signs{Asked: []trunk.Asked{{Whom: "sip"}}, Certificate: good}, trunk.Unknown, "not_asked"},
		"Microsoft has not begun":        {trunk.TrunkKind, trunk.Signs{Asked: []trunk.Asked{{Whom: "sip", At: noon, Answered: noon, Since: noon}}, Certificate: good}, trunk.Up, ""},
		"Microsoft never comes":          {trunk.TrunkKind, trunk.Signs{Asked: all, Certificate: good}, trunk.Degraded, "not_heard"},
		"Microsoft has stopped to come":  {trunk.TrunkKind, trunk.Signs{Asked: all, Heard: noon.Add(-4 * time.Minute), Certificate: good}, trunk.Degraded, "not_heard"},
		"it goes where the name leads":   {trunk.TrunkKind, trunk.Signs{Asked: all, Certificate: good, Name: elsewhere}, trunk.Degraded, "dns.trunk"},
		"and Microsoft finds us still":   {trunk.TrunkKind, trunk.Signs{Asked: all, Heard: heard, Certificate: good, Name: elsewhere}, trunk.Up, ""},
		"one proxy is out":               {trunk.TrunkKind, trunk.Signs{Asked: []trunk.Asked{all[0], failed("sip2", trunk.FailedSilent, 0), all[2]}, Heard: heard, Certificate: good}, trunk.Degraded, "proxy_silent"},
		"no proxy answers":               {trunk.TrunkKind, trunk.Signs{Asked: none(trunk.FailedSilent, 0), Certificate: good}, trunk.Down, "proxies_silent"},
		"no proxy has a name":            {trunk.TrunkKind, trunk.Signs{Asked: none(trunk.FailedName, 0), Certificate: good}, trunk.Down, "proxies_unresolved"},
		"no proxy is reached":            {trunk.TrunkKind, trunk.Signs{Asked: none(trunk.FailedConnect, 0), Certificate: good}, trunk.Down, "proxies_unreachable"},
		"no TLS":                         {trunk.TrunkKind, trunk.Signs{Asked: none(trunk.FailedTLS, 0), Certificate: good}, trunk.Down, "tls_refused"},
		"no TLS, and it is known why":    {trunk.TrunkKind, trunk.Signs{Asked: none(trunk.FailedTLS, 0), Certificate: expired}, trunk.Down, "certificate.validity"},
		"a name that nobody knows":       {trunk.TrunkKind, trunk.Signs{Asked: none(trunk.FailedRefused, 403), Certificate: good}, trunk.Down, "trunk_refused"},
		"a proxy in trouble":             {trunk.TrunkKind, trunk.Signs{Asked: none(trunk.FailedRefused, 503), Certificate: good}, trunk.Down, "options_refused"},
		"expired, and not yet looked at": {trunk.TrunkKind, trunk.Signs{Asked: all, Heard: heard, Certificate: expired}, trunk.Degraded, "certificate.validity"},
		"expires this month":             {trunk.TrunkKind, trunk.Signs{Asked: all, Heard: heard, Certificate: soon}, trunk.Up, ""},
		"expires tomorrow":               {trunk.TrunkKind, trunk.Signs{Asked: all, Heard: heard, Certificate: urgent}, trunk.Degraded, "certificate.validity"},
		"nobody answers calls":           {trunk.TrunkKind, trunk.Signs{Asked: all, Heard: heard, Certificate: good, Calls: 10}, trunk.Degraded, "no_call_answered"},
		"few calls say nothing":          {trunk.TrunkKind, trunk.Signs{Asked: all, Heard: heard, Certificate: good, Calls: 9}, trunk.Up, ""},
		"one was answered":               {trunk.TrunkKind, trunk.Signs{Asked: all, Heard: heard, Certificate: good, Calls: 50, Answered: 1}, trunk.Up, ""},
		"a peer":                         {trunk.PeerKind, trunk.Signs{Asked: all[:1]}, trunk.Up, ""},
		"a peer is away":                 {trunk.PeerKind, trunk.Signs{Asked: none(trunk.FailedSilent, 0)[:1]}, trunk.Down, "peer_silent"},
		"a peer without a name":          {trunk.PeerKind, trunk.Signs{Asked: none(trunk.FailedName, 0)[:1]}, trunk.Down, "peer_unresolved"},
		"a peer without room":            {trunk.PeerKind, trunk.Signs{Asked: none(trunk.FailedRefused, 503)[:1]}, trunk.Down, "peer_refuses"},
		"a peer whose calls fail":        {trunk.PeerKind, trunk.Signs{Asked: all[:1], Calls: 20}, trunk.Degraded, "no_call_answered"},
	} {
		got := c.signs.Judge(c.of, noon)
		if got.Condition != c.want || got.Reason.Code != c.code {
			t.Errorf("%s: %+v", name, got)
		}
		if got.Condition != trunk.Up && (got.Reason.Found == "" || got.Reason.Cure == "") {
			t.Errorf("%s has no cure: %+v", name, got.Reason)
		}
	}
	if v := trunk.NodeSilent("n1", noon); v.Condition != trunk.Down || !strings.Contains(v.Reason.Found, "n1") {
		t.Errorf("%+v", v)
	}
}

// TestProved: OPTIONS both ways and a call, all of them after the change.
func TestProved(t *testing.T) {
	proof := trunk.Signs{Asked: []trunk.Asked{failed("sip", trunk.FailedSilent, 0), answered("sip2")}, Heard: noon, LastCall: noon}
	before := noon.Add(-time.Second)
	if !proof.ProvedSince(before) || proof.ProvedSince(noon) {
		t.Error("not proved before noon, or proved at noon")
	}
	for what, less := range map[string]func(*trunk.Signs){
		"answer": func(s *trunk.Signs) { s.Asked = s.Asked[:1] },
		"visit":  func(s *trunk.Signs) { s.Heard = before },
		"call":   func(s *trunk.Signs) { s.LastCall = time.Time{} },
	} {
		s := proof
		if less(&s); s.ProvedSince(before) {
			t.Errorf("proved without a %s", what)
		}
	}
}

var hold = trunk.Hold{Worse: 90 * time.Second, Better: 3 * time.Minute}

func verdict(c trunk.Condition) trunk.Verdict {
	return trunk.Verdict{Condition: c, Reason: trunk.Reason{Code: string(c)}}
}

// TestHold: what is believed after verdicts of every 30 seconds.
func TestHold(t *testing.T) {
	const u, g, w, d = trunk.Unknown, trunk.Up, trunk.Degraded, trunk.Down
	for name, c := range map[string]struct{ verdicts, believed []trunk.Condition }{
		"good is taken at once":    {[]trunk.Condition{u, g}, []trunk.Condition{u, g}},
		"bad has to last at first": {[]trunk.Condition{u, d, d, d, d}, []trunk.Condition{u, u, u, u, d}},
		"registered meanwhile":     {[]trunk.Condition{d, d, g}, []trunk.Condition{u, u, g}},
		"a lost OPTIONS":           {[]trunk.Condition{g, d, d, g, d}, []trunk.Condition{g, g, g, g, g}},
		"down for long":            {[]trunk.Condition{g, d, d, d, d, d}, []trunk.Condition{g, g, g, g, d, d}},
		"now this now that":        {[]trunk.Condition{g, d, w, d, w, d}, []trunk.Condition{g, g, g, g, w, w}},
		"back after three minutes": {[]trunk.Condition{g, d, d, d, d, g, g, g, g, g, g, g}, []trunk.Condition{g, g, g, g, d, d, d, d, d, d, d, g}},
		"not quite back":           {[]trunk.Condition{g, d, d, d, d, w, g, g, g, w, g, g}, []trunk.Condition{g, g, g, g, d, d, d, d, d, d, d, w}},
		"a restart knows nothing":  {[]trunk.Condition{g, d, d, d, d, u, u}, []trunk.Condition{g, g, g, g, d, d, d}},
	} {
		var h trunk.Held
		for i, v := range c.verdicts {
			if h = h.Take(verdict(v), noon.Add(time.Duration(i)*30*time.Second), hold); h.Condition != c.believed[i] {
				t.Errorf("%s: %s at %d, want %s", name, h.Condition, i, c.believed[i])
			}
			if h.Condition != u && h.Reason.Code != string(h.Condition) && (h.Condition != g || h.Reason.Code != "") {
				t.Errorf("%s: the reason of %s is that of %s", name, h.Condition, h.Reason.Code)
			}
		}
	}
}

// TestHoldDown: whatever verdicts come, what was believed lasts at least as long as it takes
// to believe something else; nothing is believed that no verdict said; and verdicts that
// stay the same are believed in the end.
func TestHoldDown(t *testing.T) {
	known := rapid.SampledFrom([]trunk.Condition{trunk.Up, trunk.Degraded, trunk.Down})
	rapid.Check(t, func(t *rapid.T) {
		at := noon
		h := trunk.Held{}.Take(verdict(trunk.Up), at, hold)
		said := map[trunk.Condition]bool{h.Condition: true}
		for range rapid.IntRange(1, 40).Draw(t, "verdicts") {
			at = at.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "seconds")) * time.Second)
			v := known.Draw(t, "verdict")
			said[v] = true
			was := h
			h = h.Take(verdict(v), at, hold)
			if !said[h.Condition] {
				t.Fatalf("%s, which nobody said", h.Condition)
			}
			if h.Condition == was.Condition {
				continue
			}
			wait := hold.Better
			if h.Condition.Worse(was.Condition) {
				wait = hold.Worse
			}
			if lasted := at.Sub(was.Since); lasted < wait || h.Since != at {
				t.Fatalf("%s after %s of %s", h.Condition, lasted, was.Condition)
			}
		}
		last := known.Draw(t, "last")
		for range 20 {
			at = at.Add(30 * time.Second)
			h = h.Take(verdict(last), at, hold)
		}
		if h.Condition != last {
			t.Fatalf("%s, though all say %s", h.Condition, last)
		}
	})
}

// TestMicrosoftsWord: of a third-party SBC it is all that is known.
func TestMicrosoftsWord(t *testing.T) {
	for _, c := range []struct {
		word trunk.Health
		want trunk.Condition
		code string
	}{
		{trunk.Health{}, trunk.Down, "microsoft_missing"},
		{trunk.Health{TLS: "ok", Ping: "ok", Overall: "active"}, trunk.Up, ""},
		{trunk.Health{TLS: "ok", Ping: "ok", Overall: "inactive", Reason: "noRecentCalls"}, trunk.Up, ""},
		{trunk.Health{TLS: "ok", Ping: "expired", Overall: "inactive", Reason: "noRecentPings"}, trunk.Down, "microsoft_inactive"},
		{trunk.Health{TLS: "ok", Ping: "expired", Overall: "active"}, trunk.Degraded, "microsoft_ping"},
		{trunk.Health{TLS: "certExpiring", Ping: "ok", Overall: "active"}, trunk.Degraded, "microsoft_certificate_ends"},
		{trunk.Health{TLS: "certExpired", Ping: "error", Overall: "inactive", Reason: "noRecentPings"}, trunk.Down, "microsoft_certificate"},
		{trunk.Health{TLS: "unknown", Ping: "unknown", Overall: "unknown"}, trunk.Unknown, "microsoft_unknown"},
		{trunk.Health{TLS: "ok", Ping: "ok", Overall: "somethingNew"}, trunk.Unknown, "microsoft_unknown"},
	} {
		got := trunk.Signs{Microsoft: &c.word}.Judge(trunk.TrunkKind, noon)
		if got.Condition != c.want || got.Reason.Code != c.code || (c.code == "") != (got.Reason.Cure == "") {
			t.Errorf("%+v: %+v, want %s %s", c.word, got, c.want, c.code)
		}
	}
	was := trunk.Standing{Of: trunk.TrunkKind, SeenAt: noon, Held: trunk.Held{Condition: trunk.Up}, Signs: trunk.Signs{Microsoft: &trunk.Health{Overall: "active"}}}
	if is := was.Miss(noon.Add(trunk.MissedAfter)); is.Held.Condition != trunk.Unknown || is.Held.Reason.Code != "microsoft_silent" {
		t.Errorf("not asked for long: %+v", is.Held)
	}
}
