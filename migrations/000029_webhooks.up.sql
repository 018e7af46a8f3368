-- Where events are sent. A provider table as api_key is: an endpoint belongs to
-- the provider or to one tenant, and events look for theirs before anybody has
-- asked as a tenant.
CREATE TABLE webhook (
    id              uuid        NOT NULL,
    tenant_id       uuid, -- NULL: of the provider, hears of all tenants
    url             text        NOT NULL,
    description     text        NOT NULL,
    types           text[]      NOT NULL, -- empty: all
    enabled         boolean     NOT NULL,
    secret          bytea       NOT NULL, -- sealed
    previous        bytea, -- sealed; also signs until previous_until
    previous_until  timestamptz,
    failing_since   timestamptz, -- NULL: the last attempt was good
    disabled_reason text        NOT NULL DEFAULT '',
    created_at      timestamptz NOT NULL DEFAULT now(),
    changed_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id),
    CONSTRAINT webhook_disabled_reason_check CHECK (disabled_reason IN ('', 'asked', 'gone', 'failing'))
);

-- What happened, for 30 days. What it says is the tenant's, so it is a tenant
-- table. seq is its place among all, given when it is routed: one router at a
-- time gives them, in a transaction each, so whoever has read up to a place has
-- missed nothing before it. (A number given at the insert becomes visible in
-- another order than it was given.)
CREATE TABLE event (
    tenant_id uuid        NOT NULL,
    id        uuid        NOT NULL,
    seq       bigint,
    type      text        NOT NULL,
    at        timestamptz NOT NULL DEFAULT now(),
    data      json        NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT event_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant ON DELETE CASCADE
);

CREATE INDEX event_tenant_seq_idx ON event (tenant_id, seq);
CREATE INDEX event_seq_idx ON event (seq); -- for lists across tenants
CREATE INDEX event_at_idx ON event (tenant_id, at);
CREATE SEQUENCE event_seq AS bigint;

-- One event on its way to one endpoint, with its attempts. A tenant table, for
-- an attempt keeps what was answered about a tenant's event.
CREATE TABLE webhook_delivery (
    tenant_id  uuid        NOT NULL, -- of the event
    webhook_id uuid        NOT NULL,
    event_id   uuid        NOT NULL,
    state      text        NOT NULL,
    run        integer     NOT NULL DEFAULT 1, -- a replay begins another one; jobs of earlier ones find nothing to do
    tries      integer     NOT NULL DEFAULT 0, -- of this run
    attempts   json        NOT NULL DEFAULT '[]',
    next_at    timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_delivery_pkey PRIMARY KEY (tenant_id, webhook_id, event_id),
    CONSTRAINT webhook_delivery_event_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES event ON DELETE CASCADE,
    CONSTRAINT webhook_delivery_webhook_fkey FOREIGN KEY (webhook_id) REFERENCES webhook (id) ON DELETE CASCADE,
    CONSTRAINT webhook_delivery_state_check CHECK (state IN ('pending', 'delivered', 'failed'))
);

CREATE INDEX webhook_delivery_event_idx ON webhook_delivery (tenant_id, event_id);
CREATE INDEX webhook_delivery_webhook_idx ON webhook_delivery (webhook_id, event_id); -- for lists across tenants

-- Events that nobody has routed yet. An engine table: ids only, because a router
-- works for all tenants. Written by whoever writes the event, in the same
-- statement.
CREATE TABLE event_outbox (
    n         bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    tenant_id uuid   NOT NULL,
    event_id  uuid   NOT NULL,
    CONSTRAINT event_outbox_pkey PRIMARY KEY (n),
    CONSTRAINT event_outbox_event_fkey FOREIGN KEY (tenant_id, event_id) REFERENCES event ON DELETE CASCADE
);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['event', 'webhook_delivery'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO tandem_operator USING (true)', t || '_operator', t);
        EXECUTE format('GRANT SELECT ON %I TO tandem_operator', t);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON webhook, event, webhook_delivery, event_outbox TO tandem_app;
GRANT USAGE ON SEQUENCE event_seq TO tandem_app;
