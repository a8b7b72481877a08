/** What a payment comes to when its chain cannot be asked, or cannot be remembered. */
import { RpcError, RpcUnreachable } from '../../chain/rpc.ts'
import { StoreUnavailable } from '../../store/table.ts'
import { type Refusal, refuse } from '../wire/problem.ts'
import { TooManyProofs } from './charge/proofs.ts'
import { unavailable } from './responses.ts'

/** Seconds until a client should ask again. */
const retryAfterSeconds = 5

/**
 * A handler that answers 503 when the chain or the store is unavailable. Without the chain the terms cannot be stated,
 * since they name the chain id, which is asked once. Without the store a payment could not be recorded, so it is not
 * taken; nor is a free proof while no more of them are remembered.
 */
export const orUnavailable =
  (handle: (request: Request) => Promise<Response>) =>
  async (request: Request): Promise<Response> => {
    try {
      return await handle(request)
    } catch (error) {
      const passing =
        error instanceof RpcUnreachable || error instanceof RpcError || error instanceof StoreUnavailable
      if (passing) return unavailable(retryAfterSeconds)
      if (error instanceof TooManyProofs) return unavailable(error.retryAfterSeconds)
      throw error
    }
  }

/** A node that cannot be reached leaves a payment unverified; nothing was taken, so the client may try again. */
export async function guarded<T>(action: () => Promise<T>): Promise<T | Refusal> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof RpcUnreachable || error instanceof RpcError)
      return refuse('verification-failed', 'the chain cannot be reached at the moment; try again')
    throw error
  }
}
