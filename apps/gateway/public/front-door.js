const url = new URL('/api/articles', location.href).href
const button = document.getElementById('measure')
const outcome = document.getElementById('outcome')
const table = document.getElementById('timings')

button.addEventListener('click', async () => {
  // Not `disabled`, which would take the focus away from whoever works with the keyboard.
  if (button.ariaDisabled === 'true') return
  button.ariaDisabled = 'true'
  table.hidden = true
  outcome.textContent = 'Reading …'
  try {
    const { status, seen } = await read()
    const told = seen?.serverTiming ?? []
    outcome.textContent = `${status} in ${ms(seen?.duration ?? 0)}, as this browser waited. ${wordsFor(seen)}`
    table.tBodies[0].replaceChildren(...told.map(rowOf(told)))
    table.hidden = told.length === 0
  } catch (error) {
    outcome.textContent = `No answer: ${error.message}`
  }
  button.ariaDisabled = 'false'
})

const read = async () => {
  // The browser keeps some 250 of them and then no more.
  performance.clearResourceTimings()
  const response = await fetch(url, { cache: 'no-store' })
  await response.text()
  return { status: response.status, seen: await entryOf(url) }
}

/** The browser's record of a request, which may come shortly after the end of its body. */
const entryOf = async (name) => {
  for (let tries = 0; tries < 50; tries++) {
    const entry = performance.getEntriesByName(name, 'resource').at(-1)
    if (entry) return entry
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

const wordsFor = (seen) => {
  if (!seen?.serverTiming) return 'It shows Server-Timing to pages on HTTPS or localhost only.'
  if (seen.serverTiming.length > 0) return 'What Fastpath did meanwhile:'
  return 'The answer has no Server-Timing: in production only holders of the token get it.'
}

const rowOf =
  (told) =>
  ({ name, duration, description }) => {
    const total = Math.max(...told.map((entry) => entry.duration)) || 1
    const row = document.createElement('tr')
    const part = row.appendChild(document.createElement('th'))
    part.scope = 'row'
    part.append(element('span', name), ' ', element('small', description))
    const bar = row.insertCell().appendChild(element('div', ''))
    bar.className = 'bar'
    bar.style.width = `${(100 * duration) / total}%`
    row.insertCell().textContent = ms(duration)
    return row
  }

const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text })

const ms = (duration) => `${duration.toFixed(2)} ms`
