-- A recording, as its call's journal tells it, and the files that came of it.
CREATE TABLE recording (
    tenant_id    uuid        NOT NULL,
    id           uuid        NOT NULL,
    call_id      uuid        NOT NULL,
    resource     text        NOT NULL,
    microsoft_id text        NOT NULL, -- '': not known yet
    seq          integer     NOT NULL, -- of the journal's step that this row is of
    state        text        NOT NULL,
    format       text        NOT NULL,
    channels     text        NOT NULL,
    asked_at     timestamptz NOT NULL,
    started_at   timestamptz,          -- NULL: it never began, so there is no file
    ended_at     timestamptz,
    recorded_ms  bigint      NOT NULL, -- without pauses
    outcome      text        NOT NULL,
    message      text        NOT NULL,
    -- What the jobs know; the journal leaves it alone.
    file         text        NOT NULL DEFAULT 'none',
    files        jsonb       NOT NULL DEFAULT '[]',
    ready_at     timestamptz,          -- Microsoft said where the files are
    stored_at    timestamptz,
    alarmed_at   timestamptz,
    why          text        NOT NULL DEFAULT '', -- the files are lost
    expires_at   timestamptz,          -- NULL: it does not
    CONSTRAINT recording_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT recording_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT recording_file_check CHECK (file IN ('none', 'ready', 'stored', 'lost'))
);

-- For lists and look-ups across tenants.
CREATE INDEX recording_id_idx ON recording (id);
CREATE INDEX recording_call_idx ON recording (call_id);
-- What the jobs look for.
CREATE INDEX recording_expires_idx ON recording (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX recording_waiting_idx ON recording (ended_at) WHERE file IN ('none', 'ready') AND started_at IS NOT NULL;

-- How a tenant records; who has no row has the defaults.
CREATE TABLE recording_settings (
    tenant_id      uuid    NOT NULL,
    retention_days integer NOT NULL, -- 0: kept until deleted
    announcement   jsonb   NOT NULL, -- sources to play; [] is none
    CONSTRAINT recording_settings_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT recording_settings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT recording_settings_retention_check CHECK (retention_days BETWEEN 0 AND 3650)
);

-- Whose recording it is that Microsoft tells of.
CREATE TABLE recording_lookup (
    resource     text NOT NULL,
    microsoft_id text NOT NULL,
    tenant_id    uuid NOT NULL,
    recording_id uuid NOT NULL,
    CONSTRAINT recording_lookup_pkey PRIMARY KEY (resource, microsoft_id),
    CONSTRAINT recording_lookup_recording_fkey FOREIGN KEY (tenant_id, recording_id) REFERENCES recording ON DELETE CASCADE
);
CREATE INDEX recording_lookup_recording_idx ON recording_lookup (tenant_id, recording_id);

-- Files whose recording is gone, to be taken out of the store: however a row goes,
-- its files follow.
CREATE TABLE recording_trash (
    key        text        NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT recording_trash_pkey PRIMARY KEY (key)
);

CREATE FUNCTION drop_recording_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO recording_trash (key)
        SELECT f->>'key' FROM jsonb_array_elements(OLD.files) AS f WHERE f->>'key' <> ''
        ON CONFLICT DO NOTHING;
    RETURN OLD;
END
$$;
CREATE TRIGGER recording_files AFTER DELETE ON recording FOR EACH ROW EXECUTE FUNCTION drop_recording_files();

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['recording', 'recording_settings'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
    END LOOP;
END
$$;

CREATE POLICY recording_operator ON recording FOR SELECT TO tandem_operator USING (true);
GRANT SELECT ON recording TO tandem_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON recording, recording_settings, recording_lookup, recording_trash TO tandem_app;
