DO $$
DECLARE
    part regclass;
    col  text;
BEGIN
    FOR part, col IN
        SELECT tree.relid, packed.col
        FROM (VALUES ('call_snapshot', 'state'), ('call_event', 'payload'), ('call_action', 'payload')) AS packed (parent, col),
            pg_partition_tree(packed.parent::regclass) AS tree
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION default', part, col);
    END LOOP;
END
$$;
