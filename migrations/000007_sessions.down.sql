DELETE FROM idempotency WHERE key_id NOT IN (SELECT id FROM api_key);
ALTER TABLE idempotency ADD CONSTRAINT idempotency_key_fkey FOREIGN KEY (key_id) REFERENCES api_key (id) ON DELETE CASCADE;
DROP TABLE journey, session;
