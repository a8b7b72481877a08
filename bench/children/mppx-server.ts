/** The server of the streams that are measured, by mppx with its defaults: words without end. Prints its address. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pathUsd } from '../../src/contracts/token.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { peerModule } from '../peers.ts'

type Handle = (request: Request) => Promise<{
  status: number
  challenge: Response
  withReceipt(content: unknown): Response
}>
interface Server {
  Mppx: { create(options: object): { session(terms: object): Handle } }
  tempo: { session(options: object): object }
}
interface Viem {
  createClient(options: object): object
  http(url: string): object
}

const { RPC_URL = '' } = process.env
const { Mppx, tempo } = await peerModule<Server>('mppx', 'mppx/server')
const { createClient, http } = await peerModule<Viem>('mppx', 'viem')
const { privateKeyToAccount } = await peerModule<{ privateKeyToAccount(key: string): object }>(
  'mppx',
  'viem/accounts',
)
const { tempoModerato } = await peerModule<{ tempoModerato: object }>('mppx', 'viem/tempo/chains')
const { getRequestListener } = await peerModule<{
  getRequestListener(handle: (request: Request) => Promise<Response>, options: object): never
}>('mppx', '@hono/node-server')

const account = privateKeyToAccount((devAccounts[0] as KeyAccount).privateKey)
const chain = { ...tempoModerato, rpcUrls: { default: { http: [RPC_URL] } } }
const client = createClient({ account, chain, transport: http(RPC_URL), pollingInterval: 50 })
const mppx = Mppx.create({
  secretKey: 'a secret of thirty-two bytes or so',
  realm: 'localhost',
  methods: [tempo.session({ account, currency: pathUsd, getClient: () => client, sse: true })],
})
const terms = { amount: '0.000001', unitType: 'word', suggestedDeposit: '1' }

async function* words(stream: { charge(): Promise<void> }) {
  for (let n = 0; ; n++) {
    await stream.charge()
    yield `word ${n}`
  }
}

const listener = getRequestListener(
  async (request) => {
    const result = await mppx.session(terms)(request)
    if (result.status === 402) return result.challenge
    return result.withReceipt(request.url.endsWith('/line') ? new Response('a line\n') : words)
  },
  { overrideGlobalObjects: false },
)
const server = createServer({ maxHeaderSize: 65_536 }, listener)
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
