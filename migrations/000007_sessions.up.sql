-- A browser that signed in. An engine table: whom it belongs to is asked before
-- the tenant is known, so it holds ids, and the rest sealed.
CREATE TABLE session (
    hash            bytea       NOT NULL, -- SHA-256 of the cookie
    tenant_id       uuid,                 -- NULL: an operator of the provider, or an admin who is not bound yet
    entra_tenant_id uuid        NOT NULL,
    oid             uuid        NOT NULL,
    person          bytea       NOT NULL, -- sealed: name, account, roles
    created_at      timestamptz NOT NULL DEFAULT now(),
    seen_at         timestamptz NOT NULL DEFAULT now(),
    expires_at      timestamptz NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (hash),
    CONSTRAINT session_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant ON DELETE CASCADE
);

CREATE INDEX session_expires_at_idx ON session (expires_at);
CREATE INDEX session_seen_at_idx ON session (seen_at);
CREATE INDEX session_tenant_idx ON session (tenant_id);
CREATE INDEX session_person_idx ON session (oid, entra_tenant_id);

-- A trip to Microsoft and back (sign-in, admin consent): state is used once.
CREATE TABLE journey (
    hash       bytea       NOT NULL, -- SHA-256 of state
    kind       text        NOT NULL,
    luggage    bytea       NOT NULL, -- sealed: nonce, verifier, invitation, where to go on
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    CONSTRAINT journey_pkey PRIMARY KEY (hash),
    CONSTRAINT journey_kind_check CHECK (kind IN ('sign_in', 'consent'))
);

CREATE INDEX journey_expires_at_idx ON journey (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON session, journey TO tandem_app;

-- A browser's person repeats requests as a key does; key_id is then his object id.
ALTER TABLE idempotency DROP CONSTRAINT idempotency_key_fkey;
