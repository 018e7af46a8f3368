DROP TABLE event_outbox, webhook_delivery, event, webhook;
DROP SEQUENCE event_seq;
