-- Whose word on a caller counts, how a peer writes numbers, and whether it is asked
-- for signs of life.
ALTER TABLE peer
    ADD COLUMN identity     text    NOT NULL DEFAULT 'asserted', -- 'from': its P-Asserted-Identity, Diversion and the like count for nothing
    ADD COLUMN number_rules jsonb   NOT NULL DEFAULT '[]',       -- in order: [{"applies_to", "match", "replace"}]
    ADD COLUMN ping_seconds integer NOT NULL DEFAULT 0,          -- between OPTIONS; 0: none
    ADD CONSTRAINT peer_identity_check CHECK (identity IN ('asserted', 'from'));
