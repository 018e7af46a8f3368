CREATE TABLE resource (
    id                 text        NOT NULL,
    region_id          text        NOT NULL,
    endpoint           text        NOT NULL,
    immutable_id       uuid        NOT NULL,
    access_key         bytea       NOT NULL, -- sealed
    owner_tenant       uuid,
    made_at            timestamptz NOT NULL,
    cognitive_endpoint text        NOT NULL,
    anchor_number      text        NOT NULL,
    created_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT resource_pkey PRIMARY KEY (id),
    CONSTRAINT resource_immutable_id_key UNIQUE (immutable_id),
    CONSTRAINT resource_endpoint_key UNIQUE (endpoint),
    CONSTRAINT resource_region_fkey FOREIGN KEY (region_id) REFERENCES region (id),
    CONSTRAINT resource_owner_tenant_fkey FOREIGN KEY (owner_tenant) REFERENCES tenant (tenant_id)
);

CREATE TABLE trunk (
    fqdn        text        NOT NULL,
    port        integer     NOT NULL,
    resource_id text        NOT NULL,
    kind        text        NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT trunk_pkey PRIMARY KEY (fqdn),
    CONSTRAINT trunk_resource_fkey FOREIGN KEY (resource_id) REFERENCES resource (id),
    CONSTRAINT trunk_kind_check CHECK (kind IN ('builtin', 'external'))
);

CREATE INDEX trunk_resource_idx ON trunk (resource_id);

CREATE TABLE peer (
    id               uuid        NOT NULL,
    name             text        NOT NULL,
    auth             text        NOT NULL,
    username         text,
    realm            text        NOT NULL,
    ha1_md5          bytea, -- sealed
    ha1_sha256       bytea, -- sealed
    certificate_name text,
    addresses        cidr[]      NOT NULL,
    max_calls        integer     NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    changed_at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT peer_pkey PRIMARY KEY (id),
    CONSTRAINT peer_name_key UNIQUE (name),
    CONSTRAINT peer_username_key UNIQUE (username),
    CONSTRAINT peer_certificate_name_key UNIQUE (certificate_name),
    CONSTRAINT peer_auth_check CHECK (auth IN ('digest', 'address', 'certificate'))
);

CREATE TABLE api_key (
    id           uuid        NOT NULL,
    tenant_id    uuid, -- NULL: of the provider
    name         text        NOT NULL,
    scopes       text[]      NOT NULL,
    hash         bytea       NOT NULL,
    hint         text        NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT api_key_pkey PRIMARY KEY (id),
    CONSTRAINT api_key_hash_key UNIQUE (hash),
    CONSTRAINT api_key_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id)
);

-- What a POST with an Idempotency-Key was answered. The answer may hold a
-- secret that is shown once, so whoever writes it seals it.
CREATE TABLE idempotency (
    key_id      uuid        NOT NULL,
    name        text        NOT NULL, -- the Idempotency-Key
    fingerprint bytea       NOT NULL, -- of the request
    status      integer, -- NULL: the request is still being worked on
    location    text,
    answer      bytea,
    claimed_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_pkey PRIMARY KEY (key_id, name),
    CONSTRAINT idempotency_key_fkey FOREIGN KEY (key_id) REFERENCES api_key (id) ON DELETE CASCADE
);

CREATE INDEX idempotency_claimed_at_idx ON idempotency (claimed_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON resource, trunk, peer, api_key, idempotency TO tandem_app;
