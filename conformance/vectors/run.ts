/** Asks an implementation every case, and judges what it answers. */
import { isObject } from '../../src/codec/json.ts'
import type { Adapter } from './adapter.ts'
import { type Answer, aliases, answer, type Request } from './ops.ts'
import { canonical, type VectorCase, type VectorFile, type VectorGroup } from './vector.ts'

/** The outcome of one case. */
export interface CaseResult {
  /** `file/tcId`. */
  id: string
  op: string
  comment: string
  verdict: 'pass' | 'fail' | 'skip'
  /** What was wrong, or why it was skipped. */
  why?: string
}

/** How two headers are compared that may differ in text: by what our reader finds in them. */
const readers: Readonly<Record<string, (header: string) => Request['input']>> = {
  'auth.encode': (header) => ({ op: 'auth.decode', header }),
  'challenge.encode': (header) => ({ op: 'auth.decode', header }),
  'challenge.encodeExtra': (header) => ({ op: 'auth.decode', header }),
  'credential.encode': (header) => ({ op: 'credential.decode', header }),
  'receipt.encode': (header) => ({ op: 'receipt.decode', header }),
}

async function meaning(op: string, value: unknown): Promise<string | undefined> {
  const reader = readers[op]
  if (reader === undefined || !isObject(value) || typeof value['header'] !== 'string') return undefined
  const { op: decode, ...input } = reader(value['header']) as { op: string; header: string }
  const read = await answer({ schema: 1, op: decode, input })
  return read.ok ? canonical(read.value) : undefined
}

/** An absent source may be given as null (the adapters of this field do). */
function normal(value: unknown): string {
  if (!isObject(value) || value['source'] !== null) return canonical(value)
  const { source: _, ...rest } = value
  return canonical(rest)
}

/**
 * Whether `part` equals `whole` except for missing members: a reader that ignores unknown members need not keep them.
 */
function isPart(part: unknown, whole: unknown): boolean {
  if (isObject(part) && isObject(whole))
    return Object.entries(part).every(
      ([name, member]) => Object.hasOwn(whole, name) && isPart(member, whole[name]),
    )
  if (Array.isArray(part) && Array.isArray(whole))
    return part.length === whole.length && part.every((item, i) => isPart(item, whole[i]))
  return canonical(part) === canonical(whole)
}

/** Whether an answer is right. */
export async function judge(
  group: VectorGroup,
  test: VectorCase,
  got: Answer,
): Promise<Pick<CaseResult, 'verdict' | 'why'>> {
  if (!got.ok && got.error.type === 'unsupported_operation') return { verdict: 'skip', why: 'unsupported' }
  if (!got.ok && got.error.type === 'adapter_failure') return { verdict: 'fail', why: got.error.message }
  if (test.result === 'invalid') {
    if (got.ok) return { verdict: 'fail', why: `accepted, to be refused as ${test.reason}` }
    const { code } = got.error
    // The reason is ours; an adapter that gives none is not judged by it.
    return code === undefined || code === test.reason
      ? { verdict: 'pass' }
      : { verdict: 'fail', why: `refused as ${code}, not ${test.reason}` }
  }
  if (!got.ok) return { verdict: 'fail', why: `refused: ${got.error.message}` }
  if (normal(got.value) === normal(test.value)) return { verdict: 'pass' }
  if (test.flags.includes('UnknownMember') && isPart(got.value, test.value)) return { verdict: 'pass' }
  if (group.compare === 'semantic') {
    const said = await meaning(group.op, got.value)
    if (said !== undefined && said === (await meaning(group.op, test.value))) return { verdict: 'pass' }
  }
  return { verdict: 'fail', why: `answered ${canonical(got.value).slice(0, 200)}` }
}

/** The name under which an adapter takes an operation; undefined when it advertises none. */
export function advertised(op: string, capabilities?: ReadonlySet<string>): string | undefined {
  if (capabilities === undefined || capabilities.has(op)) return op
  return Object.keys(aliases).find((name) => aliases[name] === op && capabilities.has(name))
}

/**
 * Asks an adapter every case of the files, one after the other, and compares its answers. Cases of an operation that
 * the adapter does not advertise are skipped. Does not reject for a wrong answer.
 */
export async function runVectors(
  files: readonly VectorFile[],
  adapter: Pick<Adapter, 'ask' | 'capabilities'>,
): Promise<CaseResult[]> {
  const out: CaseResult[] = []
  for (const file of files)
    for (const group of file.groups) {
      const op = advertised(group.op, adapter.capabilities)
      for (const test of group.tests) {
        const common = { id: `${file.file}/${test.tcId}`, op: group.op, comment: test.comment }
        if (op === undefined) out.push({ ...common, verdict: 'skip', why: 'not advertised' })
        else {
          const request = { schema: 1, op, input: test.input as Request['input'] } as const
          out.push({ ...common, ...(await judge(group, test, await adapter.ask(request))) })
        }
      }
    }
  return out
}

/** Compares results with the known disagreements of an adapter. `unexpected` and `stale` should be empty. */
export function compareKnown(results: readonly CaseResult[], known: Adapter['known']) {
  const reasons = new Map(known.flatMap((entry) => entry.vectors.map((id) => [id, entry] as const)))
  const failed = results.filter(({ verdict }) => verdict === 'fail')
  const passed = new Set(results.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id))
  const all = new Set(results.map(({ id }) => id))
  return {
    unexpected: failed.filter(({ id }) => !reasons.has(id)),
    known: failed.filter(({ id }) => reasons.has(id)),
    withheld: failed.filter(({ id }) => reasons.get(id)?.embargoed === true),
    /** Listed and no longer failing, or no case at all. */
    stale: [...reasons.keys()].filter((id) => passed.has(id) || !all.has(id)),
  }
}
