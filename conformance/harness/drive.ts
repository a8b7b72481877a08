/**
 * How a client is made to do one errand: it is given a URL and what it needs to pay there, and left to it. A command is
 * started with the URL appended; whatever else does errands is driven by a function of the same shape.
 */
import { type Ran, runCommand } from './command.ts'

/** One errand of a client. */
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

/** Does errands. What it started has ended when it answers. */
export type Drive = (errand: Errand) => Promise<Ran>

/** Does errands by a shell command: `{url}` in it is the URL, which is appended where it does not stand. */
export const commandDrive =
  (command: string, cwd: string): Drive =>
  ({ url, env, timeoutMs, kill }) =>
    runCommand({ command: withUrl(command, url), cwd, env: { ...env, PAYMENT_URL: url }, timeoutMs, kill })

function withUrl(command: string, url: string): string {
  const word = `'${url.replaceAll("'", `'\\''`)}'`
  return command.includes('{url}') ? command.replaceAll('{url}', word) : `${command} ${word}`
}
