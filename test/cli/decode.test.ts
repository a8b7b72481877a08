/** `decode`: what it says of well-formed texts, what it verifies, and where it finds malformed ones broken. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Transaction from '../../src/chain/transaction.ts'
import { decode } from '../../src/cli/decode.ts'
import * as Base64url from '../../src/codec/base64url.ts'
import * as Digest from '../../src/codec/digest.ts'
import * as ChannelId from '../../src/contracts/channel-id.ts'
import * as CloseAuthorization from '../../src/contracts/close-authorization.ts'
import type { Descriptor } from '../../src/contracts/descriptor.ts'
import * as ReserveAbi from '../../src/contracts/reserve-abi.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import * as Signature from '../../src/keys/signature.ts'
import * as Binding from '../../src/mpp/wire/binding.ts'
import * as Challenge from '../../src/mpp/wire/challenge.ts'
import * as ChargeRequest from '../../src/mpp/wire/charge-request.ts'
import * as Credential from '../../src/mpp/wire/credential.ts'
import * as Events from '../../src/mpp/wire/events.ts'
import * as Mcp from '../../src/mpp/wire/mcp.ts'
import * as Payload from '../../src/mpp/wire/payload.ts'
import * as Problem from '../../src/mpp/wire/problem.ts'
import * as Proof from '../../src/mpp/wire/proof.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'
import * as SessionRequest from '../../src/mpp/wire/session-request.ts'
import * as Snapshot from '../../src/mpp/wire/snapshot.ts'
import * as Source from '../../src/mpp/wire/source.ts'
import { cliIn } from '../support/cli.ts'
import { bytes32, descriptor, reserve, terms, token } from '../support/samples.ts'

const secret = 'a secret that has at least 32 bytes'
const now = Date.parse('2026-01-06T12:00:48Z')
const [payee, payer] = devAccounts as readonly [KeyAccount, KeyAccount]
const context = { now, secret }

const request = { ...terms, recipient: payee.address }
const issued = Binding.issue(
  {
    realm: 'api.example.com',
    method: 'tempo',
    intent: 'session',
    request: SessionRequest.encode(request),
    expires: '2026-01-06T12:05:00Z',
    opaque: Challenge.encodeObject({ order: '7' }),
  },
  secret,
)
const mine: Descriptor = { ...descriptor, payer: payer.address, payee: payee.address }
const place = { escrow: reserve, chainId: 42431 }
const domain: Voucher.Domain = { ...place, protocol: 'v2' }
const channelId = ChannelId.v2(mine, place)
const source = Source.encode({ chainId: 42431, address: payer.address })

async function voucherField(change: { signer?: KeyAccount; high?: boolean; descriptor?: Descriptor } = {}) {
  const voucher = { channelId, cumulativeAmount: 3000n }
  const signed = Signature.decode(await Voucher.sign(voucher, domain, change.signer ?? payer))
  const signature = Signature.encode(change.high ? Signature.malleated(signed) : signed)
  const payload = Payload.toJson({
    action: 'voucher',
    ...voucher,
    signature,
    descriptor: change.descriptor ?? mine,
  } as Payload.Payload)
  return `Authorization: ${Credential.encode({ challenge: issued, source, payload: payload as never })}`
}

/** A close with a consent by `signer`, or with none. */
async function closeField(signer?: KeyAccount, amount = 3000n) {
  const voucher = { channelId, cumulativeAmount: 3000n }
  const consented = { channelId, cumulativeAmount: amount }
  const payload = Payload.toJson({
    action: 'close',
    ...voucher,
    signature: await Voucher.sign(voucher, domain, payer),
    descriptor: mine,
    ...(signer && { closeSignature: await CloseAuthorization.sign(consented, domain, signer) }),
  })
  return `Authorization: ${Credential.encode({ challenge: issued, source, payload: payload as never })}`
}

/** The lines, joined; `ok` says well formed. */
const said = (text: string, more: Partial<typeof context> = {}) => {
  const { output, code } = decode(text, { ...context, ...more })
  return { ok: code === 0, text: output.join('\n') }
}

describe('challenge', () => {
  test('from the header line, from its value, from what curl prints', () => {
    const value = Challenge.encode(issued)
    const { ok, text } = said(`WWW-Authenticate: ${value}`)
    expect(ok).toBe(true)
    expect(said(value).text).toBe(text)
    expect(said(`< www-authenticate: ${value}\r\n`).text).toBe(text)
    expect(text.split('\n')[0]).toBe('challenge')
    expect(text).toMatch(/price +0\.001 \(1000 base units\) per word/)
    expect(text).toMatch(/suggested deposit +0\.040 \(40000 base units\)/)
    expect(text).toMatch(/order +7/)
    expect(text).toContain('✓ id verifies with the secret')
    expect(text).toContain('✓ expires in 4 min 12 s')
    expect(text).not.toContain(secret)
  })
  test('expired, another secret, no secret', () => {
    const value = Challenge.encode(issued)
    expect(said(value, { now: now + 3 * 3_600_000 }).text).toContain('✗ expired 2 h 55 min ago')
    expect(said(value, { secret: `${secret}!` }).text).toContain('✗ id does not verify')
    expect(decode(value, { now }).output.join('\n')).toContain('· id not verified: give --secret')
  })
  test('several, beside another scheme; unknown parameters are named', () => {
    const other = Challenge.encode(issued, { colour: 'blue' })
    const { text } = said(`Bearer realm="x", ${Challenge.encode(issued)}, ${other}`)
    expect(text).toMatch(/^2 challenges\n/)
    expect(text).toContain('✓ 2: id verifies with the secret')
    expect(text).toContain('· 2: ignored, as unknown: colour')
    expect(text).toMatch(/Bearer +at offset 0/)
  })
  test('a header that no client may use', () => {
    const field = Challenge.encode({ ...issued, header: 'Cookie' })
    expect(said(field).text).toContain('✗ header names a field that no client may use')
  })
})

describe('credential', () => {
  test('a voucher that verifies in every part', async () => {
    const { ok, text } = said(await voucherField())
    expect(ok).toBe(true)
    expect(text).not.toContain('✗')
    expect(text).toContain(`✓ signature recovers to ${payer.address}, the payer`)
    expect(text).toContain('✓ channel id is that of the descriptor on chain 42431')
    expect(text).toContain('✓ source is the payer')
    expect(text).toMatch(/cumulative amount +0\.003 \(3000 base units\)/)
  })
  test('signed by another, with a high s, for another channel', async () => {
    expect(said(await voucherField({ signer: payee })).text).toContain(
      `✗ signature recovers to ${payee.address}, not to ${payer.address}, the payer`,
    )
    expect(said(await voucherField({ high: true })).text).toContain('✗ signature has a high s')
    const { text } = said(await voucherField({ descriptor: { ...mine, salt: bytes32('01') } }))
    expect(text).toContain('✗ channel id is not that of the descriptor')
  })
  test('an authorized signer signs for the payer', async () => {
    const delegated = { ...mine, authorizedSigner: payee.address }
    const { text } = said(await voucherField({ signer: payee, descriptor: delegated }))
    expect(text).toContain(`✓ signature recovers to ${payee.address}, the authorized signer`)
  })
  test('an open carries its transaction', async () => {
    const call = { type: 'open', deposit: 40_000n, ...mine } as const
    const { raw, expiringNonceHash } = await Transaction.sign(
      {
        chainId: 42431,
        calls: [{ to: reserve, data: ReserveAbi.encodeCall(call) }],
        gas: 500_000n,
        maxFeePerGas: 1n,
        nonceKey: Transaction.expiringNonceKey,
        validBefore: 1_800_000_000,
      },
      payer,
    )
    const opened = { ...mine, expiringNonceHash }
    const id = ChannelId.v2(opened, place)
    const voucher = { channelId: id, cumulativeAmount: 0n }
    const signature = await Voucher.sign(voucher, domain, payer)
    const payload = (more: object) =>
      Payload.toJson({
        action: 'open',
        type: 'transaction',
        ...voucher,
        signature,
        descriptor: opened,
        transaction: raw,
        ...more,
      } as Payload.Payload) as never
    const { text } = said(Credential.encode({ challenge: issued, source, payload: payload({}) }))
    expect(text).not.toContain('✗')
    expect(text).toContain('✓ transaction opens with 0.040 (40000 base units)')
    expect(text).toContain('✓ expiring nonce hash is that of the transaction')
    expect(said(raw).text).toMatch(new RegExp(`sender +${payer.address}`))
    const broken = said(
      Credential.encode({ challenge: issued, source, payload: payload({ transaction: '0x7601' }) }),
    )
    expect(broken.text).toContain('✗ transaction cannot be read')
  })
  test('a zero-amount proof', async () => {
    const zero = Binding.issue(
      {
        realm: 'api.example.com',
        method: 'tempo',
        intent: 'charge',
        request: ChargeRequest.encode({ amount: 0n, currency: token }),
      },
      secret,
    )
    const signature = await Proof.sign(zero.id, 42431, payer)
    const field = (claimed: string) =>
      Credential.encode({ challenge: zero, source: claimed, payload: { type: 'proof', signature } })
    expect(said(field(source)).text).toContain(`✓ signature recovers to ${payer.address}, the source`)
    const another = Source.encode({ chainId: 42431, address: payee.address })
    expect(said(field(another)).text).toContain('✗ signature recovers to')
  })
})

describe('what a server sends back', () => {
  const receipt = Receipt.from({
    timestamp: '2026-01-06T12:08:30Z',
    challengeId: issued.id,
    channelId,
    acceptedCumulative: 3000n,
    spent: 2000n,
    units: 2,
  })
  test('receipt, as header, token, JSON and event', () => {
    const token = Receipt.encode(receipt)
    const { ok, text } = said(`Payment-Receipt: ${token}`)
    expect(ok).toBe(true)
    expect(text).toContain('✓ vouchers cover what was spent; 1000 base units are left')
    expect(said(token).text).toBe(text)
    expect(said(JSON.stringify(Receipt.toJson(receipt))).text).toBe(text)
    expect(said(Events.encodeReceipt(receipt)).text).toBe(text)
    expect(said(Receipt.encode({ ...receipt, spent: 4000n })).text).toContain('✗ more was spent')
  })
  test('need-voucher', () => {
    const event = (deposit: bigint) =>
      said(Events.encodeNeedVoucher({ acceptedCumulative: 3n, channelId, deposit, requiredCumulative: 4n }))
        .text
    expect(event(10n)).toContain('✓ the deposit covers it')
    expect(event(3n)).toContain('✗ the deposit does not cover it')
  })
  test('snapshot', () => {
    const snapshot: Snapshot.Snapshot = {
      acceptedCumulative: 3000n,
      chainId: 42431,
      channelId,
      deposit: 40_000n,
      descriptor: mine,
      escrow: reserve,
      requiredCumulative: 4000n,
      settled: 0n,
      spent: 2000n,
    }
    const field = `Payment-Session-Snapshot: ${Snapshot.encode(snapshot)}`
    expect(said(field).text).toContain('✓ the figures are in order')
    expect(said(field).text).toContain('✓ channel id is that of the descriptor')
    const wrong = said(Snapshot.encode({ ...snapshot, spent: 3001n, deposit: 1n })).text
    expect(wrong).toContain('✗ spent is over accepted, accepted is over the deposit')
  })
  test('problem, JSON-RPC error, preferences, key, digest, channel, source, signature', () => {
    const problem = Problem.from(Problem.refuse('session/delta-too-small', 'why'))
    expect(said(JSON.stringify(problem)).text).toMatch(/^problem: session\/delta-too-small/)
    expect(said(JSON.stringify({ ...problem, status: 400 })).text).toContain(
      '✗ the status of this problem is 402',
    )
    const error = Mcp.encodeError({ code: -32042, message: 'pay', challenges: [issued] })
    expect(said(JSON.stringify({ jsonrpc: '2.0', id: 1, error })).text).toContain(
      '✓ id verifies with the secret',
    )
    expect(said('Accept-Payment: tempo/session, */*;q=0').text).toMatch(/\*\/\* +never/)
    expect(said('Idempotency-Key: "a b"').text).toMatch(/key +a b/)
    expect(said(`Content-Digest: ${Digest.encode(new Uint8Array())}`).text).toMatch(/sha-256 +0xe3b0c442/)
    expect(said(`Payment-Session: ${channelId}`).text).toContain(channelId)
    expect(said(source).text).toMatch(/chain +42431/)
    expect(said(`0x${'01'.repeat(64)}1c`).text).toContain('✓ s is low')
  })
  test('x402, as a header and as a bare token', () => {
    const value = { x402Version: 2, accepts: [{ scheme: 'exact', amount: '10000', payTo: '0x12' }] }
    const token = Buffer.from(JSON.stringify(value)).toString('base64')
    const { ok, text } = said(`PAYMENT-REQUIRED: ${token}`)
    expect(ok).toBe(true)
    expect(text).toMatch(/^x402 payment required, version 2/)
    expect(text).toMatch(/accepts\[0\]\.amount +10000/)
    expect(said(token).text).toBe(text)
  })
})

describe('malformed', () => {
  /** The reason, the layer, and the character the caret stands under. */
  const broken = (text: string) => {
    const { ok, text: lines } = said(text)
    expect(ok).toBe(false)
    const [reason = '', layer = '', , excerpt = '', caret = ''] = lines.split('\n')
    return {
      code: /\((\S+)\)$/.exec(reason)?.[1],
      layer: layer.trim(),
      under: caret.endsWith('^') ? excerpt[caret.length - 1] : undefined,
    }
  }
  const json = (text: string) => Base64url.encode(text)
  test.each<[string, string, object]>([
    [
      'padding',
      'Payment-Receipt: e30=',
      { code: 'bad-padding', layer: 'in the receipt, base64url text, offset 3 of 4', under: '=' },
    ],
    [
      'JSON inside the token',
      json('{"a":tru}'),
      { code: 'bad-json', layer: 'in the token, JSON, offset 5 of 9', under: 't' },
    ],
    [
      'a duplicate member',
      `Authorization: Payment ${json('{"a":1,"a":2}')}`,
      { code: 'duplicate-key', layer: 'in the credential, JSON, offset 7 of 13', under: '"' },
    ],
    [
      'an unclosed quote',
      'WWW-Authenticate: Payment id="x',
      { code: 'unterminated-quote', layer: 'in the field, offset 11 of 13', under: '"' },
    ],
    [
      'bytes that are no UTF-8',
      Base64url.encode(Uint8Array.of(0x7b, 0xef, 0xbf, 0xbd, 0xff)),
      { code: 'bad-utf8', layer: 'in the token, UTF-8 text, offset 2 of 3', under: '\ufffd' },
    ],
    ['a list', json('[]'), { code: 'wrong-type', layer: 'in the token, JSON, offset 0 of 2', under: '[' }],
    ['an odd length', '0x123', { code: 'bad-length', layer: 'in the hex', under: undefined }],
    ['no hex', '0x12zz', { code: 'bad-character', layer: 'in the hex, offset 4 of 6', under: 'z' }],
    ['a strange object', '{"a":1}', { code: 'bad-value', layer: 'in the members', under: undefined }],
    [
      'another scheme',
      'Bearer abc',
      { code: 'wrong-scheme', layer: 'in the field, offset 0 of 10', under: 'B' },
    ],
    ['another field', 'Cookie: a=b', { code: 'bad-value', layer: 'in the field name', under: undefined }],
    [
      'x402 that breaks',
      'X-PAYMENT: e30*',
      { code: 'bad-character', layer: 'in the x402 value, base64 text, offset 3 of 4', under: '*' },
    ],
    [
      'events without data',
      'event: payment-receipt',
      { code: 'missing', layer: 'in the events', under: undefined },
    ],
  ])('%s', (_, text, expected) => expect(broken(text)).toEqual(expected))

  test('a wrong member is named, with what stands there', () => {
    const { text } = said(json(JSON.stringify({ ...issued, expires: 'soon' })))
    expect(text).toContain('in the challenge, member expires')
    expect(text).toContain('"soon"')
    const { id: _, ...rest } = issued
    expect(said(`Payment ${json(JSON.stringify({ challenge: rest, payload: {} }))}`).text).toContain(
      '(absent)',
    )
  })
  test('the caret stays under its character far into a long text', () => {
    const text = `{"a":"${'x'.repeat(5000)}",}`
    expect(broken(text)).toMatchObject({ code: 'bad-json', under: '}' })
  })
  test('nothing in the text reaches the terminal as a command', () => {
    const field = `Payment-Receipt: ${json(JSON.stringify({ status: 'success', timestamp: 'x\u001b[2J', method: '\u202e' }))}`
    expect(said(field).text).not.toMatch(/[\u001b\u202e]/)
  })
  test('whatever the text, it is explained or its fault is shown', async () => {
    const seeds = [
      await voucherField(),
      Challenge.encode(issued),
      source,
      '{"jsonrpc":"2.0","error":{}}',
      'data: {',
    ]
    const mutated = fc
      .tuple(fc.constantFrom(...seeds), fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([text, at, more]) => text.slice(0, at % text.length) + more + text.slice((at % text.length) + 1))
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string({ minLength: 1, unit: 'binary' })), (text) => {
        fc.pre(text.trim() !== '')
        expect(decode(text, context).output.length).toBeGreaterThan(0)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('as a command', () => {
  test('reads standard input, and says by its exit code what it found', async () => {
    const field = Challenge.encode(issued)
    const args = ['decode', '-', '--now', '2026-01-06T12:00:48Z', '--secret', secret]
    const good = await cliIn({ input: `WWW-Authenticate: ${field}\n` }, ...args)
    expect(good).toMatchObject({ code: 0, stderr: '' })
    expect(good.stdout).toContain('✓ expires in 4 min 12 s')
    const bad = await cliIn({ input: 'Payment id="x' }, 'decode', '-')
    expect(bad).toMatchObject({ code: 1, stderr: '' })
    expect(bad.stdout).toMatch(/^malformed: /)
    const none = await cliIn({}, 'decode', '-')
    expect(none).toMatchObject({ code: 2, stdout: '', stderr: 'error: nothing to decode\n' })
    const wrong = await cliIn({}, 'decode', 'x', '--now', 'soon')
    expect(wrong).toMatchObject({ code: 2, stderr: 'error: --now is not an RFC 3339 date-time\n' })
  })
})

test('a close: who consented to it, or that nobody did', async () => {
  expect(said(await closeField(payer)).text).toContain(
    `close signature recovers to ${payer.address}, the payer`,
  )
  for (const wrong of [await closeField(payee), await closeField(payer, 3001n)])
    expect(said(wrong).text).toMatch(/close signature recovers to 0x[0-9a-f]{40}, not to 0x/)
  expect(said(await closeField()).text).toContain('carries no close signature')
})
