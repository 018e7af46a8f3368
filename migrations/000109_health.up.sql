-- How trunks and peers are, as the nodes that carry them tell.
CREATE TABLE health (
    kind      text        NOT NULL,
    name      text        NOT NULL, -- FQDN of a trunk, name of a peer
    node      text        NOT NULL, -- that tells; '' of a trunk, which is one node's anyway
    held      jsonb       NOT NULL, -- trunk.Held: what is believed
    signs     jsonb       NOT NULL, -- trunk.Signs, without its calls
    expiry    timestamptz,          -- of the certificate whose end was told of
    seen_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT health_pkey PRIMARY KEY (kind, name, node),
    CONSTRAINT health_kind_check CHECK (kind IN ('trunk', 'peer'))
);

-- The same over time: a row for every five minutes in which there was something to tell.
CREATE TABLE health_sample (
    kind       text        NOT NULL,
    name       text        NOT NULL,
    node       text        NOT NULL,
    at         timestamptz NOT NULL, -- when the five minutes begin
    worst      text        NOT NULL, -- of what was believed in them
    sent       bigint      NOT NULL, -- OPTIONS of ours
    good       bigint      NOT NULL, -- of those, answered as they should be
    calls      bigint      NOT NULL, -- begun
    answered   bigint      NOT NULL,
    round_trip bigint      NOT NULL, -- the longest, in microseconds; 0: none
    CONSTRAINT health_sample_pkey PRIMARY KEY (kind, name, node, at),
    CONSTRAINT health_sample_health_fkey FOREIGN KEY (kind, name, node) REFERENCES health ON DELETE CASCADE,
    CONSTRAINT health_sample_worst_check CHECK (worst IN ('unknown', 'up', 'degraded', 'down'))
);

CREATE INDEX health_sample_at_idx ON health_sample (at); -- to forget

GRANT SELECT, INSERT, UPDATE, DELETE ON health, health_sample TO tandem_app;
