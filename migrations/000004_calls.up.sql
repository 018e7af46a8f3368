-- The header of a call, for lists. Its id is a UUIDv7, so that the order of ids
-- is the order in which calls started.
CREATE TABLE call (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    started_at timestamptz NOT NULL, -- the moment inside the id
    phase      text        NOT NULL,
    peer       text        NOT NULL,
    caller     text        NOT NULL,
    called     text        NOT NULL,
    number     text        NOT NULL,
    result     text,
    reason     text,
    ended_at   timestamptz,
    CONSTRAINT call_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT call_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant (tenant_id)
);

CREATE INDEX call_id_idx ON call (id); -- for lists across tenants

CREATE TABLE cdr (
    tenant_id  uuid        NOT NULL,
    call_id    uuid        NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    peer       text        NOT NULL,
    caller     text        NOT NULL,
    called     text        NOT NULL,
    number     text        NOT NULL,
    agent_id   uuid,
    result     text        NOT NULL,
    reason     text        NOT NULL,
    fault      text        NOT NULL,
    setup_ms   bigint      NOT NULL,
    talk_ms    bigint      NOT NULL,
    record     jsonb       NOT NULL,
    CONSTRAINT cdr_pkey PRIMARY KEY (tenant_id, call_id),
    CONSTRAINT cdr_call_fkey FOREIGN KEY (tenant_id, call_id) REFERENCES call (tenant_id, id)
);

CREATE INDEX cdr_call_id_idx ON cdr (call_id); -- for lists across tenants

-- The journal. It has no foreign keys to the header: each step writes both in
-- one transaction, and old partitions go at once.
CREATE TABLE call_event (
    tenant_id  uuid        NOT NULL,
    started_at timestamptz NOT NULL,
    call_id    uuid        NOT NULL,
    seq        integer     NOT NULL,
    at         timestamptz NOT NULL,
    kind       text        NOT NULL,
    payload    jsonb       NOT NULL,
    CONSTRAINT call_event_pkey PRIMARY KEY (tenant_id, started_at, call_id, seq)
) PARTITION BY RANGE (started_at);

-- The call after its last event: one row a call.
CREATE TABLE call_snapshot (
    tenant_id  uuid        NOT NULL,
    started_at timestamptz NOT NULL,
    call_id    uuid        NOT NULL,
    seq        integer     NOT NULL,
    state      jsonb       NOT NULL,
    CONSTRAINT call_snapshot_pkey PRIMARY KEY (tenant_id, started_at, call_id)
) PARTITION BY RANGE (started_at);

CREATE TABLE call_action (
    tenant_id  uuid        NOT NULL,
    started_at timestamptz NOT NULL,
    call_id    uuid        NOT NULL,
    action_id  text        NOT NULL, -- unique in the call
    seq        integer     NOT NULL, -- of the event that asked for it
    n          integer     NOT NULL, -- its place among the actions of that event
    at         timestamptz NOT NULL,
    kind       text        NOT NULL,
    payload    jsonb       NOT NULL,
    state      text        NOT NULL DEFAULT 'pending',
    request_id uuid,
    first_sent timestamptz,
    attempts   integer     NOT NULL DEFAULT 0,
    error      text,
    CONSTRAINT call_action_pkey PRIMARY KEY (tenant_id, started_at, call_id, action_id),
    CONSTRAINT call_action_state_check CHECK (state IN ('pending', 'done', 'failed'))
) PARTITION BY RANGE (started_at);

CREATE TABLE call_event_default PARTITION OF call_event DEFAULT;
CREATE TABLE call_snapshot_default PARTITION OF call_snapshot DEFAULT;
CREATE TABLE call_action_default PARTITION OF call_action DEFAULT;

-- Makes the journal's partitions of this month and the next ones. The app calls
-- it now and then with its own small rights, hence SECURITY DEFINER; a month
-- that is missing costs nothing but the comfort of dropping it, because the
-- default partition takes its rows (and keeps the month from being made then).
CREATE FUNCTION make_journal_partitions(months_ahead integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    -- timezone and not the session's: months are those of UTC
    first   timestamp := date_trunc('month', timezone('UTC', now()));
    made    integer   := 0;
    part    text;
    parent  text;
    from_at timestamp;
BEGIN
    IF months_ahead NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'months_ahead must be from 0 to 24' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Two processes may have the same thought.
    PERFORM pg_advisory_xact_lock(hashtextextended('make_journal_partitions', 0));
    FOR i IN 0..months_ahead LOOP
        from_at := first + make_interval(months => i);
        FOREACH parent IN ARRAY ARRAY['call_event', 'call_snapshot', 'call_action'] LOOP
            part := parent || to_char(from_at, '_YYYY_MM');
            CONTINUE WHEN to_regclass('public.' || quote_ident(part)) IS NOT NULL;
            BEGIN
                EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L)',
                    part, parent, timezone('UTC', from_at), timezone('UTC', from_at + interval '1 month'));
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                NULL; -- the default partition has rows of that month already
            END;
        END LOOP;
    END LOOP;
    RETURN made;
END
$$;

REVOKE ALL ON FUNCTION make_journal_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_journal_partitions(integer) TO tandem_app;
SELECT make_journal_partitions(2);

-- What the engine coordinates with. A lease exists from the first step of a call
-- to its last; whatever hangs on it goes with it.
CREATE TABLE call_lease (
    call_id    uuid        NOT NULL,
    tenant_id  uuid        NOT NULL,
    started_at timestamptz NOT NULL,
    owner      text, -- a life of a process; NULL: nobody yet
    node       text, -- its stable name
    epoch      bigint      NOT NULL,
    expires_at timestamptz,
    CONSTRAINT call_lease_pkey PRIMARY KEY (call_id),
    CONSTRAINT call_lease_owner_check CHECK ((owner IS NULL) = (node IS NULL) AND (owner IS NULL) = (expires_at IS NULL))
);

CREATE INDEX call_lease_owner_idx ON call_lease (owner);
CREATE INDEX call_lease_node_idx ON call_lease (node);
CREATE INDEX call_lease_expires_at_idx ON call_lease (expires_at);

CREATE TABLE call_deadline (
    call_id uuid        NOT NULL,
    kind    text        NOT NULL,
    due_at  timestamptz NOT NULL,
    CONSTRAINT call_deadline_pkey PRIMARY KEY (call_id, kind),
    CONSTRAINT call_deadline_lease_fkey FOREIGN KEY (call_id) REFERENCES call_lease ON DELETE CASCADE
);

CREATE INDEX call_deadline_due_at_idx ON call_deadline (due_at);

-- Events for calls that another process owns.
CREATE TABLE inbox (
    seq      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    call_id  uuid        NOT NULL,
    kind     text        NOT NULL,
    event    jsonb       NOT NULL,
    resource text, -- the delivery that brought it, if it came from Microsoft
    event_id text,
    at       timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inbox_pkey PRIMARY KEY (seq),
    CONSTRAINT inbox_lease_fkey FOREIGN KEY (call_id) REFERENCES call_lease ON DELETE CASCADE,
    CONSTRAINT inbox_seen_check CHECK ((resource IS NULL) = (event_id IS NULL))
);

CREATE INDEX inbox_call_idx ON inbox (call_id, seq);

-- Deliveries taken; kept for 7 days and not partitioned, because a second one
-- must be found across any border.
CREATE TABLE seen_event (
    resource text        NOT NULL,
    event_id text        NOT NULL,
    seen_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT seen_event_pkey PRIMARY KEY (resource, event_id)
);

CREATE INDEX seen_event_seen_at_idx ON seen_event (seen_at);

-- Which agent is kept by which call. A call that is over keeps nobody.
CREATE TABLE reservation (
    tenant_id uuid        NOT NULL,
    agent_id  uuid        NOT NULL,
    call_id   uuid        NOT NULL,
    until     timestamptz, -- NULL: as long as the call says
    CONSTRAINT reservation_pkey PRIMARY KEY (tenant_id, agent_id),
    CONSTRAINT reservation_lease_fkey FOREIGN KEY (call_id) REFERENCES call_lease ON DELETE CASCADE
);

CREATE INDEX reservation_call_idx ON reservation (call_id);

-- Tokens outlive their call for a while, so that one that was used is told from
-- one that never was.
CREATE TABLE sip_token (
    hash          bytea       NOT NULL,
    tenant_id     uuid        NOT NULL,
    call_id       uuid        NOT NULL,
    expires_at    timestamptz NOT NULL,
    bound_call_id text, -- the SIP Call-ID of the dialog that showed it first
    used_at       timestamptz,
    CONSTRAINT sip_token_pkey PRIMARY KEY (hash),
    CONSTRAINT sip_token_bound_check CHECK ((bound_call_id IS NULL) = (used_at IS NULL))
);

CREATE INDEX sip_token_expires_at_idx ON sip_token (expires_at);

-- Far legs by the hash of the token they carry to Microsoft and back.
CREATE TABLE attempt (
    hash      bytea   NOT NULL,
    tenant_id uuid    NOT NULL,
    call_id   uuid    NOT NULL,
    no        integer NOT NULL,
    CONSTRAINT attempt_pkey PRIMARY KEY (hash),
    CONSTRAINT attempt_lease_fkey FOREIGN KEY (call_id) REFERENCES call_lease ON DELETE CASCADE
);

CREATE INDEX attempt_call_idx ON attempt (call_id);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['call', 'cdr', 'call_event', 'call_snapshot', 'call_action'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['call', 'cdr', 'call_snapshot'] LOOP
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO tandem_operator USING (true)', t || '_operator', t);
        EXECUTE format('GRANT SELECT ON %I TO tandem_operator', t);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE ON call, call_snapshot, call_action TO tandem_app;
GRANT SELECT, INSERT ON cdr, call_event TO tandem_app; -- written once
GRANT SELECT, INSERT, UPDATE, DELETE ON
    call_lease, call_deadline, inbox, seen_event, reservation, sip_token, attempt TO tandem_app;
