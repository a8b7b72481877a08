/** A third-party implementation under test: its target file, its process, its baseline. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'
import { exclusively } from '../../src/store/file-lock.ts'
import { SetupError } from '../kit/verdict.ts'
import { collect, type Launch } from './process.ts'

const members = {
  name: z.string(),
  version: z.string(),
  home: z.string(),
  profile: z.string(),
  role: z.string(),
  /** Run where its dependencies are when they are missing or older than their lockfile. */
  install: z.string().optional(),
  /** The folder of its dependencies, as `../mppx`, where it uses those of another target; default its own. */
  dependencies: z.string().optional(),
  /** Run in the target's folder before it is judged, once its dependencies are there. */
  build: z.string().optional(),
  /** Not installed with the others for `npm test`: it is judged by a run of its own. */
  apart: z.boolean().default(false),
  /** Starts a server; see conformance/README.md for the environment it gets. */
  start: z.string().optional(),
  /** Where it listens; `{port}` is filled in. */
  url: z.string().optional(),
  /** Makes one run of a client: the URL is appended, or replaces `{url}`. */
  run: z.string().optional(),
  /** Optional resources it has: name -> path; see conformance/README.md. */
  resources: z.record(z.string(), z.string().startsWith('/')).default({}),
  baseline: z.string().optional(),
}

/** Members of a target file. Statements of its suite may stand beside them. */
export const schema = z.looseObject(members)

export interface Target extends Readonly<z.output<z.ZodObject<typeof members>>> {
  folder: string
  statements: Readonly<Record<string, unknown>>
}

/** What has dependencies to be installed. */
type Installable = Pick<Target, 'name' | 'version' | 'install' | 'dependencies' | 'folder'>

/** How long another process that installs is waited for until it is asked again, in milliseconds. */
const turnMs = 200

const targets = fileURLToPath(new URL('../targets/', import.meta.url))

/** Names of the targets there are. */
export const targetNames = (): string[] =>
  readdirSync(targets)
    .filter((name) => existsSync(`${targets}${name}/target.yaml`))
    .sort()

/** Reads a target by name. Throws `SetupError`. */
export function loadTarget(name: string): Target {
  const folder = `${targets}${name}`
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(`${folder}/target.yaml`))
    throw new SetupError(`no target ${name}; there are reference, ${targetNames().join(', ')}`)
  const result = schema.safeParse(parse(readFileSync(`${folder}/target.yaml`, 'utf8')))
  if (!result.success) throw new SetupError(`${name}/target.yaml: ${z.prettifyError(result.error)}`)
  const statements = Object.entries(result.data).filter(([name]) => !(name in members))
  return { ...result.data, folder, statements: Object.fromEntries(statements) }
}

/**
 * Runs a target's install command unless its dependencies are there and current. Another process that installs them is
 * waited for: two at once would each remove what the other has unpacked. Throws `SetupError`.
 */
export async function install(target: Installable, print: (line: string) => void): Promise<void> {
  const { install: command, name, version } = target
  const folder = join(target.folder, target.dependencies ?? '.')
  const lockfile = join(folder, 'package-lock.json')
  // npm writes it last: what was broken off has none.
  const marker = join(folder, 'node_modules', '.package-lock.json')
  const current = () => existsSync(marker) && statSync(marker).mtimeMs >= statSync(lockfile).mtimeMs
  if (command === undefined || !existsSync(lockfile) || current()) return
  const unlessCurrent = async () => {
    if (current()) return
    print(`installing ${name} ${version} (${command})`)
    await prepare({ name, folder }, command)
  }
  await exclusively(folder, 'install', unlessCurrent, turnMs)
}

/** Runs a target's build command, if it has one. Throws `SetupError`. */
export async function build(target: Target, print: (line: string) => void): Promise<void> {
  if (target.build === undefined) return
  print(`building ${target.name} ${target.version} (${target.build})`)
  await prepare(target, target.build)
}

async function prepare(
  { folder, name }: Pick<Installable, 'folder' | 'name'>,
  command: string,
): Promise<void> {
  const child = spawn(command, { cwd: folder, shell: true, stdio: ['ignore', 'ignore', 'pipe'] })
  const errors = collect(child)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  if (code !== 0) throw new SetupError(`${name}: ${command} failed\n${errors()}`)
}

/** How a target is started, with what it needs to know. Throws `SetupError` for a client, which is not started. */
export function launchOf(target: Target, env: Readonly<Record<string, string>>): Launch {
  const { name, version, start, url, folder: cwd } = target
  if (start === undefined || url === undefined)
    throw new SetupError(`${name}/target.yaml: start and url are missing`)
  return { name: `${name} ${version}`, command: start, cwd, url, env }
}
