/**
 * How a target takes opens and vouchers that ask for no content. SDKs send a bodyless POST; the draft knows no such
 * rule and recommends HEAD, which is never answered with content and never charged (spec/readings.md D7, D8). POST is
 * tried first, because its answers name their problems.
 */
import { Trace } from '../../../kit/trace.ts'
import { TargetError } from '../../../kit/verdict.ts'
import { budget, Payer } from './payer.ts'
import { type Management, Subject, type SubjectOptions } from './subject.ts'

/** Opens a channel by POST, and sees whether content comes with it. */
export async function findManagement(options: SubjectOptions, seed: string): Promise<Management> {
  const { terms, fund, deposit } = options
  if (terms === undefined) return 'POST'
  const recorder = new Trace().recorder('management')
  const payer = new Payer(new Subject(options, recorder), `${seed} management`)
  await fund(payer.address, terms.currency, budget(terms, deposit))
  try {
    const open = await payer.prepareOpen()
    const answer = await payer.send(open, { method: 'POST' })
    if (answer.isEventStream) answer.abort()
    else await answer.text()
    const management = answer.isEventStream || noSuchMethod.has(answer.status) ? 'HEAD' : 'POST'
    if (answer.accepted) {
      const on = new Subject({ ...options, management }, recorder)
      await (await open.channel.close(open.channel.accepted, {}, { on })).text()
    }
    return management
  } catch (error) {
    // The checks will say what does not answer.
    if (error instanceof TargetError) return 'POST'
    throw error
  }
}

/** Not found by this method, not allowed, unknown to the server. */
const noSuchMethod = new Set([404, 405, 501])
