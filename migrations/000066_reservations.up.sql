-- The provider's own router may keep an agent for some seconds, too, before there
-- is a call. Such a reservation has an id and an end; the call that takes it over
-- has neither.
ALTER TABLE reservation
    ALTER COLUMN call_id DROP NOT NULL,
    ADD COLUMN id uuid,
    ADD CONSTRAINT reservation_holder_check CHECK ((call_id IS NULL) = (id IS NOT NULL) AND (call_id IS NULL) = (until IS NOT NULL));

CREATE UNIQUE INDEX reservation_id_key ON reservation (id) WHERE id IS NOT NULL;
CREATE INDEX reservation_until_idx ON reservation (until) WHERE until IS NOT NULL;

-- Hands a reservation over to a call, within the transaction that makes or changes
-- the call; the error ends that.
CREATE FUNCTION take_reservation(tenant uuid, wanted uuid, agent uuid, call uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    UPDATE public.reservation SET call_id = call, id = NULL, until = NULL
    WHERE tenant_id = tenant AND id = wanted AND agent_id = agent AND until > now();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the reservation has lapsed' USING ERRCODE = 'TN003';
    END IF;
END
$$;

REVOKE ALL ON FUNCTION take_reservation(uuid, uuid, uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_reservation(uuid, uuid, uuid, uuid) TO tandem_app;
