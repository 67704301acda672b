import { posix, win32 } from 'node:path'

export interface Machine {
  platform: NodeJS.Platform
  env: Readonly<Record<string, string | undefined>>
  home: string
}

/** Where a browser of Chromium's family may lie on a machine, the likeliest to be plain Chromium first. */
export function chromiumPlaces({ platform, env, home }: Machine): string[] {
  if (platform === 'win32') {
    const programs = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
    const browsers = ['Chromium\\Application\\chrome.exe', 'Google\\Chrome\\Application\\chrome.exe']
    const edge = 'Microsoft\\Edge\\Application\\msedge.exe'
    return [...browsers, edge].flatMap((browser) =>
      programs.flatMap((folder) => (folder === undefined ? [] : [win32.join(folder, browser)])),
    )
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const onPath = names.flatMap((name) =>
    (env.PATH ?? '').split(':').flatMap((folder) => (folder === '' ? [] : [posix.join(folder, name)])),
  )
  if (platform === 'darwin') {
    const apps = ['Chromium', 'Google Chrome', 'Microsoft Edge'].flatMap((app) =>
      ['/Applications', posix.join(home, 'Applications')].map((folder) => `${folder}/${app}.app/Contents/MacOS/${app}`),
    )
    return [...apps, ...onPath]
  }
  const usual = names.map((name) => `/usr/bin/${name}`)
  return [...new Set([...onPath, ...usual, '/snap/bin/chromium', '/opt/google/chrome/chrome'])]
}
