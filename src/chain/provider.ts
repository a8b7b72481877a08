/**
 * Whoever answers `request` as EIP-1193 has it, as an `Rpc`: a viem client, a wallet in a browser. Their errors differ;
 * rules here ask whether a node refused something (`RpcError`) or could not be reached (`RpcUnreachable`).
 */
import { type Rpc, RpcError, RpcUnreachable } from './rpc.ts'

/** The same chain, with errors that have one of our names where they mean the same. Our own pass as they are. */
export const withRpcErrors = (rpc: Rpc): Rpc => ({
  request: (request) =>
    rpc.request(request).catch((error: unknown) => {
      throw named(error)
    }),
})

/** Names that viem gives to a node that is not there or does not answer in time. */
const unreachable = new Set([
  'HttpRequestError',
  'TimeoutError',
  'WebSocketRequestError',
  'SocketClosedError',
])

/** The innermost error says what happened; those around it say where. */
function named(error: unknown): unknown {
  const chain = causes(error)
  const own = chain.find((each) => each instanceof RpcError || each instanceof RpcUnreachable)
  if (own !== undefined) return own
  const lost = chain.find(({ name }) => unreachable.has(name))
  if (lost !== undefined) return new RpcUnreachable(lost.url ?? 'its provider', shortOf(lost), error)
  const refused = chain.findLast(({ code }) => typeof code === 'number')
  if (refused === undefined) return error
  const { data } = refused
  return new RpcError(refused.code as number, shortOf(refused), typeof data === 'string' ? data : undefined)
}

/** What providers add to an error. */
interface ProviderError extends Error {
  code?: unknown
  data?: unknown
  details?: string
  shortMessage?: string
  url?: string
}

/** An error and what caused it, outermost first. */
function causes(error: unknown): ProviderError[] {
  const out: ProviderError[] = []
  for (let at = error; at instanceof Error && out.length < maxCauses; at = at.cause) out.push(at)
  return out
}

/** Causes that are followed, so that a circle of them ends. */
const maxCauses = 10

const shortOf = ({ details, shortMessage, message }: ProviderError): string =>
  details || shortMessage || message
