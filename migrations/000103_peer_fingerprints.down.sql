ALTER TABLE peer DROP COLUMN certificate_fingerprints;
