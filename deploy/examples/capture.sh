#!/usr/bin/env bash
# Look at the quality of a running call, and capture its SIP, RTP and RTCP for Wireshark.
. "$(dirname "$0")/lib.sh"

connect
await "/calls/$call/quality" '[.legs[] | select(.packets_in > 50)] | length == 2' | jq -c '.legs[] | {leg, "end", packets_in, lost, jitter_ms, mos}'

api POST "/calls/$call/capture" '{"seconds": 60}' | jq -c '{state, sound}'
await "/calls/$call/capture" '.size > 20000' >/dev/null
api POST "/calls/$call/capture/stop" | jq -c '{state, missing}'
api GET "/calls/$call/capture/content" >"$temporary/call.pcap"
[ "$(head -c 4 "$temporary/call.pcap" | od -An -tx1 | tr -d ' \n')" = 4d3cb2a1 ] || fail "this is no pcap file"
echo "$(stat -c %s "$temporary/call.pcap") bytes for Wireshark"
api DELETE "/calls/$call/capture"
