/** Calls of paid tools, and the verbs for their replies: no result, nothing paid, and the lawful call is served. */
import type { Tester } from '../../../../kit/tester.ts'
import { type Attempt, verbs } from '../../../../kit/verbs.ts'
import type { ChargeUnderTest } from '../../../../peers/mpp/payer/charge.ts'
import { inTime } from '../../../../peers/mpp/payer/in-time.ts'
import { accepted, type McpUnderTest, type Reply } from '../../../../peers/mpp/payer/mcp.ts'

/** A paid tool, where it is called and who pays. */
export interface Till {
  server: McpUnderTest
  target: ChargeUnderTest
  tool: string
}

/** A lawful call of the tool. */
const payCall = ({ server, target, tool }: Till): Promise<Reply> =>
  inTime(async () => {
    const payment = await target.sign(await server.challenge(tool))
    const reply = await server.pay(tool, payment)
    return { answer: reply, refused: !accepted(reply), challenge: payment.challenge }
  })

const replies = verbs<Reply>({
  taken: 'a result',
  refused: 'an error',
  said: (reply) => ({
    how: accepted(reply) ? 'taken' : reply.result === undefined ? 'refused' : 'neither',
    text: shown(reply),
  }),
})

/** Judges an unlawful call by what it brought and what it cost; its twin is a lawful call of the tool. */
export const refusesCall = <C extends string>(
  t: Tester<C>,
  check: NoInfer<C>,
  till: Till,
  attempt: Pick<Attempt<Reply>, 'act' | 'money'>,
): Promise<void> =>
  replies.refuses(t, check, {
    ...attempt,
    twin: () => payCall(till),
    position: till.target.payer.position,
  })

/** What a reply says, cut short. */
export const shown = ({ result, error }: Reply): string => JSON.stringify(error ?? result).slice(0, 200)
