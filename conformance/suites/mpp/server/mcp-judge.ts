/** The verb `refuses` of judge.ts for calls of paid tools: no result, nothing paid, and the lawful twin is served. */
import type { Tester } from '../../../kit/tester.ts'
import { Blocked, broken, holds } from '../../../kit/verdict.ts'
import type { ChargeUnderTest } from '../../../peers/mpp/payer/charge.ts'
import { inTime } from '../../../peers/mpp/payer/in-time.ts'
import { accepted, type McpUnderTest, type Reply } from '../../../peers/mpp/payer/mcp.ts'

/** A paid tool, where it is called and who pays. */
export interface Till {
  server: McpUnderTest
  target: ChargeUnderTest
  tool: string
}

export interface CallAttempt {
  /** The unlawful call. */
  act: () => Promise<Reply>
  /** Who loses what if it is answered. */
  money?: string
}

/** A lawful call of the tool. */
export const payCall = ({ server, target, tool }: Till): Promise<Reply> =>
  inTime(async () => {
    const payment = await target.sign(await server.challenge(tool))
    const reply = await server.pay(tool, payment)
    return { answer: reply, refused: !accepted(reply), challenge: payment.challenge }
  })

/** What the payer has, in base units. */
export function fundsOf({ payer, subject }: ChargeUnderTest): Promise<bigint> {
  return subject.options.chain.balance(payer.subject.terms.currency, payer.address)
}

/** Judges an unlawful call by what it brought and what it cost. */
export function refusesCall<C extends string>(
  t: Tester<C>,
  till: Till,
  check: C,
  { act, money }: CallAttempt,
): Promise<void> {
  return t.check(check, async () => {
    const before = await fundsOf(till.target)
    const reply = await act()
    const more = money === undefined ? {} : { money }
    if (reply.result !== undefined) return broken('an error', said(reply), more)
    const moved = before - (await fundsOf(till.target))
    if (moved !== 0n) return broken('nothing paid for a refused call', `${moved} paid`, more)
    const lawful = await payCall(till)
    if (!accepted(lawful)) throw new Blocked(`the lawful twin was refused too: ${said(lawful)}`)
    return holds
  })
}

/** What a reply says, cut short. */
export const said = ({ result, error }: Reply): string => JSON.stringify(error ?? result).slice(0, 200)
