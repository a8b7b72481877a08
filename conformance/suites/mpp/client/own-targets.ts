/** Our own client: the reference, sent in the kit's own process, and as the command `pay` where a process is judged. */
import type { OwnTarget } from '../../../kit/suite.ts'

const pay: OwnTarget = {
  command:
    'pay {url} --rpc-url "$RPC_URL" --max-deposit "$MAX_DEPOSIT" --private-key "$PRIVATE_KEY" --state-dir "$STATE_DIR"',
  url: '',
  env: {},
  resources: {},
  statements: {},
}

export const ownTargets: Readonly<Record<string, OwnTarget>> = {
  reference: pay,
  'reference-v1': { ...pay, statements: { protocol: 'v1' } },
}
