# The unmodified mppx command line does one errand of the kit, and closes the channels that it keeps in STATE_DIR.
export HOME="$STATE_DIR" XDG_CONFIG_HOME="$STATE_DIR/config" XDG_DATA_HOME="$STATE_DIR/data" XDG_STATE_HOME="$STATE_DIR/state"
export MPPX_PRIVATE_KEY="$PRIVATE_KEY"
mppx() { node ../mppx/node_modules/mppx/dist/bin.js "$@"; }
mppx "$1" --rpc-url "$RPC_URL" --silent -M deposit="$MAX_DEPOSIT" ${METHOD:+--method "$METHOD"} ${BODY:+--data "$BODY"}
code=$?
# Of all channels together it would ask the public node.
for id in $(mppx sessions list --format json | sed -n 's/.*"channelId": "\(0x[0-9a-f]*\)".*/\1/p'); do
  mppx sessions close "$id" --rpc-url "$RPC_URL" >&2
done
exit $code
