ALTER TABLE grant_now DROP COLUMN by_name;
ALTER TABLE grant_ledger DROP COLUMN by_name;
ALTER TABLE audit DROP COLUMN actor_name, DROP COLUMN subject_name;
