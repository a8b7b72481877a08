/**
 * A certificate for loopback that signs itself, made anew each time: for servers of the kit that speak TLS to clients
 * which are told to trust it. Node makes keys but no certificates, so the few fields that one needs are written here
 * (RFC 5280, "Basic Certificate Fields", in the DER of X.690).
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A key and its certificate, both as PEM. */
export interface Certificate {
  key: string
  cert: string
}

/** How long it is good for, before and after now, in milliseconds. */
const day = 86_400_000

const tlv = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts)
  const { length } = content
  const long = length > 0xff ? [0x82, length >> 8, length & 0xff] : [0x81, length]
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : long)]), content])
}
const sequence = (...parts: Uint8Array[]) => tlv(0x30, ...parts)
const bitString = (bits: Uint8Array) => tlv(0x03, Buffer.from([0]), bits)
const integer = (bytes: Uint8Array) => tlv(0x02, bytes)
const objectId = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'))
/** `YYMMDDHHMMSSZ`. */
const utcTime = (ms: number) =>
  tlv(0x17, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))

const ecdsaWithSha256 = sequence(objectId('2a8648ce3d040302'))
const commonName = '550403'
const subjectAltName = '551d11'
const version3 = tlv(0xa0, integer(Buffer.from([2])))

/** Makes a certificate for 127.0.0.1 and localhost. */
export function loopbackCertificate(now = Date.now()): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // Positive, and of one length.
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)])
  const name = sequence(
    tlv(0x31, sequence(objectId(commonName), tlv(0x0c, Buffer.from('a conformance test')))),
  )
  const names = sequence(tlv(0x87, Buffer.from([127, 0, 0, 1])), tlv(0x82, Buffer.from('localhost')))
  const signed = sequence(
    version3,
    integer(serial),
    ecdsaWithSha256,
    name,
    sequence(utcTime(now - day), utcTime(now + day)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(sequence(objectId(subjectAltName), tlv(0x04, names)))),
  )
  const signature = sign('sha256', signed, privateKey)
  const der = sequence(signed, ecdsaWithSha256, bitString(signature))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  }
}
