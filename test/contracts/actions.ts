/** Random actions on a channel contract, as fast-check commands: mostly lawful, often at a boundary, now and then absurd. */
import fc from 'fast-check'
import type { Action, Amount, CallAction, Who } from '../../conformance/fuzz/contract/action.ts'
import type { Model } from '../../conformance/fuzz/contract/model.ts'
import type { Voucher } from '../../conformance/fuzz/contract/request.ts'

const person = fc.nat({ max: 6 })
/** The first value mostly, one of the others now and then. */
const mostly = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>, times = 5): fc.Arbitrary<T> =>
  fc.oneof({ weight: times, arbitrary: usual }, { weight: 1, arbitrary: rare })
const just = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values)

const amount = (...from: Amount['from'][]): fc.Arbitrary<Amount> =>
  fc.record({
    from: just(...from),
    plus: mostly(fc.integer({ min: -1, max: 1 }), fc.integer({ min: 0, max: 5000 }), 3),
  })
const anyone: fc.Arbitrary<Who> = fc.oneof(
  person,
  just<Who>('payer', 'payee', 'operator', 'signer', 'zero', 'contract'),
)
const token = mostly(just(0, 1), just(2), 30)

const open: fc.Arbitrary<Action> = fc.record({
  do: just('open' as const),
  sender: person,
  payee: mostly<Who>(person, just<Who>('payer', 'zero', 'contract', 'token'), 6),
  operator: mostly<Who>(person, just<Who>('zero'), 1),
  signer: mostly<Who>(just<Who>('zero'), person, 2),
  token,
  salt: fc.nat({ max: 1 }),
  deposit: mostly(amount('balance', 'half', 'zero', 'max'), fc.constant({ from: 'zero', plus: 1000 }), 1),
})

/** Calls by whoever may make them, mostly. */
const call = (
  name: CallAction['do'],
  callers: fc.Arbitrary<Who>,
  amounts: fc.Arbitrary<Amount>,
): fc.Arbitrary<Action> =>
  fc.record(
    {
      do: just(name),
      sender: mostly(callers, anyone, 3),
      channel: mostly(fc.nat({ max: 2 }), fc.nat({ max: 20 }), 3),
      amount: amounts,
      capture: amount('settled', 'half', 'deposit', 'zero'),
      voucher: mostly<CallAction['voucher']>(
        just({ by: 'signer', form: 'canonical' }),
        fc.record(
          {
            by: mostly<Who>(just<Who>('signer', 'payer'), anyone, 2),
            form: mostly<Voucher['form']>(just('canonical'), just('high-s', 'keychain', 'garbage'), 1),
            amount: amount('settled', 'deposit'),
            channel: fc.nat({ max: 3 }),
          },
          { requiredKeys: ['by', 'form'] },
        ),
        3,
      ),
      forged: mostly<CallAction['forged']>(
        just(undefined),
        just<CallAction['forged']>('payer', 'payee', 'operator', 'authorizedSigner', 'expiringNonceHash'),
        8,
      ),
    },
    { noNullPrototype: true },
  ) as fc.Arbitrary<Action>

const payeeSide = just<Who>('payee', 'operator')
const payer = just<Who>('payer')

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: open },
  {
    weight: 2,
    arbitrary: fc.record({
      do: just('reopen' as const),
      channel: fc.nat({ max: 2 }),
      deposit: fc.constant<Amount>({ from: 'zero', plus: 1000 }),
    }),
  },
  { weight: 8, arbitrary: call('settle', payeeSide, amount('settled', 'half', 'deposit', 'max')) },
  { weight: 6, arbitrary: call('close', payeeSide, amount('settled', 'half', 'deposit', 'max')) },
  { weight: 5, arbitrary: call('topUp', payer, amount('zero', 'room', 'max', 'balance', 'half')) },
  { weight: 4, arbitrary: call('requestClose', payer, amount('zero')) },
  { weight: 5, arbitrary: call('withdraw', payer, amount('zero')) },
  {
    weight: 5,
    arbitrary: fc.record(
      {
        do: just('wait' as const),
        seconds: mostly(
          mostly(fc.integer({ min: -1, max: 1 }), fc.nat({ max: 2000 }), 3),
          fc.constant(2 ** 32),
          60,
        ),
        channel: fc.nat({ max: 3 }),
      },
      { requiredKeys: ['do', 'seconds'] },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: just('transaction' as const), hash: mostly(just(true), just(false), 8) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: just('approve' as const),
      owner: person,
      token,
      amount: amount('balance', 'max', 'zero'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: just('transfer' as const),
      from: person,
      to: anyone,
      token,
      amount: amount('zero', 'balance'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: just('policy' as const),
      who: anyone,
      token,
      role: just('send' as const, 'receive' as const),
      allowed: mostly(just(true), just(false), 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: just('pause' as const), token, paused: mostly(just(false), just(true), 2) }),
  },
)

/** What happened in all runs: how many steps, and how often each event and revert. */
export interface Seen {
  steps: number
  names: Map<string, number>
}
export const nothingYet = (): Seen => ({ steps: 0, names: new Map() })

class Command implements fc.Command<Model, Seen> {
  readonly action: Action

  constructor(action: Action) {
    this.action = action
  }

  check(): boolean {
    return true
  }

  run(model: Model, seen: Seen): void {
    seen.steps++
    const outcome = model.step(this.action)
    if (outcome === undefined) return
    const names = 'revert' in outcome ? [outcome.revert] : outcome.events.map(({ name }) => name)
    for (const name of names) seen.names.set(name, (seen.names.get(name) ?? 0) + 1)
  }

  toString(): string {
    return fc.stringify(this.action)
  }
}

/** Runs of at most `length` steps. */
const runs = (length = 100) =>
  fc.commands([action.map((data) => new Command(data))], { maxCommands: length, size: 'max' })

/** One run after the other, each on a fresh model, `numRuns` in all. */
export const onFresh = (model: () => Model, seen: Seen) =>
  fc.property(runs(), (commands) => {
    fc.modelRun(() => ({ model: model(), real: seen }), commands)
  })
