DROP INDEX call_live_idx;
