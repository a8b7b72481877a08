/** Servers that lose somebody's money in one way each: they prove that a run finds such a thing. */
import * as Accounting from '../../../../src/mpp/ledger.ts'
import type { RuleOverrides } from '../../../../src/mpp/server/rules/rules.ts'
import type { ChannelRecord } from '../../../../src/mpp/server/store/record.ts'
import type { ChannelStore } from '../../../../src/mpp/server/store/store.ts'
import type { Bug } from './server.ts'

const pass = () => undefined
const rules = (replaced: RuleOverrides): Bug => ({ options: { rules: replaced } })

/** A store of which every record is changed as it is written, or as it is read. */
const store = (change: {
  written?: (next: ChannelRecord, before: ChannelRecord | undefined) => ChannelRecord
  read?: (record: ChannelRecord) => ChannelRecord
}): Bug => {
  const { written = (next) => next, read = (record) => record } = change
  const seen = (record: ChannelRecord | undefined) => (record === undefined ? undefined : read(record))
  return {
    store: (whole) => ({
      ...delegated(whole),
      get: async (id) => seen(await whole.get(id)),
      update: (id, decide) =>
        whole.update(id, (before) => {
          const shown = seen(before)
          const { record, answer } = decide(shown)
          // What was not changed is not written: whoever waits for a change would be woken for ever.
          if (record === shown) return { record: before, answer }
          return { record: record === undefined ? undefined : written(record, before), answer }
        }),
    }),
  }
}

/** All of a store, method by method: a proxy has nothing to spread. */
const delegated = (whole: ChannelStore): ChannelStore =>
  new Proxy(whole, {
    ownKeys: (target) => Reflect.ownKeys(target),
    getOwnPropertyDescriptor: (target, name) => ({
      value: Reflect.get(target, name),
      enumerable: true,
      configurable: true,
    }),
  })

/** Loses what was charged whenever it is started again: `spent` is kept in memory only. */
function forgetsSpent(): Bug {
  return {
    store: (whole) => {
      const started = new Set<string>()
      const { store: wrap } = store({
        read: (record) => {
          if (started.has(record.channelId)) return record
          return { ...record, ledger: { ...record.ledger, spent: record.ledger.settled } }
        },
        written: (next) => {
          started.add(next.channelId)
          return next
        },
      })
      return wrap?.(whole) as ChannelStore
    },
  }
}

/** Serves first and writes later: what is charged is on disk only after a while. */
function writesLater(): Bug {
  return {
    store: (whole) => {
      const ahead = new Map<string, ChannelRecord | undefined>()
      return {
        ...delegated(whole),
        get: async (id) => (ahead.has(id) ? ahead.get(id) : whole.get(id)),
        async update(id, decide) {
          const before = ahead.has(id) ? ahead.get(id) : await whole.get(id)
          const { record, answer } = decide(ahead.has(id) ? ahead.get(id) : before)
          if (record === before) return answer
          const charged =
            record !== undefined && before !== undefined && record.ledger.spent > before.ledger.spent
          if (!charged) {
            ahead.delete(id)
            await whole.update(id, () => ({ record, answer: undefined }))
            return answer
          }
          ahead.set(id, record)
          setTimeout(() => {
            if (ahead.get(id) !== record) return
            ahead.delete(id)
            // What a process that has ended still wanted to write is lost.
            void Promise.allSettled([whole.update(id, () => ({ record, answer: undefined }))])
          }, 3_000)
          return answer
        },
      }
    },
  }
}

/** Answers a key that it has seen for any URL, and charges nothing for it. */
function sharesKeys(): Bug {
  const known = new Set<string>()
  let given = 0
  return {
    handler: (handle) => async (request) => {
      const key = request.headers.get('idempotency-key')
      const content = request.method === 'GET' && !request.url.endsWith('/stream')
      if (key === null || !content || !request.headers.has('authorization')) return handle(request)
      if (known.has(key)) return new Response(`given ${++given}`)
      const response = await handle(request)
      if (response.ok) known.add(key)
      return response
    },
  }
}

/** Charges for content before it knows whether there is any. */
const chargesFailures: Bug = {
  handler: (handle) => async (request) => {
    if (!request.headers.has('x-fail')) return handle(request)
    const headers = new Headers(request.headers)
    headers.delete('x-fail')
    const { url, method, signal } = request
    const body = method === 'POST' ? await request.text() : undefined
    const response = await handle(new Request(url, { method, headers, signal, ...(body ? { body } : {}) }))
    return response.ok ? new Response('failed', { status: 500 }) : response
  },
}

export interface Planted {
  bug: () => Bug
  /** Acts that show it, so that few of them do. */
  among: string
  /** What a run says of it. */
  says: RegExp
}

export const bugs: Record<string, Planted> = {
  'charges nothing': {
    among: 'open page stream close',
    bug: () => rules({ books: { charge: (ledger) => ledger } }),
    says: /delivered/,
  },
  'charges twice the price': {
    among: 'open page',
    bug: () =>
      rules({
        books: { charge: (ledger, { cost, units }) => Accounting.charge(ledger, { cost: cost * 2n, units }) },
      }),
    says: /may be charged at most|spent/,
  },
  'gives credit: delivers without a voucher': {
    among: 'open page stream',
    bug: () => rules({ charge: { enoughBalance: pass } }),
    says: /a receipt says spent|delivered/,
  },
  'forgets at a restart what was spent': {
    among: 'open page restart',
    bug: forgetsSpent,
    says: /delivered/,
  },
  'writes what was spent after it was served': {
    among: 'open page stream crash',
    bug: writesLater,
    says: /delivered/,
  },
  'starts from zero when a voucher is repeated': {
    among: 'open page replay',
    bug: () =>
      rules({
        books: {
          acceptVoucher: (ledger, voucher) =>
            voucher.cumulativeAmount === ledger.accepted
              ? { ...ledger, spent: 0n }
              : Accounting.acceptVoucher(ledger, voucher),
        },
      }),
    says: /delivered/,
  },
  'captures what was accepted': {
    among: 'open voucher page',
    bug: () => rules({ books: { captureAmount: ({ accepted }) => accepted } }),
    says: /was captured, and at most/,
  },
  'captures what was settled': {
    among: 'open page',
    bug: () => rules({ books: { captureAmount: ({ settled }) => settled } }),
    says: /delivered/,
  },
  'closes a v1 channel with the highest voucher': {
    among: 'open voucher page',
    bug: () => rules({ books: { closingVoucher: (vouchers) => vouchers.at(-1) } }),
    says: /was captured, and at most/,
  },
  'takes a top-up for a voucher': {
    among: 'open topUp page',
    bug: () =>
      rules({
        books: {
          observe: (ledger, seen) => {
            const next = Accounting.observe(ledger, seen)
            const more = next.deposit - ledger.deposit
            return more > 0n ? { ...next, accepted: ledger.accepted + more } : next
          },
        },
      }),
    says: /was signed|at most/,
  },
  'takes vouchers that anybody signed': {
    among: 'open forge voucher',
    bug: () => rules({ signature: { bySigner: pass } }),
    says: /was signed/,
  },
  'takes vouchers above the deposit': {
    among: 'open voucher page',
    bug: () => rules({ voucher: { withinDeposit: pass } }),
    says: /was deposited/,
  },
  'goes on delivering after the close': {
    among: 'open stream close read page',
    bug: () => rules({ charge: { notOver: pass }, voucher: { notOver: pass } }),
    says: /delivered/,
  },
  'takes one payment twice': {
    among: 'charge retry replay',
    bug: () =>
      rules({
        challengeUse: { unusedChallenge: pass },
        transactionUse: { unusedTransaction: pass },
        handedOver: { notSentBefore: pass },
      }),
    says: /bought content twice/,
  },
  'answers a key for every URL': {
    among: 'open keyed',
    bug: sharesKeys,
    says: /delivered/,
  },
  'forgets which keys were charged': {
    among: 'open keyed restart',
    bug: () => store({ written: (next) => ({ ...next, chargedKeys: [] }) }),
    says: /at most/,
  },
  'closes the books for one stale answer': {
    among: 'open page voucher node',
    bug: () => rules({ books: { miss: (ledger) => ({ ...ledger, phase: 'closed' }) } }),
    says: /delivered/,
  },
  'sees no close request': {
    among: 'open page requestClose wait withdraw',
    bug: () =>
      rules({
        books: { observe: (ledger, seen) => Accounting.observe(ledger, { ...seen, closeRequestedAt: 0 }) },
      }),
    says: /delivered/,
  },
  'charges for content that failed': {
    among: 'open page',
    bug: () => chargesFailures,
    says: /at most|bought nothing/,
  },
}
