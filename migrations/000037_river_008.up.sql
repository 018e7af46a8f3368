-- Generated from River (see package job); do not edit.
-- No-op. Postgres sequences already prevent automatically generated job IDs
-- from being reused.
SELECT 1;

INSERT INTO river_migration (line, version) SELECT 'main', generate_series(1, 8) ON CONFLICT DO NOTHING;

-- River's tables are engine tables (see package migrations).
GRANT SELECT ON river_migration TO tandem_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON river_job, river_leader, river_notification, river_queue TO tandem_app;
GRANT USAGE ON SEQUENCE river_job_id_seq, river_notification_id_seq TO tandem_app;
