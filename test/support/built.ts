/**
 * The command line as JavaScript, so that tests do not compile it again for every process they start. A build is kept
 * under the hash of everything it was made from: it is never stale, and runs at the same time do not disturb each other.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build, version } from 'esbuild'

const cache = resolve('.cache')
const prefix = 'kit-'
/** Builds of other sources are removed when they are this old: nothing runs from them any more. */
const keepMs = 3_600_000
/** What the code reads at run time, where it stands beside it. */
const assets = ['package.json', 'spec', 'vectors', 'conformance/targets']
/** What is started by its path. */
const mains = ['conformance/cli/main.ts', 'conformance/cli/fault-worker.ts', 'src/chain/anvil/chain.ts']

let built: Promise<string> | undefined

/** The path of the command line's compiled main module. */
export function builtMain(): Promise<string> {
  built ??= compile()
  return built
}

async function compile(): Promise<string> {
  const sources = ['src', 'conformance'].flatMap((folder) => modules(folder)).sort()
  const hash = createHash('sha256').update(version)
  for (const path of sources) hash.update(`\0${path}\0`).update(readFileSync(path))
  const folder = join(cache, `${prefix}${hash.digest('hex').slice(0, 16)}`)
  const main = join(folder, 'conformance/cli/main.js')
  if (existsSync(main)) return main

  removeOld()
  const unfinished = `${folder}-${process.pid}`
  await build({
    entryPoints: mains,
    outdir: unfinished,
    outbase: '.',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Few files are read faster than hundreds. What they share stands as deep as they do: paths are relative to it.
    bundle: true,
    splitting: true,
    chunkNames: 'conformance/cli/[name]-[hash]',
    packages: 'external',
    logLevel: 'silent',
  })
  for (const path of assets) {
    mkdirSync(dirname(join(unfinished, path)), { recursive: true })
    symlinkSync(resolve(path), join(unfinished, path))
  }
  install(unfinished, folder)
  return main
}

/** Puts a finished build in its place, unless somebody was faster. */
function install(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true })
    if (!existsSync(folder)) throw error
  }
}

/** TypeScript modules below a folder, but for those of targets, which have dependencies of their own. */
const modules = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return path === 'conformance/targets' ? [] : modules(path)
    return path.endsWith('.ts') ? [path] : []
  })

function removeOld(): void {
  mkdirSync(cache, { recursive: true })
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    if (name.startsWith(prefix) && Date.now() - statSync(path).mtimeMs > keepMs)
      rmSync(path, { recursive: true, force: true })
  }
}
