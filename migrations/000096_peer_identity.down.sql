ALTER TABLE peer DROP COLUMN identity, DROP COLUMN number_rules, DROP COLUMN ping_seconds;
