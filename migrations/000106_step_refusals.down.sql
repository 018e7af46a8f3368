DROP TRIGGER key_changed ON api_key;
DROP FUNCTION key_changed();
DROP FUNCTION outlegs_full();
DROP FUNCTION agent_taken();
