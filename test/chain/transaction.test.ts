/** Tempo transactions, against those of viem and ox. */
import fc from 'fast-check'
import * as Secp256k1 from 'ox/Secp256k1'
import { SignatureEnvelope, TxEnvelopeTempo } from 'ox/tempo'
import { keccak256 } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { Transaction as ViemTransaction } from 'viem/tempo'
import { tempoModerato } from 'viem/tempo/chains'
import { describe, expect, test } from 'vitest'
import * as Transaction from '../../src/chain/transaction.ts'
import * as Hexes from '../../src/codec/hex.ts'
import { accountFromKey } from '../../src/keys/accounts.ts'
import { fastestCurve } from '../../src/keys/native-curve.ts'
import { code } from '../support/codes.ts'
import { address, reserve, token } from '../support/samples.ts'

const account = accountFromKey(`0x${'22'.repeat(32)}`)
const sponsor = accountFromKey(`0x${'33'.repeat(32)}`)
const request: Transaction.TransactionRequest = {
  chainId: 42431,
  calls: [
    { to: reserve, data: '0xedc53b00' },
    { to: address('77'), data: '0x', value: 258n },
  ],
  gas: 100_000n,
  maxFeePerGas: 40_000_000_000n,
  nonceKey: Transaction.expiringNonceKey,
  validBefore: 1_800_000_000,
  validAfter: 1_700_000_000,
  feeToken: token,
}

describe('transaction', () => {
  test('what is signed is what viem reads, and the same hash identifies it', async () => {
    const { raw, expiringNonceHash } = await Transaction.sign(request, account)
    const theirs = ViemTransaction.deserialize(raw as never) as unknown as Record<string, unknown>
    expect(theirs).toMatchObject({
      chainId: 42431,
      gas: 100_000n,
      maxFeePerGas: 40_000_000_000n,
      validBefore: 1_800_000_000,
      validAfter: 1_700_000_000,
    })
    const envelope = TxEnvelopeTempo.deserialize(raw as `0x76${string}`)
    expect(envelope.from?.toLowerCase()).toBe(account.address)
    expect(expiringNonceHash).toBe(
      keccak256(`${TxEnvelopeTempo.encodeForSigning(envelope)}${account.address.slice(2)}`),
    )

    for (const curve of [undefined, fastestCurve]) {
      const own = Transaction.decode(raw, curve)
      expect(own).toMatchObject({
        hash: keccak256(raw),
        sender: account.address,
        expiringNonceHash,
        feePayer: 'sender',
        feeToken: token,
        nonce: 0n,
      })
      expect(own.calls).toEqual([
        { to: reserve, data: '0xedc53b00', value: 0n },
        { to: address('77'), data: '0x', value: 258n },
      ])
    }
  })

  test('what viem signs is read', async () => {
    const theirs = privateKeyToAccount(account.privateKey)
    const raw = (await tempoModerato.serializers.transaction(
      { type: 'tempo', ...request, nonce: 3n, from: theirs.address } as never,
      await signatureOf(theirs),
    )) as `0x${string}`
    expect(Transaction.decode(raw)).toMatchObject({ sender: account.address, nonce: 3n, chainId: 42431 })
  })
  const signatureOf = async (theirs: ReturnType<typeof privateKeyToAccount>) => {
    const unsigned = (await tempoModerato.serializers.transaction({
      type: 'tempo',
      ...request,
      nonce: 3n,
    } as never)) as `0x${string}`
    const { parseSignature } = await import('viem')
    return parseSignature(await theirs.sign({ hash: keccak256(unsigned) })) as never
  }

  test('of any request ox writes the same bytes and reads the same figures', async () => {
    const hex = (minLength: number, maxLength = minLength) =>
      fc.uint8Array({ minLength, maxLength }).map(Hexes.encode)
    const requests = fc.record(
      {
        chainId: fc.integer({ min: 1, max: 2 ** 31 }),
        calls: fc.array(fc.record({ to: hex(20), data: hex(0, 80), value: fc.bigInt(1n, 2n ** 128n) }), {
          minLength: 1,
          maxLength: 3,
        }),
        gas: fc.bigInt(1n, 2n ** 40n),
        maxFeePerGas: fc.bigInt(1n, 2n ** 64n),
        maxPriorityFeePerGas: fc.constant(1n),
        nonceKey: fc.bigInt(1n, Transaction.expiringNonceKey),
        nonce: fc.bigInt(1n, 2n ** 53n),
        validAfter: fc.integer({ min: 1, max: 2 ** 20 }),
        validBefore: fc.integer({ min: 2 ** 21, max: 2 ** 40 }),
        feeToken: hex(20),
        sponsored: fc.constant(true),
      },
      {
        requiredKeys: ['chainId', 'calls', 'gas', 'maxFeePerGas'],
        noNullPrototype: true,
      },
    ) as fc.Arbitrary<Transaction.TransactionRequest>
    await fc.assert(
      fc.asyncProperty(requests, async (asked) => {
        const { raw, expiringNonceHash } = await Transaction.sign(asked, account)
        const read = TxEnvelopeTempo.deserialize(raw as `0x76${string}`)
        expect(TxEnvelopeTempo.serialize(read)).toBe(raw)

        const { sponsored, feeToken, ...rest } = asked
        const envelope = TxEnvelopeTempo.from({
          ...rest,
          ...(sponsored ? { feePayerSignature: null } : feeToken && { feeToken }),
        } as TxEnvelopeTempo.TxEnvelopeTempo)
        const payload = TxEnvelopeTempo.getSignPayload(envelope)
        const signature = SignatureEnvelope.from(Secp256k1.sign({ payload, privateKey: account.privateKey }))
        expect(TxEnvelopeTempo.serialize(envelope, { signature })).toBe(raw)
        expect(Transaction.decode(raw)).toMatchObject({
          chainId: asked.chainId,
          calls: asked.calls,
          gas: asked.gas,
          nonceKey: asked.nonceKey ?? 0n,
          nonce: asked.nonce ?? 0n,
          sender: read.from,
          feePayer: sponsored ? 'awaited' : 'sender',
          expiringNonceHash,
        })
      }),
      { numRuns: 30 },
    )
  })

  test('a sponsored transaction keeps its hash whoever pays', async () => {
    const { feeToken: _, ...without } = request
    const { raw, expiringNonceHash } = await Transaction.sign({ ...without, sponsored: true }, account)
    expect(Transaction.decode(raw)).toMatchObject({
      feePayer: 'awaited',
      expiringNonceHash,
      sender: account.address,
    })
    const paid = await Transaction.sponsor(raw, token, sponsor)
    expect(Transaction.decode(paid)).toMatchObject({
      feePayer: sponsor.address,
      expiringNonceHash,
      sender: account.address,
      feeToken: token,
    })
    const envelope = TxEnvelopeTempo.deserialize(paid as `0x76${string}`)
    expect(envelope.feeToken).toBe(token)
    await expect(Transaction.sponsor(paid, token, sponsor)).rejects.toThrow('does not ask')
  })

  test('the form a fee payer is handed (0x78) is the same transaction', async () => {
    const { raw, expiringNonceHash } = await Transaction.sign({ ...request, sponsored: true }, account)
    const envelope = TxEnvelopeTempo.deserialize(raw as `0x76${string}`)
    const handed = TxEnvelopeTempo.serialize(envelope, { format: 'feePayer' })
    expect(Transaction.decode(handed)).toMatchObject({
      feePayer: 'awaited',
      expiringNonceHash,
      sender: account.address,
    })
  })

  test('reads its access list and whether it authorizes anything', async () => {
    const accessList = [
      { address: account.address, storageKeys: [`0x${'07'.repeat(32)}`, `0x${'08'.repeat(32)}`] },
    ] as const
    const plain = Transaction.decode((await Transaction.sign(request, account)).raw)
    expect(plain).not.toHaveProperty('accessList')
    expect(plain).not.toHaveProperty('authorizes')
    const listed = Transaction.decode((await Transaction.sign({ ...request, accessList }, account)).raw)
    expect(listed).toMatchObject({ accessList, sender: account.address })
  })

  test('a changed transaction has another sender or none', async () => {
    const { raw } = await Transaction.sign(request, account)
    const changed = raw.replace('edc53b00', 'edc53b01') as `0x${string}`
    expect(Transaction.decode(changed).sender).not.toBe(account.address)
  })

  test.each<[string, `0x${string}`, string]>([
    ['another type', '0x02c0', 'bad-value'],
    ['no RLP', '0x76f9', 'bad-syntax'],
    ['no list', '0x7680', 'bad-length'],
    ['a short list', '0x76c180', 'bad-length'],
    ['no hex', '0x7', 'bad-length'],
    ['empty', '0x', 'bad-value'],
    ['too long', `0x76${'00'.repeat(Transaction.maxTransactionBytes)}`, 'too-large'],
    ['thirteen empty items', `0x76cd${'80'.repeat(13)}`, 'missing'],
    ['fourteen empty items', `0x76ce${'80'.repeat(14)}`, 'bad-value'],
    ['lists 20 deep', nested(20), 'too-large'],
    ['lists 3,000 deep', nested(3_000), 'too-large'],
    ['lists as deep as there is room', nested(20_000), 'too-large'],
    ['lists 3,000 deep in the calls', nested(3_000, '80'.repeat(4)), 'too-large'],
  ])('%s is refused', (_, raw, expected) => {
    expect(code(() => Transaction.decode(raw))).toBe(expected)
  })
})

/** Lists in lists in a transaction, each of which holds `before` and the next. */
function nested(depth: number, before = ''): `0x${string}` {
  let out = 'c0'
  for (let i = 0; i < depth; i++) {
    const size = (before.length + out.length) / 2
    const digits = size.toString(16)
    const length = `${digits.length % 2 === 0 ? '' : '0'}${digits}`
    const head =
      size < 56 ? (0xc0 + size).toString(16) : `${(0xf7 + length.length / 2).toString(16)}${length}`
    out = `${head}${before}${out}`
  }
  return `0x76${out}`
}
