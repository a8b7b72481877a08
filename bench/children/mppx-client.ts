/** The client of mppx: reads words, or buys lines, as WORK says, and prints how many a second as JSON. */
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { peerModule } from '../peers.ts'
import { timed } from './timed.ts'

interface Client {
  tempo: {
    session: {
      manager(options: object): {
        sse(url: string): Promise<AsyncIterable<unknown>>
        fetch(url: string): Promise<Response>
      }
    }
  }
}
interface Viem {
  createClient(options: object): object
  http(url: string): object
}

const { URL: url = '', RPC_URL = '', WORK = 'words', PAYER = '2' } = process.env
const { tempo } = await peerModule<Client>('mppx', 'mppx/client')
const { createClient, http } = await peerModule<Viem>('mppx', 'viem')
const { privateKeyToAccount } = await peerModule<{ privateKeyToAccount(key: string): object }>(
  'mppx',
  'viem/accounts',
)
const { tempoModerato } = await peerModule<{ tempoModerato: object }>('mppx', 'viem/tempo/chains')
const account = privateKeyToAccount((devAccounts[Number(PAYER)] as KeyAccount).privateKey)
const chain = { ...tempoModerato, rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const pay = tempo.session.manager({ account, client, maxDeposit: '10' })

async function* lines(): AsyncGenerator<string> {
  for (;;) yield await (await pay.fetch(`${url}/line`)).text()
}

const perSecond = await timed(WORK === 'lines' ? lines() : await pay.sse(`${url}/words`))
process.stdout.write(`${JSON.stringify({ perSecond })}\n`)
process.exit(0)
