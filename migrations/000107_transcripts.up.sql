-- What was said in calls, phrase by phrase. The journal has the events, without words.
CREATE TABLE transcript_phrase (
    tenant_id     uuid             NOT NULL,
    started_at    timestamptz      NOT NULL, -- of the call, as in its other tables
    call_id       uuid             NOT NULL,
    seq           integer          NOT NULL, -- of the journal's event
    transcription text             NOT NULL,
    locale        text             NOT NULL,
    at            timestamptz      NOT NULL,
    speaker       text             NOT NULL, -- '': not known
    name          text             NOT NULL,
    words         text             NOT NULL,
    confidence    double precision NOT NULL,
    offset_ms     bigint           NOT NULL, -- since the transcription began
    duration_ms   bigint           NOT NULL,
    expires_at    timestamptz,               -- NULL: it does not
    CONSTRAINT transcript_phrase_pkey PRIMARY KEY (tenant_id, started_at, call_id, seq),
    CONSTRAINT transcript_phrase_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

CREATE INDEX transcript_phrase_expires_idx ON transcript_phrase (expires_at) WHERE expires_at IS NOT NULL;

ALTER TABLE transcript_phrase ENABLE ROW LEVEL SECURITY;
ALTER TABLE transcript_phrase FORCE ROW LEVEL SECURITY;
CREATE POLICY transcript_phrase_tenant ON transcript_phrase TO tandem_app USING (tenant_id = current_tenant());
CREATE POLICY transcript_phrase_operator ON transcript_phrase FOR SELECT TO tandem_operator USING (true);
GRANT SELECT ON transcript_phrase TO tandem_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON transcript_phrase TO tandem_app;
