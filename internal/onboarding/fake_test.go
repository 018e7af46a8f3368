package onboarding

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/internal/fault"
	"tandem/internal/provider"
	"tandem/internal/tenant"
)

const (
	contoso  = "5c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10" // Entra tenants
	fabrikam = "6c1f0d7e-6a1b-4d6e-9a52-0c2f6a3f9b10"
	clientID = "b7c20000-1111-4222-8333-444455556666"
)

var start = time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)

// fakeStore keeps everything in memory, in the way the ports ask for.
type fakeStore struct {
	mu          sync.Mutex
	n           int
	now         func() time.Time
	tenants     map[tenant.ID]tenant.Tenant
	resources   []Resource
	invitations map[string]tenant.Invitation // by hash
	ledger      []tenant.Grant
	marks       map[tenant.ID]map[tenant.Step]tenant.StepMark
	agents      []tenant.Agent
	members     map[string]map[string]bool // group to oids
	standings   map[tenant.AgentID]tenant.Standing
	groups      map[string]tenant.Group
	proofs      []tenant.Proof
	looks       map[LookRef]Look
	testUsers   map[tenant.ID]tenant.TestUser
	audits      []provider.Entry
	fail        error // of the next write to the ledger
	failLook    error // of the next write of a look, and failProof of a proof
	failProof   error
}

func newStore(now func() time.Time) *fakeStore {
	return &fakeStore{
		now: now, tenants: map[tenant.ID]tenant.Tenant{}, invitations: map[string]tenant.Invitation{},
		marks: map[tenant.ID]map[tenant.Step]tenant.StepMark{}, members: map[string]map[string]bool{},
		standings: map[tenant.AgentID]tenant.Standing{}, groups: map[string]tenant.Group{}, looks: map[LookRef]Look{},
		testUsers: map[tenant.ID]tenant.TestUser{},
	}
}

func (s *fakeStore) id() string {
	s.n++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.n)
}

func (s *fakeStore) Tenant(_ context.Context, id tenant.ID) (tenant.Tenant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.tenants[id]
	if !ok {
		return t, fault.NotFound("tenant_not_found", "there is no such tenant")
	}
	return t, nil
}

func (s *fakeStore) TenantByEntra(_ context.Context, entra string) (tenant.Tenant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tenants {
		if t.EntraTenantID == entra {
			return t, nil
		}
	}
	return tenant.Tenant{}, fault.NotFound("tenant_not_found", "there is no such tenant")
}

func (s *fakeStore) ChangeTenant(ctx context.Context, id tenant.ID, change func(tenant.Tenant) (tenant.Tenant, error)) (tenant.Tenant, error) {
	t, err := s.Tenant(ctx, id)
	if err != nil {
		return t, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return changed(change, s.tenants[id], func(t tenant.Tenant) { s.tenants[id] = t })
}

// changed gives back nothing if the change was refused, as the real store does.
// taken gives a planned failure out once.
func taken(fail *error) (err error) {
	err, *fail = *fail, nil
	return err
}

func changed[T any](change func(T) (T, error), v T, save func(T)) (T, error) {
	v, err := change(v)
	if err != nil {
		var none T
		return none, err
	}
	save(v)
	return v, nil
}

func (s *fakeStore) Resources(context.Context, tenant.ID) ([]Resource, error) {
	return slices.Clone(s.resources), nil
}

func (s *fakeStore) Facts(ctx context.Context, t tenant.ID) (f Facts, err error) {
	if f.Tenant, err = s.Tenant(ctx, t); err != nil {
		return f, err
	}
	f.Grants, _ = s.Grants(ctx, t)
	f.Resources, _ = s.Resources(ctx, t)
	f.Marks, _ = s.StepMarks(ctx, t)
	f.Counts, _ = s.CountStandings(ctx, t)
	f.Proofs, _ = s.Proofs(ctx, t, ShownProofs)
	s.mu.Lock()
	defer s.mu.Unlock()
	for ref, l := range s.looks {
		if ref.Tenant == t {
			f.Looks = append(f.Looks, l)
		}
	}
	return f, nil
}

func (s *fakeStore) CreateInvitation(_ context.Context, i tenant.Invitation, hash []byte) (tenant.Invitation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i.ID = tenant.InvitationID(s.id())
	s.invitations[string(hash)] = i
	return i, nil
}

func (s *fakeStore) InvitationByHash(_ context.Context, hash []byte) (tenant.Invitation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.invitations[string(hash)]
	if !ok {
		return i, fault.NotFound("invitation_not_found", "there is no such invitation")
	}
	return i, nil
}

func (s *fakeStore) ListInvitations(_ context.Context, in tenant.ID, _ tenant.InvitationID, _ int) ([]tenant.Invitation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []tenant.Invitation
	for _, i := range s.invitations {
		if i.Tenant == in {
			all = append(all, i)
		}
	}
	return all, nil
}

func (s *fakeStore) changeInvitation(id tenant.InvitationID, change func(*tenant.Invitation) error) (tenant.Invitation, error) {
	for hash, i := range s.invitations {
		if i.ID == id {
			err := change(&i)
			if err == nil {
				s.invitations[hash] = i
			}
			return i, err
		}
	}
	return tenant.Invitation{}, fault.NotFound("invitation_not_found", "there is no such invitation")
}

func (s *fakeStore) RevokeInvitation(_ context.Context, _ tenant.ID, id tenant.InvitationID, at time.Time) (tenant.Invitation, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeInvitation(id, func(i *tenant.Invitation) error {
		if i.RevokedAt.IsZero() {
			i.RevokedAt = at
		}
		return nil
	})
}

func (s *fakeStore) UseInvitation(_ context.Context, i tenant.Invitation, entra, by string, at time.Time) (tenant.Tenant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenants[i.Tenant]
	for id, other := range s.tenants {
		if id != i.Tenant && other.EntraTenantID == entra {
			return t, fault.Conflict("entra_tenant_taken", "the organisation is another customer's")
		}
	}
	if t.EntraTenantID != "" && t.EntraTenantID != entra {
		return t, fault.Conflict("entra_tenant_other", "the tenant is another organisation's")
	}
	_, err := s.changeInvitation(i.ID, func(i *tenant.Invitation) error {
		i.UsedAt, i.UsedBy = at, by
		return nil
	})
	if t.BoundAt.IsZero() {
		t.EntraTenantID, t.BoundAt, t.BoundBy = entra, at, by
	}
	s.tenants[t.ID] = t
	return t, err
}

func (s *fakeStore) AppendGrants(_ context.Context, t tenant.ID, all ...tenant.Grant) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := taken(&s.fail); err != nil {
		return err
	}
	for _, g := range all {
		g.ID, g.Tenant = int64(len(s.ledger)+1), t
		s.ledger = append(s.ledger, g)
	}
	return nil
}

func (s *fakeStore) Grants(_ context.Context, t tenant.ID) ([]tenant.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest := map[string]tenant.Grant{}
	for _, g := range s.ledger {
		if g.Tenant == t {
			newest[string(g.Kind)+g.Subject] = g
		}
	}
	return slices.Collect(maps.Values(newest)), nil
}

func (s *fakeStore) GrantHistory(context.Context, tenant.ID, int64, int) ([]tenant.Grant, error) {
	return nil, errors.ErrUnsupported
}

func (s *fakeStore) MarkStep(_ context.Context, t tenant.ID, m tenant.StepMark) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.marks[t] == nil {
		s.marks[t] = map[tenant.Step]tenant.StepMark{}
	}
	was, ok := s.marks[t][m.Step]
	if ok {
		if !was.OpenedAt.IsZero() {
			m.OpenedAt = was.OpenedAt
		}
		if !was.ProvedAt.IsZero() {
			m.ProvedAt = was.ProvedAt
		}
		if m.By == "" {
			m.By = was.By
		}
	}
	s.marks[t][m.Step] = m
	return nil
}

func (s *fakeStore) StepMarks(_ context.Context, t tenant.ID) ([]tenant.StepMark, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.marks[t])), nil
}

func (s *fakeStore) AddAgents(_ context.Context, t tenant.ID, group string, agents []tenant.Agent) (added int, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range agents {
		at := slices.IndexFunc(s.agents, func(b tenant.Agent) bool { return b.OID == a.OID && b.Tenant == t })
		if at < 0 {
			a.ID, a.Tenant = tenant.AgentID(s.id()), t
			s.agents = append(s.agents, a)
			added++
		} else if group == "" {
			s.agents[at].Source = tenant.FromSingle
		}
		if group != "" {
			if s.members[group] == nil {
				s.members[group] = map[string]bool{}
			}
			s.members[group][a.OID] = true
		}
	}
	return added, nil
}

func (s *fakeStore) KeepMembers(_ context.Context, t tenant.ID, group string, oids []string) (removed int, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for oid := range s.members[group] {
		if !slices.Contains(oids, oid) {
			delete(s.members[group], oid)
		}
	}
	s.agents = slices.DeleteFunc(s.agents, func(a tenant.Agent) bool {
		if a.Tenant != t || a.Source != tenant.FromGroup {
			return false
		}
		for _, g := range s.members {
			if g[a.OID] {
				return false
			}
		}
		removed++
		delete(s.standings, a.ID)
		return true
	})
	return removed, nil
}

func (s *fakeStore) ChangeAgent(_ context.Context, t tenant.ID, id tenant.AgentID, change func(tenant.Agent) (tenant.Agent, error)) (tenant.Agent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, a := range s.agents {
		if a.ID == id && a.Tenant == t {
			return changed(change, a, func(a tenant.Agent) { s.agents[i] = a })
		}
	}
	return tenant.Agent{}, fault.NotFound("agent_not_found", "there is no such agent")
}

func (s *fakeStore) ListStandings(_ context.Context, t tenant.ID, ready *bool, after tenant.AgentID, limit int) ([]AgentStanding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []AgentStanding
	for _, a := range s.agents {
		st := s.standings[a.ID]
		if a.Tenant == t && a.ID > after && (ready == nil || st.Ready == *ready && !st.CheckedAt.IsZero()) {
			all = append(all, AgentStanding{a, st})
		}
	}
	slices.SortFunc(all, func(a, b AgentStanding) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return all[:min(limit, len(all))], nil
}

func (s *fakeStore) StandingsByOID(_ context.Context, t tenant.ID, oids []string) ([]AgentStanding, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []AgentStanding
	for _, a := range s.agents {
		if a.Tenant == t && slices.Contains(oids, a.OID) {
			all = append(all, AgentStanding{a, s.standings[a.ID]})
		}
	}
	return all, nil
}

func (s *fakeStore) SaveStandings(_ context.Context, t tenant.ID, all []tenant.Standing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range all {
		if was := s.standings[st.Agent].LastRangAt; was.After(st.LastRangAt) {
			st.LastRangAt = was
		}
		if slices.ContainsFunc(s.agents, func(a tenant.Agent) bool { return a.ID == st.Agent && a.Tenant == t }) {
			s.standings[st.Agent] = st
		}
	}
	return nil
}

func (s *fakeStore) MarkRang(_ context.Context, t tenant.ID, oid string, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.agents {
		if st := s.standings[a.ID]; a.Tenant == t && a.OID == oid && at.After(st.LastRangAt) {
			st.LastRangAt = at
			s.standings[a.ID] = st
		}
	}
	return nil
}

func (s *fakeStore) CountStandings(_ context.Context, t tenant.ID) (c Counts, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.agents {
		if a.Tenant != t {
			continue
		}
		c.Total++
		switch st := s.standings[a.ID]; {
		case !a.PausedAt.IsZero():
			c.Paused++
		case st.CheckedAt.IsZero():
			c.Unchecked++
		case st.Ready:
			c.Ready++
		default:
			c.NotReady++
		}
	}
	return c, nil
}

func (s *fakeStore) SaveGroup(_ context.Context, g tenant.Group) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[g.ID] = g
	return nil
}

func (s *fakeStore) Groups(context.Context, tenant.ID) ([]tenant.Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.groups)), nil
}

func (s *fakeStore) DeleteGroup(ctx context.Context, t tenant.ID, id string) error {
	if _, err := s.KeepMembers(ctx, t, id, nil); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.groups, id)
	return nil
}

func (s *fakeStore) StartProof(_ context.Context, p tenant.Proof) (tenant.Proof, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.proofs {
		if q.Tenant == p.Tenant && q.Resource == p.Resource && q.EndedAt.IsZero() {
			return q, fault.Conflict("proof_running", "a proof is under way")
		}
	}
	p.ID = s.id()
	s.proofs = append(s.proofs, p)
	return p, nil
}

func (s *fakeStore) ChangeProof(_ context.Context, ref ProofRef, change func(tenant.Proof) (tenant.Proof, error)) (tenant.Proof, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := taken(&s.failProof); err != nil {
		return tenant.Proof{}, err
	}
	for i, p := range s.proofs {
		if p.Tenant == ref.Tenant && p.ID == ref.ID {
			p.Attempts = slices.Clone(p.Attempts)
			return changed(change, p, func(p tenant.Proof) { s.proofs[i] = p })
		}
	}
	return tenant.Proof{}, fault.NotFound("proof_not_found", "there is no such proof")
}

func (s *fakeStore) Proofs(_ context.Context, t tenant.ID, limit int) ([]tenant.Proof, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []tenant.Proof
	for _, p := range slices.Backward(s.proofs) {
		if p.Tenant == t && len(all) < limit {
			p.Attempts = slices.Clone(p.Attempts)
			all = append(all, p)
		}
	}
	return all, nil
}

func (s *fakeStore) Look(_ context.Context, ref LookRef) (Look, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.looks[ref]
	l.LookRef = ref
	return l, nil
}

func (s *fakeStore) ChangeLook(_ context.Context, ref LookRef, change func(Look) (Look, error)) (Look, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := taken(&s.failLook); err != nil {
		return Look{}, err
	}
	l := s.looks[ref]
	l.LookRef = ref
	return changed(change, l, func(l Look) { s.looks[ref] = l })
}

func (s *fakeStore) DueLooks(_ context.Context, now time.Time, limit int) ([]LookRef, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []LookRef
	for _, kind := range []LookKind{LookConsent, LookGroups, LookAgents, LookTestCall, LookTestUser} {
		for ref, l := range s.looks {
			if ref.Kind == kind && !l.DueAt.IsZero() && !l.DueAt.After(now) && len(all) < limit {
				all = append(all, ref)
			}
		}
	}
	return all, nil
}

func (s *fakeStore) DueProofs(_ context.Context, now time.Time, limit int) ([]ProofRef, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []ProofRef
	for _, p := range s.proofs {
		if p.EndedAt.IsZero() && !p.NextAt.IsZero() && !p.NextAt.After(now) && len(all) < limit {
			all = append(all, ProofRef{p.Tenant, p.ID})
		}
	}
	return all, nil
}

func (s *fakeStore) Offboard(ctx context.Context, t tenant.ID, _ time.Time) (tenant.Tenant, error) {
	s.mu.Lock()
	s.agents, s.proofs, s.looks = nil, nil, map[LookRef]Look{}
	s.mu.Unlock()
	return s.ChangeTenant(ctx, t, func(t tenant.Tenant) (tenant.Tenant, error) { return t.Become(tenant.Offboarded) })
}

func (s *fakeStore) Audit(_ context.Context, _ tenant.ID, e provider.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.audits = append(s.audits, e)
	return nil
}

func (s *fakeStore) TestUser(_ context.Context, t tenant.ID) (tenant.TestUser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.testUsers[t]
	if !ok {
		return u, fault.NotFound("test_user_unknown", "the tenant has named no test user")
	}
	return u, nil
}

func (s *fakeStore) SaveTestUser(_ context.Context, u tenant.TestUser) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.testUsers[u.Tenant] = u
	return nil
}

func (s *fakeStore) DeleteTestUser(_ context.Context, t tenant.ID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.testUsers, t)
	return nil
}
