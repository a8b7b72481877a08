/** The command that repeats a run. */
import * as Uint from '../../src/codec/uint.ts'
import { statement } from '../peers/mpp/payer/units/stated.ts'
import { shellWord } from '../report/text.ts'
import type { ServerOptions } from './test-server.ts'

/** Seconds an answer may take, unless `--timeout` says otherwise. */
export const defaultTimeout = 10

/** The command without what a replay adds to it; to be pasted into a shell. A key is not repeated. */
export function replay(
  url: string | undefined,
  { target, start, rpcUrl, resource = {}, accept, timeout, kills, deposit, unit }: ServerOptions,
): string {
  const words = [
    'streamed-payments test server',
    url === undefined ? '' : shellWord(url),
    target === undefined ? '' : `--target ${shellWord(target)}`,
    start === undefined ? '' : `--start ${shellWord(start)}`,
    rpcUrl === undefined ? '' : `--rpc-url ${shellWord(rpcUrl)}`,
    ...Object.entries(resource).map(([name, path]) => `--resource ${shellWord(`${name}=${path}`)}`),
    accept === undefined ? '' : `--accept ${shellWord(accept)}`,
    timeout === defaultTimeout ? '' : `--timeout ${timeout}`,
    kills === undefined ? '' : `--kills ${kills}`,
    deposit === undefined ? '' : `--deposit ${Uint.toDecimal(deposit)}`,
    unit === undefined ? '' : `--unit ${shellWord(statement(unit))}`,
  ]
  return words.filter((word) => word !== '').join(' ')
}
