CREATE TABLE queue (
    tenant_id       uuid        NOT NULL,
    id              uuid        NOT NULL,
    name            text        NOT NULL,
    group_id        uuid, -- whose members are members, behind those of queue_agent
    strategy        text        NOT NULL,
    ring_timeout_ms bigint      NOT NULL,
    wrap_up_ms      bigint      NOT NULL,
    max_wait_ms     bigint      NOT NULL,
    max_length      integer     NOT NULL,
    hours           json        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    changed_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT queue_pkey PRIMARY KEY (tenant_id, id),
    CONSTRAINT queue_name_key UNIQUE (tenant_id, name),
    CONSTRAINT queue_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenant,
    CONSTRAINT queue_group_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES agent_group,
    CONSTRAINT queue_strategy_check CHECK (strategy IN ('in_order', 'longest_idle', 'round_robin', 'least_busy'))
);

CREATE INDEX queue_id_idx ON queue (id); -- for lists and look-ups across tenants
CREATE INDEX queue_group_idx ON queue (tenant_id, group_id);

-- Who is no agent any more is no member either.
CREATE TABLE queue_agent (
    tenant_id uuid    NOT NULL,
    queue_id  uuid    NOT NULL,
    position  integer NOT NULL,
    agent_id  uuid    NOT NULL,
    CONSTRAINT queue_agent_pkey PRIMARY KEY (tenant_id, queue_id, position),
    CONSTRAINT queue_agent_agent_key UNIQUE (tenant_id, queue_id, agent_id),
    CONSTRAINT queue_agent_queue_fkey FOREIGN KEY (tenant_id, queue_id) REFERENCES queue ON DELETE CASCADE,
    CONSTRAINT queue_agent_agent_fkey FOREIGN KEY (tenant_id, agent_id) REFERENCES agent ON DELETE CASCADE
);

CREATE INDEX queue_agent_agent_idx ON queue_agent (tenant_id, agent_id);

-- Calls that wait, so that of all processes' calls the one that waits longest gets
-- the next free agent. A row counts while its call goes on asking: a call whose
-- process is gone must not keep an agent from the others.
CREATE TABLE waiting (
    call_id   uuid        NOT NULL,
    tenant_id uuid        NOT NULL,
    queue_id  uuid        NOT NULL,
    since     timestamptz NOT NULL,
    asked_at  timestamptz NOT NULL, -- -infinity: somebody is being rung for it
    tried     uuid[]      NOT NULL, -- agents whom the call rang before
    CONSTRAINT waiting_pkey PRIMARY KEY (call_id),
    CONSTRAINT waiting_lease_fkey FOREIGN KEY (call_id) REFERENCES call_lease ON DELETE CASCADE
);

CREATE INDEX waiting_queue_idx ON waiting (tenant_id, queue_id, since, call_id);

-- Whose turn it is. A row of an agent who is gone says nothing and is swept.
CREATE TABLE agent_turn (
    tenant_id   uuid        NOT NULL,
    agent_id    uuid        NOT NULL,
    chosen_at   timestamptz, -- kept by a call last
    free_at     timestamptz, -- let go last
    rests_until timestamptz,
    day         date        NOT NULL DEFAULT '-infinity', -- in UTC, of which answered is
    answered    integer     NOT NULL DEFAULT 0,
    touched_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT agent_turn_pkey PRIMARY KEY (tenant_id, agent_id)
);

CREATE INDEX agent_turn_touched_idx ON agent_turn (touched_at);

-- How long an agent needs for a call of a queue, from his ringing to his end: a
-- mean in which each newer call counts for a twentieth at least.
CREATE TABLE queue_pace (
    tenant_id  uuid             NOT NULL,
    queue_id   uuid             NOT NULL,
    service_ms double precision NOT NULL,
    calls      integer          NOT NULL, -- at most 20
    touched_at timestamptz      NOT NULL DEFAULT now(),
    CONSTRAINT queue_pace_pkey PRIMARY KEY (tenant_id, queue_id)
);

CREATE INDEX queue_pace_touched_idx ON queue_pace (touched_at);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['queue', 'queue_agent'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY %I ON %I TO tandem_app USING (tenant_id = current_tenant())', t || '_tenant', t);
        EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO tandem_operator USING (true)', t || '_operator', t);
        EXECUTE format('GRANT SELECT ON %I TO tandem_operator', t);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON queue, queue_agent, waiting, agent_turn, queue_pace TO tandem_app;
