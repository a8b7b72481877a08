/** Streams that are not complete: the client reports it, and does not take the part for the whole. */
import { scenario } from '../../../kit/scenario.ts'
import { type Finding, holdsIf, unjudged } from '../../../kit/verdict.ts'
import type { Visit } from '../../../peers/x402/payee/shop/shop.ts'
import { brokenWritings, type Writing } from '../../../peers/x402/payee/shop/writing.ts'
import type { Fixtures } from './fixtures.ts'
import { reports } from './verbs.ts'

const checks = {
  'ending.no-done': 'X-CLI-014',
  'ending.cut': 'X-CLI-014',
  'ending.no-json': 'X-CLI-015',
  'ending.error-event': 'X-CLI-016',
  'ending.own-words': 'X-CLI-019',
} as const

type Check = keyof typeof checks

export const ending = scenario<Fixtures, Check>({
  id: 'x402/client/ending',
  title: 'Streams that are not complete',
  needs: ['chat'],
  checks,
  faults: async () => (await import('./ending.faults.ts')).endingFaults,
  async run(t, { open, versions }) {
    const [version = 2] = versions
    const visits = new Map<Writing, Promise<Visit>>()
    const visit = (writes: Writing): Promise<Visit> => {
      const made = visits.get(writes) ?? open({ version, writes }).then((shop) => shop.visit())
      visits.set(writes, made)
      return made
    }
    for (const [name, writes] of Object.entries(brokenWritings))
      await t.check(`ending.${name}` as Check, async () =>
        reports(await visit(writes), `a stream that is not complete (${name})`),
      )
    await t.check('ending.own-words', async () => ownWords(await visit(brokenWritings['no-json'])))
  },
})

/**
 * The error of a JSON parser by itself, as the runtimes of JavaScript, Python and Rust print what nobody caught. Where it is
 * only the cause of another error, it stands indented, or before the last line.
 */
const parsersOwn = [
  /^(?:Uncaught )?SyntaxError: /m,
  /^(?:json\.(?:decoder\.)?)?JSONDecodeError: [^\n]*\s*$/m,
  /^Error: Error\("/m,
]

/** Whether an event that cannot be read is told as a broken stream, and not by the error of a parser alone. */
function ownWords({ ran: { code, stderr } }: Visit): Finding {
  if (code === 0) return unjudged('nothing was told')
  const bare = parsersOwn.map((each) => each.exec(stderr)?.[0]).find((found) => found !== undefined)
  const at = bare === undefined ? '' : stderr.slice(stderr.indexOf(bare)).split('\n', 1)[0]?.slice(0, 120)
  return holdsIf(bare === undefined, 'an error that says that the stream broke', `${at}`)
}
