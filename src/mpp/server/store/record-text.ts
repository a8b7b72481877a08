/**
 * The text of channels on disk, written again with each charge: what a charge leaves as it is, most of it, is written
 * once for as long as it stays.
 */

/** What a charge changes. */
interface Charged {
  ledger: object
  usedAt: number
}

/** The text of a record around its ledger and the time when it was used. */
interface Frame<T> {
  of: T
  start: string
  middle: string
  end: string
}

/**
 * A writer of canonical JSON, from one that writes the whole and one that writes the ledger. `lasting` names a member by
 * whose identity the text around is found again: one that is replaced when it changes, and never shared.
 */
export function framed<T extends Charged, K extends keyof T>(
  write: (record: T) => string,
  writeLedger: (ledger: T['ledger']) => string,
  lasting: K & (T[K] extends object ? K : never),
): (record: T) => string {
  const frames = new WeakMap<object, Frame<T>>()
  return (record) => {
    const frame = frames.get(record[lasting] as object)
    const ledger = `"ledger":${writeLedger(record.ledger)}`
    const usedAt = `"usedAt":${record.usedAt}`
    if (frame !== undefined && Number.isFinite(record.usedAt) && differByCharge(record, frame.of))
      return frame.start + ledger + frame.middle + usedAt + frame.end
    const text = write(record)
    const [start, middle] = [text.indexOf(ledger), text.indexOf(usedAt)]
    // Both are in it. What a payer can have written may say the same: then they are not told apart.
    if (text.lastIndexOf(ledger) !== start || text.lastIndexOf(usedAt) !== middle || middle < start)
      return text
    frames.set(record[lasting] as object, {
      of: record,
      start: text.slice(0, start),
      middle: text.slice(start + ledger.length, middle),
      end: text.slice(middle + usedAt.length),
    })
    return text
  }
}

/** Whether all but what a charge changes is the very same. */
function differByCharge<T extends Charged>(a: T, b: T): boolean {
  let members = 0
  for (const name in a) {
    members++
    if (a[name] !== b[name] && name !== 'ledger' && name !== 'usedAt') return false
  }
  return members === Object.keys(b).length
}
