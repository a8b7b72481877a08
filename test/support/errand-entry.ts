/** What a page does for the kit: the reference client in a browser, sent by the parameters of the contract. */
import { referenceDrive } from '../../conformance/suites/mpp/client/reference.ts'

/** What a page is told, as conformance/README.md describes it. */
export interface Parameters {
  url: string
  rpcUrl: string
  chainId: number
  currency: `0x${string}`
  privateKey: string
  maxDeposit: string
  state: string
  variables: Readonly<Record<string, string>>
}

/** Its channels are kept while the page is open, by the name the kit gives. */
const drive = referenceDrive()
const kills = new Map<string, AbortController>()
/** Longest errand, in milliseconds: the kit stops it before. */
const timeoutMs = 300_000

/** Does an errand; answers as the contract says. */
export async function errand({ url, variables, ...told }: Parameters, id: string) {
  const kill = new AbortController()
  kills.set(id, kill)
  const env = {
    ...variables,
    PAYMENT_URL: url,
    RPC_URL: told.rpcUrl,
    CHAIN_ID: String(told.chainId),
    CURRENCY: told.currency,
    PRIVATE_KEY: told.privateKey,
    MAX_DEPOSIT: told.maxDeposit,
    STATE_DIR: told.state,
  }
  const { code, stdout, stderr } = await drive({ url, env, timeoutMs, kill: kill.signal })
  kills.delete(id)
  return { status: 'done', exit: code ?? 1, received: stdout.split('\n').slice(0, -1), message: stderr }
}

/** Cuts an errand off: nothing of it is sent from then. */
export const stop = (id: string): void => kills.get(id)?.abort()
