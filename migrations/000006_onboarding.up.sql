-- A tenant exists before anybody knows its Entra id: an admin who signs in
-- binds it.
ALTER TABLE tenant
    ALTER COLUMN entra_tenant_id DROP NOT NULL,
    ADD COLUMN bound_at  timestamptz,
    ADD COLUMN bound_by  text NOT NULL DEFAULT '',
    ADD COLUMN paused_at timestamptz,
    ADD COLUMN paused_by text NOT NULL DEFAULT '',
    DROP CONSTRAINT tenant_entra_tenant_id_key;

-- An organisation may come back after it was offboarded, as a new tenant.
CREATE UNIQUE INDEX tenant_entra_tenant_id_key ON tenant (entra_tenant_id) WHERE state <> 'offboarded';
CREATE INDEX tenant_offboarded_idx ON tenant (tenant_id) WHERE state = 'offboarded'; -- is anything left of one?

-- For lists and look-ups across tenants.
CREATE INDEX agent_id_idx ON agent (id);
CREATE INDEX number_e164_idx ON number (e164);
CREATE INDEX api_key_tenant_idx ON api_key (tenant_id, id);

ALTER TABLE agent
    ADD COLUMN upn       text NOT NULL DEFAULT '',
    ADD COLUMN source    text NOT NULL DEFAULT 'single',
    ADD COLUMN paused_at timestamptz,
    ADD CONSTRAINT agent_source_check CHECK (source IN ('single', 'group'));

-- The trail repeats words that come from outside; see 000005 on json.
ALTER TABLE audit
    ALTER COLUMN detail DROP DEFAULT,
    ALTER COLUMN detail TYPE json,
    ALTER COLUMN detail SET DEFAULT '{}';

CREATE TABLE invitation (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    kind       text        NOT NULL,
    step       text        NOT NULL, -- of a handover
    note       text        NOT NULL,
    created_by text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    used_at    timestamptz,
    used_by    text        NOT NULL DEFAULT '',
    CONSTRAINT invitation_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT invitation_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT invitation_kind_check CHECK (kind IN ('welcome', 'handover'))
);

CREATE INDEX invitation_id_idx ON invitation (id); -- for lists across tenants

-- Which invitation is this link? Asked before the tenant is known.
CREATE TABLE invitation_lookup (
    hash      bytea NOT NULL, -- SHA-256 of the word in the link
    tenant_id uuid  NOT NULL,
    id        uuid  NOT NULL,
    CONSTRAINT invitation_lookup_pkey PRIMARY KEY (hash),
    CONSTRAINT invitation_lookup_invitation_fkey FOREIGN KEY (tenant_id, id) REFERENCES invitation ON DELETE CASCADE
);

CREATE INDEX invitation_lookup_invitation_idx ON invitation_lookup (tenant_id, id);

-- Append-only, one row for each change of what is known and for each act of a
-- person. What a job sees again unchanged is a new moment in grant_now and no
-- row here: four permissions looked at every ten minutes would bury the rest.
CREATE TABLE grant_ledger (
    tenant_id uuid        NOT NULL,
    id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind      text        NOT NULL,
    subject   text        NOT NULL,
    state     text        NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    by        text        NOT NULL,
    looked    text        NOT NULL, -- what looked
    code      text        NOT NULL,
    message   text        NOT NULL,
    evidence  json        NOT NULL DEFAULT '{}',
    CONSTRAINT grant_ledger_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT grant_ledger_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT grant_ledger_kind_check CHECK (kind IN ('graph_consent', 'federation')),
    CONSTRAINT grant_ledger_state_check CHECK (state IN ('claimed', 'proved', 'doubtful', 'missing', 'revoked'))
);

-- What holds: the last look at each (tenant, kind, subject).
CREATE TABLE grant_now (
    tenant_id uuid        NOT NULL,
    kind      text        NOT NULL,
    subject   text        NOT NULL,
    ledger_id bigint      NOT NULL, -- the row that told of it first
    state     text        NOT NULL,
    at        timestamptz NOT NULL,
    by        text        NOT NULL,
    looked    text        NOT NULL,
    code      text        NOT NULL,
    message   text        NOT NULL,
    evidence  json        NOT NULL,
    CONSTRAINT grant_now_pkey PRIMARY KEY (tenant_id, kind, subject),
    CONSTRAINT grant_now_ledger_fkey FOREIGN KEY (tenant_id, ledger_id) REFERENCES grant_ledger
);

CREATE INDEX grant_now_ledger_idx ON grant_now (tenant_id, ledger_id);

CREATE TABLE onboarding_step (
    tenant_id uuid        NOT NULL,
    step      text        NOT NULL,
    opened_at timestamptz NOT NULL,
    proved_at timestamptz,
    by        text        NOT NULL DEFAULT '',
    CONSTRAINT onboarding_step_pkey PRIMARY KEY (tenant_id, step),
    CONSTRAINT onboarding_step_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

-- What is looked at again and again, with the moment of the next time.
CREATE TABLE onboarding_look (
    tenant_id  uuid    NOT NULL,
    kind       text    NOT NULL,
    due_at     timestamptz, -- NULL: not by itself
    started_at timestamptz,
    ended_at   timestamptz,
    tries      integer NOT NULL,
    code       text    NOT NULL,
    oid        text    NOT NULL,
    call       text    NOT NULL,
    after      text    NOT NULL,
    total      integer NOT NULL,
    done       integer NOT NULL,
    CONSTRAINT onboarding_look_pkey PRIMARY KEY (tenant_id, kind),
    CONSTRAINT onboarding_look_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT onboarding_look_kind_check CHECK (kind IN ('consent', 'agents', 'groups', 'test_call'))
);

CREATE INDEX onboarding_look_due_at_idx ON onboarding_look (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE agent_standing (
    tenant_id    uuid        NOT NULL,
    agent_id     uuid        NOT NULL,
    ready        boolean,              -- NULL: nobody has looked yet
    blocked      boolean     NOT NULL, -- ringing would fail for a reason that is known
    checked_at   timestamptz,
    items        json        NOT NULL,
    last_rang_at timestamptz,
    CONSTRAINT agent_standing_pkey PRIMARY KEY (tenant_id, agent_id),
    CONSTRAINT agent_standing_agent_fkey FOREIGN KEY (tenant_id, agent_id) REFERENCES agent ON DELETE CASCADE
);

CREATE INDEX agent_standing_ready_idx ON agent_standing (tenant_id, ready, agent_id);

CREATE TABLE agent_group (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL, -- object id in Entra
    name       text        NOT NULL,
    members    integer     NOT NULL DEFAULT 0,
    added_by   text        NOT NULL,
    added_at   timestamptz NOT NULL DEFAULT now(),
    synced_at  timestamptz,
    sync_error text        NOT NULL DEFAULT '',
    CONSTRAINT agent_group_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT agent_group_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

CREATE TABLE agent_group_member (
    tenant_id uuid NOT NULL,
    group_id  uuid NOT NULL,
    agent_id  uuid NOT NULL,
    CONSTRAINT agent_group_member_pkey PRIMARY KEY (tenant_id, group_id, agent_id),
    CONSTRAINT agent_group_member_group_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES agent_group ON DELETE CASCADE,
    CONSTRAINT agent_group_member_agent_fkey FOREIGN KEY (tenant_id, agent_id) REFERENCES agent ON DELETE CASCADE
);

CREATE INDEX agent_group_member_agent_idx ON agent_group_member (tenant_id, agent_id);

CREATE TABLE proof (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    resource   text        NOT NULL,
    oid        uuid        NOT NULL, -- whom it rings
    name       text        NOT NULL,
    started_by text        NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    next_at    timestamptz,
    ended_at   timestamptz,
    verdict    text        NOT NULL DEFAULT '',
    attempts   json        NOT NULL DEFAULT '[]',
    CONSTRAINT proof_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT proof_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

CREATE UNIQUE INDEX proof_running_key ON proof (tenant_id, resource) WHERE ended_at IS NULL;
CREATE INDEX proof_next_at_idx ON proof (next_at) WHERE ended_at IS NULL; -- whose attempt is due?

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['invitation', 'grant_ledger', 'grant_now', 'onboarding_step', 'onboarding_look', 'agent_standing', 'agent_group', 'agent_group_member', 'proof'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['invitation', 'grant_ledger', 'grant_now', 'onboarding_step', 'onboarding_look', 'agent_standing', 'proof'] LOOP
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO tandem_operator USING (true)', t || '_operator', t);
        EXECUTE format('GRANT SELECT ON %I TO tandem_operator', t);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON
    invitation, invitation_lookup, grant_now, onboarding_step, onboarding_look, agent_standing, agent_group, agent_group_member, proof TO tandem_app;

-- The ledger is append-only; offboarding takes it away as a whole, and with it
-- what the journal kept of calls that are over. Their records stay.
GRANT SELECT, INSERT, DELETE ON grant_ledger TO tandem_app;
CREATE POLICY grant_ledger_offboarded ON grant_ledger AS RESTRICTIVE FOR DELETE TO tandem_app
    USING (EXISTS (SELECT FROM tenant t WHERE t.tenant_id = grant_ledger.tenant_id AND t.state = 'offboarded'));
GRANT DELETE ON call_snapshot TO tandem_app;
CREATE POLICY call_snapshot_offboarded ON call_snapshot AS RESTRICTIVE FOR DELETE TO tandem_app
    USING (EXISTS (SELECT FROM tenant t WHERE t.tenant_id = call_snapshot.tenant_id AND t.state = 'offboarded'));
