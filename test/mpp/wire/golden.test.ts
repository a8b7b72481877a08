/** Values that other implementations agree on: type hashes, domain separators, ids, HMAC ids, selectors, topics. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Bytes32, Hex } from '../../../src/codec/hex.ts'
import * as ChannelId from '../../../src/contracts/channel-id.ts'
import type { Descriptor } from '../../../src/contracts/descriptor.ts'
import * as Reserve from '../../../src/contracts/reserve-abi.ts'
import * as Voucher from '../../../src/contracts/voucher.ts'
import { keccakText } from '../../../src/keys/keccak.ts'
import * as Binding from '../../../src/mpp/wire/binding.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'

type Channel = Descriptor & { escrow: Hex; chainId: number; channelId: Bytes32; digest_250000: Bytes32 }
const golden = JSON.parse(readFileSync(new URL('../../fixtures/golden.json', import.meta.url), 'utf8')) as {
  [name: string]: string
} & {
  example_channelId_v1: Channel
  example_channelId_v2: Channel
  hmac_vectors: (Challenge.Challenge & { expires: string; digest: string; opaque: string })[]
  hmac_header_vectors: Record<string, string> & { request: object }
  v2_selectors: Record<string, string>
  v2_event_topic0: Record<string, string>
  v2_error_selectors: Record<string, string>
}
const reserve: Hex = '0x4d50500000000000000000000000000000000000'

describe('vouchers', () => {
  test('type hashes', () => {
    expect(Voucher.typeHash('v1')).toBe(golden['voucher_typehash_v1_uint128'])
    expect(Voucher.typeHash('v2')).toBe(golden['voucher_typehash_v2_uint96'])
  })
  test('domain separators', () => {
    const v2 = (chainId: number) => Voucher.domainSeparator({ protocol: 'v2', chainId, escrow: reserve })
    expect(v2(4217)).toBe(golden['v2_domain_separator_chain_4217'])
    expect(v2(42431)).toBe(golden['v2_domain_separator_chain_42431'])
    const escrow: Hex = '0x9d136eea063ede5418a6bc7beaff009bbb6cfa70'
    expect(Voucher.domainSeparator({ protocol: 'v1', chainId: 42431, escrow })).toBe(
      golden['v1_domain_separator_moderato_42431'],
    )
  })
  test.each(['v1', 'v2'] as const)('%s channel id and digest', (protocol) => {
    const channel = golden[`example_channelId_${protocol}`] as unknown as Channel
    expect({ v1: ChannelId.v1, v2: ChannelId.v2 }[protocol](channel, channel)).toBe(channel.channelId)
    const voucher = { channelId: channel.channelId, cumulativeAmount: 250_000n }
    expect(Voucher.digest(voucher, { ...channel, protocol })).toBe(channel.digest_250000)
  })
})

describe('binding', () => {
  test.each(golden.hmac_vectors)('seven slots: $id', ({ id, expires, digest, opaque, ...rest }) => {
    const present = Object.fromEntries(
      Object.entries({ expires, digest, opaque }).filter(([, value]) => value !== ''),
    )
    expect(Binding.id({ ...rest, ...present }, 'test-secret')).toBe(id)
  })
  test('the header slot stands before opaque, and only when header is present', () => {
    const {
      secret,
      realm,
      method,
      intent,
      request,
      none,
      header,
      header_and_opaque_eyJwaSI6InBpXzEyMyJ9: both,
    } = golden.hmac_header_vectors as never as Record<string, string> & { request: object }
    const base = {
      realm: realm as string,
      method: method as string,
      intent: intent as string,
      request: Challenge.encodeObject(request),
    }
    expect(Binding.id(base, secret as string)).toBe(none)
    expect(Binding.id({ ...base, header: 'Payment-Authorization' }, secret as string)).toBe(header)
    expect(
      Binding.id(
        { ...base, header: 'Payment-Authorization', opaque: 'eyJwaSI6InBpXzEyMyJ9' },
        secret as string,
      ),
    ).toBe(both)
  })
})

describe('reserve ABI', () => {
  test.each(Object.entries(golden.v2_selectors))('%s', (signature, selector) => {
    expect(keccakText(signature).slice(0, 10)).toBe(selector)
  })
  test.each(Object.entries(golden.v2_event_topic0))('%s', (signature, topic) => {
    expect(Reserve.abi.topic(signature.slice(0, signature.indexOf('(')))).toBe(topic)
  })
  test.each(Object.entries(golden.v2_error_selectors))('%s', (signature, selector) => {
    expect(Reserve.abi.encodeError(signature.slice(0, -2))).toBe(selector)
    expect(Reserve.abi.decodeError(selector as Hex)).toBe(signature.slice(0, -2))
  })
})
