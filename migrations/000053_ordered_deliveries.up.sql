-- What is told of a call comes to an endpoint in the order in which it happened: a
-- delivery waits while one of the same call before it is on its way.
ALTER TABLE webhook_delivery ADD COLUMN call_id uuid; -- NULL: its event is about no call
ALTER TABLE webhook_delivery ADD COLUMN seq bigint; -- of the event

CREATE INDEX webhook_delivery_before_idx ON webhook_delivery (tenant_id, webhook_id, call_id, seq)
    WHERE state = 'pending' AND call_id IS NOT NULL;
