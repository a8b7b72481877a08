/** The reference server of the streams that are measured: words without end. Prints its address. Killed when done. */
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { listen } from '../../src/http/listen.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { payments } from '../../src/mpp/server/payments.ts'
import { lmdbStore } from '../../src/mpp/server/store/lmdb.ts'
import { between, markedRpc } from './marks.ts'

const { RPC_URL = '', DATA_DIR, VOUCHER_READING_MS = '0' } = process.env
const pay = payments({
  account: devAccounts[0] as KeyAccount,
  chain: markedRpc(httpRpc(RPC_URL), 'server.asks', 'server.told'),
  secretKey: 'a secret of thirty-two bytes or so',
  realm: 'localhost',
  voucherReadingMs: Number(VOUCHER_READING_MS),
  ...(DATA_DIR === undefined ? {} : { store: await lmdbStore(DATA_DIR) }),
})
const offer = { amount: '0.000001', unitType: 'word', suggestedDeposit: '1' }
const words = pay.stream(offer, async function* () {
  for (let n = 0; ; n++) yield `word ${n}`
})
const line = pay.fixed(offer, () => new Response('a line\n'))
const server = await listen((request) =>
  between('server.got', 'server.answers', () =>
    request.url.endsWith('/line') ? line(request) : words(request),
  ),
)
process.stdout.write(`${server.url}\n`)
