-- Generated from River (see package job); do not edit.
-- No-op. Postgres sequences already prevent automatically generated job IDs
-- from being reused.
SELECT 1;
