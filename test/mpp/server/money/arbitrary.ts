/**
 * Random runs: mostly lawful acts, often at a boundary, and whatever can go wrong in between.
 */
import fc from 'fast-check'
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import { type Act, type Fail, type Outage, outages, type Page, type Run } from './act.ts'
import {
  type CarriedOut,
  carriedOut,
  type Fault,
  faults,
  type NodeFault,
  type Target,
  targets,
} from './node.ts'
import type { Upkeep } from './server.ts'

const just = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
/** The last few mostly; an index is taken from the newest, so it shrinks towards it. */
const recent = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 1 }) },
  { weight: 1, arbitrary: fc.nat({ max: 30 }) },
)
const units = (min: number, max: number) => fc.integer({ min, max })
const rarely = fc.integer({ min: 0, max: 9 }).map((n) => n === 9)
const fail = just<Fail>('throw', '500', '404')

/** A record of which some members are there only now and then. */
function act<T extends Act['do'], Required extends object, Rare extends object>(
  name: T,
  required: { [K in keyof Required]: fc.Arbitrary<Required[K]> },
  rare?: { [K in keyof Rare]: fc.Arbitrary<Rare[K]> },
): fc.Arbitrary<Act> {
  const whole = fc.record({ do: just(name), ...required }, { noNullPrototype: true })
  if (rare === undefined) return whole as unknown as fc.Arbitrary<Act>
  const some = Object.keys(rare).map((member) =>
    fc.record({ [member]: rare[member as keyof Rare] as fc.Arbitrary<unknown> }, { noNullPrototype: true }),
  )
  const more = fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.oneof(...some) },
  )
  return fc.tuple(whole, more).map(([one, other]) => ({ ...one, ...other })) as unknown as fc.Arbitrary<Act>
}

const page = just<Page>('page', 'other')
const key = fc.nat({ max: 2 })
const cut = fc.constant(true)
/** Signs for more than there is. */
const beyond = fc.constant(true)
const nodeFault = (...on: Target[]): fc.Arbitrary<NodeFault> =>
  fc.record(
    {
      fault: just<Fault>(...faults),
      target: just<Target>(...on),
      carriedOut: just<CarriedOut>(...carriedOut),
      times: units(1, 3),
      depth: fc.oneof(units(1, 3), units(4, 60)),
    },
    { noNullPrototype: true },
  )
/** A fault where a transaction is sent, mostly. */
const fault = nodeFault('send', 'send', 'receipt', 'call')

/** Every act and how often it comes. */
export const weights: { [Name in Act['do']]: [number, fc.Arbitrary<Act>] } = {
  open: [
    8,
    act(
      'open',
      {
        payer: fc.nat({ max: 2 }),
        protocol: just<SessionProtocol>('v2', 'v2', 'v1'),
        units: units(1, 12),
        first: units(0, 3),
        method: just('HEAD' as const, 'GET' as const),
      },
      { own: fc.constant(true), cut, fault },
    ),
  ],
  stream: [
    12,
    act('stream', {
      channel: recent,
      ahead: units(0, 4),
      units: units(1, 6),
      pays: rarely.map((not) => !not),
      leaves: fc.boolean(),
    }),
  ],
  read: [6, act('read', { channel: recent, units: units(1, 4), pays: fc.boolean() })],
  voucher: [5, act('voucher', { channel: recent, ahead: units(0, 4) }, { beyond })],
  page: [
    14,
    act(
      'page',
      { channel: recent, path: page, ahead: units(0, 2) },
      { key, fail, cut, post: cut, fault, beyond },
    ),
  ],
  parallel: [
    4,
    act('parallel', { channel: recent, path: page, ahead: units(1, 3), count: units(2, 5) }, { key }),
  ],
  topUp: [5, act('topUp', { channel: recent, units: units(1, 6) }, { cut, fault })],
  close: [4, act('close', { channel: recent }, { cut, fault })],
  charge: [
    5,
    act(
      'charge',
      { payer: fc.nat({ max: 2 }), path: just('charge' as const, 'push' as const), pushes: fc.boolean() },
      { fail, cut, fault },
    ),
  ],
  retry: [4, act('retry', { payment: recent }, { fail, cut, fault })],
  replay: [
    10,
    act(
      'replay',
      { sent: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 40 })) },
      {
        method: just('GET' as const, 'HEAD' as const, 'POST' as const),
        path: just<Page | 'stream'>('page', 'other', 'stream'),
        key,
        cut,
      },
    ),
  ],
  forge: [
    4,
    act('forge', { channel: recent, ahead: units(1, 3), action: just('voucher' as const, 'close' as const) }),
  ],
  junk: [
    1,
    act('junk', { field: just('Payment', 'Payment e30', 'Payment {}', 'Payment AAAA, Payment AAAA') }),
  ],
  requestClose: [2, act('requestClose', { channel: recent })],
  withdraw: [2, act('withdraw', { channel: recent })],
  chainTopUp: [2, act('chainTopUp', { channel: recent, units: units(1, 4) })],
  restart: [3, act('restart', { drains: fc.boolean() })],
  crash: [5, act('crash', { steps: units(0, 16) })],
  node: [
    7,
    nodeFault(...(Object.keys(targets) as Target[])).map((struck) => ({ do: 'node' as const, ...struck })),
  ],
  heal: [2, act('heal', {})],
  disk: [1, act('disk', { times: units(1, 2) })],
  outage: [3, act('outage', { of: just<Outage>(...outages), seconds: just(15, 60, 200) })],
  wait: [
    8,
    fc.oneof(
      { weight: 6, arbitrary: act('wait', { seconds: just(1, 1, 5, 20, 45, 70, 310, 1_000) }) },
      { weight: 1, arbitrary: act('wait', { seconds: just(20, 70, 310), jumps: fc.constant(true) }) },
    ),
  ],
  // Filled in below: it is made of the others.
  together: [4, fc.constant({ do: 'together' as const, acts: [] })],
}

const upkeep: fc.Arbitrary<Upkeep> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc.constant({ settleThreshold: 3_000n }),
  fc.constant({ settleIntervalMs: 60_000 }),
  fc.constant({ closeIdleAfterMs: 600_000 }),
  fc.constant({ settleThreshold: 2_000n, settleIntervalMs: 30_000, closeIdleAfterMs: 300_000 }),
)

/** Several acts on what the first of them made; any may be left out, so that they shrink. */
const scene = (...acts: readonly fc.Arbitrary<Act>[]): fc.Arbitrary<Act[]> =>
  fc
    .tuple(...acts.map((one) => fc.option(one, { freq: 30, nil: undefined })))
    .map((chosen) => chosen.filter((one) => one !== undefined))

const of = (...names: Act['do'][]): fc.Arbitrary<Act> => fc.oneof(...names.map((name) => weights[name][1]))
const left = act('stream', {
  channel: fc.constant(0),
  ahead: units(1, 6),
  units: units(1, 3),
  pays: fc.constant(true),
  leaves: fc.constant(false),
})
const keyed = act('page', {
  channel: fc.constant(0),
  path: page,
  ahead: units(0, 2),
  key: fc.nat({ max: 1 }),
})
/** Requests on one channel that are under way at once. */
weights.together[1] = fc
  .array(
    of('page', 'page', 'read', 'voucher', 'topUp', 'close', 'replay', 'charge', 'retry', 'requestClose'),
    {
      minLength: 2,
      maxLength: 4,
    },
  )
  .map((acts) => ({ do: 'together' as const, acts }))
const trouble = of(
  'close',
  'close',
  'topUp',
  'requestClose',
  'node',
  'crash',
  'restart',
  'wait',
  'outage',
  'together',
)
const after = of('read', 'read', 'page', 'stream', 'replay', 'wait', 'voucher')

/** What seldom comes together by chance: trouble between two deliveries of one channel, or for one payment. */
const scenes = fc.oneof(
  scene(of('open'), keyed, of('restart', 'crash', 'wait', 'voucher'), keyed, of('replay'), keyed),
  scene(of('open'), left, trouble, after, after),
  scene(of('open'), of('page'), trouble, trouble, after, of('wait', 'withdraw')),
  scene(of('charge'), of('crash', 'node', 'wait', 'restart'), of('retry', 'replay'), of('retry', 'replay')),
)

/** Runs of some `length` acts at most: of all there are, or only `among` some; `keyed` is a page under a key. */
export function runs(length: number, among?: readonly string[]): fc.Arbitrary<Run> {
  const any = Object.entries(weights)
    .filter(([name]) => among?.includes(name) ?? true)
    .map(([, [weight, arbitrary]]) => ({ weight, arbitrary: arbitrary.map((one) => [one]) }))
  if (among?.includes('keyed')) any.push({ weight: 20, arbitrary: keyed.map((one) => [one]) })
  const some = fc.oneof(
    { weight: 8, arbitrary: fc.oneof(...any) },
    { weight: among === undefined ? 1 : 0, arbitrary: scenes },
  )
  const acts = fc.noBias(fc.array(some, { maxLength: length, size: 'max' })).map((parts) => parts.flat())
  return fc.record({ upkeep, acts }, { noNullPrototype: true })
}
