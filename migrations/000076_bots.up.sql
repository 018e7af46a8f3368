CREATE TABLE bot (
    tenant_id   uuid        NOT NULL,
    id          uuid        NOT NULL,
    name        text        NOT NULL,
    url         text        NOT NULL,
    secret      bytea       NOT NULL, -- sealed
    language    text        NOT NULL,
    dtmf_clears boolean     NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    changed_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT bot_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT bot_name_key UNIQUE (tenant_id, name),
    CONSTRAINT bot_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

-- For lists and look-ups across tenants.
CREATE INDEX bot_id_idx ON bot (id);

ALTER TABLE bot ENABLE ROW LEVEL SECURITY;
ALTER TABLE bot FORCE ROW LEVEL SECURITY;
CREATE POLICY bot_tenant ON bot TO tandem_app USING (tenant_id = current_tenant());
CREATE POLICY bot_operator ON bot FOR SELECT TO tandem_operator USING (true);
GRANT SELECT ON bot TO tandem_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON bot TO tandem_app;
