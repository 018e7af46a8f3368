DROP TABLE attempt, sip_token, reservation, seen_event, inbox, call_deadline, call_lease;
DROP TABLE call_action, call_snapshot, call_event, cdr, call;
DROP FUNCTION make_journal_partitions(integer);
