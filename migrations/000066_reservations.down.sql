DROP FUNCTION take_reservation(uuid, uuid, uuid, uuid);
DELETE FROM reservation WHERE call_id IS NULL;
ALTER TABLE reservation DROP COLUMN id, ALTER COLUMN call_id SET NOT NULL;
