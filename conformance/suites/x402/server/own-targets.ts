/** Our own server, `chat-server`, offering both versions or one. */
import type { OwnTarget } from '../../../kit/suite.ts'

/** Where the reference sells its chat. */
export const chatPath = '/v1/chat/completions'

/** Every optional resource, and where the reference serves it: to a paywall, another query is another resource. */
export const referenceResources: Readonly<Record<string, string>> = {
  sibling: `${chatPath}?of=another`,
  paced: `${chatPath}?of=paced`,
}

const chatServer = (env: Readonly<Record<string, string>>): OwnTarget => ({
  command: 'chat-server',
  url: `http://127.0.0.1:{port}${chatPath}`,
  env,
  resources: referenceResources,
  statements: {},
})

export const ownTargets: Readonly<Record<string, OwnTarget>> = {
  reference: chatServer({}),
  'reference-v1': chatServer({ X402_VERSION: '1' }),
}
