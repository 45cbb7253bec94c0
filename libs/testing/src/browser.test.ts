import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { findBrowser, testInBrowser } from './browser.js'

test('the browser is found on the PATH, in the order of what is likeliest to run headless', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fastpath-browser-'))
  try {
    for (const name of ['google-chrome', 'chromium-browser']) {
      await writeFile(join(folder, name), '#!/bin/sh\n')
      await chmod(join(folder, name), 0o755)
    }
    expect(findBrowser(folder)).toBe(join(folder, 'chromium-browser'))
    expect(findBrowser(join(folder, 'none'))).not.toBe(join(folder, 'chromium-browser'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

testInBrowser('a page of its own runs scripts', async (page) => {
  await page.setContent('<title>before</title><script>document.title = String(6 * 7)</script>')
  expect(await page.title()).toBe('42')
})
