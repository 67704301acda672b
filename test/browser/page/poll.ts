export interface PollCounts {
  sent: number
  /** Answers by status. */
  statuses: Record<string, number>
  /** What requests failed with. */
  errors: string[]
}

export interface Poll {
  readonly counts: PollCounts
  /** Sends no more, and waits for those under way. */
  stop(): Promise<PollCounts>
}

/** Sends a request again and again, whatever becomes of those before. */
export function createPoll(send: () => Promise<Response>, everyMs: number): Poll {
  const counts: PollCounts = { sent: 0, statuses: {}, errors: [] }
  const underWay = new Set<Promise<void>>()

  async function once(): Promise<void> {
    counts.sent += 1
    try {
      const answer = await send()
      // A request is done when its whole body is there.
      await answer.arrayBuffer()
      counts.statuses[answer.status] = (counts.statuses[answer.status] ?? 0) + 1
    } catch (error) {
      counts.errors.push(`${error}`)
    }
  }

  const timer = setInterval(() => {
    const request = once().finally(() => underWay.delete(request))
    underWay.add(request)
  }, everyMs)

  return {
    counts,
    async stop() {
      clearInterval(timer)
      await Promise.all(underWay)
      return counts
    },
  }
}
