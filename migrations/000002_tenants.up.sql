CREATE TABLE region (
    id         text        NOT NULL,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT region_pkey PRIMARY KEY (id)
);

CREATE TABLE tenant (
    tenant_id       uuid        NOT NULL,
    name            text        NOT NULL,
    entra_tenant_id uuid        NOT NULL,
    state           text        NOT NULL,
    home_region     text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    changed_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tenant_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT tenant_entra_tenant_id_key UNIQUE (entra_tenant_id),
    CONSTRAINT tenant_home_region_fkey FOREIGN KEY (home_region) REFERENCES region (id),
    CONSTRAINT tenant_state_check CHECK (state IN ('invited', 'onboarding', 'active', 'suspended', 'offboarded'))
);

CREATE TABLE agent (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    endpoint   text        NOT NULL,
    oid        text        NOT NULL,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT agent_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT agent_oid_key UNIQUE (tenant_id, oid),
    CONSTRAINT agent_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

CREATE TABLE number (
    tenant_id       uuid        NOT NULL,
    e164            text        NOT NULL,
    connectivity    text        NOT NULL,
    display_name    text        NOT NULL,
    ring_timeout_ms integer     NOT NULL,
    answer_policy   text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    changed_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT number_pkey PRIMARY KEY (tenant_id, e164),
    CONSTRAINT number_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT number_answer_policy_check CHECK (answer_policy IN ('with_agent', 'at_once'))
);

-- An agent in a list cannot be deleted: a list that became empty would suddenly
-- mean everybody.
CREATE TABLE number_agent (
    tenant_id uuid     NOT NULL,
    e164      text     NOT NULL,
    position  smallint NOT NULL,
    agent_id  uuid     NOT NULL,
    CONSTRAINT number_agent_pkey PRIMARY KEY (tenant_id, e164, position),
    CONSTRAINT number_agent_agent_key UNIQUE (tenant_id, agent_id, e164),
    CONSTRAINT number_agent_number_fkey FOREIGN KEY (tenant_id, e164) REFERENCES number ON DELETE CASCADE,
    CONSTRAINT number_agent_agent_fkey FOREIGN KEY (tenant_id, agent_id) REFERENCES agent
);

CREATE TABLE audit (
    tenant_id uuid        NOT NULL, -- no foreign key: the trail outlives the tenant
    id        bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    at        timestamptz NOT NULL DEFAULT now(),
    actor     text        NOT NULL,
    action    text        NOT NULL,
    subject   text        NOT NULL,
    detail    jsonb       NOT NULL DEFAULT '{}',
    CONSTRAINT audit_pkey PRIMARY KEY (tenant_id, id)
);

CREATE INDEX audit_id_idx ON audit (id); -- for lists across tenants

-- Whose number is called? Asked before the tenant is known. The primary key
-- also keeps two tenants from having the same number.
CREATE TABLE number_lookup (
    e164      text NOT NULL,
    tenant_id uuid NOT NULL,
    CONSTRAINT number_lookup_pkey PRIMARY KEY (e164),
    CONSTRAINT number_lookup_number_fkey FOREIGN KEY (tenant_id, e164) REFERENCES number ON DELETE CASCADE
);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['tenant', 'agent', 'number', 'number_agent', 'audit'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO tandem_operator USING (true)', t || '_operator', t);
        EXECUTE format('GRANT SELECT ON %I TO tandem_operator', t);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON region, tenant, agent, number, number_agent, number_lookup TO tandem_app;
GRANT SELECT, INSERT ON audit TO tandem_app; -- append-only
