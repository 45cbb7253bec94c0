import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describeWith } from '@fastpath/testing'
import { afterAll, beforeAll, expect, test } from '@jest/globals'

describeWith(['promtool'], 'the shipped alerts, by Prometheus’ own tool', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fastpath-alerts-'))
    await cp(fileURLToPath(new URL('../../grafana', import.meta.url)), folder, { recursive: true })
    // Where compose mounts them.
    await change('prometheus.yml', '/etc/prometheus/alerts.yml', 'alerts.yml')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const promtool = async (...args: string[]) =>
    (await promisify(execFile)('promtool', args, { cwd: folder })).stdout.trim()
  const change = async (name: string, from: string, to: string) => {
    const path = join(folder, name)
    const text = await readFile(path, 'utf8')
    expect(text).toContain(from)
    await writeFile(
      path,
      text.replace(from, () => to),
    )
  }

  test('the configuration and its rules are valid', async () => {
    expect(await promtool('check', 'config', 'prometheus.yml')).toContain('SUCCESS: 6 rules found')
  })

  test('each alert fires when it has to and not before; a rule with another limit is found', async () => {
    expect(await promtool('test', 'rules', 'alerts.test.yml')).toContain('SUCCESS')
    await change('alerts.yml', '> 0.05\n        for: 5m', '> 0.5\n        for: 5m')
    await expect(promtool('test', 'rules', 'alerts.test.yml')).rejects.toMatchObject({
      stderr: expect.stringContaining('alertname: RequestsBeyondBudget'),
    })
  })
})
