DROP TABLE routing_revision;
DROP TABLE route;
