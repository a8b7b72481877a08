/** Timers that do not keep a process alive: Node has a method for it, browsers and workers number their timers. */

/** Lets the process end although the timer still runs. */
export function inBackground(timer: unknown): void {
  if (typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function')
    timer.unref()
}
