ALTER TABLE number DROP COLUMN queue_id;
