/** In which order a server settles and works: learnt by letting its model look at the chain. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import type { Payer } from './payer.ts'

/** `upfront`: it settles, then makes the content. `authorization`: it makes the content, settles, and lets it go. */
export type Flow = 'upfront' | 'authorization'

/** Buys once and looks; undefined where the model is not the kit's, or was not asked. */
export async function flowOf(payer: Payer, version: Version): Promise<Flow | undefined> {
  const model = payer.subject.peers?.upstream
  if (model === undefined) return undefined
  const conversation = payer.conversation()
  const signed = await payer.sign(version)
  let settled: boolean | undefined
  model.script(conversation, {
    before: async (token) => {
      if (token === 0) settled = await payer.isSettled(signed)
    },
  })
  await (await payer.send(signed, { conversation, note: 'which comes first, settling or working' })).text()
  if (settled === undefined) return undefined
  return settled ? 'upfront' : 'authorization'
}
