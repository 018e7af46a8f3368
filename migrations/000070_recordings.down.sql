DROP TABLE recording_lookup, recording_settings, recording;
DROP FUNCTION drop_recording_files;
DROP TABLE recording_trash;
