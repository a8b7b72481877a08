/**
 * How a client under test is driven. In one run it is given a URL and what it needs to pay there, and then left alone.
 * A command is started with the URL appended; other clients are driven by a function of the same type.
 */
import { type Ran, runCommand } from './command.ts'

/** One run of a client: fetch and pay for one URL. */
export interface Errand {
  /** What is to be fetched and paid for. */
  url: string
  /** What the client is told: PAYMENT_URL, RPC_URL, PRIVATE_KEY and so on. */
  env: Readonly<Record<string, string>>
  /** Longest run, in milliseconds. */
  timeoutMs: number
  /** Kills the client at once, as a power cut would. */
  kill?: AbortSignal | undefined
}

/** Makes one run of a client. Resolves when everything that it started has ended. */
export type Drive = (errand: Errand) => Promise<Ran>

/** Most commands of one drive at a time: beside more of them one that works is taken for one that hangs. */
const atOnce = 4

/** Makes runs by a shell command. `{url}` in it is replaced by the quoted URL; without `{url}` the URL is appended. */
export function commandDrive(command: string, cwd: string): Drive {
  let free = atOnce
  const waiting: (() => void)[] = []
  return async ({ url, env, timeoutMs, kill }) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    const running = { command: withUrl(command, url), cwd, env: { ...env, PAYMENT_URL: url } }
    try {
      return await runCommand({ ...running, timeoutMs, kill })
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}

function withUrl(command: string, url: string): string {
  const word = `'${url.replaceAll("'", `'\\''`)}'`
  return command.includes('{url}') ? command.replaceAll('{url}', word) : `${command} ${word}`
}
