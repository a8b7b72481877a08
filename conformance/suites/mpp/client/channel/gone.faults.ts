/** Faults of clients that hold on to a channel that is over. */
import { faultsOf } from '../fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('gone')

/** State folders of runs that met a channel that is over. */
const over = new Set<string>()

/** Never pays again where a channel of its own is over. */
const givingUp: ClientVariant['does'] = async (doing, usual) => {
  const { STATE_DIR = '', LEAVE } = doing.env
  if (over.has(STATE_DIR) || LEAVE === '0') throw new Error('the channel is over')
  try {
    await usual(doing)
  } catch (error) {
    over.add(STATE_DIR)
    throw error
  }
}

export const faults = [
  named('gives-up-where-a-channel-is-over', 'SESS-CLI-008', ['between-errands', 'in-mid-stream'], {
    does: givingUp,
  }),
  named('gives-up-after-a-410', 'SESS-CLI-008', ['in-mid-stream'], {
    async does(doing, usual) {
      const { STATE_DIR = '' } = doing.env
      if (over.has(STATE_DIR)) throw new Error('the channel is over')
      await usual(doing).catch((error: unknown) => {
        over.add(STATE_DIR)
        throw error
      })
    },
  }),
  named('closes-for-most-of-a-deposit', 'SESS-SSE-014', ['nothing-lost'], {
    rules: { sign: { closeAmount: ({ authorized }) => authorized + 1_900n } },
  }),
]
