-- What the journal needs so that a step is one round trip to the server.

-- Payloads come from other people's systems. json keeps what is well-formed as
-- it is; jsonb refuses some of it (\u0000, half a surrogate pair, a number with
-- a huge exponent), and a step that can never be written would lose its call.
ALTER TABLE call_event ALTER COLUMN payload TYPE json;
ALTER TABLE call_snapshot ALTER COLUMN state TYPE json;
ALTER TABLE call_action ALTER COLUMN payload TYPE json;
ALTER TABLE inbox ALTER COLUMN event TYPE json;
ALTER TABLE cdr ALTER COLUMN record TYPE json;

-- The delivery that brought the event, if it came from Microsoft.
ALTER TABLE call_event ADD COLUMN resource text, ADD COLUMN event_id text;

-- The owner of a call takes back a step of which he never learned whether it
-- was written, before he writes another one in its place.
GRANT DELETE ON call_event, call_action TO tandem_app;

-- What was still pending when its call ended: nobody will look whether it was done.
ALTER TABLE call_action DROP CONSTRAINT call_action_state_check;
ALTER TABLE call_action ADD CONSTRAINT call_action_state_check CHECK (state IN ('pending', 'done', 'failed', 'dropped'));

-- Locks the lease of a call for one step. The error ends the whole batch of
-- which this is the second statement. NO KEY: posting to the inbox and reserving
-- an agent, which only look whether the call lives, need not wait.
CREATE FUNCTION hold_lease(tenant uuid, call uuid, life text, wanted bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    PERFORM FROM public.call_lease
    WHERE call_id = call AND tenant_id = tenant AND owner = life AND epoch = wanted FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the lease is lost' USING ERRCODE = 'TN001';
    END IF;
END
$$;

-- Takes an event out of the inbox, once.
CREATE FUNCTION take_mail(wanted bigint) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM public.inbox WHERE seq = wanted;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the event was taken before' USING ERRCODE = 'TN002';
    END IF;
END
$$;

REVOKE ALL ON FUNCTION hold_lease(uuid, uuid, text, bigint), take_mail(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hold_lease(uuid, uuid, text, bigint), take_mail(bigint) TO tandem_app;
