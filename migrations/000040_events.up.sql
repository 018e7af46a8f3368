-- For look-ups across tenants: where an event is in the order, and whose it is.
CREATE INDEX event_id_idx ON event (id);
