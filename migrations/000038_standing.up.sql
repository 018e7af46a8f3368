-- How a tenant stands, kept beside it so that a list of 100,000 can show it and
-- look for it. Package onboarding judges; restand in internal/postgres writes,
-- in the transaction that changes what the verdict depends on.
ALTER TABLE tenant
    ADD COLUMN standing         text        NOT NULL DEFAULT '', -- '': not judged yet
    ADD COLUMN standing_since   timestamptz,                     -- standing and step
    ADD COLUMN step             text        NOT NULL DEFAULT '',
    ADD COLUMN problem          text        NOT NULL DEFAULT '',
    ADD COLUMN turn             text        NOT NULL DEFAULT '',
    ADD COLUMN attention        boolean     NOT NULL DEFAULT false,
    ADD COLUMN drift_since      timestamptz,                     -- NULL: what was proved holds
    ADD COLUMN drift            boolean     NOT NULL GENERATED ALWAYS AS (drift_since IS NOT NULL) STORED,
    ADD COLUMN agents_ready     integer     NOT NULL DEFAULT 0,
    ADD COLUMN agents_not_ready integer     NOT NULL DEFAULT 0,
    ADD COLUMN agents_unchecked integer     NOT NULL DEFAULT 0,
    ADD COLUMN agents_paused    integer     NOT NULL DEFAULT 0,
    -- Words of name and ids, in lower case. Text search is part of every
    -- PostgreSQL; pg_trgm, which would find the middle of a word too, has to be
    -- installed or allowed first in many places.
    ADD COLUMN words            tsvector    NOT NULL DEFAULT '',
    -- How many shared resources there were when it was judged. Where there are
    -- more by now, and where it never was, a job judges again.
    ADD COLUMN judged_with      integer     NOT NULL DEFAULT -1;

-- Every filter of the list is some ranges of this one, each in the order of ids.
CREATE INDEX tenant_standing_idx ON tenant (state, standing, attention, drift, tenant_id);
CREATE INDEX tenant_words_idx ON tenant USING gin (words);
CREATE INDEX tenant_judged_with_idx ON tenant (judged_with);
