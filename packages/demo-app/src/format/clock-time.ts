const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const DAY_AND_TIME = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** `14:03:22` */
export function formatTime(at: number): string {
  return TIME.format(at)
}

/** `3 Nov, 14:03` */
export function formatDayAndTime(at: number): string {
  return DAY_AND_TIME.format(at)
}
