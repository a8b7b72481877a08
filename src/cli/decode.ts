/** `decode`: what a header, a token or an event says, what of it verifies, and where a malformed one breaks. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { DecodeError } from '../codec/decode-error.ts'
import * as Timestamp from '../codec/timestamp.ts'
import type { Context } from './decode/explanation.ts'
import { Malformed } from './decode/malformed.ts'
import { explainText } from './decode/recognize.ts'
import { lines, malformedLines } from './decode/render.ts'
import { CliError, print } from './output.ts'

/** Longest input that is read, in characters. */
export const maxInputChars = 2_097_154

export function registerDecode(program: Command): void {
  program
    .command('decode')
    .description('explain a challenge, credential, receipt, voucher, snapshot, event or x402 header')
    .argument('<text>', 'a header line, its value or a token; - reads standard input')
    .option('--secret <text>', "the server's secret: verifies the id of a challenge")
    .option('--now <date-time>', 'judge expiry at this moment (RFC 3339) instead of now')
    .addHelpText('after', '\nExit code 0: well formed. 1: malformed. 2: wrong usage.')
    .action((text: string, options: { secret?: string; now?: string }) => {
      const { output, code } = decode(text === '-' ? readFileSync(0, 'utf8') : text, {
        now: options.now === undefined ? Date.now() : momentOf(options.now),
        ...(options.secret === undefined ? {} : { secret: options.secret }),
      })
      for (const line of output) print(line)
      process.exitCode = code
    })
}

/** The lines that explain a text, and the exit code: 0 well formed, 1 malformed. Throws `CliError` for no text. */
export function decode(input: string, context: Context): { output: string[]; code: 0 | 1 } {
  const text = input.trim()
  if (text === '') throw new CliError('nothing to decode')
  if (text.length > maxInputChars) throw new CliError(`the input is over ${maxInputChars} characters`)
  try {
    return { output: lines(explainText(text, context)), code: 0 }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { output: malformedLines(error), code: 1 }
  }
}

function momentOf(text: string): number {
  try {
    return Timestamp.decode(text)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new CliError(`--now is ${error.message}`)
  }
}
