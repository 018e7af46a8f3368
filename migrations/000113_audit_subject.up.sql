-- What was done to one call, or to anything else, is found by its name.
CREATE INDEX audit_subject_idx ON audit (tenant_id, subject, id);
