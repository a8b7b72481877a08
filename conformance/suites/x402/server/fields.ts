/**
 * Payment fields as HTTP lets them be written: names in any letter case, white space around values, fields that are
 * empty or there more than once. They are sent byte by byte. A payment field is no list (RFC 9110, section 5.3): a
 * server may refuse what is repeated, or take one payment of it.
 */
import { paymentField, type Version } from '../../../../src/x402/wire/fields.ts'
import type { RawAnswer } from '../../../harness/raw.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { Blocked, broken, type Finding, holds } from '../../../kit/verdict.ts'
import { letters } from '../../../peers/x402/letters.ts'
import type { Payer } from '../../../peers/x402/payer/payer.ts'
import type { Signed } from '../../../peers/x402/payer/sign.ts'
import type { Fixtures } from './fixtures.ts'

const checks = {
  'fields.any-case': 'X-FIELD-001',
  'fields.white-space': 'X-FIELD-002',
  'fields.empty': 'X-BAD-001',
  'fields.one-payment': 'X-ONCE-004',
  'fields.no-5xx': 'X-BAD-003',
} as const

type Check = keyof typeof checks

export const fields = scenario<Fixtures, Check>({
  id: 'x402/server/fields',
  title: 'Payment fields as HTTP lets them be written',
  checks,
  faults: async () => (await import('./fields.faults.ts')).fieldsFaults,
  async run(t, { payer, versions }) {
    for (const version of versions) await each(t, new Written(payer, version), version)
  },
})

/** Optional white space (RFC 9110, section 5.6.3), or none. */
const spaced: Readonly<Record<string, (name: string, value: string) => string>> = {
  'nothing before it': (name, value) => `${name}:${value}`,
  'spaces and a tab around it': (name, value) => `${name}:  \t${value}  `,
  'a tab behind it': (name, value) => `${name}: ${value}\t`,
}

/** Sends payments in lines of its own, and keeps what was answered. */
class Written {
  readonly #payer: Payer
  readonly #version: Version
  readonly answers = new Map<string, RawAnswer>()

  constructor(payer: Payer, version: Version) {
    this.#payer = payer
    this.#version = version
  }

  /** A payment whose answer is not read to its end: what it buys is not counted. */
  async sign(version = this.#version): Promise<Signed> {
    const signed = await this.#payer.sign(version)
    this.#payer.record({ payment: signed.authorization.nonce, is: 'disturbed' })
    return signed
  }

  /** Sends lines; answers whether content came. */
  async buys(lines: readonly string[], how: string): Promise<boolean> {
    const answer = await this.#payer.sendLines(lines, how)
    this.answers.set(how, answer)
    const { status = 0, text } = answer
    return (
      status >= 200 && status < 300 && /^content-type:\s*(text\/event-stream|application\/json)/im.test(text)
    )
  }

  /** Throws `Blocked` unless a payment that is written as usual is taken. */
  async asUsual(): Promise<void> {
    const { field } = await this.sign()
    if (!(await this.buys([`${paymentField[this.#version]}: ${field}`], 'as usual')))
      throw new Blocked(`v${this.#version}: a payment that is written as usual is refused too`)
  }

  /** Which of several payments the chain has taken. */
  async settled(payments: readonly Signed[]): Promise<number> {
    const taken = await Promise.all(payments.map((each) => this.#payer.isSettled(each)))
    return taken.filter((each) => each).length
  }
}

async function each(t: Tester<Check>, written: Written, version: Version): Promise<void> {
  const name = paymentField[version]
  const said = (how: string) => `v${version}: ${how}`
  /** Whether a lawful payment is taken in each of these writings. */
  const takes = async (writings: Readonly<Record<string, (value: string) => string>>): Promise<Finding> => {
    for (const [how, line] of Object.entries(writings)) {
      const { field } = await written.sign()
      if (await written.buys([line(field)], said(how))) continue
      await written.asUsual()
      return broken(said(`${name} taken with ${how}`), `${written.answers.get(said(how))?.status}`)
    }
    return holds
  }
  await t.check('fields.any-case', () =>
    takes(mapped(letters, (spell) => (value: string) => `${spell(name)}: ${value}`)),
  )
  await t.check('fields.white-space', () =>
    takes(mapped(spaced, (space) => (value: string) => space(name, value))),
  )
  await t.check('fields.empty', async () => {
    for (const [how, line] of Object.entries({ nothing: '', 'a comma': ' ,', quotes: ' ""' }))
      if (await written.buys([`${name}:${line}`], said(how)))
        return broken(said(`no content for ${how} in ${name}`), 'content', {
          money: 'the seller gives content that nobody paid for',
        })
    await written.asUsual()
    return holds
  })
  await t.check('fields.one-payment', async () => {
    const ways: Record<string, (one: string, other: string) => string[]> = {
      'two lines': (one, other) => [`${name}: ${one}`, `${name}: ${other}`],
      'two lines in different letters': (one, other) => [
        `${name}: ${one}`,
        `${name.toLowerCase()}: ${other}`,
      ],
      'one line with a comma': (one, other) => [`${name}: ${one}, ${other}`],
    }
    for (const [how, lines] of Object.entries(ways)) {
      const payments = [await written.sign(), await written.sign()] as const
      await written.buys(lines(payments[0].field, payments[1].field), said(how))
      const settled = await written.settled(payments)
      if (settled > 1)
        return broken(said(`one of two payments in ${how} settled at most`), 'both', {
          money: 'the payer pays twice for one answer',
        })
    }
    await written.asUsual()
    return holds
  })
  await t.check('fields.no-5xx', async () => {
    const { field } = await written.sign()
    await written.buys([`${name}: ${field}`, `${name}: ${field}`], said('one payment twice'))
    const junk = await written.sign()
    await written.buys([`${name}: nonsense`, `${name}: ${junk.field}`], said('nonsense and a payment'))
    const other = version === 1 ? 2 : 1
    const stray = await written.sign()
    await written.buys(
      [`${paymentField[other]}: ${stray.field}`],
      said('a payment in the field of another version'),
    )
    const failed = [...written.answers].find(([, { status }]) => status !== undefined && status >= 500)
    return failed === undefined ? holds : broken('no server error', `${failed[1].status} for ${failed[0]}`)
  })
}

const mapped = <A, B>(all: Readonly<Record<string, A>>, change: (one: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(all).map(([key, one]) => [key, change(one)]))
