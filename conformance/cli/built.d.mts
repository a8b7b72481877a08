/** The folder of the compiled tree; made first where the sources changed. Rejects where they do not compile. */
export function builtTree(): Promise<string>

/** Says that this process runs from a build, until it ends: what it has not loaded yet must stay where it is. */
export function keepWhileRunning(folder: string): void
