-- What people and things are called, as it was then: ids of people say nothing to
-- who reads the trail, and the people and things may be gone. Lines from before have
-- no names, for a trail is not rewritten.
ALTER TABLE audit
    ADD COLUMN actor_name   text NOT NULL DEFAULT '',
    ADD COLUMN subject_name text NOT NULL DEFAULT '';

ALTER TABLE grant_ledger ADD COLUMN by_name text NOT NULL DEFAULT '';
ALTER TABLE grant_now ADD COLUMN by_name text NOT NULL DEFAULT '';
