import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from '@jest/globals'
import { cpuMsOf, parseStat } from './cpu.js'

test('a name with spaces and brackets does not shift the fields', () => {
  const fields = ['S', 42, ...Array(9).fill(0), 1, 2, 3, 4, 20]
  expect(parseStat(`7 (a) (b c) ${fields.join(' ')}`)).toEqual({ parent: 42, ticks: 10 })
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('the time of children counts, while they run and when they have ended', async () => {
  const burn = 'const end = performance.now() + 300; while (performance.now() < end); console.log("burnt")'
  const script = `const { spawn } = require('node:child_process')
    const child = spawn(process.execPath, ['-e', ${JSON.stringify(`${burn}; process.stdin.resume()`)}], { stdio: ['pipe', 'inherit', 'inherit'] })
    process.stdin.once('data', () => child.kill())
    child.once('exit', () => console.log('ended'))`
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    await once(parent.stdout, 'data')
    const running = cpuMsOf([parent.pid as number]) ?? 0
    expect(running).toBeGreaterThan(100)
    parent.stdin.write('end it\n')
    await once(parent.stdout, 'data')
    expect(cpuMsOf([parent.pid as number])).toBeGreaterThanOrEqual(running)
  } finally {
    parent.kill()
  }
})
