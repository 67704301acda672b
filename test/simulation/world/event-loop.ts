import type { Dice, Timeline } from './timeline.ts'

type Task = () => void

/** When a page gets to what comes in. */
export interface EventLoop {
  /** It has work of its own, and comes late to everything. */
  readonly isBusy: boolean
  /** Answers, events, locks: later in a page that stands still. */
  deliver(task: Task): void
  /** Messages, which a frozen page gets, too. */
  tell(task: Task): void
  /** Timers that are due. After a long task they may go before what has come in meanwhile. */
  ring(task: Task): void
  /** For so long one task of its own follows another, each of them up to 300 ms. */
  work(ms: number): void
  /** One task of its own takes so long. */
  hang(ms: number): void
  /** The page goes on: all that has waited happens at once. */
  flush(): void
}

export interface EventLoopParts {
  timeline: Timeline
  dice: Dice
  isStopped(): boolean
  /** It has caught up with everything. */
  onFree(): void
}

const LONGEST_TASK_MS = 300

export function createEventLoop({ timeline, dice, isStopped, onFree }: EventLoopParts): EventLoop {
  let inbox: Task[] = []
  let due: Task[] = []
  let busyUntil = 0
  let isBusy = false

  function next(): Task | undefined {
    const first = dice.chance(0.5) ? due : inbox
    return first.shift() ?? inbox.shift() ?? due.shift()
  }

  /** The end of a task of its own: one of those that wait gets its turn. */
  function step(): void {
    if (isStopped()) {
      isBusy = false
      return
    }
    next()?.()
    const isWorking = timeline.now < busyUntil
    isBusy = isWorking || inbox.length + due.length > 0
    if (isBusy) timeline.after(isWorking ? dice.next() * LONGEST_TASK_MS : 0, step)
    else onFree()
  }

  function begin(ms: number): void {
    if (isBusy) return
    isBusy = true
    timeline.after(ms, step)
  }

  return {
    get isBusy() {
      return isBusy
    },
    deliver(task) {
      if (isBusy || isStopped()) inbox.push(task)
      else task()
    },
    tell(task) {
      if (isBusy) inbox.push(task)
      else task()
    },
    ring(task) {
      if (isBusy) due.push(task)
      else task()
    },
    work(ms) {
      busyUntil = timeline.now + ms
      begin(dice.next() * LONGEST_TASK_MS)
    },
    hang: begin,
    flush() {
      if (isBusy) return
      const waiting = [...inbox, ...due]
      inbox = []
      due = []
      for (const task of waiting) task()
    },
  }
}
