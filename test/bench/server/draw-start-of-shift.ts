import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import { BIN_MS, simulateShift } from './start-of-shift.ts'

/** In the workspace. */
export const PICTURE = 'docs/start-of-shift.svg'
const SEED = 27
const SHOWN_MINUTES = 120

// Without this it would hold renderers and charts that nobody draws.
use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer])

/** The refreshes of the first two hours per second, with and without spreading, as an SVG. */
export function drawStartOfShift(): string {
  const series = [
    { name: 'all at their due time', color: '#c2410c', spread: false },
    { name: 'spread by the SDK', color: '#1d4ed8', spread: true },
  ].map(({ name, color, spread }) => ({
    name,
    type: 'line' as const,
    showSymbol: false,
    color,
    lineStyle: { width: 1.5 },
    data: simulateShift({ spread, seed: SEED })
      .bins.slice(0, (SHOWN_MINUTES * 60_000) / BIN_MS)
      .map((refreshes, bin) => [(bin * BIN_MS) / 60_000, (refreshes * 1_000) / BIN_MS]),
  }))
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 860, height: 400 })
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: '5,000 browsers sign in within one minute, tokens of 15 minutes', left: 'center', top: 8 },
    legend: { top: 40 },
    grid: { left: 60, right: 30, top: 80, bottom: 50 },
    xAxis: { type: 'value', name: 'minutes', nameLocation: 'middle', nameGap: 28, max: SHOWN_MINUTES, interval: 15 },
    yAxis: { type: 'value', name: 'refreshes per second', nameLocation: 'middle', nameGap: 40 },
    series,
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

if (import.meta.main) await writeFile(join(import.meta.dirname, '../../..', PICTURE), `${drawStartOfShift()}\n`)
