ALTER TABLE tenant DROP COLUMN hold_music;
