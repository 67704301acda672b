import type { Feed } from '../events/feed.ts'

/** Tells the event list what was done, or why it could not be done. Never rejects. */
export async function report(feed: Feed, entry: { type: string; text: string }, done: Promise<unknown>): Promise<void> {
  try {
    await done
    feed.addQa(entry)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    feed.addQa({ type: entry.type, text: `Not done: ${entry.text}. ${why}`, tone: 'bad' })
  }
}
