/** Faults of clients that lose what an earlier run signed, or cannot recover its deposit. */
import { fault } from '../fault.ts'
import type { ClientVariant } from '../reference.ts'

/** State folders of runs that failed. */
const failed = new Set<string>()

const forgetful: ClientVariant['journal'] = (journal) => ({ ...journal, list: async () => [] })

export const faults = [
  fault({
    name: 'heeds-no-other-process',
    breaks: 'SESS-CLI-001',
    caughtBy: ['again.two-at-once'],
    variant: {
      journal: (journal) => ({
        ...journal,
        claim: async (id) => (await journal.claim(id)) ?? (async () => undefined),
      }),
    },
  }),
  fault({
    name: 'keeps-no-channel-between-errands',
    breaks: 'SESS-CLI-003',
    caughtBy: ['again.one-channel', 'again.totals-rise', 'again.recovered'],
    variant: { journal: forgetful },
  }),
  fault({
    name: 'never-comes-back',
    breaks: 'SESS-CLI-001',
    caughtBy: [
      'again.killed-at-the-open',
      'again.killed-at-a-voucher',
      'again.killed-at-a-top-up',
      'again.two-at-once',
      'again.recovered',
    ],
    variant: {
      async does(doing, usual) {
        const { paying } = doing
        const mine = paying.channel
        if (mine !== undefined) throw new Error('there was something')
        await usual(doing)
      },
      journal: (journal) => ({
        ...journal,
        async list() {
          const kept = await journal.list()
          if (kept.length > 0) throw new Error('the journal cannot be read')
          return kept
        },
      }),
    },
  }),
  fault({
    name: 'gives-up-where-it-failed-once',
    breaks: 'SESS-CLI-001',
    caughtBy: ['again.after-a-cut'],
    variant: {
      async does(doing, usual) {
        const { STATE_DIR = '' } = doing.env
        if (failed.has(STATE_DIR)) throw new Error('it failed before')
        try {
          await usual(doing)
        } catch (error) {
          failed.add(STATE_DIR)
          throw error
        }
      },
    },
  }),
]
