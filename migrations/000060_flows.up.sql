CREATE TABLE flow (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    name       text        NOT NULL,
    published  integer     NOT NULL, -- the version that new calls get
    newest     integer     NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT flow_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT flow_name_key UNIQUE (tenant_id, name),
    CONSTRAINT flow_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT flow_published_check CHECK (published BETWEEN 1 AND newest)
);

-- For lists and look-ups across tenants.
CREATE INDEX flow_id_idx ON flow (id);

-- What a call began with it keeps, so a version never changes.
CREATE TABLE flow_version (
    tenant_id  uuid        NOT NULL,
    flow_id    uuid        NOT NULL,
    version    integer     NOT NULL,
    document   json        NOT NULL, -- as it was written, in its order
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT flow_version_pkey PRIMARY KEY (tenant_id, flow_id, version),
    CONSTRAINT flow_version_flow_fkey FOREIGN KEY (tenant_id, flow_id) REFERENCES flow ON DELETE CASCADE
);

ALTER TABLE number
    ADD COLUMN flow_id uuid,
    ADD CONSTRAINT number_flow_fkey FOREIGN KEY (tenant_id, flow_id) REFERENCES flow;

CREATE INDEX number_flow_idx ON number (tenant_id, flow_id) WHERE flow_id IS NOT NULL;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['flow', 'flow_version'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
    END LOOP;
END
$$;

CREATE POLICY flow_operator ON flow FOR SELECT TO tandem_operator USING (true);
GRANT SELECT ON flow TO tandem_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON flow, flow_version TO tandem_app;
