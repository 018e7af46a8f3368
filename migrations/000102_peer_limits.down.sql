ALTER TABLE peer DROP COLUMN max_calls_per_second, DROP COLUMN dial_prefixes;
