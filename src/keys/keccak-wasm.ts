/**
 * Keccak-f[1600] (FIPS 202, section 3) as WebAssembly, put together here: its lanes are 64-bit words, which JavaScript has
 * none of, so this is several times as fast as the same in plain code. One round is a loop's body; lanes are locals.
 *
 * Where WebAssembly is not to be had, or not allowed, there is no permutation and callers use plain code.
 */

/** The state at the start of memory, 25 words of 8 bytes; the round constants after it. */
const constantsAt = 256
const rounds = 24

/** Runs the permutation on the 200 bytes of `state`. */
export interface Permutation {
  state: Uint8Array
  run(): void
}

const leb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...leb(value >>> 7)])
const vector = (items: readonly number[][]): number[] => [...leb(items.length), ...items.flat()]
const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content]

// Instructions, by their names in the WebAssembly text format.
const get = (local: number) => [0x20, ...leb(local)]
const set = (local: number) => [0x21, ...leb(local)]
/** Below 64, or below 8192 in two bytes: the sign bit stays clear. */
const i32const = (value: number) => (value < 64 ? [0x41, value] : [0x41, (value & 127) | 128, value >>> 7])
/** Between -64 and 63: one byte of signed LEB128. */
const i64const = (value: number) => [0x42, value & 127]
const load = (offset: number) => [0x29, 3, ...leb(offset)]
const store = (offset: number) => [0x37, 3, ...leb(offset)]
const [xor, and, rotl] = [[0x85], [0x83], [0x89]] as const
const end = [0x0b]

/** Locals: 25 lanes, 25 of the next step, 5 columns and 5 of theirs, and the place of the next constant. */
const a = (x: number, y: number) => (x % 5) + 5 * (y % 5)
const b = (x: number, y: number) => 25 + a(x, y)
const c = (x: number) => 50 + (x % 5)
const d = (x: number) => 55 + (x % 5)
const at = 60
const five = [0, 1, 2, 3, 4]
const lanes = five.flatMap((y) => five.map((x) => [x, y] as const))

/** Offsets of rho: the lanes in the order of pi, each turned by a triangular number. */
function offsets(): number[] {
  const found = new Array<number>(25).fill(0)
  let [x, y] = [1, 0]
  for (let t = 0; t < 24; t++) {
    found[a(x, y)] = (((t + 1) * (t + 2)) / 2) % 64
    ;[x, y] = [y, (2 * x + 3 * y) % 5]
  }
  return found
}

/** The round constants of iota: bits of a linear feedback shift register at the places 2^j - 1. */
function constants(): bigint[] {
  let register = 1
  return Array.from({ length: rounds }, () => {
    let value = 0n
    for (let j = 0; j < 7; j++) {
      if (register & 1) value |= 1n << ((1n << BigInt(j)) - 1n)
      register = ((register << 1) ^ ((register >> 7) * 0x171)) & 0xff
    }
    return value
  })
}

function round(): number[] {
  const rho = offsets()
  const theta = five.flatMap((x) => [
    ...get(a(x, 0)),
    ...five.slice(1).flatMap((y) => [...get(a(x, y)), ...xor]),
    ...set(c(x)),
  ])
  const sums = five.flatMap((x) => [
    ...get(c(x + 4)),
    ...get(c(x + 1)),
    ...i64const(1),
    ...rotl,
    ...xor,
    ...set(d(x)),
  ])
  const rhoPi = lanes.flatMap(([x, y]) => [
    ...get(a(x, y)),
    ...get(d(x)),
    ...xor,
    ...i64const(rho[a(x, y)] as number),
    ...rotl,
    ...set(b(y, 2 * x + 3 * y)),
  ])
  const chi = lanes.flatMap(([x, y]) => [
    ...get(b(x, y)),
    ...get(b(x + 1, y)),
    ...i64const(-1),
    ...xor,
    ...get(b(x + 2, y)),
    ...and,
    ...xor,
    ...set(a(x, y)),
  ])
  const iota = [...get(a(0, 0)), ...get(at), ...load(constantsAt), ...xor, ...set(a(0, 0))]
  return [...theta, ...sums, ...rhoPi, ...chi, ...iota]
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const [i32, i64type, empty] = [0x7f, 0x7e, 0x40]
  const body = [
    ...vector([
      [at, i64type],
      [1, i32],
    ]),
    ...lanes.flatMap(([x, y]) => [...i32const(0), ...load(8 * a(x, y)), ...set(a(x, y))]),
    0x03,
    empty,
    ...round(),
    ...get(at),
    ...i32const(8),
    0x6a,
    0x22,
    ...leb(at),
    ...i32const(8 * rounds),
    0x49,
    0x0d,
    0,
    ...end,
    ...lanes.flatMap(([x, y]) => [...i32const(0), ...get(a(x, y)), ...store(8 * a(x, y))]),
    ...end,
  ]
  const name = (text: string) => [text.length, ...text.split('').map((char) => char.charCodeAt(0))]
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, 0, 0]])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[0, 1]])),
    ...section(
      7,
      vector([
        [...name('run'), 0, 0],
        [...name('memory'), 2, 0],
      ]),
    ),
    ...section(10, vector([[...leb(body.length), ...body]])),
  ])
}

/** Builds the permutation; undefined where the platform does not let it. */
export function permutation(): Permutation | undefined {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()))
    const { buffer } = exports['memory'] as WebAssembly.Memory
    const words = new DataView(buffer)
    for (const [i, value] of constants().entries()) words.setBigUint64(constantsAt + 8 * i, value, true)
    return { state: new Uint8Array(buffer, 0, 200), run: exports['run'] as () => void }
  } catch {
    // A page may forbid it, and some runtimes have none: plain code does the same.
    return undefined
  }
}
