export type Tone = 'neutral' | 'good' | 'warning' | 'bad'

/** A line of the event list. Holds no token. */
export interface Entry {
  id: number
  at: number
  /** Who tells: the SDK's session, or the QA bar about itself. */
  source: 'session' | 'qa'
  type: string
  text: string
  tone: Tone
  generation?: number
}
