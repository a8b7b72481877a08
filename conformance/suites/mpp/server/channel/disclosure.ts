/** Whoever cannot sign for a channel is told nothing of its books: what was accepted and spent is the payer's affair. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { stranger } from '../strangers.ts'

export const disclosure = scenario({
  id: 'mpp/server/disclosure',
  title: 'Who cannot sign for a channel learns nothing of its books',
  needs: ['stream'],
  checks: {
    'disclosure.voucher': 'SESS-SIG-015',
    'disclosure.close': 'SESS-SIG-015',
  },
  faults: () => import('./disclosure.faults.ts').then(({ faults }) => faults),

  async run(t, { payer, units }: Fixtures) {
    const channel = await payer.open()
    await channel.consume(delivered)
    // An amount that nothing else has.
    await (await channel.voucher(units(9) + odd)).text()
    const secrets = { accepted: channel.accepted, spent: units(delivered) }
    const told = (send: (amount: bigint) => Promise<Exchange>) => async (): Promise<Finding> => {
      if (secrets.spent < leastTellable)
        return absent('amounts are so small that they occur in answers by chance')
      for (const [what, amount] of Object.entries(amountsFor(channel))) {
        const finding = await learns(`${what} amount`, secrets, await send(amount), channel)
        if (finding.found === 'broken') return finding
      }
      return holds
    }
    await t.check(
      'disclosure.voucher',
      told(async (amount) =>
        channel.send(Payload.toJson(await channel.signVoucher(amount, stranger)), {
          note: 'a voucher signed by a stranger',
        }),
      ),
    )
    await t.check(
      'disclosure.close',
      told(async (amount) => {
        const { closeSignature: _, ...close } = await channel.signClose(amount, stranger)
        return channel.send(Payload.toJson(close), { note: 'a close signed by a stranger' })
      }),
    )
  },
})

/** Units delivered. */
const delivered = 3
const odd = 17n
/** Least amount that is told from other numbers. */
const leastTellable = 1_000n

/** Amounts that the rules on amounts treat each in their own way. */
const amountsFor = ({ accepted, least, deposit }: ChannelUnderTest): Record<string, bigint> => ({
  'a lower': accepted - 1n,
  'the same': accepted,
  'a higher': accepted + least,
  'the whole deposit’s': deposit,
  'a higher than the deposit': deposit + 1n,
})

/** Whether an answer holds one of the secrets. What is offered anew in a challenge is for everybody. */
async function learns(
  what: string,
  secrets: Readonly<Record<string, bigint>>,
  answer: Exchange,
  { deposit }: ChannelUnderTest,
): Promise<Finding> {
  const body = await answer.text()
  if (answer.accepted) throw new Blocked(`a stranger's signature was answered ${describe(answer, body)}`)
  const shown = [body, receiptText(answer.field('payment-receipt'))].join('\n')
  for (const [name, amount] of Object.entries(secrets)) {
    if (amount === deposit || !new RegExp(`(?<![0-9])${amount}(?![0-9])`).test(shown)) continue
    return broken(`a refusal that does not tell what was ${name}`, `${amount} for ${what}`)
  }
  return holds
}

function receiptText(field = ''): string {
  try {
    return Utf8.decode(Base64url.decode(field))
  } catch (error) {
    if (error instanceof DecodeError) return field
    throw error
  }
}
