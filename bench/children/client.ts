/** The reference client: reads words, or buys lines, as WORK says, and prints how many a second as JSON. */
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { keptFetch } from '../../src/http/kept-head.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { session } from '../../src/mpp/client/session.ts'
import { between, end, mark } from './marks.ts'
import { timed } from './timed.ts'

const { URL: url = '', RPC_URL = '', WORK = 'words', PAYER = '1', AHEAD } = process.env
const pay = session({
  account: devAccounts[Number(PAYER)] as KeyAccount,
  chain: httpRpc(RPC_URL),
  maxDeposit: '10',
  ahead: AHEAD === '1' ? 1 : 0,
  fetch: (...asked) => between('client.sends', 'client.answered', () => keptFetch(...asked)),
})

async function* lines(): AsyncGenerator<string> {
  for (;;) yield await (await pay.fetch(`${url}/line`)).text()
}

async function* marked(source: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const value of source) {
    mark('client.has')
    yield value
  }
}

const perSecond = await timed(marked(WORK === 'lines' ? lines() : pay.sse(`${url}/words`)))
process.stdout.write(`${JSON.stringify({ perSecond })}\n`)
end()
