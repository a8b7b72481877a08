/** The reference server as the kit starts it in its own process: unbroken, or altered. */
import { usdc } from '../../../../src/contracts/transfer-authorization.ts'
import type { Handler } from '../../../../src/http/handler.ts'
import { type Listening, listen } from '../../../../src/http/listen.ts'
import { upstream } from '../../../../src/x402/server/chat/upstream.ts'
import { chatServer } from '../../../../src/x402/server/example/server.ts'
import { facilitatorAt } from '../../../../src/x402/server/facilitator-client.ts'
import { chainId, type Peers, payee } from '../peers.ts'
import type { Alteration } from './alteration.ts'

/** Starts it on a free port, with the peers of the kit behind it. */
export async function startReference(peers: Peers, alteration: Alteration = {}): Promise<Listening> {
  const { options, merchant, facilitator = same, model = same, http = same, works } = alteration
  const handle = chatServer({
    merchant: { payTo: payee.address, token: usdc, chainId, ...merchant },
    facilitator: facilitator(facilitatorAt(peers.facilitator.url)),
    model: model(upstream({ url: peers.upstream.url })),
    onError: () => undefined,
    ...options,
  })
  const { url } = peers.upstream
  return listen(http(works === undefined ? handle : working(handle, works, `${url}/chat/completions`)))
}

/** Asks the model before anything else. */
const working =
  (handler: Handler, works: (request: Request) => boolean, model: string): Handler =>
  async (request) => {
    if (works(request)) {
      const body = await request.clone().text()
      await (await fetch(model, { method: 'POST', body })).body?.cancel()
    }
    return handler(request)
  }

const same = <T>(own: T): T => own
