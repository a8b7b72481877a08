/**
 * The command line as JavaScript, so that it is not compiled again for every process that is started: a start costs a
 * sixth of what a loader of TypeScript takes. A build is kept in `.cache` under the hash of everything it was made from:
 * it is never stale, and runs at the same time do not disturb each other.
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
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(root, '.cache')
const prefix = 'kit-'
/** Builds of other sources are removed when they are this old, unless a process runs from them. */
const keepMs = 3_600_000
/** What the code reads at run time, where it stands beside it. */
const assets = ['package.json', 'spec', 'vectors', 'conformance/targets']
/** What is started by its path. */
const mains = [
  'conformance/cli/main.ts',
  'conformance/cli/demo.ts',
  'conformance/cli/fault-worker.ts',
  'src/chain/anvil/chain.ts',
]

/** @type {Promise<string> | undefined} */
let built

/** The folder of the compiled tree. */
export function builtTree() {
  built ??= compile()
  return built
}

/**
 * Says that this process runs from a build, until it ends: what it has not loaded yet must stay where it is.
 * @param {string} folder
 */
export function keepWhileRunning(folder) {
  const mark = join(folder, 'runs', String(process.pid))
  writeFileSync(mark, '')
  process.once('exit', () => rmSync(mark, { force: true }))
}

async function compile() {
  const sources = ['src', 'conformance'].flatMap((folder) => modules(folder)).sort()
  const hash = createHash('sha256')
  const specs = yamlBelow('spec')
  // The packages that it is made of, and how.
  for (const path of ['package-lock.json', 'conformance/cli/built.mjs', ...sources, ...specs])
    hash.update(`\0${path}\0`).update(readFileSync(join(root, path)))
  const folder = join(cache, `${prefix}${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder

  removeOld()
  const unfinished = `${folder}-${process.pid}`
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { build } = await import('esbuild')
  await build({
    absWorkingDir: root,
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
    // Native modules, and what only some installs have, are found in node_modules.
    plugins: [externalBut(Object.keys(dependencies))],
    // Packages that are CommonJS ask for modules of Node by `require`.
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
    },
    logLevel: 'silent',
  })
  for (const path of assets) {
    mkdirSync(dirname(join(unfinished, path)), { recursive: true })
    symlinkSync(join(root, path), join(unfinished, path))
  }
  // Every program that judges reads all of it; as YAML that takes half a second.
  const { parse } = await import('yaml')
  const read = specs.map((path) => [
    path.slice('spec/'.length),
    parse(readFileSync(join(root, path), 'utf8')),
  ])
  writeFileSync(join(unfinished, 'spec.json'), JSON.stringify(Object.fromEntries(read)))
  mkdirSync(join(unfinished, 'runs'))
  install(unfinished, folder)
  return folder
}

/**
 * Leaves out every package but those named, and what these need.
 * @param {readonly string[]} packages
 * @returns {import('esbuild').Plugin}
 */
const externalBut = (packages) => ({
  name: 'external',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
      const ours = !importer.includes('/node_modules/')
      const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/')
      return ours && !packages.includes(name) ? { path, external: true } : undefined
    })
  },
})

/**
 * Puts a finished build in its place, unless somebody was faster.
 * @param {string} unfinished
 * @param {string} folder
 */
function install(unfinished, folder) {
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true })
    if (!existsSync(folder)) throw error
  }
}

/**
 * TypeScript modules below a folder, but for those of targets, which have dependencies of their own.
 * @param {string} folder
 * @returns {string[]}
 */
const modules = (folder) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return path === 'conformance/targets' ? [] : modules(path)
    return path.endsWith('.ts') ? [path] : []
  })

/**
 * Files of YAML below a folder.
 * @param {string} folder
 * @returns {string[]}
 */
const yamlBelow = (folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .sort()
    .map((path) => `${folder}/${path}`)

function removeOld() {
  mkdirSync(cache, { recursive: true })
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    if (name.startsWith(prefix) && Date.now() - statSync(path).mtimeMs > keepMs && !isInUse(path))
      rmSync(path, { recursive: true, force: true })
  }
}

/**
 * Whether a process runs from a build. One that was killed left its mark: then the number may be another's.
 * @param {string} folder
 */
function isInUse(folder) {
  const runs = join(folder, 'runs')
  return existsSync(runs) && readdirSync(runs).some((pid) => lives(Number(pid)))
}

/** @param {number} pid */
function lives(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Somebody else's process may not be asked, but it is there.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}
