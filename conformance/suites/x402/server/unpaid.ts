/**
 * Ways around payment: the path spelled otherwise, and other methods. What asks for payment and what serves may each read
 * them in its own way. Any refusal, 404 or redirect is lawful; content is not, and neither is asking the model for it.
 */
import { sendWritten, spellings } from '../../../harness/spellings.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { Blocked, broken, holds } from '../../../kit/verdict.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import { chatOf } from '../../../peers/x402/payer/subject.ts'
import type { Fixtures } from './fixtures.ts'
import { describe, workFor } from './verbs.ts'

const checks = {
  'unpaid.every-spelling': 'X-ASK-008',
  'unpaid.every-method': 'X-ASK-008',
} as const

/** Beside POST, by which the content is sold. */
const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

export const unpaid = scenario<Fixtures, keyof typeof checks>({
  id: 'x402/server/unpaid',
  title: 'Payment is asked for by every way to what is sold',
  checks,
  faults: async () => (await import('./unpaid.faults.ts')).unpaidFaults,
  async run(t, { payer, versions, subject }) {
    const { pathname } = new URL(subject.url)
    const free = (method: string, target: string) => isFree(payer, t.recorder, method, target)
    // Whether the plain request is free is for the check about it, and whether anybody can buy for the twin.
    const isAsked = await free('POST', pathname).then((found) => !found)
    const twin = async () => {
      for (const version of versions) {
        const answer = await payer.pay(version)
        const text = await answer.text()
        if (!answer.exchange.accepted || text === '')
          throw new Blocked(`the lawful twin was refused too: v${version}: ${describe(answer.exchange)}`)
      }
    }
    const asking = () => {
      if (!isAsked) throw new Blocked('the plain request is free')
    }
    await t.check('unpaid.every-spelling', async () => {
      asking()
      for (const target of spellings(subject.url))
        if (await free('POST', target)) return broken('no content without a payment', `some at ${target}`)
      await twin()
      return holds
    })
    await t.check('unpaid.every-method', async () => {
      asking()
      for (const method of methods)
        if (await free(method, pathname)) return broken('no content without a payment', `some by ${method}`)
      await twin()
      return holds
    })
  },
})

/** Whether an unpaid request brings content, or has the model asked for it. */
async function isFree(payer: Payer, recorder: Recorder, method: string, target: string): Promise<boolean> {
  const { url, model, patience } = payer.subject
  const conversation = payer.conversation()
  const headers = [
    ['content-type', 'application/json'],
    ['accept', 'text/event-stream'],
  ] as const
  const body = chatOf(conversation, model)
  const { status = 0, text } = await sendWritten({ url, target, method, headers, body }, recorder, patience)
  const isContent = /^content-type:\s*text\/event-stream/im.test(text) || text.includes('"choices"')
  return (status >= 200 && status < 300 && isContent) || (workFor(payer, [conversation]) ?? 0) > 0
}
