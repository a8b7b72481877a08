/**
 * Contract ABI of one contract, by name: calls, results, events and errors to bytes and back.
 * A thin layer over ox that lowers addresses and turns its errors into `DecodeError`.
 */
import * as Abi from 'ox/Abi'
import * as AbiError from 'ox/AbiError'
import * as AbiEvent from 'ox/AbiEvent'
import * as AbiFunction from 'ox/AbiFunction'
import * as AbiItem from 'ox/AbiItem'
import * as AbiParameters from 'ox/AbiParameters'
import { DecodeError } from '../codec/decode-error.ts'
import type { Address, Hex } from '../codec/hex.ts'

/** Decoded arguments, by parameter name. */
export type Args = Record<string, unknown>

/** A call's name and arguments. */
export interface DecodedCall {
  name: string
  args: Args
}

/** A log as a receipt carries it. */
export interface Log {
  address: Address
  topics: readonly Hex[]
  data: Hex
}

export interface ContractAbi {
  encodeCall(name: string, args: Args): Hex
  /** Throws `DecodeError` for an unknown selector or arguments that do not decode. */
  decodeCall(data: Hex): DecodedCall
  encodeResult(name: string, result: unknown): Hex
  decodeResult(name: string, data: Hex): unknown
  encodeLog(address: Address, name: string, args: Args): Log
  /** The first topic of an event's logs. */
  topic(name: string): Hex
  /** The event a log holds, or undefined when it is none of this contract's. */
  decodeLog(log: Log): DecodedCall | undefined
  encodeError(name: string, args?: readonly unknown[]): Hex
  /** The error's name, or undefined when it is none of this contract's. */
  decodeError(data: Hex): string | undefined
}

/** Human-readable signatures to an ABI. They are parsed once, when it is used first: most programs use few contracts. */
export function contractAbi(signatures: readonly string[]): ContractAbi {
  let parsed: ContractAbi | undefined
  const abi = (): ContractAbi => {
    parsed ??= parse(signatures)
    return parsed
  }
  return {
    encodeCall: (name, args) => abi().encodeCall(name, args),
    decodeCall: (data) => abi().decodeCall(data),
    encodeResult: (name, result) => abi().encodeResult(name, result),
    decodeResult: (name, data) => abi().decodeResult(name, data),
    encodeLog: (address, name, args) => abi().encodeLog(address, name, args),
    topic: (name) => abi().topic(name),
    decodeLog: (log) => abi().decodeLog(log),
    encodeError: (name, args) => abi().encodeError(name, args),
    decodeError: (data) => abi().decodeError(data),
  }
}

function parse(signatures: readonly string[]): ContractAbi {
  // Each item keeps its hash, or it would be computed for every log and call.
  const abi: Abi.Abi = (Abi.from(signatures) as Abi.Abi).map((item) =>
    'name' in item ? { ...item, hash: AbiItem.getSignatureHash(item) } : item,
  )
  const functions = abi.filter((item): item is AbiFunction.AbiFunction => item.type === 'function')
  const events = abi.filter((item): item is AbiEvent.AbiEvent => item.type === 'event')
  const errors = abi.filter((item): item is AbiError.AbiError => item.type === 'error')
  const functionNamed = indexed(functions, (item) => item.name)
  const functionAt = indexed(functions, (item) => AbiFunction.getSelector(item))
  const eventNamed = indexed(events, (item) => item.name)
  const eventAt = indexed(events, (item) => AbiEvent.getSelector(item))
  const errorNamed = indexed(errors, (item) => item.name)
  const errorAt = indexed(errors, (item) => AbiError.getSelector(item))

  return {
    encodeCall: (name, args) => {
      const item = functionNamed(name)
      return AbiFunction.encodeData(
        item,
        item.inputs.map((input) => args[input.name as string]) as never,
      ) as Hex
    },
    decodeCall: (data) => {
      const item = functionAt.find(data.slice(0, 10).toLowerCase())
      if (item === undefined) throw new DecodeError('bad-value', 'unknown function selector', { at: 2 })
      const args = guarded(() => AbiParameters.decode(item.inputs, `0x${data.slice(10)}`, { as: 'Array' }))
      return { name: item.name, args: named(item.inputs, args as readonly unknown[]) }
    },
    encodeResult: (name, result) => {
      const { outputs } = functionNamed(name)
      return AbiParameters.encode(outputs, (outputs.length === 1 ? [result] : (result ?? [])) as never)
    },
    decodeResult: (name, data) => lower(guarded(() => AbiFunction.decodeResult(functionNamed(name), data))),
    encodeLog: (address, name, args) => {
      const item = eventNamed(name)
      const { topics } = AbiEvent.encode(item, args as never)
      const data = item.inputs.filter((input) => !('indexed' in input && input.indexed))
      return {
        address,
        topics: topics as readonly Hex[],
        data: AbiParameters.encode(data, data.map((input) => args[input.name as string]) as never),
      }
    },
    topic: (name) => AbiEvent.getSelector(eventNamed(name)),
    decodeLog: (log) => {
      const item = eventAt.find(log.topics[0] ?? '')
      if (item === undefined) return undefined
      const args = guarded(() => AbiEvent.decode(item, { topics: [...log.topics], data: log.data } as never))
      return { name: item.name, args: lower(args) as Args }
    },
    encodeError: (name, args = []) => AbiError.encode(errorNamed(name), args as never),
    decodeError: (data) => errorAt.find(data.slice(0, 10).toLowerCase())?.name,
  }
}

/** By key; of overloads that share one, the first. */
function indexed<T extends { name: string }>(items: readonly T[], key: (item: T) => string) {
  const map = new Map(items.toReversed().map((item) => [key(item), item]))
  const get = (name: string): T => {
    const item = map.get(name)
    if (item === undefined) throw new TypeError(`the ABI has no ${name}`)
    return item
  }
  return Object.assign(get, { find: (name: string) => map.get(name) })
}

const named = (inputs: readonly AbiParameters.Parameter[], values: readonly unknown[]): Args =>
  Object.fromEntries(inputs.map((input, i) => [input.name ?? String(i), lower(values[i])]))

/** Hex is lower case everywhere inside; ox may hand out checksummed addresses. */
function lower(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('0x') ? value.toLowerCase() : value
  if (Array.isArray(value)) return value.map(lower)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, lower(member)]))
  return value
}

function guarded<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw new DecodeError('bad-value', 'bytes do not decode as the ABI says', { cause })
  }
}
