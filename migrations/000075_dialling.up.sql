-- Where a peer takes calls from us, and for which regions.
ALTER TABLE peer
    ADD COLUMN dial_to       text   NOT NULL DEFAULT '', -- a SIP URI; '': it takes none
    ADD COLUMN dial_username text   NOT NULL DEFAULT '',
    ADD COLUMN dial_password bytea, -- sealed
    ADD COLUMN dial_regions  text[] NOT NULL DEFAULT '{}'; -- empty: all

-- What may be dialled at a tenant's expense. A tenant without a row has the
-- defaults of the program.
CREATE TABLE dialling (
    tenant_id  uuid        NOT NULL,
    prefixes   text[]      NOT NULL,
    max_legs   integer     NOT NULL,
    peer       text        NOT NULL, -- by name; '': the one of the home region
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT dialling_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT dialling_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

ALTER TABLE dialling ENABLE ROW LEVEL SECURITY;
ALTER TABLE dialling FORCE ROW LEVEL SECURITY;
CREATE POLICY dialling_tenant ON dialling TO tandem_app USING (tenant_id = current_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON dialling TO tandem_app;
