import { deepStrictEqual } from 'node:assert/strict'

/** One answer of a URL, as text. @throws Error unless it is 200 and JSON. */
export const askOnce = async (url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
  const response = await fetch(url, { headers })
  const body = await response.text()
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${body.slice(0, 200)}`)
  if (!response.headers.get('content-type')?.startsWith('application/json')) throw new Error(`${url} sent no JSON`)
  return body
}

/** @throws Error with the difference where two answers don't mean the same. */
export const checkSameJson = (who: string, body: string, expected: string): void => {
  try {
    deepStrictEqual(JSON.parse(body), JSON.parse(expected))
  } catch (error) {
    throw new Error(`${who} answers something else than the gateway: ${(error as Error).message}`)
  }
}
