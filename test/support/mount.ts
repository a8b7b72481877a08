/** The examples of docs/mount.md, put into files and run as they stand there. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'esbuild'
import { ownChain } from '../../conformance/harness/environment.ts'
import { launch } from '../../conformance/harness/process.ts'
import { pathUsd } from '../../src/contracts/token.ts'
import { session } from '../../src/mpp/client/session.ts'
import { collect, payee, payer } from './kit.ts'

const page = readFileSync('docs/mount.md', 'utf8')

/** The code under a heading; that of the route itself stands above them all. */
export function example(heading?: string): string {
  const [head = '', ...sections] = page.split(/^## /m)
  const section = heading === undefined ? head : sections.find((text) => text.startsWith(`${heading}\n`))
  const code = section?.match(/```ts\n([\s\S]*?)```/)?.[1]
  if (code === undefined) throw new Error(`docs/mount.md has no code under ${heading ?? 'its title'}`)
  return code
}

/** A new folder for a program made of examples. */
export function programFolder(name: string): string {
  const folder = resolve('.cache/mount', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Writes the route and the code that mounts it, for a runtime that takes TypeScript; answers its command. */
export function typescriptProgram(heading: string): { folder: string; command: string } {
  const folder = programFolder(heading.toLowerCase())
  for (const [file, code] of [
    ['poem.ts', example()],
    ['server.ts', example(heading)],
  ] as const)
    writeFileSync(`${folder}/${file}`, code.replace("'streamed-payments'", `'${resolve('src/index.ts')}'`))
  return { folder, command: `exec '${process.execPath}' --import tsx '${folder}/server.ts'` }
}

/** Writes the route as one module with all it imports, for bundlers that know nothing of this package. */
export async function bundledRoute(file: string): Promise<void> {
  await build({
    stdin: { contents: example(), resolveDir: process.cwd(), loader: 'ts' },
    alias: { 'streamed-payments': resolve('src/index.ts') },
    outfile: file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
  })
}

/** Starts a program on a chain and buys from it: what came, and what it cost. */
export async function buy({
  folder,
  command,
  path = '/',
}: {
  folder: string
  command: string
  path?: string
}) {
  const environment = await ownChain()
  const server = await launch({
    name: folder,
    command,
    cwd: process.cwd(),
    url: `http://127.0.0.1:{port}${path}`,
    env: {
      RPC_URL: environment.rpcUrl,
      CHAIN_ID: String(environment.chainId),
      CURRENCY: pathUsd,
      PAYEE_PRIVATE_KEY: payee.privateKey,
      SECRET_KEY: 'a secret of at least thirty-two bytes',
    },
  })
  try {
    const pay = session({ account: payer, chain: environment.rpc, maxDeposit: '1' })
    const [title = '', ...words] = await collect(pay.sse(server.url))
    return { title: JSON.parse(title) as unknown, words, spent: (await pay.close())?.spent }
  } finally {
    await server.stop()
    await environment.close()
  }
}

/** What every one of them sells. */
export const sold = {
  title: { title: 'The Road Not Taken', author: 'Robert Frost' },
  words: ['Two', 'roads', 'diverged'],
  spent: 3000n,
}
