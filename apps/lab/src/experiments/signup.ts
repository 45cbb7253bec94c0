import { startSmtp } from '@fastpath/servers'
import type { Experiment, Lab } from '../experiment.js'
import { compareOpenLoop } from '../load/compare-open-loop.js'
import { type OpenLoop, startOpenLoop } from '../load/open-loop.js'
import { tellComparison, verdictFigure } from '../load/tell-comparison.js'
import { startPeer } from '../peers/start-peer.js'
import { spreadOf } from '../rounds.js'
import { mailTimes, openMailsOwed } from '../signup/mails.js'
import { signUp } from '../signup/sign-up.js'
import { startPrivate, startStack } from '../stack.js'
import { tellSpreads } from '../table.js'

/** A password's hash takes a fortieth of a second or so: what two cores carry at ease. */
const ratePerSecond = 8

export const signup: Experiment = {
  name: 'signup',
  summary: 'A sign-up whose mail is sent before the answer, and one whose mail goes through the queue.',
  heldEqual:
    'gateway, user service, database and cost of a hash as in production; 8 sign-ups a second at a constant rate; the same ' +
    'program before both gateways, which sends the mail before it answers, or only hands on; one mail server, which says 250 as late ' +
    'as the address asks for. Each round begins when no mail is owed any more.',
  teaches:
    'Whoever signs up needs no mail server for it. Write what has happened in the same transaction, answer, and let a mailer ' +
    'send it: then a slow mail server, or none, is nothing that anybody waits for.',

  async run(lab) {
    const sink = await startPrivate(lab, startSmtp)
    const mail = { SMTP_URL: sink.url, MAIL_FROM: 'conduit@example.com', SMTP_CONNECTIONS: '16' }
    const plain = await startStack(lab, { articles: 1_000, services: ['user', 'gateway'] })
    const queued = await startStack(lab, { articles: 1_000, services: ['user', 'mailer', 'gateway'], env: mail })
    const mailing = await startPeer(lab, 'mailing', { GATEWAY_URL: plain.gatewayUrl, ...mail })
    const handingOn = await startPeer(lab, 'mailing', { GATEWAY_URL: queued.gatewayUrl })
    const queue = handingOn.url ?? ''
    const noMailOwed = openMailsOwed(lab, queued.adminUrl)
    const common = {
      ratePerSecond,
      seconds: lab.quick ? 1 : 3,
      rounds: lab.quick ? 6 : 7,
      meter: await startPatientMeter(lab, noMailOwed),
    }
    const target = (url: string, smtpMs: number) => () => signUp(url, smtpMs)

    const saved = await compareOpenLoop(lab, {
      ...common,
      a: { name: 'in the request', target: target(mailing.url ?? '', 300), expectStatus: 201 },
      b: { name: 'queue', target: target(queue, 300), expectStatus: 201 },
    })
    tellComparison(lab, 'SMTP server of 300 ms', saved)
    const savedMs = saved.rounds.difference('in the request', 'queue', 'p50')

    const slow = await compareOpenLoop(lab, {
      ...common,
      a: { name: 'SMTP 0 ms', target: target(queue, 0), expectStatus: 201 },
      b: { name: 'SMTP 5 s', target: target(queue, 5_000), expectStatus: 201 },
    })
    tellComparison(lab, 'through the queue', slow)

    const mailMs = await mailTimes(queue, { folder: sink.folder ?? '', count: lab.quick ? 10 : 40 })
    tellSpreads(lab, 'milliseconds', { 'saved-ms-p50': savedMs, 'mail-ms-p50': spreadOf(mailMs) })
    lab.say(
      `a mail could be read ${Math.max(...mailMs).toFixed(0)} ms after the answer at the latest, of ${mailMs.length}`,
    )
    const { p50, p95 } = slow.verdicts
    if (!p50 || !p95) throw new Error('sign-ups were not answered')
    return {
      'in-request-ms-p50': saved.rounds.spread('in the request', 'p50').median,
      'queue-ms-p50': saved.rounds.spread('queue', 'p50').median,
      'saved-ms-p50': savedMs.median,
      'queue-smtp-5s-to-0-p50': p50.ratio,
      'queue-smtp-5s-to-0-p95': p95.ratio,
      'queue-smtp-5s-p50-verdict': verdictFigure[p50.verdict],
      'queue-smtp-5s-p95-verdict': verdictFigure[p95.verdict],
      'mail-ms-p50': spreadOf(mailMs).median,
      'mail-ms-max': Math.max(...mailMs),
    }
  },
}

/** Each of its runs begins with nothing left of the one before, and has every sign-up answered. */
const startPatientMeter = async (lab: Lab, noMailOwed: () => Promise<void>): Promise<OpenLoop> => {
  const meter = await startOpenLoop(lab)
  return {
    async run(request) {
      try {
        // On two cores a hash delays the generator too; what its lag was is told.
        const report = await meter.run({ ...request, maxLagMs: 50 })
        const { failed, dropped, failures } = report
        if (failed + dropped > 0) throw new Error(`sign-ups went wrong: ${JSON.stringify({ ...failures, dropped })}`)
        return report
      } finally {
        await noMailOwed()
      }
    },
  }
}
