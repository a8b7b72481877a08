/** What `pay` prints: words flow in one paragraph, money has lines of its own. */

import * as Uint from '../codec/uint.ts'
import type { SessionEvent } from '../mpp/client/session.ts'
import { plain, plainLine } from './plain.ts'

/** Columns a paragraph may fill. */
const width = 76

export const shortId = (hex: string): string => `${hex.slice(0, 6)}…${hex.slice(-4)}`
export const money = (amount: bigint): string => Uint.toDecimal(amount)

export interface Narrator {
  word(word: string): void
  text(text: string): void
  event(event: SessionEvent): void
  end(): void
}

/** Prints through `write`. Text of the server is neutralised. */
export function narrate(write: (text: string) => void = (text) => void process.stdout.write(text)): Narrator {
  let column = 0
  let vouchers = 0
  let words = 0
  let price = 0n
  let unit = 'unit'
  let highest = 0n
  const line = (text: string) => {
    if (column > 0) write('\n')
    column = 0
    write(`  ${text}\n`)
  }
  const flushVouchers = () => {
    if (vouchers > 0) line(`voucher  ${vouchers} of them, up to ${money(highest)}`)
    vouchers = 0
  }
  return {
    word(raw) {
      const word = plainLine(raw)
      words++
      if (column === 0 || column + word.length > width) {
        if (column > 0) write('\n')
        write('  ')
        column = 2
      }
      write(`${word} `)
      column += word.length + 1
    },
    text(raw) {
      const text = plain(raw)
      if (text === '') return
      write(text)
      column = text.endsWith('\n') ? 0 : 1
    },
    event(event) {
      switch (event.type) {
        case 'challenge': {
          const { amount, unitType, suggestedDeposit } = event.terms
          price = amount
          unit = plainLine(unitType ?? unit)
          const suggested =
            suggestedDeposit === undefined ? '' : ` · deposit ${money(suggestedDeposit)} suggested`
          return line(`402      ${money(amount)} per ${unit}${suggested}`)
        }
        case 'open': {
          const { channelId, deposit, choice } = event
          const why = {
            suggested: '',
            units: ', for the units asked for',
            budget: ', all of the budget: none was suggested',
          }[choice]
          return line(`open     ${shortId(channelId)}  deposit ${money(deposit)}${why}`)
        }
        case 'resume':
          return line(
            `resume   ${shortId(event.channelId)}  deposit ${money(event.deposit)} · ${money(event.authorized)} signed before`,
          )
        case 'voucher':
          vouchers++
          highest = event.cumulativeAmount
          return
        case 'topUp':
          flushVouchers()
          return line(`top up   +${money(event.additionalDeposit)}  deposit is now ${money(event.deposit)}`)
        case 'closed': {
          flushVouchers()
          const { paid, refunded, receipt } = event
          const units = price === 0n ? words : Number(paid / price)
          const transaction = receipt?.txHash === undefined ? 'by the chain' : `tx ${shortId(receipt.txHash)}`
          return line(
            `close    paid ${money(paid)} for ${units} ${unit}${units === 1 ? '' : 's'} · refunded ${money(refunded)} · ${transaction}`,
          )
        }
        default:
          return
      }
    },
    end() {
      if (column > 0) write('\n')
      column = 0
      write('\n')
    },
  }
}
