-- Client certificates of a peer by their SHA-256, beside a name in them: 64 hex digits each.
ALTER TABLE peer ADD COLUMN certificate_fingerprints text[] NOT NULL DEFAULT '{}';
