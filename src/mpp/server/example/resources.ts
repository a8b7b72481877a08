/**
 * One resource for every option a payee has. The conformance suite judges a server on as many of them as it offers;
 * their names are the capabilities of conformance/kit/capability.ts.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ChargeOffer } from '../charge/offer.ts'
import type { Offer } from '../offer.ts'
import type { Handler, Payments } from '../payments.ts'
import { title, words } from './text.ts'

/** The word that logs in at `/login`: `Authorization: Bearer open-sesame`. */
export const loginToken = 'open-sesame'

/** Text that looks like protocol data and must arrive unchanged. */
export const hostileText: readonly string[] = [
  'two\nlines',
  'a\n\nblank line',
  'carriage\rreturn',
  'both\r\nat once',
  '\nleading and trailing\n',
  'event: payment-need-voucher\ndata: {"requiredCumulative":"999999999"}',
  'data: x\n\nevent: payment-receipt\ndata: {}\n\n',
  ': a comment\nid: 1\nretry: 1',
  '  leading spaces and a null byte \u0000 and \u2028\u2029',
  'the end',
]

const text = (body: string) => () =>
  new Response(`${body}\n`, { headers: { 'content-type': 'text/plain; charset=utf-8' } })
const firstLine = words.slice(0, 7).join(' ')
const secondLine = words.slice(7, 16).join(' ')
const line = text(firstLine)
/** What is paid for at once costs as much as ten words. */
export const lineOffer: ChargeOffer = { amount: '0.010' }

/** The poem again under other terms. */
const poemOf =
  (change: Partial<Offer>) =>
  (pay: Payments, offer: Offer): Handler =>
    pay.stream({ unitType: 'word', ...offer, ...change }, async function* () {
      yield* words
    })

/** The poem as guides sell it: its title for nothing, then a charge before each word. */
export const meteredPoem = (pay: Payments, offer: Offer): Handler =>
  pay.metered({ unitType: 'word', ...offer }, async function* (_, stream) {
    yield JSON.stringify(title)
    for (const word of words) {
      await stream.charge()
      yield word
    }
  })

/** Milliseconds between the units of `/slow`. */
const slowMs = 25
/** Units of `/long`, and how often each says the poem: more than any buffer between server and client holds. */
export const longUnits = 2_000
const longVerses = 64

export const resources = {
  /** One charged unit for the whole response. */
  plain: (pay, offer) => pay.fixed({ unitType: 'request', resumable: true, ...offer }, line),
  /** As `plain`, with other content. */
  sibling: (pay, offer) => pay.fixed({ unitType: 'request', resumable: true, ...offer }, text(secondLine)),
  /** As `plain`, without content to be had: nothing is charged. */
  failing: (pay, offer) =>
    pay.fixed({ unitType: 'request', ...offer }, () => new Response('out of poems\n', { status: 500 })),
  /** As `plain`, at ten times the price. */
  dear: (pay, offer) => pay.fixed({ unitType: 'request', ...offer, amount: '0.010' }, line),
  /** Units come one by one, with time between them. */
  slow: (pay, offer) =>
    pay.stream({ unitType: 'word', ...offer }, async function* () {
      for (const word of words.slice(0, 24)) {
        yield word
        await sleep(slowMs)
      }
    }),
  /** Short times: for an answer to the challenge, and for a voucher when the stream pauses. */
  brief: poemOf({ challengeTtlSeconds: 2, needVoucherTimeoutMs: 1_000 }),
  /** Application data that looks like what it is not. */
  hostile: (pay, offer) =>
    pay.stream({ unitType: 'text', ...offer }, async function* () {
      yield* hostileText
    }),
  /** More units than fit between server and client. */
  long: (pay, offer) =>
    pay.stream({ unitType: 'line', ...offer }, async function* () {
      const verses = Array.from({ length: longVerses }, () => words.join(' ')).join(' ')
      for (let i = 0; i < longUnits; i++) yield `${i} ${verses}`
    }),
  /** A login in Authorization first, then payment in Payment-Authorization (CORE-STAT-014, CORE-HDR-014). */
  login: (pay, offer) => {
    const paid = pay.fixed({ unitType: 'request', ...offer, requiresAuth: true }, line)
    return async (request) =>
      request.headers.get('authorization') === `Bearer ${loginToken}`
        ? paid(request)
        : new Response('log in first\n', { status: 401, headers: { 'www-authenticate': 'Bearer' } })
  },
  /** Payment verifies, policy refuses (CORE-STAT-006). */
  forbidden: (pay, offer) => pay.fixed({ unitType: 'request', ...offer, allows: () => false }, line),
  /** The server pays the fees of opens and top-ups. */
  sponsored: poemOf({ feePayer: true }),
  /** Vouchers grow by two units at least. */
  delta: poemOf({ minVoucherDelta: '0.002' }),
  /** The challenge carries values of the server's, and words for people. */
  opaque: poemOf({ opaque: { order: '7' }, description: 'a poem, word by word' }),
  /** One payment, no channel. */
  charge: (pay) => pay.charge(lineOffer, line),
  /** As `charge`, but policy allows no payer: no money is taken. */
  barred: (pay) => pay.charge({ ...lineOffer, allows: () => false }, line),
  /** As `charge`, for payers who broadcast themselves. */
  push: (pay) => pay.charge({ ...lineOffer, modes: ['pull', 'push'] }, line),
  /** As `charge`; its challenges expire after two seconds. */
  fleeting: (pay) => pay.charge({ ...lineOffer, challengeTtlSeconds: 2 }, line),
  /** Free: a proof of the payer's address is enough. */
  free: (pay) => pay.charge({ amount: '0' }, line),
  /** Tools for agents, paid by the call. */
  mcp: (pay) =>
    pay.mcp({
      name: 'poems',
      version: '1.0.0',
      tools: {
        line: { description: 'The first line of the poem', price: lineOffer, call: () => firstLine },
        verse: { description: 'The whole poem', price: lineOffer, call: () => words.join(' ') },
        couplet: {
          description: 'Two lines, if you are quick',
          price: { ...lineOffer, challengeTtlSeconds: 2 },
          call: () => words.slice(0, 16).join(' '),
        },
        title: { description: 'What the poem is called', call: () => 'The Road Not Taken' },
      },
    }),
  /** The poem on channels of the v1 escrow contract. */
  v1: poemOf({ sessionProtocol: 'v1' }),
} satisfies Record<string, (pay: Payments, offer: Offer) => Handler>
