/** The Anvil process: where its binary is, how it is started, and how it surely ends. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'

/** There is no Anvil here, or it does not start. */
export class AnvilUnavailable extends Error {
  override readonly name = 'AnvilUnavailable'
}

const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' }

/**
 * The path of the binary: `ANVIL_BIN` if it is set, else the one in the npm package `@foundry-rs/anvil`.
 * Throws `AnvilUnavailable` with what to do about it.
 */
export function anvilBinary(): string {
  const given = process.env['ANVIL_BIN']
  if (given !== undefined) {
    if (!existsSync(given)) throw new AnvilUnavailable(`no Anvil at ${given} (ANVIL_BIN)`)
    return given
  }
  const platform = `@foundry-rs/anvil-${process.platform}-${architectures[process.arch] ?? process.arch}`
  const file = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  try {
    const near = createRequire(createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'))
    return near.resolve(`${platform}/bin/${file}`)
  } catch (cause) {
    throw new AnvilUnavailable(
      'Anvil is not installed; npm install @foundry-rs/anvil@1.7.1, or set ANVIL_BIN to a binary',
      { cause },
    )
  }
}

/** Why there is no Anvil here, or undefined when there is one. */
export function anvilMissing(): string | undefined {
  try {
    anvilBinary()
    return undefined
  } catch (error) {
    if (error instanceof AnvilUnavailable) return error.message
    throw error
  }
}

/**
 * Runs between us and Anvil, because Anvil outlives a parent that is killed: when our end of the pipe closes, for
 * whatever reason, it ends Anvil, first politely so that temporary files go too.
 */
const guard = `
const { spawn } = require('node:child_process')
const [binary, ...args] = process.argv.slice(1)
const child = spawn(binary, args, { stdio: ['ignore', 'inherit', 'inherit'] })
child.once('error', ({ message }) => { process.stderr.write(message); process.exit(127) })
child.once('exit', (code) => process.exit(code ?? 1))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
process.stdin.resume()
process.stdin.once('close', () => {
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), 2000)
})
`

export interface AnvilProcess {
  url: string
  /** Of the guard: whoever kills it, or us, ends Anvil. */
  stop(): Promise<void>
}

/** Longest wait until Anvil listens; a fork asks its origin first. */
const startTimeoutMs = 30_000

/** Starts Anvil on a free port of loopback. Throws `AnvilUnavailable`. */
export async function spawnAnvil(args: readonly string[]): Promise<AnvilProcess> {
  const all = ['--host', '127.0.0.1', '--port', '0', ...args]
  const child = spawn(process.execPath, ['-e', guard, '--', anvilBinary(), ...all])
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = () => {
    child.stdin.end()
    return closed
  }
  let output = ''
  let timer: NodeJS.Timeout | undefined
  try {
    const url = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        output += chunk.toString()
        const address = /Listening on (\S+)/.exec(output)?.[1]
        if (address !== undefined) resolve(`http://${address}`)
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('error', reject)
      child.once('close', () => reject(new AnvilUnavailable(`Anvil did not start: ${reasonIn(output)}`)))
      timer = setTimeout(
        () => reject(new AnvilUnavailable(`Anvil did not listen within ${startTimeoutMs / 1000} s`)),
        startTimeoutMs,
      )
    })
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(timer)
    // It prints a line per request, and blocks when its output is not read.
    child.stdout.removeAllListeners('data').resume()
    child.stderr.removeAllListeners('data').resume()
  }
}

/** The line that says why, without its banner and back trace. */
const reasonIn = (output: string): string =>
  output
    .split('\n')
    .map((line) => line.trim())
    .find((line) => /error/i.test(line))
    ?.replace(/^Error:\s*/, '') ?? 'it gave no reason'
