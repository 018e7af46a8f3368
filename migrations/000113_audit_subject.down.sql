DROP INDEX audit_subject_idx;
