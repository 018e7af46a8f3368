-- What the person or the key was called then that named a test user, as in the trail;
-- who was named before this has none.
ALTER TABLE test_user ADD COLUMN by_name text NOT NULL DEFAULT '';
