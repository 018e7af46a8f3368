DROP TABLE domain_mark;
DELETE FROM trunk WHERE resource_id IS NULL;
ALTER TABLE trunk
    DROP COLUMN connectivity, -- with its check
    ALTER COLUMN resource_id SET NOT NULL;
