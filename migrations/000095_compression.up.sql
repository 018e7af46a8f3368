-- A step writes the whole call anew. lz4 packs it several times as fast as the usual
-- way; a server that was built without it goes on in the usual way. New partitions
-- are as their parents.
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
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION lz4', part, col);
    END LOOP;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this server has no lz4';
END
$$;
