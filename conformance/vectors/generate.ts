/** Definitions to vectors/*.json, whose only writer this is; and the linter that reads them back. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadRequirements } from '../kit/requirements.ts'
import { HarnessError } from '../kit/verdict.ts'
import { type FlagName, flags } from './flags.ts'
import { answer, ops } from './ops.ts'
import { canonical, type Definition, type Draft, schema, type VectorCase, type VectorFile } from './vector.ts'

export const folder = fileURLToPath(new URL('../../vectors/', import.meta.url))

/** The least there must be, over all files. */
export const minTests = 1_000

/** Reads every vector file. Throws `HarnessError` for one that does not fit its schema. */
export function loadVectors(): VectorFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && name !== 'schema.json')
    .sort()
    .map((name) => {
      const parsed = schema.safeParse(JSON.parse(readFileSync(folder + name, 'utf8')))
      if (!parsed.success) throw new HarnessError(`vectors/${name}: ${parsed.error.message}`)
      return parsed.data
    })
}

/** What makes a case the same case: its operation and its input. */
const key = (op: string, { input }: { input: unknown }): string => `${op} ${canonical(input)}`

/**
 * One definition to a file. Ids that `previous` gave are kept, new cases get the next ones. Throws `HarnessError`
 * naming every case that our library answers otherwise than it is written down.
 */
export async function generate(definition: Definition, previous?: VectorFile): Promise<VectorFile> {
  const known = new Map(
    previous?.groups.flatMap(({ op, tests }) => tests.map((test) => [key(op, test), test.tcId] as const)),
  )
  let lastTcId = previous?.lastTcId ?? 0
  const wrong: string[] = []
  const groups: VectorFile['groups'] = []
  for (const { op, comment, requirements, naming = {}, compare = 'exact', tests } of definition.groups) {
    const cases: VectorCase[] = []
    for (const [id, pattern] of Object.entries(naming))
      if (!tests.some((draft) => pattern.test(draft.comment)))
        wrong.push(`${definition.file} ${op}: no case of ${id}`)
    for (const plain of tests) {
      const own = Object.keys(naming).filter((id) => naming[id]?.test(plain.comment))
      const draft = own.length === 0 ? plain : { ...plain, requirements: [...requirements, ...own] }
      const tcId = known.get(key(op, draft)) ?? ++lastTcId
      const made = await complete(op, draft, tcId)
      if (typeof made === 'string') wrong.push(`${definition.file} ${op}: ${draft.comment}: ${made}`)
      else cases.push(made)
    }
    groups.push({ op, comment, requirements, compare, tests: cases })
  }
  if (wrong.length > 0) throw new HarnessError(wrong.join('\n'))
  const all = groups.flatMap(({ tests }) => tests)
  const used = [...new Set(all.flatMap((test) => test.flags))].sort() as FlagName[]
  return {
    schema: 1,
    file: definition.file,
    title: definition.title,
    numberOfTests: all.length,
    numberOfValid: all.filter(({ result }) => result === 'valid').length,
    numberOfInvalid: all.filter(({ result }) => result === 'invalid').length,
    lastTcId,
    notes: Object.fromEntries(used.map((name) => [name, { ...flags[name], links: [...flags[name].links] }])),
    groups,
  }
}

/** A draft with its id and its value; or what is wrong with it. */
async function complete(op: string, draft: Draft, tcId: number): Promise<VectorCase | string> {
  const { comment, flags: own, input, requirements } = draft
  const common = { tcId, comment, flags: own, ...(requirements && { requirements }), input }
  const got = await answer({ schema: 1, op, input })
  if (draft.reason !== undefined) {
    if (got.ok) return `accepted with ${canonical(got.value)}, to be refused: ${draft.reason}`
    if (got.error.code !== draft.reason) return `refused as ${got.error.code}, not ${draft.reason}`
    return { ...common, result: 'invalid', reason: draft.reason }
  }
  if (!got.ok) return `refused as ${got.error.code}: ${got.error.message}`
  if (draft.value !== undefined && canonical(draft.value) !== canonical(got.value))
    return `${canonical(got.value)} instead of ${canonical(draft.value)}`
  return { ...common, result: 'valid', value: got.value as Record<string, unknown> }
}

/** A file to its text. */
export const format = (file: object): string => `${JSON.stringify(file, null, 1)}\n`

/** What is wrong with the vectors as a whole; nothing when the list is empty. */
export function lint(files: readonly VectorFile[]): string[] {
  const requirements = loadRequirements()
  const out: string[] = []
  const seen = new Map<string, string>()
  for (const file of files) {
    const cases = file.groups.flatMap((group) => group.tests.map((test) => ({ group, test })))
    const say = (text: string) => out.push(`${file.file}: ${text}`)
    const count = (result: string) => cases.filter(({ test }) => test.result === result).length
    if (file.numberOfTests !== cases.length) say('numberOfTests is wrong')
    if (file.numberOfValid !== count('valid')) say('numberOfValid is wrong')
    if (file.numberOfInvalid !== count('invalid')) say('numberOfInvalid is wrong')
    const ids = cases.map(({ test }) => test.tcId)
    if (new Set(ids).size !== ids.length) say('a tcId is given twice')
    if (ids.some((id) => id > file.lastTcId)) say('lastTcId is below a tcId')
    const used = new Set(cases.flatMap(({ test }) => test.flags))
    for (const flag of used) if (!Object.hasOwn(file.notes, flag)) say(`flag ${flag} has no note`)
    for (const flag of Object.keys(file.notes)) if (!used.has(flag)) say(`note ${flag} has no case`)
    for (const { op, requirements: ids } of file.groups) {
      if (!Object.hasOwn(ops, op)) say(`no operation ${op}`)
      for (const id of ids) if (!requirements.has(id)) say(`no requirement ${id}`)
    }
    for (const { group, test } of cases) {
      for (const id of test.requirements ?? []) if (!requirements.has(id)) say(`no requirement ${id}`)
      const same = seen.get(key(group.op, test))
      const name = `${file.file} ${test.tcId}`
      if (same !== undefined) say(`tcId ${test.tcId} (${test.comment}) repeats ${same}`)
      seen.set(key(group.op, test), name)
    }
  }
  const total = files.reduce((sum, file) => sum + file.numberOfTests, 0)
  const negative = files.reduce((sum, file) => sum + file.numberOfInvalid, 0)
  if (total < minTests) out.push(`${total} cases, fewer than ${minTests}`)
  if (negative * 2 < total) out.push(`${negative} of ${total} cases are negative, fewer than half`)
  return out
}
