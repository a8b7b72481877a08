/**
 * A suite as a value: everything that `test`, `selftest`, `list`, reports and the tests of the catalogue need to know
 * of one role of one profile. What it is about, only the suite knows; `World` is what the harness hands to it.
 */
import type { Control, RedControl } from './control.ts'
import type { Fault } from './fault.ts'
import type { Requirement } from './requirements.ts'
import { featureOf, type Stage } from './run.ts'
import type { AnyScenario, Judges } from './scenario.ts'
import type { Recorder, Words } from './trace.ts'

/** Optional things of a target: what a scenario `needs` or `uses`. */
export interface Offers {
  /** Resources beside the main one, by name. */
  resources: Readonly<Record<string, Resource>>
  /** Capabilities that are not resources; for each the reason shown when it is missing. */
  powers: Readonly<Record<string, string>>
}

export interface Resource {
  /** What the resource must do. */
  asks: string
  /** What is judged with it, for people who could add it. */
  shows: string
}

/** Something a user states of a target because it cannot be learnt; an option of `test`, a member of target.yaml. */
export interface Statement {
  /** As the command line has it: `--unit <statement>`; without it a target file alone can state it. */
  flag?: string
  what: string
  /** Parses the stated text. Throws `TypeError` for an invalid one. */
  parse(text: string): unknown
  /** The text again, for replays. */
  show(value: never): string
}

/** Lets its users look the value of a statement up by its name. */
export type Statements = Readonly<Record<string, unknown>>

/** A target that was started and looked at. */
export interface Subject<Fixtures> {
  capabilities: ReadonlySet<string>
  /** What the title of the run says of it, besides its name. */
  about: string
  /** What was learnt of it so far for the scenarios that a glob picks, a sentence each; asked before and after a run. */
  learned(only?: string): Promise<string[]>
  stage(scenario: AnyScenario<Fixtures>, recorder: Recorder): Promise<Stage<Fixtures>>
}

/** The suite's own stand-in for a target, unbroken or with a fault, on a world of its own. */
export interface StandIn<Fixtures> extends AsyncDisposable {
  subject: Subject<Fixtures>
}

/** An implementation of ours that `--target` knows by name: a command of this very program. */
export interface OwnTarget {
  /** Arguments of the program. */
  command: string
  /** Where a server listens; `{port}` is filled in. */
  url: string
  env: Readonly<Record<string, string>>
  resources: Readonly<Record<string, string>>
  statements: Statements
}

/** The controls of a suite: what nothing may be red for. */
export interface Controls {
  /** Names, and the controls that are judged together under each. */
  stories: Readonly<Record<string, readonly Control[]>>
  /** Judges the stand-in that chooses so; `only` is a glob over features. */
  judge(controls: readonly Control[], only?: string): Promise<{ passed: number; red: readonly RedControl[] }>
}

/** What there is before a target is: the environment of its world. */
type Ground<World> = World extends { environment: infer Environment } ? Environment : never

/** One role of one profile: scenarios, faults and controls, and how a target is looked at. */
export interface Suite<World, Fixtures = unknown> {
  profile: string
  /** The side that is judged. */
  role: string
  /** How a target is driven: by a command that makes one run and ends. When absent, by the URL where it listens. */
  runs?: 'command'
  offers: Offers
  statements: Readonly<Record<string, Statement>>
  /** What its checks judge, where that is not in the catalogue of spec/requirements. */
  requirements?: ReadonlyMap<string, Requirement>
  /** Rules of the money audit and the requirements they stand on. */
  auditRules: Readonly<Record<string, Judges>>
  scenarios: readonly AnyScenario<Fixtures>[]
  words: Words
  /** Environment of every target that the kit starts. */
  environment: Readonly<Record<string, string>>
  /** Starts the peers that a target is told of before it starts; answers what it is told, as further environment. */
  prepare?(world: Ground<World>): Promise<Readonly<Record<string, string>>>
  ownTargets: Readonly<Record<string, OwnTarget>>
  faults(): Promise<readonly Fault[]>
  /** Looks at a target. Throws `SetupError` when it is not there, or cannot be judged in this world. */
  look(world: World, seed: string): Promise<Subject<Fixtures>>
  /** Starts the stand-in; `variant` names another lawful way to do what the reference does. */
  standIn(fault: Fault | undefined, variant?: string): Promise<StandIn<Fixtures>>
  /** Lawful stand-ins that differ from the reference, each alone or several at once. */
  controls(): Promise<Controls>
  /** Names of the lawful variants under which faults must be caught too. */
  variants(): Promise<readonly string[]>
  /** Whether a fault has to be tried behind them. */
  variesWith(fault: Fault): boolean
}

/** Any suite, whatever its scenarios work with. */
export type AnySuite<World> = Suite<World, unknown>

/** Declares a suite, and hides the type of its fixtures. Answers its argument. */
export const suite = <World, Fixtures>(declared: Suite<World, Fixtures>): AnySuite<World> =>
  declared as unknown as AnySuite<World>

type Named = Pick<AnySuite<never>, 'profile' | 'role'>

/** A suite's name, `profile/role`, which begins the ids of its scenarios. */
export const nameOf = ({ profile, role }: Named): string => `${profile}/${role}`

/** A check as it is called outside its suite. */
export const outside = (suite: Named, check: string): string => `${nameOf(suite)}:${check}`

/** A check as its suite calls it; undefined when it belongs to another suite. A short id is any suite's. */
export function inside(suite: Named, check: string): string | undefined {
  const colon = check.indexOf(':')
  if (colon < 0) return check
  return check.slice(0, colon) === nameOf(suite) ? check.slice(colon + 1) : undefined
}

/** A user's glob over checks, reduced to this suite and without its name; undefined when it names other suites only. */
export function globInside(suite: Named, glob: string): string | undefined {
  const own = glob.split(',').flatMap((part) => inside(suite, part.trim()) ?? [])
  return own.length === 0 ? undefined : own.join(',')
}

/** Every check of a suite, the rules of its audit too. */
export const checksOf = ({
  scenarios,
  auditRules,
}: Pick<AnySuite<never>, 'scenarios' | 'auditRules'>): string[] => [
  ...scenarios.flatMap(({ checks }) => Object.keys(checks)),
  ...Object.keys(auditRules),
]

/** Why a scenario that needs something was skipped: what to add, and what that would have judged. */
export function whyNot({ resources, powers }: Offers, missing: string): string {
  const resource = resources[missing]
  if (resource === undefined) return powers[missing] ?? `the target has no ${missing}`
  return `add --resource ${missing}=PATH, ${resource.asks}: ${resource.shows}`
}

/** The scenarios that hold the declared checks of a fault, or whose audit is to notice it. */
export const holding = <Fixtures>(
  scenarios: readonly AnyScenario<Fixtures>[],
  { caughtBy, during = [] }: Pick<Fault, 'caughtBy' | 'during'>,
): string[] =>
  scenarios
    .filter(({ id, checks }) => caughtBy.some((check) => check in checks) || during.includes(featureOf(id)))
    .map(({ id }) => id)
