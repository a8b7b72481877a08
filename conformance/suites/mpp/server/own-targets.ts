/** Our own server, `serve`, with all its resources on channels of either protocol. */
import type { OwnTarget } from '../../../kit/suite.ts'
import { resources } from '../../../peers/mpp/offers.ts'

/** It settles before the close what ran up to fifty words, and looks even at a short stream's channel again. */
const options = { SETTLE_THRESHOLD: '0.050', VERIFY_INTERVAL_MS: '100' }

/** Every optional resource, and where the reference serves it; the document is found by asking. */
export const referenceResources: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(resources)
    .filter((name) => name !== 'discovery')
    .map((name) => [name, name === 'plain' ? '/line' : `/${name}`]),
)

const serve = (protocol: 'v1' | 'v2'): OwnTarget => ({
  // It asks for the payer's consent at a close, as current SDKs do: that it is verified can be judged.
  command: 'serve --require-close-signature',
  url: 'http://127.0.0.1:{port}/poem',
  env: { SESSION_PROTOCOL: protocol, ...options },
  resources: referenceResources,
  statements: { watches: true },
})

export const ownTargets: Readonly<Record<string, OwnTarget>> = {
  reference: serve('v2'),
  'reference-v1': serve('v1'),
}
