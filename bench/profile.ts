/**
 * Where the processor's time goes: samples of a process while it works, as microseconds for each unit of the work, by
 * the part of this package or of Node that was running.
 */
import { readFileSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'

/** Time of a part or a function, in microseconds for each unit. */
export interface Spent {
  where: string
  us: number
}

/** A profile of one kind of work. */
export interface Profile {
  /** The line of the table that it belongs to. */
  id: string
  /** What one unit is. */
  of: string
  /** Time between two units, in microseconds. */
  us: number
  parts: Spent[]
  /** Those of this package that took most. */
  functions: Spent[]
}

const sampleUs = 200
const shownFunctions = 8

/** Samples this process from `begin` to `end`, which is told how many units were done. More than one span adds up. */
export async function profiler(id: string, of: string) {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: sampleUs })
  const parts = new Map<string, number>()
  const functions = new Map<string, number>()
  let [units, total] = [0, 0]
  const add = (to: Map<string, number>, name: string, us: number) => to.set(name, (to.get(name) ?? 0) + us)
  const sorted = (of: Map<string, number>): Spent[] =>
    [...of].map(([where, us]) => ({ where, us: us / units })).sort((a, b) => b.us - a.us)
  return {
    begin: () => session.post('Profiler.start'),
    async end(done: number): Promise<void> {
      const { profile } = await session.post('Profiler.stop')
      units += done
      const frames = new Map(profile.nodes.map(({ id: node, callFrame }) => [node, callFrame]))
      profile.samples?.forEach((node, i) => {
        // The first sample comes after a while that was not of the work.
        const us = i === 0 ? 0 : Math.max(0, profile.timeDeltas?.[i] ?? 0)
        const frame = frames.get(node) as Profiler.Profile['nodes'][number]['callFrame']
        const file = fileOf(frame)
        total += us
        add(parts, partOf(file, frame), us)
        if (file !== undefined) add(functions, `${nameOf(frame)} in ${file}`, us)
      })
    },
    found: (): Profile => ({
      id,
      of,
      us: total / units,
      parts: sorted(parts),
      functions: sorted(functions).slice(0, shownFunctions),
    }),
  }
}

/** The name that a function was written with: a bundle numbers those of one name. */
const nameOf = ({ functionName }: { functionName: string }) =>
  functionName.replace(/(?<=[a-z])[2-9]$/, '') || 'a function'

/** What runs in no file, by its name; anything else that has no file is called by what is compiled. */
const native: Readonly<Record<string, string>> = {
  '(idle)': 'idle: waits for the disk or for others',
  '(garbage collector)': 'garbage collection',
  '(program)': 'the engine and native code',
}

const ofNode: readonly (readonly [RegExp, string])[] = [
  [/webstreams/, 'Node: web streams'],
  [/undici|fetch/, 'Node: requests and answers'],
  [/crypto/, 'Node: cryptography'],
  [/./, 'Node: all else'],
]

/** The part that a function belongs to: a room of the package, a package it uses, or a part of Node. */
function partOf(
  file: string | undefined,
  { functionName, url }: { functionName: string; url: string },
): string {
  if (file !== undefined) return (/^(src\/(?:mpp\/|x402\/)?\w+|\w+)\//.exec(file) ?? [])[1] ?? file
  if (url === '') return native[functionName] ?? 'the engine and native code'
  const own = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  return own ?? ofNode.find(([pattern]) => pattern.test(url))?.[1] ?? url
}

/** The file a function was written in: the bundle says before each what it took from where. */
function fileOf({ url, lineNumber }: { url: string; lineNumber: number }): string | undefined {
  if (!url.includes('/.cache/')) return undefined
  let starts = bundles.get(url)
  if (starts === undefined) {
    starts = readFileSync(fileURLToPath(url), 'utf8')
      .split('\n')
      .flatMap((text, line) => (/^\/\/ \S+\.ts$/.test(text) ? [[line, text.slice(3)] as const] : []))
    bundles.set(url, starts)
  }
  return starts.findLast(([line]) => line <= lineNumber)?.[1]
}
const bundles = new Map<string, (readonly [number, string])[]>()
