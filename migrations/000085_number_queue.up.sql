ALTER TABLE number
    ADD COLUMN queue_id uuid, -- that callers wait in; without a flow
    ADD CONSTRAINT number_queue_fkey FOREIGN KEY (tenant_id, queue_id) REFERENCES queue;

CREATE INDEX number_queue_idx ON number (tenant_id, queue_id) WHERE queue_id IS NOT NULL;
