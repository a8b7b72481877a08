/**
 * What the mppx targets sell: the poem of the reference server, whole, word by word, and in other ways. No imports of
 * an SDK: each target brings its own version.
 */

const words = (
  'Two roads diverged in a yellow wood, And sorry I could not travel both And be one traveler, long I stood ' +
  'And looked down one as far as I could To where it bent in the undergrowth; Then took the other, as just as ' +
  'fair, And having perhaps the better claim, Because it was grassy and wanted wear'
).split(' ')

/** Texts that must arrive as they are: those of src/mpp/server/example/resources.ts. */
const hostileText = [
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

/** Charges before each unit, as the SDK's guide does. */
const charging = (units) =>
  async function* (stream) {
    for await (const unit of units()) {
      await stream.charge()
      yield unit
    }
  }

/** In about 2 seconds. */
export const soon = () => new Date(Date.now() + 4_000).toISOString()

/** Whole, for one charge. */
export const line = () => words.slice(0, 7).join(' ')

const whole = () => new Response(`${line()}\n`)
const poem = charging(() => words)
const slowly = charging(async function* () {
  for (const word of words.slice(0, 24)) {
    yield word
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
})
const long = charging(function* () {
  for (let i = 0; i < 20_000; i++) yield `${i} ${words.join(' ')}`
})

/** What is paid for through a channel: path -> terms, where they differ from the poem's, and content. */
const sessions = {
  '/poem': { content: () => poem },
  '/sponsored': { content: () => poem },
  '/line': { content: whole },
  '/dear': { terms: () => ({ amount: '0.010' }), content: whole },
  '/slow': { content: () => slowly },
  '/brief': { terms: () => ({ expires: soon() }), content: () => poem },
  '/hostile': { content: () => charging(() => hostileText) },
  '/long': { content: () => long },
  '/delta': { terms: () => ({ minVoucherDelta: '0.002' }), content: () => poem },
  '/opaque': {
    terms: () => ({ meta: { order: '7' }, description: 'a poem, word by word' }),
    content: () => poem,
  },
}

/** Answers a request for something that is paid through a channel; undefined when its path is none of those. */
export async function sell(mppx, request) {
  const session = sessions[new URL(request.url).pathname]
  if (session === undefined) return undefined
  const terms = { amount: '0.001', unitType: 'word', suggestedDeposit: '0.040', ...session.terms?.() }
  const result = await mppx.session(terms)(request)
  return result.status === 402 ? result.challenge : result.withReceipt(session.content())
}
