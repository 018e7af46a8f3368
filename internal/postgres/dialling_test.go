package postgres_test

import (
	"fmt"
	"slices"
	"testing"

	"tandem/internal/bridge"
	"tandem/internal/call"
	"tandem/internal/fault"
	"tandem/internal/tenant"
	"tandem/internal/trunk"
)

func TestDialling(t *testing.T) {
	s, _ := open(t)
	ctx := t.Context()
	t1, t2 := twoTenants(t, s)
	usual, err := s.Dialling(ctx, t1.ID)
	if err != nil || usual.MaxLegs != tenant.DefaultDialling(t1.ID).MaxLegs || usual.Tenant != t1.ID || !usual.ChangedAt.IsZero() {
		t.Fatalf("%+v %v", usual, err)
	}
	_, err = s.Dialling(ctx, nobody)
	wantCode(t, "of nobody", err, "tenant_unknown")
	_, err = s.SetDialling(ctx, tenant.Dialling{Tenant: nobody})
	wantCode(t, "for nobody", err, "tenant_unknown")
	_, err = s.SetDialling(ctx, tenant.Dialling{Tenant: t1.ID, Prefixes: []string{"49"}})
	wantCode(t, "nonsense", err, "dialling_invalid")
	_, err = s.SetDialling(ctx, tenant.Dialling{Tenant: t1.ID, Peer: "carrier"})
	wantCode(t, "a peer that is not there", err, "peer_unknown")
	for _, d := range []tenant.Dialling{{Tenant: t1.ID, Prefixes: []string{"+49", "+33"}, MaxLegs: 3}, {Tenant: t1.ID, MaxLegs: 1}} {
		set, err := s.SetDialling(ctx, d)
		if err != nil || set.MaxLegs != d.MaxLegs || !slices.Equal(set.Prefixes, d.Normalize().Prefixes) || set.ChangedAt.IsZero() {
			t.Errorf("%+v %v", set, err)
		}
		if got, err := s.Dialling(ctx, t1.ID); err != nil || got.MaxLegs != d.MaxLegs || !slices.Equal(got.Prefixes, set.Prefixes) {
			t.Errorf("%+v %v", got, err)
		}
	}
	if got, err := s.Dialling(ctx, t2.ID); err != nil || got.MaxLegs != usual.MaxLegs {
		t.Errorf("the other tenant's: %+v %v", got, err)
	}
}

// TestDialPeer: whose number, where to, and how many at once.
func TestDialPeer(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	dials := func(what string, of tenant.ID, number, peer, code string) {
		t.Helper()
		got, err := r.store.Registry().DialPeer(ctx, of, number)
		if got != peer || fault.CodeOf(err) != code && (err != nil || code != "") {
			t.Errorf("%s: %q %v, want %q %s", what, got, err, peer, code)
		}
	}
	const number = "+4930555111"
	dials("nobody's", nobody, number, "", "tenant_unknown")
	dials("without a number of its own", r.t1, number, "", "destination_refused")
	r.exec(t, `INSERT INTO number (tenant_id, e164, connectivity, display_name, ring_timeout_ms, answer_policy) VALUES ($1, '+4969100', 'c', '', 20000, 'at_once')`, string(r.t1))
	dials("without a peer", r.t1, number, "", "no_dial_peer")
	dials("the other tenant", r.t2, number, "", "destination_refused")

	peer := func(name, to string, regions ...trunk.RegionID) trunk.Peer {
		t.Helper()
		p := trunk.Peer{Name: name, Auth: trunk.Digest, Username: name, Realm: "x", HA1MD5: []byte{1}, HA1SHA256: []byte{1}, DialTo: to, DialRegions: regions}
		if to != "" {
			p.DialUsername, p.DialPassword = "us", []byte("sealed")
		}
		made, err := r.store.CreatePeer(ctx, p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.store.Peer(ctx, made.ID)
		if err != nil || got.DialTo != to || string(got.DialPassword) != string(p.DialPassword) || !slices.Equal(got.DialRegions, regions) {
			t.Errorf("%+v %v", got, err)
		}
		return got
	}
	peer("a-platform", "")
	dials("a peer that takes none", r.t1, number, "", "no_dial_peer")
	peer("b-everywhere", "sip:192.0.2.1")
	dials("the only one", r.t1, number, "b-everywhere", "")
	peer("c-america", "sip:192.0.2.2", "us")
	dials("one of another region", r.t1, number, "b-everywhere", "")
	europe := peer("d-europe", "sip:192.0.2.3:5070;transport=tcp", "eu")
	dials("one of the region", r.t1, number, "d-europe", "")
	if _, err := r.store.ChangePeer(ctx, europe.ID, func(p trunk.Peer) (trunk.Peer, error) {
		p.DialPrefixes = []string{"+43", "+4989"}
		return p, nil
	}); err != nil {
		t.Fatal(err)
	}
	dials("one of the region that is not for the number", r.t1, number, "b-everywhere", "")
	dials("one of the region for the number", r.t1, "+4989555111", "d-europe", "")
	if _, err := r.store.SetDialling(ctx, tenant.Dialling{Tenant: r.t1, MaxLegs: 1, Peer: "d-europe"}); err != nil {
		t.Fatal(err)
	}
	dials("the named one is not for the number", r.t1, number, "", "destination_refused")
	if _, err := r.store.SetDialling(ctx, tenant.Dialling{Tenant: r.t1, MaxLegs: 1, Peer: "c-america"}); err != nil {
		t.Fatal(err)
	}
	dials("one that was named", r.t1, number, "c-america", "")
	dials("costly", r.t1, "+4990012345", "", "destination_costly")

	lease, c := r.open(t, r.t1, life("n", 1))
	s := next(c, call.Doubted{})
	s.After.Seq, s.After.Outlegs = c.Seq+1, []call.Outleg{{ID: "7", Leg: call.Leg{State: call.LegUp}}, {ID: "8", Leg: call.Leg{State: call.LegDone}}}
	c = r.commit(t, lease, s)
	dials("one more than may be", r.t1, number, "", "outlegs_full")
	s = next(c, call.Doubted{})
	s.After.Seq, s.After.Outlegs[0].State = c.Seq+1, call.LegDone
	r.commit(t, lease, s)
	dials("when it has ended", r.t1, number, "c-america", "")

	r.exec(t, `UPDATE tenant SET paused_at = now() WHERE tenant_id = $1`, string(r.t1))
	dials("for a tenant that is stopped", r.t1, number, "", "tenant_paused")
}

// TestOutlegsExactly: two calls take the last telephone at the same moment, after both
// were told that there is one; one of them gets it.
func TestOutlegsExactly(t *testing.T) {
	r := newRig(t)
	if _, err := r.store.SetDialling(t.Context(), tenant.Dialling{Tenant: r.t1, Prefixes: []string{"+49"}, MaxLegs: 2}); err != nil {
		t.Fatal(err)
	}
	taking := func(c call.Call) bridge.Step {
		s := next(c, call.OutOffered{Op: "1.0", Number: "+493012345"})
		s.After.Seq, s.After.Outlegs = c.Seq+1, append(slices.Clone(c.Outlegs), call.Outleg{ID: fmt.Sprint(c.Seq), Leg: call.Leg{State: call.LegDialing}})
		return s
	}
	l, c := r.open(t, r.t1, life("n", 1))
	c = r.commit(t, l, taking(c))
	const rivals = 6
	results := make(chan error, rivals)
	for range rivals {
		l, c := r.open(t, r.t1, life("n", 1))
		go func() { results <- r.Commit(t.Context(), l, taking(c)) }()
	}
	won := 0
	for range rivals {
		err := <-results
		if err == nil {
			won++
			continue
		}
		journalFault(t, err, fault.KindExhausted, "outlegs_full")
	}
	if won != 1 {
		t.Errorf("%d got the last telephone", won)
	}
	s := next(c, call.Doubted{})
	s.After.Seq, s.After.Outlegs = c.Seq+1, []call.Outleg{{ID: "1", Leg: call.Leg{State: call.LegDone}}}
	c = r.commit(t, l, s)
	r.commit(t, l, taking(c)) // one has ended
}
