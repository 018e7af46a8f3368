-- A tenant exists before anybody knows its Entra id: an admin who signs in
-- binds it.
ALTER TABLE tenant
    ALTER COLUMN entra_tenant_id DROP NOT NULL,
    ADD COLUMN bound_at  timestamptz,
    ADD COLUMN bound_by  text NOT NULL DEFAULT '',
    ADD COLUMN paused_at timestamptz,
    ADD COLUMN paused_by text NOT NULL DEFAULT '';

ALTER TABLE agent
    ADD COLUMN upn       text NOT NULL DEFAULT '',
    ADD COLUMN source    text NOT NULL DEFAULT 'single',
    ADD COLUMN paused_at timestamptz,
    ADD CONSTRAINT agent_source_check CHECK (source IN ('single', 'group'));

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

-- Which invitation is this link? Asked before the tenant is known.
CREATE TABLE invitation_lookup (
    hash      bytea NOT NULL, -- SHA-256 of the word in the link
    tenant_id uuid  NOT NULL,
    id        uuid  NOT NULL,
    CONSTRAINT invitation_lookup_pkey PRIMARY KEY (hash),
    CONSTRAINT invitation_lookup_invitation_fkey FOREIGN KEY (tenant_id, id) REFERENCES invitation ON DELETE CASCADE
);

-- Append-only: what holds is the newest row of a (tenant, kind, subject).
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
    evidence  jsonb       NOT NULL DEFAULT '{}',
    CONSTRAINT grant_ledger_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT grant_ledger_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT grant_ledger_kind_check CHECK (kind IN ('graph_consent', 'federation')),
    CONSTRAINT grant_ledger_state_check CHECK (state IN ('claimed', 'proved', 'doubtful', 'missing', 'revoked'))
);

CREATE INDEX grant_ledger_newest_idx ON grant_ledger (tenant_id, kind, subject, id DESC);

CREATE TABLE onboarding_step (
    tenant_id uuid        NOT NULL,
    step      text        NOT NULL,
    opened_at timestamptz NOT NULL,
    proved_at timestamptz,
    by        text        NOT NULL DEFAULT '',
    CONSTRAINT onboarding_step_pkey PRIMARY KEY (tenant_id, step),
    CONSTRAINT onboarding_step_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

CREATE TABLE agent_standing (
    tenant_id    uuid        NOT NULL,
    agent_id     uuid        NOT NULL,
    ready        boolean     NOT NULL,
    checked_at   timestamptz NOT NULL,
    items        jsonb       NOT NULL,
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
    attempts   jsonb       NOT NULL DEFAULT '[]',
    CONSTRAINT proof_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT proof_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

CREATE UNIQUE INDEX proof_running_key ON proof (tenant_id, resource) WHERE ended_at IS NULL;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['invitation', 'grant_ledger', 'onboarding_step', 'agent_standing', 'agent_group', 'agent_group_member', 'proof'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['invitation', 'grant_ledger', 'onboarding_step', 'agent_standing'] LOOP
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO tandem_operator USING (true)', t || '_operator', t);
        EXECUTE format('GRANT SELECT ON %I TO tandem_operator', t);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON invitation, invitation_lookup, onboarding_step, agent_standing, agent_group, agent_group_member, proof TO tandem_app;
GRANT SELECT, INSERT ON grant_ledger TO tandem_app; -- append-only
