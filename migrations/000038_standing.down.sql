DROP INDEX tenant_judged_with_idx, tenant_words_idx, tenant_standing_idx;

ALTER TABLE tenant
    DROP COLUMN judged_with,
    DROP COLUMN words,
    DROP COLUMN agents_paused,
    DROP COLUMN agents_unchecked,
    DROP COLUMN agents_not_ready,
    DROP COLUMN agents_ready,
    DROP COLUMN drift,
    DROP COLUMN drift_since,
    DROP COLUMN attention,
    DROP COLUMN turn,
    DROP COLUMN problem,
    DROP COLUMN step,
    DROP COLUMN standing_since,
    DROP COLUMN standing;
