-- Proofs of trunks: the keys that sign them, and the signed reports.
CREATE TABLE proof_key (
    id         text        NOT NULL, -- of the public key's SHA-256
    seed       bytea       NOT NULL, -- sealed
    public     bytea       NOT NULL,
    made_at    timestamptz NOT NULL,
    retired_at timestamptz,          -- it signs nothing any more, and stays published
    CONSTRAINT proof_key_pkey PRIMARY KEY (id)
);

-- One key signs.
CREATE UNIQUE INDEX proof_key_signing_key ON proof_key ((true)) WHERE retired_at IS NULL;

CREATE TABLE trunk_proof (
    id          uuid        NOT NULL,
    trunk       text        NOT NULL, -- FQDN; it may be gone
    state       text        NOT NULL,
    asked_at    timestamptz NOT NULL DEFAULT now(),
    asker       text        NOT NULL, -- as in audit; '': the schedule
    asker_name  text        NOT NULL,
    node        text        NOT NULL DEFAULT '',
    ended_at    timestamptz,
    result      text        NOT NULL DEFAULT '',
    passed      integer     NOT NULL DEFAULT 0,
    failed      integer     NOT NULL DEFAULT 0,
    not_shown   integer     NOT NULL DEFAULT 0,
    error       text        NOT NULL DEFAULT '', -- why there is no report
    report_json bytea,
    report_html bytea,
    CONSTRAINT trunk_proof_pkey PRIMARY KEY (id),
    CONSTRAINT trunk_proof_state_check CHECK (state IN ('waiting', 'running', 'made', 'broken'))
);

CREATE INDEX trunk_proof_trunk_idx ON trunk_proof (trunk, id);
-- A bench takes the machine's attention: one of a trunk at a time.
CREATE UNIQUE INDEX trunk_proof_running_key ON trunk_proof (trunk) WHERE state IN ('waiting', 'running');

GRANT SELECT, INSERT, UPDATE, DELETE ON proof_key, trunk_proof TO tandem_app;
