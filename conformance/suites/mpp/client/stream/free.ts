/** Events that cost nothing stand between those that do: each unit is paid for, and nothing else. */
import { scenario } from '../../../../kit/scenario.ts'
import { alterStream } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { pays } from '../verbs.ts'

/** A heading before each unit, and a sign of life after it. */
const between = (frame: string): string =>
  frame.includes('data: unit')
    ? `event: title\ndata: what comes next\n\n${frame}: still here\n\nevent: ping\ndata: 1\n\n`
    : frame

export const free = scenario({
  id: 'mpp/client/free',
  title: 'Free events between those that are charged',
  checks: { 'free.between': 'SESS-SSE-014' },
  faults: async () => (await import('./free.faults.ts')).faults,
  async run(t, { open }: Fixtures) {
    await pays(t, 'free.between', await open({ greedy: true, payee: { http: alterStream(between) } }))
  },
})
