-- Ordered voice routes of resources, and what was planned and done about them.
CREATE TABLE route (
    resource_id        text    NOT NULL,
    place              integer NOT NULL, -- 0 is asked first
    name               text    NOT NULL,
    description        text    NOT NULL,
    pattern            text    NOT NULL,
    trunks             text[]  NOT NULL, -- FQDNs of the resource's own
    caller_id_override text    NOT NULL, -- '': none
    CONSTRAINT route_pkey PRIMARY KEY (resource_id, name),
    CONSTRAINT route_resource_fkey FOREIGN KEY (resource_id) REFERENCES resource (id)
);

CREATE TABLE routing_revision (
    id            uuid        NOT NULL,
    resource_id   text        NOT NULL,
    author        text        NOT NULL, -- as in audit
    author_name   text        NOT NULL,
    reason        text        NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    rolls_back_to uuid,
    desired       jsonb       NOT NULL, -- trunk.Routing
    base          jsonb       NOT NULL, -- what Microsoft had when it was planned
    state         text        NOT NULL,
    error         text        NOT NULL DEFAULT '',
    applier       text        NOT NULL DEFAULT '',
    applier_name  text        NOT NULL DEFAULT '',
    applying_at   timestamptz,
    ended_at      timestamptz,          -- when Microsoft had taken or refused it
    CONSTRAINT routing_revision_pkey PRIMARY KEY (id),
    CONSTRAINT revision_resource_fkey FOREIGN KEY (resource_id) REFERENCES resource (id),
    CONSTRAINT routing_revision_state_check CHECK (state IN ('planned', 'applying', 'failed', 'activating', 'active', 'replaced'))
);

-- Two that are applied at once would each undo what the other does.
CREATE UNIQUE INDEX revision_applying_key ON routing_revision (resource_id) WHERE state = 'applying';
CREATE INDEX routing_revision_resource_idx ON routing_revision (resource_id, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON route, routing_revision TO tandem_app;
