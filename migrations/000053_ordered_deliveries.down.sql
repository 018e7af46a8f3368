DROP INDEX webhook_delivery_before_idx;
ALTER TABLE webhook_delivery DROP COLUMN seq, DROP COLUMN call_id;
