/**
 * What must be true of a channel contract at every step, each judged from the step alone: none of them knows the
 * oracle. `tip` numbers the invariants of TIP-1034 it stands for.
 */
import { type Address, zeroAddress } from '../../../src/codec/hex.ts'
import { maxUint96 } from '../../../src/codec/uint.ts'
import type { SessionProtocol } from '../../../src/contracts/voucher.ts'
import { type Life, moved, type Step, view } from './step.ts'

export interface Invariant {
  statement: string
  /** Where it holds; both when absent. */
  only?: SessionProtocol
  tip?: readonly number[]
  holds(step: Step): boolean
}

type Call = NonNullable<Step['call']>

/** The call of a step that succeeded, when its method is one of those. */
function done(step: Step, ...methods: Call['request']['method'][]): Call | undefined {
  const { call, outcome } = step
  return call !== undefined && !('revert' in outcome) && methods.includes(call.request.method)
    ? call
    : undefined
}

/** The descriptor the channel was opened with, not the one the caller shows. */
const opened = ({ life, request }: Call) => (life as Life | undefined)?.descriptor ?? request.descriptor

const stored = ({ before, after, call }: Step) => ({
  was: call && view(before.channels.get(call.id)),
  is: call && view(after.channels.get(call.id)),
})

/** What the step captured for the payee: what settled grew by, or would have when a v2 close deletes it. */
function captured(step: Step, { request }: Call): bigint {
  const { was, is } = stored(step)
  const settled = was?.settled ?? 0n
  if (is !== undefined) return is.settled - settled
  return request.method === 'close' ? request.capture - settled : 0n
}

const sameMap = <A, B>(
  a: ReadonlyMap<string, A>,
  b: ReadonlyMap<string, B>,
  same: (a: A, b: B) => boolean,
): boolean => {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (other === undefined || !same(value, other)) return false
  }
  return true
}
/** v2 stores times as uint32. */
const atMost = (timestamp: number, version: SessionProtocol) =>
  version === 'v2' ? Math.min(timestamp, 2 ** 32 - 1) : timestamp

const sameFields = (a: object, b: object) =>
  Object.entries(a).every(([name, value]) => b[name as keyof object] === value)

export const invariants = {
  'supply-conserved': {
    statement: 'No call makes or destroys tokens.',
    tip: [13],
    holds: ({ after, supplies }) => {
      const sums = new Map<string, bigint>()
      for (const [key, balance] of after.balances) {
        const token = key.slice(0, 42)
        sums.set(token, (sums.get(token) ?? 0n) + balance)
      }
      return Array.from(sums).every(([token, sum]) => sum === (supplies.get(token as Address) ?? 0n))
    },
  },
  'reserve-backed': {
    statement:
      'The contract holds, of each token, the unsettled deposits of its open channels and what it was given.',
    tip: [13],
    holds: (step) => {
      const owed = new Map(step.gifts)
      for (const [id, channel] of step.after.channels) {
        const { deposit, settled, ended } = view(channel) as NonNullable<ReturnType<typeof view>>
        const token = step.call?.id === id ? opened(step.call).token : step.lives.get(id)?.descriptor.token
        if (!ended && token !== undefined) owed.set(token, (owed.get(token) ?? 0n) + deposit - settled)
      }
      return Array.from(owed).every(
        ([token, amount]) => (step.after.balances.get(`${token}|${step.contract}`) ?? 0n) === amount,
      )
    },
  },
  'settled-within-deposit': {
    statement: 'settled <= deposit in every channel.',
    tip: [1],
    holds: ({ after }) =>
      Array.from(after.channels.values()).every(
        ({ settled, deposit }) => 0n <= settled && settled <= deposit,
      ),
  },
  'settled-never-falls': {
    statement: 'settled of a channel never falls, and no closing capture is below it.',
    tip: [2],
    holds: (step) => {
      for (const [id, { settled }] of step.before.channels) {
        const now = step.after.channels.get(id)
        if (now !== undefined && now.settled < settled) return false
      }
      const call = done(step, 'close')
      return call === undefined || captured(step, call) >= 0n
    },
  },
  'voucher-for-every-capture': {
    statement:
      'settled grows, and a close captures more than settled, only with a voucher of the expected signer.',
    tip: [3],
    holds: (step) => {
      const call = done(step, 'settle', 'close', 'topUp', 'requestClose', 'withdraw')
      if (call === undefined || captured(step, call) <= 0n) return true
      const { method, amount } = call.request
      const total = captured(step, call) + (stored(step).was?.settled ?? 0n)
      return (method === 'settle' || method === 'close') && call.voucherIsGood && total <= amount
    },
  },
  'payer-only': {
    statement: 'Only the payer tops up, requests a close or withdraws.',
    tip: [4],
    holds: (step) => {
      const call = done(step, 'topUp', 'requestClose', 'withdraw')
      return call === undefined || call.request.sender === opened(call).payer
    },
  },
  'payee-side-only': {
    statement: 'Only the payee, or in v2 a nonzero operator, settles or closes.',
    tip: [5],
    holds: (step) => {
      const call = done(step, 'settle', 'close')
      if (call === undefined) return true
      const { payee, operator } = opened(call)
      const { sender } = call.request
      return sender === payee || (step.version === 'v2' && sender === operator)
    },
  },
  'zero-operator-is-nobody': {
    statement: 'A zero operator authorizes no caller, the zero address included.',
    tip: [6],
    only: 'v2',
    holds: (step) => {
      const call = done(step, 'settle', 'close')
      return call === undefined || call.request.sender !== zeroAddress
    },
  },
  'one-word': {
    statement: 'A v2 channel is two uint96 and one uint32, nothing else; a v1 deposit is a uint128.',
    tip: [7],
    holds: ({ after, version, maxDeposit }) =>
      Array.from(after.channels.values()).every(
        (channel) =>
          channel.deposit <= maxDeposit &&
          channel.settled >= 0n &&
          (version === 'v1' ||
            (Object.keys(channel).length === 3 &&
              channel.settled <= maxUint96 &&
              channel.closeRequestedAt < 2 ** 32)),
      ),
  },
  'close-request-is-its-time': {
    statement:
      'closeRequestedAt is 0, or the time of the first requestClose, as far as v2 can hold it (K6): only requestClose sets it, only topUp clears it.',
    tip: [8, 9],
    holds: (step) => {
      const { was, is } = stored(step)
      if (was === undefined || is === undefined) return (is?.requestedAt ?? 0) === 0
      const asked = done(step, 'requestClose')
      if (asked !== undefined)
        return is.requestedAt === (was.requestedAt || atMost(step.timestamp, step.version))
      return done(step, 'topUp') !== undefined ? is.requestedAt === 0 : is.requestedAt === was.requestedAt
    },
  },
  'top-up-cancels': {
    statement: 'A topUp that succeeds cancels a pending close and says so; nothing else does.',
    holds: (step) => {
      const { was, is } = stored(step)
      const call = done(step, 'topUp')
      const pending = call !== undefined && was !== undefined && was.requestedAt !== 0
      const said =
        !('revert' in step.outcome) &&
        step.outcome.events.some(({ name }) => name === 'CloseRequestCancelled')
      return said === pending && (!pending || is?.requestedAt === 0)
    },
  },
  'closed-leaves-nothing': {
    statement: 'After close or withdraw a v2 channel has no state left; a v1 channel is finalized.',
    tip: [10],
    holds: (step) => {
      const call = done(step, 'close', 'withdraw')
      if (call === undefined) return true
      const { is } = stored(step)
      return step.version === 'v2' ? is === undefined : is?.ended === true
    },
  },
  'closed-for-good': {
    statement: 'An id that was closed is never open again.',
    tip: [12],
    holds: ({ after, lives }) =>
      Array.from(after.channels).every(
        ([id, channel]) => !lives.get(id)?.ended || view(channel)?.ended === true,
      ),
  },
  'one-transaction-one-id': {
    statement: 'The same id is opened once, and never in two transactions.',
    tip: [11, 12],
    holds: (step) => done(step, 'open')?.life === undefined,
  },
  'all-paid-back': {
    statement:
      'When a channel ends, what its payer paid in has gone to its payee and its payer, to the last unit.',
    tip: [13],
    holds: (step) => {
      const call = done(step, 'close', 'withdraw')
      if (call?.life === undefined) return true
      const paid = moved(step).out.reduce((sum, { amount }) => sum + amount, 0n)
      return call.life.paidIn === call.life.paidOut + paid
    },
  },
  'payouts-to-parties': {
    statement:
      'The contract pays the payee what was captured and the payer what is refunded, and nobody else.',
    tip: [13],
    holds: (step) => {
      if (step.call === undefined) return true
      const { payer, payee } = opened(step.call)
      const { out } = moved(step)
      if (out.length === 0) return true
      const total = (to: string) =>
        out.filter((transfer) => transfer.to === to).reduce((sum, { amount }) => sum + amount, 0n)
      const delta = captured(step, step.call)
      const strangers = out.some(({ to }) => to !== payer && to !== payee)
      return !strangers && (payer === payee ? total(payee) >= delta : total(payee) === delta)
    },
  },
  'no-approval': {
    statement: 'v2 needs no allowance and touches none.',
    tip: [15],
    only: 'v2',
    holds: ({ call, outcome, before, after }) =>
      call === undefined ||
      (!('revert' in outcome && outcome.revert === 'InsufficientAllowance') &&
        sameMap(before.allowances, after.allowances, (a, b) => a === b)),
  },
  'withdraw-after-grace': {
    statement: 'withdraw needs a close request that is 900 seconds old.',
    tip: [16],
    holds: (step) => {
      if (done(step, 'withdraw') === undefined) return true
      const { was } = stored(step)
      return was !== undefined && was.requestedAt !== 0 && step.timestamp - was.requestedAt >= 900
    },
  },
  'logical-path': {
    statement:
      'v2 funds a channel, and pays its payee, only when its payer may send and its payee may receive; what it refunds is exempt.',
    tip: [17],
    only: 'v2',
    holds: (step) => {
      const { outcome } = step
      if (step.call?.request.method === 'withdraw')
        return !('revert' in outcome) || outcome.revert !== 'PolicyForbids'
      const call = done(step, 'open', 'topUp', 'settle', 'close')
      if (call === undefined) return true
      const { token, payer, payee } = opened(call)
      const funds = call.request.method === 'open' || call.request.method === 'topUp'
      if (funds ? moved(step).in === 0n : captured(step, call) <= 0n) return true
      return step.mayTransfer(token, payer, 'send') && step.mayTransfer(token, payee, 'receive')
    },
  },
  'capture-in-bounds': {
    statement:
      'A v2 close captures no less than was settled, no more than the voucher, no more than the deposit.',
    tip: [18],
    only: 'v2',
    holds: (step) => {
      const call = done(step, 'close')
      const { was } = stored(step)
      if (call === undefined || was === undefined) return call === undefined
      const { capture, amount } = call.request
      return was.settled <= capture && capture <= amount && capture <= was.deposit
    },
  },
  'revert-changes-nothing': {
    statement: 'A call that reverts leaves channels, balances and allowances as they were.',
    holds: ({ outcome, before, after }) =>
      !('revert' in outcome) ||
      (sameMap(before.channels, after.channels, sameFields) &&
        sameMap(before.balances, after.balances, (a, b) => a === b) &&
        sameMap(before.allowances, after.allowances, (a, b) => a === b)),
  },
  'events-tell-all': {
    statement: 'The events alone, replayed, give the stored channels and the balances.',
    holds: ({ after, replay }) =>
      sameMap(after.channels, replay.channels, (channel, told) =>
        sameFields(told, view(channel) as object),
      ) && sameMap(after.balances, replay.balances, (a, b) => a === b),
  },
} satisfies Record<string, Invariant>

export type InvariantName = keyof typeof invariants
