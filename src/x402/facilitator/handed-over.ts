/**
 * Payments that were handed to the chain, and who may hear that they were settled. The same payment may come from
 * several servers, since its payer hands it to whomever it likes, with whatever it likes written into it. So its
 * settlement is told as success once, and again only to whoever shows the key it was asked for with: the asker alone
 * knows that.
 */
import type { Address, Bytes32 } from '../../codec/hex.ts'
import * as Exact from '../wire/exact.ts'
import type { FacilitatorRequest } from '../wire/facilitator-api.ts'
import { chainIdOf } from '../wire/network.ts'
import * as PaymentIdentifier from '../wire/payment-identifier.ts'

/** Most settled payments that are remembered; the oldest go first. */
export const maxSettled = 10_000

/** A payment that is to be settled, and who asks. */
export interface Asked {
  /** The authorization that is used up: token, payer and nonce. */
  name: string
  /** All that makes it this payment. Whoever read its nonce on the chain cannot say it. */
  content: string
  payer?: Address
  /** What the asker is known by; without one, it is told once. */
  key?: string
  /** What stands for one payment only, by what is wrong when it is said of another. */
  labels: readonly (readonly [conflict: 'key' | 'identifier', label: string])[]
}

/** A payment that is on its way, or settled. */
export interface Handed extends Asked {
  transaction: Bytes32
  isSettled: boolean
  /** Whether somebody has heard of its success. */
  isTold: boolean
}

/** What is asked. Throws `DecodeError` for a payload that is not of its scheme. */
export function askedOf({ payment, requirements, key }: FacilitatorRequest): Asked {
  const payTo = requirements.payTo.toLowerCase()
  const keyed = key === undefined ? {} : { key }
  const labels: Asked['labels'][number][] = key === undefined ? [] : [['key', `key ${payTo} ${key}`]]
  if (payment.scheme !== Exact.scheme) {
    const text = JSON.stringify(payment.json)
    return { name: text, content: text, labels, ...keyed }
  }
  const { signature, authorization } = Exact.fromJson(payment.payload)
  const { from, to, value, validAfter, validBefore, nonce } = authorization
  const asset = requirements.asset.toLowerCase()
  const chain = chainIdOf(requirements.network) ?? requirements.network
  const signed = [from, to, value, validAfter, validBefore, nonce, signature]
  const content = [requirements.scheme, chain, asset, payTo, requirements.amount, ...signed].join(' ')
  const id = PaymentIdentifier.idOf(payment.extensions)
  if (id !== undefined) labels.push(['identifier', `id ${payTo} ${from} ${id}`])
  return { name: `${asset} ${from} ${nonce}`, content: content.toLowerCase(), payer: from, labels, ...keyed }
}

export interface HandedOver {
  /** Which label of what is asked stands for another payment. */
  conflict(asked: Asked): 'key' | 'identifier' | undefined
  find(name: string): Handed | undefined
  keep(handed: Handed): void
  /** Forgets it with its labels: it was not settled, and may be tried again. */
  drop(handed: Handed): void
  /** Whether the asker may hear that it was settled; it has heard it then. */
  tell(handed: Handed, asked: Asked): boolean
}

/** Builds it with nothing handed over. */
export function handedOver(): HandedOver {
  const byName = new Map<string, Handed>()
  const byLabel = new Map<string, Handed>()
  let settled = 0

  function drop(handed: Handed): void {
    if (!byName.delete(handed.name)) return
    if (handed.isSettled) settled--
    for (const [, label] of handed.labels) if (byLabel.get(label) === handed) byLabel.delete(label)
  }

  return {
    conflict: ({ labels, content }) =>
      labels.find(([, label]) => (byLabel.get(label)?.content ?? content) !== content)?.[0],
    find: (name) => byName.get(name),
    keep(handed) {
      byName.set(handed.name, handed)
      for (const [, label] of handed.labels) byLabel.set(label, handed)
    },
    drop,
    tell(handed, { content, key }) {
      if (!handed.isSettled) {
        handed.isSettled = true
        if (++settled > maxSettled) dropOldest()
      }
      const isAsker = handed.key === undefined ? key === undefined && !handed.isTold : key === handed.key
      if (!isAsker || content !== handed.content) return false
      handed.isTold = true
      return true
    },
  }

  function dropOldest(): void {
    for (const handed of byName.values()) {
      if (!handed.isSettled) continue
      drop(handed)
      return
    }
  }
}
