-- What a tenant's calls come to, by the month (UTC) in which they started and by
-- who began them: counted by the step that writes a call's record.
CREATE TABLE call_usage (
    tenant_id uuid   NOT NULL,
    month     date   NOT NULL, -- its first day
    direction text   NOT NULL, -- inbound, outbound
    calls     bigint NOT NULL,
    connected bigint NOT NULL,
    talk_ms   bigint NOT NULL,
    minutes   bigint NOT NULL, -- of talk, each call's rounded up
    people_ms bigint NOT NULL, -- each person's own time in the calls
    CONSTRAINT call_usage_pkey PRIMARY KEY (tenant_id, month, direction),
    CONSTRAINT call_usage_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

CREATE INDEX call_usage_month_idx ON call_usage (month, tenant_id); -- for lists across tenants

-- Who talked in a month at all, so that each counts once. Agents come and go;
-- these rows stay with the numbers they explain.
CREATE TABLE agent_usage (
    tenant_id uuid NOT NULL,
    month     date NOT NULL,
    agent_id  uuid NOT NULL,
    CONSTRAINT agent_usage_pkey PRIMARY KEY (tenant_id, month, agent_id),
    CONSTRAINT agent_usage_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['call_usage', 'agent_usage'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO tandem_operator USING (true)', t || '_operator', t);
        EXECUTE format('GRANT SELECT ON %I TO tandem_operator', t);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE ON call_usage TO tandem_app;
GRANT SELECT, INSERT ON agent_usage TO tandem_app;
