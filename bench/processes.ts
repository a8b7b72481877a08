/**
 * Processes that are measured: read by the first line they print, ended by whoever started them. Those that are compared
 * are one file of plain JavaScript each, as the package is when it is built: what the loader of TypeScript adds to
 * functions is not measured.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

/** Longest wait for a child to say something, in milliseconds, unless it is known to take longer. */
const usualMs = 60_000

export interface Child {
  child: ChildProcess
  /** The first part of its output that matches. Rejects when it ends without, or is late. */
  said(pattern: RegExp, patienceMs?: number): Promise<string>
  /** Resolves when it has ended, however. */
  ended: Promise<void>
}

/** Starts a TypeScript file of this tree, by its path from the root. */
export function start(file: string, env: Record<string, string>, args: readonly string[] = []): Child {
  // The chain looks for files by its own place, and is the same for both sides.
  const code = file.startsWith('bench/') ? [built(file)] : ['--import', 'tsx', `${root}${file}`]
  const child = spawn(process.execPath, [...code, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const heard = new Set<() => void>()
  const hear = (chunk: Buffer) => {
    output += chunk.toString()
    for (const wake of heard) wake()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return {
    child,
    ended: new Promise((resolve) => {
      child.once('close', () => resolve())
    }),
    said: (pattern, patienceMs = usualMs) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`${file} is late:\n${output.slice(-2_000)}`)),
          patienceMs,
        )
        const look = () => {
          const found = pattern.exec(output)
          if (found === null) return
          clearTimeout(late)
          heard.delete(look)
          resolve(found[1] ?? found[0])
        }
        heard.add(look)
        child.once('close', () => {
          look()
          clearTimeout(late)
          reject(new Error(`${file} ended:\n${output.slice(-2_000)}`))
        })
        look()
      }),
  }
}

const root = fileURLToPath(new URL('..', import.meta.url))
const files = new Map<string, string>()

/** A file with all of this tree that it imports, one folder below the root, so that it finds what it looks for by its own place. */
export function built(file: string): string {
  const known = files.get(file)
  if (known !== undefined) return known
  const outfile = `${root}.cache/${file.replaceAll('/', '-').replace(/\.ts$/, '.mjs')}`
  const [bundle, packages] = [true, 'external'] as const
  buildSync({
    entryPoints: [`${root}${file}`],
    outfile,
    bundle,
    packages,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  })
  files.set(file, outfile)
  return outfile
}
