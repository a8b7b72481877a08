/** The reference server as the kit starts it in its own process: unbroken, or altered. */
import { usdc } from '../../../../src/contracts/transfer-authorization.ts'
import { type Listening, listen } from '../../../../src/http/listen.ts'
import { upstream } from '../../../../src/x402/server/chat/upstream.ts'
import { chatServer } from '../../../../src/x402/server/example/server.ts'
import { facilitatorAt } from '../../../../src/x402/server/facilitator-client.ts'
import { chainId, type Peers, payee } from '../peers.ts'
import type { Alteration } from './alteration.ts'

/** Starts it on a free port, with the peers of the kit behind it. */
export async function startReference(peers: Peers, alteration: Alteration = {}): Promise<Listening> {
  const { options, merchant, facilitator = same, model = same, http = same } = alteration
  const handle = chatServer({
    merchant: { payTo: payee.address, token: usdc, chainId, ...merchant },
    facilitator: facilitator(facilitatorAt(peers.facilitator.url)),
    model: model(upstream({ url: peers.upstream.url })),
    onError: () => undefined,
    ...options,
  })
  return listen(http(handle))
}

const same = <T>(own: T): T => own
