/** The verbs on an imaginary counter: what is taken, what moves, what a refused twin proves. */
import { expect, test } from 'vitest'
import { loadRequirements } from '../../conformance/kit/requirements.ts'
import { Tester } from '../../conformance/kit/tester.ts'
import { Trace } from '../../conformance/kit/trace.ts'
import { type Attempt, figures, verbs } from '../../conformance/kit/verbs.ts'

type Answer = 'yes' | 'no' | 'elsewhere'

const { accepts, refuses, refusesEach } = verbs<Answer>({
  taken: 'yes',
  refused: 'no',
  said: (answer) => ({
    how: answer === 'yes' ? 'taken' : answer === 'no' ? 'refused' : 'neither',
    text: answer,
  }),
})

/** A tester of one check, and its conclusion. */
async function judged(judge: (t: Tester<'x.y'>) => Promise<void>) {
  const requirements = loadRequirements()
  const t = new Tester<'x.y'>({ 'x.y': 'CORE-STAT-001' }, requirements, new Trace().recorder('x'), () => true)
  await judge(t)
  const [result] = t.finish('it was not reached')
  return { verdict: result?.verdict, actual: result?.actual, money: result?.money, message: result?.message }
}

/** A counter that acts may move, as a position. */
function counter() {
  let count = 0n
  const position = figures<Answer>(async () => ({ count, constant: 1n }))
  const answer =
    (said: Answer, moving = 0n) =>
    async (): Promise<Answer> => {
      count += moving
      return said
    }
  return { position, answer }
}

const attempted = (build: (c: ReturnType<typeof counter>) => Attempt<Answer>) =>
  judged((t) => refuses(t, 'x.y', build(counter())))

test('accepts: a lawful act is taken, or the answer is told', async () => {
  expect(await judged((t) => accepts(t, 'x.y', async () => 'yes'))).toMatchObject({ verdict: 'pass' })
  const refused = await judged((t) => accepts(t, 'x.y', async () => 'no'))
  expect(refused).toMatchObject({ verdict: 'fail', actual: 'no' })
})

test('refuses: refused, nothing moved, and the twin is taken', async () => {
  const whole = await attempted(({ position, answer }) => ({
    act: answer('no'),
    twin: answer('yes', 1n),
    position,
  }))
  expect(whole).toMatchObject({ verdict: 'pass' })
})

test('an act that is taken fails with what it costs; one that is neither taken nor refused fails without', async () => {
  const taken = await attempted(({ answer }) => ({ act: answer('yes'), money: 'a cent' }))
  expect(taken).toMatchObject({ verdict: 'fail', actual: 'yes', money: 'a cent' })
  const neither = await attempted(({ answer }) => ({ act: answer('elsewhere'), money: 'a cent' }))
  expect(neither).toMatchObject({ verdict: 'fail', actual: 'elsewhere', money: undefined })
})

test('a refusal after which something moved fails and names the figure, whatever the twin', async () => {
  const moved = await attempted(({ position, answer }) => ({
    act: answer('no', 3n),
    twin: answer('no'),
    position,
    money: 'three',
  }))
  expect(moved).toMatchObject({ verdict: 'fail', actual: 'count 3 after no', money: 'three' })
})

test('a twin that is refused too blocks the check', async () => {
  const blocked = await attempted(({ answer }) => ({ act: answer('no'), twin: answer('no') }))
  expect(blocked).toMatchObject({ verdict: 'blocked', message: 'the lawful twin was refused too: no' })
})

test('what may move lawfully is not told', async () => {
  let count = 0n
  const position = figures<Answer>(async () => ({ count }), {
    lawful: (_, before, after) => after['count'] === (before['count'] ?? 0n) + 1n,
  })
  const by = (step: bigint) => async (): Promise<Answer> => {
    count += step
    return 'no'
  }
  expect(await judged((t) => refuses(t, 'x.y', { act: by(1n), position }))).toMatchObject({ verdict: 'pass' })
  expect(await judged((t) => refuses(t, 'x.y', { act: by(2n), position }))).toMatchObject({ verdict: 'fail' })
})

test('what no figure shows is found by `also`, between the act and its refusal', async () => {
  let sent = 0
  const position = figures<Answer>(async () => ({}), {
    also: () => {
      const before = sent
      return async () => (sent > before ? { expected: 'nothing sent', actual: 'a transaction' } : undefined)
    },
  })
  const act = async (): Promise<Answer> => {
    sent++
    return 'no'
  }
  expect(await judged((t) => refuses(t, 'x.y', { act, position }))).toMatchObject({
    verdict: 'fail',
    actual: 'a transaction after no',
  })
})

test('refusesEach: each act is judged from where the last one left it, and the first that is not refused is named', async () => {
  const { position, answer } = counter()
  const result = await judged((t) =>
    refusesEach(
      t,
      'x.y',
      { first: answer('no'), second: answer('no', 1n), third: answer('yes') },
      { twin: answer('yes'), position },
    ),
  )
  expect(result).toMatchObject({ verdict: 'fail', actual: 'second: count 1 after no' })
})

test('a check its scenario does not declare is a type error', () => {
  const t = undefined as unknown as Tester<'x.y'>
  // @ts-expect-error: x.z is not declared
  const undeclared = () => accepts(t, 'x.z', async () => 'yes')
  expect(undeclared).toBeTypeOf('function')
})
