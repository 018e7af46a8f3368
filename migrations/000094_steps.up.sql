-- Every step of a call begins by looking whether its lease is still held, in the
-- statement that also says whose step it is. This is what that statement calls if it
-- is not; the error ends the whole batch. hold_lease looked by itself, at three times
-- the price: it stays for the processes of before, while there are some.
CREATE FUNCTION lease_lost() RETURNS boolean
    LANGUAGE plpgsql
AS $$
BEGIN
    RAISE EXCEPTION 'the lease is lost' USING ERRCODE = 'TN001';
END
$$;

REVOKE ALL ON FUNCTION lease_lost() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lease_lost() TO tandem_app;
