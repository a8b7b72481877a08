/** What a server asks for in its 402, read in either version: the header of v2, the body of v1. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import { requiredField, type Version } from '../../../../src/x402/wire/fields.ts'
import * as Required from '../../../../src/x402/wire/required.ts'
import type { Requirements } from '../../../../src/x402/wire/requirements.ts'
import type { Exchange } from '../../../harness/http.ts'

/** What one version of a 402 says: what is asked, or what is wrong with how it is asked; undefined for nothing. */
export type Said = Required.Required | DecodeError | undefined

/** A 402 as it was read. */
export interface Asked {
  exchange: Exchange
  body: string
  said: Readonly<Record<Version, Said>>
}

/** Reads an answer to a request without a payment; its body is read whole. */
export async function asked(exchange: Exchange): Promise<Asked> {
  const field = exchange.field(requiredField)
  // What streams for nothing has no end that matters.
  const body = exchange.isEventStream ? '' : await exchange.text()
  if (exchange.isEventStream) exchange.abort()
  const speaks = /"x402Version"\s*:\s*1\b/.test(body)
  return {
    exchange,
    body,
    said: {
      1: speaks ? tried(() => Required.decodeBody(body)) : undefined,
      2: field === undefined ? undefined : tried(() => Required.decode(field)),
    },
  }
}

function tried(decode: () => Required.Required): Said {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

/** A way to pay by EIP-3009 on a chain, if one is asked for. */
export const exactIn = (said: Said, chainId: number, chainOf: (network: string) => number | undefined) =>
  said === undefined || said instanceof DecodeError
    ? undefined
    : said.accepts.find(
        ({ scheme, network, extra }: Requirements) =>
          scheme === 'exact' &&
          chainOf(network) === chainId &&
          (extra['assetTransferMethod'] ?? 'eip3009') === 'eip3009',
      )
