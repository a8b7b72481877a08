/** What a payment comes to when its chain cannot be asked. */
import { RpcUnreachable } from '../chain/http-rpc.ts'
import { RpcError } from '../chain/rpc.ts'
import { type Refusal, refuse } from '../mpp/problem.ts'

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
