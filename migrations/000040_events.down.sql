DROP INDEX event_id_idx;
