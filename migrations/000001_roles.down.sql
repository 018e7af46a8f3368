DROP FUNCTION current_tenant();

REVOKE USAGE ON SCHEMA public FROM tandem_app, tandem_operator;
