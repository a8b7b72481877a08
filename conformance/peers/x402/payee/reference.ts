/** The reference server as the kit starts it in its own process: unbroken, or altered. */
import { usdc } from '../../../../src/contracts/transfer-authorization.ts'
import type { Handler } from '../../../../src/http/handler.ts'
import { type Listening, listen } from '../../../../src/http/listen.ts'
import { upstream } from '../../../../src/x402/server/chat/upstream.ts'
import { claimTable } from '../../../../src/x402/server/claim-table.ts'
import { type ClaimStore, memoryClaims } from '../../../../src/x402/server/claims.ts'
import { chatPath, chatServer } from '../../../../src/x402/server/example/server.ts'
import { facilitatorAt } from '../../../../src/x402/server/facilitator-client.ts'
import type { Facilitator } from '../../../../src/x402/wire/facilitator-api.ts'
import type { Instance } from '../../../harness/process.ts'
import { chainId, type Peers, payee } from '../peers.ts'
import type { Alteration } from './alteration.ts'
import { disk } from './disk.ts'

interface Setting {
  port?: number
  claims?: ClaimStore
  /** Puts something around whoever settles. */
  around?: (own: Facilitator) => Facilitator
}

/** Starts it, on a free port unless one is named, with the peers of the kit behind it. */
export async function startReference(
  peers: Peers,
  alteration: Alteration = {},
  { port = 0, claims: found = memoryClaims(), around = same }: Setting = {},
): Promise<Listening> {
  const {
    options,
    merchant,
    facilitator = same,
    model = same,
    http = same,
    works,
    claims = same,
    listen: serves = listen,
  } = alteration
  const handle = chatServer({
    merchant: { payTo: payee.address, token: usdc, chainId, ...merchant },
    facilitator: facilitator(around(facilitatorAt(peers.facilitator.url))),
    model: model(upstream({ url: peers.upstream.url })),
    onError: () => undefined,
    claims: claims(found),
    ...options,
  })
  const { url } = peers.upstream
  const altered = http(works === undefined ? handle : working(handle, works, `${url}/chat/completions`))
  return serves(altered, { port })
}

/**
 * An instance that dies without a process of its own: its connections break, and what it was doing stops at its next
 * step to its claims or its facilitator. What it had stored is there when it starts again.
 */
export async function launchInProcess(peers: Peers, alteration: Alteration = {}): Promise<Instance> {
  const engine = disk()
  const begin = async (port?: number) => {
    let dead = false
    const alive = <T>(work: () => Promise<T>): Promise<T> => (dead ? new Promise<T>(() => undefined) : work())
    const own = claimTable(engine)
    const claims: ClaimStore = {
      update: (name, change) => alive(() => own.update(name, change)),
      forget: (now) => alive(() => own.forget(now)),
    }
    const around = ({ verify, settle, supported }: Facilitator): Facilitator => ({
      verify: (request) => alive(() => verify(request)),
      settle: (request) => alive(() => settle(request)),
      supported,
    })
    const server = await startReference(peers, alteration, {
      claims,
      around,
      ...(port === undefined ? {} : { port }),
    })
    const kill = () => {
      dead = true
      return server.close()
    }
    return { server, kill }
  }
  let running = await begin()
  const { url, port } = running.server
  return {
    url: `${url}${chatPath}`,
    kill: () => running.kill(),
    terminate: () => running.kill().then(() => true),
    async restart() {
      await running.kill()
      running = await begin(port)
    },
    stop: () => running.kill(),
  }
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
