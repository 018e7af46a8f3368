ALTER TABLE test_user DROP COLUMN by_name;
