-- A step of a call may keep the agent whom it rings. This is what the step calls if
-- somebody else has him; the error ends the whole batch.
CREATE FUNCTION agent_taken() RETURNS boolean
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'somebody else has the agent' USING ERRCODE = 'TN004';
END
$$;

REVOKE ALL ON FUNCTION agent_taken() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agent_taken() TO tandem_app;

-- The same for one that takes a telephone beyond what the tenant may have at once.
CREATE FUNCTION outlegs_full() RETURNS boolean
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'as many telephones as may be' USING ERRCODE = 'TN005';
END
$$;

REVOKE ALL ON FUNCTION outlegs_full() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION outlegs_full() TO tandem_app;

-- Processes remember API keys for a moment; each hears at once that one is not what it
-- was.
CREATE FUNCTION key_changed() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_notify('tandem_key', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER key_changed AFTER UPDATE OF revoked_at, expires_at, scopes, tenant_id OR DELETE ON api_key
    FOR EACH STATEMENT EXECUTE FUNCTION key_changed();
