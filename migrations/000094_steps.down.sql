DROP FUNCTION lease_lost();
