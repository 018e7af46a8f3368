CREATE TABLE prompt (
    tenant_id   uuid        NOT NULL,
    id          uuid        NOT NULL,
    name        text        NOT NULL,
    language    text        NOT NULL,
    version     integer     NOT NULL DEFAULT 1,
    duration_ms integer     NOT NULL,
    size        bigint      NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    changed_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT prompt_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT prompt_name_key UNIQUE (tenant_id, name),
    CONSTRAINT prompt_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant
);

-- For lists and look-ups across tenants.
CREATE INDEX prompt_id_idx ON prompt (id);
CREATE INDEX prompt_name_idx ON prompt (name, id);

-- The sound is by itself, so that lists stay light.
CREATE TABLE prompt_audio (
    tenant_id uuid    NOT NULL,
    prompt_id uuid    NOT NULL,
    version   integer NOT NULL, -- of the prompt
    data      bytea   NOT NULL, -- a WAV file
    CONSTRAINT prompt_audio_pkey PRIMARY KEY (tenant_id, prompt_id),
    CONSTRAINT prompt_audio_prompt_fkey FOREIGN KEY (tenant_id, prompt_id) REFERENCES prompt ON DELETE CASCADE
);

-- Sound hardly gets smaller, and without compression a piece of it can be read
-- without the rest (PostgreSQL documentation, §66.2).
ALTER TABLE prompt_audio ALTER COLUMN data SET STORAGE EXTERNAL;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['prompt', 'prompt_audio'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
    END LOOP;
END
$$;

CREATE POLICY prompt_operator ON prompt FOR SELECT TO tandem_operator USING (true);
GRANT SELECT ON prompt TO tandem_operator;
GRANT SELECT, INSERT, UPDATE, DELETE ON prompt, prompt_audio TO tandem_app;
