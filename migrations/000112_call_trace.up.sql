-- The SIP messages of a call, and what its sound was like over time: a row for each dialog,
-- written once, when it is over. Kept for 30 days.
CREATE TABLE call_trace (
    tenant_id  uuid        NOT NULL,
    started_at timestamptz NOT NULL, -- of the call, as in its other tables
    call_id    uuid        NOT NULL,
    leg        text        NOT NULL, -- near, far or a telephone's
    far_end    boolean     NOT NULL, -- Microsoft's end of it, and not a peer's
    began      timestamptz NOT NULL,
    trace      json        NOT NULL,
    CONSTRAINT call_trace_pkey PRIMARY KEY (tenant_id, started_at, call_id, leg, far_end, began),
    CONSTRAINT call_trace_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

CREATE INDEX call_trace_started_idx ON call_trace (started_at);

ALTER TABLE call_trace ENABLE ROW LEVEL SECURITY;
ALTER TABLE call_trace FORCE ROW LEVEL SECURITY;
CREATE POLICY call_trace_tenant ON call_trace TO tandem_app USING (tenant_id = current_tenant());
CREATE POLICY call_trace_operator ON call_trace FOR SELECT TO tandem_operator USING (true);
GRANT SELECT ON call_trace TO tandem_operator;
GRANT SELECT, INSERT, DELETE ON call_trace TO tandem_app;

-- As in the journal: lz4 packs several times as fast as the usual way.
DO $$
BEGIN
    ALTER TABLE call_trace ALTER COLUMN trace SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server has no lz4';
END
$$;
