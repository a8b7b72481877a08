/** Faults of clients that a kill costs money: they keep too little, or keep it too late. */
import { faultsOf, ok } from '../fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('killed')

/** A journal that the next run cannot read. */
const unreadable: ClientVariant['journal'] = (journal) => ({
  ...journal,
  async list() {
    const kept = await journal.list()
    if (kept.length > 0) throw new Error('the journal cannot be read')
    return kept
  },
})

export const faults = [
  named('cannot-read-its-journal', 'SESS-CLI-003', ['served', 'nothing-locked', 'process'], {
    journal: unreadable,
  }),
  named('keeps-nothing-of-a-channel', 'SESS-CLI-003', ['nothing-locked'], {
    journal: (journal) => ({ ...journal, list: async () => [] }),
  }),
  named('closes-for-two-units-more', 'SESS-SSE-014', ['paid-once', 'process'], {
    rules: { sign: { withinStep: ok, closeAmount: ({ authorized }) => authorized + 2_000n } },
  }),
]
