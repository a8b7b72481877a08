/** Vouchers verified: on libsecp256k1 and on the curve that is always there, beside viem and beside the bare recovery. */
import { createRequire } from 'node:module'
import * as Hex from '../../src/codec/hex.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { fastestCurve } from '../../src/keys/native-curve.ts'
import { recoverPublicKey } from '../../src/keys/signature.ts'
import { type Line, turns } from '../line.ts'
import { peerModule } from '../peers.ts'

interface Viem {
  recoverTypedDataAddress(parameters: object): Promise<string>
}
interface Native {
  ecdsaRecover(signature: Uint8Array, recoveryId: number, digest: Uint8Array, compressed: boolean): Uint8Array
}

const payer = devAccounts[1] as KeyAccount
const domain = { protocol: 'v2', escrow: Reserve.address, chainId: 42_431 } as const
const voucher = { channelId: `0x${'ab'.repeat(32)}`, cumulativeAmount: 5_000n } as const

export async function voucherLines(): Promise<Line[]> {
  const viem = await peerModule<Viem>('mppx', 'viem')
  const native = createRequire(import.meta.url)('secp256k1') as Native
  const signature = await Voucher.sign(voucher, domain, payer)
  const typed = { ...Voucher.typedData(voucher, domain), signature }
  const digest = Hex.decode(Voucher.digest(voucher, domain))
  const compact = Hex.decode(signature).subarray(0, 64)
  const parity = Number.parseInt(signature.slice(130), 16) - 27
  if ((await viem.recoverTypedDataAddress(typed)).toLowerCase() !== payer.address)
    throw new Error('viem recovers somebody else')
  const verify = (recover: typeof recoverPublicKey) => () => {
    if (!Voucher.verify(voucher, domain, signature, payer.address, recover))
      throw new Error('the voucher does not verify')
  }
  const byViem = () => viem.recoverTypedDataAddress(typed)
  return [
    {
      id: 'voucher-native',
      work: 'voucher, verify (libsecp256k1)',
      unit: '/s',
      peer: 'viem',
      wanted: 30,
      rounds: () => turns(verify(fastestCurve), byViem),
    },
    {
      id: 'voucher-portable',
      work: 'voucher, verify (portable)',
      unit: '/s',
      peer: 'viem',
      wanted: 1,
      rounds: () => turns(verify(recoverPublicKey), byViem),
    },
    {
      id: 'voucher-raw',
      work: 'voucher, verify (libsecp256k1)',
      unit: '/s',
      peer: 'bare ecdsaRecover',
      wanted: 0.8,
      rounds: () => turns(verify(fastestCurve), () => native.ecdsaRecover(compact, parity, digest, false)),
    },
  ]
}
