DROP TABLE dialling;
ALTER TABLE peer DROP COLUMN dial_to, DROP COLUMN dial_username, DROP COLUMN dial_password, DROP COLUMN dial_regions;
