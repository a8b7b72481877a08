/** The payee of mppx as its defaults make it, loaded from the target's own folder: what is sold to a request, once paid. */
import { pathUsd } from '../src/contracts/token.ts'
import { devAccounts, type KeyAccount } from '../src/keys/accounts.ts'
import { peerModule } from './peers.ts'

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

/** What mppx streams: it charges a unit each time before the next word. */
export type Words = (stream: { charge(): Promise<void> }) => AsyncIterable<string>

/** A handler of requests that sells for the same price as the reference does. `sold` says what, by the request. */
export async function mppxHandler(
  rpcUrl: string,
  sold: (request: Request) => Words | Response,
): Promise<(request: Request) => Promise<Response>> {
  const { Mppx, tempo } = await peerModule<Server>('mppx', 'mppx/server')
  const { createClient, http } = await peerModule<Viem>('mppx', 'viem')
  const { privateKeyToAccount } = await peerModule<{ privateKeyToAccount(key: string): object }>(
    'mppx',
    'viem/accounts',
  )
  const { tempoModerato } = await peerModule<{ tempoModerato: object }>('mppx', 'viem/tempo/chains')
  const account = privateKeyToAccount((devAccounts[0] as KeyAccount).privateKey)
  const chain = { ...tempoModerato, rpcUrls: { default: { http: [rpcUrl] } } }
  const client = createClient({ account, chain, transport: http(rpcUrl), pollingInterval: 50 })
  const mppx = Mppx.create({
    secretKey: 'a secret of thirty-two bytes or so',
    realm: 'localhost',
    methods: [tempo.session({ account, currency: pathUsd, getClient: () => client, sse: true })],
  })
  const terms = { amount: '0.000001', unitType: 'word', suggestedDeposit: '1' }

  return async (request) => {
    const result = await mppx.session(terms)(request)
    return result.status === 402 ? result.challenge : result.withReceipt(sold(request))
  }
}

/** Words, so many. */
export const mppxWords = (count: number): Words =>
  async function* words(stream) {
    for (let n = 0; n < count; n++) {
      await stream.charge()
      yield `word ${n}`
    }
  }
