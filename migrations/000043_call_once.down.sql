DROP INDEX call_once_key;
ALTER TABLE call DROP COLUMN once;
