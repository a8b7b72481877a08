/** The unmodified SDKs of the target folders, client and server, in processes of their own. */
import { spawn } from 'node:child_process'
import { type Instance, launch } from '../../conformance/harness/process.ts'
import { launchOf, loadTarget } from '../../conformance/harness/target.ts'
import type { Bytes32 } from '../../src/codec/hex.ts'
import { pathUsd } from '../../src/contracts/token.ts'
import { payee, payer } from './kit.ts'

export type Sdk = 'mppx' | 'mppx-v1'

/** Starts the server of `conformance/targets/<target>` for the payee. */
export const startTarget = (target: Sdk, rpcUrl: string): Promise<Instance> =>
  launch(
    launchOf(loadTarget(target), {
      RPC_URL: rpcUrl,
      CHAIN_ID: '42431',
      CURRENCY: pathUsd,
      PAYEE_PRIVATE_KEY: payee.privateKey,
      SECRET_KEY: 'a secret for the target, at least 32 bytes long',
    }),
  )

/** What the client prints: what it was sold, on which channel, and the receipt of its close. */
export interface Bought {
  data: string[]
  channelId: Bytes32
  /** Only v1 clients count them. */
  topUps?: number
  receipt?: Record<string, string>
}

/** `close` asks the server to close the channel at the end, `leave` does not. */
export type End = 'close' | 'leave'

/** Buys from a URL with the client of `conformance/targets/<target>`. Rejects with what it wrote to stderr. */
export function sdkClient(target: Sdk, url: string, rpcUrl: string, end: End = 'close'): Promise<Bought> {
  const env = {
    ...process.env,
    URL: url,
    RPC_URL: rpcUrl,
    CHAIN_ID: '42431',
    PAYER_PRIVATE_KEY: payer.privateKey,
    END: end,
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['client.mjs'], { cwd: `conformance/targets/${target}`, env })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(stdout) as Bought)
      else reject(new Error(stderr))
    })
  })
}
