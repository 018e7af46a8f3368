ALTER TABLE number DROP COLUMN flow_id;
DROP TABLE flow_version, flow;
