-- How fast a peer may begin calls, and where it may be dialled for.
ALTER TABLE peer
    ADD COLUMN max_calls_per_second integer NOT NULL DEFAULT 0,    -- 0: the edge's setting
    ADD COLUMN dial_prefixes        text[]  NOT NULL DEFAULT '{}'; -- beginnings of E.164 numbers; empty: all
